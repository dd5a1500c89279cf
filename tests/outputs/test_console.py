"""Digests on a terminal, whatever it is made of."""

import errno
import os
from dataclasses import replace
from io import BufferedWriter, BytesIO, FileIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest

from bot.errors import DeliveryError
from bot.outputs import Console
from bot.records import Delivery
from tests.newsroom import START

DELIVERY = Delivery(
    key="k1",
    subscriber_id="console",
    medium="console",
    address="",
    composed=START,
    text="",
    parts=({"text": "LOOKOUT\nDer Spätbote – “a sample”"},),
    attempts=1,
)


async def test_a_digest_is_printed_as_it_was_composed() -> None:
    terminal = StringIO()
    await Console(terminal).send(DELIVERY)
    assert terminal.getvalue() == DELIVERY.part["text"] + "\n"


async def test_a_terminal_that_knows_only_ascii_gets_the_digest_with_question_marks() -> None:
    printed = BytesIO()
    terminal = TextIOWrapper(printed, encoding="ascii")
    await Console(terminal).send(DELIVERY)
    assert printed.getvalue() == b"LOOKOUT\nDer Sp?tbote ? ?a sample?\n"


async def test_a_digest_that_may_have_been_printed_before_says_so() -> None:
    terminal = StringIO()
    await Console(terminal).send(replace(DELIVERY, attempts=2))
    assert terminal.getvalue().startswith("(This may be a repeat: printing it was tried before.)\nLOOKOUT")


class Full(StringIO):
    """A terminal that leads to a full disk."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_a_terminal_without_room_is_a_delivery_to_try_again() -> None:
    with pytest.raises(DeliveryError, match="cannot print: No space left on device"):
        await Console(Full()).send(DELIVERY)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
async def test_a_digest_that_could_not_be_printed_is_not_left_behind_to_be_printed_twice() -> None:
    with TextIOWrapper(BufferedWriter(FileIO("/dev/full", "w")), encoding="utf-8") as terminal:
        with pytest.raises(DeliveryError, match="cannot print: No space left on device"):
            await Console(terminal).send(DELIVERY)
        terminal.flush()  # would raise if anything were left


async def test_a_digest_is_printed_whole_and_after_what_was_printed_before(tmp_path: Path) -> None:
    long = replace(DELIVERY, parts=({"text": "ü" * 1_000_000},))
    with (tmp_path / "printed").open("w", encoding="utf-8") as terminal:
        print("before", file=terminal)
        await Console(terminal).send(long)
        print("after", file=terminal)
    assert (tmp_path / "printed").read_text(encoding="utf-8") == f"before\n{long.part['text']}\nafter\n"
