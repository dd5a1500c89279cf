"""Reads a date as agencies, offices and feeds write it.

Explicit forms rather than a guessing parser: a wrong date is worse than none, and `dateutil` fills what is missing
from today's date.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

WASHINGTON = ZoneInfo("America/New_York")
"""Where a date without a zone is read: nearly every source that leaves it out is an office in Washington."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_CLOCK = (
    r"(?:(?:[T,\s]|at|[-–|])*(?<!\d)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*(?P<zone>[+-]\d\d:?\d\d|[a-z]{1,5}\b)?)?"
)
_FORMS = tuple(
    re.compile(form + _CLOCK, re.IGNORECASE | re.ASCII)
    for form in (
        r"(?<!\d)(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)",  # 2026-08-07
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]*{_MONTH}[,\s-]*(?P<year>\d{{4}}|\d\d)(?!\d)",  # 7 Aug 2026
        rf"\b{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?!\d)",  # August 7, 2026
        r"(?<!\d)(?P<month>\d{1,2})(?P<mark>[/.-])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)(?!\d)",  # 08/07/2026
    )
)

# A place, not an offset: offices label July "EST" and mean the clock on their wall.
_PLACES = {
    **dict.fromkeys(("est", "edt", "et"), WASHINGTON),
    **dict.fromkeys(("cst", "cdt", "ct"), ZoneInfo("America/Chicago")),
    **dict.fromkeys(("mst", "mdt", "mt"), ZoneInfo("America/Denver")),
    **dict.fromkeys(("pst", "pdt", "pt"), ZoneInfo("America/Los_Angeles")),
    **dict.fromkeys(("gmt", "utc", "ut", "z"), UTC),
    "bst": ZoneInfo("Europe/London"),
    **dict.fromkeys(("cet", "cest"), ZoneInfo("Europe/Berlin")),
}

_FIRST_YEAR = 1000  # programs write "0001-01-01T00:00:00Z" for a date that they do not know
_LONGEST = 300  # characters looked at: a date is short, and what a selector caught may be a whole page


@dataclass(frozen=True, kw_only=True)
class When:
    """A moment in UTC; where `day_only`, midnight in Washington of a day whose time is not known."""

    at: datetime
    day_only: bool


def when(text: str) -> When | None:
    """Return the first date that stands in `text`, or None: "August 7, 2026", "Fri, 08/07/2026", ISO 8601, RFC 822.

    Month before day where only numbers stand, two-digit years are of this century, no zone means Washington.
    "113 Apr", "February 30", the year 1 and two-digit nonsense are no dates.
    """
    found = [match for form in _FORMS if (match := form.search(text[:_LONGEST]))]
    for match in sorted(found, key=re.Match.start):
        try:
            return _moment(match)
        except (ValueError, OverflowError):
            continue
    return None


def whole_day(day: date) -> When:
    """Return a day whose time is not known."""
    return When(at=datetime.combine(day, time(), WASHINGTON).astimezone(UTC), day_only=True)


def written_day(text: str) -> When | None:
    """Return the calendar day as written, leaving out its time: for feeds that stamp every entry at noon."""
    match = next((m for form in _FORMS if (m := form.search(text[:_LONGEST]))), None)
    try:
        return match and whole_day(_day(match))
    except (ValueError, OverflowError):
        return None


def _moment(match: re.Match[str]) -> When:
    if match["hour"] is None:
        return whole_day(_day(match))
    clock = time(_hour(match), int(match["minute"]), min(int(match["second"] or 0), 59))
    zone = _zone(match["zone"] or "")
    return When(at=datetime.combine(_day(match), clock, zone).astimezone(UTC), day_only=False)


def _day(match: re.Match[str]) -> date:
    name, year = match["month"][:3].lower(), int(match["year"])
    month = _MONTHS.index(name) + 1 if name in _MONTHS else int(name)
    if len(match["year"]) == 2:
        year += 2000
    elif year < _FIRST_YEAR:
        raise ValueError
    return date(year, month, int(match["day"]))


def _hour(match: re.Match[str]) -> int:
    hour = int(match["hour"])
    if not match["half"]:
        return hour
    return hour % 12 + (12 if match["half"][0] in "pP" else 0)


def _zone(written: str) -> tzinfo:
    if written[:1] not in {"+", "-"}:
        return _PLACES.get(written.lower(), WASHINGTON)
    hours, minutes = int(written[1:3]), int(written[-2:])
    # RFC 822 writes "-0000" for "in UTC, of no known place".
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if written[0] == "-" else offset)
