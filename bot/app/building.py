"""Builds every part once, for whoever then works with them; the only reader of the clock."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot import feedback, feeds, members, renaming
from bot.app.data_folder import locked
from bot.config import Settings, watchlist, watchlist_path, watchlist_text
from bot.errors import LookoutError
from bot.fetch import Fetcher, Limits
from bot.matching import Embedder, Matcher, VectorCache, load_heads
from bot.outputs import Console, Folder
from bot.parts import Parts
from bot.records import Item, Match, Watchlist
from bot.store import Store, open_store
from bot.workers import Workers

log = structlog.get_logger()

READER_CPU = 20.0
READER_MEMORY = 1 << 30
"""What one document may cost its reader: the slowest honest ones take a second and 200 MB."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def read_watchlist(settings: Settings) -> Watchlist:
    """Return what feeds.yaml says, with the members of Congress as they are now.

    Raises ConfigError with every mistake in feeds.yaml. A table of members with mistakes is not used, and logged.
    """
    path = watchlist_path(settings)
    listed, wrong = members.in_force(settings.data)
    if wrong:
        log.warning("the table of members is not used, the shipped one stands in", error=str(wrong))
    watched = watchlist(watchlist_text(path), file=str(path), problems=feeds.problems, members=listed)
    wanting = {feed.id: name for feed in watched.feeds if (name := feeds.key(feed)) and not settings.key(name)}
    return replace(
        watched,
        feeds=tuple(feed for feed in watched.feeds if feed.id not in wanting),
        keyless=tuple((feed, wanting[feed.id]) for feed in watched.feeds if feed.id in wanting),
    )


def _keys(settings: Settings, watched: Watchlist) -> Mapping[str, str]:
    """Return the keys of hosts that want one."""
    names = {urlsplit(feed.url).hostname or "": name for feed in watched.feeds if (name := feeds.key(feed))}
    return {host: key for host, name in names.items() if (key := settings.key(name))}


def watched_files(settings: Settings) -> Sequence[Path]:
    """Return the files that `read_watchlist` reads."""
    return watchlist_path(settings), members.table_file(settings.data)


def readers(processes: int) -> Workers:
    """Return processes that read strangers' documents, within what one of those may cost."""
    return Workers(processes=processes, cpu_seconds=READER_CPU, memory_bytes=READER_MEMORY)


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[Store]:
    """Give the database in the data folder, for those who only ask."""
    store = await open_store(settings.data / "lookout.db")
    try:
        yield store
    finally:
        await store.close()


def build_matcher(settings: Settings, watched: Watchlist, embedder: Embedder) -> Matcher:
    """Return the matcher. Loads the embedding model when the examples' vectors are not cached, else at first use."""
    cache = VectorCache(settings.data / "vectors", embedder)
    return Matcher(watched.topics, watched.subjects, embedder, cache, load_heads())


def closer_look(settings: Settings, watched: Watchlist) -> Callable[[Item], Sequence[Match]]:
    """Return what judges one item with all evidence. Loads the embedding model when it is first called."""

    def closely(item: Item) -> Sequence[Match]:
        matcher = build_matcher(settings, watched, Embedder(settings.model))
        return matcher.match([item], closely=True)[item.id][0]

    return closely


@asynccontextmanager
async def opened(settings: Settings, *, alone: bool = True, gap: timedelta | None = None) -> AsyncIterator[Parts]:
    """Give every part, built once. `alone`: be the only one who polls and delivers from this data folder.

    `gap`: least time between requests to one host, for the demo's single host.

    Raises ConfigError, and StoreError where the database cannot be used or another Lookout is at work on it.
    """
    watched = read_watchlist(settings)
    limits = Limits(allow_private=settings.allow_private)
    if gap is not None:
        limits = replace(limits, gap=gap)
    async with opened_store(settings) as store:
        with _plainly(), locked(settings.data) if alone else nullcontext():
            embedder = Embedder(settings.model)
            matcher = await asyncio.to_thread(build_matcher, settings, watched, embedder)
            await put_aside_outdated(store, matcher, watched)
            if alone:
                await renaming.take_over(store, watched)
            async with (
                Fetcher(
                    contact=settings.contact, clock=utc_now, limits=limits, keys=_keys(settings, watched)
                ) as fetcher,
                readers(processes=os.cpu_count() or 1) as workers,
            ):
                yield Parts(
                    watchlist=watched,
                    store=store,
                    fetcher=fetcher,
                    workers=workers,
                    embedder=embedder,
                    matcher=matcher,
                    outputs={"console": Console(), "folder": Folder()},
                    clock=utc_now,
                    chance=random.random,
                    keeps_evidence=settings.evidence_days > 0,
                    tesseract=shutil.which("tesseract"),
                )


async def put_aside_outdated(store: Store, matcher: Matcher, watched: Watchlist) -> None:
    """Put communities' heads out of force whose shipped one has changed, and log each."""
    for head in await feedback.put_aside_outdated(store, matcher, [t.id for t in watched.topics], utc_now()):
        log.warning(
            "a community's head is out of force, the shipped one judges",
            community=head.community,
            topic=head.topic_id,
            because="the shipped head that it was moved from has changed; `lookout retrain --apply` makes a new one",
        )


@contextmanager
def _plainly() -> Iterator[None]:
    # A TaskGroup wraps what ends it. A failure we have a plan for is told as itself, not as a page of traceback.
    try:
        yield
    except BaseExceptionGroup as e:
        planned, bugs = e.split(LookoutError)
        if bugs or planned is None:
            raise
        first: BaseException = planned
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from e
