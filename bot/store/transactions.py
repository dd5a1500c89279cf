"""Transactions of one database: the only place that begins them, and that translates its failures."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError


@dataclass(frozen=True)
class Transactions:
    """Gives connections inside a transaction, which is rolled back on any failure. StoreError: the database refused."""

    engine: AsyncEngine

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one moment and waits for nobody."""
        async with self._connection(writes=False) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give the connection of the one writer; what it wrote is durable once this ends."""
        async with self._connection(writes=True) as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(lookout_writes=writes)
                async with connection.begin():
                    yield connection
        except (DBAPIError, OSError) as e:
            raise StoreError(f"the database refused: {e.__cause__ or e}") from e
