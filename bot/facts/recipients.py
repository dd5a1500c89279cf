"""Whom a letter goes to: each person with their office, each body that is addressed without a person.

A release says "to DHS Secretary Alejandro Mayorkas and Todd Lyons, Acting Director of ICE", a salutation "Dear
Secretary Mayorkas", an address above it "The Honorable Alejandro Mayorkas", with his office in the line below.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.facts.addressing import LONGEST, addressed, asked, stop
from bot.facts.cues import SENT
from bot.facts.kind import Announced
from bot.facts.names import same_person, words_of
from bot.facts.offices import agency_of, mentions, name_of
from bot.facts.people import masked
from bot.facts.phrases import MOST, read
from bot.facts.pieces import ANY_TITLE, TITLE
from bot.facts.text import Text
from bot.records import Recipient, Signer

_FIRST = 6  # sentences at the beginning of a release, one of which says to whom


def from_release(text: Text, where: Announced, signers: Sequence[Signer]) -> tuple[list[Recipient], bool]:
    """Return who is addressed, as a release tells it, and whether it says "letter to" them; else they are asked."""
    first = [sentence for _, sentence in zip(range(_FIRST), text.sentences(text.prose), strict=False)]
    for sure in (True, False):
        for start, end in dict.fromkeys([(where.start, where.end), *first]):
            shown = masked(text.text[start:end])
            letter = SENT.search(shown)
            for begin, stop_at in addressed(shown) if sure else asked(shown):
                span = begin, _before(signers, shown, begin, stop_at)
                told = letter is not None and span[0] > letter.end()
                found = read(text, (start + span[0], start + span[1]), sure=sure, told=told)
                if found:
                    return found, sure
    return [], False


def _before(signers: Sequence[Signer], shown: str, begin: int, end: int) -> int:
    """Return where a phrase ends before those who sign: "In a letter to the President, Graves and Oak asked"."""
    last = {word for one in signers for word in re.findall(r"[\w’'-]{3,}", one.name.replace(", Jr.", ""))[-1:]}
    for found in re.finditer(r",\s+(?:[A-Z][\w.]*\s+){0,3}([A-Z][\w’'-]+)", shown[begin:end]):
        if found[1] in last:
            return begin + found.start()
    return end


def from_title(title: Text) -> list[Recipient]:
    """Return who is addressed, as a title tells it."""
    spans = (*addressed(title.text), *asked(title.text))
    return next((found for span in spans if (found := read(title, span))), [])


def from_salutation(text: Text) -> list[Recipient]:
    """Return who is addressed in "Dear Secretary Mayorkas and Acting Director Lyons:"."""
    found = text.salutation
    if found is None:
        return []
    return read(text, found.span("whom"), salutes=True)


_HONORABLE = re.compile(r"^(?:The )?(?:Honorable|Hon\.)\s+(?P<name>.{3,60})$|^(?:Mr|Ms|Mrs|Dr)\.\s+(?P<plain>.{3,60})$")

_STREET = re.compile(r"\d{5}|\b(?:Street|Avenue|Ave|St|Blvd|Road|Drive|Suite|Room|P\.?O\.? Box|Washington,? D)\b|^\d")


def from_address(text: Text) -> list[Recipient]:
    """Return who is addressed in the lines above a salutation: "The Honorable X", and the office below."""
    lines = list(text.paragraphs(text.head))
    found: list[Recipient] = []
    for n, (start, end) in enumerate(lines):
        line = text.text[start:end].strip()
        named = _HONORABLE.match(line)
        if named is None or "Honorable" in (named["name"] or ""):
            continue  # two addresses side by side cannot be told apart
        name, office, stop = (named["name"] or named["plain"]).strip(" ,"), [], end
        inline = name.split(",", 1)
        if len(inline) == 2 and not re.match(r"\s*(?:Jr|Sr|II|III|M\.D|Ph\.D)", inline[1]):
            name, office = inline[0], [inline[1].strip()]
        for below, (a, b) in enumerate(lines[n + 1 : n + 5]):
            under = text.text[a:b].strip()
            if (
                _HONORABLE.match(under)
                or _STREET.search(under)
                or len(under) > 100
                or (below and _DATE_LINE.match(under))
            ):
                break
            office.append(under.strip(" ,"))
            stop = b
        said = ", ".join(office)
        found.append(Recipient(name=name, office=said, agency=agency_of(said), passage=text.passage(start, stop)))
    return found[:MOST]


_DATE_LINE = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+\d"
)


def together(
    told: Sequence[Recipient], sure: bool, letter: Sequence[Recipient], text: Text, where: Announced
) -> list[Recipient]:
    """Return the recipients of a letter: those whom it salutes itself, with the offices that the release has for them.

    Whom only the release names is kept where it says "letter to" them: it may tell of several letters.
    """
    if not letter:
        return list(told)
    told = [_person(one, letter) for one in told]
    kept = [_known(one, told, text) for one in letter]
    rest = [one for one in told if not any(same(one, other) for other in kept)]
    bare = [n for n, one in enumerate(kept) if one.agency is None and one.name]
    bodies = [one for one in rest if not one.name and one.agency] or _bodies(text, where)
    if bodies and len(bodies) == len(bare):
        # "urged the FTC" and "Dear Chair Khan": the body and its head are one address.
        for n, body in zip(bare, bodies, strict=True):
            kept[n] = replace(kept[n], agency=body.agency, office=f"{kept[n].office}, {body.office}".strip(", "))
        rest = [one for one in rest if one not in bodies]
    found = [*kept, *(one for one in rest if sure and one.name)]
    # "Dear Mr. Secretary" names nobody, where somebody is known.
    named = [one for one in found if one.name or one.agency or not TITLE.fullmatch(_BARE.sub("", one.office))]
    return (named or found or list(told))[:MOST]


def _person(one: Recipient, letter: Sequence[Recipient]) -> Recipient:
    """Return a body that is a person whom the letter salutes as one: "wrote to Sundar Pichai" and "Dear Mr. Pichai"."""
    last = {words_of(other.name)[-1:] for other in letter if other.name}
    if one.name is None and len(one.office.split()) in (2, 3) and words_of(one.office)[-1:] in last:
        return replace(one, name=one.office, office="", agency=None)
    return one


_BARE = re.compile(r"^(?:Mr\.?|Madame?|the)\s+")


def _bodies(text: Text, where: Announced) -> list[Recipient]:
    """Return the agencies that the beginning of a release names, each once, but for those around them: its subject."""
    end = max(where.end, min(text.prose[1], text.start + 700))
    found = {slug: (text.start + a, text.start + b) for a, b, slug in reversed(mentions(text.text[text.start : end]))}
    return [
        Recipient(name=None, office=name_of(slug), agency=slug, passage=text.passage(*span))
        for slug, span in found.items()
        if slug != "white-house"
    ]


def _known(one: Recipient, told: Sequence[Recipient], text: Text) -> Recipient:
    """Return somebody who is saluted with what the release says of them: "Dear Mr. Lyons" is ICE's director."""
    hit = next((other for other in told if same(other, one)), None)
    if hit is None and one.name and (one.agency is None or len(one.name.split()) == 1):
        hit = _introduced(text, one.name)
    return _fuller(hit, one) if hit else one


def _introduced(text: Text, name: str) -> Recipient | None:
    """Return how the prose names somebody first: with the office before or behind the name."""
    last = re.escape(name.split()[-1])
    for found in re.finditer(
        rf"(?:(?:[A-Z][\w’'.&-]*|\([A-Z]+\)|of|the|for|and)[ ]){{1,12}}{last}\b", text.text[slice(*text.prose)]
    ):
        start = text.prose[0] + found.start()
        shown = masked(text.text[start : start + LONGEST])
        end = start + max(len(found[0]), stop(shown, 0) if len(shown) > len(found[0]) else 0)
        them = [
            one
            for one in read(text, (start, end))
            if one.name and one.name.split()[-1] == name.split()[-1] and one.agency
        ]
        if them:
            return them[0]
    return None


def joined(*sources: Sequence[Recipient]) -> list[Recipient]:
    """Return the recipients that the sources name, each once, by the fullest name and office."""
    kept: list[Recipient] = []
    for source in sources:
        for one in source:
            hit = next((n for n, other in enumerate(kept) if same(one, other)), None)
            if hit is None:
                kept.append(one)
            else:
                kept[hit] = _fuller(kept[hit], one)
    return kept[:MOST]


def same(one: Recipient, other: Recipient) -> bool:
    """Are two recipients one address: the same person, or a body and its head?"""
    if one.name and other.name:
        return same_person(one.name, other.name) or words_of(one.name)[-1:] == words_of(other.name)[-1:]
    # "Dear Mr. President", "to the FTC" beside "Chair Lina Khan": the body and its head are one address.
    return one.agency is not None and one.agency == other.agency and one.agency != "congress"


def _fuller(kept: Recipient, one: Recipient) -> Recipient:
    name = max((kept.name or "", one.name or ""), key=lambda name: len(name.split()))
    better = kept if kept.agency or not one.agency else one
    named, body = (kept, one) if kept.name else (one, kept)
    if (
        named.name
        and not body.name
        and TITLE.fullmatch(named.office)
        and not ANY_TITLE.fullmatch(_BARE.sub("", body.office))
    ):
        office = f"{named.office}, {body.office}"
        return Recipient(name=named.name, office=office, agency=kept.agency or one.agency, passage=named.passage)
    office = max((kept.office, one.office), key=len) if (kept.agency is None) == (one.agency is None) else better.office
    return Recipient(name=name or None, office=office, agency=kept.agency or one.agency, passage=better.passage)
