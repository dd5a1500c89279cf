"""What readers are told of stories, from the feeds to their digests: each once, whatever editors say."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from bot import commands, pipeline
from bot.parts import Parts
from bot.records import Feed, Subscriber
from bot.store import Wanted
from tests import newsroom
from tests.newsroom import Press, Time, reader, rss, told
from tests.stories.samples import LETTER, RAID

ALL = Wanted(flagged=False)


@dataclass
class Desk:
    """A reader's desk: feeds give entries as time passes, and a digest a day says what is new."""

    press: Press
    data: Path
    parts: Parts
    time: Time = field(default_factory=Time)
    given: dict[str, list[newsroom.Told]] = field(default_factory=dict)
    community: str = ""

    async def comes(self, feed: str, title: str, text: str) -> None:
        """Let a feed bring one more entry, and poll it."""
        entries = self.given.setdefault(feed, [])
        link = f"https://{feed}.example/{len(entries)}"
        entries.append(told(title, link=link, text=f"<p>{text} On faces.</p>", at=self.time.now))
        self.press.put(f"/{feed}", rss(*entries))
        await pipeline.watch(self.parts, [self.feed(feed)])
        self.time.passes(hours=1)

    async def becomes(self, feed: str, title: str, text: str) -> None:
        """Let the feed's only entry be told in other words, dated today, and poll it."""
        [entry] = self.given[feed]
        self.given[feed] = [replace(entry, title=title, text=f"<p>{text} On faces.</p>", at=self.time.now)]
        self.press.put(f"/{feed}", rss(*self.given[feed]))
        await pipeline.watch(self.parts, [self.feed(feed)])
        self.time.passes(hours=1)

    def feed(self, name: str) -> Feed:
        return newsroom.feed(self.press, name, category="congress" if name.startswith("rep") else "news")

    @property
    def reader(self) -> Subscriber:
        return reader(self.data, community=self.community)

    async def digest(self) -> str:
        """Return the next day's digest."""
        before = newsroom.digests(self.data)
        await pipeline.report(self.parts, [self.reader])
        await pipeline.deliver(self.parts)
        self.time.passes(days=1)
        [new] = [one for one in newsroom.digests(self.data) if one not in before]
        return new

    async def ids(self) -> dict[str, str]:
        return {one.item.title: one.item.id for one in await self.parts.store.find(ALL)}

    async def merge(self, *titles: str) -> int:
        ids = await self.ids()
        names = [ids[title] for title in titles]
        return (await commands.merge(self.parts.store, names, by="ann", now=self.time.now)).edits[-1].number

    async def split(self, story: str, *titles: str) -> None:
        ids = await self.ids()
        names = [ids[title] for title in titles]
        await commands.split(self.parts.store, ids[story], names, by="ann", now=self.time.now)


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as press:
        yield press


@pytest.fixture
async def desk(press: Press, tmp_path: Path) -> AsyncIterator[Desk]:
    time = Time()
    newsroom.an_empty_database(tmp_path)
    async with newsroom.parts(tmp_path, (), time) as parts:
        yield Desk(press=press, data=tmp_path, parts=parts, time=time)


def heads(digest: str, *titles: str) -> Sequence[bool]:
    """Say for each title whether it heads a story of the digest."""
    return [f". {title}\n" in digest for title in titles]


async def test_a_joint_letter_is_told_once_and_says_where_else_it_stands(desk: Desk) -> None:
    await desk.comes("courier", "Letter reported", LETTER)
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.comes("rep2", "Press release", LETTER)
    digest = await desk.digest()
    assert heads(digest, "Letter on scanners", "Letter reported", "Press release") == [True, False, False]
    assert "also on 2: The Rep2, The Courier" in digest


async def test_a_copy_that_comes_after_its_story_was_told_is_no_news_however_late(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    await desk.comes("rep2", "Again the letter", LETTER)
    assert heads(await desk.digest(), "Again the letter") == [False]
    desk.time.passes(days=9)
    await desk.comes("rep3", "Once more the letter", LETTER)
    assert heads(await desk.digest(), "Once more the letter") == [False]


async def test_two_raids_of_one_day_are_both_told(desk: Desk) -> None:
    other = RAID.replace("Harlan Creek Foods", "Redbud Roofing").replace("Fremont, Nebraska", "Tulsa, Oklahoma")
    other = (
        other.replace("OMAHA, Neb.", "TULSA, Okla.").replace("43", "17").replace("260", "60").replace("Vance", "Marsh")
    )
    await desk.comes("agency", "ICE arrests 43 at Harlan Creek", RAID)
    await desk.comes("agency", "ICE arrests 17 at Redbud Roofing in Tulsa", other)
    digest = await desk.digest()
    assert heads(digest, "ICE arrests 43 at Harlan Creek", "ICE arrests 17 at Redbud Roofing in Tulsa") == [True, True]


async def test_what_is_merged_with_a_told_story_is_not_told_again(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    await desk.comes("courier", "A raid", RAID)
    await desk.merge("Letter on scanners", "A raid")
    assert heads(await desk.digest(), "A raid") == [False]


async def test_a_merge_undone_lets_the_untold_part_be_told(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    await desk.comes("courier", "A raid", RAID)
    edit = await desk.merge("Letter on scanners", "A raid")
    await desk.digest()
    await commands.undo_edit(desk.parts.store, edit, by="ann", now=desk.time.now)
    assert heads(await desk.digest(), "A raid", "Letter on scanners") == [True, False]


async def test_what_a_reader_saw_as_also_on_is_not_told_when_it_is_split_off(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.comes("rep2", "Again the letter", LETTER)
    await desk.digest()
    await desk.split("Letter on scanners", "Again the letter")
    assert heads(await desk.digest(), "Again the letter") == [False]


async def test_what_joined_after_the_digest_is_told_when_it_is_split_off(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    await desk.comes("rep2", "Again the letter", LETTER)
    assert heads(await desk.digest(), "Again the letter") == [False]
    await desk.split("Letter on scanners", "Again the letter")
    assert heads(await desk.digest(), "Again the letter", "Letter on scanners") == [True, False]
    assert heads(await desk.digest(), "Again the letter") == [False]


async def test_two_raids_in_the_words_of_one_template_are_both_told_whoever_tells_them(desk: Desk) -> None:
    other = RAID.replace("43", "51").replace("260", "310").replace("Harlan Creek", "Walnut Hill")
    await desk.comes("rep1", "ICE arrests 43 in worksite operation at Harlan Creek plant", RAID)
    await desk.digest()
    second = "ICE arrests 51 in worksite operation at Walnut Hill plant"
    await desk.comes("rep2", second, other)
    assert heads(await desk.digest(), second) == [True]


async def test_a_letter_of_today_is_told_though_a_copy_dated_between_it_and_an_old_one_comes(desk: Desk) -> None:
    await desk.comes("rep1", "Early letter", LETTER)
    await desk.digest()
    desk.time.passes(days=17)
    await desk.comes("rep2", "Late letter", LETTER)
    between = desk.time.now - timedelta(days=8)
    desk.press.put("/rep3", rss(told("Copy", link="https://rep3.example/0", text=f"{LETTER} On faces.", at=between)))
    await pipeline.watch(desk.parts, [desk.feed("rep3")])
    assert heads(await desk.digest(), "Late letter") == [True]


async def test_two_stories_that_a_copy_would_join_are_both_told_where_one_was(desk: Desk) -> None:
    said = LETTER.split(". ")
    await desk.comes("rep1", "Brandt, Okonjo Demand Answers", ". ".join(said[:3]))
    await desk.digest()
    await desk.comes("rep2", "Okonjo on Airport Scanners", ". ".join(said[2:]))
    await desk.comes("rep3", "Letter on scanners", LETTER)  # half of it in each
    assert heads(await desk.digest(), "Okonjo on Airport Scanners") == [True]


@pytest.mark.parametrize("alone", [True, False])
async def test_a_page_reused_for_other_news_is_told_anew_and_once(desk: Desk, alone: bool) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    if not alone:
        await desk.comes("rep2", "Letter too", LETTER)
    await desk.digest()
    await desk.becomes("rep1", "A raid at Harlan Creek", RAID)
    assert heads(await desk.digest(), "A raid at Harlan Creek", "Letter too") == [True, False]
    assert heads(await desk.digest(), "A raid at Harlan Creek") == [False]
    await desk.becomes("rep1", "A raid at Harlan Creek", f"{RAID} Corrected.")
    assert heads(await desk.digest(), "A raid at Harlan Creek") == [False]


async def test_a_page_reused_long_after_or_once_labelled_or_named_by_an_editor_is_told_too(desk: Desk) -> None:
    desk.community = "local"
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.comes("rep2", "A word on scanners", "SAMPLE. A short word on the letter.")
    await desk.merge("Letter on scanners", "A word on scanners")
    id_ = (await desk.ids())["Letter on scanners"]
    await commands.label(desk.parts.store, id_, "faces", "not relevant", community="local", by="ann", now=desk.time.now)
    for _ in range(9):
        await desk.digest()
    await desk.becomes("rep1", "A raid at Harlan Creek", RAID)
    raid_id = (await desk.ids())["A raid at Harlan Creek"]
    assert raid_id != id_
    assert heads(await desk.digest(), "A raid at Harlan Creek") == [True]
    found = await desk.parts.store.find(ALL)
    assert {one.item.id: one.item.text for one in found}[id_].startswith(LETTER[:40])


async def test_a_page_that_turns_to_and_fro_is_told_once_for_each_of_its_news(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    assert heads(await desk.digest(), "Letter on scanners") == [True]
    told_now = []
    for title, text in [("A raid at Harlan Creek", RAID), ("Letter on scanners", LETTER)] * 2:
        await desk.becomes("rep1", title, text)
        told_now.append(heads(await desk.digest(), title))
    assert told_now == [[True], [False], [False], [False]]


async def test_a_page_of_the_latest_news_with_an_archive_beside_it_is_told_once(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    [old] = desk.given["rep1"]
    now = replace(old, title="A raid at Harlan Creek", text=f"<p>{RAID} On faces.</p>", at=desk.time.now)
    desk.press.put("/rep1", rss(now, replace(old, link="https://rep1.example/archive/letter")))
    told_now = []
    for _ in range(4):
        await pipeline.watch(desk.parts, [desk.feed("rep1")])
        desk.time.passes(hours=1)
        told_now.append(heads(await desk.digest(), "A raid at Harlan Creek", "Letter on scanners"))
    assert told_now == [[True, False], *[[False, False]] * 3]
    assert len(await desk.ids()) == 2


async def test_a_headline_rewritten_over_the_same_teaser_is_not_told_again(desk: Desk) -> None:
    await desk.comes("rep1", "Airport scanners draw fire from senators", "Senators ask how often scanners are wrong.")
    await desk.digest()
    await desk.becomes("rep1", "TSA lanes criticised on Capitol Hill", "Senators ask how often scanners are wrong.")
    assert heads(await desk.digest(), "TSA lanes criticised on Capitol Hill") == [False]


async def test_a_copy_is_no_news_although_the_item_that_was_told_moves_away(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    await desk.comes("rep2", "Letter too", LETTER)
    await desk.digest()
    [entry] = desk.given["rep1"]
    desk.press.put("/rep1", rss(replace(entry, title="A raid at Harlan Creek", text=f"<p>{RAID} On faces.</p>")))
    await pipeline.watch(desk.parts, [desk.feed("rep1")])  # of the same date: the same item, edited
    assert heads(await desk.digest(), "Letter too") == [False]


async def test_what_an_undone_label_lets_through_is_news(desk: Desk) -> None:
    desk.community = "local"
    await desk.comes("rep1", "Letter on scanners", LETTER)
    id_ = (await desk.ids())["Letter on scanners"]
    said = {"community": "local", "by": "ann"}
    await commands.label(desk.parts.store, id_, "faces", "not relevant", now=desk.time.now, **said)
    for _ in range(9):
        assert heads(await desk.digest(), "Letter on scanners") == [False]
    await commands.undo_label(desk.parts.store, id_, "faces", of="ann", now=desk.time.now, **said)
    why = await commands.why(desk.parts.store, id_, "local", now=desk.time.now, readers=[desk.reader])
    assert why is not None
    assert why.gates[-1].says == "waits for the next digest"
    assert heads(await desk.digest(), "Letter on scanners") == [True]


async def test_of_a_topic_that_is_no_longer_followed_why_does_not_say_that_it_waits(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    id_ = (await desk.ids())["Letter on scanners"]
    why = await commands.why(
        desk.parts.store, id_, now=desk.time.now, readers=[desk.reader], followed=newsroom.TOPICS[1:]
    )
    assert why is not None
    assert [(gate.name, gate.passed) for gate in why.gates] == [("topic", False)]
    assert {match.topic_id for match in why.judged.matches} >= {"faces"}


async def test_an_archives_letter_is_not_told_as_the_news_that_stands_at_its_address_now(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    async with desk.parts.store.engine.begin() as c:
        await c.execute(sql("UPDATE items SET held = 'import', feed_id = 'archive'"))
    await desk.digest()
    await desk.becomes("rep1", "A raid at Harlan Creek", RAID)
    assert heads(await desk.digest(), "A raid at Harlan Creek", "Letter on scanners") == [True, False]


async def test_a_digest_as_it_was_sent_never_changes(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.comes("rep2", "Again the letter", LETTER)
    sent = await desk.digest()
    await desk.split("Letter on scanners", "Again the letter")
    await desk.comes("rep3", "Once more the letter", LETTER)
    await desk.digest()
    assert sent in newsroom.digests(desk.data)


async def test_older_items_are_placed_before_anything_is_told(desk: Desk) -> None:
    await desk.comes("rep1", "Letter on scanners", LETTER)
    await desk.digest()
    async with desk.parts.store.engine.begin() as c:
        for table in ("story_marks", "story_items", "stories"):
            await c.exec_driver_sql(f"DELETE FROM {table}")  # as after an update from a Lookout without stories
    await desk.comes("rep2", "Again the letter", LETTER)
    heard: list[tuple[int, int]] = []
    await pipeline.place_waiting(desk.parts, lambda *how_far: heard.append(how_far))
    assert await desk.parts.store.stories.waiting() == 0
    assert (heard[0], heard[-1]) == ((0, 1), (1, 1))
    assert heads(await desk.digest(), "Again the letter") == [False]


async def test_an_old_item_that_is_labelled_relevant_today_is_news_and_nothing_is_told_twice(desk: Desk) -> None:
    desk.community = "local"
    await desk.comes("courier", "Faces in the crowd", "SAMPLE. A column.")
    gulls = told("Gulls in the harbour", link="https://courier.example/9", text="SAMPLE. Of terns.", at=desk.time.now)
    desk.press.put("/courier", rss(*desk.given["courier"], gulls))
    await pipeline.watch(desk.parts, [desk.feed("courier")])
    id_ = (await desk.ids())["Gulls in the harbour"]
    await desk.digest()
    desk.time.passes(days=10)
    await desk.digest()

    async def waits() -> str:
        why = await commands.why(desk.parts.store, id_, "local", now=desk.time.now, readers=[desk.reader])
        assert why is not None
        return why.gates[-1].says

    assert await waits() == "below every topic's threshold"
    await commands.label(desk.parts.store, id_, "faces", "relevant", community="local", by="ann", now=desk.time.now)
    assert await waits() == "waits for the next digest"
    assert heads(await desk.digest(), "Gulls in the harbour") == [True]
    assert heads(await desk.digest(), "Gulls in the harbour", "Faces in the crowd") == [False, False]
