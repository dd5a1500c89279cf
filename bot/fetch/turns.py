"""One request at a time to each host, and a pause before the next."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.fetch.limits import Limits

# Akamai counts across all members' sites: it blocked 401 of 436 when asked 15 at a time. One queue for them together.
SHARED_WALLS = ("house.gov",)


@dataclass
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: datetime | None = None


class Turns:
    """Who may call which host now."""

    def __init__(
        self, limits: Limits, *, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._queues: defaultdict[str, _Queue] = defaultdict(_Queue)
        self._room = asyncio.Semaphore(limits.at_once)

    @asynccontextmanager
    async def turn(self, host: str, *, delay: timedelta) -> AsyncIterator[None]:
        """Wait until the host may be called; the pause is the longer of our own and `delay`, the host's wish."""
        queue = self._queues[_queue_name(host)]
        async with queue.lock:
            await self._pause(queue, max(self._gap(host), delay))
            async with self._room:
                try:
                    yield
                finally:
                    queue.ended = self._clock()

    def _gap(self, host: str) -> timedelta:
        return self._limits.gov_gap if _is_government(host) else self._limits.gap

    async def _pause(self, queue: _Queue, gap: timedelta) -> None:
        if queue.ended is None:
            return
        # A clock set back must not make us wait for longer than the gap.
        wait = min(queue.ended + gap - self._clock(), gap)
        if wait > timedelta():
            await self._sleep(wait.total_seconds())


def _is_government(host: str) -> bool:
    return _bare(host).endswith(".gov")


def _queue_name(host: str) -> str:
    return next((wall for wall in SHARED_WALLS if f".{_bare(host)}".endswith(f".{wall}")), _bare(host))


def _bare(host: str) -> str:
    return host.lower().rstrip(".")
