"""A database is made, brought up to date, or refused with a sentence that says what to do."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event

from bot.errors import StoreError
from bot.store import Store, Wanted, open_store
from bot.store.sqlite import MIGRATIONS
from bot.store.tables import metadata
from tests.newsroom import START, opened
from tests.store.samples import an_item, as_of, polled, seen


async def test_an_empty_file_becomes_a_database_and_opening_it_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "lookout.db"
    path.parent.mkdir(parents=True)
    path.touch()
    async with opened(path) as store:
        await store.remember([polled(seen(an_item("one")))])
    before = _schema(path)
    for _ in range(2):
        async with opened(path) as store:
            assert len(await store.find(Wanted())) == 1
    assert _schema(path) == before


async def test_the_migrations_make_the_tables_that_the_questions_expect(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"include_object": _is_not_the_index, "compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with store.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def _is_not_the_index(_object: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and str(name).startswith("items_fts"))  # full-text search: FTS5 makes these itself


async def test_a_database_of_a_newer_lookout_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    async with opened(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"another version of Lookout.*9999"):
        await open_store(path)


async def test_what_waited_for_its_readers_is_still_sent_after_an_upgrade_and_nothing_is_told_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "lookout.db"
    as_of(path, "0005")
    rows = (("k1", "console", "sent"), ("k2", "folder", "waiting"), ("k3", "console", "waiting"))
    since, until = "2026-04-09 07:00:00.000000", "2026-04-10 07:00:00.000000"
    with closing(sqlite3.connect(path)) as connection, connection:
        for key, reader, state in rows:
            row = (key, reader, reader, "", since, until, until, "text", "marked", state, 1, None, None, None)
            connection.execute(f"INSERT INTO deliveries VALUES ({', '.join('?' * len(row))})", row)
    async with opened(path) as store:
        waiting = [await store.reports.delivery(one.key) for one in await store.reports.outbox(START)]
        assert [(one.key, one.parts, one.refs) for one in waiting if one] == [
            ("k2", ({"markdown": "marked"},), ()),
            ("k3", ({"text": "text"},), ()),
        ]
        told = (datetime(2026, 4, 9, 7, tzinfo=UTC), datetime(2026, 4, 10, 7, tzinfo=UTC))
        assert await store.reports.periods() == {"console": told, "folder": told}


async def test_the_rest_of_a_list_is_tried_for_as_long_after_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    as_of(path, "0015")
    since, polled = "2026-03-01 07:00:00.000000", "2026-04-10 07:00:00.000000"
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = "feed_id, address, failures, polled, rest, rest_since"
        rows = [("agency", "a", 0, polled, "a?page=1", since), ("courier", "b", 0, polled, None, None)]
        connection.executemany(f"INSERT INTO feeds ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
    async with opened(path) as store:
        states = await store.states()
    begun = datetime(2026, 4, 10, 7, tzinfo=UTC)
    assert {name: state.rest_begun for name, state in states.items()} == {"agency": begun, "courier": None}


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    path.write_bytes(b"Dear diary, today I wrote no database. " * 100)
    with pytest.raises(StoreError, match=f"cannot use the database {re.escape(str(path))}: file is not a database"):
        await open_store(path)
    assert path.read_bytes().startswith(b"Dear diary")


async def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        await open_store(tmp_path)


async def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot make the data folder .*file/data: Not a directory"):
        await open_store(tmp_path / "file" / "data" / "lookout.db")


OPENER = """
import asyncio, os, sys
from pathlib import Path
from bot.errors import StoreError
from bot.store import open_store

async def main(path):
    store = await open_store(path)
    await store.close()

asyncio.run(main(Path(sys.argv[1])))  # imports everything while it may still be read
if os.getuid() == 0:  # whom no folder is read-only to
    os.setgid(65534)
    os.setuid(65534)
try:
    asyncio.run(main(Path(sys.argv[2])))
except StoreError as e:
    print(e)
"""


def opening(other: Path, path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", OPENER, other, path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
async def test_a_read_only_folder_is_refused_with_its_name(tmp_path: Path, existing: bool) -> None:
    path = tmp_path / "data" / "lookout.db"
    path.parent.mkdir()
    if existing:
        async with opened(path):
            pass
        path.chmod(0o444)
    path.parent.chmod(0o555)
    for folder in (tmp_path, *tmp_path.parents[:3]):  # pytest keeps its folders to their owner
        folder.chmod(folder.stat().st_mode | 0o055)
    opener = opening(tmp_path / "other.db", path)
    path.parent.chmod(0o755)
    assert (opener.returncode, opener.stderr) == (0, "")
    assert re.match(f"cannot use the database {re.escape(str(path))}: .*(unable to open|readonly)", opener.stdout)


async def test_a_full_disk_is_a_store_error_and_what_was_there_stays(store: Store) -> None:
    await store.remember([polled(seen(an_item("one")))])
    await fill_the_disk(store)
    with pytest.raises(StoreError, match=r"the database refused: .*full"):
        await store.remember([polled(*(seen(an_item(f"{n}", text="long " * 5_000)) for n in range(20)))])
    assert [one.item.title for one in await store.find(Wanted())] == ["Sample one"]


async def fill_the_disk(store: Store) -> None:
    """Let the database grow no more, as on a full disk."""
    store.direct.dispose()

    def full(connection: object, _record: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]

    event.listen(store.direct, "connect", full)


def _schema(path: Path) -> list[tuple[str]]:
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


def test_migrations_are_named_by_their_revisions_in_order() -> None:
    """A database is current where it has seen the one that is named last."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    named = sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("*.py"))
    assert named == sorted(script.revision for script in scripts.walk_revisions())
    assert scripts.get_heads() == [named[-1]]


async def test_a_database_that_is_current_is_opened_without_the_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lookout.db"
    await (await open_store(path)).close()
    monkeypatch.setitem(sys.modules, "alembic", None)  # whoever imports it now fails
    await (await open_store(path)).close()
