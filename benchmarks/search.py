"""How long `lookout search` takes at 10,000, 100,000 and 1,000,000 items, and how exact its search by meaning is.

    python benchmarks/search.py FOLDER [--items 10000 --items 100000] [--archive DATABASE]

DATABASE is a lookout.db with real items and their vectors (import releases, then `lookout import --reembed`). Items are
made of it: halves of two real texts spliced at a sentence, a twentieth of the words swapped, so that each word stands
in about as many items as in the real ones; vectors are means of the two with noise. Seeded: every run makes the same.
FOLDER keeps the databases, 5 GB for a million; those that are there are used again.
"""

import argparse
import asyncio
import resource
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bot import commands
from bot.matching import Questions
from bot.store import Meaning, Numbers, Store, Wanted, open_store
from bot.store.packed import compact, restored

SEED = 20260410
MODEL = "all-MiniLM-L6-v2@1110a243"
NOISE = 0.6
"""Length of the noise beside a vector of length 1: neighbours then lie about as near as in the real archive."""

BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
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
FILTERS = {
    "no filter": Wanted(flagged=False),
    "topic": Wanted(topics=("immigration-enforcement",)),
    "source": Wanted(categories=("congress",), flagged=False),
    "member": Wanted(members=("warren",), flagged=False),
    "feed": Wanted(feeds=("feed-7",), flagged=False),
    "30 days": Wanted(since=BEGIN, until=BEGIN + timedelta(days=30), flagged=False),
    "member, 90 days": Wanted(members=("warren",), since=BEGIN, until=BEGIN + timedelta(days=90), flagged=False),
}
ROUNDS = 2
WAYS = ("words", "meaning", "joined")


def build(path: Path, archive: Path, count: int) -> None:
    """Fill a database with `count` items made of those of the archive."""
    asyncio.run(_empty(path))
    with sqlite3.connect(archive) as real:
        rows = real.execute("SELECT n, source, category, title, text FROM items ORDER BY n").fetchall()
        kept = dict(real.execute("SELECT n, vector FROM vectors"))
        flagged = {n for (n,) in real.execute("SELECT n FROM items JOIN matches ON item_id = id WHERE flagged")}
    rows = [row for row in rows if row[0] in kept]
    vectors = restored([kept[row[0]] for row in rows])
    with sqlite3.connect(path, isolation_level=None) as made:
        made.execute("PRAGMA synchronous=OFF")
        made.execute("PRAGMA journal_mode=OFF")
        made.execute("PRAGMA cache_size=-1000000")
        made.execute("INSERT INTO vector_models VALUES (1, ?, 'benchmark', 1)", (MODEL,))
        for start in range(1, count + 1, 10_000):
            made.execute("BEGIN")
            _fill(made, rows, vectors, flagged, range(start, min(start + 10_000, count + 1)))
            made.execute("COMMIT")
        made.execute("PRAGMA journal_mode=WAL")


async def _empty(path: Path) -> None:
    await (await open_store(path)).close()


def _fill(
    made: sqlite3.Connection,
    rows: list[tuple[int, str, str, str, str]],
    vectors: np.ndarray,
    flagged: set[int],
    numbers: range,
) -> None:
    draw = np.random.default_rng((SEED, numbers[0]))
    pairs = draw.integers(len(rows), size=(len(numbers), 2))
    noise = draw.standard_normal((len(numbers), vectors.shape[1])) / np.sqrt(vectors.shape[1])
    mixed = vectors[pairs[:, 0]] + 0.5 * vectors[pairs[:, 1]]
    mixed = mixed / np.linalg.norm(mixed, axis=1, keepdims=True) + NOISE * noise
    packed = compact((mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32))
    items, sightings, matches, kept = [], [], [], []
    for n, (a, b), vector in zip(numbers, pairs, packed, strict=True):
        (first, source, category, title, text), other = rows[a], rows[b]
        seen = (BEGIN + timedelta(minutes=8 * n)).strftime("%Y-%m-%d %H:%M:%S.000000")
        spliced = _spliced(text, other[4], draw)
        feed = f"feed-{a % 200}"
        url = f"https://sample.example/{n}"
        items.append((n, f"i{n}", feed, source, category, title, url, url, spliced, "feed", seen, 0, seen, "en", None))
        sightings.append((f"i{n}", feed, source, url, seen, ""))
        is_flagged = first in flagged
        match = ("immigration-enforcement", is_flagged, 0.9 if is_flagged else 0.01, 0.5)
        passage = '{"where": "title", "start": 0, "end": 1, "text": "x"}'
        matches.append((f"i{n}", *match, passage, "[]", "null", "null", "sample"))
        kept.append((n, 1, n, vector))
    made.executemany("INSERT INTO items VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", items)
    made.executemany("INSERT INTO sightings VALUES (?,?,?,?,?,?)", sightings)
    made.executemany("INSERT INTO matches VALUES (?,?,?,?,?,?,?,?,?,?)", matches)
    made.executemany("INSERT INTO vectors VALUES (?,?,?,?)", kept)


def _spliced(text: str, other: str, draw: np.random.Generator) -> str:
    words = text[: len(text) // 2].split() + other[len(other) // 2 :].split()
    if len(words) > 1:
        for at in draw.integers(len(words) - 1, size=len(words) // 20):
            words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words)


async def measure(path: Path) -> None:
    """Print what searches of one database take, in milliseconds."""
    store = await open_store(path)
    questions = Questions()
    questions.vector("warm", MODEL)
    started = time.perf_counter()
    await store.vectors.settle()
    print(f"\n{path.parent.name}: {_sizes(path)}, the vectors' file made in {time.perf_counter() - started:.1f} s")
    print(f"  {'':16}" + "".join(f"{way:>24}" for way in WAYS) + "   ms: p50, p95 (p95 of processor time)")
    for name, wanted in FILTERS.items():
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
            path.parent.mkdir(parents=True, exist_ok=True)
            started = time.perf_counter()
            build(path, asked.archive, count)
            print(f"{count:,} items made in {time.perf_counter() - started:.0f} s")
        asyncio.run(measure(path))


if __name__ == "__main__":
    main()
