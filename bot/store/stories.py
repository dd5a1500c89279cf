"""Stories as they are stored: who is in one, its history, and what editors say of it, which sticks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import Refused
from bot.records import Chronicle, Gathered, Judged, Membership, StoryEdit
from bot.store import placing, rows, vectors
from bot.store import tables as t
from bot.store.asking import judged, named
from bot.store.placing import Placeable, apart_by, members, merge, part, story_of
from bot.store.rows import batches
from bot.store.transactions import Transactions
from bot.store.unwritten import Unwritten
from bot.store.vectors import Meaning
from bot.stories import headline_first

LONGEST_NUMBER = 9
"""Digits of a story's number that we look for: an item's id has 10 characters."""


class KeptStories:
    """Every method is one transaction. Refused: what an editor asks cannot be done; then nothing is changed."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # -- ask -----------------------------------------------------------------------------------------------

    async def named(self, name: str) -> Chronicle | None:
        """Return the story with this number, or the one of the item with this id (or its beginning) or address."""
        async with self._transactions.reading() as c:
            story = await _story_named(c, name)
            return await _chronicle(c, story) if story is not None else None

    async def numbers(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the stories that these items are in, by the items' ids; one still waits: not named."""
        async with self._transactions.reading() as c:
            return await _placed(c, ids)

    async def gathered(self, found: Sequence[Judged], community: str | None = None) -> list[Gathered]:
        """Return the stories of these items, which the reader follows, each with the others in it.

        An item that is still to be placed is a story of its own, without a number.
        """
        async with self._transactions.reading() as c:
            placed = await _placed(c, [one.item.id for one in found])
            followed: defaultdict[int | str, list[Judged]] = defaultdict(list)
            for one in found:
                followed[placed.get(one.item.id, one.item.id)].append(one)
            others = await _others(c, [story for story in followed if isinstance(story, int)], found, community)
        return [
            Gathered(
                story_id=story if isinstance(story, int) else None,
                followed=_in_order(some),
                others=_in_order(others[story]) if isinstance(story, int) else (),
            )
            for story, some in followed.items()
        ]

    # -- place ---------------------------------------------------------------------------------------------

    async def waiting(self) -> int:
        """Return how many items are still to be placed: those that were there before there were stories."""
        async with self._transactions.reading() as c:
            items = await c.scalar(select(func.count()).select_from(t.items)) or 0
            return items - (await c.scalar(select(func.count()).select_from(t.story_items)) or 0)

    async def place_some(self, after: int, most: int) -> int | None:
        """Place at most `most` of the items that wait, those with an `n` above `after`, in order of arrival.

        Return the last one's `n`; None: there were none. Killed at any moment it goes on where it was.
        """
        is_placed = select(t.story_items.c.item_id).where(t.story_items.c.item_id == t.items.c.id).exists()
        asked = select(t.items).where(t.items.c.n > after, ~is_placed).order_by(t.items.c.n).limit(most)
        async with self._transactions.writing() as c:
            found = (await c.execute(asked)).all()
            known = await _flagged_vectors(c, [row.id for row in found])
            unwritten = Unwritten()
            for row in found:
                await placing.put(c, Placeable(n=row.n, item=rows.item(row), meaning=known.get(row.id)), unwritten)
            await unwritten.write(c)
            return found[-1].n if found else None

    # -- edit ----------------------------------------------------------------------------------------------

    async def merge(self, names: Sequence[str], by: str, now: datetime) -> Chronicle:
        """Make one story of several, and return it: the one with the lowest number takes in the others.

        Its items stay together: nothing that is found out later takes them apart again.
        """
        async with self._transactions.writing() as c:
            stories = sorted({await _must_be_named(c, name) for name in names})
            if len(stories) < 2:
                raise Refused("these are one story already")
            await _write_edit(c, "merge", [await members(c, story) for story in stories], by, now)
            for other in stories[1:]:
                await merge(c, stories[0], other)
            return await _chronicle(c, stories[0])

    async def split(self, name: str, items: Sequence[str], by: str, now: datetime) -> Chronicle:
        """Take items out of a story into a new one, and return that. They and those who stay are never joined again."""
        async with self._transactions.writing() as c:
            story = await _must_be_named(c, name)
            inside = await members(c, story)
            leaving = [await _must_be_in(c, item, inside) for item in dict.fromkeys(items)]
            if not leaving:
                raise Refused("no items are named; say which ones leave the story")
            staying = [item for item in inside if item not in leaving]
            if not staying:
                raise Refused("these are all its items; a story cannot be left empty")
            await _write_edit(c, "split", [staying, leaving], by, now)
            return await _chronicle(c, await part(c, story, leaving, now))

    async def undo(self, number: int, by: str, now: datetime) -> StoryEdit:
        """Take back an edit, as far as other edits in force allow, and return it.

        What joined since because of an item goes with that item. Refused: other edits allow none of it.
        """
        async with self._transactions.writing() as c:
            edit = await _edit(c, number)
            if edit is None or edit.undone is not None:
                raise Refused(f"there is no edit {number} in force; `lookout story` shows a story's edits")
            values = {"undone": now, "undone_by": by}
            await c.execute(update(t.story_edits).where(t.story_edits.c.n == number).values(values))
            await (_part_again(c, edit, now) if edit.kind == "merge" else _join_again(c, edit))
            again = await _edit(c, number)
        assert again is not None
        return again


async def _part_again(c: AsyncConnection, edit: StoryEdit, now: datetime) -> None:
    """Part the sides of a merge in whatever stories they are together now."""
    held, parted = set[int](), False
    for story, sides in (await _by_story(c, edit)).items():
        for side in sides[1:]:
            inside = await members(c, story)
            others = {item for other in sides if other is not side for item in other}
            leaving = await _with_followers(c, side, set(inside) - others)
            if holding := await _merges_of_both(c, [item for item in inside if item not in leaving], leaving):
                held |= holding
                continue
            await part(c, story, leaving, now)
            parted = True
    _must_have_changed(edit, held, changed=parted)


async def _by_story(c: AsyncConnection, edit: StoryEdit) -> dict[int, list[list[str]]]:
    """Return by story the items of each side of an edit that are in it."""
    placed = await _placed(c, [item for side in edit.sides for item in side])
    found: defaultdict[int, list[list[str]]] = defaultdict(list)
    for side in edit.sides:
        for story in dict.fromkeys(placed[item] for item in side):
            found[story].append([item for item in side if placed[item] == story])
    return found


async def _merges_of_both(c: AsyncConnection, some: Sequence[str], others: Sequence[str]) -> set[int]:
    """Return the numbers of the merges in force that made one story of these items and those."""
    named_, edits = t.story_edit_items.c, t.story_edits.c
    asked = select(named_.edit_n, named_.side).join(t.story_edits, edits.n == named_.edit_n)
    asked = asked.where(edits.kind == "merge", edits.undone.is_(None))
    mine, theirs = [
        {
            (row.edit_n, row.side)
            for part_ in batches(ids)
            for row in await c.execute(asked.where(named_.item_id.in_(part_)))
        }
        for ids in (some, others)
    ]
    return {n for n, side in mine for other, there in theirs if n == other and side != there}


def _must_have_changed(edit: StoryEdit, held: set[int], *, changed: bool) -> None:
    if held and not changed:
        others = ", ".join(map(str, sorted(held)))
        raise Refused(
            f"{edit.kind} {edit.number} cannot be undone while other edits of its items stand: undo {others} first"
        )


async def _with_followers(c: AsyncConnection, items: list[str], inside: set[str]) -> list[str]:
    found = list(items)
    for item in found:  # grows while it is read: followers have followers
        asked = select(t.story_items.c.item_id).where(t.story_items.c.because == item)
        found += [one for one in await c.scalars(asked) if one in inside and one not in found]
    return found


async def _join_again(c: AsyncConnection, edit: StoryEdit) -> None:
    """Join what a split parted, the first story first, but for what another split keeps apart from it."""
    first, *rest = sorted(await _by_story(c, edit))
    held, joined = set[int](), False
    for story in rest:
        if (apart := await apart_by(c, first, story)) is not None:
            held.add(apart)
            continue
        await merge(c, first, story)
        joined = True
    _must_have_changed(edit, held, changed=joined)


# -- on a connection ------------------------------------------------------------------------------------------


async def _story_named(c: AsyncConnection, name: str) -> int | None:
    # Its number first: with a million items the beginnings of their ids take up many numbers. A whole id is longer.
    numbered = await _numbered(c, name)
    if numbered is not None:
        return numbered
    row = await named(c, name)
    return await story_of(c, row.id) if row else None


async def _numbered(c: AsyncConnection, name: str) -> int | None:
    if not name.isdecimal() or len(name) > LONGEST_NUMBER or name != str(int(name)):
        return None
    return await c.scalar(select(t.stories.c.id).where(t.stories.c.id == int(name)))


async def _must_be_named(c: AsyncConnection, name: str) -> int:
    story = await _story_named(c, name)
    if story is None:
        raise Refused(f"no story {name!r}; give its number, or the id or address of an item in it")
    return story


async def _must_be_in(c: AsyncConnection, name: str, inside: Sequence[str]) -> str:
    row = await named(c, name)
    if row is None or row.id not in inside:
        raise Refused(f"no item {name!r} in that story; `lookout story` shows its items")
    return str(row.id)


async def _placed(c: AsyncConnection, ids: Sequence[str]) -> dict[str, int]:
    asked = select(t.story_items.c.item_id, t.story_items.c.story_id)
    found = [row for some in batches(ids) for row in await c.execute(asked.where(t.story_items.c.item_id.in_(some)))]
    return {row.item_id: row.story_id for row in found}


async def _others(
    c: AsyncConnection, stories: Sequence[int], found: Sequence[Judged], community: str | None
) -> dict[int, list[Judged]]:
    known = {one.item.id for one in found}
    asked = _with_items()
    hits = [r for some in batches(stories) for r in await c.execute(asked.where(t.story_items.c.story_id.in_(some)))]
    lacking = [row for row in hits if row.id not in known]
    others: defaultdict[int, list[Judged]] = defaultdict(list)
    for row, one in zip(lacking, await judged(c, lacking, community), strict=True):
        others[row.story_id].append(one)
    return others


def _with_items() -> Select[tuple[object, ...]]:
    placed = t.story_items.c
    columns = (placed.story_id, placed.joined, placed.how, placed.because, placed.probability)
    return select(t.items, *columns).join(t.story_items, placed.item_id == t.items.c.id)


def _in_order(some: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(sorted(some, key=lambda one: headline_first(one.item)))


async def _chronicle(c: AsyncConnection, story: int) -> Chronicle:
    row = (await c.execute(select(t.stories).where(t.stories.c.id == story))).one()
    found = (await c.execute(_with_items().where(t.story_items.c.story_id == story))).all()
    edits = await _edits_of(c, [r.id for r in found])
    return Chronicle(
        id=story,
        items=tuple(sorted((_membership(r, edits) for r in found), key=lambda one: headline_first(one.item))),
        edits=edits,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )


def _membership(row: Row[Any], edits: Sequence[StoryEdit]) -> Membership:
    """Return how an item came to its story: by a split in force, else as it was placed."""
    splits = [edit.at for edit in edits if edit.kind == "split" and edit.undone is None and row.id in edit.sides[1]]
    if splits:
        return Membership(item=rows.item(row), joined=max(splits), how="editor", because=None, probability=None)
    return Membership(
        item=rows.item(row), joined=row.joined, how=row.how, because=row.because, probability=row.probability
    )


async def _edits_of(c: AsyncConnection, items: Sequence[str]) -> tuple[StoryEdit, ...]:
    named_ = t.story_edit_items.c
    asked = select(named_.edit_n).distinct()
    numbers = {n for some in batches(items) for n in await c.scalars(asked.where(named_.item_id.in_(some)))}
    return tuple([edit for n in sorted(numbers) if (edit := await _edit(c, n)) is not None])


async def _edit(c: AsyncConnection, number: int) -> StoryEdit | None:
    row = (await c.execute(select(t.story_edits).where(t.story_edits.c.n == number))).one_or_none()
    if row is None:
        return None
    named_ = t.story_edit_items.c
    asked = select(named_.side, named_.item_id).where(named_.edit_n == number).order_by(named_.side, named_.item_id)
    sides: defaultdict[int, list[str]] = defaultdict(list)
    for side, item in await c.execute(asked):
        sides[side].append(item)
    kept = {name: getattr(row, name) for name in ("kind", "by", "at", "undone", "undone_by")}
    return StoryEdit(number=number, sides=tuple(tuple(sides[n]) for n in sorted(sides)), **kept)


async def _write_edit(c: AsyncConnection, kind: str, sides: Sequence[Sequence[str]], by: str, now: datetime) -> None:
    made = await c.execute(insert(t.story_edits).values(kind=kind, by=by, at=now).returning(t.story_edits.c.n))
    number = made.scalar_one()
    told = [{"edit_n": number, "item_id": item, "side": n} for n, side in enumerate(sides) for item in side]
    await c.execute(insert(t.story_edit_items), told)


async def _flagged_vectors(c: AsyncConnection, ids: Sequence[str]) -> dict[str, Meaning]:
    asked = select(t.matches.c.item_id).distinct().where(t.matches.c.flagged)
    flagged = [i for some in batches(ids) for i in await c.scalars(asked.where(t.matches.c.item_id.in_(some)))]
    model = await c.scalar(select(t.vector_models.c.name).where(t.vector_models.c.serving)) if flagged else None
    if model is None:
        return {}
    return {i: Meaning(model=model, vector=vector) for i, vector in (await vectors.of(c, flagged, model)).items()}
