"""One look at one feed: asked for, read, and what is new of it accepted, with its articles, letters and evidence.

feed -fetch-> document -list-> what is news -accept-> items -read on-> articles and letters -> a Poll, to be remembered

What an entry only names, the whole history of a bill, is read afterwards, where what is remembered tells that it
matters: as a Poll of its own, which loses nobody the list's entries where it fails.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot import evidence, feeds, items, schedule
from bot.articles import Article, Articles, is_due, is_unread, tries
from bot.errors import FeedError, LookoutError, ReadError
from bot.lists import Listed, Lists, Told
from bot.parts import Parts
from bot.records import Document, Feed, FeedState, Item, Unchanged
from bot.store import Owed, Poll, Sighting

log = structlog.get_logger()

MOST_FURTHER = 40
"""Further documents read after one poll of a feed: more bills than change in an hour of those that matter. The others
wait for the next."""


async def poll(parts: Parts, feed: Feed, state: FeedState) -> Poll:
    """Return what the feed tells now and what we then know of it. A feed that fails is a Poll too, without items."""
    now = parts.clock()
    address = feeds.address(feed, state.succeeded, now)
    current = state if state.address == address else replace(state, address=address, etag=None, last_modified=None)
    if state.address not in ("", address) and address == feed.url:
        state = current = replace(current, rest=None, rest_since=None, rest_begun=None, rest_tries=0)  # another list
    try:
        answer = await parts.fetcher.document(
            address, etag=current.etag, last_modified=current.last_modified, page=feeds.is_page(feed)
        )
        told, found = Told(listed=()), list[Sighting]()
        document = _to_read(feed, answer, address, now)
        if document is not None:
            lists = Lists(feed, fetcher=parts.fetcher, workers=parts.workers, store=parts.store)
            told = await lists.read(document, state)
            since = state.rest_since or state.succeeded
            found = await _with_evidence(parts, told.listed, await _sightings(parts, feed, since, told.listed))
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
    if isinstance(answer, Document) and _is_incomplete(told, found, now):
        # The server must not answer "not modified" until all is read.
        answer = replace(answer, etag=None, last_modified=None)
    came = _came(told.listed, found, now)
    after = schedule.after_success(feed, current, answer, parts.clock(), parts.chance(), address=address, came=came)
    after = _with_rest(after, told)
    if feeds.reads_on(feed) and (waiting := await parts.store.further.waiting(feed.id)):
        note = f"{waiting} further documents, as of all that happened to a bill, were still to be read"
        after = replace(after, note=after.note or note)
    return Poll(
        state=after,
        sightings=tuple(found),
        offer=told.offer,
        read=isinstance(answer, Document),
        named=tuple(one.entry.further for one in told.listed if one.entry.further is not None),
        since=state.succeeded,
    )


async def owed(parts: Parts, feed: Feed) -> list[Owed]:
    """Return the further documents of a feed that are to be read now: of what matters, those that changed."""
    return await parts.store.further.owed(feed.id, MOST_FURTHER, parts.clock()) if feeds.reads_on(feed) else []


async def read_on(parts: Parts, feed: Feed, one: Owed) -> Poll:
    """Return what a further document tells. One that fails tells nothing, and is read at the feed's next poll."""
    try:
        lists = Lists(feed, fetcher=parts.fetcher, workers=parts.workers, store=parts.store, further=one.further)
        document = await lists.document(one.further.url)
        told = await lists.read(document, FeedState(feed_id=feed.id, succeeded=document.fetched))
        found = await _with_evidence(parts, told.listed, await _sightings(parts, feed, one.since, told.listed))
    except FeedError as e:
        log.info("further document not read", feed=feed.id, url=one.further.url, reason=e.reason, detail=e.detail)
        # What is gone is asked for again when the entry that names it changes.
        return Poll(state=None, read_on=(feed.id, one.further) if e.reason == "gone" or e.lasting else None)
    except (LookoutError, AssertionError):
        raise
    except Exception:
        log.exception("a bug, met in one further document", feed=feed.id, url=one.further.url)  # as in `poll`
        return Poll(state=None)
    whole = told.note is None and not _is_incomplete(told, found, document.fetched)
    return Poll(state=None, sightings=tuple(found), read_on=(feed.id, one.further) if whole else None)


def _is_incomplete(told: Told, found: Sequence[Sighting], now: datetime) -> bool:
    """Is some of what the feed told still to be read: the rest of its list, articles, letters?"""
    looked_at = {one.keys for one in found}
    waits = any(is_unread(one.known, now) for one in told.listed if one.keys not in looked_at)
    return told.rest is not None or waits or any(one.tries is not None for one in found)


def _with_rest(state: FeedState, told: Told) -> FeedState:
    state = replace(state, note=told.note, rest=None, rest_since=None, rest_begun=None, rest_tries=0)
    if told.rest is None:
        return state
    rest = told.rest
    asked = rest.error.retry_after if rest.error else None
    waits = max(state.next_poll, asked) if state.next_poll and asked else state.next_poll
    state = replace(state, next_poll=waits, rest=rest.page, rest_tries=rest.tries)
    return replace(state, rest_since=rest.since, rest_begun=rest.begun)


def _came(listed: Sequence[Listed], told: Sequence[Sighting], now: datetime) -> list[datetime]:
    """Return when each entry came out, once: as its list says, and where that is silent as its article does.

    What a list dates ahead would be a sign of life at every look; as an item it counts from when it was first seen.
    """
    dated = {one.keys: one.entry.published for one in listed if one.entry.published and one.entry.published <= now}
    told_by_articles = [s.item.published for s in told if s.item.held is None and s.keys not in dated]
    return [*dated.values(), *told_by_articles]


async def _sightings(parts: Parts, feed: Feed, since: datetime | None, listed: Sequence[Listed]) -> list[Sighting]:
    now = parts.clock()
    news = [one for one in listed if one.known.how != "known" or is_due(one.known, now)]
    if not news:
        return []
    accepted = await parts.workers.run(items.accept_all, [(one.entry, one.keys) for one in news], feed, now)
    began = await parts.store.began(feed.id)
    late_from = feeds.late(feed, began, now)
    unseen = [item for one, item in zip(news, accepted, strict=True) if one.known.how == "unseen"]
    whole = len(unseen) == len(listed)
    flood = whole and items.floods(
        unseen, unseen=len(unseen), known=since is not None, since=since, late_from=late_from
    )
    held = [
        items.held(i, first_poll=since is None, since=since, now=now, flood=flood, late_from=late_from, began=began)
        for i in accepted
    ]
    marked = [replace(item, held=why) for item, why in zip(accepted, held, strict=True)]
    return await _with_articles(parts, feed, now, list(zip(news, marked, strict=True)))


async def _with_evidence(parts: Parts, listed: Sequence[Listed], told: Sequence[Sighting]) -> list[Sighting]:
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


async def _with_articles(
    parts: Parts, feed: Feed, now: datetime, accepted: Sequence[tuple[Listed, Item]]
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
    read: dict[tuple[str, ...], Article] = {}
    # What was never tried comes first: a host that refuses one page again must not keep others from their first try.
    for one, item in sorted(accepted, key=lambda told: told[0].known.tries or 0):
        read[one.keys] = await _looked_at(articles, feed, one, item)
    # What we know as it is, and whose turn did not come, tells nothing: it need not be matched again at every poll.
    told = [one for one, _ in accepted if one.known.how != "known" or not _is_as_it_was(read[one.keys])]
    return [await _sighting(parts, one, read[one.keys]) for one in told]


def _is_as_it_was(read: Article) -> bool:
    return read.unread == "not reached" and read.attachments is None


async def _sighting(parts: Parts, one: Listed, read: Article) -> Sighting:
    attachments = read.attachments
    if attachments is None:
        attachments = () if one.known.how == "unseen" else await parts.store.letters(one.keys)
    return Sighting(
        item=read.item,
        keys=one.keys,
        attachments=attachments,
        captures=read.captures,
        fingerprint=one.fingerprint,
        tries=tries(one.known, read.unread),
    )


async def _looked_at(articles: Articles, feed: Feed, one: Listed, item: Item) -> Article:
    if one.known.how == "elsewhere":
        return Article(item=item)
    if item.held is None or one.known.tries is not None:
        return await articles.whole(one.entry, one.keys, item)
    # Of what is old, a whole text that has changed is judged anew, and with its letters.
    is_whole = one.known.how == "changed" and one.entry.full
    if is_whole and items.hides_links(one.entry, feed):
        return Article(item=item, attachments=None)
    return await articles.letters(item, one.entry) if is_whole else Article(item=item)
