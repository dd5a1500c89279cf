"""What sources sent, as evidence for the items that came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Capture
from bot.store import tables as t
from bot.store.rows import batches
from bot.store.transactions import Transactions

FORGOTTEN_AT_ONCE = 200
"""Captures deleted in one transaction: some tenth of a second, in which nobody else writes."""

_COLUMNS = tuple(f.name for f in fields(Capture))


class KeptEvidence:
    """Every method is one transaction unless it says otherwise; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def of(self, item_id: str) -> list[Capture]:
        """Return what the item came of, the oldest first: the list or feed, its page, its letters."""
        asked = select(t.captures).join(t.evidence, t.evidence.c.capture == t.captures.c.n)
        async with self._transactions.reading() as c:
            found = await c.execute(asked.where(t.evidence.c.item_id == item_id).order_by(t.captures.c.n))
            return [_capture(row) for row in found]

    async def weighs(self) -> tuple[int, int]:
        """Return how many captures there are, and how many bytes they take."""
        async with self._transactions.reading() as c:
            found = await c.execute(select(func.count(), func.sum(func.length(t.captures.c.packed))))
            number, size = found.one()
            return number, size or 0

    async def forget(self, before: datetime) -> int:
        """Delete what was fetched before then, a few in each transaction, and return how many that were.

        What a later item came of too, a letter that is linked again, stays as long as that item's evidence does.
        """
        forgotten = 0
        links = t.evidence.join(t.items, t.items.c.id == t.evidence.c.item_id)
        later = select(t.evidence.c.item_id).select_from(links)
        later = later.where(t.evidence.c.capture == t.captures.c.n, t.items.c.first_seen >= before)
        old = select(t.captures.c.n).where(t.captures.c.fetched < before, ~later.exists()).limit(FORGOTTEN_AT_ONCE)
        while True:
            async with self._transactions.writing() as c:
                some = list(await c.scalars(old))
                await c.execute(delete(t.evidence).where(t.evidence.c.capture.in_(some)))
                await c.execute(delete(t.captures).where(t.captures.c.n.in_(some)))
            forgotten += len(some)
            if len(some) < FORGOTTEN_AT_ONCE:
                return forgotten


async def put(c: AsyncConnection, produced: Mapping[str, Sequence[Capture]]) -> None:
    """Write what items, by their ids, came of; what is there already stays as it was first fetched."""
    captures = {(one.digest, one.url): one for some in produced.values() for one in some}
    rows = [{name: getattr(one, name) for name in _COLUMNS} for one in captures.values()]
    for row in rows:
        await c.execute(upsert(t.captures).values(row | {"headers": list(row["headers"])}).on_conflict_do_nothing())
    numbers = await _numbers(c, (digest for digest, _ in captures))
    links = [
        {"item_id": item_id, "capture": numbers[one.digest, one.url]}
        for item_id, some in produced.items()
        for one in some
    ]
    if links:
        await c.execute(upsert(t.evidence).on_conflict_do_nothing(), links)


async def _numbers(c: AsyncConnection, digests: Iterable[str]) -> dict[tuple[str, str], int]:
    columns = t.captures.c
    return {
        (row.digest, row.url): row.n
        for some in batches(digests)
        for row in await c.execute(select(columns.digest, columns.url, columns.n).where(columns.digest.in_(some)))
    }


def _capture(row: Row[Any]) -> Capture:
    said = {name: getattr(row, name) for name in _COLUMNS}
    return Capture(**said | {"headers": tuple((name, value) for name, value in said["headers"])})
