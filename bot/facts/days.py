"""Days as letters write them: read, and checked against the calendar."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from bot.dates import WASHINGTON, when
from bot.records import DayMark

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = r"(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)"
_YEAR = r"(?:,?\s+(?P<year>20\d\d))?(?!\d|,?\s+19\d\d\b)"
DAY = (
    rf"(?:{WEEKDAY},?\s+(?:the\s+)?)?(?P<date>{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?{_YEAR}"
    rf"|\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d(?!\d))"
)
"""A day that is written out, with or without its weekday and year: groups `date`, `weekday`, `year`."""

FARTHEST = timedelta(days=366)
"""No letter gives longer; what is later, or was before the letter, is another date."""

JUST_OVER = timedelta(days=90)
"""A day without a year that was so shortly before the letter is not that of next year: by then nobody had answered."""

SOON = timedelta(days=60)
"""A day whose year is impossible is read in the next year only where that gives the usual time for an answer."""


@dataclass(frozen=True)
class Read:
    """A day, and what was wrong with it as written."""

    day: date
    mark: DayMark | None = None


def ahead(found: re.Match[str], since: date) -> Read | None:
    """Return the day that a match of DAY names as one from `since` on; None: it names none that can be.

    Without a year, the next such day, unless it is just over, on its weekday where that is named. An impossible year
    is corrected to the one that is left, if the day is near then and no weekday speaks against it.
    """
    dated = bool(found["year"]) or "/" in found["date"]
    if not dated:
        days = [day for year in (since.year, since.year + 1) if (day := _written(f"{found['date']}, {year}"))]
        days = [day for day in days if since <= day <= since + FARTHEST - JUST_OVER]
        return _checked(days[0], found["weekday"]) if days else None
    day = _written(found["date"])
    if day is None:
        return None
    if since <= day <= since + FARTHEST:
        return _checked(day, found["weekday"])
    others = [other for step in (1, -1) if (other := _in_year(day, day.year + step)) and since < other <= since + SOON]
    fitting = [other for other in others if not found["weekday"] or _is(other, found["weekday"])]
    return Read(fitting[0], "year corrected") if len(fitting) == 1 else None


def past(found: re.Match[str], until: date) -> Read | None:
    """Return the day that a match of DAY names as one up to `until`, at most a year before; None: none that can be.

    A letter that is written in the first weeks of a year is often dated in the last one, by habit.
    """
    if not found["year"] and "/" not in found["date"]:
        days = [day for year in (until.year, until.year - 1) if (day := _written(f"{found['date']}, {year}"))]
        days = [day for day in days if until - FARTHEST <= day <= until + timedelta(days=1)]
        return _checked(days[0], found["weekday"]) if days else None
    day = _written(found["date"])
    if day and until - FARTHEST <= day <= until + timedelta(days=7):
        later = _in_year(day, day.year + 1)
        if until - day > timedelta(days=300) and later and later <= until + timedelta(days=1):
            fits = not found["weekday"] or _is(later, found["weekday"])
            return Read(later, "year corrected") if fits else Read(day)
        return _checked(day, found["weekday"])
    return None


def _checked(day: date, weekday: str | None) -> Read:
    return Read(day, None if not weekday or _is(day, weekday) else "weekday differs")


def _is(day: date, weekday: str) -> bool:
    return WEEKDAYS[day.weekday()] == weekday[:3].lower()


def _written(text: str) -> date | None:
    read = when(text)
    return read.at.astimezone(WASHINGTON).date() if read else None


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


def business(start: date, days: int) -> date:
    """Return the day so many working days after `start`; federal holidays are not known here and count as any other."""
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    return day


def months(start: date, number: int) -> date:
    """Return the day so many months after `start`, the last of its month where that is shorter."""
    month = start.month - 1 + number
    year, month = start.year + month // 12, month % 12 + 1
    return min(
        date(year, month, min(start.day, 28)) + timedelta(days=max(0, start.day - 28)), end_of_month(year, month)
    )


def end_of_month(year: int, month: int) -> date:
    """Return the last day of a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)
