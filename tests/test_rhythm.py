"""What a source's silence means, by its own rhythm."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.records import FeedState
from bot.rhythm import ENOUGH, FORGOTTEN, HISTORY, interval, pace, remembered
from tests.newsroom import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAILY = tuple(START - n * DAY for n in reversed(range(10)))
"""Something every day for ten days, the last at START."""
WITH_A_RECESS = (*(at - 20 * DAY for at in DAILY), *DAILY[-3:])


@pytest.mark.parametrize(("silent", "how"), [(HOUR, "ok"), (2 * DAY, "ok"), (2.1 * DAY, "late"), (300 * DAY, "late")])
def test_a_daily_source_is_late_after_more_than_two_days(silent: timedelta, how: str) -> None:
    assert pace(DAILY, START + silent) == how


def test_a_source_that_was_silent_as_long_before_is_quiet_and_not_late() -> None:
    assert pace(WITH_A_RECESS, START + 15 * DAY) == "quiet"
    assert pace(WITH_A_RECESS, START + 40 * DAY) == "late"


def test_an_old_entry_pinned_to_a_list_does_not_make_its_source_patient() -> None:
    assert pace((START - 700 * DAY, *DAILY), START + 5 * DAY) == "late"
    assert pace((START - 95 * DAY, *(at - 20 * DAY for at in DAILY), *DAILY), START + 5 * DAY) == "quiet"


def test_a_wire_is_not_late_after_a_weekend() -> None:
    wire = [START - n * HOUR for n in range(30)]
    assert pace(remembered((), wire, START), START + 47 * HOUR) == "quiet"


def test_a_feed_with_one_old_entry_is_late_though_it_has_no_rhythm() -> None:
    assert pace((START - FORGOTTEN - DAY,), START) == "late"
    assert pace((START - FORGOTTEN + DAY,), START) == "ok"


def test_a_source_whose_entries_have_no_dates_is_never_called_late() -> None:
    assert pace((), START) == "ok"


def test_ten_looks_lie_between_two_news_within_the_bounds() -> None:
    assert interval(DAILY, 10 * timedelta(minutes=1), 6 * HOUR) == 2.4 * HOUR
    assert interval(DAILY, 3 * HOUR, 6 * HOUR) == 3 * HOUR
    assert interval(DAILY, HOUR, 2 * HOUR) == 2 * HOUR


def test_a_source_without_a_rhythm_is_asked_as_often_as_may_be() -> None:
    assert interval(DAILY[: ENOUGH - 1], HOUR, 6 * HOUR) == HOUR


def test_several_releases_of_one_hour_count_once() -> None:
    minutes = [START + timedelta(minutes=n) for n in range(50)]
    assert remembered((), minutes, START + HOUR) == (START,)


def test_what_is_dated_ahead_counts_as_of_now() -> None:
    assert remembered(DAILY, [START + 400 * DAY], START + DAY)[-1] == START + DAY


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(MOMENTS, max_size=80), st.lists(MOMENTS, max_size=80), MOMENTS)
def test_a_history_is_bounded_in_order_and_never_ahead(
    before: list[datetime], came: list[datetime], now: datetime
) -> None:
    history = remembered(before, came, now)
    assert len(history) <= HISTORY
    assert list(history) == sorted(set(history))
    assert all(at <= now for at in history)
    assert remembered(history, came, now) == history, "a list that is read again tells nothing new"


@given(st.lists(MOMENTS, max_size=60), MOMENTS, st.integers(0, 100))
def test_who_is_late_stays_late_until_something_comes(came: list[datetime], now: datetime, days: int) -> None:
    history = remembered((), came, now)
    if pace(history, now) == "late":
        assert pace(history, now + days * DAY) == "late"


def test_a_failure_is_called_by_its_reason_whatever_the_rhythm() -> None:
    state = FeedState(feed_id="x", succeeded=START, failures=1, reason="blocked", pace="quiet")
    assert (state.state, state.is_read) == ("blocked", False)
    assert FeedState(feed_id="x", succeeded=START, pace="late").is_read, "late is a guess; it was read"
