"""What a letter asks: its numbered questions and demands, as they stand there."""

import re

from bot.facts.text import Text
from bot.records import Ask

_NUMBERED = re.compile(r"^\s*(?P<number>\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+(?=\S)")
_BULLET = re.compile(r"^\s*[•●▪◦○*–-]\s*(?=\S)")
_OPENS = re.compile(
    r"\b(?:questions?|following|requests?|answers?|respon[ds]\w*|provide|information|documents?"
    r"|ask(?:s|ed|ing)?|explain|urg\w+|demand\w*|calling on|below)\b[^\n]{0,200}:\s*$"
    r"|\bfollowing (?:\w+ ){0,2}(?:questions?|information|requests?|documents?|inquiries)\b[^\n.]{0,120}\.?\s*$"
    r"|\b(?:questions?|inquiries|requests) below\b[^\n.]{0,120}\.?\s*$",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"^\s*(?:please|provide|describe|explain|produce|list|identify|all (?:documents|communications"
    r"|records)|a (?:list|copy|description|detailed)|any and all|confirm|clarify|detail|state|specify"
    r"|what|how|why|when|which|who|where|is|are|do|does|did|has|have|will|can|under|if|to what)\b",
    re.IGNORECASE,
)
MOST = 60
"""Asks of one letter that are kept."""

_LONGEST = 2_000


def listed(text: Text, span: tuple[int, int]) -> tuple[Ask, ...]:
    """Return the questions and demands of a span: lines under one that opens a list, and numbered questions.

    Under "the following questions" every line is one, up to the letter's last words; under another colon, those that
    are marked or asked.
    """
    found: list[Ask] = []
    opened, surely = False, False
    for start, end in text.paragraphs(span):
        line = text.text[start:end]
        if _OPENS.search(line[-400:]):
            opened, surely = True, bool(_FOLLOWING.search(line[-400:]))
            continue
        mark = _NUMBERED.match(line) or _BULLET.match(line)
        said = line[mark.end() :] if mark else line
        if not _is_ask(said, bool(mark), opened, surely):
            opened = surely = opened and bool(mark)
        elif opened or (mark and mark.re is _NUMBERED):
            passage = text.passage(end - len(said), end)
            number = mark["number"].strip("(). ") if mark and mark.re is _NUMBERED else None
            found.append(Ask(text=passage.text, number=number, passage=passage))
    return tuple(one for one in found if len(one.text) > _SHORTEST)[:MOST]


def _is_ask(line: str, marked: bool, opened: bool, surely: bool) -> bool:
    if len(line) > _LONGEST or _LAST_WORDS.match(line):
        return False
    if line.rstrip().endswith("?") or surely:
        return True
    return (marked and opened) or bool((marked or opened) and _DEMAND.match(line))


_SHORTEST = 12  # characters: what is shorter is a heading
_FOLLOWING = re.compile(
    r"\bfollowing (?:\w+ ){0,2}(?:questions?|information|requests?|documents?|inquiries|materials|items|records)\b"
    r"|\b(?:questions?|inquiries|information|requests) below\b",
    re.IGNORECASE,
)
_LAST_WORDS = re.compile(
    r"\s*(?:thank you|thanks|we (?!\w+ (?:request|ask))|i (?!\w+ (?:request|ask))|sincerely"
    r"|respectfully|your (?:prompt|timely|immediate|attention|swift)"
    r"|it is|this |these |those |given |finally,|in (?:addition|conclusion|light)|should you"
    r"|if you (?:have|need)|the (?:american|committee)"
    r"|for (?:any|questions)|as (?:members|you)|read |###|click|full |[“\"])",
    re.IGNORECASE,
)
"""A letter goes on to its end; no question begins so."""
