"""The questions we ask the database, each once, in SQLAlchemy Core; what differs per database is in `sqlite.py`."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import Row, Select, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError
from bot.records import (
    Category,
    Delivery,
    FeedState,
    Item,
    Judged,
    Match,
    Mention,
    Revision,
    Subscriber,
    Told,
)
from bot.store import rows
from bot.store import tables as t

T = TypeVar("T")

Known = Literal["unseen", "elsewhere", "changed", "known"]
"""What we know of an entry: never seen; seen, but in another feed; seen here with other words; seen as it is."""

LONGEST_ID = 64
"""Characters of a name that may begin an id: ids have 10, and SQLite refuses long patterns."""

BATCH = 500
"""Values in one IN (...) list; every SQLite allows 999 or more."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """An item as one feed shows it now. `fingerprint` hashes what the feed said of it; None: not read to the end."""

    item: Item
    keys: tuple[str, ...]
    fingerprint: str | None
    matches: tuple[Match, ...] = ()
    mentions: tuple[Mention, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Poll:
    """Everything one poll of one feed taught us, remembered whole or not at all. `state` None: an import, no poll."""

    state: FeedState | None
    sightings: tuple[Sighting, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which items a reader asks for; everything left empty means all. `since` <= published < `until`."""

    topics: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    feeds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    flagged: bool = True


class Search(Protocol):
    """Full-text search as one database does it."""

    def ranked(self, query: str, among: Select[Any] | None, limit: int) -> Select[Any]:
        """Return a select of (n, snippet, rank) for `query`, best first; raises nothing on any text.

        `among`: a select of the `n` that count; None: all.
        """


@dataclass(frozen=True)
class Store:
    """The one door to the database. Every method is one transaction; StoreError when the database refuses."""

    engine: AsyncEngine
    search_text: Search = field(repr=False)

    async def close(self) -> None:
        """Let go of the database."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._connection(writes=False) as connection:
            yield connection

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._connection(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(lookout_writes=writes)
                async with connection.begin():
                    yield connection
        except (DBAPIError, OSError) as e:
            raise StoreError(f"the database refused: {e.__cause__ or e}") from e

    # -- watch ---------------------------------------------------------------------------------------------

    async def states(self) -> dict[str, FeedState]:
        """Return what we know of every feed ever polled, by feed id."""
        async with self._reading() as c:
            return {row.feed_id: FeedState(**row._mapping) for row in await c.execute(select(t.feeds))}

    async def known(self, feed_id: str, entries: Sequence[tuple[tuple[str, ...], str]]) -> list[Known]:
        """Say for each (keys, fingerprint) that `feed_id` lists now whether it is news. Same length and order."""
        async with self._reading() as c:
            ids = await _ids(c, (key for keys, _ in entries for key in keys))
            seen = await _fingerprints(c, feed_id, set(ids.values()))
        return [_known(next((ids[k] for k in keys if k in ids), None), mark, seen) for keys, mark in entries]

    async def remember(self, polls: Sequence[Poll], *, progress: tuple[str, int, datetime] | None = None) -> list[Item]:
        """Write polls whole, in one transaction, and return the items that are new.

        An item already known under any of its keys gains the new keys and the sighting; if its words changed in the
        feed it belongs to, the old ones become a Revision and the matches are replaced. `progress` is how far an
        import has come: (file, lines, now).
        """
        new: list[Item] = []
        async with self._writing() as c:
            for poll in polls:
                if poll.state is not None:
                    await _put(c, t.feeds, asdict(poll.state))
                ids = await _ids(c, (key for s in poll.sightings for key in s.keys))
                for sighting in poll.sightings:
                    item = await _remember(c, sighting, ids)
                    if item is not None:
                        new.append(item)
            if progress is not None:
                await _put(c, t.imports, dict(zip(("file", "lines", "changed"), progress, strict=True)))
        return new

    async def imported(self, file: str) -> int:
        """Return how many lines of `file` (its hash) are already remembered."""
        async with self._reading() as c:
            return await c.scalar(select(t.imports.c.lines).where(t.imports.c.file == file)) or 0

    # -- ask -----------------------------------------------------------------------------------------------

    async def find(self, wanted: Wanted, limit: int | None = None) -> list[Judged]:
        """Return the items wanted, newest first."""
        asked = _where(select(t.items), wanted).order_by(*_NEWEST).limit(limit)
        async with self._reading() as c:
            return await _found(c, (await c.execute(asked)).all())

    async def search(self, query: str, wanted: Wanted, limit: int) -> list[Judged]:
        """Return the items whose title or text holds every word of `query`, best first, with a snippet."""
        among = None if wanted == Wanted(flagged=False) else _where(select(t.items.c.n), wanted)
        hits = self.search_text.ranked(query, among, limit).subquery()
        asked = select(t.items, hits.c.snippet).join(hits, hits.c.n == t.items.c.n)
        async with self._reading() as c:
            return await _found(c, (await c.execute(asked.order_by(hits.c.rank, *_NEWEST))).all())

    async def item(self, name: str) -> Judged | None:
        """Return the item with this id (or the one id that begins so) or this address, or None."""
        c_, name = t.items.c, name.encode(errors="replace").decode()  # a terminal may give what no UTF-8 can hold
        asked = select(t.items).where(or_(c_.id == name, c_.url == name, c_.address == name))
        begins = select(t.items).where(c_.id.startswith(name, autoescape=True)).limit(2)
        async with self._reading() as c:
            hits = (await c.execute(asked.limit(1))).all()
            if not hits and 4 <= len(name) <= LONGEST_ID:
                hits = (await c.execute(begins)).all()
            return (await _found(c, hits))[0] if len(hits) == 1 else None

    async def told(self, item_id: str) -> list[Told]:
        """Return to whom the item was told, oldest first."""
        asked = (
            select(t.told.c.subscriber_id, t.deliveries.c.key, t.deliveries.c.composed, t.deliveries.c.state)
            .join(t.deliveries, t.deliveries.c.key == t.told.c.key)
            .where(t.told.c.item_id == item_id)
            .order_by(t.deliveries.c.composed)
        )
        async with self._reading() as c:
            return [Told(**row._mapping) for row in await c.execute(asked)]

    async def revisions(self, item_id: str) -> list[Revision]:
        """Return the earlier versions of an item, oldest first."""
        asked = select(t.revisions).where(t.revisions.c.item_id == item_id).order_by(t.revisions.c.seen)
        async with self._reading() as c:
            return [Revision(**row._mapping) for row in await c.execute(asked)]

    async def each(self, wanted: Wanted) -> AsyncIterator[Judged]:
        """Give every item wanted in order of arrival, holding a few hundred at a time."""
        last = 0
        while True:
            asked = _where(select(t.items), wanted).where(t.items.c.n > last).order_by(t.items.c.n).limit(BATCH)
            async with self._reading() as c:
                page = (await c.execute(asked)).all()
                found = await _found(c, page)
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
        async with self._reading() as c:
            return {feed: (n, seen) for feed, n, seen in await c.execute(asked)}

    # -- report --------------------------------------------------------------------------------------------

    async def told_period(self, subscriber_id: str) -> tuple[datetime, datetime] | None:
        """Return from when and until when the subscriber has been told; None: never yet."""
        c_ = t.deliveries.c
        asked = select(func.min(c_.since, type_=t.Utc), func.max(c_.until, type_=t.Utc))
        async with self._reading() as c:
            begin, until = (await c.execute(asked.where(c_.subscriber_id == subscriber_id))).one()
            return (begin, until) if begin and until else None

    async def candidates(self, subscriber: Subscriber, since: datetime) -> tuple[list[Judged], dict[str, str]]:
        """Return the announced items first seen from `since` on that the subscriber follows, and which are told.

        Told ones, ids with the keys of their deliveries, are among the items: a copy must find its story.
        """
        wanted = Wanted(topics=subscriber.topics, categories=subscriber.categories)
        asked = _where(select(t.items), wanted).where(t.items.c.first_seen >= since, t.items.c.held.is_(None))
        mine = (
            select(t.told.c.item_id, t.told.c.key)
            .join(t.items, t.items.c.id == t.told.c.item_id)
            .where(t.told.c.subscriber_id == subscriber.id, t.items.c.first_seen >= since)
        )
        async with self._reading() as c:
            found = await _found(c, (await c.execute(asked.order_by(*_NEWEST))).all())
            return found, {row.item_id: row.key for row in await c.execute(mine)}

    async def compose(self, delivery: Delivery, told: Mapping[str, str], since: datetime, until: datetime) -> bool:
        """Put a digest as it will be sent into the outbox. False: it was there already.

        `told`: the items that count as told from now on, each with the key of the delivery that tells its story.
        """
        row = {f: getattr(delivery, f) for f in ("key", "medium", "address", "composed", "text", "markdown")}
        row |= {"subscriber_id": delivery.subscriber_id, "state": "waiting", "attempts": 0}
        async with self._writing() as c:
            written = await c.execute(
                upsert(t.deliveries).values(row | {"since": since, "until": until}).on_conflict_do_nothing()
            )
            if not written.rowcount:
                return False
            mine = [{"subscriber_id": delivery.subscriber_id, "item_id": i, "key": key} for i, key in told.items()]
            if mine:
                await c.execute(upsert(t.told).on_conflict_do_nothing(), mine)
            return True

    async def outbox(self, now: datetime) -> list[Delivery]:
        """Return the deliveries to be made now, oldest first; those `sending` were cut off and are uncertain."""
        c_ = t.deliveries.c
        due = or_(c_.next_try.is_(None), c_.next_try <= now)
        asked = select(t.deliveries).where(c_.state.in_(("waiting", "sending")), due).order_by(c_.composed)
        async with self._reading() as c:
            return [rows.delivery(row) for row in await c.execute(asked)]

    async def mark(
        self, delivery: Delivery, *, now: datetime, next_try: datetime | None = None, error: str | None = None
    ) -> None:
        """Write down where a delivery stands: its state and attempts."""
        row = {"state": delivery.state, "attempts": delivery.attempts, "next_try": next_try, "error": error}
        if delivery.state == "sent":
            row["sent"] = now
        async with self._writing() as c:
            await c.execute(update(t.deliveries).where(t.deliveries.c.key == delivery.key).values(row))


_NEWEST = (t.items.c.published.desc(), t.items.c.n.desc())


def _known(item_id: str | None, fingerprint: str, seen: Mapping[str, str | None]) -> Known:
    if item_id is None:
        return "unseen"
    if item_id not in seen:
        return "elsewhere"
    return "known" if seen[item_id] == fingerprint else "changed"


async def _ids(c: AsyncConnection, keys: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for batch in _batches(dict.fromkeys(keys)):
        asked = select(t.keys.c.key, t.keys.c.item_id).where(t.keys.c.key.in_(batch))
        found.update((row.key, row.item_id) for row in await c.execute(asked))
    return found


async def _fingerprints(c: AsyncConnection, feed_id: str, ids: Iterable[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    c_ = t.sightings.c
    for batch in _batches(ids):
        asked = select(c_.item_id, c_.fingerprint).where(c_.feed_id == feed_id, c_.item_id.in_(batch))
        found.update((row.item_id, row.fingerprint) for row in await c.execute(asked))
    return found


async def _remember(c: AsyncConnection, sighting: Sighting, ids: dict[str, str]) -> Item | None:
    """Write one sighting; return the item if it is new. `ids` is kept current, so twins in one poll are one item."""
    item = sighting.item
    item_id = next((ids[key] for key in sighting.keys if key in ids), None)
    if item_id is None:
        await c.execute(insert(t.items).values(asdict(item)))
        await _judge(c, item.id, sighting)
    elif await _rewritten(c, item_id, item):
        for table in (t.matches, t.mentions):
            await c.execute(delete(table).where(table.c.item_id == item_id))
        await _judge(c, item_id, sighting)
    if item_id is not None and item.held is None:
        # It came with an archive, and only now does a feed bring it as news.
        fresh = update(t.items).where(t.items.c.id == item_id, t.items.c.held == "import")
        await c.execute(fresh.values(held=None, first_seen=item.first_seen))
    known = item_id or item.id
    unknown = [key for key in sighting.keys if key not in ids]
    if unknown:
        await c.execute(upsert(t.keys).on_conflict_do_nothing(), [{"key": k, "item_id": known} for k in unknown])
        ids.update((key, known) for key in unknown)
    row = {"item_id": known, "feed_id": item.feed_id, "source": item.source, "url": item.url}
    await _put(c, t.sightings, row | {"seen": item.first_seen, "fingerprint": sighting.fingerprint}, keep=("seen",))
    return None if item_id else item


async def _rewritten(c: AsyncConnection, item_id: str, item: Item) -> bool:
    """Take over what `item` says, if it is of its own feed or a better place; say whether its words differ."""
    old = (await c.execute(select(t.items).where(t.items.c.id == item_id))).one()
    if not _may_rewrite(old, item):
        return False
    if (old.title, old.text) == (item.title, item.text):
        await _overwrite(c, item_id, item, ("url", "address"))  # a press office that moves its pages leaves no signs
        return False
    revision = {"item_id": item_id, "seen": item.first_seen, "title": old.title, "text": old.text}
    await c.execute(upsert(t.revisions).values(revision).on_conflict_do_nothing())
    place, words = ("feed_id", "source", "category", "url", "address"), ("title", "text", "text_from", "language")
    await _overwrite(c, item_id, item, (*place, *words, "published", "day_only"))
    return True


async def _overwrite(c: AsyncConnection, item_id: str, item: Item, taken: Sequence[str]) -> None:
    await c.execute(update(t.items).where(t.items.c.id == item_id).values({f: getattr(item, f) for f in taken}))


_WORTH = {"title": 0, "teaser": 1, "feed": 2, "article": 2}


def _may_rewrite(old: Row[Any], item: Item) -> bool:
    # A longer road to the same page (an aggregator, a second section of a newspaper) must not put its teaser, or
    # its own words, in place of the publisher's; a short answer must not erase a text that we have.
    if _WORTH[item.text_from] < _WORTH[old.text_from]:
        return False
    return old.feed_id == item.feed_id or _WORTH[item.text_from] > _WORTH[old.text_from]


async def _judge(c: AsyncConnection, item_id: str, sighting: Sighting) -> None:
    matches = [asdict(m) | {"item_id": item_id, "flagged": m.flagged} for m in sighting.matches]
    mentions = [asdict(m) | {"item_id": item_id} for m in sighting.mentions]
    if matches:
        await c.execute(insert(t.matches), matches)
    if mentions:
        await c.execute(insert(t.mentions), mentions)


async def _put(c: AsyncConnection, table: Any, row: Mapping[str, Any], keep: tuple[str, ...] = ()) -> None:
    """Insert the row, or update the one with the same primary key, except its `keep` columns."""
    primary = [column.name for column in table.primary_key]
    rest = {k: v for k, v in row.items() if k not in primary and k not in keep}
    await c.execute(upsert(table).values(dict(row)).on_conflict_do_update(index_elements=primary, set_=rest))


def _where(asked: Select[Any], wanted: Wanted) -> Select[Any]:
    c_ = t.items.c
    if wanted.flagged:
        mine = exists().where(t.matches.c.item_id == c_.id, t.matches.c.flagged)
        asked = asked.where(mine.where(t.matches.c.topic_id.in_(wanted.topics)) if wanted.topics else mine)
    if wanted.categories:
        asked = asked.where(c_.category.in_(wanted.categories))
    if wanted.feeds:
        carried = exists().where(t.sightings.c.item_id == c_.id, t.sightings.c.feed_id.in_(wanted.feeds))
        asked = asked.where(carried)
    if wanted.since:
        asked = asked.where(c_.published >= wanted.since)
    if wanted.until:
        asked = asked.where(c_.published < wanted.until)
    return asked


async def _found(c: AsyncConnection, hits: Sequence[Row[Any]]) -> list[Judged]:
    ids = [row.id for row in hits]
    matches = await _grouped(c, t.matches, ids, rows.match)
    mentions = await _grouped(c, t.mentions, ids, rows.mention)
    carried = await _grouped(c, t.sightings, ids, lambda row: (row.feed_id, row.source))
    return [
        Judged(
            item=(item := rows.item(row)),
            matches=tuple(matches[row.id]),
            mentions=tuple(mentions[row.id]),
            also=tuple(dict.fromkeys(s for f, s in carried[row.id] if f != item.feed_id and s != item.source)),
            snippet=getattr(row, "snippet", None),
        )
        for row in hits
    ]


async def _grouped(
    c: AsyncConnection, table: Any, ids: Sequence[str], made: Callable[[Row[Any]], T]
) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for batch in _batches(ids):
        for row in await c.execute(select(table).where(table.c.item_id.in_(batch))):
            found[row.item_id].append(made(row))
    return found


def _batches(values: Iterable[str]) -> Iterable[list[str]]:
    all_ = list(values)
    return (all_[i : i + BATCH] for i in range(0, len(all_), BATCH))
