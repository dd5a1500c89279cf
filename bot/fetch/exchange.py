"""One request and its answer, over HTTP/1.1 on a connection of its own to a guarded address.

Nothing comes from the environment, nothing is kept, followed, unpacked, logged or tried again.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Self

import aiohttp
import httpx
import yarl

from bot.errors import FetchError
from bot.fetch.addresses import Resolve
from bot.fetch.answers import Broken, host_of, printable
from bot.fetch.guard import Guard

# Some servers' policies for scripts and frames are longer than aiohttp's 8 KiB; httpx took 100 KiB for all headers.
LONGEST_LINE = 65_536
MOST_HEADERS = 128
PIECE = 65_536


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer whose body is still to come; good as long as its exchange is open."""

    status: int
    headers: httpx.Headers
    _response: aiohttp.ClientResponse
    _host: str

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes over the wire, packed as it is.

        Raises Broken where it ends before its Content-Length or last chunk, or, having neither, by a reset.
        """
        end = self._end()
        with _translated(self._host):
            async for piece in self._response.content.iter_any():
                yield piece
        # aiohttp takes a reset for an end, which would make half a document a whole one.
        if end and not (end.done() and end.exception() is None):
            raise _cut(self._host)

    def _end(self) -> "asyncio.Future[None] | None":
        """Return what tells how the connection ends, where nothing else tells the end of the body."""
        connection = self._response.connection
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers or connection is None:
            return None
        end = None if connection.protocol is None else connection.protocol.closed
        if end is None:
            raise _cut(self._host)
        end.add_done_callback(_heard)
        return end


def _heard(end: "asyncio.Future[None]") -> None:
    """Look at how it ended: asyncio logs what nobody looked at."""
    if not end.cancelled():
        end.exception()


class Exchanges:
    """Makes exchanges. An async context manager. `connect` is for finding a name, and for reaching its addresses."""

    def __init__(self, *, resolve: Resolve, allow_private: bool, connect: timedelta) -> None:
        self._guard = Guard(resolve=resolve, allow_private=allow_private, within=connect)
        self._connect = connect
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._guard,
                socket_factory=self._guard.opened,
                use_dns_cache=False,
                ssl=_trust(),
                # What a broken server sends too much cannot become its next answer.
                force_close=True,
                # The callers bound how many there are: waiting for one in here would use up a document's deadline.
                limit=0,
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect.total_seconds()),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=PIECE,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            max_headers=MOST_HEADERS,
            middlewares=(_once,),
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._session:
            await self._session.close()

    @asynccontextmanager
    async def exchange(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], *, body: bytes | None = None
    ) -> AsyncIterator[Reply]:
        """Send a request with these headers (and Host and Content-Length), and yield the answer.

        Raises FetchError: "unsafe address" or "unreachable", which is Broken where a second try may go well.
        """
        assert self._session, "the exchanges are not open"
        host = host_of(url)
        with _translated(host):
            # The answer's own limits are its reader's.
            response = await self._session.request(
                method, _as_written(url), headers=headers, data=body, allow_redirects=False
            )
        try:
            headers_ = httpx.Headers(response.raw_headers)
            yield Reply(status=response.status, headers=headers_, _response=response, _host=host)
        finally:
            response.close()


def _as_written(url: httpx.URL) -> yarl.URL:
    """Return the address so that its bytes go over the wire as they are: yarl would quote anew, and drop a last "?"."""
    return yarl.URL.build(
        scheme=url.scheme, authority=url.netloc.decode("ascii"), path=url.raw_path.decode("ascii"), encoded=True
    )


@cache
def _trust() -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Translate what goes wrong here, where aiohttp would ask again by itself, and out of turn."""
    with _translated(printable(request.url.raw_host or "")):
        return await handler(request)


@contextmanager
def _translated(host: str) -> Iterator[None]:
    # "From None", since the errors of aiohttp name the whole address, secrets included, and some the headers too.
    try:
        yield
    except aiohttp.InvalidURL:
        raise FetchError("unsafe address", f"{host} is not a host that can be called") from None
    except aiohttp.ServerTimeoutError:
        raise Broken("unreachable", f"{host}: no connection in time") from None
    except aiohttp.ClientConnectorCertificateError as e:
        raise _unreachable(host, e.certificate_error) from None
    except aiohttp.ClientConnectorError as e:
        raise _unreachable(host, e.os_error) from None
    except aiohttp.ClientResponseError as e:
        raise Broken("unreachable", f"{host}: no HTTP we can read: {printable(e.message)}") from None
    except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError):
        raise _cut(host) from None
    except (aiohttp.ClientError, OSError) as e:
        raise Broken("unreachable", f"{host}: {_words(e)}") from None


def _cut(host: str) -> Broken:
    return Broken("unreachable", f"{host}: the connection broke off")


def _unreachable(host: str, error: Exception) -> FetchError:
    return FetchError("unreachable", f"{host}: {_words(error)}")


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers at this port"
    said = error.strerror if isinstance(error, OSError) else str(error)
    return printable(said or "") or type(error).__name__
