"""Which further documents the entries of feeds name, and which of them are still to be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Further
from bot.store import tables as t
from bot.store.transactions import Transactions


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A further document that is to be read. `since`: the feed's last success before it first had something new."""

    further: Further
    since: datetime | None


class KeptFurther:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def owed(self, feed_id: str, most: int, now: datetime) -> list[Owed]:
        """Return the documents to be read now, and write that they are tried: those tried longest ago come first.

        They are those that changed since they were read, of which any item in the story of their page is flagged: by a
        head, a community's head or a person.
        """
        f = t.further.c
        asked = select(t.further).where(_is_owed(feed_id)).order_by(f.tried, f.url).limit(most)

        async def found(c: AsyncConnection) -> list[Owed]:
            rows = list(await c.execute(asked))
            tried = update(t.further).where(f.feed_id == feed_id, f.url.in_([row.url for row in rows]))
            await c.execute(tried.values(tried=now))
            named = ("url", "page", "title", "mark")
            return [
                Owed(further=Further(**{name: getattr(row, name) for name in named}), since=row.since) for row in rows
            ]

        return await self._transactions.write_at_once(found)

    async def waiting(self, feed_id: str) -> int:
        """Return of how many documents that is true."""
        asked = select(func.count()).select_from(t.further).where(_is_owed(feed_id))
        return await self._transactions.read_at_once(lambda c: c.scalar(asked)) or 0


async def put(c: AsyncConnection, feed_id: str, named: Sequence[Further], since: datetime | None) -> None:
    """Write what the entries of a poll name. `since`: the feed's last success before that poll."""
    if named:
        told = {one.url: one for one in named}.values()
        await c.execute(_NAMED, [{"feed_id": feed_id, "since": since, **vars(one)} for one in told])


async def put_read(c: AsyncConnection, feed_id: str, further: Further) -> None:
    """Write that a document was read as it was under its mark."""
    f = t.further.c
    await c.execute(update(t.further).where(f.feed_id == feed_id, f.url == further.url).values(read=further.mark))


def _is_owed(feed_id: str) -> ColumnElement[bool]:
    f = t.further.c
    return and_(f.feed_id == feed_id, or_(f.read.is_(None), f.read != f.mark), f.page.in_(_pages_that_matter()))


def _pages_that_matter() -> Select[Any]:
    """Ask for the addresses in stories with anything flagged: beginning at the few that are, not at each document."""
    flagged = union(
        select(t.matches.c.item_id).where(t.matches.c.flagged),
        select(t.community_matches.c.item_id).where(t.community_matches.c.flagged),
        select(t.verdicts.c.item_id).where(t.verdicts.c.verdict == "relevant"),
    )
    stories = select(t.story_items.c.story_id).where(t.story_items.c.item_id.in_(flagged))
    placed = t.story_items.alias().c
    together = select(placed.item_id).where(placed.story_id.in_(stories))
    return select(t.items.c.url).where(t.items.c.id.in_(together))


_NEW = upsert(t.further)
_WRITTEN = {name: _NEW.excluded[name] for name in ("page", "title", "mark")}
_NAMED = _NEW.on_conflict_do_update(
    index_elements=["feed_id", "url"],
    set_={
        **_WRITTEN,
        "since": case((t.further.c.read == t.further.c.mark, _NEW.excluded.since), else_=t.further.c.since),
    },
    where=t.further.c.mark != _NEW.excluded.mark,
)
