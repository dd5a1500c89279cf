"""The questions we ask the database, each once, in SQLAlchemy Core; what differs per database is in `sqlite.py`."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import finding
from bot.records import Attachment, FeedState, Item, Judged, Revision, Told
from bot.store import remembering, renaming, rows
from bot.store import tables as t
from bot.store.asking import NEWEST, Wanted, judged, members, named, numbered, where, with_names
from bot.store.counting import Counting
from bot.store.evidence import KeptEvidence
from bot.store.feedback import KeptFeedback
from bot.store.further import KeptFurther
from bot.store.hubs import KeptHubs
from bot.store.operations import KeptOperations
from bot.store.packed import Numbers, is_among
from bot.store.remembering import Known, Poll
from bot.store.reports import KeptReports
from bot.store.rows import BATCH, batches
from bot.store.stories import KeptStories
from bot.store.subscribers import KeptSubscribers
from bot.store.transactions import Transactions
from bot.store.vectors import KeptVectors, numbers


class Search(Protocol):
    """Full-text search as one database does it; no text a person types makes it raise anything."""

    def holding(self, query: str) -> Select[Any]:
        """Return a select of the `n` that hold every word of `query`."""

    def ranked(self, query: str, among: Numbers | None, limit: int) -> Select[Any]:
        """Return a select of the `n` that hold every word of `query`, best first.

        `among`: those that count, of the ones that `holding` gives, ascending; None: all.
        """

    def quoting(self, query: str) -> Select[Any] | None:
        """Return a select of the `n` that hold every "quoted phrase" of `query`; None where it quotes nothing."""

    def snippets(self, query: str, among: Sequence[int]) -> Select[Any]:
        """Return a select of (n, snippet) for those of the few items `among` that `ranked` would find.

        A snippet may be None where it would take too long to find.
        """


class Store:
    """The one door to the database. Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, engine: AsyncEngine, direct: Engine, search_text: Search, folder: Path) -> None:
        self.engine = engine
        self.direct = direct
        self._search_text = search_text
        self._transactions = Transactions(engine, direct)
        self.counting = Counting(self._transactions)
        self.feedback = KeptFeedback(self._transactions)
        self.evidence = KeptEvidence(self._transactions)
        self.further = KeptFurther(self._transactions)
        self.hubs = KeptHubs(self._transactions)
        self.operations = KeptOperations(self._transactions)
        self.reports = KeptReports(self._transactions)
        self.stories = KeptStories(self._transactions)
        self.subscribers = KeptSubscribers(self._transactions)
        self.vectors = KeptVectors(self._transactions, folder / "vectors")

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()
        self.direct.dispose()

    # -- watch ---------------------------------------------------------------------------------------------

    async def states(self) -> dict[str, FeedState]:
        """Return what we know of every feed ever polled, by feed id."""
        async with self._transactions.reading() as c:
            return {row.feed_id: FeedState(**row._mapping) for row in await c.execute(select(t.feeds))}

    async def switch(self, off: Mapping[str, datetime | None]) -> None:
        """Write since when feeds are switched off, by their ids; None: one is on, and due at once.

        Their polls leave that as it is.
        """
        async with self._transactions.writing() as c:
            for feed_id, since in off.items():
                row = {"feed_id": feed_id, "address": "", "failures": 0, "off": since, "next_poll": None}
                await remembering.put(c, t.feeds, row, keep=("address", "failures"))

    async def rename(self, feeds: Mapping[str, str]) -> list[str]:
        """Let feeds go on under other ids, old to new, with all that we know of them; return the old ids that are gone.

        One whose new id was polled before is left as it is.
        """

        async def written(c: AsyncConnection) -> list[str]:
            return [old for old, new in feeds.items() if await renaming.rename(c, old, new)]

        return await self._transactions.write_at_once(written)

    async def known(self, feed_id: str, entries: Sequence[tuple[tuple[str, ...], str]]) -> list[Known]:
        """Say for each (keys, fingerprint) that `feed_id` lists now whether it is news. Same length and order."""
        return await self._transactions.read_at_once(lambda c: remembering.known(c, feed_id, entries))

    async def began(self, feed_id: str) -> datetime | None:
        """Return when a feed first showed us something; None: it never did."""
        c_ = t.sightings.c
        asked = select(func.min(c_.seen, type_=t.Utc)).where(c_.feed_id == feed_id)
        return await self._transactions.read_at_once(lambda c: c.scalar(asked))

    async def remember(self, polls: Sequence[Poll], *, progress: tuple[str, int, datetime] | None = None) -> list[Item]:
        """Write polls whole, in one transaction, and return the items that are new.

        An item already known under any of its keys gains the new keys and the sighting; if its words changed in the
        feed it belongs to, the old ones become a Revision and the matches are replaced. `progress` is how far an
        import has come: (file, lines, now).
        """

        async def written(c: AsyncConnection) -> list[Item]:
            new = await remembering.remember(c, polls)
            if progress is not None:
                await remembering.put(c, t.imports, dict(zip(("file", "lines", "changed"), progress, strict=True)))
            return new

        return await self._transactions.write_at_once(written)

    async def imported(self, file: str) -> int:
        """Return how many lines of `file` (its hash) are already remembered."""
        async with self._transactions.reading() as c:
            return await c.scalar(select(t.imports.c.lines).where(t.imports.c.file == file)) or 0

    async def attachments(self, urls: Sequence[str]) -> dict[str, Attachment]:
        """Return those of these PDFs that were ever fetched and read, by address, as they were the last time."""
        c_ = t.attachments.c
        asked = select(t.attachments).where(c_.url.in_(urls), c_.sha256 != "").order_by(c_.read)
        async with self._transactions.reading() as c:
            return {row.url: rows.attachment(row) for row in await c.execute(asked)}

    async def letters(self, keys: Sequence[str]) -> tuple[Attachment, ...]:
        """Return the letters of the item that is known under any of these keys, as they are kept."""
        k, a = t.keys.c, t.attachments.c
        asked = select(t.attachments).where(a.item_id.in_(select(k.item_id).where(k.key.in_(keys)))).order_by(a.place)
        rows_ = await self._transactions.read_at_once(lambda c: c.execute(asked))
        found = [(row.item_id, rows.attachment(row)) for row in rows_]
        return tuple(letter for item_id, letter in found if item_id == found[0][0])

    # -- ask -----------------------------------------------------------------------------------------------

    async def find(self, wanted: Wanted, limit: int | None = None, skip: int = 0) -> list[Judged]:
        """Return the items wanted, newest first, without the first `skip`."""
        async with self._transactions.reading() as c:
            asked = where(select(t.items), await with_names(c, wanted)).order_by(*NEWEST).limit(limit).offset(skip)
            return await judged(c, (await c.execute(asked)).all(), wanted.community)

    async def among(self, query: str, wanted: Wanted) -> Numbers | None:
        """Return the `n` of the items that a search may find: wanted, and holding what `query` quotes; None: all."""
        quoting = self._search_text.quoting(query)
        if quoting is None and replace(wanted, community=None) == Wanted(flagged=False):
            return None
        async with self._transactions.reading() as c:
            found = await numbers(c, numbered(await with_names(c, wanted)))
            return found if quoting is None else np.intersect1d(found, await numbers(c, quoting), assume_unique=True)

    async def ranked(self, query: str, among: Numbers | None, limit: int) -> list[int]:
        """Return the `n` of the items that hold every word of `query` in title, text or letters, best first."""
        async with self._transactions.reading() as c:
            if among is not None:
                holding = await numbers(c, self._search_text.holding(query))
                among = holding[is_among(holding, among)]
            return list(await c.scalars(self._search_text.ranked(query, among, limit)))

    async def hits(
        self, query: str, order: Sequence[int], community: str | None = None
    ) -> list[tuple[int, Judged, str | None]]:
        """Return the items of these `n` in this order, with where they hold the words of `query`; None: they do not."""
        async with self._transactions.reading() as c:
            rows_ = {row.n: row for some in batches(order) for row in await c.execute(_by_n(some))}
            found = [rows_[n] for n in order if n in rows_]
            told = [row for some in batches(order) for row in await c.execute(self._search_text.snippets(query, some))]
            snippets = {row.n: row.snippet for row in told}
            ready = await judged(c, found, community)
        return [
            (row.n, one, _snippet(query, one, snippets[row.n]) if row.n in snippets else None)
            for row, one in zip(found, ready, strict=True)
        ]

    async def items(self, numbered: Sequence[int]) -> dict[int, Item]:
        """Return the items of these `n`, in this order."""
        async with self._transactions.reading() as c:
            found = {row.n: rows.item(row) for some in batches(numbered) for row in await c.execute(_by_n(some))}
        return {n: found[n] for n in numbered if n in found}

    async def item(self, name: str, community: str | None = None) -> Judged | None:
        """Return the item with this id (or the one id that begins so) or this address, or None."""
        async with self._transactions.reading() as c:
            row = await named(c, name)
            return (await judged(c, [row], community))[0] if row else None

    async def judged(self, ids: Sequence[str], community: str | None = None) -> list[Judged]:
        """Return the items with these ids that there are, in this order."""
        async with self._transactions.reading() as c:
            asked = [select(t.items).where(t.items.c.id.in_(some)) for some in batches(ids)]
            found = {row.id: row for one in asked for row in await c.execute(one)}
            return await judged(c, [found[id_] for id_ in ids if id_ in found], community)

    async def told(self, item_id: str) -> list[Told]:
        """Return to whom the item was told, oldest first."""
        asked = (
            select(t.told.c.subscriber_id, t.deliveries.c.key, t.deliveries.c.composed, t.deliveries.c.state)
            .join(t.deliveries, t.deliveries.c.key == t.told.c.key)
            .where(t.told.c.item_id == item_id)
            .order_by(t.deliveries.c.composed)
        )
        async with self._transactions.reading() as c:
            return [Told(**row._mapping) for row in await c.execute(asked)]

    async def members(self) -> list[str]:
        """Return the names of the members of Congress of whom we have items, in order."""
        async with self._transactions.reading() as c:
            return list(await c.scalars(members()))

    async def openings(self, sites: Iterable[str], most: int, length: int) -> dict[str, list[Item]]:
        """Return for each site (scheme://host/) its newest items, of each text the first `length` code points."""
        c_ = t.items.c
        columns = [column for column in c_ if column is not c_.text]

        async def found(c: AsyncConnection) -> dict[str, list[Item]]:
            newest = {}
            for site in sites:
                # "0" follows "/": a range that the index on addresses answers, as LIKE would not.
                there = select(*columns, func.substr(c_.text, 1, length).label("text")).where(
                    c_.address >= site, c_.address < site.removesuffix("/") + "0"
                )
                newest[site] = [rows.item(row) for row in await c.execute(there.order_by(c_.n.desc()).limit(most))]
            return newest

        return await self._transactions.read_at_once(found)

    async def revisions(self, item_id: str) -> list[Revision]:
        """Return the earlier versions of an item, oldest first."""
        asked = select(t.revisions).where(t.revisions.c.item_id == item_id).order_by(t.revisions.c.seen)
        async with self._transactions.reading() as c:
            return [Revision(**row._mapping) for row in await c.execute(asked)]

    async def each(self, wanted: Wanted) -> AsyncIterator[Judged]:
        """Give every item wanted in order of arrival, holding a few hundred at a time."""
        last = 0
        while True:
            async with self._transactions.reading() as c:
                asked = where(select(t.items), await with_names(c, wanted)).where(t.items.c.n > last)
                asked = asked.order_by(t.items.c.n).limit(BATCH)
                page = (await c.execute(asked)).all()
                found = await judged(c, page, wanted.community)
            for one in found:
                yield one
            if not page:
                return
            last = page[-1].n

    async def counts(self) -> Mapping[str, tuple[int, datetime | None]]:
        """Return for each feed how many items it showed us, and when we last saw a new one."""
        asked = select(t.sightings.c.feed_id, func.count(), func.max(t.sightings.c.seen, type_=t.Utc)).group_by(
            t.sightings.c.feed_id
        )
        async with self._transactions.reading() as c:
            return {feed: (n, seen) for feed, n, seen in await c.execute(asked)}


def _snippet(query: str, one: Judged, found: str | None) -> str:
    """Return where an item holds the words: in its text, or in the first letter that has some which that lacks."""
    lacking = finding.lacking(query, f"{one.item.title}\n{one.item.text}") if one.attachments else ""
    if lacking:
        for letter in one.attachments:
            if finding.lacking(lacking, letter.text) != lacking:
                return f"In the letter: {finding.around(lacking, letter.text)}"
    return finding.around(query, one.item.text) if found is None else found


def _by_n(numbered: Sequence[int]) -> Select[Any]:
    return select(t.items).where(t.items.c.n.in_(numbered))
