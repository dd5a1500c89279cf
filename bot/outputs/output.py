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
    def ready(self) -> bool:
        """Can it be tried now?"""

    def parts(self, digest: Digest, reader: Subscriber, key: str, /) -> Sequence[Mapping[str, Any]]:
        """Return what the medium will send of a digest, in order, as plain data that is kept until it is sent.

        A part {"notice": sentence, "by": person} is no digest's; every medium can send it.
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
