"""No connection outside the public internet, whatever a name says.

host -> resolve, once -> every address checked -> a socket to a checked address, by number
"""

import asyncio
import socket
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import FetchError
from bot.fetch.addresses import Resolve, is_private, is_public
from bot.fetch.answers import printable


class Guard(AbstractResolver):
    """Finds the addresses of names, and opens sockets, for safe addresses only.

    aiohttp asks `resolve` for every name, but not for what looks like a number; `opened` it asks for every address
    that it is about to call, so that nothing gets by.
    """

    def __init__(self, *, resolve: Resolve, allow_private: bool, within: timedelta) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._within = within.total_seconds()

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 (the interface of aiohttp)
    ) -> list[ResolveResult]:
        """Return the host's addresses, each of them checked.

        Raises FetchError: "unsafe address" where any is, "unreachable" where there is none or none is found in time.
        """
        addresses = await self._found(host, port)
        if not addresses:
            raise FetchError("unreachable", f"{printable(host)} has no address")
        # One bad address condemns the name: an honest name does not point both outside and inside.
        for address in addresses:
            if not self._is_safe(address):
                raise FetchError("unsafe address", f"{printable(host)} is {address}, which is not a public address")
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Do nothing: the threads are everybody's."""

    def opened(self, info: AddrInfoType) -> socket.socket:
        """Return a socket for one of getaddrinfo's addresses. Raises FetchError "unsafe address"."""
        family, kind, protocol, _, (address, *_) = info
        if not self._is_safe(str(address)):
            raise FetchError("unsafe address", f"{printable(str(address))} is not a public address")
        return socket.socket(family=family, type=kind, proto=protocol)

    async def _found(self, host: str, port: int) -> Sequence[str]:
        try:
            async with asyncio.timeout(self._within):
                return await self._resolve(host, port)
        except TimeoutError as e:
            detail = f"{printable(host)} had not been found among the names after {self._within:g} s"
            raise FetchError("unreachable", detail) from e
        except (OSError, UnicodeError) as e:
            raise FetchError("unreachable", f"{printable(host)} is not a name we can resolve") from e

    def _is_safe(self, text: str) -> bool:
        address = ip_address(text)
        return is_public(address) or (self._allow_private and is_private(address))


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
