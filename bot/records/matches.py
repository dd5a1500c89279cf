"""What we think of an item: which topics it is about, and why, and what people say to that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bot.records.items import Attachment, Item


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A verbatim piece of an item: `text == getattr(item, where)[start:end]`, offsets in code points.

    `where` "letter": of the text of its attachment with the address `letter`; it begins on page `page`, from 1.
    """

    where: Literal["title", "text", "letter"]
    start: int
    end: int
    text: str
    letter: str | None = None
    page: int | None = None


Verdict = Literal["relevant", "not relevant", "wrong topic"]
"""What a person says of an item and a topic; the last two are both a no, the last to an item that belongs elsewhere."""

LOCAL = "local"
"""The community of those who sit at this machine: the terminal and the folder of digests."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What one person said, in one community, of one item and topic, and when. `community`: a server, a workspace.

    In force until `undone`, which a later label of the same person does too. Never deleted.
    """

    community: str
    item_id: str
    topic_id: str
    verdict: Verdict
    by: str
    at: datetime
    undone: datetime | None = None
    undone_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class CommunityHead:
    """A topic's head as one community's labels moved it. `base` names the shipped head that it was moved from.

    Stored plain: `weights` in the order of the base's. `figures` are what was measured before it was put in force.
    """

    community: str
    topic_id: str
    base: str
    weights: tuple[float, ...]
    bias: float
    threshold: float
    made: datetime
    figures: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Match:
    """How much one item is about one topic, and why. Kept also when it is not flagged, so that we can say why not.

    `probability` is calibrated, 0 to 1; the item is flagged where it reaches `threshold`, unless the community that
    is told gave a `verdict`. `nearest_for` and `nearest_against` are the closest example and near miss with their
    cosine. `model` names model, revision and head.
    """

    item_id: str
    topic_id: str
    probability: float
    threshold: float
    passage: Passage
    phrases: tuple[str, ...]
    nearest_for: tuple[str, float] | None
    nearest_against: tuple[str, float] | None
    model: str
    verdict: Verdict | None = None

    @property
    def flagged(self) -> bool:
        """Is the item about the topic?"""
        return self.likely if self.verdict is None else self.verdict == "relevant"

    @property
    def likely(self) -> bool:
        """Is the item about the topic, as far as a head can tell?"""
        return self.probability >= self.threshold


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A subject found in an item, by which alias and where."""

    item_id: str
    subject_id: str
    passage: Passage


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An item with what we think of it, its PDFs, and the names of the other sources that carry it at its address."""

    item: Item
    matches: tuple[Match, ...]
    mentions: tuple[Mention, ...]
    also: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
