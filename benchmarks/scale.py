"""A day at work, in minutes: 1,200 feeds on 600 hosts, polled at their intervals by the loop of `lookout run`.

    python -m benchmarks.scale [--minutes 10] [--feeds 1200] [--hosts 600] [--every 300] [--house]

The sites are one server on loopback, a process of its own: 50 to 800 ms until it answers; of the requests that are
answered 80 % with 304, 5 % with 500 or 503 (Retry-After 30 s), 1 % drip for 20 s; 1 % of the feeds never answer, 2 %
are behind a wall (403, or a challenge with status 200). The others publish: a feed that is not "unchanged" has one new
entry above the nineteen before it. Due times are spread over the interval, as they are after some hours.

Counted: CPU a poll of this process and its workers, peak memory, how long after it was due a poll's request reached
the server, and whether every entry that the server sent in full is in the store exactly once. Matching is replaced by a
stand-in that judges nothing. `--house`: all hosts are *.house.gov, which are asked one after another with 2 s between;
then the minutes tell how many polls an hour that queue can make.
"""

import argparse
import asyncio
import logging
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

import structlog

from benchmarks.polling import Nothing, loopback, readers, spent
from bot import pipeline, running
from bot.app import READER_CPU, READER_MEMORY
from bot.config import Settings
from bot.fetch import Fetcher, Limits
from bot.matching import Embedder
from bot.parts import Parts
from bot.records import Feed, FeedState, Item, Watchlist
from bot.store import Poll, Wanted, open_store
from bot.workers import Workers

SEED = 7
LISTED = 20
"""Entries that a feed lists."""

ROOM = 10
"""Seconds that the first due times lie ahead."""


class Sites:
    """What the server knows: what each feed published, what of it was sent in full, and when it was asked."""

    def __init__(self) -> None:
        self.draw = random.Random(SEED)  # noqa: S311 (the same sites in every run)
        self.published: defaultdict[str, int] = defaultdict(lambda: LISTED)
        self.sent: set[str] = set()
        self.asked: list[tuple[str, float]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            feed = head.split(" ", 2)[1].strip("/")
            self.asked.append((feed, time.time()))
            await asyncio.sleep(self.draw.uniform(0.05, 0.8))
            await self._answered(feed, head, reader, writer)
        writer.close()

    async def _answered(self, feed: str, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind, chance = int(feed) % 100, self.draw.random()
        if kind == 0:
            await reader.read()  # hung
        elif kind == 1:
            writer.write(_told("403 Forbidden", b"Go away"))
        elif kind == 2:
            page = b"<!doctype html><html><title>Just a moment...</title><body>challenge-platform</body></html>"
            writer.write(_told("200 OK", page))
        elif chance < 0.025:
            writer.write(_told("500 Internal Server Error", b""))
        elif chance < 0.05:
            writer.write(_told("503 Service Unavailable", b"", "Retry-After: 30\r\n"))
        elif f'if-none-match: "{self.published[feed]}"' in head.lower() and self.draw.random() < 0.85:
            writer.write(_told("304 Not Modified", b""))
        else:
            await self._news(feed, writer, slowly=chance > 0.99)
        await writer.drain()

    async def _news(self, feed: str, writer: asyncio.StreamWriter, *, slowly: bool) -> None:
        self.published[feed] += 1
        newest = self.published[feed]
        names = [f"{feed}-{n}" for n in range(newest, newest - LISTED, -1)]
        whole = _told("200 OK", _rss(names), f'ETag: "{newest}"\r\nContent-Type: application/rss+xml\r\n')
        for start in range(0, len(whole), len(whole) // 20 + 1):
            writer.write(whole[start : start + len(whole) // 20 + 1])
            await writer.drain()
            if slowly:
                await asyncio.sleep(1)
        self.sent.update(names)


def _told(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _rss(names: Sequence[str]) -> bytes:
    now = format_datetime(datetime.now(UTC))
    entries = "".join(
        f"<item><title>Release {name}</title><link>https://sample.example/{name}</link><guid>{name}</guid>"
        f"<pubDate>{now}</pubDate><description>&lt;p&gt;{_words(name)}&lt;/p&gt;</description></item>"
        for name in names
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title>{entries}</channel></rss>'.encode()


def _words(name: str) -> str:
    draw = random.Random(name)  # noqa: S311
    return " ".join("".join(draw.choices("aeioulmnrst", k=6)) for _ in range(120))


def serve(wire: Connection) -> None:
    """Serve until asked over the wire, then tell what was sent and when what was asked."""
    asyncio.run(_served(wire))


async def _served(wire: Connection) -> None:
    sites = Sites()
    server = await asyncio.start_server(sites.answer, "127.0.0.1", 0, backlog=1_024)
    wire.send(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(wire.recv)
    wire.send((sites.sent, sites.asked))


async def day(asked: argparse.Namespace, port: int, folder: Path, due: dict[str, list[float]]) -> dict[str, Any]:
    """Poll for the minutes asked, and return what it took. `due` gains the times at which each feed was due."""
    store = await open_store(folder / "lookout.db")
    every = timedelta(seconds=asked.every)
    zone = "house.gov" if asked.house else "test"
    feeds = [
        Feed(
            id=str(n),
            name=f"The {n}",
            kind="rss",
            url=f"http://h{n % asked.hosts}.{zone}:{port}/{n}",
            category="news",
            every=every,
            options={"full_text": True},
        )
        for n in range(asked.feeds)
    ]
    draw = random.Random(SEED)  # noqa: S311
    now = datetime.now(UTC) + timedelta(seconds=ROOM)
    states = [FeedState(feed_id=f.id, next_poll=now + every * draw.random()) for f in feeds]
    await store.remember([Poll(state=state) for state in states])
    _noted(due, states)
    fetcher = Fetcher(contact="x", clock=_now, limits=Limits(allow_private=True), resolve=loopback)
    reading = Workers(processes=os.cpu_count() or 1, cpu_seconds=READER_CPU, memory_bytes=READER_MEMORY)
    async with fetcher, reading:
        parts = Parts(
            watchlist=Watchlist(topics=(), subjects=(), feeds=tuple(feeds)),
            store=store,
            fetcher=fetcher,
            workers=reading,
            embedder=Embedder("unused"),
            matcher=Nothing(),
            outputs={},
            clock=_now,
            chance=random.random,
            keeps_evidence=True,
        )
        before = spent()
        polls = await _watched(parts, Settings(data=folder), asked.minutes * 60, due, one_queue=asked.house)
        took = spent(readers(reading)) - before
        memory = sum(map(_most_memory, (os.getpid(), *readers(reading))))
        stored = Counter(one.item.title.removeprefix("Release ") for one in await store.find(Wanted(flagged=False)))
    await store.close()
    return {"polls": polls, "cpu": took, "memory": memory, "stored": stored}


async def _watched(
    parts: Parts, settings: Settings, seconds: float, due: dict[str, list[float]], *, one_queue: bool
) -> int:
    """Let the loop of `lookout run` watch for so long, and return how many polls it made."""
    polls, watch = 0, pipeline.watch

    async def noted(parts: Parts, some: Sequence[Feed], polled: Any) -> list[Item]:
        def also(state: FeedState) -> None:
            nonlocal polls
            polls += 1
            _noted(due, [state])
            polled(state)

        return await watch(parts, some, also)

    with patch.object(pipeline, "watch", noted):
        loop = running._Running(settings, parts, running._edited(running.watched_files(settings)))
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(loop.watching(group))
            await asyncio.sleep(seconds)
            watching.cancel()
            if one_queue:  # it would take hours to come to its end, as all else does
                for poll in loop.polls:
                    poll.cancel()
    return polls


def _noted(due: dict[str, list[float]], states: Sequence[FeedState]) -> None:
    for state in states:
        if state.next_poll is not None:
            due.setdefault(state.feed_id, []).append(state.next_poll.timestamp())


def _now() -> datetime:
    return datetime.now(UTC)


def _most_memory(number: int) -> float:
    told = Path(f"/proc/{number}/status").read_text(encoding="ascii", errors="replace")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1_024


def late(
    due: Mapping[str, Sequence[float]], asked: Sequence[tuple[str, float]], end: float
) -> list[tuple[float, str, bool]]:
    """Return how many seconds after it was due each poll reached the server, its feed, and whether it did at all.

    The latest comes last.
    """
    came: defaultdict[str, list[float]] = defaultdict(list)
    for feed, at in asked:
        came[feed].append(at)
    waits = [
        (next((at for at in came[feed] if at >= when), end) - when, feed, any(at >= when for at in came[feed]))
        for feed, whens in due.items()
        for when in whens
        if when < end
    ]
    return sorted(waits)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--feeds", type=int, default=1_200)
    parser.add_argument("--hosts", type=int, default=600)
    parser.add_argument("--every", type=int, default=300, help="seconds between two polls of a feed")
    parser.add_argument("--house", action="store_true")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    due: dict[str, list[float]] = {}
    try:
        with tempfile.TemporaryDirectory() as folder:
            end = time.time() + asked.minutes * 60 + 1
            told = asyncio.run(day(asked, here.recv(), Path(folder), due))
        here.send("end")
        sent, requests = here.recv()
    finally:
        server.kill()
    latest = late(due, requests, end)
    waits = [wait for wait, _, _ in latest]
    stored = told["stored"]
    print(f"polls                     {told['polls']:8,}   ({told['polls'] / asked.minutes / 60:.1f} a second)")
    print(f"CPU a poll                {told['cpu'] * 1_000 / max(1, told['polls']):8.2f} ms")
    print(f"memory at most            {told['memory']:8.0f} MB   (with {os.cpu_count()} workers)")
    points = (statistics.median(waits), waits[int(0.95 * len(waits))], waits[-1])
    print("behind schedule           " + "   ".join(f"{p:.1f} s" for p in points) + "   (p50, p95, max)")
    said = (f"feed {feed} {wait:.0f} s" + ("" if came else " and never came") for wait, feed, came in latest[:-6:-1])
    print("  the latest: " + ", ".join(said))
    print(f"entries sent in full      {len(sent):8,}")
    print(f"of them not in the store  {len(sent - set(stored)):8,}")
    print(f"in the store twice        {sum(n > 1 for n in stored.values()):8,}")


if __name__ == "__main__":
    main()
