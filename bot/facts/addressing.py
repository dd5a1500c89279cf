"""Where a sentence says whom a letter goes to, and where that phrase ends."""

import re
from collections.abc import Iterator

from bot.facts.cues import IN_LETTER, SENT, WROTE

_BEGINS = re.compile(
    r"\b(?:(?:directed|addressed|sent)(?: today| yesterday)? to|letters?,? sent to|letters?(?: today"
    r"| yesterday| this week| on \w+day)?(?: \(\w+\))?(?: addressed)? to|addressed to|wrote(?: today"
    r"| again| directly)? to|writing to|writes to|letters? (?:today )?(?:urging|calling on|asking"
    r"|pressing|demanding|requesting|imploring|pushing)(?: that)?)\s+(?=[A-Z“\"(]|(?:the|all|both|his"
    r"|her|their|a|an|congressional|leaders?|leadership|members|several|top|senior|federal|state"
    r"|house|senate|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+|chairs|each|major|various"
    r"|officials|executives|governors|appropriators|acting|these|administration|local|military|every"
    r"|newly|incoming|outgoing|then|(?:[a-z]+ ){0,3}(?:companies|firms|platforms|giants|manufacturers"
    r"|banks|retailers|airlines|registrars|providers|universities|brokers|lenders|servicers?|company"
    r"|giant|makers?|operators?|contractors?|insurers?))\b)"
)

_ASKED = re.compile(
    r"\b(?:urg(?:ed|es"
    r"|ing|e)|call(?:ed|s|ing)? (?:up)?on|press(?:ed|es|ing)?|ask(?:ed|s|ing)?"
    r"|implor(?:ed|es|ing)|encourag(?:ed|es|ing|e)|push(?:ed|es|ing)?|question(?:ed|s|ing)?|prob(?:ed"
    r"|es|ing)|demand(?:ed|s|ing)?(?: that| answers from| answers and \w+ from| \w+ from)?"
    r"|request(?:ed|s|ing)?(?: that| \w+ from| from)?|warn(?:ed|s|ing)?)\s+"
)

_BLAMED = re.compile(r"\b(?:criticiz(?:ed|es|ing)|condemn(?:ed|s|ing)|slamm?(?:ed|s|ing)|blast(?:ed|s|ing))\s+")
_EXPRESSED = re.compile(
    r"\b(?:express|rais|voic|convey|relay|reiterat|direct|submit|put)(?:ed|es|ing"
    r"|ting)?\s(?:[\w’]+\s){1,6}?to\s+(?=[A-Z]|the\s)"
)

_STOP = re.compile(
    r"\b(?!related|united|based|owned|retired|combined|limited|incorporated)[a-z]+ed\b|\b(?:exposes"
    r"|includes|argues|describes|makes|shows)\b"
    r"|\bto\s+(?=[A-Z][a-z]+\s+(?:the|a|an|its)\s)|"
    r"\b[a-z]+ly\s+(?=[a-z]+ing\b)|"
    r"\b(?!acting|ranking|outgoing|incoming|housing|nursing|banking|aging|engineering|manufacturing"
    r"|Acting|Ranking|Housing|Outgoing|Incoming|Banking|Engineering|Manufacturing|Trading"
    r"|Broadcasting|Lending|Mining|Shipping|Pricing|Beijing|King|Boeing|Sterling|Spring|Ring|Nursing"
    r"|Rulemaking|Processing|Planning|Training|Marketing|Aging|Veterans)[a-z]+ing\b"
    r"|\b(?:regarding|about|that|who|which|after|following|over|today|yesterday|amid|against|because"
    r"|since|asking|this|expressing|earlier|late|early|when|where|while|calling|concerning|via|"
    r"condemning|ahead|before|during|under|until|if|he|she|they|we|alongside|is|was|comes|follows|has"
    r"|have|had|will|would"
    r"|should|must|immediately|swiftly|quickly|not|their|his|her|our|on behalf|as well as urging"
    r"|this week|last week)\b"
    r"|\bto\s+(?=[a-z])(?!the\b)|\bin\s+(?!charge|chief)|\bon\s+(?=[a-z])|\bwith\s+|\bas (?!well)"
    r"|\bfrom\b|\bby\b|[.?!]\s+(?=[A-Z“])|\b(?:ensure|address|provide|direct|abide|delay|use|take"
    r"|make|act|stop|end|reverse|release|investigate|grant|support|extend|restore|comply|explain"
    r"|protect|work|be|keep|allow|give|approve|reconsider|withdraw|answer|respond|hold|conduct"
    r"|include|review|declare|issue|rescind|fund|adopt|reject|clarify|launch)\s|,\s+(?:the"
    r"|both)\s+(?:U\.S\.\s)?(?:two\s|bipartisan\s)?(?:[Ss]enators?|[Ll]awmakers|[Mm]embers"
    r"|[Dd]elegation|[Rr]epresentatives|[Cc]ongress(?:man|woman|men|members)|group|coalition)\b"
    r"|,\s+(?=(?:[A-Z][\w’-]+\s){1,3}(?:[a-z]+ed|wrote|said|asks|urges|writes|led|are|is)\b)|[:]"
    r"|\s[–—-]+\s|\band\s+(?=urg|ask|call|demand|request|express|press|to )|\n"
)

_FOR = re.compile(r"\bfor\s+")

_FOR_OFFICE = re.compile(
    r"Secretary of [A-Z]\w+\s+\Z|"
    r"(?:Secretary|Administrator|Director|Centers?|Office|Commissioner|Agency|Assistant|Corporation"
    r"|Administration|Coordinator|Institutes?|Council|Advisor|President|Counselor|Envoy|Chair)\s+\Z"
)

_ON = re.compile(r"\bon\s+(?=[A-Z])")

_ON_OFFICE = re.compile(r"(?:Committee|Subcommittee|Commission|Council|Caucus)\s+\Z", re.IGNORECASE)

LONGEST = 900


def addressed(shown: str) -> Iterator[tuple[int, int]]:
    """Give the spans of a sentence that may say whom the letter goes to, the likeliest first."""
    for begin in _BEGINS.finditer(shown):
        yield begin.end(), stop(shown, begin.end())
    wrote = WROTE.search(shown)
    if wrote:
        yield wrote.end(), stop(shown, wrote.end())
    letter = SENT.search(shown) or IN_LETTER.search(shown)
    if letter:
        sent = re.compile(r"\b(?:sent|sending|sends)\s+").search(shown)
        if sent and not re.match(r"(?:a|an|the|their|his|her|two|letters?|another)\b", shown[sent.end() :]):
            yield sent.end(), min(stop(shown, sent.end()), letter.end() - 6)
    for begin in _FARTHER.finditer(shown):
        if not _ASKED.search(begin[0]):
            yield begin.end(), stop(shown, begin.end())


_FARTHER = re.compile(
    r"\bletters?\b(?:[^.;:]|(?<=Rep)\.|(?<=Sen)\.|(?<=[A-Z])\.|(?<=Sens)\."
    r"|(?<=Reps)\.){1,220}?\sto\s+(?=the\s|all\s|both\s|[A-Z])"
)


def asked(shown: str) -> Iterator[tuple[int, int]]:
    """Give the spans that may say of whom something is asked, first those behind the word "letter"."""
    letter = SENT.search(shown) or IN_LETTER.search(shown)
    for begin in _EXPRESSED.finditer(shown):
        yield begin.end(), stop(shown, begin.end())
    for after in (letter.end(), 0) if letter else (0,):
        for begin in _ASKED.finditer(shown, after):
            yield begin.end(), stop(shown, begin.end())
    for begin in _BLAMED.finditer(shown):
        yield begin.end(), stop(shown, begin.end())


def stop(shown: str, start: int) -> int:
    """Return where the phrase that begins at `start` ends: at a verb, a reason, the end of the sentence."""
    limit = min(len(shown), start + LONGEST)
    if re.match(r"\W*(?:.{0,60}[–—-]\s*)?In (?:a|an|the|their|his|her|two|separate)\b", shown[: max(start, 1)]):
        titled = re.compile(
            r",\s+(?:U\.S\.\s)?(?:Senators?|Sens?\.|Representatives?|Reps?\.|Congress(?:man|woman|men"
            r"|women|members?))\s"
        ).search(shown, start, limit)
        limit = titled.start() if titled else limit
    end = next((s.start() for s in _STOP.finditer(shown, start, limit) if not _is_initial(shown, s)), limit)
    for pattern, kept in ((_FOR, _FOR_OFFICE), (_ON, _ON_OFFICE)):
        for one in pattern.finditer(shown, start, end):
            if not kept.search(shown, max(start, one.start() - 40), one.start()):
                end = one.start()
                break
    return end


def _is_initial(shown: str, stop: re.Match[str]) -> bool:
    """Is the stop at a full stop behind an initial or a title: "Todd M. Lyons"?"""
    return stop[0].startswith(".") and bool(
        re.search(
            r"(?:\b[A-Z]|\b(?:Jr|Sr|Dr|Mr|Ms|Mrs|Gov|Sen|Rep|Sens|Reps|Lt|Gen|Adm|Col|U\.S|Hon|St))\Z",
            shown[max(0, stop.start() - 5) : stop.start()],
        )
    )
