"""When feeds and digests are due."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FetchError
from bot.records import Document, Feed, FeedState, Subscriber, Unchanged
from bot.schedule import after_failure, after_success, digest_due, is_due, last_hour, next_try

NOW = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEED = Feed(id="dhs", name="DHS", kind="rss", url="https://dhs.example/", category="dhs", every=HOUR)
NEW = FeedState(feed_id="dhs")
BLOCKED = FetchError("blocked", "403")


def failed(times: int, feed: Feed = FEED, jitter: float = 0.0, error: FetchError = BLOCKED) -> FeedState:
    state = NEW
    for _ in range(times):
        state = after_failure(feed, state, error, NOW, jitter)
    return state


def pause(state: FeedState) -> timedelta:
    assert state.next_poll is not None
    return state.next_poll - NOW


def subscriber(**said: Any) -> Subscriber:
    given = {"zone": "America/New_York", "at": time(7), **said}
    return Subscriber(id="reader", medium="console", address="", **given)


def test_a_feed_never_polled_is_due_at_once() -> None:
    assert is_due(None, NOW)
    assert is_due(NEW, NOW)


def test_a_feed_is_due_at_its_next_poll_and_not_before() -> None:
    state = after_success(FEED, NEW, Unchanged(url=FEED.url), NOW, 0.0, address=FEED.url)
    assert not is_due(state, NOW + HOUR - timedelta(seconds=1))
    assert is_due(state, NOW + HOUR)


def test_feeds_of_one_interval_are_spread_over_a_tenth_of_it_and_never_polled_late() -> None:
    state = after_success(FEED, NEW, Unchanged(url=FEED.url), NOW, 1.0, address=FEED.url)
    assert pause(state) == timedelta(minutes=54)


def test_success_forgets_the_failures_and_an_unchanged_feed_keeps_its_validators() -> None:
    new = Document(url=FEED.url, body=b"", fetched=NOW, etag='"1"')
    read = after_success(FEED, failed(3), new, NOW, 0.0, address=FEED.url)
    assert (read.failures, read.reason, read.detail, read.state) == (0, None, None, "ok")
    same = after_success(FEED, read, Unchanged(url=FEED.url), NOW + HOUR, 0.0, address=FEED.url)
    assert (same.etag, same.changed, same.succeeded) == ('"1"', NOW, NOW + HOUR)


def test_a_failing_feed_is_asked_ever_more_rarely_but_once_a_day() -> None:
    assert [pause(failed(n)) for n in (1, 2, 3)] == [HOUR, 2 * HOUR, 4 * HOUR]
    assert pause(failed(50)) == timedelta(days=1)


def test_a_weekly_feed_that_fails_is_not_asked_more_often_for_it() -> None:
    weekly = Feed(id="dhs", name="DHS", kind="rss", url="https://dhs.example/", category="dhs", every=timedelta(7))
    assert pause(failed(5, weekly)) == timedelta(7)


def test_feeds_that_failed_together_do_not_come_back_together() -> None:
    assert pause(failed(1, jitter=1.0)) == timedelta(minutes=48)


def test_what_the_server_asks_for_is_the_least() -> None:
    asked = FetchError("blocked", "429", retry_after=NOW + 5 * HOUR)
    assert pause(failed(1, error=asked)) == 5 * HOUR
    soon = FetchError("blocked", "429", retry_after=NOW + timedelta(seconds=1))
    assert pause(failed(1, error=soon)) == HOUR


def test_a_failure_keeps_what_is_known_of_the_feed() -> None:
    read = after_success(
        FEED, NEW, Document(url=FEED.url, body=b"", fetched=NOW, etag='"1"'), NOW, 0.0, address=FEED.url
    )
    state = after_failure(FEED, read, BLOCKED, NOW + HOUR, 0.0)
    assert (state.etag, state.succeeded, state.state, state.reason) == ('"1"', NOW, "failing", "blocked")


def test_the_daily_digest_keeps_its_local_hour_across_daylight_saving() -> None:
    hours = [last_hour(time(7), "America/New_York", datetime(2026, 3, day, 20, 0, tzinfo=UTC)) for day in (7, 8, 9)]
    assert [hour.hour for hour in hours] == [12, 11, 11]


@pytest.mark.parametrize(
    ("at", "now", "hour"),
    [
        # 2:30 does not exist on 8 March and happens twice on 1 November.
        (time(2, 30), datetime(2026, 3, 8, 12, 0, tzinfo=UTC), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        (time(1, 30), datetime(2026, 11, 1, 12, 0, tzinfo=UTC), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        (time(23, 59), datetime(2026, 4, 10, 4, 0, tzinfo=UTC), datetime(2026, 4, 10, 3, 59, tzinfo=UTC)),
        (time(7), datetime(2026, 4, 10, 11, 0, tzinfo=UTC), datetime(2026, 4, 10, 11, 0, tzinfo=UTC)),
    ],
)
def test_the_last_hour_of_a_digest(at: time, now: datetime, hour: datetime) -> None:
    assert last_hour(at, "America/New_York", now) == hour


def test_a_zone_that_skipped_a_day_still_has_a_last_hour() -> None:
    # Samoa went from 29 to 31 December 2011.
    now = datetime(2011, 12, 30, 10, 30, tzinfo=UTC)
    assert last_hour(time(23), "Pacific/Apia", now) <= now


@given(
    st.integers(0, 1_000_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.sampled_from(["America/New_York", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_the_last_hour_is_at_most_a_day_and_a_changed_clock_ago(now: datetime, at: time, zone: str) -> None:
    hour = last_hour(at, zone, now)
    assert timedelta(0) <= now - hour <= timedelta(hours=25)


def test_a_digest_is_due_once_a_day() -> None:
    seven = datetime(2026, 4, 10, 11, 0, tzinfo=UTC)
    assert digest_due(subscriber(), None, seven)
    assert digest_due(subscriber(), seven - timedelta(hours=24), seven)
    assert not digest_due(subscriber(), seven, seven + 23 * HOUR)
    assert digest_due(subscriber(), seven, seven + 24 * HOUR)


def test_a_digest_missed_while_the_machine_was_off_is_sent_once() -> None:
    now = datetime(2026, 4, 10, 15, 0, tzinfo=UTC)
    assert digest_due(subscriber(), now - timedelta(days=4), now)
    assert not digest_due(subscriber(), now, now + HOUR)


def test_a_delivery_is_tried_again_ever_more_rarely_and_for_ever() -> None:
    pauses = [next_try(attempts, NOW) - NOW for attempts in (1, 2, 3, 4, 5, 500)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=6))
