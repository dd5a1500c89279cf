"""A community's labels move its head, where that is better, and what it then says is said of new items too."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import feedback, feeds, pipeline
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.feedback import Retrained
from bot.matching import Embedder, Matcher, VectorCache, load_heads, theirs
from bot.records import Item, Judged, Label, Verdict
from bot.store import Poll, Sighting, Store, Wanted
from tests import newsroom
from tests.newsroom import START
from tests.store.samples import an_item

TOPIC = "immigration-enforcement"
TOWNS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Larch", "Maple")


@pytest.fixture(scope="module")
def matcher(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    path = shipped_watchlist()
    topics = watchlist(watchlist_text(path), file=str(path), problems=feeds.problems).topics
    cache = VectorCache(tmp_path_factory.mktemp("vectors"), embedder)
    return Matcher(topics, (), embedder, cache, load_heads())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
        yield store


def raid(town: str) -> Item:
    text = f"SAMPLE. Agents of Immigration and Customs Enforcement arrested workers at a plant in {town}."
    return _release(f"raid-{town}", f"SAMPLE: ICE raids a plant in {town}, dozens arrested", text, town)


def wall(town: str) -> Item:
    text = (
        f"SAMPLE. The member for {town} spoke for the bill that pays for the border wall and more Border Patrol agents."
    )
    return _release(f"wall-{town}", f"SAMPLE: {town}'s member backs border wall funding bill", text, town)


def fair(town: str) -> Item:
    return _release(
        f"fair-{town}", f"SAMPLE: {town} opens its county fair", f"SAMPLE. Pies were eaten in {town}.", town
    )


def _release(name: str, title: str, text: str, town: str) -> Item:
    return an_item(name, title=title, text=text, source=f"Rep. {town}", category="congress")


async def remembered(store: Store, matcher: Matcher, items: Sequence[Item]) -> None:
    judged = matcher.match(items)
    sightings = [
        Sighting(item=item, keys=(f"url:{item.url}",), fingerprint="seen", matches=judged[item.id][0]) for item in items
    ]
    await store.remember([Poll(state=None, sightings=tuple(sightings))])


async def say(store: Store, items: Sequence[Item], verdict: Verdict, community: str = "club") -> None:
    for item in items:
        said = Label(community=community, item_id=item.id, topic_id=TOPIC, verdict=verdict, by="ann", at=START)
        await store.feedback.label(said)


async def retrained(store: Store, matcher: Matcher, *, apply: bool = True) -> Retrained:
    return await feedback.retrain(store, matcher, TOPIC, "club", now=START + timedelta(hours=1), apply=apply)


async def flagged(store: Store, community: str | None = "club") -> set[str]:
    return {one.item.id for one in await store.find(Wanted(topics=(TOPIC,), community=community))}


async def a_club_bored_by_walls(store: Store, matcher: Matcher) -> None:
    """All of them know raids, walls and fairs of 12 towns; they labelled those of the first 10."""
    items = [kind(town) for town in TOWNS for kind in (raid, wall, fair)]
    await remembered(store, matcher, items)
    await say(store, [raid(town) for town in TOWNS[:10]], "relevant")
    await say(store, [wall(town) for town in TOWNS[:10]], "not relevant")


async def test_labels_that_help_are_shown_and_put_in_force(store: Store, matcher: Matcher) -> None:
    await a_club_bored_by_walls(store, matcher)
    shipped = await flagged(store, None)
    assert {raid("Larch").id, wall("Larch").id} <= shipped
    preview = await retrained(store, matcher, apply=False)
    assert preview.trial is not None
    assert preview.trial.after.precision > preview.trial.before.precision  # type: ignore[operator]  # both flag some
    assert {item.id for item in preview.no_longer} == {wall("Larch").id, wall("Maple").id}
    assert (preview.newly, preview.applied, preview.says) == ((), False, "better; `--apply` puts it in force")
    assert wall("Larch").id in await flagged(store)

    came = await retrained(store, matcher)
    assert (came.applied, came.says) == (True, "put in force")
    assert came.no_longer == preview.no_longer
    assert await flagged(store) == {raid(town).id for town in TOWNS}
    assert await flagged(store, None) == await flagged(store, "other") == shipped
    [head] = await store.feedback.heads()
    assert head.figures["before"]["n"] == 20


async def test_a_head_in_force_judges_what_comes_for_its_community(tmp_path: Path, matcher: Matcher) -> None:
    newsroom.an_empty_database(tmp_path)
    async with newsroom.parts(tmp_path, [], lambda: START) as parts:
        parts, store = replace(parts, matcher=matcher), parts.store
        await a_club_bored_by_walls(store, matcher)
        await retrained(store, matcher)
        new = [kind("Nutmeg") for kind in (raid, wall, fair)]
        sightings = [Sighting(item=item, keys=(f"url:{item.url}",), fingerprint="seen") for item in new]
        await pipeline.remember(parts, [Poll(state=None, sightings=tuple(sightings))])
        assert wall("Nutmeg").id in await flagged(store, None)
        assert {item.id for item in new} & await flagged(store) == {raid("Nutmeg").id}
        found = await store.item(wall("Nutmeg").id, "club")
        assert found is not None
        assert "moved by the labels of club" in next(m.model for m in found.matches if m.topic_id == TOPIC)


async def test_labels_that_contradict_each_other_change_nothing(store: Store, matcher: Matcher) -> None:
    items = [kind(town) for town in TOWNS for kind in (raid, wall)]
    await remembered(store, matcher, items)
    for n, item in enumerate(items):
        await say(store, [item], "relevant" if n % 4 in (0, 3) else "not relevant")
    before = await flagged(store)
    came = await retrained(store, matcher)
    assert came.trial is not None
    assert not came.applied
    assert came.says.startswith("not put in force: ")
    assert await store.feedback.heads() == []
    assert await flagged(store) == before


async def test_too_few_labels_say_how_many_are_missing(store: Store, matcher: Matcher) -> None:
    await remembered(store, matcher, [raid(town) for town in TOWNS])
    none = await retrained(store, matcher)
    assert none.says.startswith("too few labels to measure on: it takes 5 more that say relevant and 5 more that")
    await say(store, [raid(town) for town in TOWNS[:6]], "relevant")
    await say(store, [raid(town) for town in TOWNS[6:8]], "wrong topic")
    some = await retrained(store, matcher)
    assert (some.relevant, some.others, some.trial, some.applied) == (6, 2, None, False)
    assert some.says == "too few labels to measure on: it takes 3 more that say not relevant or wrong topic"


async def test_a_labelled_item_rewritten_while_its_topic_was_not_followed_teaches_nothing(
    store: Store, matcher: Matcher
) -> None:
    await remembered(store, matcher, [raid(town) for town in TOWNS[:4]])
    await say(store, [raid(town) for town in TOWNS[:4]], "relevant")
    new = replace(raid("Alder"), text="SAMPLE. Other words.", first_seen=START + timedelta(hours=1))
    sighting = Sighting(item=new, keys=(f"url:{new.url}",), fingerprint="seen anew")
    await store.remember([Poll(state=None, sightings=(sighting,))])
    came = await retrained(store, matcher)
    assert (came.relevant, came.others) == (3, 0)


async def test_a_head_whose_shipped_head_changed_is_put_aside_and_says_nothing_more(
    store: Store, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_club_bored_by_walls(store, matcher)
    await retrained(store, matcher)
    assert await feedback.put_aside_outdated(store, matcher, [TOPIC], START) == []
    [head] = await store.feedback.heads()
    [outdated] = [replace(head, base="another model", made=START + timedelta(days=1))]
    await store.feedback.put_in_force(outdated, [])
    new = wall("Nutmeg")
    matches, mentions = matcher.match([new])[new.id]
    assert theirs(matcher, [outdated], [Judged(item=new, matches=matches, mentions=mentions)]) == [()]
    assert await feedback.put_aside_outdated(store, matcher, [TOPIC], START) == [outdated]
    assert await store.feedback.heads() == []


async def test_a_second_retraining_is_measured_against_the_first(store: Store, matcher: Matcher) -> None:
    await a_club_bored_by_walls(store, matcher)
    first = await retrained(store, matcher)
    again = await retrained(store, matcher)
    assert first.trial is not None
    assert again.trial is not None
    assert again.trial.before == again.trial.after == first.trial.after
    assert again.says == "not put in force: neither precision nor recall would rise"
