"""Every real document we have, served over HTTP and read in worker processes: sensible entries, or a named reason."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from bot import feeds, items
from bot.errors import ReadError
from bot.records import Document, Entry, Feed, Item
from bot.workers import Workers

NOW = datetime(2026, 10, 5, tzinfo=UTC)

NO_FEEDS = {
    "all-govinfo-feeds.opml": "OPML, a list of feeds",
    "congressional-committee-materials.opml": "OPML, a list of feeds",
    "govinfo_BILLS-sample.json": "JSON of another shape",
    "govinfo_CREC-sample.json": "JSON of another shape",
    "govinfo_FR-2018-04-12-granules.json": "JSON of another shape",
    "govinfo_FR-2018-04-12-summary.json": "JSON of another shape",
    "7ef13a42fa7e177a.gz": "broken XML",  # attributes without quotation marks, before the first entry
}

_TABLE = {"item": "tbody tr:has(td.date)", "link": "a", "date": "td.date time"}
_JOOMLA = {"item": "tr:has(td.list-date)", "link": "td.list-title a", "date": "td.list-date"}
_DRUPAL = {
    "item": ".views-row",
    "link": ".views-field-title a",
    "date": ".views-field-created",
    "teaser": ".views-field-body",
    "next": ".pager-next a",
}
PRESS_PAGES: dict[str, tuple[dict[str, str], int, int, str]] = {  # selectors, releases, dated ones, the first title
    "congress_bill_nelson_press-coldfusion.html": (
        {"item": "#primaryContent li", "date": "li"},
        26,
        26,
        "Crackdown on fraud",
    ),
    "congress_bill_nelson_press.html": ({"item": "h3.field-content", "next": ".pager-next a"}, 10, 0, "Lawmakers seek"),
    "congress_butterfield_press.html": (_DRUPAL, 10, 10, "North Carolina Delegation"),
    "congress_cowan_press.html": (_TABLE, 15, 15, "$248,000 in FEMA Grants"),
    "congress_drupal_press.html": (_DRUPAL, 10, 10, "Walz Calls for Passage"),
    "congress_ed_perlmutter_press.html": (_JOOMLA, 445, 445, "Polis, Perlmutter Host"),
    "congress_house_gop_releases.html": ({"item": "#membernews li"}, 8, 0, "Posey: Cocoa Post Office"),
    "congress_keating_press.html": (_JOOMLA, 161, 161, "Keating Announces EPA Grant"),
    "congress_rand_paul_press.html": ({"item": "#press > h2"}, 20, 0, "Sens. Rand Paul & Mark Warner"),
    "congress_vitter_press.html": (_TABLE, 20, 20, "Vitter: BP to Pay"),
}
ARTICLES = {  # what the article says, and what only its frame does
    "news_ap_meta_refresh.html": ("The father of the Orlando nightclub gunman", "<meta"),
    "news_cleveland.com1.html": ("Chia seeds and goji berries", "Sign in"),
    "news_cnn_article.html": ("winter storm that struck much of the eastern United States", "SHARE THIS"),
    "news_fox13now_001.html": ("Some 40,000 measures taking effect", "Privacy Policy"),
    "news_time_001.html": ("James Hansen first warned Congress", "SUBSCRIBE"),
}


class _Served(SimpleHTTPRequestHandler):
    """Serves a folder; what is stored compressed goes out as it lies there."""

    def end_headers(self) -> None:
        if self.path.endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Served, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def served(shared: Path) -> Iterator[str]:
    with _serving(shared / "data") as address:
        yield address


@pytest.fixture(scope="module")
async def workers() -> AsyncIterator[Workers]:
    """One reader for all documents; where one kills it, it is replaced."""
    async with Workers(processes=1, cpu_seconds=20, memory_bytes=1 << 30) as running:
        yield running


def _feed(kind: str, url: str, options: dict[str, str] | None = None) -> Feed:
    every = timedelta(hours=1)
    return Feed(id="real", name="Real", kind=kind, url=url, category="congress", every=every, options=options or {})


async def _document(url: str) -> Document:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        answer = await client.get(url)
    content_type = answer.headers["content-type"] if url.endswith(".html") else ""  # the server guesses from the name
    return Document(url=url, body=answer.content, fetched=NOW, content_type=content_type)


@dataclass
class _Told:
    """What a folder of feeds told, summed up."""

    read: int = 0
    entries: int = 0
    without_link: int = 0
    without_date: int = 0
    without_title: int = 0
    unidentified: int = 0

    def add(self, entries: list[Entry], keys: list[tuple[str, ...]]) -> None:
        self.read += 1
        self.entries += len(entries)
        self.without_link += sum(entry.url is None for entry in entries)
        self.without_date += sum(entry.published is None for entry in entries)
        self.without_title += sum(not entry.title for entry in entries)
        self.unidentified += sum(not own for own in keys)


def _names(shared: Path, folder: str) -> list[str]:
    return sorted(file.name for file in (shared / "data" / folder).iterdir())


async def _read_all(workers: Workers, served: str, folder: str, names: list[str]) -> _Told:
    """Read every feed of a folder; those that are none must say so as `NO_FEEDS` expects."""
    told = _Told()
    for name in names:
        document = await _document(f"{served}/{folder}/{name}")
        feed = _feed("rss", document.url)
        if name in NO_FEEDS:
            with pytest.raises(ReadError, match=f"not a feed: {NO_FEEDS[name]}"):
                await workers.run(feeds.read, feed, document)
            continue
        reading = await workers.run(feeds.read, feed, document)
        assert reading.entries, name
        told.add(list(reading.entries), await workers.run(items.identities, reading.entries, feed))
    return told


async def test_the_recorded_feeds_are_read(workers: Workers, served: str, shared: Path) -> None:
    told = await _read_all(workers, served, "feeds", _names(shared, "feeds"))
    # congress_culberson_rss.xml is RSS 0.92 and has no dates.
    assert told == _Told(read=21, entries=322, without_date=10)


async def test_two_hundred_feeds_of_2026_are_read(workers: Workers, served: str, shared: Path) -> None:
    told = await _read_all(workers, served, "realfeeds", _names(shared, "realfeeds"))
    # A game's changelog of 1,046 entries has no links; microblogs have no titles; 36 dates are of the year 1.
    assert told == _Told(read=199, entries=6_565, without_link=1_047, without_date=43, without_title=12)


@pytest.mark.parametrize("name", PRESS_PAGES)
async def test_the_press_pages_of_congress_are_read(workers: Workers, served: str, name: str) -> None:
    selectors, releases, dated, first = PRESS_PAGES[name]
    document = await _document(f"{served}/html/{name}")
    reading = await workers.run(feeds.read, _feed("press_page", document.url, selectors), document)
    assert (len(reading.entries), sum(entry.published is not None for entry in reading.entries)) == (releases, dated)
    assert reading.entries[0].title.startswith(first)
    assert (reading.next_page is not None) == ("next" in selectors)


@pytest.mark.parametrize("name", ARTICLES)
async def test_the_text_of_news_pages_is_found(workers: Workers, served: str, name: str) -> None:
    said, frame = ARTICLES[name]
    document = await _document(f"{served}/html/{name}")
    entry = Entry(title="A real page", url=document.url, content="A teaser.")
    item: Item = await workers.run(items.accept, entry, ("guid:real:1",), _feed("rss", document.url), NOW, document)
    assert (item.text_from, item.language) == ("article", "en")
    assert said in item.text
    assert frame not in item.text


def test_every_page_is_expected_to_say_something(shared: Path) -> None:
    assert set(_names(shared, "html")) == PRESS_PAGES.keys() | ARTICLES.keys()
