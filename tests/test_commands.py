"""What people may ask, of a real store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import commands
from bot.records import FeedState, Judged
from bot.store import Poll, Sighting, Store, Wanted, open_store
from tests.written import NOON, WATCHED, item, judged, words

LETTER = judged(
    item("letter-1", title="Sample writes to ICE", text="Stop the app.", source="Sen. Sample", category="congress"),
    "faces",
)
REPORT = judged(item("report-1", title="Border report", published=NOON - timedelta(hours=2)), "borders")
QUIET = judged(item("quiet-1", title="County fair", text="Pies and an app for pies."))
OLD = judged(item("old-1", title="Older scans", published=NOON - timedelta(days=30), held="import"), "faces", "borders")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await open_store(tmp_path / "lookout.db")
    sightings = [
        Sighting(item=one.item, keys=(f"url:{one.item.address}",), fingerprint="", matches=one.matches)
        for one in (LETTER, REPORT, QUIET, OLD)
    ]
    state = FeedState(feed_id="courier", succeeded=NOON, polled=NOON)
    await opened.remember([Poll(state=state, sightings=tuple(sightings))])
    yield opened
    await opened.close()


def ids(found: list[Judged]) -> list[str]:
    return [one.item.id for one in found]


async def test_the_latest_are_what_is_flagged_the_newest_first(store: Store) -> None:
    assert ids(await commands.latest(store, Wanted(), 9)) == ["letter-1", "report-1", "old-1"]
    assert ids(await commands.latest(store, Wanted(), 1)) == ["letter-1"]
    assert ids(await commands.latest(store, Wanted(topics=("borders",)), 9)) == ["report-1", "old-1"]
    assert ids(await commands.latest(store, Wanted(categories=("congress",)), 9)) == ["letter-1"]


async def test_a_search_finds_what_is_flagged_and_what_is_not(store: Store) -> None:
    assert set(ids(await commands.search(store, "app", Wanted(flagged=False), 9))) == {"letter-1", "quiet-1"}
    assert ids(await commands.search(store, "app", Wanted(topics=("faces",)), 9)) == ["letter-1"]
    assert await commands.search(store, "submarine", Wanted(flagged=False), 9) == []


@pytest.mark.parametrize("name", ["letter-1", "lett", "https://courier.example/letter-1"])
async def test_an_item_is_explained_by_its_id_its_beginning_or_its_address(store: Store, name: str) -> None:
    why = await commands.why(store, name)
    assert why is not None
    assert why.judged.item.title == "Sample writes to ICE"
    assert [gate.name for gate in why.gates] == ["topic", "news", "digest"]


async def test_an_item_that_does_not_exist_is_not_explained(store: Store) -> None:
    assert await commands.why(store, "nobody") is None
    assert await commands.why(store, "") is None
    assert await commands.why(store, "%") is None


async def test_the_gates_end_with_the_first_that_stopped_it(store: Store) -> None:
    quiet, old = await commands.why(store, "quiet-1"), await commands.why(store, "old-1")
    assert quiet is not None
    assert old is not None
    assert [(gate.name, gate.passed) for gate in quiet.gates] == [("topic", False)]
    assert [(gate.name, gate.passed) for gate in old.gates] == [("topic", True), ("news", False)]
    assert "imported" in old.gates[-1].says


async def test_every_feed_has_its_health_in_the_order_of_feeds_yaml(store: Store) -> None:
    courier, herald = await commands.health(store, WATCHED)
    assert (courier.feed.id, courier.items, courier.state.state) == ("courier", 4, "ok")
    assert (herald.feed.id, herald.items, herald.state.state, herald.newest) == ("herald", 0, "new", None)


async def test_a_digest_of_a_period_tells_what_was_published_in_it_told_or_not(store: Store) -> None:
    week = await commands.digest(store, WATCHED, zone="UTC", since=NOON - timedelta(days=7), until=NOON)
    assert [story.id for section in week.sections for story in section.stories] == ["report-1"]  # until is not in it
    month = await commands.digest(
        store, WATCHED, zone="UTC", since=NOON - timedelta(days=40), until=NOON + timedelta(seconds=1)
    )
    assert [(s.topic.id, [story.id for story in s.stories]) for s in month.sections] == [
        ("faces", ["letter-1", "old-1"]),
        ("borders", ["report-1"]),
    ]
    assert [source.name for source in month.unread] == ["Herald"]


async def test_a_digest_may_be_of_some_topics_and_sources(store: Store) -> None:
    asked = {"zone": "UTC", "since": NOON - timedelta(days=40), "until": NOON + timedelta(days=1)}
    borders = await commands.digest(store, WATCHED, topics=("borders",), **asked)  # type: ignore[arg-type]  # by name
    assert [story.id for s in borders.sections for story in s.stories] == ["report-1", "old-1"]
    congress = await commands.digest(store, WATCHED, categories=("congress",), **asked)  # type: ignore[arg-type]
    assert [story.id for s in congress.sections for story in s.stories] == ["letter-1"]


async def test_a_long_text_is_found_by_its_last_word(store: Store) -> None:
    long = replace(QUIET.item, id="long-1", address="", url="", text=f"{words('w', 20_000)} omega")
    await store.remember([Poll(state=None, sightings=(Sighting(item=long, keys=("long",), fingerprint=""),))])
    [found] = await commands.search(store, "omega", Wanted(flagged=False), 9)
    assert found.snippet is not None
    assert found.snippet.endswith("omega")
    assert len(found.snippet) < 400
