"""Our subscriptions at the hubs of feeds that are pushed (WebSub)."""

import secrets
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Hub, Offer
from bot.store import tables as t
from bot.store.transactions import Transactions
from bot.websub import SECRET

AT_MOST = timedelta(minutes=1)
"""Between two polls of a feed, however often its hub calls."""

_COLUMNS = tuple(f.name for f in fields(Hub))


class KeptHubs:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def all(self) -> list[Hub]:
        """Return all subscriptions that were ever offered, by the ids of their feeds."""
        async with self._transactions.reading() as c:
            return [_hub(row) for row in await c.execute(select(t.hubs).order_by(t.hubs.c.feed_id))]

    async def called(self, token: str) -> Hub | None:
        """Return the subscription whose address has this token."""
        async with self._transactions.reading() as c:
            row = (await c.execute(select(t.hubs).where(t.hubs.c.token == token))).one_or_none()
            return _hub(row) if row is not None else None

    async def asked(self, feed_id: str, now: datetime) -> None:
        """Write that its hub is asked now; before it is asked, for it may call back at once."""
        await self._write(feed_id, {"asked": now})

    async def confirmed(self, feed_id: str, until: datetime) -> None:
        """Write until when the hub promises to tell us."""
        await self._write(feed_id, {"until": until})

    async def pushed(self, feed_id: str, now: datetime) -> None:
        """Let the feed be polled at once, but not within `AT_MOST` of its last poll."""
        f = t.feeds.c
        async with self._transactions.writing() as c:
            polled = await c.scalar(select(f.polled).where(f.feed_id == feed_id))
            soon = max(now, polled + AT_MOST) if polled else now
            later = (f.feed_id == feed_id) & or_(f.next_poll.is_(None), f.next_poll > soon)
            await c.execute(update(t.feeds).where(later).values(next_poll=soon))

    async def _write(self, feed_id: str, values: Mapping[str, Any]) -> None:
        async with self._transactions.writing() as c:
            await c.execute(update(t.hubs).where(t.hubs.c.feed_id == feed_id).values(**values))


async def put(c: AsyncConnection, offers: Mapping[str, Offer | None]) -> None:
    """Write what feeds say now of where they are pushed, by the feeds' ids; None: nowhere."""
    silent = [{"feed": feed_id} for feed_id, offer in offers.items() if offer is None]
    if silent:
        await c.execute(_SILENT, silent)
    for feed_id, offer in offers.items():
        if offer is not None:
            await _put(c, feed_id, offer)


_SILENT = delete(t.hubs).where(t.hubs.c.feed_id == bindparam("feed"))


async def _put(c: AsyncConnection, feed_id: str, offer: Offer) -> None:
    """Write one: another hub or topic is another subscription."""
    h = t.hubs.c
    same = select(h.feed_id).where(h.feed_id == feed_id, h.hub == offer.hub, h.topic == offer.topic)
    if await c.scalar(same) is None:
        new = {
            "token": secrets.token_urlsafe(24),
            "secret": secrets.token_urlsafe(SECRET),
            "asked": None,
            "until": None,
        }
        new |= {"hub": offer.hub, "topic": offer.topic}
        written = upsert(t.hubs).values(feed_id=feed_id, **new)
        # When we last asked stays: a feed that names another hub at every poll must not have us ask one at every poll.
        anew = {name: value for name, value in new.items() if name != "asked"}
        await c.execute(written.on_conflict_do_update(index_elements=["feed_id"], set_=anew))


def _hub(row: Row[Any]) -> Hub:
    return Hub(**{name: getattr(row, name) for name in _COLUMNS})
