"""Who is told, of what, and when."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

from bot.records.sources import Category

Frequency = Literal["at once", "hourly", "daily", "weekdays", "weekly", "off"]
"""How often a subscription tells what is new."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a subscription is told. `at`: the local time of a daily, weekday or weekly one; `day`: 0 is Monday."""

    every: Frequency = "daily"
    at: time = time(7)
    day: int = 0


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What a subscriber follows; everything left empty means all. `words`: phrases, one of which must occur.

    An item is of the right source where its category or its feed is named.

    `threshold`: the probability from which an item counts; None: as the topic's head says. `schedule` None: the
    subscriber's. `by`: who asked for it.
    """

    id: str
    topics: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    feeds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    threshold: float | None = None
    schedule: Schedule | None = None
    by: str = ""


Place = Literal["channel", "forum", "flat", "direct"]
"""What a destination is: one where threads can hang on messages, one of posts, one that has neither, one person."""


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A destination: what it follows, when it may be told, and in what form.

    `community`: whose labels and heads decide what is flagged; empty: nobody's, the shipped ones. `quiet`: from when
    until when, in local time, what is due is held and told together afterwards. `mention`: who is called, in the
    medium's own words, where a match has at least the probability `mention_from`. `gone`: since when it refuses us.
    `now`: somebody asked for a digest at once. `handle`: what stands for the subscriber in links that are sent to it,
    where the medium needs some. `consented`: when a person confirmed that they want to be told.
    """

    id: str
    medium: str
    address: str
    zone: str
    community: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    schedule: Schedule = Schedule()
    quiet: tuple[time, time] | None = None
    compact: bool = False
    mention: str | None = None
    mention_from: float = 0.9
    place: Place = "channel"
    paused: bool = False
    now: bool = False
    gone: datetime | None = None
    handle: str = ""
    consented: datetime | None = None
