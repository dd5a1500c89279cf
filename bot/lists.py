"""What a feed lists: read page by page until it ends with what we know, and each entry compared with what we have.

document -read-> entries -identify-> keys, fingerprint -compare-> whether it is news
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot import feeds, identifying, items
from bot.articles import EVIDENCE_A_POLL, may_pass
from bot.errors import FeedError, ReadError
from bot.fetch import Fetcher
from bot.identifying import Page
from bot.records import Document, Entry, Feed, FeedState, Further, Offer, Unchanged
from bot.store import Known, Store
from bot.workers import Workers

log = structlog.get_logger()

MOST_PAGES = 20
"""Pages of one list read in one poll; a month of DHS has about ten. The next poll goes on from there."""

LAST = 3
"""Entries at the end of a page that may tell that the list goes on with news: one alone may be pinned there."""

TRIED_FOR = timedelta(days=7)
"""How long the rest of a list is tried: longer than a wall has stood, or a long weekend lasts."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An entry with its keys, its fingerprint, whether it is news to us, and the document that lists it.

    `document` None: the documents of this poll are too much to keep as evidence.
    """

    entry: Entry
    document: Document | None
    keys: tuple[str, ...]
    fingerprint: str
    known: Known


@dataclass(frozen=True, kw_only=True)
class Rest:
    """Where a list goes on that could not be read to its end, and down to what: that which was seen by `since`.

    `begun`: since when it is left. `tries`: that failed to read its next page. `error`: the last of them; None: there
    was no room in this poll.
    """

    page: str
    since: datetime
    begun: datetime
    tries: int = 0
    error: FeedError | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a list told in one poll. `note`: what an operator should know; `offer`: where the feed is pushed."""

    listed: Sequence[Listed]
    rest: Rest | None = None
    note: str | None = None
    offer: Offer | None = None


class Lists:
    """Reads the list of one feed in one poll, or a `further` document that an entry of it names."""

    def __init__(
        self, feed: Feed, *, fetcher: Fetcher, workers: Workers, store: Store, further: Further | None = None
    ) -> None:
        self._feed = feed
        self._fetcher = fetcher
        self._workers = workers
        self._store = store
        self._more = further
        self._pages = MOST_PAGES - 1
        self._room = EVIDENCE_A_POLL
        self._note: str | None = None

    async def document(self, address: str) -> Document:
        """Return what is there, be it unchanged or not. Raises FeedError."""
        page = await self._fetcher.document(address, page=feeds.is_page(self._feed))
        if isinstance(page, Unchanged):
            raise ReadError("not a feed", "claims not to have changed, though we never had it")
        return page

    async def read(self, document: Document, state: FeedState) -> Told:
        """Read the list, and its further pages until one ends with an entry that we know; not so at the first poll.

        A further page that cannot be read must not hold back what the pages before it told: the next poll goes on from
        there, as from where an earlier poll had to stop.
        """
        reading = await self._reading(document)
        self._note = reading.note
        self._room -= len(document.body)
        listed, offer = await self._compared(reading, document), reading.offer
        rest, now = None, document.fetched
        before = _left(state)
        # Where every page is read, those before it were, by the poll that left it: else none would come past them.
        goes_on = before is not None and not before.tries and feeds.every_page(self._feed)
        if (since := state.succeeded) is not None and not goes_on:
            more, rest = await self._down_from(self._following(reading, document, listed, since), since, now)
            listed += more
        if before is not None:
            if rest is None:
                more, rest = await self._down_from(before.page, before.since, now)
                listed += more
            rest = self._still_left(before, rest)
        once = {one.keys[0]: one for one in reversed(listed)}
        return Told(listed=list(once.values())[::-1], rest=rest, note=self._note, offer=offer)

    def _still_left(self, before: Rest, after: Rest | None) -> Rest | None:
        if after is None:
            if self._note is None:
                log.info("the rest of a list is read", feed=self._feed.id, page=before.page)
            return None
        begun = min(before.begun, after.begun)  # a clock may be set back
        if after.begun - begun > TRIED_FOR:
            log.warning("the rest of a list is given up", feed=self._feed.id, page=after.page, since=before.since)
            self._note = f"what it listed around {before.since:%Y-%m-%d} was not read to the end, and is given up"
            return None
        return replace(after, since=before.since, begun=begun, tries=before.tries + 1 if after.error else 0)

    async def _down_from(self, page: str | None, since: datetime, now: datetime) -> tuple[list[Listed], Rest | None]:
        """Read pages until one ends with what was seen by `since`; return what they list, and where it goes on."""
        listed: list[Listed] = []
        while page is not None:
            if not self._pages:
                self._note = f"more than {MOST_PAGES} pages are new; the next poll reads on"
                return listed, Rest(page=page, since=since, begun=now)
            self._pages -= 1
            try:
                reading, document = await self._further(page)
            except FeedError as e:
                return listed, self._stopped_at(page, since, now, e)
            self._room -= len(document.body)
            here = await self._compared(reading, document if self._room >= 0 else None)
            listed += here
            page = self._following(reading, document, here, since)
        return listed, None

    def _stopped_at(self, page: str, since: datetime, now: datetime, error: FeedError) -> Rest | None:
        # "Gone" is how many lists end, and so is a page without entries.
        if error.reason == "gone":
            return None
        self._note = f"a further page of the list could not be read: {error}"
        log.info("further page not read", feed=self._feed.id, page=page, reason=error.reason, detail=error.detail)
        # A page that cannot be read may be an apology today, with a status that says all is well.
        passes = may_pass(error) or isinstance(error, ReadError)
        return Rest(page=page, since=since, begun=now, tries=1, error=error) if passes else None

    def _following(self, reading: Page, document: Document, listed: Sequence[Listed], since: datetime) -> str | None:
        """Return the next page, if the list may go on there with what this feed had not shown us by `since`."""
        now, last = document.fetched, listed[-LAST:]
        if feeds.every_page(self._feed) or any(self._is_followed_by_news(one, since, now) for one in last):
            return reading.next_page
        return None

    def _is_followed_by_news(self, one: Listed, since: datetime, now: datetime) -> bool:
        at = one.entry.published
        if feeds.is_page(self._feed) and at is not None and at <= now:
            # A page runs by its dates: what is set in late stands among what we know, and under old news is no news.
            return at > since - items.LATE
        return one.known.how in ("unseen", "elsewhere") or (one.known.seen is not None and one.known.seen > since)

    async def _reading(self, document: Document) -> Page:
        return await self._workers.run(identifying.read, self._feed, document, self._more)

    async def _further(self, address: str) -> tuple[Page, Document]:
        page = await self.document(address)
        return await self._reading(page), page

    async def _compared(self, reading: Page, document: Document | None) -> list[Listed]:
        asked = [(one.keys, one.fingerprint) for one in reading.entries]
        known = await self._store.known(self._feed.id, asked)
        return [
            Listed(entry=one.entry, document=document, keys=one.keys, fingerprint=one.fingerprint, known=how)
            for one, how in zip(reading.entries, known, strict=True)
        ]


def _left(state: FeedState) -> Rest | None:
    if state.rest is None or state.rest_since is None:
        return None
    begun = state.rest_begun or state.rest_since
    return Rest(page=state.rest, since=state.rest_since, begun=begun, tries=state.rest_tries)
