"""Who is told what, when and how: subscriptions of a channel, its settings, and what is forgotten of it."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rapidfuzz import process, utils

from bot import composing
from bot.composing import Telling
from bot.errors import Refused
from bot.gates import MEMORY
from bot.records import CATEGORIES, Category, Place, Schedule, Subscriber, Subscription, Watchlist
from bot.schedule import told_until
from bot.store import Composed, Store

MOST = 25
"""Subscriptions of one channel: as many as a list can offer to be chosen from."""

LONGEST_WORDS = 300
"""Characters of all words of a subscription."""

EVERYTHING = "everything"
"""How a subscription to all topics is asked for."""


NOTHING_YET = "this channel follows nothing yet; /subscribe first"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where an answer is asked for, and where digests may go: a channel of a medium, by its address there."""

    medium: str
    address: str
    community: str
    place: Place = "channel"

    @property
    def id(self) -> str:
        """The id of the subscriber that this destination is, or would be."""
        return f"{self.medium}:{self.address}"


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What somebody wants to follow, as they wrote it, topics and sources separated by commas; see `wanted`."""

    topic: str
    sources: str = ""
    threshold: str = ""
    words: str = ""
    schedule: Schedule | None = None


async def here(store: Store, to: Destination, zone: str) -> Subscriber:
    """Return the subscriber at this destination, or the one that it would be, in the operator's `zone`."""
    new = Subscriber(id=to.id, medium=to.medium, address=to.address, community=to.community, place=to.place, zone=zone)
    return await store.subscribers.named(to.id) or new


async def follow(
    store: Store, watchlist: Watchlist, reader: Subscriber, wanted: Filter, *, by: str, now: datetime, says: str
) -> Subscription:
    """Add what is wanted to what the reader follows, and return it; it is told of what comes from now on.

    `says`: what everybody in the channel is told of it, after the subscription's own words. Raises Refused for a topic
    or source that we do not have, a threshold outside 1 to 99 %, and what is followed already.
    """
    new = as_subscription(watchlist, wanted, by=by)

    def check(standing: Subscriber | None) -> None:
        followed = standing.subscriptions if standing else ()
        if any(_same(one, new) for one in followed):
            raise Refused("this channel follows that already; /subscriptions lists what it follows")
        if len(followed) >= MOST:
            raise Refused(f"this channel has {MOST} subscriptions already; /unsubscribe from one first")

    notices = [say(reader, says, now, by=by)] if says else []
    until = told_until(new.schedule or reader.schedule, now)
    return await store.subscribers.follow(reader, new, now, notices, until=until, since=now - MEMORY, check=check)


def as_subscription(watchlist: Watchlist, wanted: Filter, *, by: str) -> Subscription:
    """Return what is wanted as a subscription without a number yet. Raises Refused as `follow` does."""
    categories, feeds = _sources(wanted.sources, watchlist)
    return Subscription(
        id="",
        topics=known_topics(wanted.topic, watchlist),
        categories=categories,
        feeds=feeds,
        words=_words(wanted.words),
        threshold=as_probability(wanted.threshold) if wanted.threshold else None,
        schedule=wanted.schedule,
        by=by,
    )


def _same(one: Subscription, other: Subscription) -> bool:
    return replace(one, id="", by="", schedule=None) == replace(other, id="", by="", schedule=None)


def known_topics(written: str, watchlist: Watchlist) -> tuple[str, ...]:
    """Return the ids of the topics that are named, separated by commas; none: everything. Raises Refused."""
    if written.strip().lower() == EVERYTHING:
        return ()
    return tuple(dict.fromkeys(known_topic(one, watchlist) for one in written.split(",")))


def known_topic(written: str, watchlist: Watchlist) -> str:
    """Return the id of the topic with this id or name. Raises Refused where there is none."""
    folded = written.strip().casefold()
    for topic in watchlist.topics:
        if folded in (topic.id.casefold(), topic.name.casefold()):
            return topic.id
    names = [name for topic in watchlist.topics for name in (topic.name, topic.id)]
    near = process.extractOne(folded, names, processor=utils.default_process, score_cutoff=75)
    hint = f"did you mean {near[0]!r}" if near else f"there are {', '.join(topic.name for topic in watchlist.topics)}"
    raise Refused(f"no topic {written.strip()!r}; {hint}{'?' if near else ''}")


def _sources(written: str, watchlist: Watchlist) -> tuple[tuple[Category, ...], tuple[str, ...]]:
    categories: dict[str, Category] = {category: category for category in CATEGORIES}
    asked = [word for word in written.replace(",", " ").lower().split() if word != EVERYTHING]
    feeds = {feed.id for feed in watchlist.feeds}
    if unknown := [word for word in asked if word not in categories and word not in feeds]:
        raise Refused(f"no source {unknown[0]!r}; there are {', '.join(CATEGORIES)}, and what /feeds lists")
    theirs = tuple(dict.fromkeys(categories[word] for word in asked if word in categories))
    return theirs, tuple(dict.fromkeys(word for word in asked if word in feeds and word not in categories))


def _words(written: str) -> tuple[str, ...]:
    if len(written) > LONGEST_WORDS:
        raise Refused(f"words may be {LONGEST_WORDS} characters at most")
    return tuple(dict.fromkeys(word for part in written.split(",") if (word := " ".join(part.split()).strip(' *"“”'))))


def as_probability(written: str) -> float:
    """Return what is written as 0.8, 80 or 80 % as a probability. Raises Refused outside 1 to 99 %."""
    try:
        number = float(written.replace("%", "").strip())
    except ValueError:
        number = 0.0
    value = number / 100 if number >= 1 else number
    if not 0.01 <= value <= 0.99:
        raise Refused(f"{written!r} is no percentage; write it as 80, from 1 to 99")
    return value


def known_zone(written: str) -> str:
    """Return an IANA name of a time zone as it is spelt. Raises Refused where there is none."""
    try:
        return ZoneInfo(written.strip().replace(" ", "_")).key
    except (KeyError, ValueError, OSError) as e:
        raise Refused(f"no time zone {written.strip()!r}; write one such as America/New_York") from e


async def unfollow(store: Store, reader: Subscriber, number: str, *, by: str, now: datetime, says: str) -> None:
    """Take away the subscription with this number. Raises Refused where the reader has none."""
    if not number.isdecimal() or not await store.subscribers.unfollow(
        reader.id, number, [say(reader, says, now, by=by)] if says else []
    ):
        raise Refused(f"this channel has no subscription {number!r}; /subscriptions lists what it follows")


async def settle(store: Store, reader: Subscriber, **settings: Any) -> Subscriber:
    """Change how a reader is told, and return it. Raises Refused where it follows nothing yet."""
    if not reader.subscriptions:
        raise Refused(NOTHING_YET)
    await store.subscribers.change(reader.id, settings)
    return replace(reader, **settings)


async def reschedule(store: Store, reader: Subscriber, now: datetime, **settings: Any) -> Subscriber:
    """Change when a reader is told: its schedule, its zone. They count from now on: nothing becomes due by them."""
    if not reader.subscriptions:
        raise Refused(NOTHING_YET)
    told = [one.id for one in reader.subscriptions if one.schedule is None or "zone" in settings]
    await store.subscribers.change(reader.id, settings, told, now)
    return replace(reader, **settings)


async def digest_at_once(store: Store, reader: Subscriber) -> None:
    """Have a reader told at once, quiet hours or not. Raises Refused where it follows nothing, or refused us."""
    if not reader.subscriptions:
        raise Refused(NOTHING_YET)
    must_take(reader)
    await store.reports.ask_now(reader.id)


def must_take(reader: Subscriber) -> None:
    """Raise Refused where the channel refused us, and nothing is sent to it until somebody resumes it."""
    if reader.gone:
        raise Refused("this channel refused us, so nothing is sent here; /resume tries again")


async def resume(store: Store, reader: Subscriber, now: datetime, *, by: str, says: str) -> Subscriber:
    """Let a reader be told again who was paused, or gone: what came meanwhile, up to a week back, is news to it."""
    await store.subscribers.resume(reader.id, now - MEMORY, [say(reader, says, now, by=by)])
    return replace(reader, paused=False, gone=None)


async def preview(store: Store, watchlist: Watchlist, reader: Subscriber, now: datetime, days: int | None) -> Telling:
    """Return what the next digest would tell, or the last `days` as if they had been followed. Changes nothing."""
    back_to = now - timedelta(days=days) if days else None
    [telling] = [one async for one in composing.tellings(store, watchlist, [reader], now, back_to=back_to)]
    return telling


def say(reader: Subscriber, says: str, now: datetime, by: str = "") -> Composed:
    """Return a sentence to everybody in a channel, for the outbox."""
    return composing.notice(secrets.token_hex(10), reader.id, reader.medium, reader.address, says, now, by=by)


async def forget_channel(store: Store, reader: Subscriber, now: datetime, *, by: str, says: str) -> None:
    """Delete what a channel follows, its settings, and what was sent to it; tell everybody there.

    What is posted there stays there.
    """
    await store.subscribers.forget(reader.id)
    if reader.subscriptions and not reader.gone:
        await store.reports.compose([say(reader, says, now, by=by)])


async def forget_person(store: Store, person: str) -> int:
    """Delete what a person said of items, everywhere, and that it was they who subscribed; return how many labels."""
    return await store.subscribers.forget_person(person)
