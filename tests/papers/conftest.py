"""Workers as the app has them, and the program that reads scans."""

from collections.abc import AsyncIterator

import pytest

from bot.app import READER_CPU, READER_MEMORY
from bot.workers import Workers


@pytest.fixture(scope="module")
async def workers() -> AsyncIterator[Workers]:
    async with Workers(processes=1, cpu_seconds=READER_CPU, memory_bytes=READER_MEMORY) as running:
        yield running
