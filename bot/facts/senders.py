"""Who signs a letter, the one who leads it first.

Three places say so: the sentence that tells of the letter, lists of cosigners ("joined by", "also signed"), and the
signatures under the letter itself. Whoever is merely quoted signs nothing.
"""

import re
from collections.abc import Iterator, Sequence

from bot.facts.cues import IN_LETTER, SENT, WROTE
from bot.facts.kind import Announced
from bot.facts.names import Names, same_person
from bot.facts.people import Person, masked, people, signer
from bot.facts.signatures import signatures
from bot.facts.text import Text, is_heading
from bot.records import Signer

_COSIGN = re.compile(
    r"\b(?:co-?)?sign(?:ed|ers?|ees?|atories|atory|ing)\b|\bletter (?:was|is|were) (?:also "
    r"|further )?(?:led|joined|co-?led|sent|authored|spearheaded|supported) by\b"
    r"|\bjoin(?:ed|ing|s)?\b[^.\n]{0,200}\b(?:letters?|sending|writing|signing|effort|request|push"
    r"|call|inquiry|urging|calling|demanding|pressing|are|include[sd]?|is|were|was)\b"
    r"|\b(?:was|were|are|is) (?:also )?joined\b|\bjoined (?:in|on) the (?:\w+ )?letters? by\b"
    r"|\bjoined by\b|\bled (?:the|this) (?:\w+ )?letter\b|\bletter(?: \w+){0,3} led by\b"
    r"|\bparticipants\b"
    r"|\b(?:additional|other|full list of) (?:letter )?(?:members|senators|co-?leads|lawmakers)\b|\bin addition to\b"
    r"|\bletter (?:includes?|included|comes from|came from)\b|\bjoins?\b"
    r"|\bjoined\b[^\n]{0,600}\bin (?:sending|writing|signing|leading)\b"
    r"|\bled\b[^\n]{0,600}\bin (?:sending|writing|demanding|requesting|urging|calling|asking|pressing)\b",
    re.IGNORECASE,
)
_SURELY_COSIGN = re.compile(
    r"\bjoined (?:\w+ ){0,3}in (?:sending|signing) (?:the|this) letter by\b|\bletter (?:is"
    r"|was) (?:also )?(?:co-?)?signed by\b",
    re.IGNORECASE,
)
"""Such a line behind a letter that has no close is the release's again."""

_NOT_COSIGN = re.compile(
    r"(?i:\b(?:co-?sponsor|legislation|act\b|resolution|introduc|signed into law|signing statement"
    r"|amendment|hearing|executive order|law\b"
    r"|sign up|endorse|signed (?:the|an?) (?:order|memorandum|agreement|contract)|assigned|designed|signal))|\bbills?\b"
)
_PAST = re.compile(
    r"\s*(?:last (?:week|month|year|fall|spring|summer|winter|\w+day)|earlier|previously"
    r"|in (?:\w+ )?(?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december|20\d\d)"
    r"|on (?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"|since|over the|for years|this (?:spring|summer|fall|winter)|back in|recently,)\b"
    r"|.{0,120}\b(?:has|have) (?:also |long |repeatedly |previously |consistently )",
    re.IGNORECASE,
)
_HEADS_LIST = re.compile(
    r"(?:co-?sign(?:ers?|ed)|signed|sign(?:ers?|ees?|atories)|joined|joining|letter|by|members"
    r"|senators|representatives|include[sd]?|are|following|signature)\b[^\n.]{0,80}[:：]?\s*\Z",
    re.IGNORECASE,
)
_WAS_JOINED = re.compile(r"\b(?:was|were|is|are) (?:also )?joined\b|\bjoined by\b|\bled by\b", re.IGNORECASE)
_JOINS = re.compile(r"\b(?:(?:has |have )?joined|joins|joining)\b", re.IGNORECASE)
_LED_BY = re.compile(
    r"\bled by\b|\bspearheaded by\b|\bled (?:the|this) (?:\w+ )?letter\b|\bauthored by\b", re.IGNORECASE
)
_AFTER = re.compile(
    r"\b(?:urg|call|press|demand|request|ask|push|question|prob|implor|encourag)(?:e|s|es|ed|ing)\b", re.IGNORECASE
)
_ALONGSIDE = re.compile(
    r"\b(?:along ?side|along with|together with|joined by|and (?:his|her) colleagues?,?|letters? with)\b", re.IGNORECASE
)
_LIST_ENDS = re.compile(r"\s(?:to|on|in|about|regarding|that|which|for|after|over|following)\s|\s[a-z]+ing\s")

LISTED = 40
"""Lines of a list of cosigners that are read."""


def from_release(text: Text, where: Announced, names: Names) -> list[Signer]:
    """Return who signs, as a release tells it."""
    found = _of_announcement(text, where, names) or _of_beginning(text, where, names)
    leader: list[Person] = []
    for start, end in _cosigning(text, where):
        shown = masked(text.text[start:end])
        some = _without_addressees(people(text, (start, end), names), shown, start)
        led = _LED_BY.search(shown)
        if led and not leader:
            leader = _led([*found, *some], led, shown, start)
        found += some
    return [signer(text, one, names) for one in _once([*leader, *found])]


def from_letter(text: Text, names: Names) -> list[Signer]:
    """Return who signs, as the signatures under a letter tell it."""
    return [signer(text, one, names) for one in _once(signatures(text, names))]


def _of_announcement(text: Text, where: Announced, names: Names) -> list[Person]:
    """Return who sends it by the sentence that tells of it: those before its verb, "joined" ones first to last."""
    shown = masked(text.text[where.start : where.end])
    verb = SENT.search(shown) or WROTE.search(shown)
    inside = None if verb and verb.start() > 5 else IN_LETTER.search(shown)
    some = people(text, (where.start, where.end), names)
    if inside and inside.start() < 25:  # "In a letter to X, Senators Y and Z asked ..."
        comma = shown.find(", ", inside.end())
        acts = _AFTER.search(shown, max(comma, 0))
        stop = acts.start() if acts else len(shown)
        return [one for one in some if where.start + max(comma, 0) <= one.start < where.start + stop]
    if verb is None:
        verb = _AFTER.search(shown)
    stop = (_verb_place(shown, verb) if verb else len(shown)) + where.start
    zone = [one for one in some if one.start < stop]
    rest = [one for one in some if one.start >= stop]
    joins = _JOINS.search(shown)
    if joins and not _WAS_JOINED.search(shown) and zone and joins.start() + where.start < stop:
        # "Moran joined Cotton and Britt in urging": who was joined leads.
        led = [one for one in zone if one.start > where.start + joins.start()]
        zone = [*led, *(one for one in zone if one not in led)]
    led_by = re.search(r"\bled by\b", shown)
    if led_by:
        first = [one for one in some if one.start >= where.start + led_by.start()][:1]
        zone = [*first, *(one for one in zone if one not in first)]
    beside = _ALONGSIDE.search(shown, max(stop - where.start, 0))
    if beside:
        ends = _LIST_ENDS.search(shown, beside.end())
        until = where.start + (ends.start() if ends else len(shown))
        zone += [one for one in rest if where.start + beside.end() <= one.start < until]
    return zone


def _of_beginning(text: Text, where: Announced, names: Names) -> list[Person]:
    """Return who acts in the sentences before the one that tells of the letter, where that says only "the senators"."""
    before = list(text.sentences((text.start, where.start)))[:_BEGINNING]
    behind = (
        list(text.sentences((where.end, text.prose[1])))[:_BEGINNING]
        if not before or is_heading(where.passage.text)
        else []
    )
    for start, end in (*before, *behind):
        shown = masked(text.text[start:end])
        acts = _AFTER.search(shown) or _ACTS.search(shown) or SENT.search(shown)
        if acts:
            some = [one for one in people(text, (start, end), names) if one.start < start + acts.start()]
            if some:
                return some
    return []


_BEGINNING = 8  # sentences
_ACTS = re.compile(
    r"\b(?:pushed|led|leads|announced|joined|launched|raised|expressed|released|sought|is|are|took"
    r"|renewed|requested|today|recently|criticized|blasted)\b"
)


def _verb_place(shown: str, verb: re.Match[str]) -> int:
    """Return where what is asked, and of whom, begins: at the letter itself, or the verb that needs none."""
    letter = re.search(r"\bletters?\b", shown[verb.start() :])
    if letter and SENT.match(shown, verb.start()):
        joined = re.search(r"\bin (?:sending|writing|signing|leading|urging|calling|a)\b", shown[verb.start() :])
        return verb.start() + min(letter.start(), joined.start() if joined else letter.start())
    joins = _JOINS.search(shown)
    if joins and joins.start() <= verb.start():
        acts = re.search(r"\b(?:in|to) (?:\w+ly )?(?:a |the )?(?=\w)", shown[joins.end() :])
        return max(verb.start(), joins.end() + acts.start() if acts else 0)
    return verb.start()


def _cosigning(text: Text, where: Announced) -> Iterator[tuple[int, int]]:
    """Give the sentences that list who else signs, and the lists under a line that heads one."""
    lines = list(text.paragraphs((text.start, text.end)))
    prose_end = text.prose[1]
    taken = -1
    for n, (start, end) in enumerate(lines):
        inside = text.salutation is not None and prose_end <= start < text.close[0]
        if n <= taken or (inside and not _SURELY_COSIGN.search(text.text[start:end])):
            continue
        for sentence in text.sentences((start, end)):
            shown = masked(text.text[slice(*sentence)])
            cue = _COSIGN.search(shown)
            if sentence == (where.start, where.end) or not cue or _PAST.match(shown):
                continue
            if _NOT_COSIGN.search(shown) and not re.search(r"\bletters?\b|cosign|co-sign", shown, re.IGNORECASE):
                continue
            yield sentence
        if n + 1 < len(lines) and _COSIGN.search(text.text[start:end]) and _HEADS_LIST.search(text.text[start:end]):
            taken = _list_end(text, lines, n)
            if taken > n:
                yield lines[n + 1][0], lines[taken][1]


def _list_end(text: Text, lines: Sequence[tuple[int, int]], n: int) -> int:
    """Return the number of the last line of the list that begins under line n; a line of prose ends it."""
    for m in range(n + 1, min(len(lines), n + LISTED)):
        shown = masked(text.text[slice(*lines[m])])
        small = re.findall(r"(?<![\w’'-])[a-z]{3,}", shown)
        if len([word for word in small if word not in ("and", "del", "von", "van")]) > 2 or "Dear " in shown:
            return m - 1
    return min(len(lines), n + LISTED) - 1


def _without_addressees(some: Sequence[Person], shown: str, start: int) -> list[Person]:
    """Leave out who is named behind "letter to"."""
    to = re.search(r"\bletters? to\b|\bwrote to\b|\b(?:urging|calling on|asking|demanding|requesting)\b", shown)
    again = re.search(r"\b(?:signed by|joined by|led by|signed|cosigned|include)\b", shown[to.end() :]) if to else None
    return [
        one
        for one in some
        if to is None or one.start < start + to.start() or (again and one.start >= start + to.end() + again.start())
    ]


def _led(some: Sequence[Person], led: re.Match[str], shown: str, start: int) -> list[Person]:
    """Return who leads by "led by X" or "X led the letter"; X may be a last name that was written in full before."""
    if "by" in led[0].lower():
        first = re.match(r"\s*(?:\w+\.? )?([A-Z][\w’-]+)", shown[led.end() :])
        known = [one for one in some if first and one.name.split()[-1] == first[1]]
        return (known or [one for one in some if 0 <= one.start - start - led.end() < 60])[:1]
    return [one for one in some if start <= one.start < start + led.start()][:1]


def _once(some: Sequence[Person]) -> list[Person]:
    """Return everybody once, where they come first, by the fullest name."""
    kept: list[Person] = []
    for one in some:
        same = next((n for n, other in enumerate(kept) if _same(one, other)), None)
        if same is None:
            kept.append(one)
        elif len(one.name.split()) > len(kept[same].name.split()) and kept[same].member_id in (None, one.member_id):
            kept[same] = one
    return kept


def _same(one: Person, other: Person) -> bool:
    if one.member_id and other.member_id:
        return one.member_id == other.member_id
    return same_person(one.name, other.name)
