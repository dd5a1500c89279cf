"""Items about one event, together, and what editors made of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.records.items import Item
from bot.records.matches import Judged, Match, Mention


@dataclass(frozen=True, kw_only=True)
class Story:
    """Items about one event, together. `items[0]` is the headline; `also`: who else has it, each source once.

    `id` is its number, or the headline's id while it is still to be placed. `matches` has the best of each topic, the
    surest first; `mentions` each subject once. `steps`: the actions on a bill that are news in it, the latest first.
    """

    id: str
    items: tuple[Item, ...]
    matches: tuple[Match, ...]
    mentions: tuple[Mention, ...] = ()
    also: tuple[str, ...] = ()
    steps: tuple[Item, ...] = ()

    @property
    def headline(self) -> Item:
        """The item that stands for the story."""
        return self.items[0]


Joined = Literal["first", "copy", "rewrite", "editor"]
"""By what an item came to its story: it began it, shares its text with another in it, tells the same in other words,
or an editor put it there."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A story's items as they are stored: those that a reader follows, and the others; each headline first.

    `story_id` None: an item that is still to be placed, by itself.
    """

    story_id: int | None
    followed: tuple[Judged, ...]
    others: tuple[Judged, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Membership:
    """An item in its story: when it joined and how; because of which item, and how sure we were, 0 to 1."""

    item: Item
    joined: datetime
    how: Joined
    because: str | None
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class StoryEdit:
    """What an editor said. A merge: `sides` are the stories as they were; a split: what stayed, and what left.

    In force until `undone`. Never deleted.
    """

    number: int
    kind: Literal["merge", "split"]
    by: str
    at: datetime
    sides: tuple[tuple[str, ...], ...]
    undone: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chronicle:
    """A story with its history: its items, headline first, and every edit that named one of them, oldest first."""

    id: int
    items: tuple[Membership, ...]
    edits: tuple[StoryEdit, ...]
    first_seen: datetime
    last_seen: datetime

    @property
    def headline(self) -> Item:
        """The first primary source, before any report."""
        return self.items[0].item
