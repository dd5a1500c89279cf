"""Digests on the terminal, or wherever standard output leads (cron mails it)."""

import sys
from typing import TextIO

from bot.errors import DeliveryError
from bot.records import Delivery


class Console:
    """Prints plain text."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream

    async def has(self, _delivery: Delivery) -> bool:
        """Return False: a terminal remembers nothing. `send` says so when it may be repeating itself."""
        return False

    async def send(self, delivery: Delivery) -> None:
        """Print it, and be sure it is out before it counts as sent."""
        try:
            if delivery.attempts > 1:
                print("(Lookout was stopped while it printed this; you may have seen it.)", file=self._stream)
            print(self._printable(delivery.text), file=self._stream, flush=True)
        except OSError as e:
            raise DeliveryError(f"cannot print: {e.strerror}") from e

    def _printable(self, text: str) -> str:
        # Under cron the terminal may know ASCII alone; one dash it cannot print must not hold up every digest.
        known = self._stream.encoding or "utf-8"
        return text.encode(known, errors="replace").decode(known)
