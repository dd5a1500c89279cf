"""One request at a time to each host, and a pause before the next."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.fetch.limits import Limits

# Akamai counts across all members' sites: it blocked 401 of 436 when asked 15 at a time. One queue for them together.
SHARED_WALLS = ("house.gov",)
# When so many others were called since, a host's longest pause (30 s) is over: it would take 300 requests a second.
MOST_REMEMBERED = 10_000


class Queues:
    """A lock for each name, which is there as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait until nobody else has the name's turn."""
        lock = self._locks.setdefault(name, asyncio.Lock())  # the variable keeps it alive
        async with lock:
            yield


class Turns:
    """Who may call which host now."""

    def __init__(
        self, limits: Limits, *, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._queues = Queues()
        self._ended: dict[str, datetime] = {}  # the longest ago first
        self._room = asyncio.Semaphore(limits.at_once)

    @asynccontextmanager
    async def turn(self, host: str, *, delay: timedelta) -> AsyncIterator[None]:
        """Wait until the host may be called; the pause is the longer of our own and `delay`, the host's wish."""
        name = counted_as(host)
        # The room is entered last: what waits for its turn, or pauses, takes no place from other hosts.
        async with self._queues.turn(name):
            await self._pause(self._ended.get(name), max(self._gap(host), delay))
            async with self._room:
                try:
                    yield
                finally:
                    self._remember(name)

    def _remember(self, name: str) -> None:
        self._ended.pop(name, None)
        self._ended[name] = self._clock()
        if len(self._ended) > MOST_REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def _gap(self, host: str) -> timedelta:
        return self._limits.gov_gap if _is_government(host) else self._limits.gap

    async def _pause(self, ended: datetime | None, gap: timedelta) -> None:
        if ended is None:
            return
        # A clock set back must not make us wait for longer than the gap.
        wait = min(ended + gap - self._clock(), gap)
        if wait > timedelta():
            await self._sleep(wait.total_seconds())


def _is_government(host: str) -> bool:
    return _bare(host).endswith(".gov")


def shared_wall(host: str) -> str | None:
    """Return the name of the wall that a host shares with others, which it lets through or blocks together."""
    return next((wall for wall in SHARED_WALLS if f".{_bare(host)}".endswith(f".{wall}")), None)


def counted_as(host: str) -> str:
    """Return whose turn a host's is: its own name, or that of the wall that counts its calls with those of others."""
    return shared_wall(host) or _bare(host)


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
