"""An item's own page and the letters it links: fetched in turn, read by the workers, and what to do where that fails.

teaser -fetch-> page -accept-> item, links -fetch-> PDFs -read-> text, pages -OCR-> the text of scans
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

import structlog

from bot import evidence, items, papers
from bot.errors import FeedError
from bot.fetch import Fetcher, counted_as
from bot.items import Linked
from bot.papers import Paper
from bot.records import Attachment, Capture, Document, Entry, Feed, Item, NoText, Unchanged
from bot.store import Known, Store
from bot.workers import Workers

log = structlog.get_logger()

MOST_ARTICLES = 60
"""Articles fetched in one poll of one feed. The others keep their teaser until the next poll reads them."""

MOST_LETTERS = 30
"""PDFs fetched in one poll of one feed: more than all of Congress links in an hour. The others wait for the next."""

OCR_PAGES = 20
"""Pages of one PDF that are read by OCR. A letter has three; a scanned report is known by its first twenty."""

OCR_PAGES_A_POLL = 40
"""Pages read by OCR in one poll of one feed: one to five minutes, in which its news wait."""

OCR_SECONDS_A_POLL = 300.0
"""Time after which no further letter is read by OCR in one poll of one feed: pages can be made that take a minute each,
and meanwhile nobody else has the worker. The others wait for the next poll."""

EVIDENCE_A_POLL = 64 * 2**20
"""Bytes of pages and letters that are kept as evidence of one poll of one feed: they wait in memory for its end."""

READ_AGAIN = timedelta(days=3)
"""How long a PDF that was read is not fetched again, though its item is looked at anew."""

TRIES = (
    timedelta(),
    timedelta(),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=48),
)
"""How long after an entry was first seen each try to read what it leads to may be made: sites are down for an hour,
walls go up for a day. What still fails at the last is given up; a paywall is so asked six times in all."""

WAITS = timedelta(days=7)
"""How long what an entry leads to waits for its turn behind a wall that refuses others; then it is given up too."""

REFUSALS = 2
"""Refusals after which a host, or all that share its wall, is left in peace for the rest of a poll."""


Unread = Literal["failed", "not reached"]


@dataclass(frozen=True, kw_only=True)
class Article:
    """An item after a look at its page and its letters. `unread`: some of it failed, or its turn did not come.

    `attachments` None: its page, which alone names its letters, was not read; those that it has stay.
    `captures`: its page and its letters as they were sent, as far as evidence is kept.
    """

    item: Item
    attachments: tuple[Attachment, ...] | None = ()
    captures: tuple[Capture, ...] = ()
    unread: Unread | None = None


class Articles:
    """Reads the articles and letters of one poll of one feed, and remembers how much of either it still may.

    `tesseract`: the program that reads scanned pages; None: there is none. `keeps_evidence`: is what is sent kept?
    """

    def __init__(
        self,
        feed: Feed,
        now: datetime,
        *,
        fetcher: Fetcher,
        workers: Workers,
        store: Store,
        tesseract: str | None,
        keeps_evidence: bool,
    ) -> None:
        self._feed = feed
        self._now = now
        self._fetcher = fetcher
        self._workers = workers
        self._store = store
        self._tesseract = tesseract
        self._articles = MOST_ARTICLES
        self._letters = MOST_LETTERS
        self._refusals: Counter[str] = Counter()
        self._ocr_pages = OCR_PAGES_A_POLL
        self._ocr_seconds = OCR_SECONDS_A_POLL
        self._evidence = EVIDENCE_A_POLL if keeps_evidence else 0

    async def whole(self, entry: Entry, keys: tuple[str, ...], teaser: Item) -> Article:
        """Return an item with what its page says, where its feed gives but a teaser, and with its letters."""
        wanted = items.wants_article(entry, self._feed)
        if not wanted and not items.hides_links(entry, self._feed):
            return await self.letters(teaser, entry)
        address = (items.text_at(entry) if wanted else None) or teaser.url
        if not self._articles or self._refuses(address):
            return Article(item=teaser, attachments=None, unread="not reached")
        self._articles -= 1
        try:
            page = await self._fetcher.document(address, page=True)
            if isinstance(page, Unchanged):
                return Article(item=teaser, attachments=None, unread="failed")
            full = await self._workers.run(items.accept, entry, keys, self._feed, self._now, page) if wanted else teaser
        except FeedError as e:
            log.info("article not read", feed=self._feed.id, url=teaser.url, reason=e.reason, detail=e.detail)
            self._refused(address, e)
            return Article(item=teaser, attachments=None, unread="failed" if may_pass(e) else None)
        kept = await self._kept(page)
        read = await self.letters(replace(full, held=teaser.held), entry, page)
        return replace(read, captures=(*kept, *read.captures))

    async def letters(self, item: Item, entry: Entry, page: Document | None = None) -> Article:
        """Return an item with its letters, which its page links, or what its feed gives of it."""
        try:
            links = await self._workers.run(items.linked, entry, self._feed, page)
        except FeedError as e:
            log.info("links not read", feed=self._feed.id, url=item.url, reason=e.reason, detail=e.detail)
            return Article(item=item, attachments=None)
        have = await self._store.attachments([link.url for link in links]) if links else {}
        sent: list[Capture] = []
        read = [await self._letter(link, have, sent) for link in links]
        return Article(
            item=item,
            attachments=tuple(letter for letter, _ in read if letter is not None),
            captures=tuple(sent),
            unread=_worst(unread for _, unread in read),
        )

    def _refuses(self, address: str) -> bool:
        return self._refusals[_called(address)] >= REFUSALS

    def _refused(self, address: str, error: FeedError) -> None:
        """Note that the host of an address did not answer, or asked us to wait."""
        if error.retry_after is not None:
            self._refusals[_called(address)] = REFUSALS
        elif error.reason in ("blocked", "timeout", "unreachable") and not error.lasting:
            self._refusals[_called(address)] += 1

    async def _kept(self, document: Document) -> list[Capture]:
        if len(document.body) > self._evidence:
            return []
        self._evidence -= len(document.body)
        return [await asyncio.to_thread(evidence.captured, document)]

    async def _letter(
        self, link: Linked, have: Mapping[str, Attachment], sent: list[Capture]
    ) -> tuple[Attachment | None, Unread | None]:
        """Return a letter, None where the link leads to something else; and whether it is still to be read.

        What came is added to `sent`. A letter that was read once stays as it was where it is away now.
        """
        before = replace(have[link.url], name=link.name) if link.url in have else None
        if before is not None and before.read >= self._now - READ_AGAIN:
            return before, None
        if not self._letters or self._refuses(link.url):
            return before or (self._without_text(link, "not read yet") if link.sure else None), "not reached"
        self._letters -= 1
        try:
            answer = await self._fetcher.document(link.url, page=True, most=papers.MOST_BYTES)
            body = answer.body if isinstance(answer, Document) else b""
            if not link.sure and not papers.is_pdf(body):
                return None, None
            sent += await self._kept(answer) if isinstance(answer, Document) else []
            return await self._attachment(link, body)
        except FeedError as e:
            log.info("letter not read", feed=self._feed.id, url=link.url, reason=e.reason, detail=e.detail)
            self._refused(link.url, e)
            letter = before or (self._without_text(link, e.reason) if link.sure else None)
            return letter, "failed" if may_pass(e) else None

    def _without_text(self, link: Linked, reason: NoText) -> Attachment:
        return Attachment(url=link.url, name=link.name, read=self._now, reason=reason)

    async def _attachment(self, link: Linked, body: bytes) -> tuple[Attachment, Unread | None]:
        paper = await self._workers.run(papers.read, body)
        scans = paper.scans[:OCR_PAGES] if self._tesseract else ()
        if scans and (len(scans) > self._ocr_pages or self._ocr_seconds <= 0):
            return self._without_text(link, "not read yet"), "not reached"
        seen = await self._recognised(link, body, scans)
        text, starts = await self._workers.run(papers.whole, paper, seen)
        letter = Attachment(
            url=link.url,
            name=link.name,
            read=self._now,
            text=text,
            starts=starts,
            pages=paper.pages,
            unread=paper.pages - len(paper.texts) + len(set(paper.scans) - set(seen)),
            ocr_pages=tuple(seen),
            reason=None if text else _why_empty(paper),
            sha256=sha256(body).hexdigest(),
        )
        return letter, None

    async def _recognised(self, link: Linked, body: bytes, scans: Sequence[int]) -> dict[int, str]:
        """Return the text of scanned pages by their numbers, as far as that can be read within its bounds."""
        seen: dict[int, str] = {}
        now = asyncio.get_running_loop().time
        began = now()
        for number in scans:
            assert self._tesseract is not None
            self._ocr_pages -= 1
            try:
                seen[number] = await self._workers.run(papers.recognised, body, number, self._tesseract)
            except FeedError as e:  # what stopped it on this page may stop it on every page, for as long
                log.info("scan not read", feed=self._feed.id, url=link.url, page=number, detail=e.detail)
                break
        self._ocr_seconds -= now() - began
        return seen


def _why_empty(paper: Paper) -> NoText:
    return paper.reason or ("scanned" if paper.scans else "empty")


def is_unread(known: Known, now: datetime) -> bool:
    """Is what an entry leads to still to be read?"""
    return known.tries is not None and (known.seen is None or now - known.seen <= WAITS)


def is_due(known: Known, now: datetime) -> bool:
    """Is it to be read, and the time for the next try come?"""
    if known.tries is None or not is_unread(known, now):
        return False
    return known.seen is None or now >= known.seen + TRIES[min(known.tries, len(TRIES) - 1)]


def tries(known: Known, unread: Unread | None) -> int | None:
    """Return how often what an entry leads to could not be read, after another look; None: it is read, or given up."""
    if unread is None:
        return None
    failed = (known.tries or 0) + (unread == "failed")
    return failed if failed < len(TRIES) else None


def may_pass(error: FeedError) -> bool:
    """May a later try succeed? Robots.txt, a page that is gone and a broken document stay as they are."""
    passing = error.reason in ("blocked", "timeout", "unreachable", "server error")
    return not error.lasting and (error.retry_after is not None or passing)


def _worst(unread: Iterable[Unread | None]) -> Unread | None:
    found = set(unread)
    return "failed" if "failed" in found else "not reached" if "not reached" in found else None


def _called(address: str) -> str:
    """Return whom an address calls: its host, or all that share its wall."""
    return counted_as(urlsplit(address).hostname or "")
