"""No action on a bill is lost: entered late, one of two of a day, or behind a latest one that stays the same."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import feeds, pipeline
from bot.parts import Parts
from bot.records import Feed, FeedState, Item
from bot.store import Wanted
from tests import newsroom
from tests.newsroom import Page, Press, Time, reader

DAY = timedelta(days=1)
FACES, ROADS = "ICE Out of Our Faces Act", "Sample Roads Act"

Action = tuple[str, str]
"""Its day, and what happened."""


@dataclass
class Hill:
    """Congress.gov as we see it: its list of bills, each bill's actions, and what our readers are told of them."""

    press: Press
    data: Path
    parts: Parts
    time: Time
    feed: Feed
    listed: list[dict[str, Any]] = field(default_factory=list)

    def lists(self, number: int, *actions: Action, title: str = FACES, changed: datetime | None = None) -> None:
        """Let the list show a bill with the first of these as its latest action, and its own page show all of them."""
        day, happened = actions[0]
        bill = {"congress": 119, "type": "S", "number": str(number), "title": title}
        bill |= {"updateDateIncludingText": f"{changed or self.time.now:%Y-%m-%dT%H:%M:%SZ}"}
        bill |= {"latestAction": {"actionDate": day, "text": happened}}
        self.listed = [one for one in self.listed if one["number"] != str(number)] + [bill]
        self.shows(number, [{"actionDate": day, "text": happened} for day, happened in actions])

    def shows(self, number: int, actions: Sequence[Mapping[str, Any]]) -> None:
        self.press.put(page_of(number), json.dumps({"actions": list(actions)}).encode())

    async def poll(self, **after: float) -> list[str]:
        """Poll, and let time pass, an hour if nothing is said; return what happened, of what is announced."""
        await self.put(Page(body=json.dumps({"bills": self.listed}).encode()))
        new = await pipeline.watch(self.parts, [self.feed])
        self.time.passes(**(after or {"hours": 1}))
        return sorted(item.text for item in new if item.held is None)

    async def put(self, page: Page) -> None:
        state = (await self.parts.store.states()).get(self.feed.id)
        asked = feeds.address(self.feed, state.succeeded if state else None, self.time.now)
        self.press.put(asked.removeprefix(self.press.url), page)

    async def state(self) -> FeedState:
        return (await self.parts.store.states())[self.feed.id]

    async def items(self) -> dict[str, Item]:
        return {one.item.text: one.item for one in await self.parts.store.find(Wanted(flagged=False))}

    async def digest(self) -> str:
        before = newsroom.digests(self.data)
        await pipeline.report(self.parts, [reader(self.data)])
        await pipeline.deliver(self.parts)
        self.time.passes(hours=1)
        [new] = [one for one in newsroom.digests(self.data) if one not in before]
        return new


def page_of(number: int) -> str:
    return f"/bill/119/s/{number}/actions?format=json&limit=250"


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as press:
        yield press


@pytest.fixture
async def hill(press: Press, tmp_path: Path) -> AsyncIterator[Hill]:
    time = Time()
    feed = newsroom.feed(press, "bill", kind="congress_gov", category="congress", options={})
    newsroom.an_empty_database(tmp_path)
    async with newsroom.parts(tmp_path, [feed], time) as parts:
        yield Hill(press=press, data=tmp_path, parts=parts, time=time, feed=feed)


@pytest.fixture
async def watched(hill: Hill) -> Hill:
    """A hill that has been watched for ten days."""
    hill.lists(1, ("2026-04-09", "Introduced in Senate"), title=ROADS)
    await hill.poll(days=10)
    await hill.poll()
    hill.listed.clear()
    return hill


# -- entered late ---------------------------------------------------------------------------------------------


async def test_an_action_that_congress_gov_enters_days_late_is_told(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-13", "Ordered to be reported."))
    assert await watched.poll() == ["April 13, 2026: Ordered to be reported."]
    assert "Ordered to be reported." in await watched.digest()


@pytest.mark.parametrize("day", ["2023-04-13", "2026-03-20"])
async def test_what_happened_long_before_we_looked_is_no_news_when_a_bills_record_changes(
    watched: Hill, day: str
) -> None:
    watched.lists(3779, (day, "Ordered to be reported."))
    assert await watched.poll() == []
    assert [item.held for item in (await watched.items()).values() if item.title.endswith(FACES)] == ["too old"]


async def test_a_day_on_which_all_that_is_listed_is_entered_late_is_no_accident_of_the_feed(watched: Hill) -> None:
    for number in range(20, 32):
        watched.lists(number, ("2026-04-13", "Ordered to be reported."), title=f"Sample Faces Act {number}")
    assert len(await watched.poll()) == 12


async def test_the_first_poll_still_holds_what_is_old_also_of_what_it_reads_on(hill: Hill) -> None:
    hill.lists(3779, ("2026-04-10", "Passed the Senate."), ("2026-04-02", "Reported."), ("2026-03-02", "Introduced."))
    assert await hill.poll() == ["April 10, 2026: Passed the Senate."]
    held = {text: item.held for text, item in (await hill.items()).items()}
    assert held["April 2, 2026: Reported."] == held["March 2, 2026: Introduced."] == "first poll"


# -- behind the latest action ---------------------------------------------------------------------------------


async def test_two_actions_of_one_day_are_both_told_and_are_one_story(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-20", "Read twice and referred."), ("2026-04-20", "Introduced in Senate"))
    assert len(await watched.poll()) == 2
    told = await watched.digest()
    assert "1 story" in told
    assert "Read twice and referred." in told
    assert "Introduced in Senate" in told


async def test_an_older_action_is_told_though_the_latest_stays_the_same_and_to_those_who_know_the_bill(
    watched: Hill,
) -> None:
    introduced, passed, reported = (
        ("2026-04-19", "Introduced in Senate"),
        ("2026-04-20", "Passed."),
        ("2026-04-16", "Reported."),
    )
    watched.lists(3779, passed, introduced)
    await watched.poll()
    await watched.digest()
    watched.time.passes(days=1)
    watched.lists(3779, passed, introduced, reported)
    assert await watched.poll() == ["April 16, 2026: Reported."]
    told = await watched.digest()
    assert "Reported." in told
    assert "Passed." not in told
    assert await watched.poll() == []
    assert "Nothing new" in await watched.digest()


async def test_of_a_bill_that_the_first_poll_showed_and_that_matters_only_later_no_action_is_lost(hill: Hill) -> None:
    introduced = ("2026-03-09", "Introduced in Senate")
    hill.lists(3779, introduced, title=ROADS)
    await hill.poll(days=10)
    await hill.poll()
    hill.lists(3779, ("2026-04-20", "Passed the Senate."), ("2026-04-17", "Reported."), introduced)
    assert await hill.poll() == ["April 17, 2026: Reported.", "April 20, 2026: Passed the Senate."]


async def test_an_action_that_comes_later_on_a_day_that_was_told_is_told_too(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-20", "Introduced in Senate"))
    await watched.poll()
    await watched.digest()
    watched.lists(3779, ("2026-04-20", "Read twice and referred."), ("2026-04-20", "Introduced in Senate"))
    await watched.poll()
    told = await watched.digest()
    assert "Read twice and referred." in told
    assert "Introduced in Senate" not in told


async def test_an_action_that_both_lists_show_is_one_item_also_once_the_record_is_cited(watched: Hill) -> None:
    cited = "Passed Senate without amendment by Unanimous Consent. (consideration: CR S1-2; text: CR S2)"
    watched.lists(3779, ("2026-04-20", "Passed Senate without amendment by Unanimous Consent."))
    assert len(await watched.poll()) == 1
    watched.lists(3779, ("2026-04-20", cited))
    watched.shows(
        3779,
        [
            {"actionDate": "2026-04-20", "text": cited, "sourceSystem": {"code": "0", "name": "Senate"}},
            {"actionDate": "2026-04-20", "text": f"Passed/agreed to in Senate: {cited}", "actionCode": "17000"},
        ],
    )
    assert await watched.poll() == []
    assert len([item for item in (await watched.items()).values() if item.title.endswith(FACES)]) == 1


async def test_only_bills_that_matter_are_asked_for_and_only_when_their_record_changed(watched: Hill) -> None:
    watched.lists(7, ("2026-04-20", "Introduced in Senate"), title=ROADS)
    watched.lists(3779, ("2026-04-20", "Introduced in Senate"), changed=watched.time.now - DAY)
    for _ in range(3):
        await watched.poll()
    assert (watched.press.count(page_of(7)), watched.press.count(page_of(3779))) == (0, 1)
    watched.lists(3779, ("2026-04-20", "Introduced in Senate"), changed=watched.time.now - timedelta(hours=2))
    await watched.poll()
    assert watched.press.count(page_of(3779)) == 2


async def test_what_was_changed_within_the_hour_is_read_again_for_a_cache_may_have_answered(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-20", "Introduced in Senate"))
    await watched.poll(hours=2)
    await watched.poll(hours=2)
    await watched.poll(hours=2)
    assert watched.press.count(page_of(3779)) == 2


@pytest.mark.parametrize("failing", [Page(status=500), Page(body=b"<html>Maintenance</html>"), Page(silent=True)])
async def test_where_a_bills_actions_cannot_be_read_its_latest_is_told_and_they_are_read_at_the_next_poll(
    watched: Hill, failing: Page
) -> None:
    watched.lists(3779, ("2026-04-20", "Read twice."), ("2026-04-20", "Introduced."))
    watched.press.put(page_of(3779), failing)
    assert await watched.poll() == ["April 20, 2026: Read twice."]
    assert (await watched.state()).succeeded
    watched.lists(3779, ("2026-04-20", "Read twice."), ("2026-04-20", "Introduced."))
    watched.listed.clear()  # though the list shows the bill no more
    watched.time.passes(days=9)
    assert await watched.poll() == ["April 20, 2026: Introduced."]
    assert "1 further documents" in str((await watched.state()).note)
    await watched.poll()
    assert (await watched.state()).note is None


async def test_actions_that_are_gone_are_not_asked_for_at_every_poll(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-20", "Read twice."))
    watched.press.put(page_of(3779), Page(status=404))
    for _ in range(6):
        await watched.poll(hours=2)
    # Once, and once more for the cache that may have answered within the hour of the change.
    assert watched.press.count(page_of(3779)) == 2
    assert (await watched.state()).note is None


async def test_more_bills_than_are_read_in_one_poll_wait_for_the_next(watched: Hill) -> None:
    for number in range(100, 145):
        watched.lists(number, ("2026-04-20", "Read twice."), ("2026-04-20", "Introduced."), title=f"Faces {number}")
    assert len(await watched.poll()) == 45 + 40
    assert len(await watched.poll()) == 5
    assert await watched.poll() == []


async def test_more_pages_of_bills_than_are_read_in_one_poll_are_read_by_the_next(
    watched: Hill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lists.MOST_PAGES", 2)
    state = await watched.state()
    asked = feeds.address(watched.feed, state.succeeded, watched.time.now).removeprefix(watched.press.url)
    for n in range(5):
        watched.listed.clear()
        watched.lists(100 + n, ("2026-04-20", f"Faces {n}."), title=f"Faces {n}")
        following = {"next": f"{watched.press.url}/bill?offset={n + 1}"} if n < 4 else {}
        page = json.dumps({"bills": watched.listed, "pagination": following}).encode()
        watched.press.put(asked if n == 0 else f"{asked}&offset={n}", page)
    found = list[list[str]]()
    for _ in range(4):
        new = await pipeline.watch(watched.parts, [watched.feed])
        watched.time.passes(minutes=10)
        found.append([item.text.removeprefix("April 20, 2026: ") for item in new])
    assert found == [["Faces 0.", "Faces 1."], ["Faces 2."], ["Faces 3."], ["Faces 4."]]


async def test_an_unchanged_list_is_no_failure_and_what_waits_is_read(watched: Hill) -> None:
    watched.lists(3779, ("2026-04-20", "Read twice."), ("2026-04-20", "Introduced."))
    actions = Page(body=json.dumps({"actions": [{"actionDate": "2026-04-20", "text": "Introduced."}]}).encode())
    watched.press.put(page_of(3779), Page(status=500), actions)
    await watched.put(Page(body=json.dumps({"bills": watched.listed}).encode(), etag='"1"'))
    await pipeline.watch(watched.parts, [watched.feed])
    watched.time.passes(minutes=10)
    assert [item.text for item in await pipeline.watch(watched.parts, [watched.feed])] == [
        "April 20, 2026: Introduced."
    ]
    assert watched.press.asked[-2].etag == '"1"'
    assert (await watched.state()).reason is None


async def test_what_a_bills_page_says_of_a_busy_day_is_a_few_lines_of_a_digest(watched: Hill) -> None:
    busy = [("2026-04-20", f"Amendment number {n} was offered and not agreed to by the Senate.") for n in range(12)]
    watched.lists(3779, ("2026-04-20", "Received in the House."), *busy)
    assert len(await watched.poll()) == 13
    told = await watched.digest()
    assert "1 story" in told
    assert told.index("Received in the House.") < told.index("Amendment number")
    assert told.count("Amendment number") <= 4
    assert "more" in told
    assert "Nothing new" in await watched.digest()
