"""Stories grow with each item that is remembered, and what an editor says of them sticks."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from bot.errors import Refused
from bot.records import Chronicle, Item
from bot.store import Meaning, Poll, Sighting, Store, Wanted
from tests import newsroom
from tests.newsroom import START
from tests.store.samples import again, an_item, polled, seen
from tests.stories.samples import LETTER, OTHER_RAID, RAID, REPORT, prose
from tests.written import words

ALL = Wanted(flagged=False)
NOW = START + timedelta(hours=1)


def letter(name: str, source: str = "", **said: Any) -> Item:
    made: dict[str, Any] = {"category": "congress", "source": source or f"Rep. {name.title()}", "text": LETTER}
    return an_item(name, **(made | {"title": "Brandt, Okonjo Demand Answers on ClearGate Scanners"} | said))


def raid(name: str, **said: Any) -> Item:
    made = {"text": RAID, "title": "ICE arrests 43 at Harlan Creek plant", "source": f"Outlet {name}"}
    return an_item(name, **(made | said))


async def grouped(store: Store) -> set[frozenset[str]]:
    """Return the stories as sets of the last words of their items' ids."""
    found = await store.stories.gathered(await store.find(ALL))
    return {frozenset(one.item.id.removeprefix("id-of-") for one in (*s.followed, *s.others)) for s in found}


def groups(*stories: str) -> set[frozenset[str]]:
    return {frozenset(story.split()) for story in stories}


async def told(store: Store, name: str) -> Chronicle:
    chronicle = await store.stories.named(f"id-of-{name}")
    assert chronicle is not None
    return chronicle


async def remembered(store: Store, *items: Item) -> None:
    for item in items:
        await store.remember([polled(seen(item))])


def meant(item: Item) -> Sighting:
    """The item as its feed shows it, with a vector, the same for all."""
    return replace(seen(item), meaning=Meaning(model="sample", vector=np.eye(1, 384, dtype=np.float32)[0]))


# -- growing --------------------------------------------------------------------------------------------------


async def test_items_find_their_stories_as_they_come(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"), letter("b"), an_item("lone"), raid("s"))
    assert await grouped(store) == groups("a b", "r s", "lone")


REFERRED = "Latest action, February 5, 2026: Read twice and referred to the Committee on the Judiciary, as all are."


def step(name: str, number: int, days: int, text: str = REFERRED, **said: Any) -> Item:
    """What happened to a bill, as its page tells: all of it at one address, which so identifies none."""
    made: dict[str, Any] = {
        "category": "congress",
        "feed_id": "bills",
        "title": f"S. {number}: A Sample Act",
        "url": f"https://www.congress.gov/bill/119th-congress/senate-bill/{number}",
        "address": "",
        "text": text,
        "published": START + timedelta(days=days),
    }
    return an_item(name, **(made | said))


STEPS = (
    step("introduced", 3779, -300),
    step(
        "text",
        3779,
        -298,
        "",
        title="S. 3779 (IS)",
        url="https://www.govinfo.gov/app/details/BILLS-119s3779is",
        address="https://govinfo.gov/app/details/BILLS-119s3779is",
        feed_id="govinfo",
    ),
    step("passed", 3779, 0, "Latest action, December 2, 2026: Passed the Senate without amendment."),
    step("other", 3780, -300),
)


@pytest.mark.parametrize("order", list(permutations(STEPS)), ids=lambda steps: " ".join(one.id[6:] for one in steps))
async def test_a_bill_is_one_story_however_far_apart_its_steps_and_in_whatever_order_they_come(
    store: Store, order: Sequence[Item]
) -> None:
    for one in order:
        await store.remember([polled(seen(one, f"guid:{one.id}"), feed_id=one.feed_id)])
    assert await grouped(store) == groups("introduced text passed", "other")


async def test_steps_of_a_bill_that_come_together_are_one_story(store: Store) -> None:
    await store.remember([polled(*(seen(one, f"guid:{one.id}") for one in STEPS))])
    assert await grouped(store) == groups("introduced text passed", "other")


async def test_a_bill_that_an_editor_took_out_of_a_story_stays_out(store: Store) -> None:
    await store.remember([polled(*(seen(one, f"guid:{one.id}") for one in STEPS[:2]))])
    await store.stories.split("id-of-introduced", ["id-of-text"], "somebody", NOW)
    await store.remember([polled(seen(STEPS[2], f"guid:{STEPS[2].id}"))])
    assert {len(one) for one in await grouped(store)} == {1, 2}


async def test_a_story_says_what_joined_it_when_and_why(store: Store) -> None:
    later = START + timedelta(hours=5)
    report = an_item("report", text=LETTER, source="Herald", published=START - timedelta(days=1))
    await remembered(store, report, letter("a", first_seen=later))
    story = await told(store, "report")
    assert story.headline.id == "id-of-a"  # the first primary source, though the report came before it
    assert (story.first_seen, story.last_seen) == (START, later)
    assert [(m.item.id, m.how, m.because) for m in story.items] == [
        ("id-of-a", "copy", "id-of-report"),
        ("id-of-report", "first", None),
    ]
    assert story.items[0].joined == later
    assert story == await store.stories.named(str(story.id))


async def test_a_hundred_copies_of_a_wire_report_are_one_story(store: Store) -> None:
    copies = [raid(f"w{n}", text=f"{RAID} {words(f'dateline{n}x', 4)}") for n in range(100)]
    await store.remember([polled(*map(seen, copies)), polled(*(seen(an_item(f"o{n}")) for n in range(20)))])
    sizes = sorted(len(story) for story in await grouped(store))
    assert sizes == [1] * 20 + [100]


async def test_a_notice_under_everything_an_office_publishes_joins_nothing(store: Store) -> None:
    notice = prose("notice", 60)

    def release(n: int) -> Item:
        title = f"Rep. One on {prose(f'matter {n}', 3)}"
        return an_item(f"r{n}", source="Rep. One", title=title, text=f"{prose(f'release {n}', 100)} {notice}")

    releases = [release(n) for n in range(60)]
    await store.remember([polled(*map(seen, releases))])
    assert len(await grouped(store)) == 60


@pytest.mark.parametrize("edited", [False, True])
async def test_a_copy_brings_a_report_to_its_letter_but_not_what_else_is_in_the_reports_story(
    store: Store, edited: bool
) -> None:
    title = "TSA biometric lanes criticised on Capitol Hill"
    report = an_item("report", source="Herald", title=title, text=REPORT)
    await store.remember([polled(seen(letter("a")), meant(report), seen(raid("r")))])
    assert await grouped(store) == groups("a", "report", "r")
    if edited:
        await store.stories.merge(["id-of-report", "id-of-r"], "ann", NOW)
    await store.remember([polled(meant(letter("copy", title="In full: the letter to TSA")))])
    assert await grouped(store) == (groups("a copy", "report r") if edited else groups("a copy report", "r"))


async def test_what_comes_weeks_later_in_the_same_words_is_another_story(store: Store) -> None:
    await remembered(store, letter("a"), letter("b", published=START - timedelta(days=20)))
    assert await grouped(store) == groups("a", "b")


async def test_a_story_is_as_new_as_what_a_feed_brings_of_it(store: Store) -> None:
    long_ago = START - timedelta(days=300)
    await remembered(store, letter("a", held="import", first_seen=long_ago))
    await store.remember([polled(seen(again(letter("a"))))])
    story = await told(store, "a")
    assert story.first_seen == story.last_seen == story.headline.first_seen > long_ago


async def test_a_copy_is_found_among_hundreds_of_others(store: Store) -> None:
    await remembered(store, letter("a"))
    await store.remember([polled(*(seen(an_item(f"n{n}", text=words(f"text{n}x", 60))) for n in range(600)))])
    await remembered(store, letter("b"))
    assert frozenset({"a", "b"}) in await grouped(store)


async def test_two_polls_at_once_that_bring_one_letter_make_one_story(store: Store) -> None:
    polls = [polled(seen(letter(name)), feed_id=name) for name in "abcdef"]
    await asyncio.gather(*(store.remember([poll]) for poll in polls))
    assert await grouped(store) == groups("a b c d e f")


async def test_an_item_that_is_imported_again_stays_where_it_is(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"), letter("a"))
    assert await grouped(store) == groups("a b")
    assert len((await told(store, "a")).items) == 2


async def test_hostile_texts_are_placed_like_any_other(store: Store) -> None:
    hostile = ["\u202e" * 500, "' OR 1=1 -- " * 60, "<script>" * 80, "\0" * 30, "a " * 90_000, "移民" * 4000]
    await remembered(store, *(an_item(f"h{n}", title=said[:200], text=said) for n, said in enumerate(hostile)))
    assert len(await grouped(store)) == len(hostile)


# -- words change ---------------------------------------------------------------------------------------------


async def test_a_teaser_joins_its_story_once_its_text_is_read(store: Store) -> None:
    teaser = letter("b", text="", text_from="teaser")
    await remembered(store, letter("a"), teaser)
    assert await grouped(store) == groups("a", "b")
    await store.remember([polled(seen(again(teaser, text=LETTER, text_from="article"), fingerprint="new"))])
    assert await grouped(store) == groups("a b")
    assert {m.item.id: m.how for m in (await told(store, "a")).items} == {"id-of-a": "first", "id-of-b": "copy"}


async def test_an_item_corrected_in_a_few_words_stays_in_its_story(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"))
    await store.remember([polled(seen(again(letter("b", text=f"{LETTER} Corrected.")), fingerprint="new"))])
    assert await grouped(store) == groups("a b")


async def test_an_item_that_now_tells_something_else_leaves_its_story(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"), raid("r"))
    other = {"text": RAID, "title": "ICE arrests 43 at Harlan Creek plant"}
    await store.remember([polled(seen(again(letter("b", **other)), fingerprint="new"))])
    assert await grouped(store) == groups("a", "b r")
    await store.remember([polled(seen(again(letter("b", text=words("other", 80))), fingerprint="newer"))])
    assert await grouped(store) == groups("a", "b", "r")
    await remembered(store, raid("s"))
    assert await grouped(store) == groups("a", "b", "r s")  # what b was filed under is forgotten


async def test_an_editor_s_word_stands_against_words_that_change(store: Store) -> None:
    await remembered(store, letter("a"), raid("b"))
    await store.stories.merge(["id-of-a", "id-of-b"], "ann", NOW)
    await store.remember([polled(seen(again(raid("b", text=OTHER_RAID)), fingerprint="new"))])
    assert await grouped(store) == groups("a b")


# -- editors --------------------------------------------------------------------------------------------------


async def test_merged_stories_stay_one_and_grow_as_one(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"))
    merged = await store.stories.merge(["id-of-r", "id-of-a"], "ann", NOW)
    assert (merged.headline.id, [e.kind for e in merged.edits], merged.edits[0].by) == ("id-of-a", ["merge"], "ann")
    await remembered(store, letter("b"), raid("s"))
    assert await grouped(store) == groups("a b r s")


async def test_an_item_split_off_is_never_joined_again_with_those_it_left(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"))
    apart = await store.stories.split("id-of-a", ["id-of-b"], "ann", NOW)
    assert [(m.item.id, m.how) for m in apart.items] == [("id-of-b", "editor")]
    await remembered(store, letter("c"), letter("d"))
    stories = await grouped(store)
    assert len(stories) == 2
    assert not any({"a", "b"} <= story for story in stories)


async def test_no_copy_brings_together_what_an_editor_set_apart(store: Store) -> None:
    early, between = START - timedelta(days=24), START - timedelta(days=12)
    await remembered(store, letter("a", published=early), letter("b"), letter("c"))
    await store.stories.split("id-of-b", ["id-of-c"], "ann", NOW)
    await remembered(store, letter("x", published=between))
    assert not any({"b", "c"} <= story for story in await grouped(store))


async def test_an_edit_holds_after_a_restart_and_a_second_import(tmp_path: Path) -> None:
    path = newsroom.an_empty_database(tmp_path)
    async with newsroom.opened(path) as store:
        await remembered(store, letter("a"), letter("b"), raid("r"))
        await store.stories.split("id-of-a", ["id-of-b"], "ann", NOW)
        await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)
    async with newsroom.opened(path) as store:
        await remembered(store, letter("a"), letter("b"), raid("r"))
        assert await grouped(store) == groups("a r", "b")


async def test_a_merge_is_undone_and_takes_along_what_joined_since(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"))
    [edit] = (await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)).edits
    await remembered(store, letter("b"), raid("s"))
    undone = await store.stories.undo(edit.number, "bob", NOW)
    assert (undone.undone, undone.undone_by) == (NOW, "bob")
    assert await grouped(store) == groups("a b", "r s")
    with pytest.raises(Refused, match="no edit"):
        await store.stories.undo(edit.number, "bob", NOW)


async def test_a_split_is_undone(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"))
    [edit] = (await store.stories.split("id-of-a", ["id-of-b"], "ann", NOW)).edits
    await store.stories.undo(edit.number, "bob", NOW)
    assert await grouped(store) == groups("a b")
    await remembered(store, letter("c"))
    assert await grouped(store) == groups("a b c")


async def test_undoing_an_early_edit_leaves_a_later_one_alone(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"), an_item("lone"))
    [first] = (await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)).edits
    await store.stories.split("id-of-a", ["id-of-r"], "ann", NOW)
    await store.stories.merge(["id-of-r", "id-of-lone"], "ann", NOW)
    await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a", "r lone")


async def test_a_merge_is_undone_also_where_its_items_went_on_together(store: Store) -> None:
    await remembered(store, letter("a1"), letter("a2"), raid("b1"))
    [first] = (await store.stories.merge(["id-of-a1", "id-of-b1"], "ann", NOW)).edits
    await store.stories.split("id-of-a1", ["id-of-a1"], "ann", NOW)
    assert await grouped(store) == groups("a1", "a2 b1")
    await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a1", "a2", "b1")


async def test_a_split_is_undone_as_far_as_another_split_allows(store: Store) -> None:
    await remembered(store, *(letter(name) for name in "abcd"))
    [first] = (await store.stories.split("id-of-a", ["id-of-c", "id-of-d"], "ann", NOW)).edits
    await store.stories.split("id-of-c", ["id-of-c"], "ann", NOW)
    await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a b d", "c")


async def test_what_other_edits_hold_is_not_said_to_be_undone(store: Store) -> None:
    await remembered(store, *(letter(name) for name in "abc"))
    [first] = (await store.stories.split("id-of-a", ["id-of-b"], "ann", NOW)).edits
    await store.stories.split("id-of-a", ["id-of-c"], "ann", NOW)
    await store.stories.merge(["id-of-b", "id-of-c"], "ann", NOW)
    with pytest.raises(Refused, match="undo 2 first"):
        await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a", "b c")
    assert [edit.undone for edit in (await told(store, "a")).edits] == [None, None]


async def test_a_merge_that_was_said_again_is_not_undone_by_halves(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"))
    [first] = (await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)).edits
    await store.stories.split("id-of-a", ["id-of-r"], "ann", NOW)
    await store.stories.merge(["id-of-a", "id-of-r"], "bob", NOW)
    with pytest.raises(Refused, match="undo 3 first"):
        await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a r")


async def test_a_merge_undone_leaves_what_was_known_of_how_each_item_came(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"), raid("s"))
    before = (await told(store, "r")).items
    [edit] = (await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)).edits
    await store.stories.undo(edit.number, "ann", NOW)
    assert (await told(store, "r")).items == before


async def test_a_split_undone_leaves_what_was_known_of_how_each_item_came(store: Store) -> None:
    await remembered(store, letter("a"), raid("r"))
    [first] = (await store.stories.merge(["id-of-a", "id-of-r"], "ann", NOW)).edits
    await remembered(store, raid("s"))  # joins because of r
    second = (await store.stories.split("id-of-a", ["id-of-s"], "ann", NOW)).edits[-1]
    await store.stories.undo(second.number, "ann", NOW)
    assert {one.item.id: one.because for one in (await told(store, "a")).items}["id-of-s"] == "id-of-r"
    await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a", "r s")


async def test_a_merge_is_not_undone_through_the_midst_of_another(store: Store) -> None:
    await remembered(store, letter("a"), raid("b"), an_item("c"))
    first = (await store.stories.merge(["id-of-a", "id-of-b"], "ann", NOW)).edits[-1]
    second = (await store.stories.merge(["id-of-b", "id-of-c"], "ann", NOW)).edits[-1]
    with pytest.raises(Refused, match=f"undo {second.number} first"):
        await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a b c")
    await store.stories.undo(second.number, "ann", NOW)
    await store.stories.undo(first.number, "ann", NOW)
    assert await grouped(store) == groups("a", "b", "c")


async def test_an_item_split_off_says_when(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"))
    [moved] = (await store.stories.split("id-of-a", ["id-of-b"], "ann", NOW)).items
    assert (moved.how, moved.joined) == ("editor", NOW)


async def test_what_cannot_be_done_is_refused_and_changes_nothing(store: Store) -> None:
    await remembered(store, letter("a"), letter("b"), raid("r"))
    for names in (["id-of-a", "nobody"], ["id-of-a", "id-of-b"], ["id-of-a", "9999"]):
        with pytest.raises(Refused):
            await store.stories.merge(names, "ann", NOW)
    for items in (["id-of-r"], ["id-of-a", "id-of-b"], ["nobody"]):
        with pytest.raises(Refused):
            await store.stories.split("id-of-a", items, "ann", NOW)
    assert await grouped(store) == groups("a b", "r")
    assert (await told(store, "a")).edits == ()


async def test_no_name_a_person_types_makes_it_fail(store: Store) -> None:
    await remembered(store, letter("a"))
    for name in ("", "%", "\udcff", "9" * 30, "\0", "²", "' OR 1=1"):
        assert await store.stories.named(name) is None


async def test_a_number_is_a_storys_where_there_is_one_else_how_an_id_begins(store: Store) -> None:
    await remembered(store, letter("a"), an_item("z", id="3047abcdef"), an_item("y", id="0001abcdef"))
    for name, item_id in (("3047", "3047abcdef"), ("0001", "0001abcdef"), ("1", "id-of-a")):
        found = await store.stories.named(name)
        assert found is not None
        assert found.headline.id == item_id
    async with store.engine.begin() as c:
        await c.execute(text("INSERT INTO stories SELECT 3047, headline, first_seen, last_seen FROM stories LIMIT 1"))
    for name, number in (("3047", 3047), ("3047a", 2), ("3047abcdef", 2)):
        found = await store.stories.named(name)
        assert found is not None
        assert found.id == number


# -- what was there before ------------------------------------------------------------------------------------


async def test_items_from_before_there_were_stories_are_placed_a_few_at_a_time(store: Store) -> None:
    items = [letter("a"), raid("r"), letter("b"), raid("s"), an_item("lone")]
    await remembered(store, *items)
    async with store.engine.begin() as c:
        for table in ("story_marks", "story_items", "stories"):
            await c.execute(text(f"DELETE FROM {table}"))
    assert await store.stories.waiting() == 5
    assert await grouped(store) == groups("a", "b", "r", "s", "lone")
    assert await store.stories.named("id-of-a") is None
    last, moments = 0, []
    while (reached := await store.stories.place_some(last, 2)) is not None:
        last = reached
        moments.append(await store.stories.waiting())
    assert moments == [3, 1, 0]
    assert await grouped(store) == groups("a b", "r s", "lone")


async def test_an_item_that_comes_while_older_ones_wait_is_joined_by_them(store: Store) -> None:
    await remembered(store, letter("a"))
    async with store.engine.begin() as c:
        for table in ("story_marks", "story_items", "stories"):
            await c.execute(text(f"DELETE FROM {table}"))
    await remembered(store, letter("b"))
    await store.stories.place_some(0, 10)
    assert await grouped(store) == groups("a b")


async def test_a_report_in_other_words_is_found_where_both_have_vectors(store: Store) -> None:
    text_ = (
        "A union said that families of those taken in the raid at Harlan Creek Foods in Fremont do not know where they "
        "are. Agents arrested 43 workers there over stolen Social Security numbers. Dorothea Vance, who led it, said "
        "twelve will be charged. The plant employs some 260."
    )
    report = an_item("report", title="Nebraska meat plant raid: families left in the dark", text=text_)
    await store.remember([Poll(state=None, sightings=(meant(raid("r", category="dhs")), meant(letter("a"))))])
    await store.remember([Poll(state=None, sightings=(meant(report),))])
    assert await grouped(store) == groups("r report", "a")
    [_, joined] = (await told(store, "r")).items
    assert (joined.how, joined.because) == ("rewrite", "id-of-r")
