"""Fetches one document at a time for whoever asks: hop by hop, within its limits, in its host's turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import Self

import httpx

from bot.errors import FetchError
from bot.fetch.addresses import Resolve, is_private, resolved
from bot.fetch.answers import (
    DOCUMENTS,
    Answer,
    Broken,
    callable_url,
    host_of,
    kept_headers,
    next_address,
    plain,
    plain_header,
    refusal,
    refused_status,
)
from bot.fetch.bodies import whole_body
from bot.fetch.limits import Limits
from bot.fetch.robots import Robots
from bot.fetch.turns import Turns
from bot.records import Document, Unchanged


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is asked for, and how, at every hop."""

    etag: str | None = None
    last_modified: str | None = None
    page: bool = False
    most: int

    def conditions(self, hop: int) -> Mapping[str, str]:
        # After a redirect only the ETag, which names the very bytes: to an old page that now stands in for the feed a
        # date alone would get "not modified", and the feed would look quiet for ever.
        since = self.last_modified if hop == 0 else None
        asked = {"If-None-Match": plain(self.etag), "If-Modified-Since": plain(since)}
        return {name: value for name, value in asked.items() if value}


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
    `keys`: what is sent as X-Api-Key, to exactly these hosts, over TLS alone (or to a private address given as a
    number). Raises ValueError for a key that no header can hold.
    """

    def __init__(
        self,
        *,
        contact: str,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resolve: Resolve = resolved,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._headers = {
            "User-Agent": f"Lookout/{_version()} (civic monitoring; +{plain(contact) or 'no contact given'})",
            "Accept": "*/*",
            # Brotli and zstd cannot be unpacked under a bound, so we ask for gzip alone and unpack it ourselves.
            "Accept-Encoding": "gzip",
            # At 2 s a request nothing is gained by keeping connections, and what a broken server sends too much cannot
            # become its next answer.
            "Connection": "close",
        }
        self._turns = Turns(self._limits, clock=clock, sleep=sleep)
        self._robots = Robots(self._robots_txt, clock=clock)
        self._resolve = resolve
        self._keys = dict(keys or {})
        for host, key in self._keys.items():
            if plain(key) is None:
                raise ValueError(f"the key for {host} cannot stand in a header")

    async def __aenter__(self) -> Self:
        from bot.fetch.exchange import Exchanges  # its library takes 0.15 s to load, and most commands fetch nothing

        limits = self._limits
        exchanges = Exchanges(resolve=self._resolve, allow_private=limits.allow_private, connect=limits.connect)
        self._exchanges = await exchanges.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._exchanges.__aexit__(*exc)

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
        `most`: the bytes that it may have, where that is not what the limits say of every document.
        Raises FetchError: "blocked", "gone", "timeout", "too large", "not a feed" (empty), "unsafe address",
        "unreachable" or "server error"; its `retry_after` is what the server said, at most a day ahead.
        """
        most = self._limits.max_bytes if most is None else most
        wish = _Wish(etag=etag, last_modified=last_modified, page=page, most=most)
        answer = await self._followed(callable_url(url), wish)
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
            asked=url,
            status=answer.status,
            headers=kept_headers(answer.headers),
        )

    async def post_form(self, url: str, form: bytes) -> None:
        """POST a form to the address, in its host's turn, and follow nothing.

        Raises FetchError: "timeout", "unsafe address", "unreachable", and what a status means that is no success.
        """
        address, allowed = callable_url(url), self._limits.deadline.total_seconds()
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            async with (
                self._turns.turn(address.host, delay=timedelta()),
                asyncio.timeout(allowed),
                self._exchanges.exchange("POST", address, headers, body=form) as reply,
            ):
                answer = Answer(url=address, status=reply.status, headers=reply.headers, body=b"", conditional=False)
        except TimeoutError as e:
            raise FetchError("timeout", f"{host_of(address)} had not answered after {allowed:g} s") from e
        if not 200 <= answer.status < 300:
            raise refused_status(answer, self._clock())

    async def _robots_txt(self, url: httpx.URL) -> Answer:
        return await self._followed(url, _Wish(most=self._limits.max_bytes))

    async def _followed(self, start: httpx.URL, wish: _Wish) -> Answer:
        budget = _Budget(self._limits.deadline)
        url = start
        for hop in range(self._limits.redirects + 1):
            delay = await self._robots.delay_for(url) if wish.page else timedelta()
            answer = await self._answer(url, wish, hop, budget, delay)
            if not answer.is_redirect:
                return answer
            url = next_address(answer)
        raise FetchError("server error", f"over {self._limits.redirects} redirects from {host_of(start)}")

    async def _answer(self, url: httpx.URL, wish: _Wish, hop: int, budget: _Budget, delay: timedelta) -> Answer:
        try:
            try:
                return await self._in_turn(url, wish, hop, budget, delay)
            # The agencies' newsrooms drop a connection now and then, and answer at the second try. A status is an
            # answer, and so is a refused connection, an unknown name or a bad certificate: those are not asked twice.
            except Broken:
                return await self._in_turn(url, wish, hop, budget, delay)
        except TimeoutError as e:
            allowed = self._limits.deadline.total_seconds()
            raise FetchError("timeout", f"{host_of(url)} had not answered in full after {allowed:g} s") from e

    async def _in_turn(self, url: httpx.URL, wish: _Wish, hop: int, budget: _Budget, delay: timedelta) -> Answer:
        async with self._turns.turn(url.host, delay=delay), budget.spending():
            return await self._exchanged(url, wish.conditions(hop), wish.most)

    async def _exchanged(self, url: httpx.URL, conditions: Mapping[str, str], most: int) -> Answer:
        headers = {**self._headers, **conditions, **self._key_for(url)}
        async with self._exchanges.exchange("GET", url, headers) as reply:
            body = b""
            if reply.status in DOCUMENTS:
                packed = reply.headers.get("Content-Encoding", "")
                body = await whole_body(reply.pieces(), encoding=packed, most=most)
        return Answer(url=url, status=reply.status, headers=reply.headers, body=body, conditional=bool(conditions))

    def _key_for(self, url: httpx.URL) -> Mapping[str, str]:
        key = self._keys.get(url.host)
        return {"X-Api-Key": key} if key and (url.scheme == "https" or _is_private_number(url.host)) else {}


def _is_private_number(host: str) -> bool:
    try:
        return is_private(ip_address(host))
    except ValueError:
        return False


def _version() -> str:
    try:
        return version("lookout-monitor")
    except PackageNotFoundError:  # run from a checkout that nobody installed
        return "0"
