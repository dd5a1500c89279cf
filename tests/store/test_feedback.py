"""Labels are kept with who and when, replaced, undone, and decide what a community is told, and nobody else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.records import Label, Match, Verdict
from bot.store import Store, Wanted
from bot.store.feedback import majority
from tests.newsroom import START
from tests.store.samples import a_head, again, an_item, polled, seen

FACES, FLOWERS = an_item("faces"), an_item("flowers", text="A text on flowers.")


@pytest.fixture
async def store(store: Store) -> Store:
    await store.remember([polled(seen(FACES), seen(FLOWERS))])
    return store


def said(verdict: Verdict, by: str = "ann", minutes: int = 0, **more: Any) -> Label:
    made: dict[str, Any] = {"community": "club", "item_id": FACES.id, "topic_id": "faces"}
    return Label(**(made | more), verdict=verdict, by=by, at=START + timedelta(minutes=minutes))


async def flagged(store: Store, community: str | None = "club", *topics: str) -> set[str]:
    return {one.item.id for one in await store.find(Wanted(topics=topics, community=community))}


async def test_a_label_is_kept_with_who_and_when(store: Store) -> None:
    await store.feedback.label(said("wrong topic", by="Zoë O'Neil"))
    [(label, item)] = await store.feedback.labels("club")
    assert (label.verdict, label.by, label.at, label.undone) == ("wrong topic", "Zoë O'Neil", START, None)
    assert item == FACES
    assert await store.feedback.labels("other") == []


async def test_a_no_takes_an_item_off_for_its_community_alone(store: Store) -> None:
    for verdict in ("not relevant", "wrong topic"):
        await store.feedback.label(said(verdict, community=verdict))
        assert await flagged(store, verdict) == set()
        assert await flagged(store, verdict, "faces") == set()
    assert await flagged(store, "other") == await flagged(store, None) == {FACES.id}


async def test_a_yes_puts_an_item_on_for_its_community_and_topic_alone(store: Store) -> None:
    await store.feedback.label(said("relevant", item_id=FLOWERS.id))
    assert await flagged(store) == await flagged(store, "club", "faces") == {FACES.id, FLOWERS.id}
    assert await flagged(store, "club", "borders") == set()
    assert await flagged(store, None) == {FACES.id}
    judged = await store.item(FLOWERS.id, "club")
    assert judged is not None
    assert {m.topic_id: (m.flagged, m.likely, m.verdict) for m in judged.matches} == {
        "faces": (True, False, "relevant"),
        "borders": (False, False, None),
    }


async def test_a_later_label_of_the_same_person_replaces_the_earlier(store: Store) -> None:
    await store.feedback.label(said("not relevant"))
    await store.feedback.label(said("relevant", minutes=5))
    assert [label.verdict for label, _ in await store.feedback.labels("club")] == ["relevant"]
    new, old = (label for label, _ in await store.feedback.labels("club", history=True))
    assert (old.verdict, old.undone, old.undone_by) == ("not relevant", START + timedelta(minutes=5), "ann")
    assert new.undone is None
    assert await flagged(store) == {FACES.id}


async def test_the_same_said_twice_is_kept_once(store: Store) -> None:
    await store.feedback.label(said("not relevant"))
    await store.feedback.label(said("not relevant", minutes=5))
    [(label, _)] = await store.feedback.labels("club", history=True)
    assert label.at == START


async def test_an_undone_label_says_nothing_more_and_stays_in_the_history(store: Store) -> None:
    await store.feedback.label(said("not relevant"))
    later = START + timedelta(hours=1)
    undone = await store.feedback.undo("club", FACES.id, "faces", of="ann", by="bob", now=later)
    assert undone is not None
    assert await flagged(store) == {FACES.id}
    assert await store.feedback.labels("club") == []
    assert await store.feedback.labels("club", history=True) == [(undone, FACES)]
    assert (undone.undone, undone.undone_by) == (later, "bob")
    assert await store.feedback.undo("club", FACES.id, "faces", of="ann", by="bob", now=later) is None


async def test_most_people_decide_and_the_last_of_as_many(store: Store) -> None:
    for minutes, (by, verdict, shown) in enumerate(
        (
            ("ann", "not relevant", False),
            ("bob", "relevant", True),
            ("cay", "wrong topic", False),
            ("dee", "relevant", True),
            ("eve", "relevant", True),
            ("ann", "wrong topic", True),
        )
    ):
        await store.feedback.label(said(verdict, by=by, minutes=minutes))  # type: ignore[arg-type]  # listed above
        assert (FACES.id in await flagged(store)) == shown
    assert majority(["relevant", "not relevant", "wrong topic"]) == "wrong topic"


async def test_a_digest_of_a_community_holds_what_its_people_want(store: Store) -> None:
    await store.feedback.label(said("relevant", item_id=FLOWERS.id))
    await store.feedback.label(said("not relevant"))
    mine = await store.reports.news("club", START - timedelta(days=1))
    theirs = await store.reports.news(None, START - timedelta(days=1))
    assert [one.judged.item.id for one in mine] == [FLOWERS.id]
    assert [one.judged.item.id for one in theirs] == [FACES.id]


async def test_a_label_stays_when_the_words_of_its_item_change(store: Store) -> None:
    await store.feedback.label(said("not relevant"))
    await store.remember([polled(seen(again(FACES, text="Other words on faces."), fingerprint="new"))])
    assert await flagged(store) == set()
    assert await flagged(store, None) == {FACES.id}


async def test_hostile_names_are_data(store: Store) -> None:
    names = ["'; DROP TABLE labels; --", '"', "@everyone", "<b>", "%", "ann\\"]
    for name in names:
        await store.feedback.label(said("not relevant", by=name, community=name))
    for name in names:
        [(label, _)] = await store.feedback.labels(name)
        assert label.by == name
        assert await flagged(store, name) == set()


async def test_a_head_in_force_says_what_its_community_sees(store: Store) -> None:
    [faces] = [m for m in seen(FACES).matches if m.topic_id == "faces"]
    [flowers] = [m for m in seen(FLOWERS).matches if m.topic_id == "faces"]
    less, more = _as(faces, 0.3), _as(flowers, 0.7)
    await store.feedback.put_in_force(a_head(), [less, more])
    assert await store.feedback.heads() == [a_head()]
    assert await flagged(store) == {FLOWERS.id}
    assert await flagged(store, None) == await flagged(store, "other") == {FACES.id}
    await store.feedback.label(said("relevant"))
    assert await flagged(store) == {FACES.id, FLOWERS.id}  # people before heads


async def test_another_head_takes_the_place_of_the_one_before(store: Store) -> None:
    await store.feedback.put_in_force(a_head(), [])
    await store.feedback.put_in_force(a_head("other"), [])
    second = a_head(bias=0.75, made=START + timedelta(days=1))
    await store.feedback.put_in_force(second, [])
    assert sorted(await store.feedback.heads(), key=lambda h: h.community) == [second, a_head("other")]
    await store.feedback.retire(second, START, "of old age")
    assert await store.feedback.heads() == [a_head("other")]


async def test_what_a_head_said_of_other_words_is_forgotten(store: Store) -> None:
    [faces] = [m for m in seen(FACES).matches if m.topic_id == "faces"]
    await store.feedback.put_in_force(a_head(), [_as(faces, 0.3)])
    await store.remember([polled(seen(again(FACES, text="Other words on faces."), fingerprint="new"))])
    assert await flagged(store) == {FACES.id}


async def test_the_tally_counts_what_heads_flag_whatever_people_say(store: Store) -> None:
    await store.feedback.label(said("relevant", item_id=FLOWERS.id))
    before = await store.feedback.tally("club", "faces")
    assert (before.flagged, before.unflagged, before.flagged_labelled) == (1, 1, 0)
    await store.feedback.label(said("not relevant"))
    after = await store.feedback.tally("club", "faces")
    assert (after.flagged, after.flagged_labelled, after.flagged_relevant) == (1, 1, 0)
    assert await store.feedback.unflagged("club", ["faces"]) == [FLOWERS.id]
    assert sorted(await store.feedback.unflagged("club", ["faces", "borders"])) == sorted([FACES.id, FLOWERS.id])


def _as(match: Match, probability: float) -> Match:
    return replace(match, probability=probability, threshold=0.4, model="theirs")
