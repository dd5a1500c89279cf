"""By when a letter asks for an answer: a day that is written out, or so long after the letter's own date."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.facts.asking import condition, is_asked
from bot.facts.days import DAY, MONTH, WEEKDAYS, ahead, business, end_of_month, months
from bot.facts.text import Text
from bot.records import DayMark, Deadline

_CLOCK = (
    r"(?:(?:the )?(?:close of business|COB|C\.O\.B\.|end of (?:the )?(?:business )?day|EOD|noon"
    r"|midnight|\d{1,2}(?::\d\d)?\s*[ap]\.?m\.?(?:,?\s+(?:\(?E[DS]?T\)?|Eastern(?: (?:Standard "
    r"|Daylight )?Time)?))?)"
    r"(?:\s+(?:on|by))?,?\s+)?"
)

_NO_LATER = (
    r"(?:by|before|no later than|not later than|on or before|prior to|no later than by|by no later than"
    r"|deadline (?:of|is)|due (?:by|on)?|until)"
)

_ABSOLUTE = re.compile(rf"\b{_NO_LATER}\s+{_CLOCK}(?:on\s+)?{DAY}", re.IGNORECASE)

_NUMBERS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
            "twenty-one",
        ]
    )
} | {
    "a": 1,
    "an": 1,
    "thirty": 30,
    "sixty": 60,
    "forty-five": 45,
    "ninety": 90,
    "forty": 40,
    "forty-eight": 48,
    "seventy-two": 72,
    "twenty-four": 24,
    "fourteen": 14,
}

_NUMBER = rf"(?P<number>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"

_SPAN = (
    rf"{_NUMBER}(?:\s*\(\d{{1,3}}\))?[\s-]+(?P<kind>business|working|calendar|week"
    rf"|full)?[\s-]*(?P<unit>hour|day|week|month)s?’?'?(?:['’]\s*time)?"
)

_RELATIVE = re.compile(
    rf"\b(?:(?:within|in|over|not later than|no later than|no more than"
    rf"|by no later than)\s+(?:the\s+)?(?:next\s+|coming\s+|following\s+)?{_SPAN}"
    rf"|{_SPAN.replace('number', 'number2').replace('kind', 'kind2').replace('unit', 'unit2')}\s+(?:fro"
    rf"m|after|of)\s+(?:today|(?:the )?(?:receipt|receiving|date|this))(?:\s+of)?)",
    re.IGNORECASE,
)

_AFTERWARDS = re.compile(r"\s*(?:of|from|after|following)\s+(?P<what>[^.,;]{0,60})", re.IGNORECASE)

_ITS_OWN = re.compile(
    r"(?:the )?(?:date of |receipt of |receiving |delivery of |sending |transmitting "
    r"|day of )*(?:this|the|their|his|her|our|your receipt|its|today)\b[^.]{0,20}?(?:letter|request"
    r"|correspondence|inquiry|date|receipt|communication|today)|receipt\b|today\b|receiving\b|now\b"
    r"|the date of this|transmi",
    re.IGNORECASE,
)

_END_OF = re.compile(
    rf"\b(?:by|before|no later than)\s+(?:the\s+)?end of (?:(?P<period>the month|this month|the week"
    rf"|this week|the year|this year|the calendar year|next week|next month|business today"
    rf"|business tomorrow|the day)|(?P<month>{MONTH})(?:,?\s+(?P<year>20\d\d))?)\b",
    re.IGNORECASE,
)

_WEEKDAY = re.compile(
    rf"\b(?:by|no later than)\s+{_CLOCK}(?P<near>(?:this |next |coming )?(?:Mon|Tues|Wednes|Thurs"
    rf"|Fri)day|tomorrow)\b(?!,?\s+(?:the\s+)?(?:{MONTH}\s+\d|\d))",
    re.IGNORECASE,
)


def stated(text: Text, span: tuple[int, int], *, since: date, counted: date | None) -> Deadline | None:
    """Return by when an answer is asked for in a span of a text; None: it sets no time. The first such sentence counts.

    `since`: the day from which a day written out can be meant; `counted`: the day from which a relative one counts,
    None: the letter's date is not known, so that its day is not either.
    """
    without_day: Deadline | None = None
    for start, end in text.sentences(span):
        sentence = text.text[start:end]
        if len(sentence) > _LONGEST or not _MAY_SET.search(sentence):
            continue
        found = _absolute(sentence, since) or _relative(sentence, since, counted)
        if found is None or not is_asked(sentence, found.start, found.end):
            continue
        read = Deadline(
            day=found.day,
            passage=text.passage(start, end),
            counted_from=found.base,
            condition=condition(sentence),
            mark=found.mark,
        )
        if read.day:
            return read
        without_day = without_day or read
    return without_day


_LONGEST = 4_000  # characters of a sentence: a longer one is none

_MAY_SET = re.compile(r"\b(?:by|before|later|within|until|prior|deadline|due|days|next|hours|weeks)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Found:
    """A time in a sentence; `base`: from which it counts."""

    day: date | None
    start: int
    end: int
    base: date | None = None
    mark: DayMark | None = None


def _absolute(sentence: str, since: date) -> _Found | None:
    for found in _ABSOLUTE.finditer(sentence):
        read = ahead(found, since)
        if read:
            return _Found(read.day, found.start(), found.end(), mark=read.mark)
    return None


def _relative(sentence: str, since: date, counted: date | None) -> _Found | None:
    for found in _RELATIVE.finditer(sentence):
        number = _number(found["number"] or found["number2"])
        unit, kind = (found["unit"] or found["unit2"]).lower(), (found["kind"] or found["kind2"] or "").lower()
        after = _AFTERWARDS.match(sentence, found.end())
        if found["number"] and after and not _ITS_OWN.match(after["what"]):
            continue
        loosely = re.match(r"(?:in|over)\b", found[0], re.IGNORECASE)
        if not number or (loosely and not re.search(r"\b(?:next|coming|following)\b", found[0])):
            continue
        if number * _DAYS[unit] > _LONGEST_SPAN:
            continue
        return _Found(_later(counted, number, unit, kind), found.start(), found.end(), counted)
    near = _END_OF.search(sentence)
    if near:
        day = _end_of(near, since, counted)
        counts = counted if near["period"] else None
        return _Found(day, near.start(), near.end(), counts) if day or near["period"] else None
    named = _WEEKDAY.search(sentence)
    if named:
        day = _next(named["near"].lower(), counted) if counted else None
        return _Found(day, named.start(), named.end(), counted)
    return None


_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30}
_LONGEST_SPAN = 190  # days: nobody waits longer for an answer; what is to be done in a year is no answer


def _number(written: str) -> int:
    return int(written) if written.isdigit() else _NUMBERS[written.lower()]


def _later(counted: date | None, number: int, unit: str, kind: str) -> date | None:
    if counted is None:
        return None
    if unit == "month":
        return months(counted, number)
    if unit == "hour":
        return counted + timedelta(days=-(-number // 24))
    if kind in ("business", "working"):
        return business(counted, number * (5 if unit == "week" else 1))
    return counted + timedelta(days=number * (7 if unit == "week" else 1))


def _end_of(found: re.Match[str], since: date, counted: date | None) -> date | None:
    if found["month"]:
        month = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"].index(
            found["month"][:3].lower()
        ) + 1
        years = [int(found["year"])] if found["year"] else [since.year, since.year + 1]
        days = [end_of_month(year, month) for year in years]
        return next((day for day in days if since <= day <= since + timedelta(days=276)), None)
    if counted is None:
        return None
    period = found["period"].lower()
    if "month" in period:
        first = months(counted.replace(day=1), 1) if "next" in period else counted
        return end_of_month(first.year, first.month)
    if "week" in period:
        friday = counted + timedelta(days=(4 - counted.weekday()) % 7)
        return friday + timedelta(days=7) if "next" in period else friday
    if "year" in period:
        return date(counted.year, 12, 31)
    return counted + timedelta(days=1) if "tomorrow" in period else counted


def _next(named: str, counted: date) -> date:
    """Return the next day of that name; "next Friday" said on a Monday is ambiguous and read as the next there is."""
    if named == "tomorrow":
        return counted + timedelta(days=1)
    wanted = WEEKDAYS.index(named.split()[-1][:3])
    return counted + timedelta(days=(wanted - counted.weekday() - 1) % 7 + 1)
