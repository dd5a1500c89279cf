"""What people may ask, whichever door they use: the terminal now, Discord, Slack and the web page later.

Questions go to the store, answers are records; how they look is the door's business.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import digests
from bot.records import Category, Digest, FeedState, Gate, Health, Held, Judged, Told, Watchlist, Why
from bot.store import Store, Wanted

HELD: Mapping[Held, str] = {
    "first poll": "its feed was new and the item older than a day",
    "too old": "it was listed only now but is dated days before the feed's last visit",
    "flood": "its feed changed all its entries at once, so they count as old",
    "import": "it was imported, not polled",
}
"""Why an item was recorded in silence, in words."""


async def latest(store: Store, wanted: Wanted, count: int) -> list[Judged]:
    """Return the newest flagged items, newest first."""
    return await store.find(wanted, count)


async def search(store: Store, query: str, wanted: Wanted, count: int) -> list[Judged]:
    """Return the items that hold every word of `query`, best first, flagged or not as `wanted` says."""
    return await store.search(query, wanted, count)


async def why(store: Store, name: str) -> Why | None:
    """Return all about one item, by its id, the beginning of it, or its address. None: no such item."""
    judged = await store.item(name)
    if judged is None:
        return None
    told = await store.told(judged.item.id)
    revisions = await store.revisions(judged.item.id)
    return Why(judged=judged, gates=gates(judged, told), told=tuple(told), revisions=tuple(revisions))


def gates(judged: Judged, told: Sequence[Told]) -> tuple[Gate, ...]:
    """Return the gates in the order in which an item meets them; after the first it did not pass, none follow."""
    topics = [match.topic_id for match in judged.matches if match.flagged]
    about = f"about {', '.join(topics)}" if topics else "below every topic's threshold"
    matched = Gate(name="topic", passed=bool(topics), says=about)
    held = judged.item.held
    news = Gate(name="news", passed=held is None, says="announced" if held is None else f"not announced: {HELD[held]}")
    sent = Gate(
        name="digest",
        passed=bool(told),
        says=f"told in {len(told)} digest{'' if len(told) == 1 else 's'}"
        if told
        else "in no digest yet: waiting for the next, or a copy of its story was told",
    )
    passed = [matched, news, sent]
    stopped = next((n for n, gate in enumerate(passed) if not gate.passed), len(passed) - 1)
    return tuple(passed[: stopped + 1])


async def health(store: Store, watchlist: Watchlist) -> list[Health]:
    """Return how every feed of feeds.yaml does, in its order."""
    states, counts = await store.states(), await store.counts()
    return [
        Health(
            feed=feed,
            state=states.get(feed.id, FeedState(feed_id=feed.id)),
            items=counts.get(feed.id, (0, None))[0],
            newest=counts.get(feed.id, (0, None))[1],
        )
        for feed in watchlist.feeds
    ]


async def digest(
    store: Store,
    watchlist: Watchlist,
    *,
    topics: tuple[str, ...] = (),
    categories: tuple[Category, ...] = (),
    zone: str,
    since: datetime,
    until: datetime,
) -> Digest:
    """Return the digest of everything published from `since` to before `until`, told or not. Changes nothing."""
    known = tuple(topic.id for topic in watchlist.topics)
    wanted = Wanted(topics=topics or known, categories=categories, since=since, until=until)
    found = await store.find(wanted)
    return digests.compose(watchlist, found, await store.states(), topics=topics, zone=zone, since=since, until=until)


def last_poll(found: Sequence[Health]) -> datetime | None:
    """Return when any source was last polled, well or not; None: never."""
    return max((one.state.polled for one in found if one.state.polled), default=None)
