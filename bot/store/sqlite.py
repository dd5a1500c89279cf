"""SQLite: how it is opened, how its transactions begin, and its full-text search."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    create_engine,
    event,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.store import tables as t
from bot.store.packed import Numbers
from bot.store.store import Search, Store

BUSY_MS = 30_000
"""How long one process waits for another's transaction: far above the longest that we make (an import's batch)."""

SWITCHES = 100
"""How often a new database is tried while other processes, made at the same moment, make it too."""


async def open_store(path: Path) -> Store:
    """Open the database at `path`, making it or bringing it to the newest schema first.

    Raises StoreError if the folder cannot be written, the file is no database, or was made by a newer Lookout.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StoreError(f"cannot make the data folder {path.parent}: {e.strerror}") from e
    try:
        await asyncio.to_thread(_try, path)
    except sqlite3.Error as e:
        raise StoreError(f"cannot use the database {path}: {e}") from e
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    direct = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    for each in (engine.sync_engine, direct):
        event.listen(each, "connect", _configure)
        event.listen(each, "begin", _begin)
    try:
        await _migrate(engine)
    except DBAPIError as e:
        await engine.dispose()
        raise StoreError(f"cannot use the database {path}: {e.orig}") from e
    except BaseException:
        await engine.dispose()
        raise
    return Store(engine, direct, Fts5(), path.parent)


def _try(path: Path) -> None:
    # aiosqlite leaves a thread behind where it cannot open a file, which then complains over our one sentence.
    with closing(sqlite3.connect(path, timeout=BUSY_MS / 1000)) as connection:
        for _ in range(SWITCHES):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            if _is_wal(connection):
                return
    raise sqlite3.OperationalError("another process keeps it locked")


def _is_wal(connection: sqlite3.Connection) -> bool:
    """Make it write ahead. False: another process does so at this moment, and SQLite refuses without waiting."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as e:
        if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


async def _migrate(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execution_options(lookout_writes=True)
        async with connection.begin():
            await connection.run_sync(_upgrade)


MIGRATIONS = Path(__file__).with_name("migrations")


def _is_current(connection: Connection) -> bool:
    """Has the database seen our newest migration? Their files are named in order, each by its revision."""
    newest = max(file.name for file in (MIGRATIONS / "versions").glob("*.py")).partition("_")[0]
    if not connection.dialect.has_table(connection, "alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest]


def _upgrade(connection: Connection) -> None:
    if _is_current(connection):
        return
    from alembic import command  # 0.3 s that only a database of before should pay
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as e:
        raise StoreError(f"the database was made by another version of Lookout: {e}") from e


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # what was sent must be known after a power cut too
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads before it writes must take the lock first: SQLite refuses, without waiting, to let
    # it become a writer when another process wrote in between.
    writes = connection.get_execution_options().get("lookout_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


RANKED = 20_000
"""Items ranked of those that hold the words, the last to arrive first: 0.1 s. Words that more hold tell little."""


LONG = 20_000
"""Characters of a text in which the best place for a snippet is looked for: at worst in 50 ms."""


class Fts5(Search):
    """Full-text search by SQLite's own FTS5, kept current by triggers (migrations/versions/0012)."""

    def holding(self, query: str) -> Select[Any]:
        """Return a select of the `n` that hold every word, in title, text or letters."""
        return _matching(fts_query(query))

    def ranked(self, query: str, among: Numbers | None, limit: int) -> Select[Any]:
        """Return a select of `n`, best first: bm25 with a title worth four bodies, and letters half a body."""
        rank: ColumnElement[float] = literal_column("bm25(items_fts, 4.0, 1.0, 0.5)").label("rank")
        found = _matching(fts_query(query)).add_columns(rank).order_by(_ROWID.desc()).limit(RANKED)
        if among is not None:
            counted = among[-RANKED:].tolist()
            # The plus keeps FTS5 from looking up each item that counts by itself, fifty times as slow as one walk.
            inside = literal_column("+items_fts.rowid").in_(text("SELECT value FROM json_each(:among)"))
            span = _ROWID.between(min(counted, default=0), max(counted, default=0))
            found = found.where(inside, span).params(among=json.dumps(counted))
        ranked = found.subquery()
        return select(ranked.c.n).order_by(ranked.c.rank, ranked.c.n.desc()).limit(limit)

    def quoting(self, query: str) -> Select[Any] | None:
        """Return a select of the `n` that hold every "quoted phrase" of `query`; None where it quotes nothing."""
        quoted = fts_query(" ".join(_QUOTED.findall(_typed(query))))
        return None if quoted == NOTHING else _matching(quoted)

    def snippets(self, query: str, among: Sequence[int]) -> Select[Any]:
        """Return a select of (n, snippet) for those of the few items `among` that `ranked` would find.

        It is of the item's own text; None where that and its letters are long: FTS5 compares every two hits, which of
        30,000 takes four seconds.
        """
        snippet = func.snippet(literal_column("items_fts"), 1, "", "", " … ", 24)
        letters = select(func.sum(func.length(t.attachments.c.text))).where(t.attachments.c.item_id == t.items.c.id)
        short = func.length(t.items.c.text) + func.coalesce(letters.scalar_subquery(), 0) <= LONG
        asked = _matching(fts_query(query)).join(t.items, t.items.c.n == _ROWID).where(_ROWID.in_(among))
        return asked.add_columns(case((short, snippet)).label("snippet"))


_ROWID: ColumnElement[int] = literal_column("items_fts.rowid")
_QUOTED = re.compile(r'"[^"]*"')

NOTHING = '""'
"""What FTS5 finds nowhere."""


def _matching(words: str) -> Select[Any]:
    found = select(_ROWID.label("n")).select_from(table("items_fts"))
    return found.where(text("items_fts MATCH :words").bindparams(words=words))


def fts_query(query: str) -> str:
    """Return what a reader typed in FTS5's language: every word or "quoted phrase" must occur; no operators.

    Everything is quoted, so that no text a person types is an error or a command. Nothing to look for: finds nothing.
    """
    wanted = [p or w for p, w in re.findall(r'"([^"]*)"|([^\s"]+)', _typed(query))]
    return " ".join('"' + w + '"' for w in wanted if re.search(r"\w", w)) or NOTHING


def _typed(query: str) -> str:
    # What no UTF-8 can hold comes from a terminal in another encoding.
    return query.replace("\0", " ").encode(errors="replace").decode()
