"""Dates as agencies, offices and feeds write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dates import When, when, written_day

YEAR_1 = "0001-01-01T00:00:00Z"  # what a program in Go writes for a date that it does not know
DAY = When(at=datetime(2026, 8, 7, 4, tzinfo=UTC), day_only=True)


@pytest.mark.parametrize(
    "text",
    [
        "August 7, 2026",
        "Aug 07 2026",
        "Posted on Aug. 7th, 2026 in News",
        "Fri, 08/07/2026",
        "08.07.26",
        "8/7/26",
        "2026-08-07",
        "7 August 2026",
        "07-Aug-2026",
    ],
)
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert when(text) == DAY


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-08-07T10:15:00-04:00", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("2026-08-07T14:15:00.123Z", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("Fri, 07 Aug 2026 14:15:00 GMT", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("Fri, 07 Aug 2026 10:15:00 EST", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("Fri, 07 Aug 2026 07:15 PDT", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("Friday, August 7, 2026 - 10:15am", datetime(2026, 8, 7, 14, 15, tzinfo=UTC)),
        ("August 7, 2026 at 10:15 p.m. ET", datetime(2026, 8, 8, 2, 15, tzinfo=UTC)),
        ("Tue, 06 Jan 2026 12:15:00", datetime(2026, 1, 6, 17, 15, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_its_zone(text: str, at: datetime) -> None:
    assert when(text) == When(at=at, day_only=False)


@pytest.mark.parametrize(
    "text", ["", "Thu, 113 Apr 2026", "February 30, 2026", "12:00", "March 2026", "today", "5", YEAR_1]
)
def test_what_is_no_date_is_not_guessed(text: str) -> None:
    assert when(text) is None


def test_the_written_day_leaves_its_time_out() -> None:
    assert written_day("Fri, 07 Aug 2026 12:00:00 +0000") == DAY


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert when(text) is None or when(text) is not None
    written_day(text)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (hypothesis adds the zone)
def test_iso_comes_back_as_it_was(at: datetime) -> None:
    told = when(at.isoformat())
    assert told is not None
    assert told.at == at.replace(microsecond=0)
