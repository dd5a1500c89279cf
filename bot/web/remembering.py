"""What was worked out for a page, kept until something changed that it shows."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

KEPT = 200
"""Pages whose content is kept: every topic and subject, and what was asked for lately."""


class Remembered:
    """Keeps the last few things by name, each with a mark of what it was made of: another mark, another thing.

    Whoever asks while a thing is being made waits for it: it is made once for all of them.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Hashable, asyncio.Future[Any]]] = OrderedDict()

    async def of(self, name: Hashable, mark: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what was made under this name and mark, or make it. What failed is not kept."""
        known = self._kept.get(name)
        if known is None or known[0] != mark:
            known = (mark, asyncio.ensure_future(make()))
        self._kept[name] = known
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        try:
            # Who hangs up takes it away from nobody else.
            made: T = await asyncio.shield(known[1])
        except Exception:
            if self._kept.get(name) is known:
                del self._kept[name]
            raise
        return made
