"""Items get their vectors when there is time, and all anew where the model changes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import commands, filling, pipeline
from bot.filling import AT_ONCE
from bot.store import Store, Wanted
from tests import newsroom
from tests.newsroom import Asked, Bags, Time, rss, told
from tests.store.samples import an_item, polled, seen

ALL = Wanted(flagged=False)
OLD, NEW = Bags("old-model"), Bags("new-model", dimensions=24)
MANY = 2 * AT_ONCE + 5


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
        await store.remember([polled(*(seen(an_item(f"{n}")) for n in range(MANY)))])
        yield store


async def by_meaning(store: Store, model: Bags) -> int:
    found = await commands.search(store, "sample text on faces", ALL, 99, Asked(model))
    return sum("meaning" in hit.by for hit in found.hits)


async def test_what_lacks_a_vector_gets_one_in_steps(store: Store) -> None:
    heard: list[tuple[int, int]] = []
    assert await filling.fill(store, OLD, asyncio.Lock(), lambda *said: heard.append(said)) == MANY
    assert heard == [(AT_ONCE, MANY), (2 * AT_ONCE, MANY), (MANY, MANY)]
    assert await filling.fill(store, OLD, asyncio.Lock()) == 0
    assert await by_meaning(store, OLD) == MANY


async def test_once_fills_some_and_leaves_the_rest_for_the_next(store: Store) -> None:
    assert await filling.fill(store, OLD, asyncio.Lock(), most=40) == 40
    assert await filling.fill(store, OLD, asyncio.Lock(), most=40) == MANY - 40


async def test_another_model_fills_nothing_before_it_is_told_to(store: Store) -> None:
    await filling.fill(store, OLD, asyncio.Lock())
    await store.remember([polled(seen(an_item("new")))])
    assert await filling.fill(store, NEW, asyncio.Lock()) == 0
    assert await by_meaning(store, OLD) == MANY


async def test_a_poll_waits_for_one_step_at_most(store: Store) -> None:
    turn, steps = asyncio.Lock(), list[int]()

    async def poll() -> None:
        async with turn:
            steps.append(MANY - len(await store.vectors.missing("old-model")))

    async with turn:
        filled = asyncio.create_task(filling.fill(store, OLD, turn))
        await asyncio.sleep(0)
        polled_ = asyncio.create_task(poll())
    await asyncio.gather(filled, polled_)
    assert steps[0] <= AT_ONCE


async def test_the_old_vectors_serve_until_the_new_are_whole(store: Store) -> None:
    await filling.fill(store, OLD, asyncio.Lock())
    served: list[str | None] = []
    turn = asyncio.Lock()

    class Watched(Bags):
        def encode(self, texts):  # type: ignore[no-untyped-def]
            served.append(asyncio.run_coroutine_threadsafe(store.vectors.serving(), loop).result())
            return super().encode(texts)

    loop = asyncio.get_running_loop()
    came = await filling.reembed(store, Watched("new-model", 24), turn, lambda *_: None)
    assert (came.made, came.forgotten, came.model) == (MANY, MANY, "new-model")
    assert set(served) == {"old-model"}
    assert await by_meaning(store, NEW) == MANY
    again = await filling.reembed(store, NEW, turn, lambda *_: None)
    assert (again.made, again.forgotten) == (0, 0)


async def test_what_arrives_while_all_is_embedded_anew_is_embedded_too(store: Store) -> None:
    await filling.fill(store, OLD, asyncio.Lock())
    loop = asyncio.get_running_loop()

    class Interrupted(Bags):
        told = False

        def encode(self, texts):  # type: ignore[no-untyped-def]
            if not self.told:
                self.told = True
                came = store.remember([polled(seen(an_item("meanwhile")))])
                asyncio.run_coroutine_threadsafe(came, loop).result()
            return super().encode(texts)

    came = await filling.reembed(store, Interrupted("new-model"), asyncio.Lock(), lambda *_: None)
    assert came.made == MANY + 1
    assert await store.vectors.missing("new-model") == []


async def test_what_a_poll_flags_can_be_found_by_meaning_at_once(tmp_path: Path) -> None:
    newsroom.an_empty_database(tmp_path)
    with newsroom.press() as press:
        feed = newsroom.feed(press, "courier")
        press.put("/courier", rss(told("Faces at gates", text="On faces."), told("Weather", text="Rain and wind.")))
        async with newsroom.parts(tmp_path, [feed], Time()) as parts:
            await pipeline.watch(parts, [feed])
            assert {i.title for i in (await parts.store.items(await missing(parts.store))).values()} == {"Weather"}
            await filling.fill(parts.store, parts.embedder, parts.recording)
            assert await missing(parts.store) == []


async def missing(store: Store) -> list[int]:
    return await store.vectors.missing("sample-model")
