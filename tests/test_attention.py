"""What operators are told of the sources: each change once, recovery once, and in words that are ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path

import pytest

from bot import attention, pipeline
from bot.attention import NAMED, Change, said
from bot.errors import Reason
from bot.links import Links
from bot.outputs.email import Email, Smtp
from bot.parts import Parts
from bot.records import Feed, FeedState
from tests import newsroom
from tests.mail_server import MailServer
from tests.newsroom import START, Page, Press, Time, feed, rss, told

ZONE = "America/New_York"
ADDRESS = "operator@example.org"


class Watched:
    """Two sources that are polled every hour, and what the operators were told after each."""

    def __init__(self, parts: Parts, time: Time, press: Press) -> None:
        self.parts = parts
        self.time = time
        self.press = press
        self.tells = 0

    async def hours(self, number: int) -> list[list[str]]:
        """Let hours pass, a poll and a look at the sources in each; return what was told."""
        heard = []
        for _ in range(number):
            self.time.passes(hours=1)
            await pipeline.watch(self.parts, self.parts.watchlist.feeds)
            heard.append([f"{one.feed.id} {one.standing or 'well'}" for one in await self.tell()])
        return heard

    async def tell(self) -> list[Change]:
        return await attention.tell(self.parts.store, self.parts.watchlist.feeds, ("email", ADDRESS), self.time(), ZONE)

    def courier(self, *pages: Page | bytes) -> None:
        self.press.put("/courier", *pages)


NEWS = rss(told("A headline", link="https://example.org/a"))


@asynccontextmanager
async def watched(data: Path) -> AsyncIterator[Watched]:
    time = Time()
    with newsroom.press() as press:
        press.put("/courier", NEWS)
        press.put("/herald", NEWS)
        feeds: list[Feed] = [feed(press, "courier"), feed(press, "herald")]
        async with newsroom.parts(data, feeds, time) as parts:
            yield Watched(parts, time, press)


async def test_a_wall_is_told_once_and_so_is_its_end(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        assert await here.hours(2) == [[], []]
        here.courier(Page(status=403))
        assert await here.hours(4) == [[], ["courier blocked"], [], []]
        here.courier(NEWS)
        assert await here.hours(2) == [["courier well"], []]


async def test_a_wall_that_becomes_a_missing_page_is_told_as_such(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        here.courier(Page(status=403))
        await here.hours(2)
        here.courier(Page(status=404))
        assert await here.hours(2) == [["courier gone"], []]


async def test_a_failure_that_goes_by_itself_is_not_told(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        here.courier(Page(status=503), Page(status=503), NEWS)
        assert await here.hours(3) == [[], [], []]


async def test_a_server_that_stays_down_is_told_after_three_polls(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        here.courier(Page(status=503))
        assert await here.hours(4) == [[], [], ["courier out of reach"], []]


async def test_a_list_whose_further_page_is_walled_off_is_told_as_read_in_part(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        page = newsroom.press_page(here.press, "agency")
        here.parts = replace(here.parts, watchlist=replace(here.parts.watchlist, feeds=(page,)))
        here.press.put("/agency", newsroom.listing(("/1", "A")), newsroom.listing(("/3", "C"), ("/2", "B")))
        here.press.put("/agency?page=1", *[Page(status=403)] * 3, newsroom.listing(("/1", "A")))
        assert await here.hours(6) == [[], [], ["agency read in part"], [], ["agency well"], []]


def test_a_list_whose_rest_is_given_up_is_not_called_well() -> None:
    feed = newsroom.feed(Press(), "agency")
    state = FeedState(feed_id="agency", polled=START, succeeded=START, told="read in part")
    [change] = attention.changes([feed], {"agency": state})
    said = attention.said([change], "UTC")
    assert "no longer read in part: the rest of its list was read, or is given up" in said
    assert "well again" not in said


async def test_a_source_that_an_operator_switches_off_is_no_longer_told_of(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        here.courier(Page(status=403))
        await here.hours(2)
        await here.parts.store.switch({"courier": here.time()})
        [change] = await here.tell()
        assert change.standing == ""
        assert "1 switched off" in said([change], ZONE)
        assert "well again" not in said([change], ZONE), "nobody has seen it well"
        assert await here.tell() == []


async def test_a_source_that_falls_silent_is_late_once_and_well_when_it_speaks(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        days = [START - timedelta(days=n) for n in range(8)]
        here.courier(rss(*(told(f"News {at:%d}", link=f"/{at:%d}", at=at) for at in days)))
        assert await here.hours(1) == [[]]
        here.time.passes(days=3)
        assert await here.hours(2) == [["courier late"], []]
        assert (await here.parts.store.states())["courier"].state == "late"
        here.courier(rss(told("At last", link="/last", at=here.time())))
        assert await here.hours(2) == [["courier well"], []]


async def test_a_silent_source_without_a_rhythm_is_not_said_to_have_one(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        here.courier(rss(told("The only headline", link="/1", at=START - timedelta(days=200))))
        here.time.passes(hours=1)
        await pipeline.watch(here.parts, here.parts.watchlist.feeds)
        changes = await here.tell()
        assert [one.standing for one in changes] == ["late"]
        assert "late: nothing new since" in said(changes, ZONE)
        assert "silent for half as long" not in said(changes, ZONE), "nobody knows: it spoke once"


async def test_a_source_that_falls_silent_is_late_though_it_lists_what_is_dated_ahead(tmp_path: Path) -> None:
    """An event of next year, or a date that somebody mistyped, is no sign of life."""
    async with watched(tmp_path) as here:
        days = [START - timedelta(days=n) for n in range(8)]
        old = [told(f"News {at:%d}", link=f"/{at:%d}", at=at) for at in days]
        here.courier(rss(*old, told("Next year", link="/ahead", at=START + timedelta(days=300))))
        assert await here.hours(1) == [[]]
        assert list(filter(None, await here.hours(3 * 24))) == [["courier late"]]


async def test_the_operators_mailbox_has_one_mail_for_one_change(tmp_path: Path) -> None:
    async with watched(tmp_path) as here:
        with MailServer() as server:
            smtp = Smtp(host=server.host, port=server.port, sender=Address(addr_spec="lookout@example.org"), tls="none")
            mail = Email(smtp, Links("https://lookout.example", "a secret"))
            running = asyncio.create_task(mail.run())
            await mail.reached()
            parts = replace(here.parts, outputs={**here.parts.outputs, "email": mail})
            here.courier(Page(status=403, body=b"<title>[Pay](https://evil.example)</title>"))
            here.press.put("/herald", Page(status=404))
            await here.hours(4)
            await pipeline.deliver(parts)
            await pipeline.deliver(parts)
            running.cancel()
            [message] = server.mailbox(ADDRESS)
            assert message.parsed["Subject"] == "Lookout's sources: 2 cannot be read"
            text = message.parsed.get_content()
            assert "- The Courier (courier): blocked; never read so far" in text
            assert "- The Herald (herald): gone; never read so far" in text
            assert "evil" not in text


def test_many_changes_fit_one_message() -> None:
    def a(n: int, standing: Reason) -> Change:
        made = Feed(id=f"f{n}", name=f"Source {n}", kind="rss", url="", category="news", every=timedelta(hours=1))
        return Change(feed=made, state=FeedState(feed_id=f"f{n}", failures=2, reason=standing), standing=standing)

    told = said([a(n, "blocked") for n in range(400)], ZONE)
    assert told.count("\n- ") == NAMED + 1
    assert "400 cannot be read" in told
    assert f"and {400 - NAMED} more" in told
    assert len(told) < 1_500, "Discord and Slack take so much in one message"


def test_many_sources_with_long_names_fit_one_message_which_says_how_many_it_leaves_out() -> None:
    def a(n: int) -> Change:
        name = f"Senator Alexandria Sample-Fernandez of the Commonwealth of Massachusetts {n}"
        made = Feed(id=f"congress-{n}", name=name, kind="rss", url="", category="news", every=timedelta(hours=1))
        state = FeedState(feed_id=made.id, failures=2, reason="blocked", succeeded=START)
        return Change(feed=made, state=state, standing="blocked")

    told = said([a(n) for n in range(400)], ZONE)
    assert len(told) < 1_500
    assert f"and {400 - (told.count('- Senator'))} more" in told
    assert told.endswith("`lookout feeds` on its machine tells more.")


@pytest.mark.parametrize("reason", ["layout changed", "not a feed", "unsafe address", "gone", "unreadable"])
async def test_what_does_not_pass_by_itself_is_told_by_its_name(tmp_path: Path, reason: Reason) -> None:
    async with watched(tmp_path) as here:
        await here.hours(1)
        state = (await here.parts.store.states())["courier"]
        failed = replace(state, failures=attention.LOOKS["lasting"], reason=reason, detail="so it is")
        assert attention.standing(failed) == reason
        assert attention.standing(replace(failed, failures=1)) == "", "one look is none"
