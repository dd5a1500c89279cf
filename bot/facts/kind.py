"""Is there a letter in an item, and where does it say so?

Bills, hearings, grants and statements mention letters too: an earlier one, a supporter's, an answer. What counts is a
letter that the item itself is about.
"""

import re
from dataclasses import dataclass
from datetime import date

from bot.facts.cues import IN_LETTER, LETTER, SEND, SENT, WROTE
from bot.facts.days import DAY, past
from bot.facts.people import masked
from bot.facts.text import Text, is_heading
from bot.records import Passage

_WORTH_A_LOOK = re.compile(r"\b(?:letters?|wrote|writes|writing|dear)\b", re.IGNORECASE)
"""Without one of these words there is no letter: all other items cost one search."""

_IN_TITLE = re.compile(
    rf"{LETTER}\s+(?:to|on|urging|demanding|calling|asking|requesting|regarding|about|supporting"
    rf"|opposing|expressing)\b"
    rf"|\b{SEND}\b.{{0,60}}{LETTER}|\bin\s+(?:\w+\s+){{0,3}}letter\b|\bletter:|:\s*letter\b"
    rf"|\bwrites?\b\s+(?:to\b|[A-Z])|\bwrote to\b",
    re.IGNORECASE,
)

_FULL_TEXT = re.compile(
    r"(?<!response )(?:\b(?:text|copy|version|copies|pdf) of (?:the|their|his|her|this|our|my|today’s"
    r"|senator \w+|rep\. \w+)\s?(?:[\w’]+ ){0,3}?letters?\b"
    r"|\bletters? (?:to [^.\n]{1,80} )?(?:is|are|was|can|may|in full|reads?|continue[sd]?|states?"
    r"|text|here|below|follows|\(pdf\)|available|attached)\b"
    r"|\b(?:read|view|see|find|download|access) (?:the|their|his|her|a copy of the)?\s?(?:full "
    r"|entire |complete )?(?:text of )?(?:the |their |his |her )?(?:full |joint "
    r"|bipartisan )?letters?\b"
    r"|\b(?:full|complete|entire) letter\b|\bletter text\b|\btext of letter\b|\bletter full text\b)",
    re.IGNORECASE,
)

_THE_LETTER = re.compile(
    r"\b(?:(?:the|their|his|her|this) (?:full |joint |bipartisan |bicameral )?letters?,?\s\w+"
    r"|letters? (?:continues|concludes|states|reads|says))\b",
    re.IGNORECASE,
)

_QUOTED_AS_WRITTEN = re.compile(
    r"[”\"],? (?:the |their |his |her )letter (?:continue|state|read|say|conclude)s?\b|"
    r"[”\"’][,.]?\s+(?:[\w.’-]+\s+){0,8}?(?:wrote|write|writes|continued? in (?:the|their) letter)\b"
    r"|\b(?:wrote|write|writes)\b(?:\s+[\w.’-]+){0,8}?\s*[,:.]?\s+[“\"]"
    r"|\b(?:wrote|writes?) (?:the |u\.s\. )?(?:senators?|sens?\.|reps?\.|lawmakers?|members"
    r"|representatives?|congress\w+|chair\w*|delegation|group|coalition)\b"
    r"|\b(?:senators|lawmakers|members|representatives|delegation|congressm[ae]n|congresswom[ae]n"
    r"|senator|coalition|chair\w*)(?: [\w.]+){0,3} (?:wrote|write|writes)\b(?! to\b)",
    re.IGNORECASE,
)

_STATEMENT = re.compile(
    r"\b(?:following statement|issued a statement|released a statement|statement (?:after|following"
    r"|on|regarding|in response))\b",
    re.IGNORECASE,
)

_BILL = re.compile(r"\b(?:re-?)?introduc(?:ed|ing) (?:\w+ ){0,2}(?:legislation|bill|resolution|Act)\b")
_WE_WRITE = re.compile(
    r"\b(?:I|[Ww]e) (?:am |are |write |writing |respectfully )*(?:writing|write)(?: today)? (?:to|in|regarding|with)\b"
)

_LONG_PAST = re.compile(
    r"\b(?:last (?:month|year|fall|spring|summer|winter|congress|december|november|october|september"
    r"|august|july|june|may|april|march|february|january)"
    r"|earlier this (?:month|year)|previous(?:ly)?|in (?:early |late |mid-)?(?:january|february|march"
    r"|april|may|june|july|august|september|october|november|december)\b(?! \d)"
    r"|in (?:\w+ )?(?:of )?(?:19|20)\d\d|since|months? ago|years? ago|weeks? ago|following (?:a|the"
    r"|his|her|their) letter|after (?:sending|writing|leading)|response to [^.;]{0,60}?letter"
    r"|letter from (?:the )?(?:department|secretary|administrator|agency)|had (?:sent|led|written))\b",
    re.IGNORECASE,
)

_PAST = re.compile(
    rf"{_LONG_PAST.pattern}|\b(?:last week|earlier (?:this|in)|on (?:january|february|march|april|may"
    rf"|june|july|august|september|october|november|december) \d|has|have (?:also |long "
    rf"|repeatedly )?(?:sent|led|written|called)|had|this (?:spring|summer|fall|winter|past)"
    rf"|also (?:sent|wrote|led|joined)|recent letter (?:from|by))\b",
    re.IGNORECASE,
)

_SEQUEL = re.compile(
    r"\b(?:comes?|came|made|days|weeks|months) after\b|\bthat[’']s why\b|\bafter (?:it|he|she|they)\s+\Z", re.IGNORECASE
)
"""What follows was before."""

_TO_CONGRESS = re.compile(
    r"\bletters? (?:sent |addressed )?to (?:congress(?!ional)|the (?:delegation|senators?"
    r"|congress(?:man|woman))|(?:U\.S\. )?(?:senator|sen\.|congress(?:man|woman)|rep\."
    r"|representative)s? [A-Z])",
    re.IGNORECASE,
)

_OTHER_THING = re.compile(
    r"\b(?:re-?)?introduc|\blegislation\b|\bbills?\b|\bstatements?\b|\bop-?ed\b|\bapplauds?\b"
    r"|\bnewsletter\b|\bannounc|\bamicus\b|\bsecur(?:es|ed|ing)\b"
    r"|\bcelebrat|\breceiv|\bvotes?\b|\bicymi\b|\bin case you missed|\bawards?\b|\brecap\b|\bupdate:"
    r"|\bweekly\b|\bpetition\b|\bresponds?\b|\bresponse (?:to|from)\b"
    r"|\bpraises?\b|\bcommends?\b|\bhosts?\b|\bmourns?\b|\btown hall\b|\bwelcomes?\b|\bdelivers?\b"
    r"|\bfollowing .{0,60}(?:letter|push|pressure|call|advocacy|urging)|\bheeds?\b"
    r"|\bfile[sd]?\b|\bbacks\b|\breacts?\b|\bremarks\b|\bspeech\b",
    re.IGNORECASE,
)

_SURELY_OTHER = re.compile(
    r"\bstatements?\b|\bapplauds?\b|\b(?:re-?)?introduc|\bannounc|\bsecur(?:es|ed|ing)\b|\bamicus\b"
    r"|\bnewsletter\b|\bicymi\b|\bop-?ed\b",
    re.IGNORECASE,
)

_PERHAPS_OTHER = re.compile(
    r"\bacts?\b|\bresolution\b|\bfloor\b|\bpass(?:es|age|ed)?\b|\bhonor|\bgrants?\b|\bmillion\b"
    r"|\bmark-?up\b|\bnominat|\bamendment|\bendors|\breport\b|\bsuccess|\bfunding\b|\bvisits?\b"
    r"|\bhearing\b",
    re.IGNORECASE,
)

_TO_OWN = re.compile(
    r"\s*(?:colleagues?|friends?|neighbou?rs?|fellow|constituents?|editor|supporters?|patriots?"
    r"|texans?|americans?|californians?)\b",
    re.IGNORECASE,
)

_DEAR_COLLEAGUE = re.compile(
    r"\bdear colleague\b|\bletter to (?:the )?(?:editor|(?:house |senate )?(?:\w+ )?colleagues|constituents|members)\b",
    re.IGNORECASE,
)

_TO_EDITOR = re.compile(r"\bletters? to the editor\b", re.IGNORECASE)
_ATTORNEYS = re.compile(
    r"\battorneys[ -]general\b[^.\n]{0,80}\b(?:sent|wrote|led|letter|urge)|\bcoalition of (?:\d+ )?attorneys\b",
    re.IGNORECASE,
)

_ACTOR = re.compile(
    r"\b(?:sens?|senators?|reps?|representatives?|congress\w+|chair\w*|ranking member|leader"
    r"|delegation|lawmakers|members|house|senate"
    r"|democrats|republicans)\b",
    re.IGNORECASE,
)
_URGES = re.compile(
    r"\b(?:urg|call|press|demand|request|ask|push|question|implor|encourag|slam|express|rais|advocat|oppos|condemn"
    r"|seek|support|press|warn|insist|object|join|led|lead)(?:e|s|es|ed|ing|ning|ught)?\b",
    re.IGNORECASE,
)

ENOUGH = 4
"""Points from which an item counts as a letter's; set by eye on the public releases of 2021 to 2026."""

_LEAD = 4  # sentences at the beginning in which a release says what it is about

_LOOKED_AT = 60  # sentences, headings and all


@dataclass(frozen=True)
class Announced:
    """Where an item tells of its letter: the sentence, and how sure we are, in points."""

    start: int
    end: int
    points: int
    passage: Passage


def worth_a_look(title: str, text: str) -> bool:
    """Could there be a letter at all? Costs next to nothing."""
    return bool(_WORTH_A_LOOK.search(title) or _WORTH_A_LOOK.search(text))


def announced(title: Text, text: Text, published: date, owner: str = "") -> Announced | None:
    """Return where an item tells of a letter that it is about; None: it is about none.

    `owner`: whose release it is, in any words; a letter to them is none of theirs.
    """
    found = text.salutation
    if _DEAR_COLLEAGUE.search(title.text) or (
        found and _TO_OWN.match(found["whom"]) and not _IN_TITLE.search(title.text)
    ):
        return None
    lead, points = _lead(text, published, owner.lower())
    if _IN_TITLE.search(title.text):
        points += 3
    if _SURELY_OTHER.search(title.text):
        points -= 4
    elif _OTHER_THING.search(title.text) or (_PERHAPS_OTHER.search(title.text) and not _URGES.search(title.text)):
        points -= 3
    if found:
        points += 4
    prose = text.text[slice(*text.prose)]
    full, quoted = bool(_FULL_TEXT.search(prose)), bool(_QUOTED_AS_WRITTEN.search(prose) or _WE_WRITE.search(prose))
    if points < 2 and not found and not (full and quoted) and not _IN_TITLE.search(title.text):
        return None
    points -= 4 * bool(_STATEMENT.search(prose[:900]) or _BILL.search(prose[:500]))
    points += min(3, 2 * full + len(set(_THE_LETTER.findall(prose)))) + 2 * quoted
    if lead is None and SENT.search(title.text) and points >= 0:
        return Announced(text.start, text.start, ENOUGH, title.passage(0, len(title.text)))
    if lead is None and found:
        lead = found.span()
    if lead is None or points < ENOUGH:
        return None
    start, end = lead
    if _TO_EDITOR.search(prose[:900]):
        return None
    if _DEAR_COLLEAGUE.search(text.text, start, end) or _ATTORNEYS.search(text.text, start, end):
        return None
    return Announced(start, end, points, text.passage(start, end))


def _lead(text: Text, published: date, owner: str) -> tuple[tuple[int, int] | None, int]:
    """Return the sentence that tells of the letter, and its points: the earlier it stands, the more.

    Where none says so in words, the first one that asks somebody for something, without points.
    """
    asks: tuple[int, int] | None = None
    first: tuple[int, int] | None = None
    said = 0
    for n, (start, end) in enumerate(text.sentences(text.prose)):
        if n >= _LOOKED_AT:
            break
        shown = masked(text.text[start:end])
        if is_heading(shown):
            continue
        said += 1
        first = first or (start, end)
        sent = SENT.search(shown) or WROTE.search(shown)
        found = sent or IN_LETTER.search(shown)
        if found and not _is_past(shown, found, said, published) and (sent or not _is_to(shown, owner)):
            if said <= 2:
                return (start, end), 7 if sent else 4
            return (start, end) if said <= _LEAD or asks is None else asks, 3 if said <= _LEAD + 2 else 2
        if said <= _LEAD and asks is None and _URGES.search(shown) and _ACTOR.search(shown):
            asks = (start, end)
    return asks or first, 1 if asks else 0


def _is_to(sentence: str, owner: str) -> bool:
    """Is it a letter to Congress, or to the very member whose release it is?"""
    to = re.search(r"\bletters? (?:sent )?to (?:\w+\. )?([A-Z][\w’-]+)", sentence)
    return bool(
        _TO_CONGRESS.search(sentence)
        or (to and len(to[1]) > 3 and re.search(rf"\b{re.escape(to[1].lower())}\b", owner))
    )


def _is_past(sentence: str, found: re.Match[str], said: int, published: date) -> bool:
    """Is it an earlier letter? At the beginning of a release, "last week" is its own."""
    said_when = sentence[: found.end() + 60]
    if (_PAST if said > _LEAD else _LONG_PAST).search(said_when) or _SEQUEL.search(sentence[: found.start()]):
        return True
    dated = _ON_A_DAY.search(said_when)
    read = past(dated, published) if dated else None
    return read is not None and (published - read.day).days > _RECENT


_ON_A_DAY = re.compile(rf"\bon\s+{DAY}")

_RECENT = 45
"""Days that a release may be later than its letter."""
