"""Charts as SVG, drawn by the server: bars of items a week, by who speaks; and how the last polls of a source went."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.records import CATEGORIES, RECENT, Category

HEIGHT = 160
"""Of the bars, in units of the drawing; it is as wide as the page."""

BAR, GAP = 20, 6


@dataclass(frozen=True, kw_only=True)
class Block:
    """A rectangle of the drawing."""

    x: int
    y: float
    height: float
    category: Category


@dataclass(frozen=True, kw_only=True)
class Week:
    """A row of the figures: when the week begins, and how many items of each category came out in it."""

    begins: datetime
    counts: Counter[Category]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Stacked bars, a week each. `most`: the highest bar; `shown`: the categories that occur."""

    weeks: tuple[Week, ...]
    blocks: tuple[Block, ...]
    most: int
    width: int
    shown: tuple[Category, ...]


def chart(counted: Sequence[Counter[Category]], first: datetime) -> Chart:
    """Return the chart of what was counted in the weeks from `first` on."""
    weeks = tuple(Week(begins=first + timedelta(weeks=n), counts=counts) for n, counts in enumerate(counted))
    most = max((week.total for week in weeks), default=0)
    blocks = []
    for n, week in enumerate(weeks):
        top = float(HEIGHT)
        for category in CATEGORIES:
            if week.counts[category]:
                height = week.counts[category] * HEIGHT / most
                top -= height
                blocks.append(Block(x=n * (BAR + GAP), y=round(top, 2), height=round(height, 2), category=category))
    return Chart(
        weeks=weeks,
        blocks=tuple(blocks),
        most=most,
        width=len(weeks) * (BAR + GAP),
        shown=tuple(category for category in CATEGORIES if any(week.counts[category] for week in weeks)),
    )


def polls(recent: str) -> tuple[str, str]:
    """Return how the last polls went as two outlines, of those that succeeded and of those that failed.

    Each is a mark 3 wide in a drawing of 4 a poll, 16 high, the latest on the right; a failure is higher.
    """
    begins = 4 * (RECENT - len(recent))
    marks = {
        mark: "".join(f"M{begins + 4 * n} {16 - height}h3v{height}h-3z" for n, one in enumerate(recent) if one == mark)
        for mark, height in ((".", 12), ("x", 16))
    }
    return marks["."], marks["x"]
