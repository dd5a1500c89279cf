"""What a letter asks: its numbered questions and demands, as they stand there."""

import re
from collections.abc import Sequence

from bot.facts.text import Text
from bot.records import Ask

_NUMBERED = re.compile(r"^\s*(?P<number>\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+(?=\S)")
_BULLET = re.compile(r"^\s*[•●▪◦○*–-]\s*(?=\S)")
_COLON = re.compile(r":\s*$")
_OPENS = re.compile(
    r"\b(?:questions?|following|requests?|answers?|respon[ds]\w*|provide|information|documents?"
    r"|ask(?:s|ed|ing)?|explain|urg\w+|demand\w*|calling on|below)\b[^\n]{0,200}:\s*$",
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
    """Return the questions and demands of a span: lines under a colon that opens a list, numbered ones, questions."""
    found: list[Ask] = []
    open_ = False
    for start, end in text.paragraphs(span):
        line = text.text[start:end]
        if _OPENS.search(line[-400:]):
            open_ = True
            continue
        number = _NUMBERED.match(line)
        mark = number or _BULLET.match(line)
        is_ask = len(line) <= _LONGEST and (
            line.rstrip().endswith("?")
            or (mark and (open_ or _DEMAND.match(line[mark.end() :])))
            or (open_ and _DEMAND.match(line))
        )
        if is_ask and (open_ or number):
            at = start + (mark.end() if mark else 0)
            passage = text.passage(at, end)
            found.append(
                Ask(text=passage.text, number=number["number"].strip("(). ") if number else None, passage=passage)
            )
        elif not (mark and open_):
            open_ = False
    return tuple(_without_headings(found)[:MOST])


def _without_headings(found: Sequence[Ask]) -> list[Ask]:
    return [one for one in found if len(one.text) > 12]
