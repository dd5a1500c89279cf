"""That the questions a page asks of one item or story are answered by indexes, however many items there are."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import event

from bot.store import Store
from tests.store.samples import an_item, polled, seen


@pytest.fixture
async def asked(store: Store) -> AsyncIterator[list[tuple[str, Any]]]:
    """What is asked of the database."""
    statements: list[tuple[str, Any]] = []
    engine = store.engine.sync_engine

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


async def plans(store: Store, asked: list[tuple[str, Any]]) -> list[str]:
    """How the database goes about each of the questions."""
    steps = []
    for statement, parameters in tuple(asked):
        if statement.startswith("SELECT"):
            async with store.engine.connect() as c:
                rows = await c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps += [row[-1] for row in rows]
    return steps


@pytest.mark.parametrize("name", ["id-of-a", "id-of", "https://example.org/a", "1", "nothing", "https://no.example/"])
async def test_an_item_or_a_story_is_found_without_walking_through_all(
    store: Store, asked: list[tuple[str, Any]], name: str
) -> None:
    await store.remember([polled(seen(an_item("a")), seen(an_item("b")))])
    asked.clear()
    await store.item(name)
    await store.stories.named(name)
    walks = [step for step in await plans(store, asked) if step.startswith("SCAN items")]
    assert walks == []
