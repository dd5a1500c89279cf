"""No connection outside the public internet, whatever a name says.

host -> resolve, once -> every address checked -> connect to a checked address, by number
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpcore
import httpx

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
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only; names for TLS and Host are the caller's and stay as they are."""

    def __init__(self, *, resolve: Resolve, allow_private: bool) -> None:
        self._resolve = resolve
        self._allow_private = allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of httpcore)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers; `timeout` in seconds is for each.

        Raises FetchError where any address is unsafe or there is none.
        """
        failure: Exception = FetchError("unreachable", f"{printable(host)} has no address")
        for address in await self._checked(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                failure = e
        raise failure

    async def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as e:
            raise FetchError("unreachable", f"{printable(host)} is not a name we can resolve") from e
        # One bad address condemns the name: an honest name does not point both outside and inside.
        for address in addresses:
            if not self._is_safe(address):
                raise FetchError("unsafe address", f"{printable(host)} is {address}, which is not a public address")
        return addresses

    def _is_safe(self, text: str) -> bool:
        address = ip_address(text)
        return is_public(address) or (self._allow_private and is_private(address))


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP/1.1 over a guarded network, without proxies or anything else from the environment."""

    def __init__(self, network: GuardedNetwork) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        # httpx has no door for a network backend, so the pool it made is replaced. The fetcher bounds how many
        # connections there are: waiting for one in here would use up a document's deadline.
        self._pool = httpcore.AsyncConnectionPool(ssl_context=context, max_connections=None, network_backend=network)
