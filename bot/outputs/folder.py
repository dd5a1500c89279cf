"""Digests as Markdown files in a folder, one file each, named by day and key."""

import os
from pathlib import Path

from bot.errors import DeliveryError
from bot.records import Delivery


class Folder:
    """Writes `<folder>/<day>-<key>.md`; the subscriber's address is the folder."""

    async def has(self, delivery: Delivery) -> bool:
        """Is the file there? It appears whole or not at all."""
        return _file(delivery).exists()

    async def send(self, delivery: Delivery) -> None:
        """Write the file under another name, then give it its own."""
        file = _file(delivery)
        part = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as out:
                out.write(delivery.markdown)
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError as e:
            raise DeliveryError(f"cannot write {file}: {e.strerror}") from e


def _file(delivery: Delivery) -> Path:
    return Path(delivery.address) / f"{delivery.composed:%Y-%m-%d}-{delivery.key}.md"
