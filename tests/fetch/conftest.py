"""The clock and the server that the tests of fetching share."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fetch.loopback import Site, Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def site(time: Time) -> AsyncIterator[Site]:
    site = Site(time)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site
