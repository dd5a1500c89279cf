"""The two strokes, which meet only in the store; joins everything, decides nothing.

watch:   feed -fetch-> document -read-> entries -accept-> items -match-> matches -> store
report:  store -> stories -compose-> digest -render-> delivery -send-> subscriber
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import structlog

from bot import composing, render, schedule
from bot.matching import (
    COMPARED,
    OPENING,
    Judgement,
    gist,
    site,
    theirs,
    under_banners,
    without_banner,
)
from bot.parts import Parts
from bot.polls import owed, poll, read_on
from bot.records import (
    Digest,
    Feed,
    FeedState,
    Item,
    Judged,
    Match,
    Subscriber,
)
from bot.sending import Sending
from bot.store import Composed, Meaning, Poll, Sighting

log = structlog.get_logger()

AT_ONCE = 32
"""Items matched between two looks at whether we are to stop: some two seconds."""

PLACED_AT_ONCE = 64
"""Old items that find their stories in one transaction: some half a second, in which nobody else writes."""

LOOKED_BACK = timedelta(days=1)
"""What a subscription that is told at once looks at each time is at most so much longer than it must be."""

COMPOSED_AT_ONCE = 10
"""Digests written in one transaction: a durable commit costs as much as composing one; none is held for long."""


# -- watch ----------------------------------------------------------------------------------------------------


async def watch(
    parts: Parts,
    due: Sequence[Feed],
    polled: Callable[[FeedState], None] = lambda _: None,
    *,
    within: timedelta | None = None,
) -> list[Item]:
    """Poll these feeds and remember what they tell; return the items that are new. `polled` is told of each poll.

    What is ready is matched and written together, one commit for many polls; a slow feed holds nobody up. What then is
    known to matter is read on, before `polled` is told. `within`: the time that this may take; whose turn has not come
    by then stays due.
    """
    states = await parts.store.states()
    ready: asyncio.Queue[tuple[Feed, Poll | None]] = asyncio.Queue()
    new: list[Item] = []
    end = None if within is None else asyncio.get_running_loop().time() + within.total_seconds()
    reads_on: dict[str, tuple[FeedState, int]] = {}  # what was polled, and how many further documents are still out

    async def one(feed: Feed, look: Coroutine[None, None, Poll]) -> None:
        done = None
        try:
            async with asyncio.timeout_at(end) as clock:
                done = await look
        except TimeoutError:
            if not clock.expired():
                raise
        await ready.put((feed, done))

    async with asyncio.TaskGroup() as group:
        for feed in due:
            group.create_task(one(feed, poll(parts, feed, states.get(feed.id, FeedState(feed_id=feed.id)))))
        waiting = len(due)
        while waiting:
            batch = [await ready.get()]
            while not ready.empty():
                batch.append(ready.get_nowait())
            waiting -= len(batch)
            new += await remember(parts, [done for _, done in batch if done is not None])
            for feed, done in batch:
                if done is not None and done.state is not None:
                    more = await owed(parts, feed) if not done.state.failures else []
                    for further in more:
                        group.create_task(one(feed, read_on(parts, feed, further)))
                    reads_on[feed.id] = done.state, len(more)
                    waiting += len(more)
                elif feed.id in reads_on:
                    state, out = reads_on[feed.id]
                    reads_on[feed.id] = state, out - 1
                if feed.id in reads_on and reads_on[feed.id][1] == 0:
                    polled(reads_on.pop(feed.id)[0])
    return new


async def remember(parts: Parts, polls: Sequence[Poll], *, imported: tuple[str, int] | None = None) -> list[Item]:
    """Match the items of these polls and write all down in one transaction; return the new ones.

    The validators of a feed, its items and their matches are written together, after matching: keep the ETag alone
    and the server says "not modified" for ever while the items are lost. `imported`: how far a file has come.
    """
    async with parts.recording:  # one at a time: the model has one thread, the database one writer
        polls = await _under_banners(parts, polls)
        found = [s for p in polls for s in p.sightings]
        judged = await match(parts, found)
        meanings = await _meanings(parts, found, judged)
        said = await _theirs(parts, found, judged)
        progress = (*imported, parts.clock()) if imported else None
        new = await parts.store.remember(_judged(polls, judged, meanings, said), progress=progress)
    if new:
        log.info("items remembered", new=len(new), feeds=len({item.feed_id for item in new}))
    return new


async def _under_banners(parts: Parts, polls: Sequence[Poll]) -> list[Poll]:
    """Return the polls with where each text begins, as far as what we know of its site tells."""
    found = [s.item for p in polls for s in p.sightings]
    published = await parts.store.openings({site(item) for item in found} - {""}, COMPARED, OPENING)
    items_ = iter(await asyncio.to_thread(under_banners, found, published))
    return [replace(p, sightings=tuple(replace(s, item=next(items_)) for s in p.sightings)) for p in polls]


async def match(parts: Parts, found: Sequence[Sighting]) -> list[Judgement]:
    """Match in a thread, a few items at a time, so that a stop does not wait for many. Same length and order."""
    judged: list[Judgement] = []
    for some in _few_at_a_time(found):
        letters = {one.item.id: one.attachments for one in some}
        by_id = await asyncio.to_thread(parts.matcher.match, [one.item for one in some], letters)
        judged += [by_id[one.item.id] for one in some]
    return judged


def _few_at_a_time(found: Sequence[Sighting]) -> Iterator[list[Sighting]]:
    some: dict[str, Sighting] = {}
    for one in found:
        # Two feeds may show one item in different words: each version is judged, and quoted, by its own.
        if len(some) == AT_ONCE or one.item.id in some:
            yield list(some.values())
            some = {}
        some[one.item.id] = one
    if some:
        yield list(some.values())


async def _meanings(parts: Parts, found: Sequence[Sighting], judgements: Sequence[Judgement]) -> list[Meaning | None]:
    """Return the vectors of what is flagged, for which stories wait; the others are made when there is time."""
    flagged = [any(match.flagged for match in matches) for matches, _ in judgements]
    gists = [gist(without_banner(one.item)) for one, told in zip(found, flagged, strict=True) if told]
    made = [
        vector
        for start in range(0, len(gists), AT_ONCE)
        for vector in await asyncio.to_thread(parts.embedder.encode, gists[start : start + AT_ONCE])
    ]
    vectors = iter(made)
    return [Meaning(model=parts.embedder.name, vector=next(vectors)) if told else None for told in flagged]


Theirs = tuple[tuple[str, Match], ...]
"""What communities' heads say of one item: (community, match)."""


async def _theirs(parts: Parts, found: Sequence[Sighting], judgements: Sequence[Judgement]) -> list[Theirs]:
    """Ask the heads in force of communities, a few items at a time as `match` does. Same length and order."""
    heads = await parts.store.feedback.heads()
    seen = [
        Judged(item=one.item, matches=matches, mentions=mentions, attachments=one.attachments)
        for one, (matches, mentions) in zip(found, judgements, strict=True)
    ]
    said: list[Theirs] = []
    for start in range(0, len(seen), AT_ONCE):
        said += await asyncio.to_thread(theirs, parts.matcher, heads, seen[start : start + AT_ONCE])
    return said


def _judged(
    polls: Sequence[Poll],
    judgements: Sequence[Judgement],
    meanings: Sequence[Meaning | None],
    heard: Sequence[Theirs],
) -> list[Poll]:
    """Return the polls with what we think of all their sightings, which come in the same order."""
    coming = zip(judgements, meanings, heard, strict=True)

    def full(sighting: Sighting) -> Sighting:
        (matches, mentions), meaning, said = next(coming)
        return replace(sighting, matches=matches, mentions=mentions, meaning=meaning, theirs=said)

    return [replace(done, sightings=tuple(map(full, done.sightings))) for done in polls]


async def place_waiting(parts: Parts, progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Find the stories of items that were there before there were stories; a few in each transaction, resumable.

    `progress` hears (placed, to be placed), of none at all nothing.
    """
    waiting, last, done = await parts.store.stories.waiting(), 0, 0
    if waiting:
        log.info("older items find their stories", items=waiting)
        progress(done, waiting)
    while waiting:
        async with parts.recording:
            placed = await parts.store.stories.place_some(last, PLACED_AT_ONCE)
        done = min(done + PLACED_AT_ONCE, waiting) if placed else waiting
        progress(done, waiting)
        if placed is None:
            return
        last = placed


# -- report ---------------------------------------------------------------------------------------------------


async def report(parts: Parts, readers: Sequence[Subscriber]) -> list[str]:
    """Compose what each of these readers has not been told yet, and put it into the outbox.

    A reader comes with those subscriptions that are to be told now; those that had nothing to tell are returned.
    """
    now = parts.clock()
    composed, silent, nothing = list[Composed](), list[str](), list[str]()
    async for telling in composing.tellings(parts.store, parts.watchlist, readers, now):
        reader = telling.reader
        if telling.told or schedule.tells_when_empty(reader):
            key, digest = secrets.token_hex(10), telling.digest
            output = parts.outputs[reader.medium]
            archived = render.text(digest, letters_first=output.letters_first)
            composed.append(composing.composed(telling, key, output.parts(digest, reader, key), archived))
        else:
            nothing += [one.id for one in reader.subscriptions]
            silent += _looked_after(reader, telling.digest)
        if len(composed) == COMPOSED_AT_ONCE:
            await parts.store.reports.compose(composed)
            composed.clear()
    await parts.store.reports.compose(composed)
    await parts.store.reports.nothing_told(silent, now)
    return nothing


def _looked_after(reader: Subscriber, digest: Digest) -> list[str]:
    """Return which subscriptions count as told though there was nothing to tell.

    One that is told at once is looked after every few seconds: it need not be written down each time.
    """
    often = digest.until - digest.since < LOOKED_BACK
    return [one.id for one in reader.subscriptions if not often or (one.schedule or reader.schedule).every != "at once"]


async def deliver(parts: Parts) -> None:
    """Send what waits in the outbox, and return when all of it has been tried."""
    async with sending(parts) as queue:
        await queue.take()
        await queue.drained()


@asynccontextmanager
async def sending(parts: Parts) -> AsyncIterator[Sending]:
    """Give what sends, with its workers at work until the end of the context."""
    queue = Sending(parts.store, parts.outputs, parts.clock)
    async with asyncio.TaskGroup() as group:
        workers = [
            group.create_task(queue.working(to)) for to, output in parts.outputs.items() for _ in range(output.at_once)
        ]
        yield queue
        for worker in workers:
            worker.cancel()
