"""What a feed lists: read page by page until it ends with what we know, and each entry compared with what we have.

document -read-> entries -identify-> keys, fingerprint -compare-> whether it is news
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import feeds, items
from bot.articles import EVIDENCE_A_POLL, passes
from bot.errors import FeedError, ReadError
from bot.fetch import Fetcher
from bot.records import Document, Entry, Feed, Further, Offer, Reading, Unchanged
from bot.store import Known, Store
from bot.workers import Workers

MOST_PAGES = 20
"""Pages of one list read in one poll; a month of DHS has about ten."""

NOT_HERE = ("unseen", "elsewhere")
"""What a list ends with where it may go on with more that this feed has not shown us."""


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

    async def document(self, address: str) -> Document:
        """Return what is there, be it unchanged or not. Raises FeedError."""
        page = await self._fetcher.document(address, page=feeds.is_page(self._feed))
        if isinstance(page, Unchanged):
            raise ReadError("not a feed", "claims not to have changed, though we never had it")
        return page

    async def read(
        self, document: Document, succeeded: datetime | None
    ) -> tuple[list[Listed], str | None, Offer | None]:
        """Read the list, and its further pages until one ends with an entry that we know.

        Also return what an operator should know, and where the feed says that it is pushed. `succeeded`: the last
        success; at the first there are no further pages.

        A further page that fails for now fails the whole poll: remembered without it, the next poll would stop at page
        one. One that fails for good must not hold back what the pages before it told.
        """
        reading = await self._reading(document)
        listed, offer = await self._compared(reading, document), reading.offer
        note, pages, room = None, 1, EVIDENCE_A_POLL - len(document.body)
        while reading.next_page and succeeded and self._goes_on(listed):
            if pages == MOST_PAGES:
                note = f"more than {MOST_PAGES} pages were new; the older ones were not read"
                break
            try:
                reading, page = await self._further(reading.next_page)
            except FeedError as e:
                if passes(e):
                    raise
                # "Gone" is how many lists end.
                note = None if e.reason == "gone" else f"page {pages + 1} of the list: {e}"
                break
            room -= len(page.body)
            listed += await self._compared(reading, page if room >= 0 else None)
            pages += 1
        return list({one.keys[0]: one for one in reversed(listed)}.values())[::-1], note, offer

    def _goes_on(self, listed: Sequence[Listed]) -> bool:
        return feeds.every_page(self._feed) or bool(listed and listed[-1].known in NOT_HERE)

    async def _reading(self, document: Document) -> Reading:
        if self._more is not None:
            return await self._workers.run(feeds.read_on, self._feed, document, self._more)
        return await self._workers.run(feeds.read, self._feed, document)

    async def _further(self, address: str) -> tuple[Reading, Document]:
        page = await self.document(address)
        return await self._reading(page), page

    async def _compared(self, reading: Reading, document: Document | None) -> list[Listed]:
        entries = reading.entries
        told = [(e, k) for e, k in zip(entries, items.identities(entries, self._feed), strict=True) if k]
        prints = [fingerprint(entry) for entry, _ in told]
        asked = [(k, mark) for (_, k), mark in zip(told, prints, strict=True)]
        known = await self._store.known(self._feed.id, asked)
        return [
            Listed(entry=entry, document=document, keys=keys, fingerprint=mark, known=how)
            for (entry, keys), mark, how in zip(told, prints, known, strict=True)
        ]


def fingerprint(entry: Entry) -> str:
    """Return a mark of what a feed says of an entry, which changes when its words do."""
    said = "\0".join((entry.title, entry.url or "", entry.content))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:24]
