"""What every medium promises."""

from typing import Protocol

from bot.records import Delivery


class Output(Protocol):
    """One medium."""

    async def has(self, delivery: Delivery, /) -> bool:
        """Did this delivery, by its key, already arrive? Raises DeliveryError if the medium cannot be asked now."""

    async def send(self, delivery: Delivery, /) -> None:
        """Deliver it. Raises DeliveryError (tried again) or SubscriberGone (never again)."""
