"""What items mean, as vectors: one for each item and model, of which one model serves searches.

    missing -> (embedded elsewhere) -> keep -> serve -> forget_others

The table is the truth. A file beside the database holds the same vectors side by side (packed.py), which a search
maps and compares in a tenth of the time of reading rows; it may be lost, and what it lacks is read from the table. A
new model's vectors grow beside the old, which serve until none is missing.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, Text, delete, exists, func, insert, select, type_coerce, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Item
from bot.store import tables as t
from bot.store.packed import Floats, Numbers, Packed, PackedFile, compact, joined, packed, restored
from bot.store.rows import batches
from bot.store.transactions import Transactions

TAIL = 2000
"""Vectors that may be newer than the file before it is written again: 10 ms of reading."""

PAGE = 20_000
"""Rows read or deleted at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Meaning:
    """An item's vector, of length 1, and the model that made it."""

    model: str
    vector: Floats


class KeptVectors:
    """The vectors of items. `folder`: where files that are derived from them stand."""

    def __init__(self, transactions: Transactions, folder: Path) -> None:
        self._transactions = transactions
        self._folder = folder

    async def serving(self) -> str | None:
        """Return the model whose vectors answer searches; None: there are no vectors yet."""
        async with self._transactions.reading() as c:
            model = await _serving(c)
            return model.name if model else None

    async def of(self, ids: Sequence[str], model: str | None = None) -> dict[str, Floats]:
        """Return the vectors of these items by id, but for those that have none. `model` None: the serving one."""
        async with self._transactions.reading() as c:
            return await of(c, ids, model)

    async def missing(self, model: str) -> list[int]:
        """Return the `n` of the items that have no vector of this model, the newest first."""
        async with self._transactions.reading() as c:
            return _without(await numbers(c, select(t.items.c.n)), await numbers(c, _of_model(model)))

    async def without(self, among: Numbers | None) -> int:
        """Return how many of these items (None: of all) no search can find by meaning yet."""
        async with self._transactions.reading() as c:
            model = await _serving(c)
            all_ = await c.scalar(select(func.count()).select_from(t.items)) or 0
            made = select(func.count()).where(t.vectors.c.model_id == (model.id if model else None))
            lacking = all_ - (await c.scalar(made) or 0)
            if among is None or not lacking:
                return lacking
            return len(_without(among, await numbers(c, _of_model(model.name if model else ""))))

    async def keep(self, model: str, items: Mapping[int, Item], vectors: Floats) -> int:
        """Write the vectors of these items, by `n`, in the same order, unless their words changed; return how many."""
        now = select(t.items.c.n, t.items.c.title, t.items.c.text)
        async with self._transactions.writing() as c:
            current = {
                row.n: (row.title, row.text)
                for some in batches(items)
                for row in await c.execute(now.where(t.items.c.n.in_(some)))
            }
            made = zip(items.items(), vectors, strict=True)
            told = [(n, vector) for (n, item), vector in made if current.get(n) == (item.title, item.text)]
            await put(c, model, told)
        return len(told)

    async def serve(self, model: str) -> bool:
        """Let searches use this model's vectors from now on. False: some items still have none, nothing has changed."""
        async with self._transactions.writing() as c:
            mine = t.vectors.c.model_id == await _model_id(c, model)
            lacks = select(t.items.c.n).where(~exists().where(t.vectors.c.n == t.items.c.n, mine)).limit(1)
            if (await c.execute(lacks)).first() is not None:
                return False
            await c.execute(update(t.vector_models).values(serving=t.vector_models.c.name == model))
            return True

    async def forget_others(self) -> int:
        """Delete the vectors of models that do not serve, some at a time; return how many there were."""
        others = select(t.vector_models.c.id).where(~t.vector_models.c.serving)
        some = select(t.vectors.c.k).where(t.vectors.c.model_id.in_(others)).limit(PAGE)
        gone = 0
        while True:
            async with self._transactions.writing() as c:
                deleted = (await c.execute(delete(t.vectors).where(t.vectors.c.k.in_(some)))).rowcount
                if not deleted:
                    marks = (await c.scalars(select(t.vector_models.c.mark).where(~t.vector_models.c.serving))).all()
                    await c.execute(delete(t.vector_models).where(~t.vector_models.c.serving))
                    break
            gone += deleted
        for mark in marks:
            self._file(mark).remove()
        return gone

    async def nearest(
        self, meaning: Meaning, among: Numbers | None, most: int, floor: float
    ) -> list[tuple[int, float]]:
        """Return (n, cosine) of the items nearest to `meaning` by the vectors of its model, the nearest first.

        `among`: the items that count, None all. Those below `floor` are left out. Nothing where the model's vectors are
        gone: another may have taken its place since the question was embedded.
        """
        vector, named = meaning.vector, t.vector_models.c.name == meaning.model
        async with self._transactions.reading() as c:
            model = (await c.execute(select(t.vector_models).where(named))).one_or_none()
            if model is None:
                return []
            parts = [part for part in await self._parts(c, model) if len(part)]
            found = [hit for part in parts for hit in await asyncio.to_thread(part.nearest, vector, among, most)]
            near = sorted((hit for hit in found if hit[2] >= floor), key=lambda hit: -hit[2])[:most]
            # The file may still hold the vector of words that have changed since.
            asked = select(t.vectors.c.k)
            ks = [k for k, _, _ in near]
            alive = {k for some in batches(ks) for k in await c.scalars(asked.where(t.vectors.c.k.in_(some)))}
        return [(n, round(cosine, 4)) for k, n, cosine in near if k in alive]

    async def settle(self) -> None:
        """Write the file, so that no search has to."""
        async with self._transactions.reading() as c:
            model = await _serving(c)
            if model is not None:
                await self._parts(c, model)

    async def _parts(self, c: AsyncConnection, model: Row[Any]) -> list[Packed]:
        """Return a model's vectors: those in the file, and those that are newer."""
        mine = t.vectors.c.model_id == model.id
        file = self._file(model.mark)
        known = await asyncio.to_thread(file.read)
        if not await _is_of_table(c, mine, known):
            known = packed([])
            with suppress(OSError):  # a read-only disk: then every search finds out anew
                await asyncio.to_thread(file.remove)
        newer = await _newer(c, mine, known.last)
        if len(newer) < TAIL:
            return [known, newer]
        whole = joined([known, newer])
        with suppress(OSError):  # a full or read-only disk: the next search reads the table again
            await asyncio.to_thread(file.write, whole)
        return [whole]

    def _file(self, mark: str) -> PackedFile:
        return PackedFile(self._folder / f"search-{mark}.bin")


async def put(c: AsyncConnection, model: str, told: Sequence[tuple[int, Floats]]) -> None:
    """Write the vectors of items, by `n`; the first model that has any serves. A vector it had is replaced."""
    if not told:
        return
    model_id = await _model_id(c, model)
    await _forget(c, [n for n, _ in told], [model_id])
    rows = compact(np.stack([vector for _, vector in told]))
    made = [{"model_id": model_id, "n": n, "vector": row} for (n, _), row in zip(told, rows, strict=True)]
    await c.execute(insert(t.vectors), made)


async def of(c: AsyncConnection, ids: Sequence[str], model: str | None) -> dict[str, Floats]:
    """Return the vectors of these items, by id, of one model; None: of the one that serves."""
    asked = select(t.items.c.id, t.vectors.c.vector).join(t.vectors, t.vectors.c.n == t.items.c.n)
    asked = asked.join(t.vector_models, t.vector_models.c.id == t.vectors.c.model_id)
    asked = asked.where(t.vector_models.c.serving if model is None else t.vector_models.c.name == model)
    found = [row for some in batches(ids) for row in await c.execute(asked.where(t.items.c.id.in_(some)))]
    return dict(zip([row.id for row in found], restored([row.vector for row in found]), strict=True))


async def forget(c: AsyncConnection, n: int) -> None:
    """Delete what an item meant before its words changed."""
    await _forget(c, [n], (await c.scalars(select(t.vector_models.c.id))).all())


async def numbers(c: AsyncConnection, asked: Select[Any]) -> Numbers:
    """Return the one column of whole numbers that is asked for, ascending.

    They come as one text: a million rows take 0.7 s, their text takes 0.2 s.
    """
    [one] = (column := asked.subquery()).c
    told = await c.scalar(select(func.aggregate_strings(type_coerce(one, Text), ",")).select_from(column))
    return np.sort(np.fromstring(told or "", dtype=np.int64, sep=","))


async def _forget(c: AsyncConnection, ns: Sequence[int], models: Sequence[int]) -> None:
    for some in batches(ns):
        await c.execute(delete(t.vectors).where(t.vectors.c.model_id.in_(models), t.vectors.c.n.in_(some)))


async def _serving(c: AsyncConnection) -> Row[Any] | None:
    return (await c.execute(select(t.vector_models).where(t.vector_models.c.serving))).one_or_none()


async def _model_id(c: AsyncConnection, name: str) -> int:
    first = ~exists(select(t.vector_models.c.id).where(t.vector_models.c.serving))
    row = {"name": name, "mark": secrets.token_hex(8), "serving": select(first).scalar_subquery()}
    await c.execute(upsert(t.vector_models).values(row).on_conflict_do_nothing())
    return int((await c.execute(select(t.vector_models.c.id).where(t.vector_models.c.name == name))).scalar_one())


def _of_model(name: str) -> Select[Any]:
    return select(t.vectors.c.n).join(t.vector_models).where(t.vector_models.c.name == name)


def _without(items: Numbers, made: Numbers) -> list[int]:
    lacking: list[int] = np.setdiff1d(items, made, assume_unique=True)[::-1].tolist()
    return lacking


async def _is_of_table(c: AsyncConnection, mine: ColumnElement[bool], known: Packed) -> bool:
    """Was this file written from this table, or before the database was put back to an earlier day?

    Then its last numbers stand for nothing or, once there are new vectors, for others.
    """
    if not len(known):
        return True
    newest = await c.scalar(select(func.max(t.vectors.c.k)).where(mine)) or 0
    # The last that still counts: those of words that have changed since are gone from the table.
    asked = select(t.vectors.c.k, t.vectors.c.n, t.vectors.c.vector).where(mine, t.vectors.c.k <= known.last)
    last = (await c.execute(asked.order_by(t.vectors.c.k.desc()).limit(1))).one_or_none()
    return newest >= known.last and (last is None or known.holds(*last))


async def _newer(c: AsyncConnection, mine: ColumnElement[bool], last: int) -> Packed:
    asked = select(t.vectors.c.k, t.vectors.c.n, t.vectors.c.vector).where(mine).order_by(t.vectors.c.k).limit(PAGE)
    found = [packed([])]
    while rows := (await c.execute(asked.where(t.vectors.c.k > last))).all():
        found.append(packed([(row.k, row.n, row.vector) for row in rows]))
        last = found[-1].last
    return joined(found)
