"""A server of feeds on loopback, in a process of its own, so that what it costs is not counted; for polling.py.

Of each sample there are as many copies as are needed. Copies tell of other things in other letters under other
addresses: to a poller, and to what finds stories, no two feeds have an entry in common.
"""

import asyncio
import gzip
import multiprocessing
import re
import string
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path

CHANGING = 5
"""One feed in so many has a new entry when it is asked again, the others answer 304."""

_WORDS = re.compile(rb"(?<=[\s>])[a-z][a-z ,]{8,}(?=[\s<.])")
_IN_TEXT = re.compile(rb"(?=(?:\s*\]\]>\s*)?</(?:link|guid|id)\s*>)")
_HREF = re.compile(rb"(<(?:link|item)\s[^<>]*(?:href|rdf:about)=(?:\"[^\"#<>]*|'[^'#<>]*))(?=[\"'#])")
_FIRST = re.compile(rb"<(?:item|entry)[\s>]", re.IGNORECASE)


def copy(sample: bytes, number: int) -> bytes:
    """Return another feed of the same size and form."""
    if not number:
        return sample
    letters = string.ascii_lowercase.encode()
    turn = bytes.maketrans(letters, letters[number % 25 + 1 :] + letters[: number % 25 + 1])
    told = _WORDS.sub(lambda found: found[0].translate(turn), sample)
    mark = b"copy=%d" % number
    return _HREF.sub(rb"\1?" + mark, _IN_TEXT.sub(b"?" + mark, told))


def with_news(feed: bytes, number: int) -> bytes:
    """Return the feed with one entry before all others, of today and of some 150 words."""
    first = _FIRST.search(feed)
    if first is None:
        return feed
    words = " ".join(f"{word} told {number * 7 % 97}{word}" for word in ("office", "agency", "letter", "hearing") * 12)
    said = f"&lt;p&gt;Members wrote of {number}.&lt;/p&gt;&lt;p&gt;{words}&lt;/p&gt;"
    title, link, now = f"What came next in {number}", f"https://sample.example/news/{number}", datetime.now(UTC)
    news = f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
    news += f"<pubDate>{format_datetime(now)}</pubDate><description>{said}</description></item>"
    if first[0].lower().startswith(b"<entry"):
        news = f'<entry><title>{title}</title><link href="{link}"/><id>{link}</id>'
        news += f'<updated>{now.isoformat()}</updated><content type="html">{said}</content></entry>'
    return feed[: first.start()] + news.encode() + feed[first.start() :]


@contextmanager
def serving(folder: Path, feeds: int) -> Iterator[int]:
    """Give the port of a server that has so many feeds at /0, /1 ..., made of the samples in the folder."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, folder, feeds), daemon=True)
    server.start()
    try:
        yield here.recv()
    finally:
        server.kill()
        server.join()


def _serve(wire: Connection, folder: Path, feeds: int) -> None:
    samples = [file.read_bytes() for file in sorted(folder.iterdir())]
    samples = [gzip.decompress(each) if each.startswith(b"\x1f\x8b") else each for each in samples]
    made = [copy(samples[n % len(samples)], n // len(samples)) for n in range(feeds)]
    packed = [(gzip.compress(feed, 1), gzip.compress(with_news(feed, n), 1)) for n, feed in enumerate(made)]
    del made, samples
    asyncio.run(_served(wire, packed))


async def _served(wire: Connection, packed: Sequence[tuple[bytes, bytes]]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            number = int(head.split(b" ", 2)[1].strip(b"/"))
            again = b'if-none-match: "old"' in head
            if again and number % CHANGING:
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "old"\r\nConnection: close\r\n\r\n')
            else:
                writer.write(
                    b'HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nETag: "%b"\r\nConnection: close\r\n'
                    b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
                    % (b"new" if again else b"old", len(packed[number][again]))
                )
                writer.write(packed[number][again])
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1_024)
    wire.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
