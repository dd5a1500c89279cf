"""The server of the site, for as long as Lookout runs."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import structlog
import uvicorn
from starlette.types import ASGIApp

from bot.errors import ConfigError, Mistake

log = structlog.get_logger()

LETTING_GO = 2
"""Seconds that answers under way have when Lookout stops."""


async def serving(
    application: ASGIApp,
    host: str,
    port: int,
    listening: Callable[[int], None] = lambda _: None,
    *,
    proxies: str = "127.0.0.1,::1",
) -> None:
    """Serve until cancelled. `listening` hears the port, which may have been 0 for any.

    `proxies`: the addresses or networks, separated by commas, that are believed when they say whom they ask for.

    Raises ConfigError where the place is taken, or none of this machine.
    """
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With its protocol named: asyncio sends small pieces at once only then, else each answer takes 40 ms more.
        listener = socket.socket(family, kind, protocol)
    except OSError as e:
        raise _taken(host, port, e) from e
    with listener:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(128)
        except OSError as e:
            raise _taken(host, port, e) from e
        number: int = listener.getsockname()[1]
        server = _Server(
            uvicorn.Config(
                application,
                log_config=None,
                access_log=False,  # addresses hold what people searched for, and links that let in
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=LETTING_GO,
                limit_concurrency=AT_ONCE,
                proxy_headers=True,
                forwarded_allow_ips=proxies,
            )
        )
        serve = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            log.info("web: serving", host=host, port=number)
            listening(number)
            await asyncio.shield(serve)
        finally:
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await serve


AT_ONCE = 500
"""Connections at a time; more are refused with 503, so that whoever holds many open takes no more of our memory."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to Lookout, which stops the site with everything else."""
        yield


def _taken(host: str, port: int, error: OSError) -> ConfigError:
    says = f"LOOKOUT_LISTEN: cannot listen at {host}:{port}: {error.strerror}"
    return ConfigError([Mistake(file="settings", line=None, says=says)])
