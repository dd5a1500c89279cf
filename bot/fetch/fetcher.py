"""Fetches one document at a time for whoever asks: hop by hop, within its limits, in its host's turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Self

import httpx

from bot.errors import FetchError
from bot.fetch.answers import (
    DOCUMENTS,
    Answer,
    callable_url,
    host_of,
    next_address,
    plain,
    plain_header,
    printable,
    refusal,
)
from bot.fetch.bodies import whole_body
from bot.fetch.guard import GuardedNetwork, GuardedTransport, Resolve, resolved
from bot.fetch.limits import Limits
from bot.fetch.robots import Robots
from bot.fetch.turns import Turns
from bot.records import Document, Unchanged

# The agencies' newsrooms drop a connection now and then, and answer at the second try. A status is an answer, and so is
# a refused connection, an unknown name or a bad certificate: those are not asked twice.
BROKEN = (httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


class _Budget:
    """The time that one document may still take; waiting for turns does not spend it."""

    def __init__(self, whole: timedelta) -> None:
        self._left = whole.total_seconds()

    @asynccontextmanager
    async def spending(self) -> AsyncIterator[None]:
        """Raises TimeoutError when nothing is left."""
        now = asyncio.get_running_loop().time
        began = now()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= now() - began


class Fetcher:
    """Brings documents over HTTP. An async context manager; one serves the whole process, so that hosts have one queue.

    `contact` (an address a site's owner can write to) goes into every request. `clock` tells the aware time in UTC.
    """

    def __init__(
        self,
        *,
        contact: str,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resolve: Resolve = resolved,
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._headers = {
            "User-Agent": f"Lookout/{_version()} (civic monitoring; +{plain(contact) or 'no contact given'})",
            "Accept": "*/*",
            # httpx unpacks brotli and zstd without a bound, so we ask for gzip alone and unpack it ourselves.
            "Accept-Encoding": "gzip",
            # At 2 s a request nothing is gained by keeping connections, and what a broken server sends too much cannot
            # become its next answer.
            "Connection": "close",
        }
        self._turns = Turns(self._limits, clock=clock, sleep=sleep)
        self._robots = Robots(self._robots_txt, clock=clock)
        # The bare transport and not a client: a client keeps cookies and logs whole addresses, secrets included.
        self._transport = GuardedTransport(GuardedNetwork(resolve=resolve, allow_private=self._limits.allow_private))

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._transport.aclose()

    async def document(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        page: bool = False,
        most: int | None = None,
    ) -> Document | Unchanged:
        """Return what is at the address, whole and unpacked, or that it is unchanged since the validators given.

        `page`: a web page, for which robots.txt is asked first, at every hop; that has a deadline of its own.
        `most`: bytes after decompression, in the place of the limit for all documents.
        Raises FetchError: "blocked", "gone", "timeout", "too large", "not a feed" (empty), "unsafe address",
        "unreachable" or "server error"; its `retry_after` is what the server said, at most a day ahead.
        """
        answer = await self._followed(callable_url(url), etag=etag, last_modified=last_modified, page=page, most=most)
        if answer.is_unchanged:
            return Unchanged(url=str(answer.url))
        now = self._clock()
        if failure := refusal(answer, now):
            raise failure
        return Document(
            url=str(answer.url),
            body=answer.body,
            fetched=now,
            content_type=plain_header(answer.headers, "Content-Type") or "",
            etag=plain_header(answer.headers, "ETag"),
            last_modified=plain_header(answer.headers, "Last-Modified"),
        )

    async def _robots_txt(self, url: httpx.URL) -> Answer:
        return await self._followed(url, etag=None, last_modified=None, page=False)

    async def _followed(
        self, start: httpx.URL, *, etag: str | None, last_modified: str | None, page: bool, most: int | None = None
    ) -> Answer:
        budget = _Budget(self._limits.deadline)
        url = start
        for hop in range(self._limits.redirects + 1):
            # After a redirect only the ETag, which names the very bytes: to an old page that now stands in for the feed
            # a date alone would get "not modified", and the feed would look quiet for ever.
            conditions = _conditions(etag, last_modified if hop == 0 else None)
            delay = await self._robots.delay_for(url) if page else timedelta()
            answer = await self._answer(url, conditions, budget, delay, most or self._limits.max_bytes)
            if not answer.is_redirect:
                return answer
            url = next_address(answer)
        raise FetchError("server error", f"over {self._limits.redirects} redirects from {host_of(start)}")

    async def _answer(
        self, url: httpx.URL, conditions: Mapping[str, str], budget: _Budget, delay: timedelta, most: int
    ) -> Answer:
        try:
            try:
                return await self._in_turn(url, conditions, budget, delay, most)
            except BROKEN:
                return await self._in_turn(url, conditions, budget, delay, most)
        except TimeoutError as e:
            allowed = self._limits.deadline.total_seconds()
            raise FetchError("timeout", f"{host_of(url)} had not answered in full after {allowed:g} s") from e
        # ssl lets its own errors, which are OSErrors, out of a connection that breaks late.
        except (httpx.TransportError, OSError) as e:
            raise FetchError("unreachable", f"{host_of(url)}: {printable(str(e)) or type(e).__name__}") from e

    async def _in_turn(
        self, url: httpx.URL, conditions: Mapping[str, str], budget: _Budget, delay: timedelta, most: int
    ) -> Answer:
        async with self._turns.turn(url.host, delay=delay), budget.spending():
            return await self._exchanged(url, conditions, most)

    async def _exchanged(self, url: httpx.URL, conditions: Mapping[str, str], most: int) -> Answer:
        request = httpx.Request(
            "GET",
            url,
            headers={**self._headers, **conditions},
            extensions={"timeout": {"connect": self._limits.connect.total_seconds()}},
        )
        response = await self._transport.handle_async_request(request)
        try:
            has_document = response.status_code in DOCUMENTS
            body = await whole_body(response, most=most) if has_document else b""
        finally:
            await response.aclose()
        return Answer(
            url=url, status=response.status_code, headers=response.headers, body=body, conditional=bool(conditions)
        )


def _conditions(etag: str | None, last_modified: str | None) -> Mapping[str, str]:
    asked = {"If-None-Match": plain(etag), "If-Modified-Since": plain(last_modified)}
    return {name: value for name, value in asked.items() if value}


def _version() -> str:
    try:
        return version("lookout-monitor")
    except PackageNotFoundError:  # run from a checkout that nobody installed
        return "0"
