"""What is offered while somebody types: topics, sources, members, zones, ids, schedules; the likeliest first."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process, utils

from bot import commands, render
from bot.commands import EVERYTHING
from bot.desk import subscribing
from bot.desk.knowledge import Knowledge
from bot.desk.table import BY_NAME
from bot.records import CATEGORIES
from bot.replies import Asker, Option
from bot.store import Wanted

MOST = 25
"""As many as Discord shows."""

LEAST_LIKE = 45.0
"""Likeness, of 100, below which nothing is offered: "nw yrk" finds America/New_York, "zzz" nothing."""

SCHEDULES = ("at once", "hourly", "daily 07:00", "daily 17:00", "weekdays 08:00", "weekly monday 08:00", "off")
QUIET = ("22:00-07:00", "20:00-08:00", "18:00-08:00", "off")


async def offered(knows: Knowledge, what: str, typed: str, by: Asker) -> list[Option]:
    """Return at most 25 of what may be meant; nobody is bound to them."""
    head, _, last = typed.rpartition(" ") if what == "sources" else ("", "", typed)
    found = likeliest(await _all(knows, what, by), last)
    return [Option(value=f"{head} {one.value}".strip(), label=f"{head} {one.label}".strip()) for one in found]


def likeliest(options: Iterable[Option], typed: str) -> list[Option]:
    """Return those options that are like what is typed, the likest first; all where nothing is."""
    all_ = list(options)
    if not typed.strip():
        return all_[:MOST]
    named = {n: f"{one.label} {one.value}" for n, one in enumerate(all_)}
    found = process.extract(
        typed, named, scorer=fuzz.WRatio, processor=utils.default_process, limit=MOST, score_cutoff=LEAST_LIKE
    )
    return [all_[n] for _, _, n in found]


async def _all(knows: Knowledge, what: str, by: Asker) -> list[Option]:
    watched = knows.watchlist()
    topics = [Option(value=topic.id, label=topic.name) for topic in watched.topics]
    match what:
        case "topic":
            return topics
        case "subject":
            return [*topics, Option(value=EVERYTHING, label="Everything: all topics")]
        case "source" | "sources":
            feeds = [Option(value=feed.id, label=feed.name) for feed in watched.feeds]
            return [
                *(Option(value=one, label=f"All of {render.words.CATEGORY_NAMES[one]}") for one in CATEGORIES),
                *feeds,
            ]
        case "member":
            return [Option(value=name, label=name) for name in await knows.store.members()]
        case "zone":
            return [Option(value=zone, label=zone) for zone in _zones()]
        case "schedule":
            return [Option(value=one, label=one) for one in SCHEDULES]
        case "quiet":
            return [Option(value=one, label=one) for one in QUIET]
        case "command":
            return [Option(value=name, label=name) for name in BY_NAME]
        case "subscription":
            return subscribing.offered(knows, await knows.reader(by))
        case "item":
            followed = tuple(topic.id for topic in watched.topics)
            found = await commands.latest(knows.store, Wanted(topics=followed, community=by.community), MOST)
            return [Option(value=one.item.id, label=render.words.plain(one.item.title)) for one in found]
        case _:
            return []


def _zones() -> list[str]:
    # The likeliest first, for who has typed nothing yet.
    first = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Europe/London", "UTC")
    return [*first, *sorted(zone for zone in available_timezones() if zone not in first)]
