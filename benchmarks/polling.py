"""What a poll costs, from the request to the stored entries, beside the library `reader` doing the same work.

    python -m benchmarks.polling FOLDER [--feeds 2000] [--rounds 3] [--reader PYTHON]

FOLDER holds feeds, gzipped or not; copies of them are served on loopback by a process of its own (served.py). Each side
polls all of them twice: cold, where every entry is new, then warm, where four of five answer 304 and the others have
one new entry. Counted is the CPU, user and system, of the process and of all its children, for each poll; not the
server's, nor starting up (each side first polls 20 other feeds). The sides take turns in beginning a round; the ratio
is of medians.

The same work: to fetch (gzip, validators), to parse, to tell new entries from known ones, to store the entries and the
validators in SQLite. Ours also has its address guard and size caps on, reads strangers' documents in processes of their
own, makes plain text of the entries, guesses their language, files them for full-text search and finds their stories;
`reader` sanitises HTML instead. NOT measured is matching: the embedding model, which `reader` has no counterpart of, is
replaced by a stand-in that judges nothing. Ours is measured with evidence off and on (the bytes of each changed feed,
packed and kept).

`reader` 3.26 has its defaults and `update_feeds(workers=10)`, as its documentation advises. Without `--reader` an
environment is made for it in a temporary folder, by pip.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from benchmarks.served import serving
from bot import pipeline
from bot.app import READER_CPU, READER_MEMORY
from bot.fetch import Fetcher, Limits
from bot.matching import NO_LETTERS, Embedder, Judgement, Matcher
from bot.parts import Parts
from bot.records import Attachment, Feed, Item, Watchlist
from bot.store import open_store
from bot.workers import Workers

READER = "reader==3.26"
ITS_FEEDPARSER = "feedparser<6.0.13"  # it needs sgmllib, which later ones keep under another name
READER_WORKERS = 10
STARTING = 20
"""Feeds polled before anything is counted: libraries load, processes start, statements are compiled."""

Cost = tuple[float, float]
"""Milliseconds of CPU a poll, cold and warm."""


class Nothing(Matcher):
    """Stands in for the matcher: judges nothing."""

    def __init__(self) -> None:
        """Load nothing."""

    def match(
        self,
        items: Sequence[Item],
        letters: Mapping[str, Sequence[Attachment]] = NO_LETTERS,  # noqa: ARG002 (the matcher's own signature)
        *,
        closely: bool = False,  # noqa: ARG002
    ) -> dict[str, Judgement]:
        """Return no matches and no mentions for each item."""
        return {item.id: ((), ()) for item in items}


def spent(children: Sequence[int] = ()) -> float:
    """Return the CPU seconds of this process, of its children that have ended, and of those that live."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used) + sum(map(_of_child, children))


def _of_child(number: int) -> float:
    try:
        told = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def readers(workers: Workers) -> list[int]:
    """Return the numbers of the worker processes."""
    return [one._process.pid for one in workers._all if one._process and one._process.pid]


async def loopback(_host: str, _port: int) -> Sequence[str]:
    """Return where every name leads here."""
    return ["127.0.0.1"]


async def ours(port: int, feeds: int, folder: Path, *, evidence: bool) -> tuple[Cost, int]:
    """Return what our polls cost, and how many items we then have."""
    store = await open_store(folder / "lookout.db")
    every = [_feed(n, port) for n in range(feeds + STARTING)]
    fetcher = Fetcher(contact="x", clock=lambda: datetime.now(UTC), limits=Limits(allow_private=True), resolve=loopback)
    reading = Workers(processes=os.cpu_count() or 1, cpu_seconds=READER_CPU, memory_bytes=READER_MEMORY)
    async with fetcher, reading:
        parts = Parts(
            watchlist=Watchlist(topics=(), subjects=(), feeds=tuple(every)),
            store=store,
            fetcher=fetcher,
            workers=reading,
            embedder=Embedder("unused"),
            matcher=Nothing(),
            outputs={},
            clock=lambda: datetime.now(UTC),
            chance=random.random,
            keeps_evidence=evidence,
        )
        await pipeline.watch(parts, every[feeds:])
        took = []
        for _ in ("cold", "warm"):
            before = spent(readers(reading))
            await pipeline.watch(parts, every[:feeds])
            took.append((spent(readers(reading)) - before) * 1_000 / feeds)
        failed = [state for state in (await store.states()).values() if state.failures]
        stored = sum(count for count, _ in (await store.counts()).values())
    await store.close()
    for state in failed[:5]:
        print("   failed:", state.feed_id, state.reason, state.detail)
    return (took[0], took[1]), stored


def _feed(number: int, port: int) -> Feed:
    return Feed(
        id=f"f{number}",
        name=f"The {number}",
        kind="rss",
        url=f"http://f{number:04}.test:{port}/{number}",
        category="news",
        every=timedelta(minutes=5),
        options={"full_text": True},
    )


def theirs(python: str, port: int, feeds: int, folder: Path) -> tuple[Cost, int]:
    """Return what the polls of `reader` cost, and how many entries it then has."""
    script = Path(__file__).with_name("polling_reader.py")
    every = [f"http://127.0.0.1:{port}/{number}" for number in range(feeds + STARTING)]
    asked = [every[feeds:], every[:feeds], every[:feeds]]
    done = subprocess.run(  # noqa: S603 (our own script)
        [python, str(script), str(folder / "reader.sqlite"), str(READER_WORKERS)],
        input="".join(json.dumps(addresses) + "\n" for addresses in asked),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    _, (cold, _), (warm, entries) = map(json.loads, done.stdout.splitlines())
    return (cold / feeds, warm / feeds), entries


def environment(folder: Path) -> str:
    """Make an environment with `reader`, and return its interpreter."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", READER, ITS_FEEDPARSER], check=True)  # noqa: S603
    return python


def measured(asked: argparse.Namespace, python: str, port: int) -> dict[str, list[Cost]]:
    """Return what each way cost in each round."""
    ways = {
        READER: lambda folder: theirs(python, port, asked.feeds, folder),
        "ours, evidence off": lambda folder: asyncio.run(ours(port, asked.feeds, folder, evidence=False)),
        "ours, evidence on": lambda folder: asyncio.run(ours(port, asked.feeds, folder, evidence=True)),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in ways if asked.only in name}
    for turn in range(asked.rounds):
        for name in list(costs) if turn % 2 == 0 else reversed(list(costs)):
            with tempfile.TemporaryDirectory() as folder:
                cost, entries = ways[name](Path(folder))
            costs[name].append(cost)
            print(
                f"round {turn + 1}: {name:20} cold {cost[0]:6.2f} warm {cost[1]:6.2f} ({entries:,} entries)", flush=True
            )
    return costs


def main() -> None:
    """Print a row for each way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="feeds, gzipped or not")
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader", help="an interpreter that has `reader`, instead of making an environment")
    parser.add_argument("--only", default="", help="only the ways whose names hold this")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder, serving(asked.folder, asked.feeds + STARTING) as port:
        costs = measured(asked, asked.reader or environment(Path(folder)), port)
    print("medians, ms of CPU a poll (ours without matching)    cold    warm    as many times as much in reader")
    medians = {name: [statistics.median(each) for each in zip(*some, strict=True)] for name, some in costs.items()}
    for name, (cold, warm) in medians.items():
        times = [theirs / own for own, theirs in zip((cold, warm), medians.get(READER, (0, 0)), strict=True)]
        print(f"{name:48} {cold:8.2f} {warm:7.2f}    {times[0]:.1f} and {times[1]:.1f}")


if __name__ == "__main__":
    sys.exit(main())
