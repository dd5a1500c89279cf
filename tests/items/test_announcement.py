"""What is news to us is not always news."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.items import floods, held
from bot.records import Entry, Item

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def aged(entry: Callable[..., Entry], accepted: Callable[..., Item], now: datetime) -> Callable[..., Item]:
    def make(age: timedelta | None, *, day_only: bool = False) -> Item:
        return replace(accepted(entry(published=None if age is None else now - age)), day_only=day_only)

    return make


@pytest.mark.parametrize(
    ("age", "day_only", "reason"),
    [
        (HOUR, False, None),
        (2 * DAY, False, "first poll"),
        (1.5 * DAY, False, "first poll"),
        (1.5 * DAY, True, None),  # it may have come out in the evening
        (None, False, "first poll"),
    ],
)
def test_a_new_feed_announces_only_its_last_day(
    aged: Callable[..., Item], now: datetime, age: timedelta | None, day_only: bool, reason: str | None
) -> None:
    assert held(aged(age, day_only=day_only), first_poll=True, since=None, now=now, flood=False) == reason


@pytest.mark.parametrize(("age", "reason"), [(HOUR, None), (2 * DAY, None), (4 * DAY, "too old"), (None, None)])
def test_what_was_dug_out_of_an_archive_is_too_old(
    aged: Callable[..., Item], now: datetime, age: timedelta | None, reason: str | None
) -> None:
    assert held(aged(age), first_poll=False, since=now - HOUR, now=now, flood=False) == reason


@pytest.mark.parametrize(("age", "reason"), [(4 * DAY, None), (30 * DAY, None), (31 * DAY, "too old")])
def test_what_a_feed_lists_late_is_as_new_as_what_it_lists_at_once_within_bounds(
    aged: Callable[..., Item], now: datetime, age: timedelta, reason: str | None
) -> None:
    late = {"since": now - HOUR, "late_from": now - 30 * DAY}
    assert held(aged(age), first_poll=False, now=now, flood=False, **late) == reason
    assert held(aged(age), first_poll=True, now=now, flood=False, **late) == "first poll"
    assert floods([aged(age)] * 10, unseen=10, known=True, **late) == (reason is not None)


def test_after_an_outage_what_was_missed_is_announced(aged: Callable[..., Item], now: datetime) -> None:
    assert held(aged(8 * DAY), first_poll=False, since=now - 9 * DAY, now=now, flood=False) is None


def test_a_flood_is_held(aged: Callable[..., Item], now: datetime) -> None:
    assert held(aged(HOUR), first_poll=False, since=now - HOUR, now=now, flood=True) == "flood"


def test_a_feed_that_changes_every_id_at_once_floods(aged: Callable[..., Item], now: datetime) -> None:
    since = now - HOUR
    undated = [aged(None)] * 10
    assert floods(undated, unseen=10, known=True, since=since)
    assert floods([aged(30 * DAY)] * 10, unseen=10, known=True, since=since)
    assert not floods(undated, unseen=9, known=True, since=since)
    assert not floods(undated[:9], unseen=9, known=True, since=since)
    assert not floods(undated, unseen=10, known=False, since=None)


def test_a_busy_day_is_no_flood(aged: Callable[..., Item], now: datetime) -> None:
    assert not floods([aged(HOUR)] * 30, unseen=30, known=True, since=datetime(2026, 8, 9, tzinfo=UTC))
