"""Which addresses there are for a name, and which of them may be called."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_network

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
