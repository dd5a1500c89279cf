"""What a reader is told, on its way, and as it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.records.stories import Story
from bot.records.watchlist import Topic


@dataclass(frozen=True, kw_only=True)
class Section:
    """One topic's stories, in the order they are read."""

    topic: Topic
    stories: tuple[Story, ...]


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A source we could not look at, and since when we have not (None: never could)."""

    feed_id: str
    name: str
    reason: str
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a reader is told of the period from `since` to `until`, with times in `zone`, an IANA name.

    `watched` counts the sources looked at, `unread` those of them that gave nothing; `subjects` maps ids to names.
    """

    zone: str
    since: datetime
    until: datetime
    sections: tuple[Section, ...]
    unread: tuple[Unread, ...]
    watched: int
    subjects: Mapping[str, str] = field(default_factory=dict)


DeliveryState = Literal["waiting", "sending", "sent", "failed", "gone"]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One digest on its way to one subscriber: an outbox row.

    `parts` is what the medium sends, in order, as it will be sent; `refs` names those that arrived, in the medium's own
    words, so that the next part is `parts[len(refs)]`. `text` is the digest as plain text, for the archive. `key` is
    unique and stable, 20 characters; the medium can be asked for it: an uncertain part is looked up, not repeated.
    `urgent`: somebody waits for it, so that quiet hours and pauses do not hold it.
    """

    key: str
    subscriber_id: str
    medium: str
    address: str
    composed: datetime
    text: str
    parts: tuple[Mapping[str, Any], ...]
    refs: tuple[str, ...] = ()
    state: DeliveryState = "waiting"
    attempts: int = 0
    urgent: bool = False

    @property
    def part(self) -> Mapping[str, Any]:
        """The part that is to be sent next."""
        return self.parts[len(self.refs)]


@dataclass(frozen=True, kw_only=True)
class Told:
    """That a subscriber was told of an item: in which delivery, and what became of it."""

    subscriber_id: str
    key: str
    composed: datetime
    state: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A digest as it was sent, for the archive: of which time it tells, when it was composed, and its plain text."""

    key: str
    since: datetime
    until: datetime
    composed: datetime
    text: str
    state: DeliveryState
