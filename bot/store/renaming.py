"""A feed under another id: everywhere we have its id, the new one stands in its place."""

from typing import Any

from sqlalchemy import Select, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t

OWN_KEYS = ("guid", "text")
"""Kinds of keys that begin with the id of the feed they were seen in; see `items.identities`."""


async def rename(c: AsyncConnection, old: str, new: str) -> bool:
    """Write `new` for `old` in all that hangs on a feed's id, subscriptions too. False: `new` was read already.

    Only an operator's words on `new`, said before it was ever polled, are kept: it is off, or on, as they left it.
    What people were sent, and what operators did, stays written as it was.
    """
    f = t.feeds.c
    before = (await c.execute(select(f.off, f.polled).where(f.feed_id == new))).one_or_none()
    if before is not None and before.polled is not None:
        return False
    await c.execute(delete(t.feeds).where(f.feed_id == new))
    off = {} if before is None else {"off": before.off}
    await c.execute(update(t.feeds).where(f.feed_id == old).values(feed_id=new, **off))
    shown = select(t.sightings.c.item_id).where(t.sightings.c.feed_id == old)
    await c.execute(_renamed(t.items, old, new).where(t.items.c.id.in_(shown)))  # items have no index of feeds
    for table in (one for one in t.metadata.sorted_tables if "feed_id" in one.c and one not in (t.feeds, t.items)):
        await c.execute(_renamed(table, old, new))
    await c.execute(_renamed(t.further, old, new))
    await _keys(c, old, new)
    await _subscriptions(c, old, new)
    return True


def _renamed(table: Any, old: str, new: str) -> Any:
    return update(table).where(table.c.feed_id == old).values(feed_id=new)


async def _keys(c: AsyncConnection, old: str, new: str) -> None:
    """Rename the keys that are a feed's own: else what it lists next would be news under the new ones."""
    key = t.keys.c.key
    for kind in OWN_KEYS:
        begin = f"{kind}:{old}:"
        # ";" follows ":": a range that the primary key answers, as LIKE would not.
        mine = (key >= begin) & (key < f"{kind}:{old};")
        rest = func.substr(key, len(begin) + 1)
        await c.execute(update(t.keys).where(mine).values(key=literal(f"{kind}:{new}:") + rest))


async def _subscriptions(c: AsyncConnection, old: str, new: str) -> None:
    s = t.subscriptions.c
    asked: Select[Any] = select(s.n, s.feeds)
    for n, followed in (await c.execute(asked)).all():
        if old in followed:
            named = list(dict.fromkeys(new if one == old else one for one in followed))
            await c.execute(update(t.subscriptions).where(s.n == n).values(feeds=named))
