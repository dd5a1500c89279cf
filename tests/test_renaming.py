"""A feed that gets another id in feeds.yaml loses no news of the time between, repeats none, and stays off."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import pipeline, renaming
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.feeds import address, problems
from bot.parts import Parts
from bot.records import Feed, FeedState, Watchlist
from bot.schedule import is_due
from tests import newsroom
from tests.newsroom import START, Page, Press, Time, rss, told


@dataclass
class Desk:
    parts: Parts
    press: Press
    time: Time
    waiting: set[str] = field(default_factory=set)

    async def follows(self, *feeds: Feed, polling: Sequence[str] = ()) -> None:
        """Start with this watch list."""
        self.parts = replace(self.parts, watchlist=replace(self.parts.watchlist, feeds=feeds))
        self.waiting = await renaming.take_over(self.parts.store, self.parts.watchlist, polling=polling)

    async def polled(self) -> list[str]:
        """Poll the feeds and let two days pass; return what is new and announced."""
        new = await pipeline.watch(self.parts, self.parts.watchlist.feeds)
        self.time.passes(days=2)
        return [item.title for item in new if item.held is None]


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as press:
        yield press


@pytest.fixture
async def desk(press: Press, tmp_path: Path) -> AsyncIterator[Desk]:
    time = Time()
    async with newsroom.parts(tmp_path, (), time) as parts:
        yield Desk(parts, press, time)


OLD_NEWS = told("Old news of faces", guid="1", at=START - timedelta(hours=1))
BETWEEN = told("Came between", guid="2", at=START + timedelta(hours=1))
"""The second is more than a day old when it is first seen: a new feed would hold it back."""


async def test_what_came_out_before_a_feed_was_renamed_is_told_once(desk: Desk, press: Press) -> None:
    press.put("/courier", rss(OLD_NEWS))
    await desk.follows(newsroom.feed(press, "courier"))
    assert await desk.polled() == ["Old news of faces"]
    press.put("/courier", rss(BETWEEN, OLD_NEWS))
    await desk.follows(newsroom.feed(press, "courier", id="the-new-courier"))
    assert await desk.polled() == ["Came between"]
    assert await desk.polled() == []
    assert list(await desk.parts.store.states()) == ["the-new-courier"]


async def test_a_feed_that_is_switched_off_stays_off_under_another_id(desk: Desk, press: Press) -> None:
    press.put("/courier", Page(status=403))
    await desk.follows(newsroom.feed(press, "courier"))
    await desk.polled()
    await desk.parts.store.switch({"courier": desk.time()})
    await desk.follows(newsroom.feed(press, "courier", id="the-new-courier"))
    assert (await desk.parts.store.states())["the-new-courier"].state == "off"


async def test_a_renamed_feed_waits_for_the_poll_under_its_old_id(desk: Desk, press: Press) -> None:
    press.put("/courier", rss(OLD_NEWS))
    old, new = newsroom.feed(press, "courier"), newsroom.feed(press, "courier", id="the-new-courier")
    await desk.follows(old)
    await desk.polled()
    await desk.follows(new, polling=["courier"])
    assert desk.waiting == {"the-new-courier"}
    await pipeline.watch(desk.parts, [old])  # it ends only now
    await desk.follows(new)
    assert desk.waiting == set()
    assert await desk.polled() == []


async def test_a_feed_that_is_still_followed_keeps_its_own(desk: Desk, press: Press) -> None:
    press.put("/courier", rss(OLD_NEWS))
    old, second = newsroom.feed(press, "courier"), newsroom.feed(press, "courier", id="second")
    await desk.follows(old)
    await desk.polled()
    await desk.follows(old, second)
    assert list(await desk.parts.store.states()) == ["courier"]


async def test_a_feed_at_another_address_begins_anew(desk: Desk, press: Press) -> None:
    press.put("/courier", rss(OLD_NEWS))
    await desk.follows(newsroom.feed(press, "courier"))
    await desk.polled()
    await desk.follows(newsroom.feed(press, "herald"))
    assert list(await desk.parts.store.states()) == ["courier"]


async def test_a_feed_whose_address_is_mended_is_asked_there_at_once(desk: Desk, press: Press) -> None:
    wrong = newsroom.feed(press, "curier")
    await desk.follows(wrong)
    await pipeline.watch(desk.parts, [wrong])
    await desk.follows(wrong)
    assert not is_due(wrong, (await desk.parts.store.states())["curier"], desk.time.now), "nothing has changed"
    right = replace(wrong, url=press.put("/courier", rss(OLD_NEWS)))
    await desk.follows(right, polling=["curier"])
    assert desk.waiting == {"curier"}, "what is asked just now is still to be written"
    await desk.follows(right)
    assert is_due(right, (await desk.parts.store.states())["curier"], desk.time.now)


def test_no_shipped_feed_is_taken_for_one_that_moved() -> None:
    path = shipped_watchlist()
    watched = watchlist(watchlist_text(path), file=str(path), problems=problems)
    for at in (START, START + timedelta(days=300)):
        asked = {feed.id: address(feed, at - timedelta(hours=3), at) for feed in watched.feeds}
        states = {id: FeedState(feed_id=id, address=url, next_poll=at) for id, url in asked.items()}
        assert len(states) > 100
        assert renaming.moved(watched, states) == set()


def renamed(feeds: Sequence[Feed], *states: FeedState) -> dict[str, str]:
    watched = Watchlist(topics=(), subjects=(), feeds=tuple(feeds))
    return renaming.renamed(watched, {state.feed_id: state for state in states})


def a_feed(id: str, kind: str, url: str) -> Feed:
    return Feed(id=id, name=id, kind=kind, url=url, category="dhs", every=timedelta(hours=1))


@pytest.mark.parametrize(
    ("kind", "url", "another"),
    [
        ("rss", "https://example.gov/2026/feed", "https://example.gov/2025/feed"),
        ("json_lines", "https://example.org/{year}/all-{month}.jsonl", "https://example.org/{year}/some-{month}.jsonl"),
        ("congress_gov", "https://api.congress.gov/v3/bill/119", "https://api.congress.gov/v3/bill/118"),
        (
            "regulations_gov",
            "https://api.regulations.gov/v4/documents?filter[docketId]=DHS-2021-0013",
            "https://api.regulations.gov/v4/documents?filter[docketId]=DHS-2022-0013",
        ),
        (
            "federal_register",
            "https://www.federalregister.gov/api/v1/documents.json?conditions[agencies][]=one",
            "https://www.federalregister.gov/api/v1/documents.json?conditions[agencies][]=two",
        ),
    ],
)
def test_the_day_in_a_question_makes_no_other_address(kind: str, url: str, another: str) -> None:
    feed = a_feed("new", kind, url)
    for at in (START, START + timedelta(days=300)):
        asked = FeedState(feed_id="old", address=address(feed, at - timedelta(days=1), at), succeeded=at)
        assert renamed([feed], asked) == {"new": "old"}
        assert renamed([a_feed("new", kind, another)], asked) == {}


def test_of_two_old_ids_at_one_address_the_one_read_last_goes_on_first() -> None:
    url = "https://example.org/feed"
    states = [FeedState(feed_id=f"old-{n}", address=url, succeeded=START - timedelta(days=n)) for n in (2, 1)]
    assert renamed([a_feed("new-1", "rss", url)], *states) == {"new-1": "old-1"}
    both = renamed([a_feed("new-1", "rss", url), a_feed("new-2", "rss", url)], *states)
    assert both == {"new-1": "old-1", "new-2": "old-2"}


def test_a_feed_that_wants_a_key_is_still_named() -> None:
    url = "https://api.congress.gov/v3/bill/119"
    kept, new = a_feed("bills", "congress_gov", url), a_feed("others", "rss", url)
    watched = Watchlist(topics=(), subjects=(), feeds=(new,), keyless=((kept, "LOOKOUT_CONGRESS_KEY"),))
    assert renaming.renamed(watched, {"bills": FeedState(feed_id="bills", address=url, succeeded=START)}) == {}


@pytest.mark.parametrize(
    ("old", "url"),
    [
        ("sen-markey", "https://www.markey.senate.gov/news/press-releases"),
        ("sen-sanders", "https://www.sanders.senate.gov/media/press-releases/"),
        ("rep-lieu", "https://lieu.house.gov/media-center/press-releases"),
        ("house-judiciary", "https://judiciary.house.gov/rss.xml"),
        ("senate-homeland-democrats", "https://www.hsgac.senate.gov/media/minority-news/"),
    ],
)
def test_a_member_that_was_shipped_as_a_feed_goes_on_from_the_table(old: str, url: str) -> None:
    path = shipped_watchlist()
    watched = watchlist(watchlist_text(path), file=str(path), problems=problems)
    [new] = renaming.renamed(watched, {old: FeedState(feed_id=old, address=url, succeeded=START)})
    assert new.startswith("congress-")
