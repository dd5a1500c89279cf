"""The recipients that a phrase names: "DHS Secretary X and Y, Acting Director of ICE" are two, each with an office."""

import re
from dataclasses import replace

from bot.facts.names import spellings, words_of
from bot.facts.offices import agency_of, slug_of
from bot.facts.pieces import ANY_TITLE, ORGANISATION, TITLE, Part, part_of, pieces
from bot.facts.text import Text
from bot.records import Recipient

MOST = 40
"""Recipients of one letter that are kept: letters to all governors have fifty lines, and say so in the release."""


def read(
    text: Text, span: tuple[int, int], *, salutes: bool = False, sure: bool = False, told: bool = False
) -> list[Recipient]:
    """Return the recipients that a phrase names.

    `sure`: what has no title in it is somebody too: a company. `told`: "a letter urging X" has told that X is somebody.
    """
    parts = [one for one in (part_of(text, at, salutes=salutes) for at in pieces(text, span)) if one]
    found: list[Recipient] = []
    plural, office_first = "", False
    for n, part in enumerate(parts):
        name, office = part.name, part.office
        heads = _HEADS_OF.match(plural)
        if heads and not (TITLE.search(office) if office else False):
            name, office = "", f"{heads[1]} of {name or office}"
        elif name and not office and plural and not (n + 1 < len(parts) and not parts[n + 1].name):
            office = plural
        elif part.plural:
            plural = _singular(office)
            office = plural
        elif office:
            plural = ""
        before = found[-1] if found else None
        if (
            name
            and not office
            and before
            and before.office
            and not before.name
            and _is_comma(text, before, part)
            and ANY_TITLE.search(before.office)
        ):
            found[-1] = replace(before, name=name, passage=text.passage(before.passage.start, part.end))
            office_first = True
        elif not name and before and before.name and not before.office and n:
            found[-1] = replace(before, office=office, passage=text.passage(before.passage.start, part.end))
        elif not name and before and before.name and not office_first and _continues(text, before, part):
            office = f"{before.office}, {office}"
            found[-1] = replace(before, office=office, passage=text.passage(before.passage.start, part.end))
        else:
            found.append(
                Recipient(name=name or None, office=office, agency=None, passage=text.passage(part.start, part.end))
            )
    if sure and not salutes:
        found = [one if one.office else _company(one) for one in found]
    kept = [
        one for one in found if (one.office or (one.name and salutes)) and (one.name or not _ASKERS.match(one.office))
    ]
    if not sure and not salutes:
        kept = [
            one
            for one in kept
            if (one.name or agency_of(one.office, one.name) or (told and ORGANISATION.search(one.office)))
        ]
    return [replace(one, agency=one.agency or agency_of(one.office, one.name)) for one in kept[:MOST]]


_ASKERS = re.compile(
    r"(?:\d+ |other |the |all |U\.S\. |House |Senate |Republican |Democratic "
    r"|bipartisan )*(?:senators?|members?|lawmakers|representatives?|colleagues|reps?\.|sens?\."
    r"|congress(?:man|woman)|letter|republicans|democrats|american people)\b(?! of the)",
    re.IGNORECASE,
)
"""They write letters; what follows such a word is what they do."""

_HEADS_OF = re.compile(
    r"(?:the )?((?:Acting )?(?:CEO|[Cc]hief [Ee]xecutive(?: [Oo]fficer)?|[Hh]ead|[Pp]resident"
    r"|[Gg]overnor|Inspector General|Attorney General|Secretary|Director|Administrator|[Cc]hair(?:man"
    r"|woman)?)) of "
)


def _singular(office: str) -> str:
    """Return the office of each of several: "Secretaries" are each a Secretary, "CEOs of X" each a CEO."""
    office = office.replace("Departments of", "Department of")
    one = re.sub(r"\b(\w+)ies\b", r"\1y", office, count=1) if "ies" in office.split(" of ")[0] else office
    one = re.sub(r"men\b", "man", one, count=1)
    return re.sub(
        r"\b(Attorney|Inspector)s (General)|\b(\w+?[^sS])s\b(?= of |$)",
        lambda m: m[1] + " " + m[2] if m[1] else m[3],
        one,
        count=1,
    )


def _company(one: Recipient) -> Recipient:
    """Return a name without an office as a body, unless it begins as people's names do."""
    said = one.name or ""
    if len(spellings(words_of(said)[0] if words_of(said) else "")) > 1:
        return replace(one, office="")
    return replace(one, name=None, office=said, agency=agency_of(said) or slug_of(said))


def _continues(text: Text, before: Recipient, part: Part) -> bool:
    """Does a piece go on with the office of the one before it: "Secretary X, Department of Y"?"""
    between = text.text[before.passage.end : part.start]
    return (
        "and" not in between
        and "," in between
        and not part.plural
        and bool(
            re.match(
                r"(?:[Cc]hair|[Rr]anking|Director|Acting|Secretary|of\b|Department|U\.S\. Department)", part.office
            )
        )
        and len(before.office.split()) <= 3
    )


def _is_comma(text: Text, before: Recipient, part: Part) -> bool:
    return text.text[before.passage.end : part.start].strip(" ").rstrip(" ") in (",", "")
