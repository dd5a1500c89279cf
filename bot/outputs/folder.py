"""Digests as Markdown files in a folder, one file each, named by day and key."""

import os
from pathlib import Path

from bot import render
from bot.errors import DeliveryError
from bot.records import Delivery, Digest, Subscriber


class Folder:
    """Writes `<folder>/<day>-<key>.md`; the subscriber's address is the folder."""

    at_once = 1
    longest = 1 << 20
    letters_first = False
    ready = True

    def parts(self, digest: Digest, _reader: Subscriber, _key: str) -> list[dict[str, str]]:
        """Return the digest as Markdown."""
        return [{"markdown": render.markdown(digest)}]

    async def has(self, delivery: Delivery) -> str | None:
        """Return the file's name if it is there: it appears whole or not at all."""
        file = _file(delivery)
        return file.name if file.exists() else None

    async def send(self, delivery: Delivery) -> str:
        """Write the file under another name, then give it its own."""
        file = _file(delivery)
        part = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as out:
                out.write(delivery.part.get("markdown") or delivery.part["notice"])
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError as e:
            raise DeliveryError(f"cannot write {file}: {e.strerror}") from e
        return file.name


def _file(delivery: Delivery) -> Path:
    return Path(delivery.address) / f"{delivery.composed:%Y-%m-%d}-{delivery.key}.md"
