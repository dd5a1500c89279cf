"""How much there is of what: the figures that the web site and its metrics show."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from bot.records import Category, Item
from bot.store import rows
from bot.store import tables as t
from bot.store.asking import Wanted, numbered, where, with_names
from bot.store.transactions import Transactions

WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """An item whose words its site changed: as it is now, its title until then, and when we saw it."""

    item: Item
    before: str
    seen: datetime


class Counting:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def weekly(self, wanted: Wanted, first: datetime, weeks: int) -> list[Counter[Category]]:
        """Return how many of the items wanted came out in each of the `weeks` from `first` on, by who speaks.

        `first`: a midnight in the zone whose days count: some weeks have an hour more or less, none another day.
        """
        counted: list[Counter[Category]] = [Counter() for _ in range(weeks)]
        i = t.items.c
        async with self._transactions.reading() as c:
            chosen = numbered(await with_names(c, wanted))
            asked = select(i.published, i.category).where(i.n.in_(chosen), i.published >= first)
            for published, category in await c.execute(asked):
                week = (published.astimezone(first.tzinfo).date() - first.date()) // WEEK
                if week < weeks:
                    counted[week][category] += 1
        return counted

    async def came(self, since: datetime) -> Mapping[str, int]:
        """Return how many new items each feed showed us since then, by its id."""
        s = t.sightings.c
        asked = select(s.feed_id, func.count()).where(s.seen >= since).group_by(s.feed_id)
        async with self._transactions.reading() as c:
            return {row[0]: row[1] for row in await c.execute(asked)}

    async def items(self) -> int:
        """Return how many items are recorded."""
        async with self._transactions.reading() as c:
            return await c.scalar(select(func.count()).select_from(t.items)) or 0

    async def changed(self, wanted: Wanted, since: datetime, most: int) -> list[Changed]:
        """Return the latest changes of the items wanted, since then, the newest first."""
        r = t.revisions.c
        columns = select(t.items, r.title.label("before"), r.seen).join(t.revisions, r.item_id == t.items.c.id)
        async with self._transactions.reading() as c:
            # Each is asked whether it is wanted: few change in a week, of all there are.
            asked = where(columns, await with_names(c, wanted)).where(r.seen >= since)
            found = (await c.execute(asked.order_by(r.seen.desc()).limit(most))).all()
        return [Changed(item=rows.item(row), before=row.before, seen=row.seen) for row in found]

    async def deliveries(self) -> Mapping[tuple[str, str], int]:
        """Return how many deliveries there are, by medium and state."""
        d = t.deliveries.c
        asked = select(d.medium, d.state, func.count()).group_by(d.medium, d.state)
        async with self._transactions.reading() as c:
            return {(medium, state): number for medium, state, number in await c.execute(asked)}

    async def subscribers(self) -> Mapping[str, int]:
        """Return how many subscribers each medium has that are told."""
        s = t.subscribers.c
        asked = select(s.medium, func.count()).where(s.gone.is_(None)).group_by(s.medium)
        async with self._transactions.reading() as c:
            return {row[0]: row[1] for row in await c.execute(asked)}
