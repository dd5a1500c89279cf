"""Builds every part once, for whoever then works with them; the only reader of the clock."""

import asyncio
import os
import random
import resource
import secrets
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from filelock import FileLock, Timeout

from bot import (
    attention,
    auditing,
    commands,
    doctor,
    evaluating,
    evaluating_stories,
    feedback,
    feeds,
    filling,
    importing,
    matching,
    members,
    opml,
    pipeline,
    renaming,
    schedule,
)
from bot.auditing import Answer, Audited
from bot.config import Settings, watchlist, watchlist_path, watchlist_text
from bot.congress import Renewed
from bot.doctor import Diagnosis
from bot.errors import ConfigError, LookoutError, Mistake, StoreError
from bot.evaluating import Measured
from bot.evaluating_stories import StoriesMeasured
from bot.feedback import Retrained
from bot.fetch import Fetcher, Limits
from bot.filling import Progress, Reembedded
from bot.importing import Imported
from bot.matching import (
    Embedder,
    Heads,
    Lesson,
    Matcher,
    VectorCache,
    fit_heads,
    labelled,
    lesson_lacks,
    load_heads,
    save_heads,
)
from bot.opml import Outline
from bot.outputs import Console, Folder
from bot.parts import Parts
from bot.records import (
    LOCAL,
    Category,
    Feed,
    FeedState,
    Item,
    Judged,
    Match,
    Schedule,
    Subscriber,
    Subscription,
    Topic,
    Watchlist,
)
from bot.store import Store, open_store
from bot.workers import Workers

log = structlog.get_logger()

FILLED_BY_ONCE = 256
"""Vectors made by one `once`, some ten seconds: it ends before cron starts the next."""

SECRET = 32
"""Characters that a secret must have at least; ours has 43."""

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


async def renew_members(settings: Settings, base: str) -> Renewed:
    """Renew the table of members from the public data at `base`, also while another Lookout runs; see `members`."""
    limits = Limits(allow_private=settings.allow_private)
    async with Fetcher(contact=settings.contact, clock=utc_now, limits=limits) as fetcher:
        return await members.renew(fetcher, settings.data, base)


async def diagnose(settings: Settings, url: str, followed: Sequence[Feed]) -> Diagnosis:
    """Try an address as Lookout would ask it, also while another Lookout runs; see `doctor`."""
    limits = Limits(allow_private=settings.allow_private)
    async with (
        Fetcher(contact=settings.contact, clock=utc_now, limits=limits) as fetcher,
        _readers(processes=1) as workers,
    ):
        return await doctor.diagnose(url, fetcher=fetcher, workers=workers, clock=utc_now, followed=followed)


async def read_opml(file: bytes) -> tuple[Outline, ...]:
    """Return the feeds that an OPML file names. Raises ReadError where it is none."""
    async with _readers(processes=1) as workers:
        return await workers.run(opml.read, file)


def _readers(processes: int) -> Workers:
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
        with _plainly(), _alone(settings.data) if alone else nullcontext():
            embedder = Embedder(settings.model)
            matcher = await asyncio.to_thread(build_matcher, settings, watched, embedder)
            await _put_aside_outdated(store, matcher, watched)
            if alone:
                await renaming.take_over(store, watched)
            async with (
                Fetcher(
                    contact=settings.contact, clock=utc_now, limits=limits, keys=_keys(settings, watched)
                ) as fetcher,
                _readers(processes=os.cpu_count() or 1) as workers,
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


async def _put_aside_outdated(store: Store, matcher: Matcher, watched: Watchlist) -> None:
    for head in await feedback.put_aside_outdated(store, matcher, [t.id for t in watched.topics], utc_now()):
        log.warning(
            "a community's head is out of force, the shipped one judges",
            community=head.community,
            topic=head.topic_id,
            because="the shipped head that it was moved from has changed; `lookout retrain --apply` makes a new one",
        )


def house_secret(settings: Settings) -> str:
    """Return what signs links, sessions and webhooks: made once, kept in the data folder, readable by us alone.

    Whoever deletes it makes all links in sent mails worthless. Raises StoreError where the folder cannot be written.
    """
    path = settings.data / "secret"
    try:
        if not path.exists():
            fresh = path.with_name(f"secret.{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)  # whole, or not there
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise StoreError(f"cannot keep a secret in {path}: {e}") from e
    if len(kept) < SECRET:
        raise StoreError(f"{path} holds no secret of {SECRET} characters; delete it, and all links in mails end")
    return kept


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


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    # Held by the kernel for the life of the process: two that poll and deliver from one data folder would tell twice.
    lock = FileLock(data / "lookout.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as e:
        raise StoreError(f"another Lookout is at work in {data}; stop it first, or set LOOKOUT_DATA") from e
    except OSError as e:
        raise StoreError(f"cannot write in the data folder {data}: {e.strerror}") from e
    try:
        yield
    finally:
        lock.release()


async def once(
    settings: Settings,
    starting: Callable[[int], None],
    polled: Callable[[FeedState], None],
    placing: Progress = lambda *_: None,
    *,
    gap: timedelta | None = None,
    within: timedelta | None = None,
) -> None:
    """Watch once what is due, and report once on the terminal. `starting` hears how many feeds, `polled` of each.

    `within`: how long polls may take; whose turn has not come by then is left to the next time.

    `placing` hears of the old items that find their stories, if there are any.
    """
    async with opened(settings, gap=gap) as parts:
        await both_strokes(parts, [console(settings)], starting, polled, placing, within=within)
        await attention.tell(parts.store, parts.watchlist.feeds, None, parts.clock(), settings.zone)
        await filling.fill(parts.store, parts.embedder, parts.recording, most=FILLED_BY_ONCE)


async def both_strokes(
    parts: Parts,
    readers: Sequence[Subscriber],
    starting: Callable[[int], None],
    polled: Callable[[FeedState], None],
    placing: Progress = lambda *_: None,
    *,
    within: timedelta | None = None,
) -> None:
    """Deliver what a kill left over, watch once what is due, and report once to each reader."""
    await pipeline.deliver(parts)
    states, now = await parts.store.states(), parts.clock()
    waiting = [feed for feed in parts.watchlist.feeds if schedule.is_due(states.get(feed.id), now)]
    starting(len(waiting))
    await pipeline.watch(parts, waiting, polled, within=within)
    await pipeline.place_waiting(parts, placing)  # a copy of what was told must be known as one before it is told
    await pipeline.report(parts, readers)
    await pipeline.deliver(parts)


def console(settings: Settings) -> Subscriber:
    """Return the reader at the terminal."""
    return _built_in(settings, "console", "")


def folder(settings: Settings) -> Subscriber:
    """Return the folder of digests in the data folder."""
    return _built_in(settings, "folder", str(settings.data / "digests"))


def _built_in(settings: Settings, name: str, address: str) -> Subscriber:
    return Subscriber(
        id=name,
        medium=name,
        address=address,
        zone=settings.zone,
        community=LOCAL,
        subscriptions=(Subscription(id=name),),
        schedule=Schedule(every="daily", at=settings.digest_at),
    )


async def import_file(
    settings: Settings, file: Path, category: Category | None, progress: Progress, embedding: Progress
) -> Imported:
    """Import a file of releases, also while another Lookout runs; see `importing`. Then make their vectors.

    `progress` hears of the lines, `embedding` of the vectors.
    """
    async with opened(settings, alone=False) as parts:
        came = await importing.import_file(parts, file, category, progress)
        await filling.fill(parts.store, parts.embedder, parts.recording, embedding)
        return came


async def reembed(settings: Settings, progress: Progress) -> Reembedded:
    """Make the vectors of all items with the model that is set, also while another Lookout runs; see `filling`."""
    async with opened_store(settings) as store:
        return await filling.reembed(store, Embedder(settings.model), asyncio.Lock(), progress)


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What `lookout eval` measured; the speed is of splitting, embedding and scoring, the model loaded before."""

    topics: tuple[Measured, ...]
    items_per_second: float
    peak_memory_mb: float
    judge: str

    def data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        wrong = [asdict(w) for one in self.topics for w in one.wrong]
        return {
            "topics": {one.topic_id: one.data() for one in self.topics},
            "items_per_second": round(self.items_per_second, 2),
            "peak_memory_mb": round(self.peak_memory_mb, 1),
            "judge": self.judge,
            "wrong": wrong,
        }


def evaluate(settings: Settings, file: Path, *, cross_validate: bool) -> Evaluated:
    """Measure the matcher on a labelled file. Raises ConfigError with every line that cannot be used."""
    watched = read_watchlist(settings)
    items = evaluating.read_labelled(file, watched.topics)
    matcher = build_matcher(settings, watched, Embedder(settings.model))
    matcher.evidence(items[:1])  # loads the model
    start = time.perf_counter()
    measured = evaluating.measure(matcher, watched.topics, items, cross_validate=cross_validate)
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Evaluated(
        topics=tuple(measured),
        items_per_second=len(items) / took,
        peak_memory_mb=peak / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        judge="5-fold cross-validation within the file" if cross_validate else "the shipped heads",
    )


def publish(settings: Settings, measured: Evaluated, file: Path) -> None:
    """Write down how well the matcher does on the items of a file, for the site's page about itself."""
    matching.save_figures(measured.data()["topics"], file, utc_now().date(), figures_file(settings))


def figures_file(settings: Settings) -> Path:
    """Return where the operator's own figures are kept."""
    return settings.data / "figures.json"


def evaluate_stories(settings: Settings, file: Path, texts: Path | None) -> StoriesMeasured:
    """Measure the stories made of a file's items. Raises ConfigError with everything in it that cannot be used."""
    gold = evaluating_stories.read_gold(file, texts)
    return asyncio.run(evaluating_stories.measure_stories(gold, Embedder(settings.model)))


def teach(settings: Settings, files: Sequence[Path]) -> tuple[list[Lesson], int]:
    """Fit the shipped heads to our labels, write them, and return how each did and how many items there were."""
    watched = read_watchlist(settings)
    items, weights = labelled(files)
    unfit = lesson_lacks(items, watched.topics)
    if unfit:
        raise ConfigError([Mistake(file=str(files[0]), line=None, says=unfit)])
    embedder = Embedder(settings.model)
    matcher = Matcher(watched.topics, (), embedder, VectorCache(settings.data / "vectors", embedder), load_heads())
    lessons, words = fit_heads(matcher, embedder.name, watched.topics, items, weights)
    *trained, general = (lesson.head for lesson in lessons)
    save_heads(Heads(trained={head.name: head for head in trained}, general=general, words=words))
    return lessons, len(items)


async def retrain(settings: Settings, topics: Sequence[str], community: str, *, apply: bool) -> list[Retrained]:
    """Try a new head for each of these topics, also while another Lookout runs, which takes it over at once.

    Raises Refused where the community's name cannot be shown.
    """
    commands.check_name(community, "community")
    watched = read_watchlist(settings)
    async with opened_store(settings) as store:
        matcher = await asyncio.to_thread(build_matcher, settings, watched, Embedder(settings.model))
        await _put_aside_outdated(store, matcher, watched)
        return [
            await feedback.retrain(store, matcher, topic, community, now=utc_now(), apply=apply) for topic in topics
        ]


async def audit(
    settings: Settings,
    topics: Sequence[Topic],
    community: str,
    by: str,
    *,
    number: int,
    seed: int,
    ask: Callable[[Judged, Sequence[Topic]], Answer],
) -> list[Audited]:
    """Let a person judge what was not flagged, and estimate recall; see `auditing`."""
    async with opened_store(settings) as store:
        return await auditing.audit(
            store, topics, community=community, by=by, number=number, seed=seed, ask=ask, clock=utc_now
        )
