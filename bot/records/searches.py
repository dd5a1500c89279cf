"""What a search found, and by what."""

from dataclasses import dataclass
from typing import Literal

from bot.records.matches import Judged

FoundBy = Literal["words", "meaning"]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """An item that a search found. `snippet`: where it holds the words, None: it does not hold them all.

    `cosine`: how near its meaning is to that of the query, None: not near enough to be found by it.
    """

    judged: Judged
    snippet: str | None
    cosine: float | None

    @property
    def by(self) -> tuple[FoundBy, ...]:
        """By what it was found."""
        ways: tuple[tuple[FoundBy, object], ...] = (("words", self.snippet), ("meaning", self.cosine))
        return tuple(way for way, found in ways if found is not None)


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a search found, best first. `without`: of the items searched, those that have no vector yet: only their
    words could be found. `note`: why meaning was left out, None where it was not.
    """

    hits: tuple[Hit, ...]
    without: int
    note: str | None = None
