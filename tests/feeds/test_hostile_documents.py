"""Documents made to hurt their reader: each is read, or refused for a named reason, within the limits."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import feeds, items
from bot.errors import ReadError
from bot.records import Document, Entry, Feed, Reading
from bot.workers import Workers

RSS = b'<?xml version="1.0"?>%s<rss version="2.0"><channel><title>t</title>%s</channel></rss>'
LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'ha'>%s]>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
DEEP = 100_000
HOSTILE_FEEDS = {
    "a megabyte of attributes": RSS
    % (b"", b"<item><title %s>x</title></item>" % (b'a%d="1" ' * 100_000 % tuple(range(100_000)))),
    "deep XML": RSS % (b"", b"<item>" + b"<a>" * DEEP + b"</a>" * DEEP + b"</item>"),
    "deep HTML in an entry": RSS
    % (b"", b"<item><title>x</title><description>" + b"&lt;div&gt;" * DEEP + b"</description></item>"),
    "billion laughs": RSS % (LAUGHS, b"<item><title>&a11;</title></item>"),
    "NULs": RSS % (b"", b"<item><title>a\0b</title></item>"),
    "an encoding that does not exist": (RSS % (b"", b"<item><title>\xff</title></item>")).replace(
        b"?>", b' encoding="x"?>', 1
    ),
    "bytes of no encoding": RSS % (b"", b"<item><title>\xff\xfe\x80</title></item>"),
    "a megabyte title": RSS % (b"", b"<item><title>" + b"x" * 1_000_000 + b"</title></item>"),
    "unclosed CDATA": RSS % (b"", b"<item><title><![CDATA[" + b"]" * 100_000),
    "deep JSON": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * DEEP,
}
HOSTILE_PAGES = {
    "deep HTML": b"<html><body>" + b"<div>" * DEEP + b"<li><a href=/x>x</a>",
    "deep links": b"<html><body><li>" + b"<b><a href=/x>x" * 20_000,
    "a megabyte of attributes": b"<html><body><li %s><a href=/x>x</a>"
    % (b'a%d="1" ' * 100_000 % tuple(range(100_000))),
    "a million unclosed tags": b"<html><body><li><a href=/x>x</a>" + b"<" * 1_000_000,
    "NULs": b"<html><body><li><a href='/x\0y'>a\0b</a>",
    "ten thousand dated links": b"<html><body>"
    + b"<div class=c%d><p><a href=/%d>A sample release of this day</a> <b>April 9, 2026</b></p></div>"
    * 10_000
    % tuple(n for n in range(10_000) for _ in range(2)),
    "deep data of a script": b'<script id="__NEXT_DATA__">' + b"[" * DEEP,
    "much data of a script": b'<script id="__NEXT_DATA__">[' + b"[{}]," * 300_000 + b"1]</script>",
}


@pytest.fixture(scope="module")
async def workers() -> AsyncIterator[Workers]:
    """One reader for all documents; where one kills it, it is replaced."""
    async with Workers(processes=1, cpu_seconds=1, memory_bytes=1 << 30) as running:
        yield running


async def outcome(workers: Workers, feed: Feed, document: Document) -> Reading | str:
    """Return what was read, or the reason why not; identity and acceptance of the first entry go with it."""
    try:
        reading = await workers.run(feeds.read, feed, document)
        keys = await workers.run(items.identities, reading.entries, feed)
        await workers.run(items.accept, reading.entries[0], keys[0] or ("",), feed, document.fetched, document)
    except ReadError as e:
        return e.reason
    return reading


@pytest.mark.parametrize("trap", HOSTILE_FEEDS)
async def test_a_hostile_feed_is_read_or_refused(
    workers: Workers, feed: Callable[..., Feed], document: Callable[..., Document], trap: str
) -> None:
    told = await outcome(workers, feed("rss"), document(HOSTILE_FEEDS[trap]))
    assert isinstance(told, Reading) or told in {"not a feed", "unreadable"}
    assert await workers.run(abs, -1) == 1


@pytest.mark.parametrize("kind", ["press_page", "congress_member"])
@pytest.mark.parametrize("trap", HOSTILE_PAGES)
async def test_a_hostile_page_is_read_or_refused(
    workers: Workers, feed: Callable[..., Feed], document: Callable[..., Document], trap: str, kind: str
) -> None:
    options = {"item": "li"} if kind == "press_page" else {}
    told = await outcome(workers, feed(kind, **options), document(HOSTILE_PAGES[trap]))
    assert isinstance(told, Reading) or told in {"layout changed", "unreadable"}
    assert await workers.run(abs, -1) == 1


def test_an_external_entity_reads_no_file(
    feed: Callable[..., Feed], document: Callable[..., Document], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("a secret of this machine")
    entity = b"<!DOCTYPE x [<!ENTITY e SYSTEM '%s'>]>" % (tmp_path / "secret").as_uri().encode()
    body = RSS % (entity, b"<item><title>x &e; y</title><description>&e;</description></item>")
    entries: list[Entry] = list(feeds.read(feed("rss"), document(body)).entries)
    assert entries
    assert "secret" not in repr(entries)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("/a\x1b]0;x\x07b", "https://news.example.org/a%1B]0;x%07b"),
        ("/\x9b31m\x7f", "https://news.example.org/%C2%9B31m%7F"),
        ("/\u202egpj.x\u2066", "https://news.example.org/%E2%80%AEgpj.x%E2%81%A6"),
        ("/a b\u00a0c\u2028d", "https://news.example.org/a%20b%C2%A0c%E2%80%A8d"),
        ("/späti", "https://news.example.org/späti"),
        ("https://evil\u202e.example/a", None),
        ("https://e vil.example/a", None),
    ],
)
def test_no_address_holds_what_a_terminal_obeys(
    feed: Callable[..., Feed], document: Callable[..., Document], link: str, address: str | None
) -> None:
    line = json.dumps({"title": "A sample", "url": link, "text": "x"}).encode()
    [entry] = feeds.read(feed("json_lines"), document(line, "https://news.example.org/feed")).entries
    assert entry.url == address
