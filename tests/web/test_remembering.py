"""What pages remember: made once for all who ask at once, anew when it has changed, and never what failed."""

import asyncio

import pytest

from bot.web.remembering import Remembered


async def test_many_who_ask_at_once_wait_for_one_and_who_hangs_up_spoils_it_for_nobody() -> None:
    remembered, made, go = Remembered(), [], asyncio.Event()

    async def make() -> str:
        made.append("page")
        await go.wait()
        return "page"

    asking = [asyncio.create_task(remembered.of("today", 1, make)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*asking[1:]) == ["page"] * 4
    assert await remembered.of("today", 1, make) == "page"
    assert len(made) == 1
    await remembered.of("today", 2, make)
    assert len(made) == 2


async def test_what_failed_is_tried_again() -> None:
    remembered = Remembered()

    async def fails() -> str:
        raise OSError("the disk is gone")

    async def works() -> str:
        return "page"

    with pytest.raises(OSError, match="the disk is gone"):
        await remembered.of("today", 1, fails)
    assert await remembered.of("today", 1, works) == "page"
