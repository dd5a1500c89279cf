"""The pieces of a phrase that names recipients, and what each names: a person, an office, a body."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.facts.offices import mentions
from bot.facts.people import masked
from bot.facts.text import Text

TITLE = re.compile(
    r"\b(?:(?:Acting|Special|Deputy|Under|Assistant|Associate|Vice|Principal|Interim|Chief|Senior|Lieutenant"
    r"|Executive|Attorney|Inspector|Director|Surgeon|Comptroller|Postmaster|Majority|Minority|Ranking"
    r"|Prime|Lt\.|Major|Brigadier)[ ])*"
    r"(?:Secretar(?:y|ies)|Under ?secretary|Administrators?|Directors?|Commissioners?|Chair(?:man"
    r"|woman|men|person|s)?|Co-?Chairs?|Presidents?|CEOs?|Chief Executive(?: Officers?)?"
    r"|Attorneys? General|Inspectors? General|Solicitor General|Surgeon General|Comptroller General"
    r"|Postmaster General|Comptroller|Generals?|Governors?|Gov\.|Mayors?|Speakers?|Leaders?"
    r"|Whip|Ambassadors?|Superintendent|Sheriffs?|Commandant|Chiefs?(?: of Staff)?|Ministers?"
    r"|Executives?|Officers?|Representatives?|Reps?\.|Senators?|Sens?\.|Congress(?:man|woman|men)"
    r"|Members?|Counsel|Counselor"
    r"|Commander|Colonel|Col\.|Adm\.|Gen\.|Admiral|Lieutenant|Trade Representative|Archivist"
    r"|Librarian|Architect|Chancellor|Dean|Provost|Judge|Justice|Advis[eo]rs?|Coordinator|Manager"
    r"|Founder|Co-Founder|Architect|Trustees?|Treasurer|Registrar|Clerk|Envoy"
    r"|Czar)\b(?:-[Ee]lect\b|-[Dd]esignate\b)?(?![ ]of[ ]the[ ]United[ ]States[ ]Senate)",
)

ANY_TITLE = re.compile(TITLE.pattern, re.IGNORECASE)

_PLURAL = re.compile(
    r"\b(?:Secretaries|Administrators|Directors|Commissioners|Chairs|Chairmen|Presidents|CEOs"
    r"|Attorneys General|Governors|Senators|Leaders|Representatives|Ministers|Sens\.|Reps\."
    r"|Chairpersons|Speakers?|Inspectors General|Ambassadors|Mayors|Members)\b"
)

_NAME = re.compile(
    r"(?:[A-ZÀ-Þ][\w’'-]*\.?|[“\"‘'][A-Z]\w{0,15}[”\"’'])(?:[ ](?:(?:de|la|van|von|del|der|bin|al"
    r"|el)[ ])?(?:[A-ZÀ-Þ][\w’'-]*\.?|[“\"‘'][A-Z]\w{0,15}[”\"’'])){0,4}(?:,?[ ](?:Jr|Sr)\."
    r"|[ ]I{2,3}\b)?"
)

_HONORIFIC = re.compile(
    r"^(?:the )?(?:honorable|hon\.?|mr\.?|mrs\.?|ms\.?|dr\.?|rear|vice|lt\.?|general|gen\.|admiral|adm\.)\s+(?=[A-Z])",
    re.IGNORECASE,
)

ORGANISATION = re.compile(
    r"\b(?:Department|Agency|Administration|Bureau|Office|Committee|Subcommittee|Commission|Service"
    r"|Services|Board|Corps|Council|Association|University|College|Congress|Senate|House|Court"
    r"|Leadership|Leaders|Administration|Institute|Institution|Inc|Corp|Corporation|LLC|Company|Group"
    r"|Bank|Airlines|Center|Centers|Fund|Foundation|Authority|Union|League|Federation|Government"
    r"|Republic|Nations|United|States|Ministry|Embassy|Delegation|Police|Guard|Army|Navy|Force"
    r"|Reserve|Society|Conference|Network|Systems?|Academy|School|Schools|District|County|City|State"
    r"|National|American|Federal|International|Global|Foods?|Motors?|Technologies|Energy|Health|Media"
    r"|News|Hospital|Partners|Capital|Entertainment|Division|Facility|Republicans|Democrats"
    r"|Appropriators|Homeland|Security|White|GOP|Administrator|Acting|Biden Administration"
    r"|Trump Administration|Pentagon|Treasury|Capitol)\b"
)

_NOBODY = frozenset(
    str.split("president secretary the honorable sir madam chair director all members colleague colleagues it")
)


@dataclass(frozen=True)
class Part:
    """A piece between commas: what it names."""

    start: int
    end: int
    name: str
    office: str
    plural: bool


def pieces(text: Text, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Give the pieces of a phrase between commas and "and"; an agency's own commas do not count."""
    start, end = span
    shown = list(masked(text.text[start:end]))
    for a, b, _ in mentions("".join(shown)):
        shown[a:b] = ["x" if c in ",&" or c.isspace() else c for c in shown[a:b]]
        shown[a:b] = list(re.sub(r"xandx", "xxxxx", "".join(shown[a:b])))
    plain = "".join(shown)
    plain = re.sub(
        r"[Cc]ommittees? on [A-Z][A-Za-z ,&]{0,70}?(?=, (?:[A-Z][a-z]+ [A-Z]|and [A-Z][a-z]+ [A-Z])"
        r"|,? and (?:the|to|[A-Z][a-z]+ [A-Z])|$|,? (?:who|urg))",
        lambda m: re.sub(r"[,&]|\band\b", lambda k: "x" * len(k[0]), m[0]),
        plain,
    )
    plain = re.sub(r", (?=Jr\.|Sr\.|Inc\.|LLC)", "  ", plain)
    plain = re.sub(
        r"\b(?i:president|chair\w*|founder|director) (and|&) (?=CEO|(?i:chief|co-|president|chair))",
        lambda m: m[0].replace(m[1], "x" * len(m[1])),
        plain,
    )
    plain = re.sub(
        r"\b[A-Z][a-z]+ (and) [A-Z][a-z]+ (?=Committee|Subcommittee|Administration|Service|Agency|Commission)",
        lambda m: m[0].replace(" and ", " xxx "),
        plain,
    )
    plain = re.sub(
        r"\b(?:Secretary|Administrator|Director|Commissioner) for [A-Z][a-z]+ and [A-Z]",
        lambda m: m[0].replace(" and ", " xxx "),
        plain,
    )
    at = 0
    for gap in re.finditer(
        r"\s*(?:[,;&]|\band\b|\bas well as\b|\balong with\b)(?:\s*(?:[,;&]|\band\b|\bas well as\b|\bto\b))*\s*|\s*/\s*",
        plain,
    ):
        if plain[at : gap.start()].strip():
            yield start + at, start + gap.start()
        at = gap.end()
    if plain[at:].strip():
        yield start + at, end


def part_of(text: Text, span: tuple[int, int], *, salutes: bool) -> Part | None:
    """Return what one piece names: "DHS Secretary Alejandro Mayorkas" is an office and a name."""
    start, end = span
    raw = masked(text.text[start:end])
    said = re.sub(
        r"^\s*(?:to|both|all|the|then|newly confirmed|current|former|his|her|their)\s+", "", " ".join(raw.split())
    )
    said = _HONORIFIC.sub("", said) if salutes or not re.match(r"(?i:vice|general|lt)", said) else said
    said = _KIND.sub("", said)
    said = re.sub(r"[’']s?\Z", "", said) if mentions(said) else said
    said = re.sub(r"[\s,.–-]+\Z", "", said) if not said.endswith(("Jr.", "Sr.")) else said
    if not said or not re.search(r"[A-Z]", said) or len(said) > 250:
        said_lower = said.lower()
        if not re.search(
            r"\b(?:leaders?|leadership|chair\w*|director|officials?|members|appropriators|governors?)\b", said_lower
        ):
            return None
        return Part(start, end, "", said, False)
    middle = _OF_BODY.fullmatch(said)
    if middle and not ORGANISATION.search(middle["name"]) and len(middle["name"].split()) < 5:
        return Part(start, end, middle["name"], f"{middle['title']} {middle['of']}", False)
    titles = list(TITLE.finditer(said))
    masked_agencies = list(mentions(said))
    after = max([t.end() for t in titles] + [b for _, b, _ in masked_agencies], default=0)
    plural = bool(titles and _PLURAL.search(titles[-1][0])) and after == titles[-1].end()
    if titles and "of" in said[titles[-1].end() : titles[-1].end() + 5]:
        name, office = _behind_of(said, max(after, titles[-1].end()))
        return Part(start, end, name, office, plural or (not name and bool(_PLURAL.search(titles[-1][0]))))
    sent = _SENT_TO.fullmatch(said) if titles else None
    if sent and not ORGANISATION.search(sent["name"]):
        return Part(start, end, sent["name"], sent["office"], False)
    tail = said[after:].strip(" ,")
    tail = _HONORIFIC.sub("", tail)
    named = _NAME.match(tail) if tail else None
    ends = named is not None and (named.end() >= len(tail) - 1 or bool(titles and _VERB.match(tail, named.end())))
    if (titles or masked_agencies) and named and not ORGANISATION.search(named[0]) and ends:
        office = said[:after].strip(" ,")
        if not titles and not salutes:
            return Part(start, end, "", said, False)
        return Part(start, end, named[0].strip(" ,"), office, plural)
    if titles or masked_agencies:
        before = _NAME.match(said)
        if (
            before
            and re.match(r"[ ](?:of|at)\b", said[before.end() :])
            and not titles
            and not ORGANISATION.search(before[0])
            and len(before[0].split()) > 1
        ):
            return Part(start, end, before[0], said[before.end() :].strip(), False)
        return Part(start, end, "", said, plural)
    if ORGANISATION.search(said) or re.search(r"\b(?:leader|chair|director|officer|of)\b", said, re.IGNORECASE):
        return Part(start, end, "", said, False)
    named = _NAME.fullmatch(said)
    if named and (len(said.split()) > 1 or salutes or len(said) > 2) and said.lower() not in _NOBODY:
        return Part(start, end, said, "", False)
    return None


_VERB = re.compile(r" (?!(?:of|for|and|to|on|at|in|with|de|la|van|von|del)\b)[a-z]+\b")
"""A name is over where a word in small letters follows: "Secretary X ensure that"."""

_KIND = re.compile(
    r"^(?:[A-Z][a-z]+ )?(?:[a-z-]+ ){0,4}(?:companies|firms|platforms|giants?|manufacturers?|banks?"
    r"|retailers?|airlines?|registrars?|providers?"
    r"|brokers?|lenders?|servicers?|company|makers?|operators?|contractors?|insurers?|corporations?) (?=[A-Z])"
)
_SENT_TO = re.compile(
    r"(?P<office>.{0,80}\b(?:Ambassador to|Administrator for|Secretary for|Director for|Chair for"
    r"|Commissioner for|Envoy for) (?:the )?[A-Z][\w’-]+(?: (?:of"
    r"|and)? ?[A-Z][\w’-]+)*?) (?P<name>[A-Z][\w’.-]+ (?:[A-Z]\. )?[A-Z][\w’-]+)"
)

_OF_BODY = re.compile(
    rf"(?:the )?(?P<title>(?:U\.S\. "
    rf"|United States )?{TITLE.pattern}(?:-[Ee]lect)?) (?P<name>{_NAME.pattern}) (?P<of>(?:of"
    rf"|at) (?:the )?[A-Z].+)"
)


def _behind_of(said: str, after: int) -> tuple[str, str]:
    """Return (name, office) of "Secretary of State Antony Blinken": the last words, if none is a body's."""
    tail = said[after:].strip(" ,")
    named = _NAME.fullmatch(tail) if tail else None
    if named and not ORGANISATION.search(tail) and 1 <= len(tail.split()) <= 4 and not re.match(r"of\b", tail):
        return tail, said[:after].strip(" ,")
    words = said.split()
    for length in (3, 2):
        some = " ".join(words[-length:])
        if (
            len(words) > length + 3
            and _NAME.fullmatch(some)
            and not ORGANISATION.search(some)
            and re.search(
                r"(?:Committee|Service|Agency|Administration|Bureau|Services|Department|Commission"
                r"|Institute|Board|Office|Authority|Caucus|House|Senate)\Z",
                " ".join(words[:-length]),
            )
        ):
            return some, " ".join(words[:-length])
    return "", said
