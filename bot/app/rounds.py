"""One round of both strokes, for cron and for whoever wants to see what is new; and the readers that are built in."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from bot import attention, filling, pipeline, schedule
from bot.app.building import opened
from bot.config import Settings
from bot.filling import Progress
from bot.parts import Parts
from bot.records import LOCAL, FeedState, Schedule, Subscriber, Subscription

FILLED_BY_ONCE = 256
"""Vectors made by one `once`, some ten seconds: it ends before cron starts the next."""


async def once(
    settings: Settings,
    starting: Callable[[int], None],
    polled: Callable[[FeedState], None],
    placing: Progress = lambda *_: None,
    *,
    gap: timedelta | None = None,
    within: timedelta | None = None,
) -> None:
    """Watch once what is due, and report once on the terminal. `starting` hears how many feeds, `polled` of each.

    `within`: how long polls may take; whose turn has not come by then is left to the next time.

    `placing` hears of the old items that find their stories, if there are any.
    """
    async with opened(settings, gap=gap) as parts:
        await both_strokes(parts, [console(settings)], starting, polled, placing, within=within)
        await attention.tell(parts.store, parts.watchlist.feeds, None, parts.clock(), settings.zone)
        await filling.fill(parts.store, parts.embedder, parts.recording, most=FILLED_BY_ONCE)


async def both_strokes(
    parts: Parts,
    readers: Sequence[Subscriber],
    starting: Callable[[int], None],
    polled: Callable[[FeedState], None],
    placing: Progress = lambda *_: None,
    *,
    within: timedelta | None = None,
) -> None:
    """Deliver what a kill left over, watch once what is due, and report once to each reader."""
    await pipeline.deliver(parts)
    states, now = await parts.store.states(), parts.clock()
    waiting = [feed for feed in parts.watchlist.feeds if schedule.is_due(feed, states.get(feed.id), now)]
    starting(len(waiting))
    await pipeline.watch(parts, waiting, polled, within=within)
    await pipeline.place_waiting(parts, placing)  # a copy of what was told must be known as one before it is told
    await pipeline.report(parts, readers)
    await pipeline.deliver(parts)


def console(settings: Settings) -> Subscriber:
    """Return the reader at the terminal."""
    return _built_in(settings, "console", "")


def folder(settings: Settings) -> Subscriber:
    """Return the folder of digests in the data folder."""
    return _built_in(settings, "folder", str(settings.data / "digests"))


def _built_in(settings: Settings, name: str, address: str) -> Subscriber:
    return Subscriber(
        id=name,
        medium=name,
        address=address,
        zone=settings.zone,
        community=LOCAL,
        subscriptions=(Subscription(id=name),),
        schedule=Schedule(every="daily", at=settings.digest_at),
    )
