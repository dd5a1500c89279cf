"""What operators did on the web site: who, when, what."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from bot.records import Operation
from bot.store import tables as t
from bot.store.transactions import Transactions


class KeptOperations:
    """Every method is one transaction; StoreError when the database refuses. Nothing here is ever changed."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def note(self, by: str, at: datetime, did: str) -> None:
        """Write down what an operator did."""
        async with self._transactions.writing() as c:
            await c.execute(insert(t.operations).values(by=by, at=at, did=did))

    async def latest(self, most: int) -> Sequence[Operation]:
        """Return what was done last, the latest first."""
        o = t.operations.c
        async with self._transactions.reading() as c:
            found = await c.execute(select(o.by, o.at, o.did).order_by(o.n.desc()).limit(most))
            return [Operation(by=row.by, at=row.at, did=row.did) for row in found]
