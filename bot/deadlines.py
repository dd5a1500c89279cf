"""By when an answer is asked for: a date in a letter's release that stands beside the asking (pure).

Only dates that are written out count. "Within two weeks" depends on when the letter arrived, which no release says.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.dates import WASHINGTON, when
from bot.records import Item, Passage

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?:,?\s+(?P<year>20\d\d))?(?!\d|,?\s+19\d\d\b)"
_DATE = rf"(?P<date>{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?{_YEAR}|\d{{1,2}}/\d{{1,2}}/20\d\d)"
_BY = re.compile(
    r"\b(?:by|before|no later than|not later than|on or before|deadline (?:of|is))\s+"
    r"(?:(?:the )?(?:close of business|COB|end of (?:the )?(?:business )?day|noon|midnight"
    r"|\d{1,2}(?::\d\d)?\s*[ap]\.?m\.?(?:\s+E[DS]?T)?)(?:\s+on)?,?\s+)?"
    rf"(?:(?:Mon|Tues|Wednes|Thurs|Fri)day,?\s+)?{_DATE}",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:respon(?:d|ds|se|ses)|repl(?:y|ies)|answers?|brief(?:ing)?|explain|provide|produce|submit|turn over"
    r"|hand over|information|documents?|written|request(?:s|ed|ing)?|ask(?:s|ed|ing)?|demand(?:s|ed|ing)?"
    r"|urg(?:e|es|ed|ing)|call(?:s|ed|ing)? (?:on|for))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<=[.!?:;”\"])(?<![ap]\.m\.)(?<!\b(?:Mr|Ms|Dr)\.)(?<!\bSept\.)(?<!\bU\.S\.)"
    r"(?<!\b(?:Sen|Rep|Gov|Jan|Feb|Mar|Apr|Aug|Sep|Oct|Nov|Dec)\.)\s+(?=[A-Z“\"0-9(])|\n+"
)

FARTHEST = timedelta(days=366)
"""No letter gives longer; what is later, or was before the release, is another date."""

JUST_OVER = timedelta(days=90)
"""A day without a year that was so shortly before the release is not that of next year: by then nobody had answered."""


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """By which day an answer is asked for, and the sentence that says so."""

    day: date
    passage: Passage


def deadline(item: Item) -> Deadline | None:
    """Return by when an item asks for an answer; None: it names no day for it. The first such sentence counts."""
    published = item.published.astimezone(WASHINGTON).date()
    for start, end in _sentences(item.text):
        sentence = item.text[start:end]
        for found in _BY.finditer(sentence):
            day = _day(found, published)
            if day is not None and _ASKS.search(sentence):
                passage = Passage(where="text", start=start, end=end, text=sentence)
                return Deadline(day=day, passage=passage)
    return None


def _sentences(text: str) -> list[tuple[int, int]]:
    starts = [0, *(gap.end() for gap in _SENTENCE.finditer(text))]
    ends = [*(gap.start() for gap in _SENTENCE.finditer(text)), len(text)]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def _day(found: re.Match[str], published: date) -> date | None:
    """Return the day that is written; one without a year is the next such day, unless it is just over."""
    dated = found["year"] or "/" in found["date"]
    farthest = published + (FARTHEST if dated else FARTHEST - JUST_OVER)
    for year in (published.year, published.year + 1):
        read = when(found["date"] if dated else f"{found['date']}, {year}")
        day = read.at.astimezone(WASHINGTON).date() if read else None
        if day is not None and published <= day <= farthest:
            return day
    return None
