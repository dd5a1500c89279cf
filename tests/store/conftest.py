"""A store in a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store import Store
from tests.newsroom import an_empty_database, opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(an_empty_database(tmp_path)) as store:
        yield store
