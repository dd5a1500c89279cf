"""Digests on the terminal, or wherever standard output leads (cron mails it)."""

import errno
import os
import sys
from io import BufferedWriter, RawIOBase, TextIOWrapper
from typing import TextIO

from bot import render
from bot.errors import DeliveryError
from bot.records import Delivery, Digest, Subscriber


class Console:
    """Prints plain text."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream

    at_once = 1
    longest = 1 << 20
    letters_first = False
    ready = True

    def parts(self, digest: Digest, _reader: Subscriber, _key: str) -> list[dict[str, str]]:
        """Return the digest as plain text."""
        return [{"text": render.text(digest)}]

    async def has(self, _delivery: Delivery) -> None:
        """Return None: a terminal remembers nothing. `send` says so when it may be repeating itself."""

    async def send(self, delivery: Delivery) -> str:
        """Print it, and be sure it is out before it counts as sent."""
        repeat = "(This may be a repeat: printing it was tried before.)\n" if delivery.attempts > 1 else ""
        try:
            self._print(f"{repeat}{delivery.part.get('text') or delivery.part['notice']}\n")
        except OSError as e:
            raise DeliveryError(f"cannot print: {e.strerror}") from e
        return "printed"

    def _print(self, text: str) -> None:
        # Under cron the terminal may know ASCII alone; one dash it cannot print must not hold up every digest.
        known = self._stream.encoding or "utf-8"
        printable = text.encode(known, errors="replace")
        self._stream.flush()
        if isinstance(self._stream, TextIOWrapper) and isinstance(self._stream.buffer, BufferedWriter):
            # What a buffer could not get rid of it prints later, beside the retry: the digest would come twice.
            _write(self._stream.buffer.raw, printable)
        else:
            self._stream.write(printable.decode(known))
            self._stream.flush()


def _write(raw: RawIOBase, left: bytes) -> None:
    while left:
        written = raw.write(left)
        if written is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[written:]
