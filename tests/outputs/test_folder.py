"""Digests in a folder: each file whole or absent."""

from pathlib import Path

import pytest

from bot.errors import DeliveryError
from bot.outputs import Folder
from bot.records import Delivery
from tests.newsroom import START


def delivery(folder: Path) -> Delivery:
    return Delivery(
        key="k1",
        subscriber_id="folder",
        medium="folder",
        address=str(folder),
        composed=START,
        text="",
        parts=({"markdown": "# Lookout – Späti\n"},),
    )


def files(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


async def test_a_digest_is_a_file_named_by_its_day(tmp_path: Path) -> None:
    sent = delivery(tmp_path / "new" / "digests")
    assert not await Folder().has(sent)
    assert await Folder().send(sent) == await Folder().has(sent) == "2026-04-10-k1.md"
    assert files(tmp_path / "new" / "digests") == {"2026-04-10-k1.md": sent.part["markdown"]}


async def test_half_a_file_is_no_digest_and_is_written_over(tmp_path: Path) -> None:
    sent = delivery(tmp_path)
    (tmp_path / "2026-04-10-k1.part").write_text("# Look", encoding="utf-8")
    assert not await Folder().has(sent)
    await Folder().send(sent)
    assert files(tmp_path) == {"2026-04-10-k1.md": sent.part["markdown"]}


async def test_a_folder_that_cannot_be_made_is_a_delivery_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DeliveryError, match=r"cannot write .*2026-04-10-k1\.md: Not a directory"):
        await Folder().send(delivery(tmp_path / "file" / "digests"))
