"""What operators are told when a wall goes up before many sources: that it did, once, and nothing of each by itself."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import attention, schedule
from bot.attention import FEW, LATEST, SOON, Change, crowds, said
from bot.errors import FetchError, Reason
from bot.records import Document, Feed, FeedState
from bot.store import Poll, Store
from tests import newsroom
from tests.newsroom import START

ZONE = "America/New_York"
SOURCES = 30
STEP = timedelta(minutes=20)


def member(n: int, host: str = "house.gov") -> Feed:
    return Feed(
        id=f"member-{n}",
        name=f"Rep. Sample {n}",
        kind="congress_member",
        url=f"https://sample{n}.{host}/news",
        category="congress",
        every=timedelta(hours=1),
        slowest=timedelta(hours=6),
    )


MEMBERS = tuple(member(n) for n in range(SOURCES))


@dataclass
class Watched:
    """Sources that are polled as they are due, and what the operators hear at a look every twenty minutes."""

    store: Store
    feeds: tuple[Feed, ...] = MEMBERS
    now: datetime = START
    held: dict[str, datetime] = field(default_factory=dict)
    notices: list[tuple[datetime, list[Change]]] = field(default_factory=list)

    async def passes(self, time: timedelta, answer: Callable[[Feed], Reason | None]) -> list[list[Change]]:
        """Let time pass; a poll answers with why it fails, None: it does not. Return the notices of that time."""
        before, end = len(self.notices), self.now + time
        while self.now < end:
            self.now += STEP
            states = await self.store.states()
            due = [feed for feed in self.feeds if schedule.is_due(feed, states.get(feed.id), self.now)]
            known = [states.get(feed.id, FeedState(feed_id=feed.id)) for feed in due]
            polls = [self._polled(feed, one, answer(feed)) for feed, one in zip(due, known, strict=True)]
            await self.store.remember(polls)
            await self.look()
        return [told for _, told in self.notices[before:]]

    async def look(self) -> None:
        if told := await attention.tell(self.store, self.feeds, None, self.now, ZONE, self.held):
            self.notices.append((self.now, told))

    def _polled(self, feed: Feed, state: FeedState, reason: Reason | None) -> Poll:
        spread = (sum(map(ord, feed.id)) * 37 % 100) / 100
        if reason is not None:
            error = FetchError(reason, "as the test says")
            return Poll(state=schedule.after_failure(feed, state, error, self.now, spread))
        answer = Document(url=feed.url, body=b"", fetched=self.now)
        after = schedule.after_success(feed, state, answer, self.now, spread, address=feed.url, came=[START])
        return Poll(state=replace(after, next_poll=self.now + feed.every * (1 + 5 * spread)))


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
        here = Watched(store)
        await here.passes(timedelta(hours=8), well)
        assert here.notices == []
        yield here


def well(_feed: Feed) -> Reason | None:
    return None


def blocked(_feed: Feed) -> Reason | None:
    return "blocked"


async def test_a_wall_that_meets_one_source_after_the_other_is_told_in_two_notices(watched: Watched) -> None:
    began = watched.now
    notices = await watched.passes(timedelta(hours=40), blocked)
    assert len(notices) == 2
    assert len(notices[0]) > SOURCES / 3
    first_told = watched.notices[0][0]
    assert first_told - began < timedelta(hours=3) + SOON, "an hour for each of two looks, and one that was due later"
    assert Counter(one.feed.id for told in notices for one in told) == {feed.id: 1 for feed in MEMBERS}
    assert {one.standing for told in notices for one in told} == {"blocked"}


async def test_the_end_of_a_wall_is_told_in_one_notice(watched: Watched) -> None:
    await watched.passes(timedelta(hours=40), blocked)
    [recovered] = await watched.passes(LATEST + timedelta(hours=2), well)
    assert sorted(one.feed.id for one in recovered) == sorted(feed.id for feed in MEMBERS)
    assert {one.standing for one in recovered} == {""}
    assert await watched.passes(LATEST, well) == []


async def test_a_wall_that_is_down_again_before_it_was_told_is_not_told(watched: Watched) -> None:
    up = await watched.passes(timedelta(hours=3), blocked)
    assert (up, list(watched.held)) == ([], ["house.gov"])
    await watched.store.switch({feed.id: None for feed in MEMBERS})  # all are due at once
    assert await watched.passes(timedelta(hours=12), well) == []
    assert watched.held == {}


async def test_a_page_that_is_gone_waits_for_no_wall(watched: Watched) -> None:
    def one_is_gone(feed: Feed) -> Reason | None:
        return "gone" if feed == MEMBERS[0] else "blocked"

    await watched.passes(timedelta(hours=12), one_is_gone)
    [alone] = [told for _, told in watched.notices if any(one.standing == "gone" for one in told)]
    assert [one.feed.id for one in alone] == ["member-0"]


async def test_a_source_that_is_switched_off_while_its_wall_is_held_leaves_no_trace(watched: Watched) -> None:
    await watched.passes(timedelta(hours=3), blocked)
    await watched.store.switch({"member-0": watched.now})
    notices = await watched.passes(timedelta(hours=40), blocked)
    assert "member-0" not in {one.feed.id for told in notices for one in told}


async def test_one_source_that_is_blocked_by_itself_is_told_when_the_others_were_looked_at(watched: Watched) -> None:
    [[alone]] = await watched.passes(timedelta(hours=12), lambda feed: "blocked" if feed == MEMBERS[0] else None)
    assert (alone.feed.id, alone.standing) == ("member-0", "blocked")


async def test_a_wall_counts_from_when_it_was_seen_though_the_clock_is_set_back(watched: Watched) -> None:
    watched.held["house.gov"] = watched.now + timedelta(days=300)
    assert await watched.passes(timedelta(hours=12), blocked) != []


async def test_who_looks_once_tells_at_once(watched: Watched) -> None:
    await watched.passes(timedelta(hours=3), blocked)
    told = await attention.tell(watched.store, MEMBERS, None, watched.now, ZONE)
    assert len(told) > FEW


def changed(number: int, standing: str, before: str = "", first: int = 0) -> list[Change]:
    def one(n: int) -> Change:
        return Change(feed=member(n), state=FeedState(feed_id=f"member-{n}", told=before), standing=standing)

    return [one(n) for n in range(first, first + number)]


@pytest.mark.parametrize(
    ("found", "crowd", "line"),
    [
        (changed(412, "blocked"), {"blocked": 412, "": 25}, "house.gov: 412 of 437 sources blocked"),
        (
            changed(182, "blocked"),
            {"blocked": 412, "": 25},
            "house.gov: 412 of 437 sources blocked, 182 of them newly",
        ),
        (changed(412, "", "blocked"), {"": 437}, "house.gov: 412 of 437 sources well again"),
        (
            changed(400, "", "blocked"),
            {"": 425, "blocked": 12},
            "house.gov: 400 of 437 sources well again, 12 still blocked",
        ),
        (
            [*changed(200, "blocked"), *changed(50, "out of reach", first=200)],
            {"": 187, "blocked": 200, "out of reach": 50},
            "house.gov: 200 of 437 sources blocked, 50 of 437 sources out of reach",
        ),
    ],
)
def test_a_wall_is_one_line(found: list[Change], crowd: dict[str, int], line: str) -> None:
    elsewhere = Change(feed=member(999, "example.gov"), state=FeedState(feed_id="member-999"), standing="blocked")
    lines = said([*found, elsewhere], ZONE, {"house.gov": crowd}).splitlines()
    assert lines[1:3] == [f"- {line}", "- Rep. Sample 999 (member-999): blocked; never read so far"]
    assert len(lines) == 4


def test_a_few_sources_behind_a_wall_are_named() -> None:
    told = said(changed(FEW, "blocked"), ZONE, {"house.gov": {"blocked": FEW, "": 434}})
    assert told.count("Rep. Sample") == FEW


def test_sources_that_are_switched_off_stand_behind_no_wall() -> None:
    states = {f"member-{n}": FeedState(feed_id=f"member-{n}", off=START if n % 2 else None) for n in range(SOURCES)}
    assert crowds([*MEMBERS, member(1, "example.gov")], states) == {"house.gov": {"": SOURCES / 2}}
