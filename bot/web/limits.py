"""How often one person, or one mailbox, may ask for something that costs somebody else something."""

import ipaddress
from typing import ClassVar

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from bot.errors import Refused


class Patience:
    """Counts in memory; a restart forgets. Every limit is a moving window."""

    JOINING: ClassVar[dict[str, RateLimitItem]] = {
        "mailbox": parse("3 per day"),  # nobody's mailbox is filled by strangers who type its address
        "client": parse("10 per hour"),
        "everybody": parse("500 per hour"),
    }
    ENTERING: ClassVar[RateLimitItem] = parse("10 per 15 minutes")

    def __init__(self) -> None:
        self._counted = MovingWindowRateLimiter(MemoryStorage())

    async def joining(self, address: str, request: Request) -> None:
        """Count somebody who asks for a mail to this address. Raises Refused where that is too often."""
        # In this order, so that who is refused uses up nothing of others'.
        asked = {"client": client(request), "everybody": "", "mailbox": mailbox(address)}
        await self._counts("joining", self.JOINING, asked)

    async def may_enter(self, request: Request) -> None:
        """Raise TooOften where a client gave wrong passwords too often; others are not kept out by that."""
        if not await self._counted.test(self.ENTERING, "entering", client(request)):
            raise TooOften("too many wrong passwords; wait a while and try again")

    async def was_wrong(self, request: Request) -> None:
        """Count a wrong password."""
        await self._counted.hit(self.ENTERING, "entering", client(request))

    async def _counts(self, what: str, limits: dict[str, RateLimitItem], asked: dict[str, str]) -> None:
        for of, who in asked.items():
            if not await self._counted.hit(limits[of], what, of, who):
                raise TooOften("too many tries; wait a while and try again")


class TooOften(Refused):
    """Somebody asks more often than is good for others."""


def mailbox(address: str) -> str:
    """Return what an address has in common with others of the same mailbox: many ignore dots, and what follows a +."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def client(request: Request) -> str:
    """Return who asks, as far as an address tells: with IPv6 a whole network, for each household has one."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(address), 64), strict=False))
    return str(address)
