"""Transactions of one database: the only place that begins them, and that translates its failures."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Engine, ScalarResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreError

T = TypeVar("T")

Work = Callable[[AsyncConnection], Coroutine[Any, Any, T]]
"""Statements on a connection, and nothing else that waits."""


@dataclass(frozen=True)
class Transactions:
    """Gives connections inside a transaction, which is rolled back on any failure. StoreError: the database refused.

    `direct`: the same database, for work of many statements.
    """

    engine: AsyncEngine
    direct: Engine

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

    async def read_at_once(self, work: Work[T]) -> T:
        """Do all of the work on a connection like that of `reading`, in one visit to a thread."""
        return await self._visited(work, writes=False)

    async def write_at_once(self, work: Work[T]) -> T:
        """Do all of the work on the connection of the one writer, in one visit to a thread.

        Else each statement visits one three or four times, which takes longer than most statements. What is cancelled
        is done all the same before this ends: nobody may close the database under it.
        """
        return await self._visited(work, writes=True)

    @asynccontextmanager
    async def _connection(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        with _translated():
            async with self.engine.connect() as connection:
                await connection.execution_options(lookout_writes=writes)
                async with connection.begin():
                    yield connection

    async def _visited(self, work: Work[T], *, writes: bool) -> T:
        visit = asyncio.ensure_future(asyncio.to_thread(self._done, work, writes))
        try:
            return await asyncio.shield(visit)
        except asyncio.CancelledError:
            await asyncio.wait([visit])
            raise

    def _done(self, work: Work[T], writes: bool) -> T:
        with _translated(), self.direct.connect() as connection:
            connection.execution_options(lookout_writes=writes)
            with connection.begin():
                return _finished(work(cast(AsyncConnection, _Direct(connection))))


class _Direct:
    """A connection with those methods of an `AsyncConnection` that our statements use, which never suspend."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, *asked: Any) -> CursorResult[Any]:
        return self._connection.execute(*asked)

    async def exec_driver_sql(self, *asked: Any) -> CursorResult[Any]:
        return self._connection.exec_driver_sql(*asked)

    async def scalar(self, *asked: Any) -> Any:
        return self._connection.scalar(*asked)

    async def scalars(self, *asked: Any) -> ScalarResult[Any]:
        return self._connection.scalars(*asked)


def _finished(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    work.close()
    raise AssertionError("the work waited for something that is no statement")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, OSError) as e:
        raise StoreError(f"the database refused: {e.__cause__ or e}") from e
