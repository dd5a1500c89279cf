"""Items into their stories, on the connection that writes them: who is near, where they belong, what that changes.

Inside one transaction: two polls that bring one letter at once cannot both begin its story, and a kill leaves the item
with its story or neither. The deciding is `bot.stories`; here is only what it is asked of, and what comes of it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Integer, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Item, Joined
from bot.store import rows, vectors
from bot.store import tables as t
from bot.store.packed import restored
from bot.store.rows import batches
from bot.store.unwritten import Unwritten
from bot.store.vectors import Meaning
from bot.stories import WINDOW, Filing, Join, Telling, bill_mark, filing, headline_first, place, stays, telling

FULL = 40
"""Items filed under one mark within the window: what more have is a notice or an agency's copy, and these will do."""

MOST_COPIES = 24
MOST_REWRITES = 12
"""Items looked at closely for one that is new: those that share the rarest marks, and those nearest in meaning."""

FEWEST_SHARED = 2
"""Marks in common from which on two items are looked at: one is chance, or a phrase of the day."""

NEAR = 0.45
"""Cosine below which nobody looks: of the hand-checked rewrites none is further from its nearest."""


@dataclass(frozen=True, kw_only=True)
class Placeable:
    """An item as it is stored under `n`, with its vector where it has one at this moment."""

    n: int
    item: Item
    meaning: Meaning | None = None

    @property
    def day(self) -> int:
        """The day it came out, counted from 1 January of the year 1."""
        return self.item.published.toordinal()

    @property
    def filing(self) -> Filing:
        """What it is filed under."""
        return _filing(self.item)

    @property
    def telling(self) -> Telling:
        """What it tells."""
        told = _told(self.item)
        return told if self.meaning is None else replace(told, vector=self.meaning.vector)


@lru_cache(maxsize=256)
def _told(item: Item) -> Telling:
    # A millisecond each, and what comes together is compared with the same few: 100 copies of a report, an import.
    return telling(item, filed=_filing(item))


@lru_cache(maxsize=256)
def _filing(item: Item) -> Filing:
    return filing(item)


# -- placing --------------------------------------------------------------------------------------------------


async def put(c: AsyncConnection, new: Placeable, unwritten: Unwritten) -> None:
    """Find the story of an item that has none, and write it down as of when the item was first seen.

    The marks, and a story that begins, are left in `unwritten`.
    """
    now = new.item.first_seen  # also where it waited: what was told of it meanwhile was told of what it is
    filed = await _filed(c, new, unwritten)
    near: dict[int, list[Telling]] = {}
    if filed or new.meaning is not None or new.filing.bill is not None:
        await unwritten.write(c)
        near = await _near(c, new, filed)
    joins = await _allowed(c, place(new.telling, near)) if near else []
    unwritten.file(new.n, new.day, _free(new, filed))
    if not joins:
        seen = {"headline": new.item.id, "first_seen": now, "last_seen": now}
        await unwritten.begin(c, seen, _placing(new, now, "first"))
        return
    await unwritten.write(c)
    await _join(c, new, now, joins[0])
    for also in joins[1:]:
        # Other words join the whole of a story only where the whole of it was compared.
        if also.how == "copy" or len(await members(c, also.story_id)) == len(near[also.story_id]):
            await merge(c, joins[0].story_id, also.story_id)


async def change(c: AsyncConnection, old: Placeable, new: Placeable, now: datetime) -> None:
    """File an item whose words changed, and let it move where no editor said otherwise."""
    story = await story_of(c, new.item.id)
    if story is None:
        return  # it is still to be placed
    await _unfile(c, old)
    filed = await _filed(c, new)
    await _file(c, new, filed)
    values = {"day": new.day, "meant": new.meaning is not None}
    await c.execute(update(t.story_items).where(t.story_items.c.item_id == new.item.id).values(values))
    if not await _is_named(c, new.item.id):
        await _move(c, new, now, story, await _near(c, new, filed))
    await settle(c, story)


async def _move(c: AsyncConnection, new: Placeable, now: datetime, story: int, near: dict[int, list[Telling]]) -> None:
    """Move an item out of its story where it is no longer half like any other there, or is alone and now like one."""
    own = near.pop(story, [])
    has_others = len(await members(c, story)) > 1
    if has_others and stays(new.telling, own):
        return
    joins = await _allowed(c, place(new.telling, near))
    if has_others:
        await _leave_told(c, story, new.item.id)
    if joins:
        await _join(c, new, now, joins[0])
    elif has_others:
        await _begin(c, new, now)


async def _leave_told(c: AsyncConnection, story: int, leaving: str) -> None:
    """Let the items that stay count as told to whoever was told of the one that leaves: it was told as their story."""
    readers = (await c.execute(select(t.told.c.subscriber_id, t.told.c.key).where(t.told.c.item_id == leaving))).all()
    staying = [item for item in await members(c, story) if item != leaving]
    told = [{"subscriber_id": r.subscriber_id, "item_id": item, "key": r.key} for r in readers for item in staying]
    if told:
        await c.execute(upsert(t.told).on_conflict_do_nothing(), told)


async def give_up_address(c: AsyncConnection, old: Placeable) -> None:
    """File an item without its address, where other news stands now: else the two would be copies of each other."""
    kept = replace(old, item=replace(old.item, address=""))
    await c.execute(update(t.items).where(t.items.c.id == old.item.id).values(address=""))
    if await story_of(c, old.item.id) is not None:
        await _unfile(c, old)
        await _file(c, kept, await _filed(c, kept))


async def _allowed(c: AsyncConnection, joins: Sequence[Join]) -> list[Join]:
    """Leave out stories that an editor set apart from a surer one, or that were told to others than the surest."""
    kept: list[Join] = []
    for join in joins:
        if not kept or await _may_be_one(c, [one.story_id for one in kept], join.story_id):
            kept.append(join)
    return kept


async def _may_be_one(c: AsyncConnection, kept: Sequence[int], story: int) -> bool:
    # Who was told one of them would never be told the other.
    if await _readers(c, kept[0]) != await _readers(c, story):
        return False
    return not any([await apart_by(c, one, story) for one in kept])


async def _readers(c: AsyncConnection, story: int) -> set[str]:
    asked = select(t.told.c.subscriber_id).distinct().join(t.story_items, t.story_items.c.item_id == t.told.c.item_id)
    return set(await c.scalars(asked.where(t.story_items.c.story_id == story)))


async def apart_by(c: AsyncConnection, one: int, other: int) -> int | None:
    """Return the number of an edit in force that keeps two stories apart; None: there is none."""
    mine, theirs = t.story_edit_items.alias(), t.story_edit_items.alias()
    here, there = t.story_items.alias(), t.story_items.alias()
    asked = (
        select(t.story_edits.c.n)
        .join(mine, mine.c.item_id == here.c.item_id)
        .join(t.story_edits, t.story_edits.c.n == mine.c.edit_n)
        .join(theirs, (theirs.c.edit_n == mine.c.edit_n) & (theirs.c.side != mine.c.side))
        .join(there, there.c.item_id == theirs.c.item_id)
        .where(here.c.story_id == one, there.c.story_id == other)
        .where(t.story_edits.c.kind == "split", t.story_edits.c.undone.is_(None))
    )
    return await c.scalar(asked.limit(1))


async def _is_named(c: AsyncConnection, item_id: str) -> bool:
    """Did an editor say where this item belongs?"""
    named = select(t.story_edits.c.n).join(t.story_edit_items, t.story_edit_items.c.edit_n == t.story_edits.c.n)
    named = named.where(t.story_edit_items.c.item_id == item_id, t.story_edits.c.undone.is_(None))
    return (await c.execute(named.limit(1))).first() is not None


# -- stories --------------------------------------------------------------------------------------------------


async def story_of(c: AsyncConnection, item_id: str) -> int | None:
    """Return the story that an item is in; None: it is not placed yet, or there is no such item."""
    return await c.scalar(select(t.story_items.c.story_id).where(t.story_items.c.item_id == item_id))


async def members(c: AsyncConnection, story: int) -> list[str]:
    """Return the ids of a story's items."""
    return list(await c.scalars(select(t.story_items.c.item_id).where(t.story_items.c.story_id == story)))


async def merge(c: AsyncConnection, into: int, other: int) -> None:
    """Move all items of the story `other` into the story `into`."""
    await c.execute(update(t.story_items).where(t.story_items.c.story_id == other).values(story_id=into))
    await settle(c, other)
    await settle(c, into)


async def part(c: AsyncConnection, story: int, leaving: Sequence[str], now: datetime) -> int:
    """Move these items out of a story into a new one, and return it. How they once came to theirs stays written."""
    new = await _new_story(c, leaving[0], now)
    for some in batches(leaving):
        await c.execute(update(t.story_items).where(t.story_items.c.item_id.in_(some)).values(story_id=new))
    await settle(c, story)
    await settle(c, new)
    return new


async def settle(c: AsyncConnection, story: int) -> None:
    """Write down a story's headline and times from its items; forget a story without any."""
    of_story = select(t.items).join(t.story_items, t.story_items.c.item_id == t.items.c.id)
    found = [rows.item(row) for row in await c.execute(of_story.where(t.story_items.c.story_id == story))]
    if not found:
        await c.execute(delete(t.stories).where(t.stories.c.id == story))
        return
    seen = [item.first_seen for item in found]
    values = {"headline": min(found, key=headline_first).id, "first_seen": min(seen), "last_seen": max(seen)}
    await c.execute(update(t.stories).where(t.stories.c.id == story).values(values))


async def _new_story(c: AsyncConnection, headline: str, seen: datetime) -> int:
    row = {"headline": headline, "first_seen": seen, "last_seen": seen}
    return int((await c.execute(_NEW_STORY, row)).scalar_one())


_NEW_STORY = insert(t.stories).returning(t.stories.c.id)


async def _begin(c: AsyncConnection, new: Placeable, now: datetime) -> None:
    story = await _new_story(c, new.item.id, new.item.first_seen)
    await _write(c, new, now, story, "first")


async def _join(c: AsyncConnection, new: Placeable, now: datetime, join: Join) -> None:
    await _write(c, new, now, join.story_id, join.how, because=join.because, probability=join.probability)
    story = (await c.execute(select(t.stories).where(t.stories.c.id == join.story_id))).one()
    # Only the headline is looked at: a story of a hundred copies is not read again for each.
    headline = (await c.execute(select(t.items).where(t.items.c.id == story.headline))).one()
    values = {
        "headline": min(rows.item(headline), new.item, key=headline_first).id,
        "first_seen": min(story.first_seen, new.item.first_seen),
        "last_seen": max(story.last_seen, new.item.first_seen),
    }
    await c.execute(update(t.stories).where(t.stories.c.id == join.story_id).values(values))


async def _write(c: AsyncConnection, new: Placeable, now: datetime, story: int, how: Joined, **why: Any) -> None:
    await c.execute(_WRITTEN, {"story_id": story} | _placing(new, now, how, **why))


def _placing(new: Placeable, now: datetime, how: Joined, **why: Any) -> dict[str, Any]:
    """Return a row of `story_items` without its story."""
    row = {"joined": now, "how": how, "because": None, "probability": None} | why
    return row | {"day": new.day, "meant": new.meaning is not None, "item_id": new.item.id}


def _written() -> Any:
    new = upsert(t.story_items)
    rest = {column.name: new.excluded[column.name] for column in t.story_items.c if column.name != "item_id"}
    return new.on_conflict_do_update(index_elements=["item_id"], set_=rest)


_WRITTEN = _written()


# -- who is near ----------------------------------------------------------------------------------------------


_Filed = dict[int, list[int]]
"""The `n` of items by the mark under which they are filed."""


async def _near(c: AsyncConnection, new: Placeable, filed: _Filed) -> dict[int, list[Telling]]:
    """Return the items within the window that may tell the same, by marks and by meaning, and those of its bill."""
    ids = {*await _sharing(c, new, filed), *await _meaning_alike(c, new), *await _of_its_bill(c, new)}
    found = [row for some in batches(ids) for row in await c.execute(_placed.where(t.items.c.id.in_(some)))]
    known = await vectors.of(c, [row.id for row in found if row.meant], new.meaning.model) if new.meaning else {}
    near: defaultdict[int, list[Telling]] = defaultdict(list)
    for row in found:
        meaning = replace(new.meaning, vector=known[row.id]) if new.meaning and row.id in known else None
        near[row.story_id].append(Placeable(n=row.n, item=rows.item(row), meaning=meaning).telling)
    return near


_placed = select(t.items, t.story_items.c.story_id, t.story_items.c.meant).join(
    t.story_items, t.story_items.c.item_id == t.items.c.id
)


async def _sharing(c: AsyncConnection, new: Placeable, filed: _Filed) -> list[str]:
    """Return the ids of the items that share most marks with this one, a mark counting the more the fewer have it."""
    shared: defaultdict[int, float] = defaultdict(float)
    times: Counter[int] = Counter()
    enough = new.filing.marks | {new.filing.headline}
    for mark, ns in filed.items():
        for n in ns:
            shared[n] += 1 / len(ns)
            times[n] += FEWEST_SHARED if mark in enough else 1
    best = sorted((n for n in shared if times[n] >= FEWEST_SHARED), key=lambda n: (-shared[n], n))[:MOST_COPIES]
    return list(await c.scalars(select(t.items.c.id).where(t.items.c.n.in_(best)))) if best else []


async def _of_its_bill(c: AsyncConnection, new: Placeable) -> list[str]:
    """Return the ids of other versions and actions of the same bill, however long ago: they are one story."""
    if new.filing.bill is None:
        return []
    marks = t.story_marks.c
    asked = select(t.items.c.id).join(t.story_marks, marks.n == t.items.c.n).where(marks.n != new.n)
    return list(await c.scalars(asked.where(marks.mark == bill_mark(new.filing.bill)).limit(MOST_COPIES)))


async def _filed(c: AsyncConnection, new: Placeable, unwritten: Unwritten | None = None) -> _Filed:
    """Return for each of the item's marks which other items are filed under it within the window."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    first, last = new.day - WINDOW, new.day + WINDOW
    # One value for a hundred marks: naming each to the database takes longer than finding them.
    asked = {"own": new.n, "first": first, "last": last, "marks": json.dumps(list(new.filing.sketch))}
    for mark, n in await c.execute(_FILED, asked):
        found[mark].append(n)
    if unwritten is not None:
        for mark in new.filing.sketch:
            if others := unwritten.filed(mark, first, last):
                found[mark] += others
    return found


def _free(new: Placeable, filed: _Filed) -> list[int]:
    """Return the item's marks under which there are not enough others already."""
    return [mark for mark in new.filing.sketch if len(filed.get(mark, ())) < FULL]


_GIVEN = func.json_each(bindparam("marks")).table_valued("value").c.value
_MARKS = t.story_marks.c
_FILED = select(_MARKS.mark, _MARKS.n).where(
    _MARKS.day.between(bindparam("first"), bindparam("last")),
    _MARKS.n != bindparam("own"),
    _MARKS.mark.in_(select(_GIVEN)),
)


async def _file(c: AsyncConnection, new: Placeable, filed: _Filed) -> None:
    await c.execute(_MARKED, {"day": new.day, "n": new.n, "marks": json.dumps(_free(new, filed))})


_MARKED = (
    insert(t.story_marks)
    .prefix_with("OR IGNORE")
    .from_select(["mark", "day", "n"], select(_GIVEN, bindparam("day", type_=Integer), bindparam("n", type_=Integer)))
)


async def _unfile(c: AsyncConnection, old: Placeable) -> None:
    marks = t.story_marks.c
    for some in batches(old.filing.sketch):
        mine = marks.mark.in_(some) & (marks.day == old.day) & (marks.n == old.n)
        await c.execute(delete(t.story_marks).where(mine))


async def _meaning_alike(c: AsyncConnection, new: Placeable) -> list[str]:
    """Return the ids of the items nearest in meaning, of those that were placed with a vector."""
    if new.meaning is None:
        return []
    placed = t.story_items.c
    asked = (
        select(placed.item_id, t.vectors.c.vector)
        .join(t.items, t.items.c.id == placed.item_id)
        .join(t.vectors, t.vectors.c.n == t.items.c.n)
        .join(t.vector_models, t.vector_models.c.id == t.vectors.c.model_id)
        .where(placed.meant, placed.day.between(new.day - WINDOW, new.day + WINDOW), placed.item_id != new.item.id)
        .where(t.vector_models.c.name == new.meaning.model)
    )
    found = (await c.execute(asked)).all()
    if not found:
        return []
    cosines = restored([row.vector for row in found]) @ new.meaning.vector
    nearest = np.argsort(-cosines, kind="stable")[:MOST_REWRITES]
    return [found[n].item_id for n in nearest if cosines[n] >= NEAR]
