"""What people may ask, of a real store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import commands, filling
from bot.matching import Questions
from bot.records import FeedState, Findings, Judged
from bot.store import Poll, Sighting, Store, Wanted, open_store
from tests import newsroom
from tests.newsroom import found
from tests.written import NOON, WATCHED, item, judged, words

ALL = Wanted(flagged=False)
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
    assert set(ids(await found(store, "app", ALL))) == {"letter-1", "quiet-1"}
    assert ids(await found(store, "app", Wanted(topics=("faces",)))) == ["letter-1"]
    assert await found(store, "submarine", ALL) == []


@pytest.mark.parametrize("name", ["letter-1", "lett", "https://courier.example/letter-1"])
async def test_an_item_is_explained_by_its_id_its_beginning_or_its_address(store: Store, name: str) -> None:
    why = await commands.why(store, name, now=NOON)
    assert why is not None
    assert why.judged.item.title == "Sample writes to ICE"
    assert [gate.name for gate in why.gates] == ["topic", "duplicate", "age"]


async def test_an_item_that_does_not_exist_is_not_explained(store: Store) -> None:
    assert await commands.why(store, "nobody", now=NOON) is None
    assert await commands.why(store, "", now=NOON) is None
    assert await commands.why(store, "%", now=NOON) is None


async def test_the_gates_end_with_the_first_that_stopped_it(store: Store) -> None:
    quiet, old = await commands.why(store, "quiet-1", now=NOON), await commands.why(store, "old-1", now=NOON)
    assert quiet is not None
    assert old is not None
    assert [(gate.name, gate.passed) for gate in quiet.gates] == [("topic", False)]
    assert [(gate.name, gate.passed) for gate in old.gates] == [("topic", True), ("duplicate", True), ("age", False)]
    assert "imported" in old.gates[-1].says


async def test_every_feed_has_its_health_in_the_order_of_feeds_yaml(store: Store) -> None:
    courier, herald = await commands.health(store, WATCHED)
    assert (courier.feed.id, courier.items, courier.state.state) == ("courier", 4, "ok")
    assert (herald.feed.id, herald.items, herald.state.state, herald.newest) == ("herald", 0, "new", None)


async def test_a_digest_of_a_period_tells_what_was_published_in_it_told_or_not(store: Store) -> None:
    # What came out at "until" is not in it.
    week = await commands.digest(store, WATCHED, zone="UTC", since=NOON - timedelta(days=7), until=NOON)
    assert [story.headline.id for section in week.sections for story in section.stories] == ["report-1"]
    month = await commands.digest(
        store, WATCHED, zone="UTC", since=NOON - timedelta(days=40), until=NOON + timedelta(seconds=1)
    )
    assert [(s.topic.id, [story.headline.id for story in s.stories]) for s in month.sections] == [
        ("faces", ["letter-1", "old-1"]),
        ("borders", ["report-1"]),
    ]
    assert [source.name for source in month.unread] == ["Herald"]


async def test_a_digest_may_be_of_some_topics_and_sources(store: Store) -> None:
    asked = {"zone": "UTC", "since": NOON - timedelta(days=40), "until": NOON + timedelta(days=1)}
    borders = await commands.digest(store, WATCHED, topics=("borders",), **asked)  # type: ignore[arg-type]  # by name
    assert [story.headline.id for s in borders.sections for story in s.stories] == ["report-1", "old-1"]
    congress = await commands.digest(store, WATCHED, categories=("congress",), **asked)  # type: ignore[arg-type]
    assert [story.headline.id for s in congress.sections for story in s.stories] == ["letter-1"]


async def test_a_long_text_is_found_by_its_last_word(store: Store) -> None:
    long = replace(QUIET.item, id="long-1", address="", url="", text=f"{words('w', 20_000)} omega")
    await store.remember([Poll(state=None, sightings=(Sighting(item=long, keys=("long",), fingerprint=""),))])
    [hit] = (await commands.search(store, "omega", ALL, 9)).hits
    assert hit.snippet is not None
    assert hit.snippet.endswith("omega")
    assert len(hit.snippet) < 400


# -- search by meaning ----------------------------------------------------------------------------------------

MODEL = newsroom.Bags(synonyms=[{"app", "programme"}, {"halt", "stop"}])


@pytest.fixture
async def embedded(store: Store) -> Store:
    await filling.fill(store, MODEL, asyncio.Lock())
    return store


async def searched(store: Store, query: str, wanted: Wanted = ALL) -> Findings:
    return await commands.search(store, query, wanted, 9, newsroom.Asked(MODEL))


async def test_what_says_the_same_in_other_words_is_found_below_what_has_the_words(embedded: Store) -> None:
    [letter, *_] = (await searched(embedded, "halt the programme")).hits
    assert letter.judged.item.id == "letter-1"
    assert letter.by == ("meaning",)
    assert letter.snippet is None
    [both, *_] = (await searched(embedded, "stop the app")).hits
    assert both.judged.item.id == "letter-1"
    assert both.by == ("words", "meaning")
    assert both.snippet == "Stop the app."


async def test_quoted_words_occur_in_everything_found(embedded: Store) -> None:
    assert (await searched(embedded, '"halt the programme"')).hits == ()
    [letter] = (await searched(embedded, 'halt "the app"')).hits
    assert letter.by == ("meaning",)


@pytest.mark.parametrize("query", ["qwerty zxcv asdf", "", "?!", '""'])
async def test_nonsense_finds_nothing(embedded: Store, query: str) -> None:
    assert (await searched(embedded, query)).hits == ()


async def test_filters_hold_for_what_is_found_by_meaning(embedded: Store) -> None:
    query = "halt the programme"
    [letter] = (await searched(embedded, query, Wanted(categories=("congress",)))).hits
    assert letter.judged.item.id == "letter-1"
    for wanted in (
        Wanted(categories=("news",), topics=("borders",)),
        Wanted(feeds=("nowhere",), flagged=False),
        Wanted(members=("nobody",), flagged=False),
        Wanted(until=NOON - timedelta(days=60), flagged=False),
    ):
        assert "letter-1" not in ids([h.judged for h in (await searched(embedded, query, wanted)).hits])


async def test_items_without_a_vector_are_counted_and_found_by_words(store: Store) -> None:
    bare = await searched(store, "app")
    assert bare.without == 4
    assert bare.note is not None
    assert "--reembed" in bare.note
    assert {h.by for h in bare.hits} == {("words",)}
    await filling.fill(store, MODEL, asyncio.Lock(), most=3)
    told = await searched(store, "app")
    assert (told.without, told.note) == (1, None)
    assert [(await searched(store, "app", Wanted(categories=(c,)))).without for c in ("congress", "news")] == [1, 0]


async def test_where_the_old_model_is_gone_words_are_searched_and_the_answer_says_so(embedded: Store) -> None:
    gone = await commands.search(embedded, "stop the app", ALL, 9, Questions())
    assert ids([h.judged for h in gone.hits]) == ["letter-1"]
    assert gone.note is not None
    assert "sample-model, which cannot be loaded" in gone.note


async def test_members_are_asked_for_by_a_part_of_their_name_in_any_case_without_accents(store: Store) -> None:
    said = {"category": "congress", "address": "", "url": ""}
    items = [
        item("lujan-1", source="Ben Ray Luján", **said),
        item("warren-1", source="Elizabeth Warren", **said),
        item("warren-2", source="The Warren Gazette"),
    ]
    sightings = tuple(Sighting(item=one, keys=(one.id,), fingerprint="") for one in items)
    await store.remember([Poll(state=None, sightings=sightings)])

    async def of(*names: str) -> set[str]:
        return set(ids(await commands.latest(store, Wanted(members=names, flagged=False), 99)))

    assert await of("lujan") == await of("RAY LUJÁN") == {"lujan-1"}
    assert await of("warren") == {"warren-1"}
    assert await of("warren", "luj") == {"warren-1", "lujan-1"}
    assert await of("%") == await of("_") == await of("nobody") == set()
