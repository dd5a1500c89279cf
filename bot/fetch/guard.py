"""No connection outside the public internet, whatever a name says.

host -> resolve, once -> every address checked -> a socket to a checked address, by number
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.errors import FetchError
from bot.fetch.answers import printable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""A host and a port -> the addresses in text, best first; raises OSError or UnicodeError where there are none."""

# `is_global` alone let 8 of 46 dangerous addresses through: these networks carry an IPv4 address inside an IPv6 one
# (NAT64, its local form, 6to4, Teredo, IPv4-mapped, IPv4-compatible), which a gateway would unpack.
DISGUISED = ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::ffff:0:0/96", "::/96")
# Protocol assignments, site-local, documentation, segment routing: the Pythons we run on disagree about them.
UNSETTLED = ("192.0.0.0/24", "fec0::/10", "3fff::/20", "5f00::/16")
NEVER = tuple(map(ip_network, (*DISGUISED, *UNSETTLED)))
PRIVATE = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
# Amazon's metadata service answers inside fc00::/7; the IPv4 ones are link-local and so never private here.
METADATA = ip_network("fd00:ec2::/32")

# A look-up that hangs holds a thread for as long as the system's resolver likes (20 s and more), also when nobody waits
# for it any longer. So names have threads of their own (in the loop's they would hold up the matcher), twice as many as
# there are requests at once.
_THREADS = ThreadPoolExecutor(max_workers=128, thread_name_prefix="names")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Is it an ordinary address of the public internet?"""
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local)
        and not any(address in network for network in NEVER)
    )


def is_private(address: IPv4Address | IPv6Address) -> bool:
    """Is it this machine's or a local network's, and not a cloud's metadata service?"""
    return any(address in network for network in PRIVATE) and address not in METADATA


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return what the system's resolver says; it also reads odd spellings such as 0x7f000001 and 127.1."""

    def found() -> Sequence[str]:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))

    return await asyncio.get_running_loop().run_in_executor(_THREADS, found)


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
