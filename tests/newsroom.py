"""A small newsroom on loopback for the tests of both strokes: sites that change, a clock, stand-ins for what is slow.

The HTTP, the fetching, the reading, the database and the outputs are the real ones. Only the model (5 s to load) and
the worker processes (1 s to start) are replaced, by things that do the same work here and now.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TypeVar
from zlib import crc32

import numpy as np

from bot import commands
from bot.fetch import Fetcher, Limits
from bot.matching import (
    NO_LETTERS,
    Embedder,
    Judgement,
    Matcher,
    Questions,
    VectorCache,
    Vectors,
    as_items,
    with_letters,
)
from bot.outputs import Console, Folder
from bot.parts import Parts
from bot.records import (
    Attachment,
    Feed,
    Item,
    Judged,
    Match,
    Mention,
    Passage,
    Subscriber,
    Subscription,
    Topic,
    Watchlist,
)
from bot.store import Store, Wanted, open_store
from bot.workers import Workers

T = TypeVar("T")

START = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)

TOPICS = tuple(
    Topic(id=word, name=word.title(), description="", examples=(word,), near_misses=(), phrases=(word,))
    for word in ("faces", "borders")
)
"""What the stand-in matcher follows: an item is about a topic that its title or text names."""


# -- sites ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Page:
    """One answer, or 304 to its etag. `silent`: hang up instead; `hangs`: say nothing until the end of the test."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    silent: bool = False
    hangs: bool = False


@dataclass(frozen=True, kw_only=True)
class Request:
    path: str
    etag: str | None


class Press:
    """A web server on loopback, in a thread. `put` sets what an address answers: the pages in turn, then the last."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.heard: Callable[[str], None] = lambda _path: None
        self._pages: dict[str, list[Page]] = {}
        self._closing = threading.Event()
        self._arrived = threading.Condition()
        press = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                press._answer(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                press._answer(self)

            def log_message(self, *_args: object) -> None:
                """Say nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def put(self, path: str, *pages: Page | bytes) -> str:
        self._pages[path] = [page if isinstance(page, Page) else Page(body=page) for page in pages]
        return self.url + path

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def wait_for(self, path: str, times: int = 1) -> None:
        """Return when `path` has been asked for so often. Not a time limit: the one minute is for a hung test."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: self.count(path) >= times, timeout=60), f"nobody asked for {path}"

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        with self._arrived:
            self.asked.append(Request(path=request.path, etag=request.headers.get("If-None-Match")))
            pages = self._pages.get(request.path, [Page(status=404, body=b"no such page")])
            page = pages.pop(0) if len(pages) > 1 else pages[0]
            self._arrived.notify_all()
        self.heard(request.path)
        if page.hangs:
            self._closing.wait()
        if page.silent or page.hangs:
            return
        current = page.etag is not None and request.headers.get("If-None-Match") == page.etag
        request.send_response(304 if current else page.status)
        for name, value in {**page.headers, **({"ETag": page.etag} if page.etag else {})}.items():
            request.send_header(name, value)
        body = b"" if current else page.body
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@dataclass(frozen=True, kw_only=True)
class Told:
    """An entry of a sample feed."""

    title: str
    link: str | None = None
    text: str = "So much for the sample."
    at: datetime | None = START - timedelta(hours=1)
    guid: str | None = None


def told(title: str, **said: Any) -> Told:
    return Told(title=title, **said)


def rss(*entries: Told) -> bytes:
    items = "".join(map(_entry, entries))
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Sample</title>{items}</channel></rss>'.encode()


def _entry(entry: Told) -> str:
    parts = {
        "title": entry.title,
        "link": entry.link,
        "guid": entry.guid,
        "description": entry.text,
        "pubDate": entry.at and format_datetime(entry.at),
    }
    return "<item>" + "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in parts.items() if value) + "</item>"


def article(text: str) -> bytes:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    return f"<!doctype html><html><head><title>Sample</title></head><body>{paragraphs}</body></html>".encode()


# -- parts ----------------------------------------------------------------------------------------------------


class Time:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **much: float) -> None:
        self.now += timedelta(**much)


class Words(Matcher):
    """Stands in for the model: an item is about the topics whose word it contains."""

    def __init__(self, topics: Sequence[Topic] = TOPICS) -> None:
        self._sought = [topic.id for topic in topics]

    def match(
        self,
        items: Sequence[Item],
        letters: Mapping[str, Sequence[Attachment]] = NO_LETTERS,
        *,
        closely: bool = False,
    ) -> dict[str, Judgement]:
        return {item.id: self._whole(item, letters.get(item.id, ())) for item in items}

    def _whole(self, item: Item, letters: Sequence[Attachment]) -> Judgement:
        apart = [(letter, self._own(one)) for letter, one in as_items(item, letters)]
        return with_letters(item.id, self._own(item), apart)

    def _own(self, item: Item) -> Judgement:
        return tuple(matched(item, word) for word in self._sought), _mentions(item)


class Bags(Embedder):
    """Stands in for the model: texts are the nearer the more words they share, and `synonyms` count as one word."""

    def __init__(self, name: str = "sample-model", dimensions: int = 64, synonyms: Sequence[set[str]] = ()) -> None:
        super().__init__(name)
        self._dimensions = dimensions
        self._same = {word: min(words) for words in synonyms for word in words}

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.stack([self._one(text) for text in texts])
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)

    def _one(self, text: str) -> Vectors:
        words = [self._same.get(word, word) for word in re.findall(r"\w+", text.lower())] or [""]
        drawn = [np.random.default_rng(crc32(f"{self.name} {w}".encode())) for w in words]
        summed = np.sum([one.standard_normal(self._dimensions) for one in drawn], axis=0)
        return np.asarray(summed, dtype=np.float32)


class Unread(Embedder):
    """Stands in for the model where nothing is matched: any vectors will do."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.full((len(texts), 384), 384**-0.5, dtype=np.float32)


def spare_the_model(data: Path, *examples: str) -> None:
    """Give a data folder vectors of a topic's examples and near misses, so that a start need not load the model."""
    VectorCache(data / "vectors", Unread()).encode(examples)


class Asked(Questions):
    """Questions that this model embeds; those of no other model."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._models[embedder.name] = embedder


async def found(store: Store, query: str, wanted: Wanted, limit: int = 10) -> list[Judged]:
    """What a search by words finds."""
    return [hit.judged for hit in (await commands.search(store, query, wanted, limit)).hits]


def matched(item: Item, word: str) -> Match:
    """Return what the stand-in thinks: the passage is the paragraph with the word."""
    inside = next((part for part in item.text.split("\n\n") if word in part.lower()), "")
    start = item.text.index(inside)
    passage = Passage(where="text", start=start, end=start + len(inside), text=inside)
    if not inside:
        passage = Passage(where="title", start=0, end=len(item.title), text=item.title)
    return Match(
        item_id=item.id,
        topic_id=word,
        probability=0.9 if word in f"{item.title} {item.text}".lower() else 0.1,
        threshold=0.5,
        passage=passage,
        phrases=(word,) if inside else (),
        nearest_for=(word, 0.5),
        nearest_against=None,
        model="sample",
    )


def is_verbatim(one: Judged) -> bool:
    """Is every passage a piece of the item as it is now?"""
    letters = {letter.url: letter.text for letter in one.attachments}
    texts = {"title": one.item.title, "text": one.item.text}
    passages = [match.passage for match in one.matches]
    return all(
        (texts | {"letter": letters.get(p.letter or "", "")})[p.where][p.start : p.end] == p.text for p in passages
    )


def _mentions(item: Item) -> tuple[Mention, ...]:
    if "Sample App" not in item.title:
        return ()
    start = item.title.index("Sample App")
    passage = Passage(where="title", start=start, end=start + 10, text="Sample App")
    return (Mention(item_id=item.id, subject_id="sample-app", passage=passage),)


class Here(Workers):
    """Stands in for the worker processes: what they would do is done here."""

    def __init__(self) -> None:
        """Start nothing."""

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        await asyncio.sleep(0)
        return function(*args)


def feed(press: Press, name: str, **said: Any) -> Feed:
    """A feed of whole texts at /name, asked once an hour."""
    made: dict[str, Any] = {
        "id": name,
        "name": f"The {name.title()}",
        "kind": "rss",
        "url": f"{press.url}/{name}",
        "category": "news",
        "every": timedelta(hours=1),
        "options": {"full_text": True},
    }
    return Feed(**(made | said))


def press_page(press: Press, name: str, **said: Any) -> Feed:
    """A feed that is a web page of links, 3 a page, and goes on at ?page=1."""
    options = {"item": "li", "pages": "?page={n}"}
    return feed(press, name, **({"kind": "press_page", "category": "dhs", "options": options} | said))


def listing(*links: tuple[str, str]) -> bytes:
    rows = "".join(f'<li><a href="{href}">{escape(title)}</a></li>' for href, title in links)
    return (
        f"<!doctype html><html><head><title>Sample newsroom</title></head><body><ul>{rows}</ul></body></html>".encode()
    )


@cache
def _empty_database() -> bytes:
    """Made once: the migrations take longer than most tests."""

    async def made(path: Path) -> None:
        await (await open_store(path)).close()

    with TemporaryDirectory() as folder, ThreadPoolExecutor() as thread:  # the caller's own loop is running
        path = Path(folder) / "lookout.db"
        thread.submit(lambda: asyncio.run(made(path))).result()
        return path.read_bytes()


def an_empty_database(folder: Path) -> Path:
    """Return a database in this folder, as the migrations make it."""
    folder.mkdir(exist_ok=True)
    path = folder / "lookout.db"
    path.write_bytes(_empty_database())
    return path


def _made(path: Path) -> None:
    if not path.exists():
        an_empty_database(path.parent)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    _made(path)
    store = await open_store(path)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def parts(
    data: Path,
    feeds: Sequence[Feed],
    clock: Callable[[], datetime],
    *,
    deadline: float = 20,
    stream: Any = None,
    embedder: Embedder | None = None,
) -> AsyncIterator[Parts]:
    """Every part, real but for `Words`, `Bags` and `Here`; the console prints into `stream`."""
    limits = Limits(allow_private=True, gap=timedelta(), gov_gap=timedelta(), deadline=timedelta(seconds=deadline))
    async with (
        opened(data / "lookout.db") as store,
        Fetcher(contact="sample@example.org", clock=clock, limits=limits, resolve=_only_here) as fetcher,
    ):
        yield Parts(
            watchlist=Watchlist(topics=TOPICS, subjects=(), feeds=tuple(feeds)),
            store=store,
            fetcher=fetcher,
            workers=Here(),
            embedder=Bags() if embedder is None else embedder,
            matcher=Words(),
            outputs={"console": Console(StringIO() if stream is None else stream), "folder": Folder()},
            clock=clock,
            chance=lambda: 0.0,
        )


async def _only_here(host: str, _port: int) -> Sequence[str]:
    assert host == "127.0.0.1", f"a test asked for {host}"
    return [host]


def reader(data: Path, **said: Any) -> Subscriber:
    """Somebody who gets digests as files below `data`."""
    made: dict[str, Any] = {
        "id": "folder",
        "medium": "folder",
        "address": str(data / "digests"),
        "zone": "America/New_York",
    }
    follows = {name: said.pop(name) for name in ("topics", "categories", "words", "threshold") if name in said}
    made |= said
    return Subscriber(**{"subscriptions": (Subscription(id=made["id"], **follows),), **made})


def digests(data: Path) -> list[str]:
    """The digests in the folder, oldest first."""
    files = sorted((data / "digests").glob("*.md"), key=lambda file: (file.name[:10], file.stat().st_mtime_ns))
    return [file.read_text(encoding="utf-8") for file in files]


@contextmanager
def press() -> Iterator[Press]:
    with Press() as opened_press:
        yield opened_press
