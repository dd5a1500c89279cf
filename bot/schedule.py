"""When a feed or a digest is due. Pure: the time comes in, a time goes out."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import rhythm
from bot.errors import FeedError, Refused
from bot.records import RECENT, Document, Feed, FeedState, Frequency, Schedule, Subscriber, Subscription, Unchanged

LONGEST_PAUSE = timedelta(days=1)
"""A feed that fails is asked at least once a day (or at its own interval, if longer): never abandoned."""

SET_BACK = timedelta(hours=1)
"""A clock that was further ahead than this has been set right: corrections are of seconds, a machine without a battery
may begin in another year."""

RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20))
"""Pauses before a delivery is tried again; after the last, every hour: whoever waits for it is told nothing new."""

FIRST_ROUND = timedelta(hours=1)
"""Digests wait no longer for sources that were never looked at: a round of house.gov takes half an hour, but hours
where its sites hang."""


def is_due(feed: Feed, state: FeedState | None, now: datetime) -> bool:
    """Is it time to poll? A feed never polled is due at once, one that is switched off never.

    Nor does one wait for a time that a wrong clock set: what was polled in the future is due. Nor for one that an
    interval set which has been shortened since; but a server that asked for patience, or failed, has its time.
    """
    if state is None or state.off is not None:
        return state is None
    ahead = state.polled is not None and state.polled > now + SET_BACK
    return ahead or state.next_poll is None or state.next_poll <= now or _is_overdue(feed, state, now)


def _is_overdue(feed: Feed, state: FeedState, now: datetime) -> bool:
    if state.polled is None or state.failures or state.rest is not None:
        return False
    return now - state.polled >= (feed.slowest or feed.every)


def is_first_round_over(feeds: Iterable[Feed], polled: Container[str], began: datetime, now: datetime) -> bool:
    """Has every source been looked at once, or as long been waited for as all may wait for the slowest?

    `polled`: the ids of the feeds that have been. Who is still out then is named as unread.
    """
    return now - began >= FIRST_ROUND or all(feed.id in polled for feed in feeds)


def after_success(
    feed: Feed,
    state: FeedState,
    answer: Document | Unchanged,
    now: datetime,
    jitter: float,
    *,
    address: str,
    came: Iterable[datetime] = (),
) -> FeedState:
    """Return what we know of a feed that answered. `jitter`, 0..1, spreads feeds of one interval over a tenth of it.

    `came`: when what it lists, or what is new of it, came out.
    """
    history = rhythm.remembered(state.history, came, now)
    pause = rhythm.interval(history, feed.every, feed.slowest or feed.every)
    new = replace(
        state,
        polled=now,
        succeeded=now,
        next_poll=now + pause * (1 - jitter / 10),
        history=history,
        pace=rhythm.pace(history, now),
        failures=0,
        reason=None,
        detail=None,
        note=None,
        recent=(state.recent + ".")[-RECENT:],
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
        recent=(state.recent + "x")[-RECENT:],
    )


BURST = timedelta(minutes=1)
"""Least time between two messages of one subscriber that is told at once: what comes meanwhile is told together."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def due(
    reader: Subscriber,
    until: Mapping[str, datetime],
    now: datetime,
    looked: Mapping[str, tuple[object, datetime | None]] | None = None,
    newest: object = None,
) -> Subscriber | None:
    """Return the reader with those subscriptions that are to be told now; None: there are none.

    `until`: until when each subscription has been told, by its id; one that is not named never was. What comes due in
    quiet hours, or while the reader is paused, stays due: it is told afterwards, together. `looked`: the `newest` there
    was, and until when it had been told, when each was last looked after: what is told at once is not looked at again.
    """
    if reader.gone or (is_held(reader, now) and not reader.now):
        return None

    def is_due_now(one: Subscription) -> bool:
        schedule, told = one.schedule or reader.schedule, until.get(one.id)
        if schedule.every == "at once" and looked is not None and looked.get(one.id) == (newest, told):
            return False
        last = last_moment(schedule, reader.zone, now)
        return last is not None and (told is None or told < last)

    waiting = tuple(one for one in reader.subscriptions if reader.now or is_due_now(one))
    return replace(reader, subscriptions=waiting) if waiting else None


def told_until(schedule: Schedule, now: datetime) -> datetime:
    """Return until when a new subscription counts as told: its first news need not wait for a burst to end."""
    return now - BURST if schedule.every == "at once" else now


def last_moment(schedule: Schedule, zone: str, now: datetime) -> datetime | None:
    """Return the latest instant not after `now` at which a subscription was due; None: it never is.

    The hour is one instant of each local day: where the clock goes back and has it twice, the first; where it goes
    forward and lacks it, the same distance from midnight as on other days (02:30 becomes 03:30).
    """
    match schedule.every:
        case "off":
            return None
        case "at once":
            return now - BURST
        case "hourly":
            # Of the clock on the wall, which in some zones is half an hour off.
            local = now.astimezone(ZoneInfo(zone))
            return now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        case "daily":
            return last_hour(schedule.at, zone, now)
        case "weekdays":
            return last_hour(schedule.at, zone, now, range(5))
        case "weekly":
            return last_hour(schedule.at, zone, now, (schedule.day,))


def next_moment(reader: Subscriber, now: datetime) -> datetime | None:
    """Return when a reader is told next by its schedule, quiet hours taken into account; None: never, or at once."""
    schedule, step = reader.schedule, timedelta(minutes=15)
    if schedule.every in ("at once", "off"):
        return None
    last, at = last_moment(schedule, reader.zone, now), now.replace(minute=0, second=0, microsecond=0)
    while (following := last_moment(schedule, reader.zone, at)) == last or at <= now:
        at += step
    while is_quiet(reader.quiet, reader.zone, at):
        at, following = at + step, None
    return following or at


def last_hour(at: time, zone: str, now: datetime, days: Container[int] = range(7)) -> datetime:
    """Return the latest instant not after `now` at which it was `at` o'clock in `zone` on one of `days` (0: Monday)."""
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    past = (today - timedelta(days=n) for n in range(9))
    instants = (datetime.combine(day, at, local).astimezone(now.tzinfo) for day in past if day.weekday() in days)
    return next(instant for instant in instants if instant <= now)


def is_held(reader: Subscriber, now: datetime) -> bool:
    """Is nothing to be sent to the reader at this moment?"""
    return reader.paused or is_quiet(reader.quiet, reader.zone, now)


def is_quiet(quiet: tuple[time, time] | None, zone: str, now: datetime) -> bool:
    """Does the clock on the wall stand in the quiet hours? They may go over midnight; their end is not quiet."""
    if quiet is None:
        return False
    begin, end = quiet
    wall = now.astimezone(ZoneInfo(zone)).time()
    return begin <= wall < end if begin < end else wall >= begin or wall < end


def tells_when_empty(reader: Subscriber) -> bool:
    """Is a digest without a story worth a message? A daily one is: its reader must know that we looked."""
    often = ("at once", "hourly")
    return reader.now or any((one.schedule or reader.schedule).every not in often for one in reader.subscriptions)


SCHEDULES = "at once, hourly, daily 07:00, weekdays 07:00, weekly monday 07:00, off"
"""How a schedule is written."""


def read_schedule(written: str) -> Schedule:
    """Return the schedule that is written as `SCHEDULES` says. Raises Refused where it is none."""
    words = " ".join(written.lower().replace(",", " ").split())
    if words in ("at once", "now", "instant", "immediately"):
        return Schedule(every="at once")
    every, *rest = words.split(" ") if words else [""]
    day = [n for n, name in enumerate(DAYS) for word in rest if len(word) > 2 and name.startswith(word)]
    clock = [word for word in rest if re.fullmatch(r"\d{1,2}(:\d{2})?", word)]
    frequency: dict[str, Frequency] = {e: e for e in ("hourly", "daily", "weekdays", "weekly", "off")}
    takes = {"daily": (0, 1), "weekdays": (0, 1), "weekly": (1, 1)}.get(every, (0, 0))
    if every not in frequency or len(rest) != len(day) + len(clock) or len(day) > takes[0] or len(clock) > takes[1]:
        raise Refused(f"{written!r} is no schedule; write one of: {SCHEDULES}")
    at = read_clock(clock[0]) if clock else time(7)
    return Schedule(every=frequency[every], at=at, day=day[0] if day else 0)


def read_clock(written: str) -> time:
    """Return the time of day that is written as 7, 7:30 or 07:30. Raises Refused where it is none."""
    clock = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?", written.strip())
    if clock is None or int(clock[1]) > 23 or int(clock[2] or 0) > 59:
        raise Refused(f"{written!r} is no time of day; write it as 07:00")
    return time(int(clock[1]), int(clock[2] or 0))


def read_quiet(written: str) -> tuple[time, time] | None:
    """Return the quiet hours written as 22:00-07:00; None: "off". Raises Refused where they are none, or never end."""
    if written.strip().lower() == "off":
        return None
    begin, dash, end = re.sub(r"\s*(?:[–—-]|to|until)\s*", "-", written.strip().lower()).partition("-")
    if not dash:
        raise Refused(f"{written!r} are no quiet hours; write them as 22:00-07:00, or off")
    quiet = read_clock(begin), read_clock(end)
    if quiet[0] == quiet[1]:
        raise Refused("quiet hours that begin and end at the same time would never end; write “off” for none")
    return quiet


def written(schedule: Schedule) -> str:
    """Return a schedule as `SCHEDULES` writes it."""
    at = f"{schedule.at:%H:%M}"
    return {
        "at once": "at once",
        "hourly": "hourly",
        "daily": f"daily {at}",
        "weekdays": f"weekdays {at}",
        "weekly": f"weekly {DAYS[schedule.day]} {at}",
        "off": "off",
    }[schedule.every]


def next_try(attempts: int, now: datetime) -> datetime:
    """Return when a delivery that failed `attempts` times is tried again."""
    return now + (RETRIES[attempts - 1] if attempts <= len(RETRIES) else timedelta(hours=1))
