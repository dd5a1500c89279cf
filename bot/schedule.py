"""When a feed or a digest is due. Pure: the time comes in, a time goes out."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.errors import FeedError
from bot.records import Document, Feed, FeedState, Subscriber, Unchanged

LONGEST_PAUSE = timedelta(days=1)
"""A feed that fails is asked at least once a day (or at its own interval, if longer): never abandoned."""

RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
"""Pauses before a delivery is tried again; after the last, every 6 hours."""


def is_due(state: FeedState | None, now: datetime) -> bool:
    """Is it time to poll? A feed never polled is due at once."""
    return state is None or state.next_poll is None or state.next_poll <= now


def after_success(
    feed: Feed, state: FeedState, answer: Document | Unchanged, now: datetime, jitter: float, *, address: str
) -> FeedState:
    """Return what we know of a feed that answered. `jitter`, 0..1, spreads feeds of one interval over a tenth of it."""
    new = replace(
        state,
        polled=now,
        succeeded=now,
        next_poll=now + feed.every * (1 - jitter / 10),
        failures=0,
        reason=None,
        detail=None,
        note=None,
    )
    if isinstance(answer, Unchanged):
        return new
    return replace(new, address=address, etag=answer.etag, last_modified=answer.last_modified, changed=now)


def after_failure(feed: Feed, state: FeedState, error: FeedError, now: datetime, jitter: float) -> FeedState:
    """Return what we know of a feed that failed: asked again later and later, at most a day apart.

    The pause doubles with each failure in a row and is shortened by up to a fifth at random, so that feeds that
    failed together do not come back together. What the server asked for (Retry-After) is the least.
    """
    pause = min(feed.every * 2 ** min(state.failures, 10), max(LONGEST_PAUSE, feed.every))
    next_poll = now + pause * (1 - jitter / 5)
    if error.retry_after is not None:
        next_poll = max(next_poll, error.retry_after)
    return replace(
        state,
        polled=now,
        next_poll=next_poll,
        failures=state.failures + 1,
        reason=error.reason,
        detail=error.detail,
    )


def digest_due(subscriber: Subscriber, told_until: datetime | None, now: datetime) -> bool:
    """Is there an hour of the daily digest between the last one and now?

    The hour is one instant of each local day: where the clock goes back and has it twice, the first; where it goes
    forward and lacks it, the same distance from midnight as on other days (02:30 becomes 03:30).
    """
    return told_until is None or told_until < last_hour(subscriber.at, subscriber.zone, now)


def last_hour(at: time, zone: str, now: datetime) -> datetime:
    """Return the latest instant not after `now` at which it was `at` o'clock in `zone`."""
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    instants = (datetime.combine(today - timedelta(days=n), at, local).astimezone(now.tzinfo) for n in (0, 1, 2))
    return next(instant for instant in instants if instant <= now)


def next_try(attempts: int, now: datetime) -> datetime:
    """Return when a delivery that failed `attempts` times is tried again."""
    return now + (RETRIES[attempts - 1] if attempts <= len(RETRIES) else timedelta(hours=6))
