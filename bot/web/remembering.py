"""What was worked out for a page, kept until something changed that it shows."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

KEPT = 200
"""Pages whose content is kept: every topic and subject, and what was asked for lately."""


class Remembered:
    """Keeps the last few things by name, each with a mark of what it was made of: another mark, another thing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()

    async def of(self, name: Hashable, mark: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what was made under this name and mark, or make it."""
        known = self._kept.get(name)
        if known is None or known[0] != mark:
            known = (mark, await make())
        self._kept[name] = known
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        made: T = known[1]
        return made
