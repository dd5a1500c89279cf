"""What new items bring, to be written for many at once: a statement each would cost more than all that it writes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import tables as t


class Unwritten:
    """Keys, stories and marks that one transaction is still to write; lost with it, as all that it wrote is.

    Whoever reads or changes keys, stories or marks calls `write` first. Who only asks for the items that are filed
    under marks also asks `filed`.
    """

    def __init__(self) -> None:
        self._keys: list[dict[str, str]] = []
        self._forget()

    def _forget(self) -> None:
        self._stories: list[dict[str, Any]] = []
        self._placed: list[Mapping[str, Any]] = []
        self._marks: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._next_story: int | None = None

    def know(self, item_id: str, keys: Iterable[str]) -> None:
        """Let an item be known under these keys."""
        self._keys += ({"key": key, "item_id": item_id} for key in keys)

    def file(self, n: int, day: int, marks: Iterable[int]) -> None:
        """File an item under these marks."""
        for mark in marks:
            self._marks[mark].append((day, n))

    def filed(self, mark: int, first: int, last: int) -> list[int]:
        """Return the items to be filed under a mark that came out from the day `first` to the day `last`."""
        return [n for day, n in self._marks.get(mark, ()) if first <= day <= last]

    async def begin(self, c: AsyncConnection, story: dict[str, Any], placed: Mapping[str, Any]) -> None:
        """Begin a story, a row of `stories` without its number, with one item, a row of `story_items` without it."""
        if self._next_story is None:
            self._next_story = (await c.scalar(_LAST_STORY) or 0) + 1
        self._stories.append({"id": self._next_story, **story})
        self._placed.append({"story_id": self._next_story, **placed})
        self._next_story += 1

    async def write_keys(self, c: AsyncConnection) -> None:
        """Write the keys alone."""
        if self._keys:
            await c.execute(_KEYS, self._keys)
            self._keys = []

    async def write(self, c: AsyncConnection) -> None:
        """Write all of it."""
        await self.write_keys(c)
        if self._stories:
            await c.execute(_STORIES, self._stories)
            await c.execute(_PLACED, self._placed)
        if self._marks:
            # In the order of their table: so most of them come to a page that the one before them was written on.
            rows = sorted((mark, day, n) for mark, items in self._marks.items() for day, n in items)
            await c.exec_driver_sql(_MARKS, rows)
        self._forget()


_LAST_STORY = select(func.max(t.stories.c.id))
_KEYS = upsert(t.keys).on_conflict_do_nothing()
_STORIES = insert(t.stories)
_PLACED = insert(t.story_items)
_MARKS = "INSERT OR IGNORE INTO story_marks (mark, day, n) VALUES (?, ?, ?)"
"""Given to the driver as it is: by way of SQLAlchemy a row, of which an item has seventy, takes thrice as long."""
