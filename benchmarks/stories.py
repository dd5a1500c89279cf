"""What placing one new item costs in archives of 10,000, 100,000 and 1,000,000 items.

    python -m benchmarks.stories ../shared/data/press/congress_press_fulltext_2021-2026.jsonl.gz 10000 100000 1000000

An archive is made of real releases at 500 a day: each keeps the marks that ten or more real releases share (notices),
its other marks are drawn anew, so that it is nobody's copy; one in twenty has a vector. Then 200 new items, every
second the copy of the one before, are remembered one by one, each with its own commit. Needs some 4 GB of disk for a
million and takes a quarter of an hour.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.releases import releases
from bot.records import Item
from bot.store import Meaning, Poll, Sighting, Store, open_store, tables
from bot.stories import telling

A_DAY = 500
NEW = 200
SHARED_BY = 10
DIMENSIONS = 384
MODEL = "made up"
END = datetime(2026, 4, 1, 12, tzinfo=UTC)


async def measured(real: Sequence[Item], size: int, folder: Path) -> str:
    """Return a row of the table for an archive of `size` items."""
    path = folder / f"{size}.db"
    await (await open_store(path)).close()
    _fill(path, real, size)
    store = await open_store(path)
    try:
        new = list(_new(real))
        cpu = time.process_time()
        took = [await _remembered(store, sighting) for sighting in new]
        cpu = (time.process_time() - cpu) / len(took)
    finally:
        await store.close()
    first, copies = took[::2], took[1::2]
    marks = _scalar(path, "SELECT count(*) FROM story_marks")
    found = _scalar(path, "SELECT count(*) FROM story_items WHERE how = 'copy'")
    cells = [_ms(first, 50), _ms(first, 95), _ms(copies, 50), _ms(copies, 95), f"{cpu * 1000:.1f}"]
    size_mb = path.stat().st_size / 1e6
    return f"{size:>9,} " + " ".join(f"{c:>9}" for c in cells) + f" {marks:>12,} {found:>7} {size_mb:>8,.0f}"


async def _remembered(store: Store, sighting: Sighting) -> float:
    start = time.perf_counter()
    await store.remember([Poll(state=None, sightings=(sighting,))])
    return time.perf_counter() - start


def _new(real: Sequence[Item]) -> Iterator[Sighting]:
    """Give new items in pairs: one that nobody has, and its copy at another source."""
    chance = random.Random(2)  # noqa: S311 - a benchmark must be the same every time, not unforeseeable
    for n, item in enumerate(chance.sample(list(real), NEW // 2)):
        words = item.text.split()
        chance.shuffle(words)
        vector = _vectors(n, 1)[0]
        for copy in (False, True):
            made = _dated(item, f"new{n}{copy}", END, text=" ".join(words), source=f"office {copy}")
            meaning = Meaning(model=MODEL, vector=vector)
            yield Sighting(item=made, keys=(made.id,), fingerprint="", meaning=meaning)


def _fill(path: Path, real: Sequence[Item], size: int) -> None:
    tellings = [telling(item) for item in real]
    common = Counter(mark for told in tellings for mark in told.sketch)
    kept = [[m for m in told.sketch if common[m] >= SHARED_BY] for told in tellings]
    drawn = [len(told.sketch) - len(k) for told, k in zip(tellings, kept, strict=True)]
    chance = np.random.default_rng(1)
    with sqlite3.connect(path) as c:
        for trigger in ("insert", "delete", "update"):
            c.execute(f"DROP TRIGGER items_fts_{trigger}")  # full-text search is measured elsewhere
        c.execute("INSERT INTO vector_models (id, name, mark, serving) VALUES (1, ?, 'made-up', 1)", (MODEL,))
        c.executemany(_INSERT_ITEM, (_row(real[n % len(real)], n, size) for n in range(size)))
        c.executemany(
            "INSERT INTO stories (id, headline, first_seen, last_seen) VALUES (?, ?, ?, ?)",
            ((n + 1, f"old{n}", _text(_when(n, size)), _text(_when(n, size))) for n in range(size)),
        )
        c.executemany(
            "INSERT INTO story_items (item_id, story_id, joined, how, day, meant) VALUES (?, ?, ?, 'first', ?, ?)",
            ((f"old{n}", n + 1, _text(_when(n, size)), _when(n, size).toordinal(), n % 20 == 0) for n in range(size)),
        )
        meant = range(0, size, 20)
        packed = np.rint(_vectors(3, len(meant)) * 127 * 4).clip(-127, 127).astype(np.int8)
        c.executemany(
            "INSERT INTO vectors (model_id, n, vector) VALUES (1, ?, ?)",
            ((n + 1, row.tobytes()) for n, row in zip(meant, packed, strict=True)),
        )
        marks = np.concatenate(
            [np.r_[kept[n % len(real)], chance.integers(0, 1 << 48, drawn[n % len(real)])] for n in range(size)]
        ).astype(np.int64)
        owners = np.repeat(np.arange(size), [len(tellings[n % len(real)].sketch) for n in range(size)])
        order = np.argsort(marks, kind="stable")
        rows = ((int(marks[i]), _when(int(owners[i]), size).toordinal(), int(owners[i]) + 1) for i in order)
        c.executemany("INSERT OR IGNORE INTO story_marks (mark, day, n) VALUES (?, ?, ?)", rows)
        # As the store does, a mark takes no more than so many items within a window.
        c.execute(
            "DELETE FROM story_marks WHERE (mark, day, n) IN (SELECT mark, day, n FROM (SELECT mark, day, n, "
            "row_number() OVER (PARTITION BY mark, day / 28 ORDER BY n) AS k FROM story_marks WHERE mark IN "
            "(SELECT mark FROM story_marks GROUP BY mark HAVING count(*) > 40)) WHERE k > 40)"
        )


_COLUMNS = tuple(column.name for column in tables.items.columns)
_INSERT_ITEM = f"INSERT INTO items ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - ours


def _row(item: Item, n: int, size: int) -> tuple[object, ...]:
    made = _dated(item, f"old{n}", _when(n, size))
    when = _text(made.published)
    told = {name: getattr(made, name, None) for name in _COLUMNS}
    told |= {"n": n + 1, "published": when, "first_seen": when, "text": made.text[:1000]}
    return tuple(told.values())


def _dated(item: Item, name: str, when: datetime, **other: object) -> Item:
    said = {f: getattr(item, f) for f in _COLUMNS if f != "n"} | {"id": name, "published": when, "first_seen": when}
    return Item(**(said | {"url": f"https://{name}.example/", "address": f"https://{name}.example/"} | other))


def _when(n: int, size: int) -> datetime:
    return END - timedelta(days=(size - n) / A_DAY)


def _text(when: datetime) -> str:
    return when.replace(tzinfo=None).isoformat(sep=" ")


def _vectors(seed: int, number: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(number, DIMENSIONS)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def _ms(took: Sequence[float], percent: int) -> str:
    return f"{statistics.quantiles(took, n=100)[percent - 1] * 1000:.1f}"


def _scalar(path: Path, query: str) -> int:
    with sqlite3.connect(path) as c:
        return int(c.execute(query).fetchone()[0])


def main() -> None:
    """Print the table."""
    file, *sizes = sys.argv[1:]
    real = releases(Path(file), 5000)
    print("ms for a new item, its commit among them:")
    names = ("items", "new p50", "new p95", "copy p50", "copy p95", "CPU mean", "marks", "copies", "MB")
    print(" ".join(f"{name:>{width}}" for name, width in zip(names, (9, 9, 9, 9, 9, 9, 12, 7, 8), strict=True)))
    for size in map(int, sizes):
        with TemporaryDirectory() as folder:
            print(asyncio.run(measured(real, size, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
