"""When feeds and digests are due."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FetchError, Refused
from bot.records import RECENT, Document, Feed, FeedState, Schedule, Subscriber, Subscription, Unchanged
from bot.schedule import (
    FIRST_ROUND,
    after_failure,
    after_success,
    due,
    is_due,
    is_first_round_over,
    last_hour,
    next_moment,
    next_try,
    read_quiet,
    read_schedule,
    told_until,
    written,
)

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
    given = {"zone": "America/New_York", "subscriptions": (Subscription(id="reader"),), **said}
    return Subscriber(id="reader", medium="console", address="", **given)


def test_a_feed_never_polled_is_due_at_once() -> None:
    assert is_due(FEED, None, NOW)
    assert is_due(FEED, NEW, NOW)


def test_a_feed_is_due_at_its_next_poll_and_not_before() -> None:
    state = after_success(FEED, NEW, Unchanged(url=FEED.url), NOW, 0.0, address=FEED.url)
    assert not is_due(FEED, state, NOW + HOUR - timedelta(seconds=1))
    assert is_due(FEED, state, NOW + HOUR)


def test_an_interval_that_is_shortened_counts_from_the_last_poll() -> None:
    daily, hourly = replace(FEED, every=timedelta(days=1)), replace(FEED, every=timedelta(minutes=30), slowest=HOUR)
    state = after_success(daily, NEW, Unchanged(url=FEED.url), NOW, 0.0, address=FEED.url)
    assert not is_due(hourly, state, NOW + HOUR - timedelta(seconds=1))
    assert is_due(hourly, state, NOW + HOUR)
    assert not is_due(hourly, failed(4, daily), NOW + HOUR), "a server that fails is left in peace"
    assert not is_due(hourly, replace(state, rest="https://dhs.example/?page=2"), NOW + HOUR), (
        "it may be asked for patience"
    )


def test_a_clock_that_was_a_year_ahead_delays_no_poll_once_it_is_right() -> None:
    wrong = NOW + timedelta(days=365)
    state = after_success(FEED, NEW, Unchanged(url=FEED.url), wrong, 0.0, address=FEED.url)
    assert is_due(FEED, state, NOW)
    right = after_success(FEED, state, Unchanged(url=FEED.url), NOW, 0.0, address=FEED.url)
    assert not is_due(FEED, right, NOW)
    assert not is_due(FEED, right, NOW - timedelta(seconds=5)), "a small correction asks nobody twice"


def test_a_feed_that_is_switched_off_is_never_due() -> None:
    assert not is_due(FEED, FeedState(feed_id="sample", off=NOW), NOW + timedelta(days=9))


def test_how_the_last_thirty_polls_went_is_remembered_the_newest_last() -> None:
    state = FeedState(feed_id="sample")
    for _ in range(RECENT):
        state = after_success(FEED, state, Unchanged(url=FEED.url), NOW, 0, address=FEED.url)
    state = after_failure(FEED, state, FetchError("gone", "404"), NOW, 0)
    assert state.recent == "." * (RECENT - 1) + "x"


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
    assert (state.etag, state.succeeded, state.state, state.reason) == ('"1"', NOW, "blocked", "blocked")


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


def told(until: datetime | None, at: datetime, **said: Any) -> bool:
    """Is the reader's one subscription told at that moment, if it was told until then?"""
    return due(subscriber(**said), {} if until is None else {"reader": until}, at) is not None


def test_a_digest_is_due_once_a_day() -> None:
    seven = datetime(2026, 4, 10, 11, 0, tzinfo=UTC)
    assert told(None, seven)
    assert told(seven - timedelta(hours=24), seven)
    assert not told(seven, seven + 23 * HOUR)
    assert told(seven, seven + 24 * HOUR)


def test_a_digest_missed_while_the_machine_was_off_is_sent_once() -> None:
    now = datetime(2026, 4, 10, 15, 0, tzinfo=UTC)
    assert told(now - timedelta(days=4), now)
    assert not told(now, now + HOUR)


def times_told(schedule: Schedule, start: datetime, end: datetime, **said: Any) -> list[datetime]:
    """Return when a reader is told between two moments, looked after every five minutes."""
    at, until, found = start, start, []
    while at < end:
        at += timedelta(minutes=5)
        if told(until, at, schedule=schedule, **said):
            found.append(at)
            until = at
    return found


def on(month: int, day: int, hour: int = 0, minute: int = 0, zone: str = "America/New_York") -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("schedule", "start", "end", "moments"),
    [
        # 1:30 happens twice on 1 November, 2:30 not at all on 8 March: each is told once.
        ("daily 01:30", on(11, 1), on(11, 2), ["01 01:30 -0400"]),
        ("daily 02:30", on(3, 8), on(3, 9), ["08 03:30 -0400"]),
        ("daily 07:00", on(3, 7), on(3, 10), ["07 07:00 -0500", "08 07:00 -0400", "09 07:00 -0400"]),
        ("weekdays 08:30", on(4, 10), on(4, 14), ["10 08:30 -0400", "13 08:30 -0400"]),
        ("weekly monday 09:00", on(4, 10), on(4, 28), ["13 09:00 -0400", "20 09:00 -0400", "27 09:00 -0400"]),
        ("hourly", on(4, 10, 11, 20), on(4, 10, 13, 40), ["10 12:00 -0400", "10 13:00 -0400"]),
        # The hour that happens twice has two hours.
        ("hourly", on(11, 1, 0, 30), on(11, 1, 2, 5), ["01 01:00 -0400", "01 01:00 -0500", "01 02:00 -0500"]),
        ("off", on(4, 10), on(4, 14), []),
    ],
)
def test_when_a_subscription_is_told(schedule: str, start: datetime, end: datetime, moments: list[str]) -> None:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    found = times_told(read_schedule(schedule), start, end)
    assert [f"{at.astimezone(ZoneInfo('America/New_York')):%d %H:%M %z}" for at in found] == moments


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    start = on(4, 10, 10, 5, "Asia/Kolkata").astimezone(UTC)
    [at] = times_told(Schedule(every="hourly"), start, start + HOUR, zone="Asia/Kolkata")
    assert f"{at.astimezone(ZoneInfo('Asia/Kolkata')):%H:%M}" == "11:00"


def test_what_is_told_at_once_comes_together_where_it_comes_in_a_burst() -> None:
    at_once = Schedule(every="at once")
    assert told(NOW - timedelta(seconds=70), NOW, schedule=at_once)
    assert not told(NOW - timedelta(seconds=50), NOW, schedule=at_once)
    assert told(told_until(at_once, NOW), NOW + timedelta(seconds=1), schedule=at_once)  # nothing was told yet
    assert told_until(Schedule(), NOW) == NOW


def test_the_same_news_is_looked_at_once_where_it_is_told_at_once() -> None:
    reader = subscriber(schedule=Schedule(every="at once"))
    until, looked = {"reader": NOW - HOUR}, {"reader": (7, NOW - HOUR)}
    assert due(reader, until, NOW, looked, 7) is None
    assert due(reader, until, NOW, looked, 8) == reader
    assert due(reader, {"reader": NOW - 2 * HOUR}, NOW, looked, 7) == reader  # what was not sent is news again


def test_quiet_hours_hold_what_is_due_until_they_end() -> None:
    quiet = (time(22), time(7))
    found = times_told(Schedule(every="at once"), on(4, 10, 21, 40), on(4, 11, 7, 30), quiet=quiet)
    assert max(at for at in found if at < on(4, 11)) < on(4, 10, 22)
    assert min(at for at in found if at > on(4, 11)) == on(4, 11, 7)
    # What was due at three comes at seven, once.
    assert times_told(read_schedule("daily 03:00"), on(4, 10), on(4, 11), quiet=quiet) == [on(4, 10, 7)]


@pytest.mark.parametrize(
    ("schedule", "quiet", "moment"),
    [
        ("daily 07:05", None, on(4, 11, 7, 5)),
        ("daily 03:00", (time(22), time(7)), on(4, 11, 7)),
        ("weekdays 08:00", None, on(4, 13, 8)),
        ("weekly thursday 09:00", None, on(4, 16, 9)),
        ("hourly", None, on(4, 10, 9)),
        ("at once", None, None),
        ("off", None, None),
    ],
)
def test_when_a_reader_is_told_next(schedule: str, quiet: tuple[time, time] | None, moment: datetime | None) -> None:
    assert next_moment(subscriber(schedule=read_schedule(schedule), quiet=quiet), on(4, 10, 8, 20)) == moment


def test_who_is_paused_is_told_afterwards_and_who_asks_is_told_now() -> None:
    assert not told(NOW - 48 * HOUR, NOW, paused=True)
    assert told(NOW - 48 * HOUR, NOW)
    assert told(NOW, NOW, now=True, paused=True, quiet=(time(0), time(23, 59)))
    assert not told(NOW - 48 * HOUR, NOW, now=True, gone=NOW)


def test_each_subscription_may_have_a_schedule_of_its_own() -> None:
    own = Subscription(id="own", schedule=Schedule(every="at once"))
    both = subscriber(subscriptions=(Subscription(id="reader"), own))
    found = due(both, {"own": NOW - HOUR, "reader": NOW - timedelta(seconds=1)}, NOW)
    assert found is not None
    assert [one.id for one in found.subscriptions] == ["own"]


@pytest.mark.parametrize("said", ["at once", "hourly", "daily 07:30", "weekdays 08:00", "weekly friday 09:00", "off"])
def test_a_schedule_is_read_as_it_is_written(said: str) -> None:
    assert written(read_schedule(said.upper())) == said


@pytest.mark.parametrize(
    "said", ["", "fortnightly", "daily 25:00", "daily 7 8", "hourly 3", "weekly foo", "daily monday", "weekly mon tue"]
)
def test_what_is_no_schedule_is_refused_with_what_is_one(said: str) -> None:
    with pytest.raises(Refused, match=r"daily 07:00|no time of day"):
        read_schedule(said)


def test_quiet_hours_are_read_and_those_that_would_never_end_refused() -> None:
    assert read_quiet("22:00-7") == read_quiet("22:00 to 07:00") == (time(22), time(7))
    assert read_quiet("off") is None
    with pytest.raises(Refused, match="never end"):
        read_quiet("07:00-7:00")
    with pytest.raises(Refused, match="22:00-07:00"):
        read_quiet("22:00")


def test_a_delivery_is_tried_again_ever_more_rarely_and_for_ever() -> None:
    pauses = [next_try(attempts, NOW) - NOW for attempts in (1, 2, 3, 4, 5, 500)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (timedelta(minutes=1), timedelta(hours=1))


def test_digests_wait_for_a_first_look_at_every_source_but_not_for_ever() -> None:
    late = NOW + FIRST_ROUND
    assert is_first_round_over([FEED], {"dhs"}, NOW, NOW)
    assert not is_first_round_over([FEED], set(), NOW, late - HOUR / 60)
    assert is_first_round_over([FEED], set(), NOW, late), "hundreds of sites that hang take hours"
