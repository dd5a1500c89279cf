"""How long `lookout search` takes at 10,000, 100,000 and 1,000,000 items, and how exact its search by meaning is.

    python benchmarks/search.py FOLDER [--items 10000 --items 100000] [--archive DATABASE]

DATABASE is a lookout.db with real items and their vectors (import releases, then `lookout import --reembed`), of which
`benchmarks/archive.py` makes as many. FOLDER keeps the databases, 9 GB for a million; those that are there are used
again.
"""

import argparse
import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.archive import MODEL, build
from bot import commands
from bot.matching import Questions
from bot.store import Meaning, Numbers, Store, Wanted, open_store
from bot.store.packed import restored

QUERIES = (
    "facial recognition",
    "border security",
    "immigration",
    "detention center conditions",
    '"customs and border protection" surveillance',
    "letter to secretary Mayorkas",
    "cameras that recognise faces at airports",
    "people held in cages by ICE",
    "biometric data",
    "deportation flights",
    "veterans health care",
    "funding bill",
    "police use of algorithms to identify suspects",
    "unaccompanied children",
    "drones at the southern border",
    "tax relief for families",
    "data brokers selling location",
    "farm workers visas",
    "wildfire relief",
    "separated families",
)
ROUNDS = 2
WAYS = ("words", "meaning", "joined")


def filters(newest: datetime) -> dict[str, Wanted]:
    """Return how searches are narrowed, by name. `newest`: when the last item came out."""
    month, quarter = (newest - timedelta(days=days) for days in (30, 90))
    return {
        "no filter": Wanted(flagged=False),
        "topic": Wanted(topics=("immigration-enforcement",)),
        "source": Wanted(categories=("congress",), flagged=False),
        "member": Wanted(members=("warren",), flagged=False),
        "feed": Wanted(feeds=("sen-warren",), flagged=False),
        "30 days": Wanted(since=month, flagged=False),
        "member, 90 days": Wanted(members=("warren",), since=quarter, flagged=False),
    }


async def measure(path: Path) -> None:
    """Print what searches of one database take, in milliseconds."""
    store = await open_store(path)
    questions = Questions()
    questions.vector("warm", MODEL)
    print(f"\n{path.parent.name}: {_sizes(path)}")
    print(f"  {'':16}" + "".join(f"{way:>24}" for way in WAYS) + "   ms: p50, p95 (p95 of processor time)")
    [last] = await store.find(Wanted(flagged=False), 1)
    for name, wanted in filters(last.item.published).items():
        print(f"  {name:16}" + "".join([await _timed(store, wanted, questions, way) for way in WAYS]), flush=True)
    print(f"  memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    await _exactness(store, path, questions)
    await store.close()


async def _timed(store: Store, wanted: Wanted, questions: Questions, way: str) -> str:
    walls, busy = [], []
    for query in QUERIES * ROUNDS:
        start, worked = time.perf_counter(), time.process_time()
        await _ask(store, query, wanted, questions, way)
        walls.append(1000 * (time.perf_counter() - start))
        busy.append(1000 * (time.process_time() - worked))
    shown = f"{np.percentile(walls, 50):.0f}, {np.percentile(walls, 95):.0f} ({np.percentile(busy, 95):.0f})"
    return f"{shown:>24}"


def _sizes(path: Path) -> str:
    mapped = sum(file.stat().st_size for file in (path.parent / "vectors").glob("search-*"))
    return f"{path.stat().st_size / 1e6:,.0f} MB, vectors {mapped / 1e6:,.0f} MB"


async def _ask(store: Store, query: str, wanted: Wanted, questions: Questions, way: str) -> None:
    if way == "joined":
        await commands.search(store, query, wanted, 10, questions)
    elif way == "words":
        await commands.search(store, query, wanted, 10)
    else:
        meaning = Meaning(model=MODEL, vector=questions.vector(query, MODEL))
        await store.vectors.nearest(meaning, await store.among(query, wanted), 100, 0)


async def _exactness(store: Store, path: Path, questions: Questions) -> None:
    asked = np.stack([questions.vector(query, MODEL) for query in QUERIES])
    exact = _exact(path, asked)
    meanings = [Meaning(model=MODEL, vector=vector) for vector in asked]
    found = [np.array([n for n, _ in await store.vectors.nearest(meaning, None, 100, -1)]) for meaning in meanings]
    for most in (20, 100):
        shares = [len(np.intersect1d(e[:most], f[:most])) / most for e, f in zip(exact, found, strict=True)]
        print(f"  of the {most} nearest by exact comparison found: {np.mean(shares):.4f}, least {min(shares):.2f}")


def _exact(path: Path, asked: np.ndarray) -> list[Numbers]:
    cosines, numbers = [], []
    with sqlite3.connect(path) as made:
        for rows in _pages(made):
            numbers.append(np.array([row[0] for row in rows]))
            cosines.append(restored([row[1] for row in rows]) @ asked.T)
    order = np.argsort(-np.concatenate(cosines), axis=0)[:100]
    return [np.concatenate(numbers)[order[:, q]] for q in range(len(asked))]


def _pages(made: sqlite3.Connection) -> Iterator[list[tuple[int, bytes]]]:
    rows = made.execute("SELECT n, vector FROM vectors")
    while page := rows.fetchmany(50_000):
        yield page


def main() -> None:
    """Build what is absent, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, action="append")
    parser.add_argument("--archive", type=Path)
    asked = parser.parse_args()
    for count in asked.items or (10_000, 100_000, 1_000_000):
        path = asked.folder / f"{count:,}" / "lookout.db"
        if not path.exists():
            started = time.perf_counter()
            build(path, asked.archive, count)
            print(f"{count:,} items made in {time.perf_counter() - started:.0f} s")
        asyncio.run(measure(path))


if __name__ == "__main__":
    main()
