"""The two strokes, which meet only in the store; joins everything, decides nothing.

watch:   feed -fetch-> document -read-> entries -accept-> items -match-> matches -> store
report:  store -> stories -compose-> digest -render-> delivery -send-> subscriber
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot import composing, evidence, feeds, items, render, schedule
from bot.articles import EVIDENCE_A_POLL, READ_AGAIN, Article, Articles, passes
from bot.errors import FeedError, LookoutError, ReadError
from bot.fetch import Fetcher
from bot.matching import (
    COMPARED,
    OPENING,
    Embedder,
    Judgement,
    Matcher,
    gist,
    site,
    theirs,
    under_banners,
    without_banner,
)
from bot.outputs import Output
from bot.records import (
    Digest,
    Document,
    Entry,
    Feed,
    FeedState,
    Item,
    Judged,
    Match,
    Offer,
    Reading,
    Subscriber,
    Unchanged,
    Watchlist,
)
from bot.sending import Sending
from bot.store import Composed, Known, Meaning, Poll, Sighting, Store
from bot.workers import Workers

log = structlog.get_logger()

MOST_PAGES = 20
"""Pages of one list read in one poll; a month of DHS has about ten."""

NOT_HERE = ("unseen", "elsewhere")
"""What a list ends with where it may go on with more that this feed has not shown us."""

AT_ONCE = 32
"""Items matched between two looks at whether we are to stop: some two seconds."""

PLACED_AT_ONCE = 64
"""Old items that find their stories in one transaction: some half a second, in which nobody else writes."""

LOOKED_BACK = timedelta(days=1)
"""What a subscription that is told at once looks at each time is at most so much longer than it must be."""

COMPOSED_AT_ONCE = 10
"""Digests written in one transaction: a durable commit costs as much as composing one; none is held for long."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything the strokes work with, built once by `app`. `chance` gives 0..1, `clock` the time in UTC.

    `keeps_evidence`: are the bytes that items came of kept?
    `tesseract`: the program that reads scanned pages; None: this machine has none.
    """

    watchlist: Watchlist
    store: Store
    fetcher: Fetcher
    workers: Workers
    embedder: Embedder
    matcher: Matcher
    outputs: Mapping[str, Output]
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    keeps_evidence: bool = True
    tesseract: str | None = None
    recording: asyncio.Lock = field(default_factory=asyncio.Lock)


# -- watch ----------------------------------------------------------------------------------------------------


async def watch(
    parts: Parts,
    due: Sequence[Feed],
    polled: Callable[[FeedState], None] = lambda _: None,
    *,
    within: timedelta | None = None,
) -> list[Item]:
    """Poll these feeds and remember what they tell; return the items that are new. `polled` is told of each poll.

    What is ready is matched and written together, one commit for many polls; a slow feed holds nobody up. `within`: the
    time that this may take; whose turn has not come by then stays due.
    """
    states = await parts.store.states()
    ready: asyncio.Queue[Poll | None] = asyncio.Queue()
    new: list[Item] = []
    end = None if within is None else asyncio.get_running_loop().time() + within.total_seconds()

    async def one(feed: Feed) -> None:
        done = None
        try:
            async with asyncio.timeout_at(end) as clock:
                done = await poll(parts, feed, states.get(feed.id, FeedState(feed_id=feed.id)))
        except TimeoutError:
            if not clock.expired():
                raise
        await ready.put(done)

    async with asyncio.TaskGroup() as group:
        for feed in due:
            group.create_task(one(feed))
        waiting = len(due)
        while waiting:
            batch = [await ready.get()]
            while not ready.empty():
                batch.append(ready.get_nowait())
            waiting -= len(batch)
            read = [done for done in batch if done is not None]
            new += await remember(parts, read)
            for done in read:
                if done.state is not None:
                    polled(done.state)
    return new


async def poll(parts: Parts, feed: Feed, state: FeedState) -> Poll:
    """Return what the feed tells now and what we then know of it. A feed that fails is a Poll too, without items."""
    now = parts.clock()
    address = feeds.address(feed, state.succeeded, now)
    current = state if state.address == address else replace(state, address=address, etag=None, last_modified=None)
    try:
        answer = await parts.fetcher.document(
            address, etag=current.etag, last_modified=current.last_modified, page=feeds.is_page(feed)
        )
        listed, told, note, offer = list[_Listed](), list[Sighting](), None, None
        document = _to_read(feed, answer, address, now)
        if document is not None:
            listed, note, offer = await _listed(parts, feed, state, document)
            told = await _with_evidence(parts, listed, await _sightings(parts, feed, state, listed))
    except FeedError as e:
        log.info("feed failed", feed=feed.id, reason=e.reason, detail=e.detail)
        return Poll(state=schedule.after_failure(feed, current, e, parts.clock(), parts.chance()))
    except (LookoutError, AssertionError):
        raise
    except Exception as e:
        # A bug of ours. It would end the process, and end it again at this document after every restart: one hostile
        # feed would silence all others. So it is loud in the log, and in the source's state.
        log.exception("a bug, met in one feed", feed=feed.id)
        bug = ReadError("unreadable", f"a bug in Lookout: {type(e).__name__}; its log tells where")
        return Poll(state=schedule.after_failure(feed, current, bug, parts.clock(), parts.chance()))
    if isinstance(answer, Document) and any(s.fingerprint is None for s in told):
        # Some articles are still to be read: the server must not answer "not modified" until they are.
        answer = replace(answer, etag=None, last_modified=None)
    came = _came(listed, told, now)
    after = schedule.after_success(feed, current, answer, parts.clock(), parts.chance(), address=address, came=came)
    is_read = isinstance(answer, Document)
    return Poll(state=replace(after, note=note), sightings=tuple(told), offer=offer, read=is_read)


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


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """An entry with its keys, its fingerprint, whether it is news to us, and the document that lists it.

    `document` None: the documents of this poll are too much to keep as evidence.
    """

    entry: Entry
    document: Document | None
    keys: tuple[str, ...]
    fingerprint: str
    known: Known


def _came(listed: Sequence[_Listed], told: Sequence[Sighting], now: datetime) -> list[datetime]:
    """Return when each entry came out, once: as its list says, and where that is silent as its article does.

    What a list dates ahead would be a sign of life at every look; as an item it counts from when it was first seen.
    """
    dated = {one.keys: one.entry.published for one in listed if one.entry.published and one.entry.published <= now}
    told_by_articles = [s.item.published for s in told if s.item.held is None and s.keys not in dated]
    return [*dated.values(), *told_by_articles]


async def _sightings(parts: Parts, feed: Feed, state: FeedState, listed: Sequence[_Listed]) -> list[Sighting]:
    news = [one for one in listed if one.known != "known"]
    if not news:
        return []
    now = parts.clock()
    accepted = await parts.workers.run(accept_all, [(one.entry, one.keys) for one in news], feed, now)
    since = state.succeeded
    unseen = [item for one, item in zip(news, accepted, strict=True) if one.known == "unseen"]
    whole = len(unseen) == len(listed)
    flood = whole and items.floods(unseen, unseen=len(unseen), known=since is not None, since=since)
    held = [items.held(i, first_poll=since is None, since=since, now=now, flood=flood) for i in accepted]
    marked = [replace(item, held=why) for item, why in zip(accepted, held, strict=True)]
    return await _with_articles(parts, feed, now, list(zip(news, marked, strict=True)))


async def _with_evidence(parts: Parts, listed: Sequence[_Listed], told: Sequence[Sighting]) -> list[Sighting]:
    """Return the sightings with the documents that list them, as they were sent."""
    if not parts.keeps_evidence:
        return list(told)
    listing = {one.keys: one.document for one in listed if one.document is not None}
    sent = {id(document): document for one in told if (document := listing.get(one.keys)) is not None}
    kept = {key: (await asyncio.to_thread(evidence.captured, document),) for key, document in sent.items()}
    return [replace(one, captures=(*kept.get(id(listing.get(one.keys)), ()), *one.captures)) for one in told]


def _to_read(feed: Feed, answer: Document | Unchanged, address: str, now: datetime) -> Document | None:
    if isinstance(answer, Document):
        return answer
    # An unchanged first file of several says nothing of those that follow it.
    return Document(url=address, body=b"", fetched=now) if feeds.every_page(feed) else None


async def _listed(
    parts: Parts, feed: Feed, state: FeedState, document: Document
) -> tuple[list[_Listed], str | None, Offer | None]:
    """Read the list, and its further pages until one ends with an entry that we know.

    Also return what an operator should know, and where the feed says that it is pushed.

    A further page that fails for now fails the whole poll: remembered without it, the next poll would stop at page one.
    One that fails for good must not hold back what the pages before it told.
    """
    reading = await parts.workers.run(feeds.read, feed, document)
    listed, offer = await _compared(parts, feed, reading, document), reading.offer
    note, pages, room = None, 1, EVIDENCE_A_POLL - len(document.body)
    while reading.next_page and state.succeeded and _goes_on(feed, listed):
        if pages == MOST_PAGES:
            note = f"more than {MOST_PAGES} pages were new; the older ones were not read"
            break
        try:
            reading, page = await _further(parts, feed, reading.next_page)
        except FeedError as e:
            if passes(e):
                raise
            # "Gone" is how many lists end.
            note = None if e.reason == "gone" else f"page {pages + 1} of the list: {e}"
            break
        room -= len(page.body)
        listed += await _compared(parts, feed, reading, page if room >= 0 else None)
        pages += 1
    return list({one.keys[0]: one for one in reversed(listed)}.values())[::-1], note, offer


def _goes_on(feed: Feed, listed: Sequence[_Listed]) -> bool:
    return feeds.every_page(feed) or bool(listed and listed[-1].known in NOT_HERE)


async def _further(parts: Parts, feed: Feed, address: str) -> tuple[Reading, Document]:
    page = await parts.fetcher.document(address, page=feeds.is_page(feed))
    if isinstance(page, Unchanged):
        raise ReadError("not a feed", "claims not to have changed, though we never had it")
    return await parts.workers.run(feeds.read, feed, page), page


async def _compared(parts: Parts, feed: Feed, reading: Reading, document: Document | None) -> list[_Listed]:
    entries = reading.entries
    told = [(e, k) for e, k in zip(entries, items.identities(entries, feed), strict=True) if k]
    prints = [fingerprint(entry) for entry, _ in told]
    known = await parts.store.known(feed.id, [(k, mark) for (_, k), mark in zip(told, prints, strict=True)])
    return [
        _Listed(entry=entry, document=document, keys=keys, fingerprint=mark, known=how)
        for (entry, keys), mark, how in zip(told, prints, known, strict=True)
    ]


def fingerprint(entry: Entry) -> str:
    """Return a mark of what a feed says of an entry, which changes when its words do."""
    said = "\0".join((entry.title, entry.url or "", entry.content))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:24]


def accept_all(told: Sequence[tuple[Entry, tuple[str, ...]]], feed: Feed, now: datetime) -> list[Item]:
    """Accept many entries in one visit to a worker process."""
    return [items.accept(entry, keys, feed, now) for entry, keys in told]


async def _with_articles(
    parts: Parts, feed: Feed, now: datetime, accepted: Iterable[tuple[_Listed, Item]]
) -> list[Sighting]:
    articles = Articles(
        feed,
        now,
        fetcher=parts.fetcher,
        workers=parts.workers,
        store=parts.store,
        tesseract=parts.tesseract,
        keeps_evidence=parts.keeps_evidence,
    )
    told = []
    for one, item in accepted:
        read = await _looked_at(articles, one, item)
        unread = read.again and item.published > now - READ_AGAIN
        told.append(
            Sighting(
                item=read.item,
                keys=one.keys,
                attachments=read.attachments,
                captures=read.captures,
                fingerprint=None if unread else one.fingerprint,
            )
        )
    return told


async def _looked_at(articles: Articles, one: _Listed, item: Item) -> Article:
    if one.known == "elsewhere":
        return Article(item=item)
    if item.held is None:
        return await articles.whole(one.entry, one.keys, item)
    # Of what is old, a whole text that has changed is judged anew, and with its letters.
    return await articles.letters(item, one.entry) if one.known == "changed" and one.entry.full else Article(item=item)


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
