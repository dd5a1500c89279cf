"""How the sources do, and what operators did about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from bot.errors import Reason
from bot.records.sources import Feed

Pace = Literal["ok", "quiet", "late"]
"""How a source that can be read does: it brings something, is silent within its own rhythm, or beyond it."""

State = Literal["new", "off"] | Pace | Reason

PACES = get_args(Pace)

RECENT = 30
"""Polls of a feed of which we remember how they went."""


@dataclass(frozen=True, kw_only=True)
class FeedState:
    """What we know of a feed: its validators, when it was polled, and how that went.

    `address` is what the validators belong to: another address, other validators. `reason` and `detail` are
    those of the last failure while it lasts. `next_poll` None: at once. `note` is what else an operator should know.
    `rest`: the further page of its list from which it is still to be read, down to what was seen by `rest_since`, and
    that since `rest_begun`; `rest_tries`: that failed.
    `recent`: how the last `RECENT` polls went, the oldest first, a character each: "." it answered, "x" it failed.
    `history`: the last hours in which it brought something, oldest first; `pace` is what they made of its silence at
    the last look. `off`: since when an operator has it switched off. `told`: the state that the operators were last
    told of, empty where all was well.
    """

    feed_id: str
    address: str = ""
    etag: str | None = None
    last_modified: str | None = None
    polled: datetime | None = None
    succeeded: datetime | None = None
    changed: datetime | None = None
    next_poll: datetime | None = None
    failures: int = 0
    reason: Reason | None = None
    detail: str | None = None
    note: str | None = None
    rest: str | None = None
    rest_since: datetime | None = None
    rest_begun: datetime | None = None
    rest_tries: int = 0
    recent: str = ""
    history: tuple[datetime, ...] = ()
    pace: Pace = "ok"
    off: datetime | None = None
    told: str = ""

    @property
    def state(self) -> State:
        """In a word; of a source that cannot be read, why."""
        if self.off:
            return "off"
        if self.failures:
            return self.reason or "unreadable"
        return self.pace if self.succeeded else "new"

    @property
    def is_read(self) -> bool:
        """Did the last look show what there is?"""
        return self.state in PACES


@dataclass(frozen=True, kw_only=True)
class Health:
    """How one feed does: its state, how many items it showed us in all, and when the last new one."""

    feed: Feed
    state: FeedState
    items: int
    newest: datetime | None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something an operator did on the web site, in words."""

    by: str
    at: datetime
    did: str
