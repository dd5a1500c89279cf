"""What every medium promises."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.records import Delivery, Digest, Subscriber

NOWHERE = "-"
"""The ref of a part that is not to be seen anywhere: it was refused for what it is, or what it belonged to is gone."""


class Output(Protocol):
    """One medium. Where it is not `ready`, nothing is sent through it: it is not connected yet."""

    @property
    def at_once(self) -> int:
        """How many deliveries may be under way at a time: one that hangs holds up one of so many."""

    @property
    def longest(self) -> int:
        """Characters that one message in plain words may have, whatever escapes them."""

    @property
    def letters_first(self) -> bool:
        """Does a digest begin with the letters of all topics there, before its topics?"""

    @property
    def ready(self) -> bool:
        """Can it be tried now? If not, what is due waits, and no attempt counts."""

    def parts(self, digest: Digest, reader: Subscriber, key: str, /) -> Sequence[Mapping[str, Any]]:
        """Return what the medium will send of a digest, in order, as plain data that is kept until it is sent.

        A part {"notice": text} is in plain words; every medium can send it: sentences that are no digest's, with
        "by", the person whose doing it is, and "subject"; and a digest that is refused in any other form, with
        "leave", where its own parts have that.
        """

    async def has(self, delivery: Delivery, /) -> str | None:
        """Return the ref of the delivery's next part where it already arrived, by the delivery's key; else None.

        Raises DeliveryError if the medium cannot be asked now, SubscriberGone if it never can be.
        """

    async def send(self, delivery: Delivery, /) -> str:
        """Deliver the next part, and return its ref: what the medium calls it. It may stand for nothing.

        Raises DeliveryError (tried again) or SubscriberGone (never again).
        """


class Door(Output, Protocol):
    """A medium that people also come through."""

    async def run(self) -> None:
        """Be connected, and answer, until cancelled. Raises ConfigError where the platform refuses our tokens."""

    async def reached(self) -> None:
        """Return once it is ready."""
