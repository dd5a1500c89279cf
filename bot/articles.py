"""An item's own page and the letters it links: fetched in turn, read by the workers, and what to do where that fails.

teaser -fetch-> page -accept-> item, links -fetch-> PDFs -read-> text, pages -OCR-> the text of scans
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from bot import evidence, items, papers
from bot.errors import FeedError
from bot.fetch import Fetcher
from bot.items import Linked
from bot.papers import Paper
from bot.records import Attachment, Capture, Document, Entry, Feed, Item, NoText, Unchanged
from bot.store import Store
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
"""How long what could not be fetched is tried again, while its feed lists it; and a PDF that was, is not."""


@dataclass(frozen=True, kw_only=True)
class Article:
    """An item after a look at its page and its letters. `again`: look once more at the next poll.

    `captures`: its page and its letters as they were sent, as far as evidence is kept.
    """

    item: Item
    attachments: tuple[Attachment, ...] = ()
    captures: tuple[Capture, ...] = ()
    again: bool = False


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
        self._ocr_pages = OCR_PAGES_A_POLL
        self._ocr_seconds = OCR_SECONDS_A_POLL
        self._evidence = EVIDENCE_A_POLL if keeps_evidence else 0

    async def whole(self, entry: Entry, keys: tuple[str, ...], teaser: Item) -> Article:
        """Return an item with what its page says, where its feed gives but a teaser, and with its letters."""
        if not items.wants_article(entry, self._feed):
            return await self.letters(teaser, entry)
        if not self._articles:
            return Article(item=teaser, again=True)
        self._articles -= 1
        try:
            page = await self._fetcher.document(items.text_at(entry) or teaser.url, page=True)
            if isinstance(page, Unchanged):
                return Article(item=teaser, again=True)
            full = await self._workers.run(items.accept, entry, keys, self._feed, self._now, page)
        except FeedError as e:
            log.info("article not read", feed=self._feed.id, url=teaser.url, reason=e.reason, detail=e.detail)
            if e.retry_after is not None:  # the site asks us to wait
                self._articles = 0
            return Article(item=teaser, again=passes(e))
        kept = await self._kept(page)
        read = await self.letters(replace(full, held=teaser.held), entry, page)
        return replace(read, captures=(*kept, *read.captures))

    async def letters(self, item: Item, entry: Entry, page: Document | None = None) -> Article:
        """Return an item with its letters, which its page links, or what its feed gives of it."""
        try:
            links = await self._workers.run(items.linked, entry, self._feed, page)
        except FeedError as e:
            log.info("links not read", feed=self._feed.id, url=item.url, reason=e.reason, detail=e.detail)
            return Article(item=item)
        have = await self._store.attachments([link.url for link in links]) if links else {}
        sent: list[Capture] = []
        read = [await self._letter(link, have, sent) for link in links]
        return Article(
            item=item,
            attachments=tuple(letter for letter, _ in read if letter is not None),
            captures=tuple(sent),
            again=any(again for _, again in read),
        )

    async def _kept(self, document: Document) -> list[Capture]:
        if len(document.body) > self._evidence:
            return []
        self._evidence -= len(document.body)
        return [await asyncio.to_thread(evidence.captured, document)]

    async def _letter(
        self, link: Linked, have: Mapping[str, Attachment], sent: list[Capture]
    ) -> tuple[Attachment | None, bool]:
        """Return a letter, None where the link leads to something else; and whether to look again at the next poll.

        What came is added to `sent`. A letter that was read once stays as it was where it is away now.
        """
        before = replace(have[link.url], name=link.name) if link.url in have else None
        if before is not None and before.read >= self._now - READ_AGAIN:
            return before, False
        if not self._letters:
            return before or (self._without_text(link, "not read yet") if link.sure else None), True
        self._letters -= 1
        try:
            answer = await self._fetcher.document(link.url, page=True, most=papers.MOST_BYTES)
            body = answer.body if isinstance(answer, Document) else b""
            if not link.sure and not papers.is_pdf(body):
                return None, False
            sent += await self._kept(answer) if isinstance(answer, Document) else []
            return await self._attachment(link, body)
        except FeedError as e:
            log.info("letter not read", feed=self._feed.id, url=link.url, reason=e.reason, detail=e.detail)
            if e.retry_after is not None:
                self._letters = 0
            return before or (self._without_text(link, e.reason) if link.sure else None), passes(e)

    def _without_text(self, link: Linked, reason: NoText) -> Attachment:
        return Attachment(url=link.url, name=link.name, read=self._now, reason=reason)

    async def _attachment(self, link: Linked, body: bytes) -> tuple[Attachment, bool]:
        paper = await self._workers.run(papers.read, body)
        scans = paper.scans[:OCR_PAGES] if self._tesseract else ()
        if scans and (len(scans) > self._ocr_pages or self._ocr_seconds <= 0):
            return self._without_text(link, "not read yet"), True
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
        return letter, False

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


def passes(error: FeedError) -> bool:
    """May the next try succeed? A wall, a page that is gone or a broken document stay as they are."""
    return error.retry_after is not None or error.reason in ("timeout", "unreachable", "server error")
