"""The failures Lookout has a plan for; the name of each says what happens next.

    LookoutError
    |- ConfigError        the operator must act; we do not start
    |- FeedError          one feed; the others go on; shown in source health
    |  |- FetchError      no document
    |  `- ReadError       a document we cannot make sense of
    |- StoreError         the database refused or is gone
    |- Refused            what a person asked cannot be done so; they are told why
    `- DeliveryError      one digest, one subscriber; tried again
       |- Undeliverable   this one can never arrive as it is; the next ones may
       `- SubscriberGone  stop trying, tell the operator

Anything else is a bug: it ends the process loudly, a supervisor restarts it, and nothing is lost. But in the poll of
one feed it is that feed's failure, "unreadable", loud in the log: a document that meets a bug would meet it at every
start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal

Reason = Literal[
    "blocked",  # 401, 403, 429, a bot wall, or robots.txt says no
    "gone",  # 404 or 410
    "timeout",  # the deadline for the whole exchange passed
    "too large",  # more bytes than we accept, counted after decompression
    "not a feed",  # an answer, but not what the feed's kind reads
    "unsafe address",  # private, loopback, link-local, metadata, multicast ...
    "layout changed",  # the selectors find nothing where they used to
    "unreachable",  # no such name, refused, broken connection, bad certificate
    "server error",  # 5xx and other statuses that promise nothing
    "unreadable",  # the document made its reader fail or run out of its limits
]
"""Why a feed gave nothing. Shown to readers as it stands here."""


class LookoutError(Exception):
    """The root of every failure we have a plan for."""


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing the operator wrote that we cannot use, and where. `line` counts from 1; None: not in a file."""

    file: str
    line: int | None
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}" if self.line else f"{self.file}: {self.says}"


class ConfigError(LookoutError):
    """The operator must act; we do not start. Carries every mistake found, not just the first."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


class FeedError(LookoutError):
    """One feed gave nothing this time; the others go on.

    `reason` is one of `Reason`; `detail` tells an operator more (a status, a byte count, a host);
    `retry_after` is the time before which the server asked not to be called again; `lasting`: whoever asks again soon
    gets the same answer.
    """

    def __init__(
        self, reason: Reason, detail: str, *, retry_after: datetime | None = None, lasting: bool = False
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.lasting = lasting

    def __reduce__(self) -> tuple[Any, ...]:
        """Come back from a worker process as what it was."""
        made = partial(type(self), retry_after=self.retry_after, lasting=self.lasting)
        return made, (self.reason, self.detail)


class FetchError(FeedError):
    """No document: refused, blocked, timed out, too large, unsafe address."""


class ReadError(FeedError):
    """A document we cannot make sense of."""


class StoreError(LookoutError):
    """The database refused or is gone."""


class Refused(LookoutError):
    """What a person asked cannot be done as they asked it; they are told why, and nothing is changed."""


class DeliveryError(LookoutError):
    """One digest did not reach one subscriber; it is tried again."""


class Undeliverable(DeliveryError):
    """What is sent is refused for what it is, and would be for ever: given up, and the destination is told."""


class SubscriberGone(DeliveryError):
    """The destination no longer exists or refuses us for good: stop trying, tell the operator."""
