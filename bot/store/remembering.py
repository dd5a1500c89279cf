"""What one poll taught us, written down on a connection: keys, sightings, revisions, matches, mentions."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Attachment, Capture, FeedState, Further, Item, Match, Mention, Offer
from bot.store import evidence, feedback, further, hubs, placing, rows, vectors
from bot.store import tables as t
from bot.store.placing import Placeable
from bot.store.unwritten import Unwritten
from bot.store.vectors import Meaning
from bot.stories import is_other_news, telling


@dataclass(frozen=True, kw_only=True)
class Known:
    """What we know of an entry.

    `how`: never seen; seen, but in another feed; seen here with other words; seen as it is. `seen`: when first in this
    feed. `tries`: how often what it leads to could not be read, while that is still to be; None: it is read.
    """

    how: Literal["unseen", "elsewhere", "changed", "known"]
    seen: datetime | None = None
    tries: int | None = None


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """An item as one feed shows it now. `fingerprint` hashes what the feed said of it.

    `tries`: how often what it leads to could not be read, while that is still to be; None: it is read.
    `meaning`: its vector, where it is at hand; else it is made later. `theirs`: what communities' heads say of it.
    `captures`: what it came of this time, as it was sent.
    `attachments`: its letters, on which the matches are made too.
    """

    item: Item
    keys: tuple[str, ...]
    fingerprint: str
    tries: int | None = None
    matches: tuple[Match, ...] = ()
    mentions: tuple[Mention, ...] = ()
    meaning: Meaning | None = None
    theirs: tuple[tuple[str, Match], ...] = ()
    captures: tuple[Capture, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Poll:
    """Everything one poll of one feed taught us, remembered whole or not at all. `state` None: an import, no poll.

    `read`: was there a document to read? Then `offer` is where it says that it is pushed. `named`: the further
    documents that its entries name, `since` the feed's last success before it, as of which what they tell is new.
    `read_on`: the feed and the further document that this tells of, instead of its list.
    """

    state: FeedState | None
    sightings: tuple[Sighting, ...] = ()
    offer: Offer | None = None
    read: bool = False
    named: tuple[Further, ...] = ()
    since: datetime | None = None
    read_on: tuple[str, Further] | None = None


async def known(c: AsyncConnection, feed_id: str, entries: Sequence[tuple[tuple[str, ...], str]]) -> list[Known]:
    """Say for each (keys, fingerprint) that `feed_id` lists now whether it is news. Same length and order."""
    ids = await _ids(c, (key for keys, _ in entries for key in keys))
    seen = await _sightings(c, feed_id, set(ids.values()))
    return [_known(next((ids[k] for k in keys if k in ids), None), mark, seen) for keys, mark in entries]


async def remember(c: AsyncConnection, polls: Sequence[Poll]) -> list[Item]:
    """Write polls, and return the items that are new."""
    states = [poll.state for poll in polls if poll.state is not None]
    if states:
        await c.execute(_STATED, [rows.of_state(state) for state in states])
    for poll in polls:
        if poll.state is not None:
            await further.put(c, poll.state.feed_id, poll.named, poll.since)
        if poll.read_on is not None:
            await further.put_read(c, *poll.read_on)
    await hubs.put(c, {poll.state.feed_id: poll.offer for poll in polls if poll.state is not None and poll.read})
    unwritten = Unwritten()
    new = [item for poll in polls for item in await _remember_poll(c, poll, unwritten)]
    await unwritten.write(c)
    return new


async def _remember_poll(c: AsyncConnection, poll: Poll, unwritten: Unwritten) -> list[Item]:
    if not poll.sightings:
        return []
    await unwritten.write_keys(c)  # what other polls show may be here too
    ids = await _ids(c, (key for s in poll.sightings for key in s.keys))
    told = [await _remember(c, sighting, ids, unwritten) for sighting in poll.sightings]
    shown = zip(poll.sightings, told, strict=True)
    await c.execute(_SHOWN, [_sighting_row(sighting, item_id) for sighting, (item_id, _) in shown])
    await evidence.put(c, {ids[s.keys[0]]: s.captures for s in poll.sightings if s.captures})
    return [item for _, item in told if item is not None]


def _known(item_id: str | None, fingerprint: str, seen: Mapping[str, Row[*tuple[Any, ...]]]) -> Known:
    if item_id is None:
        return Known(how="unseen")
    before = seen.get(item_id)
    if before is None:
        return Known(how="elsewhere")
    how: Literal["known", "changed"] = "known" if before.fingerprint == fingerprint else "changed"
    return Known(how=how, seen=before.seen, tries=before.tries)


async def _ids(c: AsyncConnection, keys: Iterable[str]) -> dict[str, str]:
    asked = json.dumps(list(dict.fromkeys(keys)))
    return {row.key: row.item_id for row in await c.execute(_IDENTIFIED, {"given": asked})}


async def _sightings(c: AsyncConnection, feed_id: str, ids: Iterable[str]) -> dict[str, Row[*tuple[Any, ...]]]:
    asked = {"feed": feed_id, "given": json.dumps(list(ids))}
    return {row.item_id: row for row in await c.execute(_SEEN, asked)}


async def _remember(
    c: AsyncConnection, sighting: Sighting, ids: dict[str, str], unwritten: Unwritten
) -> tuple[str, Item | None]:
    """Write what a sighting shows; return its item's id, and the item if it is new.

    `ids` is kept current, so twins in one poll are one item.
    """
    item = sighting.item
    if any(key in ids for key in sighting.keys):
        await unwritten.write(c)
    item_id, gone = await _same_news(c, sighting, ids)
    if gone:
        await _give_way(c, gone, sighting, ids)
    if item_id is None:
        n, item = await _added(c, item)
        await _attach(c, item.id, sighting.attachments)
        await _judge(c, item.id, sighting)
        await placing.put(c, Placeable(n=n, item=item, meaning=sighting.meaning), unwritten)
    elif (before := await _rewritten(c, item_id, sighting)) is not None:
        for table in (t.matches, t.mentions, t.community_matches):
            await c.execute(delete(table).where(table.c.item_id == item_id))
        await _judge(c, item_id, sighting)
        await placing.change(c, before, await _placeable(c, item_id, sighting.meaning), item.first_seen)
    if item_id is not None and item.held is None:
        # It came with an archive, and only now does a feed bring it as news.
        fresh = update(t.items).where(t.items.c.id == item_id, t.items.c.held == "import")
        brought = await c.execute(fresh.values(held=None, first_seen=item.first_seen))
        if brought.rowcount and (story := await placing.story_of(c, item_id)) is not None:
            await placing.settle(c, story)
    known = item_id or item.id
    unknown = [key for key in sighting.keys if key not in ids]
    unwritten.know(known, unknown)
    ids.update((key, known) for key in unknown)
    return known, None if item_id else item


async def _added(c: AsyncConnection, item: Item) -> tuple[int, Item]:
    """Write a new item and return its `n`, and the item as it is called now.

    Its id may be another's: whose address it stands at, or whose feed was called as its own is now.
    """
    while (n := (await c.execute(_ADDED, rows.of_item(item))).scalar()) is None:
        item = replace(item, id=_other_id(item))
    return n, item


def _sighting_row(sighting: Sighting, item_id: str) -> dict[str, Any]:
    item = sighting.item
    row = {"item_id": item_id, "feed_id": item.feed_id, "source": item.source, "url": item.url}
    return row | {"seen": item.first_seen, "fingerprint": sighting.fingerprint, "tries": sighting.tries}


async def _same_news(c: AsyncConnection, sighting: Sighting, ids: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """Return the item that a sighting shows again, and those whose place it has taken with other news."""
    gone: list[str] = []
    for item_id in dict.fromkeys(ids[key] for key in sighting.keys if key in ids):
        if not await _is_other_news(c, item_id, sighting.item):
            return item_id, gone
        gone.append(item_id)
    return None, gone


async def _is_other_news(c: AsyncConnection, item_id: str, new: Item) -> bool:
    old = rows.item((await c.execute(select(t.items).where(t.items.c.id == item_id))).one())
    if (old.title, old.text) == (new.title, new.text):
        return False
    # Another feed may tell of a page in its own words, and an article that is read at last says more than its teaser.
    comparable = old.held == "import" or (old.feed_id, old.text_from) == (new.feed_id, new.text_from)
    return comparable and is_other_news(telling(old), telling(new))


async def _give_way(c: AsyncConnection, gone: Sequence[str], sighting: Sighting, ids: dict[str, str]) -> None:
    """Let items go on without the keys and the address under which other news stands now."""
    taken = [key for key in sighting.keys if ids.get(key) in gone]
    for key in taken:
        del ids[key]
    await c.execute(delete(t.keys).where(t.keys.c.key.in_(taken)))
    for item_id in gone:
        old = await _placeable(c, item_id)
        if old.item.address == sighting.item.address:
            await placing.give_up_address(c, old)


def _other_id(item: Item) -> str:
    """Return another id for news whose own is taken; as long, in the same letters."""
    said = "\n".join((item.id, item.title, item.text))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[: len(item.id)]


async def _placeable(c: AsyncConnection, item_id: str, meaning: Meaning | None = None) -> Placeable:
    row = (await c.execute(select(t.items).where(t.items.c.id == item_id))).one()
    return Placeable(n=row.n, item=rows.item(row), meaning=meaning)


async def _rewritten(c: AsyncConnection, item_id: str, sighting: Sighting) -> Placeable | None:
    """Take over what an item says now, and its letters, if it is of its own feed or a better place.

    Return what it was, if any words differ.
    """
    item = sighting.item
    old = (await c.execute(select(t.items).where(t.items.c.id == item_id))).one()
    if not _may_rewrite(old, item):
        return None
    other_letters = await _attached_anew(c, item_id, sighting.attachments)
    if (old.title, old.text) == (item.title, item.text):
        await _overwrite(c, item_id, item, ("url", "address"))  # a press office that moves its pages leaves no signs
        return Placeable(n=old.n, item=rows.item(old)) if other_letters else None
    revision = {"item_id": item_id, "seen": item.first_seen, "title": old.title, "text": old.text}
    await c.execute(upsert(t.revisions).values(revision).on_conflict_do_nothing())
    place, words = ("feed_id", "source", "category", "url", "address"), ("title", "text", "text_from", "language")
    await _overwrite(c, item_id, item, (*place, *words, "begins", "published", "day_only"))
    await vectors.forget(c, old.n)
    return Placeable(n=old.n, item=rows.item(old))


async def _attached_anew(c: AsyncConnection, item_id: str, attachments: Sequence[Attachment]) -> bool:
    """Put these attachments in the place of an item's others. Do their words differ?"""
    asked = select(t.attachments).where(t.attachments.c.item_id == item_id).order_by(t.attachments.c.place)
    before = [rows.attachment(row) for row in await c.execute(asked)]
    if before == list(attachments):
        return False
    await c.execute(delete(t.attachments).where(t.attachments.c.item_id == item_id))
    await _attach(c, item_id, attachments)
    return [(one.url, one.text) for one in before] != [(one.url, one.text) for one in attachments]


async def _attach(c: AsyncConnection, item_id: str, attachments: Sequence[Attachment]) -> None:
    if attachments:
        told = [asdict(one) | {"item_id": item_id, "place": place} for place, one in enumerate(attachments)]
        await c.execute(insert(t.attachments), told)


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
    matches = [asdict(m) | {"item_id": item_id, "flagged": m.likely} for m in sighting.matches]
    mentions = [asdict(m) | {"item_id": item_id} for m in sighting.mentions]
    if matches:
        await c.execute(insert(t.matches), [{k: v for k, v in row.items() if k != "verdict"} for row in matches])
    if mentions:
        await c.execute(insert(t.mentions), mentions)
    await feedback.put(c, [(community, replace(match, item_id=item_id)) for community, match in sighting.theirs])
    if sighting.meaning is not None:
        n = (await c.execute(select(t.items.c.n).where(t.items.c.id == item_id))).scalar_one()
        await vectors.put(c, sighting.meaning.model, [(n, sighting.meaning.vector)])


def _replacing(table: Any, keep: tuple[str, ...] = ()) -> Any:
    """Return what writes whole rows as `put` does, made once: to make a statement costs more than most take."""
    primary = [column.name for column in table.primary_key]
    new = upsert(table)
    rest = {column.name: new.excluded[column.name] for column in table.c if column.name not in (*primary, *keep)}
    return new.on_conflict_do_update(index_elements=primary, set_=rest)


_ADDED = upsert(t.items).on_conflict_do_nothing(index_elements=["id"]).returning(t.items.c.n)
_SHOWN = _replacing(t.sightings, keep=("seen",))
_STATED = _replacing(t.feeds, keep=("off", "told"))  # others may have written those meanwhile

# One value for a hundred: naming each to the database takes longer than finding them.
_GIVEN = select(func.json_each(bindparam("given")).table_valued("value").c.value)
_IDENTIFIED = select(t.keys.c.key, t.keys.c.item_id).where(t.keys.c.key.in_(_GIVEN))
_SEEN = select(t.sightings.c.item_id, t.sightings.c.fingerprint, t.sightings.c.seen, t.sightings.c.tries).where(
    t.sightings.c.feed_id == bindparam("feed"), t.sightings.c.item_id.in_(_GIVEN)
)


async def put(c: AsyncConnection, table: Any, row: Mapping[str, Any], keep: tuple[str, ...] = ()) -> None:
    """Insert the row, or update the one with the same primary key, except its `keep` columns."""
    primary = [column.name for column in table.primary_key]
    rest = {k: v for k, v in row.items() if k not in primary and k not in keep}
    await c.execute(upsert(table).values(dict(row)).on_conflict_do_update(index_elements=primary, set_=rest))
