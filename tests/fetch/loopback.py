"""A server on loopback that misbehaves in every way we have heard of, and a fetcher that may call it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import FetchError
from bot.fetch import Fetcher, Limits, resolved
from bot.records import Document

FEED = b"<rss><channel><title>Sample feed</title></channel></rss>"
PAGE = b"<!doctype html><html><head><title>Sample page</title></head><body>A sample statement.</body></html>"

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Time:
    """A clock that moves only when told to, or slept on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
        self.start = self.now
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    at: datetime


@dataclass
class Site:
    """A server on loopback. `pages`: the replies of each path, in order; the last one goes on for ever."""

    time: Time
    port: int = 0
    pages: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    inside: int = 0
    busiest: int = 0

    def at(self, path: str, *replies: Reply | bytes) -> str:
        self.pages[path] = [raw(r) if isinstance(r, bytes) else r for r in replies]
        return f"http://127.0.0.1:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inside += 1
        self.busiest = max(self.busiest, self.inside)
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            path = lines[0].split()[1]
            self.asked.append(Asked(path, headers, self.time.now))
            replies = self.pages.get(path, [raw(answer("404 Not Found"))])
            await (replies.pop(0) if len(replies) > 1 else replies[0])(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.inside -= 1
            writer.close()


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in ({"Content-Length": str(len(body))} | named).items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def raw(data: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return reply


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while not writer.is_closing():
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0)


async def silence(writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


@asynccontextmanager
async def fetching(
    time: Time,
    *,
    names: Mapping[str, Sequence[str]] | None = None,
    keys: Mapping[str, str] | None = None,
    **limits: Any,
) -> AsyncIterator[Fetcher]:
    """A fetcher that may call loopback; `names`, where given, are all the names there are."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        if names is None:
            return await resolved(host, port)
        if host not in names:
            raise OSError("no such name")
        return names[host]

    within: dict[str, Any] = {"allow_private": True, "gap": timedelta()} | limits
    async with Fetcher(
        contact="https://lookout.example/about",
        limits=Limits(**within),
        clock=time.clock,
        sleep=time.sleep,
        resolve=resolve,
        keys=keys,
    ) as fetcher:
        yield fetcher


async def got(time: Time, url: str, **asked: Any) -> Document:
    async with fetching(time) as fetcher:
        document = await fetcher.document(url, **asked)
    assert isinstance(document, Document)
    return document


async def refused(time: Time, url: str, *, page: bool = False, **limits: Any) -> FetchError:
    async with fetching(time, **limits) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document(url, page=page)
    assert e.value.detail.isprintable()
    assert "sample-secret" not in str(e.value)
    return e.value
