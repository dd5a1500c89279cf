"""Vectors belong to words and models: kept once, replaced with the words, served when whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.matching import gist
from bot.store import Meaning, Store, Wanted, vectors
from tests.newsroom import Bags
from tests.store.samples import again, an_item, polled, seen

OLD, NEW = Bags("old-model"), Bags("new-model", dimensions=24)
ITEMS = [an_item(name, text=f"All on {name}.") for name in ("gates", "crops", "ships")]


@pytest.fixture
async def archive(store: Store) -> Store:
    await store.remember([polled(*map(seen, ITEMS))])
    return store


async def fill(store: Store, model: Bags = OLD) -> int:
    items = await store.items(await store.vectors.missing(model.name))
    return await store.vectors.keep(model.name, items, model.encode([gist(item) for item in items.values()]))


def meaning(query: str, model: Bags = OLD) -> Meaning:
    return Meaning(model=model.name, vector=model.encode([query])[0])


async def nearest(store: Store, query: str, model: Bags = OLD) -> list[str]:
    found = await store.vectors.nearest(meaning(query, model), None, 9, -1)
    items = await store.items([n for n, _ in found])
    return [item.id.removeprefix("id-of-") for item in items.values()]


async def test_the_newest_items_lack_vectors_first_and_none_once_they_are_kept(archive: Store) -> None:
    missing = await archive.vectors.missing("old-model")
    assert [item.title for item in (await archive.items(missing)).values()] == [i.title for i in ITEMS[::-1]]
    assert await archive.vectors.serving() is None
    assert await archive.vectors.without(None) == 3
    assert await nearest(archive, "gates") == []
    assert await fill(archive) == 3
    assert await archive.vectors.missing("old-model") == []
    assert await archive.vectors.without(None) == 0
    assert await archive.vectors.serving() == "old-model"


async def test_the_item_that_means_most_the_same_is_nearest(archive: Store) -> None:
    await fill(archive)
    for name in ("gates", "crops", "ships"):
        assert (await nearest(archive, f"on {name}"))[0] == name
        same = meaning(gist(an_item(name, text=f"All on {name}.")))
        [(_, cosine)] = await archive.vectors.nearest(same, None, 9, 0.9)
        assert cosine == pytest.approx(1, abs=0.01)


async def test_vectors_are_asked_for_by_item(archive: Store) -> None:
    await fill(archive)
    told = await archive.vectors.of(["id-of-gates", "id-of-nobody"])
    assert set(told) == {"id-of-gates"}
    assert float(told["id-of-gates"] @ OLD.encode([gist(ITEMS[0])])[0]) > 0.999
    assert await archive.vectors.of(["id-of-gates"], "new-model") == {}
    assert await archive.vectors.of([]) == {}


async def test_a_vector_at_hand_is_written_with_its_item(store: Store) -> None:
    with_meaning = replace(seen(ITEMS[0]), meaning=meaning(gist(ITEMS[0])))
    await store.remember([polled(with_meaning, *map(seen, ITEMS[1:]))])
    assert set(await store.vectors.of([item.id for item in ITEMS])) == {"id-of-gates"}
    assert await nearest(store, "gates") == ["gates"]


async def test_other_words_need_another_vector(archive: Store) -> None:
    await fill(archive)
    await archive.vectors.settle()
    changed = again(ITEMS[0], text="Now on airports.")
    await archive.remember([polled(seen(changed))])
    assert set(await archive.vectors.of([ITEMS[0].id])) == set()
    assert "gates" not in await nearest(archive, "gates")
    assert await fill(archive) == 1
    assert (await nearest(archive, "airports"))[0] == "gates"
    assert len(await nearest(archive, "airports")) == 3


async def test_a_vector_of_words_that_changed_meanwhile_is_not_kept(archive: Store) -> None:
    read = await archive.items(await archive.vectors.missing("old-model"))
    await archive.remember([polled(seen(again(ITEMS[0], text="Now on airports.")))])
    assert await archive.vectors.keep("old-model", read, OLD.encode([gist(i) for i in read.values()])) == 2
    assert len(await archive.vectors.missing("old-model")) == 1


async def test_keeping_twice_keeps_once(archive: Store) -> None:
    read = await archive.items(await archive.vectors.missing("old-model"))
    for _ in range(2):
        await archive.vectors.keep("old-model", read, OLD.encode([gist(i) for i in read.values()]))
    assert len(await nearest(archive, "gates")) == 3


async def test_a_new_model_serves_when_nothing_is_missing_and_then_the_old_goes(archive: Store) -> None:
    await fill(archive)
    assert not await archive.vectors.serve("new-model")
    assert await archive.vectors.serving() == "old-model"
    await fill(archive, NEW)
    assert (await nearest(archive, "crops"))[0] == "crops"
    assert await archive.vectors.serve("new-model")
    assert (await nearest(archive, "crops", NEW))[0] == "crops"
    assert await archive.vectors.forget_others() == 3
    assert await archive.vectors.of([ITEMS[0].id], "old-model") == {}
    assert set(await archive.vectors.of([ITEMS[0].id])) == {ITEMS[0].id}
    assert await archive.vectors.forget_others() == 0
    assert await nearest(archive, "crops", OLD) == []


# -- the file -------------------------------------------------------------------------------------------------


@pytest.fixture
async def many(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of nine items, for which a file is worth its while."""
    monkeypatch.setattr(vectors, "TAIL", 6)
    await store.remember([polled(*(seen(an_item(f"{n}", text=f"Number n{n}.")) for n in range(1, 10)))])
    await fill(store)
    return store


async def test_a_search_finds_the_same_without_the_file_with_it_and_with_what_is_newer(many: Store) -> None:
    asked = meaning("number n7")
    path = Path(str(many.engine.url.database)).parent / "vectors"
    assert not path.exists()
    first = await many.vectors.nearest(asked, None, 20, -1)
    [file] = path.glob("*.bin")
    assert await many.vectors.nearest(asked, None, 20, -1) == first
    await many.remember([polled(seen(an_item("newer", title="Number n7", text="Number n7.")))])
    await fill(many)
    with_newer = await many.vectors.nearest(asked, None, 20, -1)
    assert with_newer[0][0] == 10
    file.write_bytes(b"damaged")
    assert await many.vectors.nearest(asked, None, 20, -1) == with_newer


async def test_an_older_database_put_back_is_searched_as_it_is(many: Store) -> None:
    await many.vectors.settle()
    async with many.engine.connect() as c:
        await c.exec_driver_sql("DELETE FROM vectors WHERE k > 5")
        await c.commit()
    assert {n for n, _ in await many.vectors.nearest(meaning("number"), None, 99, -1)} == {5, 6, 7, 8, 9}


async def test_a_file_of_before_a_database_was_put_back_is_not_believed_once_there_are_new_vectors(many: Store) -> None:
    await many.vectors.settle()
    path = Path(str(many.engine.url.database)).parent / "vectors"
    async with many.engine.connect() as c:
        await c.exec_driver_sql("DELETE FROM vectors WHERE k > 5")
        await c.exec_driver_sql("UPDATE sqlite_sequence SET seq = 5 WHERE name = 'vectors'")
        await c.commit()
    await many.remember([polled(*(seen(an_item(f"x{n}", text=f"Word x{n}.")) for n in range(1, 4)))])
    items = await many.items(sorted(await many.vectors.missing("old-model")))
    await many.vectors.keep("old-model", items, OLD.encode([gist(item) for item in items.values()]))
    assert {n for n, _ in await many.vectors.nearest(meaning("word"), None, 99, -1)} == set(range(1, 13))
    [file] = path.glob("*.bin")
    with_it = await many.vectors.nearest(meaning("word x3"), None, 99, -1)
    file.unlink()
    assert await many.vectors.nearest(meaning("word x3"), None, 99, -1) == with_it


async def test_a_file_newer_than_its_database_is_removed(many: Store) -> None:
    await many.vectors.settle()
    path = Path(str(many.engine.url.database)).parent / "vectors"
    async with many.engine.connect() as c:
        await c.exec_driver_sql("DELETE FROM vectors WHERE k > 2")
        await c.commit()
    assert len(await many.vectors.nearest(meaning("number"), None, 99, -1)) == 2
    assert list(path.glob("*.bin")) == []


async def test_a_file_whose_last_words_changed_is_still_believed(many: Store) -> None:
    await many.vectors.settle()
    [file] = (Path(str(many.engine.url.database)).parent / "vectors").glob("*.bin")
    before = file.stat().st_mtime_ns
    await many.remember([polled(seen(again(an_item("1"), text="Other words.")))])
    await fill(many)
    assert len(await many.vectors.nearest(meaning("number"), None, 99, -1)) == 9
    assert file.stat().st_mtime_ns == before


async def test_a_full_disk_beside_the_database_does_not_stop_a_search(many: Store) -> None:
    (Path(str(many.engine.url.database)).parent / "vectors").write_text("a file where the folder should be")
    assert len(await many.vectors.nearest(meaning("number"), None, 20, -1)) == 9


async def test_only_items_among_those_wanted_are_near(many: Store) -> None:
    await many.remember([polled(seen(an_item("rare", feed_id="senate", text="On something else entirely.")))])
    await fill(many)
    among = await many.among("", Wanted(feeds=("senate",), flagged=False))
    assert among is not None
    [(n, _)] = await many.vectors.nearest(meaning("number n7"), among, 20, -1)
    assert n == 10
    assert await many.vectors.without(np.array([n])) == 0
