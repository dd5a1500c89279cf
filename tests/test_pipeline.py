"""The two strokes over real HTTP and a real database: what a feed does, and what its readers are then told."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot import articles, feeds, pipeline, polls
from bot.articles import TRIES
from bot.errors import DeliveryError, SubscriberGone
from bot.importing import import_file
from bot.parts import Parts
from bot.records import Delivery, Digest, Feed, FeedState, Item, Judged, Subscriber
from bot.render import words
from bot.schedule import LONGEST_PAUSE
from bot.store import Wanted
from tests import newsroom
from tests.newsroom import START, Page, Press, Time, article, listing, press_page, reader, rss, told

ALL = Wanted(flagged=False)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = "A long article on faces. " * 20


@dataclass
class Desk:
    """A reader's desk: polls feeds as time passes, and shows what came of it."""

    press: Press
    data: Path
    parts: Parts
    time: Time = field(default_factory=Time)

    async def poll(self, *feeds: Feed, after: timedelta = HOUR) -> list[str]:
        """Poll these feeds, and let time pass; return the titles of the new items that are announced."""
        new = await pipeline.watch(self.parts, feeds)
        self.time.now += after
        return sorted(item.title for item in new if item.held is None)

    async def items(self) -> dict[str, Item]:
        return {one.item.title: one.item for one in await self.judged()}

    async def judged(self) -> list[Judged]:
        return await self.parts.store.find(ALL)

    async def held(self) -> dict[str, str | None]:
        return {title: item.held for title, item in (await self.items()).items()}

    async def state(self, feed: Feed) -> FeedState:
        return (await self.parts.store.states())[feed.id]

    def watches(self, *feeds: Feed) -> None:
        self.parts = replace(self.parts, watchlist=replace(self.parts.watchlist, feeds=feeds))

    async def digest(self, to: Subscriber | None = None) -> str:
        """Compose and deliver; return the digest."""
        before = newsroom.digests(self.data)
        await pipeline.report(self.parts, [to or reader(self.data)])
        await pipeline.deliver(self.parts)
        self.time.passes(hours=1)
        [new] = [one for one in newsroom.digests(self.data) if one not in before]
        return new


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


@pytest.fixture
def courier(press: Press) -> Feed:
    return newsroom.feed(press, "courier")


def numbered(numbers: Sequence[int], **said: object) -> list[newsroom.Told]:
    return [told(f"Faces {n}", link=f"https://example.org/{n}", guid=f"g{n}", **said) for n in numbers]


# -- watch ----------------------------------------------------------------------------------------------------


async def test_the_first_poll_announces_only_the_last_day(desk: Desk, press: Press, courier: Feed) -> None:
    last, older, undated = START - 23 * HOUR, START - 25 * HOUR, None
    entries = [told(f"{at}", link=f"https://example.org/{n}", at=at) for n, at in enumerate((last, older, undated))]
    press.put("/courier", rss(*entries))
    assert await desk.poll(courier) == [f"{last}"]
    assert await desk.held() == {f"{last}": None, f"{older}": "first poll", "None": "first poll"}


async def test_an_unchanged_feed_changes_nothing(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", Page(body=rss(*numbered([1])), etag='"1"'))
    await desk.poll(courier)
    before, items = await desk.state(courier), await desk.judged()
    assert await desk.poll(courier) == []
    assert [asked.etag for asked in press.asked] == [None, '"1"']
    after = await desk.state(courier)
    assert await desk.judged() == items
    assert (after.etag, after.changed, after.succeeded) == (before.etag, before.changed, START + HOUR)


async def test_a_new_item_on_the_second_poll_is_announced(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])), rss(*numbered([1, 2])))
    assert await desk.poll(courier) == ["Faces 1"]
    assert await desk.poll(courier) == ["Faces 2"]
    assert await desk.poll(courier) == []


async def test_an_undated_item_on_the_second_poll_is_announced(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1], at=None)), rss(*numbered([1, 2], at=None)))
    assert await desk.poll(courier) == []
    assert await desk.poll(courier) == ["Faces 2"]


def documents(*names: str) -> bytes:
    return listing(*((f"/files/{name}.pdf", f"Faces, assessment {name.removesuffix('_0')}") for name in names))


@pytest.fixture
def assessments(press: Press) -> Feed:
    return newsroom.feed(press, "pias", kind="document_list", category="dhs", options={})


async def test_a_list_of_undated_documents_is_no_news_but_what_is_added_to_it_is(
    desk: Desk, press: Press, assessments: Feed
) -> None:
    there = [f"pia-{n}" for n in range(40)]
    press.put("/pias", documents(*there), documents(*there[:20], "pia-new", *there[20:]))
    desk.watches(assessments)
    assert await desk.poll(assessments) == []
    assert "Nothing new" in await desk.digest()
    assert set((await desk.held()).values()) == {"first poll"}
    assert await desk.poll(assessments) == ["Faces, assessment pia-new"]
    digest = await desk.digest()
    assert digest.count("Faces, assessment") == digest.count("Faces, assessment pia-new") == 1
    assert await desk.poll(assessments) == []


async def test_a_document_that_is_replaced_is_revised_and_not_told_twice(
    desk: Desk, press: Press, assessments: Feed
) -> None:
    press.put("/pias", documents("pia-1", "pia-2"), documents("pia-1_0", "pia-2"))
    await desk.poll(assessments)
    assert await desk.poll(assessments) == []
    item = (await desk.items())["Faces, assessment pia-1"]
    assert len(await desk.items()) == 2
    assert (item.url, item.text) == (press.url + "/files/pia-1_0.pdf", "File: files/pia-1_0.pdf")
    assert [old.text for old in await desk.parts.store.revisions(item.id)] == ["File: files/pia-1.pdf"]


async def test_a_feed_that_changes_all_its_ids_at_once_does_not_flood(desk: Desk, press: Press, courier: Feed) -> None:
    old = [told(f"Old {n}", link=f"https://example.org/{n}", at=None) for n in range(12)]
    moved = [told(f"Anew {n}", link=f"https://example.org/new/{n}", guid=f"x{n}", at=None) for n in range(12)]
    press.put("/courier", rss(*old), rss(*moved))
    await desk.poll(courier)
    assert await desk.poll(courier) == []
    assert {why for title, why in (await desk.held()).items() if title.startswith("Anew")} == {"flood"}


async def test_ids_that_change_while_the_addresses_stay_make_no_new_items(
    desk: Desk, press: Press, courier: Feed
) -> None:
    old = numbered(range(12))
    press.put("/courier", rss(*old), rss(*(replace(entry, guid=f"new-{entry.guid}") for entry in old)))
    await desk.poll(courier)
    await desk.poll(courier)
    assert len(await desk.items()) == 12


async def test_back_dated_items_are_held_as_too_old(desk: Desk, press: Press, courier: Feed) -> None:
    dug_out = told("Faces of 2019", link="https://example.org/2019", at=START - 5 * DAY)
    press.put("/courier", rss(*numbered([1])), rss(*numbered([1]), dug_out))
    await desk.poll(courier)
    assert await desk.poll(courier) == []
    assert (await desk.held())["Faces of 2019"] == "too old"


async def test_what_a_late_feed_lists_long_after_its_date_is_news_but_not_what_is_a_year_old(
    desk: Desk, press: Press
) -> None:
    papers = newsroom.feed(press, "papers", options={"late": True, "full_text": True})
    hearing, old = (
        told(f"Faces, heard {days} days ago", link=f"https://example.org/{days}", at=START - days * DAY)
        for days in (200, 400)
    )
    press.put("/papers", rss(*numbered([1])), rss(*numbered([1]), hearing, old))
    await desk.poll(papers)
    assert await desk.poll(papers) == ["Faces, heard 200 days ago"]
    assert (await desk.held())["Faces, heard 400 days ago"] == "too old"


async def test_nothing_published_during_an_outage_is_too_old(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])), Page(status=500), rss(*numbered([1, 2], at=START + DAY)))
    await desk.poll(courier, after=DAY)
    await desk.poll(courier, after=4 * DAY)
    assert await desk.poll(courier) == ["Faces 2"]


@pytest.fixture
def agency(press: Press) -> Feed:
    return press_page(press, "agency")


def releases(*numbers: int) -> bytes:
    return listing(*((f"/news/{n}", f"Faces {n}") for n in numbers))


async def test_a_list_is_paged_back_to_what_is_known(desk: Desk, press: Press, agency: Feed) -> None:
    press.put("/agency", releases(3, 2, 1), releases(9, 8, 7))
    press.put("/agency?page=1", releases(6, 5, 4))
    press.put("/agency?page=2", releases(3, 2, 1))
    press.put("/agency?page=3", releases(0))
    await desk.poll(agency)
    assert press.count("/agency?page=1") == 0
    assert await desk.poll(agency) == [f"Faces {n}" for n in (4, 5, 6, 7, 8, 9)]
    assert press.count("/agency?page=3") == 0


async def test_a_page_that_ends_with_another_feeds_item_is_not_the_end(
    desk: Desk, press: Press, agency: Feed, courier: Feed
) -> None:
    press.put("/agency", releases(1), releases(4, 3))
    press.put("/agency?page=1", releases(2, 1))
    press.put("/courier", rss(told("Faces 3", link=f"{press.url}/news/3")))
    await desk.poll(agency)
    await desk.poll(courier)
    assert await desk.poll(agency) == ["Faces 2", "Faces 4"]


async def test_a_release_whose_list_and_page_date_it_otherwise_counts_once_in_its_sources_rhythm(
    desk: Desk, press: Press, agency: Feed
) -> None:
    day = f"{START:/%Y/%m/%d}/1"
    press.put("/agency", newsroom.listing((day, "Faces 1")))
    stamp = (START - 3 * HOUR).isoformat()
    press.put(day, f'<!doctype html><meta property="article:published_time" content="{stamp}"><p>Text.</p>'.encode())
    await desk.poll(agency)
    assert len((await desk.state(agency)).history) == 1


async def test_a_second_page_that_fails_loses_nothing(desk: Desk, press: Press, agency: Feed) -> None:
    press.put("/agency", Page(body=releases(1), etag='"old"'), Page(body=releases(5, 4), etag='"new"'))
    press.put("/agency?page=1", Page(status=503), releases(3, 2, 1))
    await desk.poll(agency)
    assert await desk.poll(agency, after=DAY) == ["Faces 4", "Faces 5"]
    failed = await desk.state(agency)
    assert failed.state == "ok"
    assert "a further page of the list could not be read: server error" in (failed.note or "")
    assert await desk.poll(agency) == ["Faces 2", "Faces 3"]
    assert (await desk.state(agency)).note is None
    await desk.poll(agency)
    assert [one.etag for one in press.asked if one.path == "/agency"] == [None, '"old"', None, '"new"']


async def test_a_second_page_that_is_walled_off_is_read_when_the_wall_is_down_though_the_list_has_grown(
    desk: Desk, press: Press, agency: Feed
) -> None:
    press.put("/agency", releases(1), releases(5, 4), releases(7, 6, 5))
    press.put("/agency?page=1", Page(status=403), Page(status=403), releases(6, 5, 4))
    press.put("/agency?page=2", releases(3, 2, 1))
    await desk.poll(agency)
    assert await desk.poll(agency) == ["Faces 4", "Faces 5"]
    assert await desk.poll(agency) == ["Faces 6", "Faces 7"]
    state = await desk.state(agency)
    assert (state.state, state.rest, state.rest_tries) == ("ok", f"{press.url}/agency?page=1", 2)
    assert state.note is not None
    assert "a further page of the list could not be read: blocked" in state.note
    assert await desk.poll(agency) == ["Faces 2", "Faces 3"]
    state = await desk.state(agency)
    assert (state.rest, state.note) == (None, None)


async def test_what_comes_by_days_behind_a_wall_is_news_when_the_wall_is_down(
    desk: Desk, press: Press, agency: Feed
) -> None:
    dated = replace(agency, options={**agency.options, "date": "b"})

    def listed(*numbers: int) -> bytes:
        rows = "".join(f'<li><a href="/{n}">Faces {n}</a> <b>{START + n * HOUR:%B %d, %Y}</b></li>' for n in numbers)
        return f"<!doctype html><ul>{rows}</ul>".encode()

    press.put("/agency", listed(1), listed(5, 4), listed(99, 5))
    press.put("/agency?page=1", *[Page(status=403)] * 6, listed(3, 2, 1))
    await desk.poll(dated, after=DAY)
    for _ in range(6):
        await desk.poll(dated, after=DAY)
    assert await desk.poll(dated) == ["Faces 2", "Faces 3"]


async def test_a_second_page_that_is_an_apology_today_is_read_when_it_is_a_list_again(desk: Desk, press: Press) -> None:
    def answer(*numbers: int) -> bytes:
        listed = [
            {
                "title": f"Faces {n}",
                "document_number": f"{n}",
                "html_url": f"{press.url}/{n}",
                "abstract": "In short.",
            }
            for n in numbers
        ]
        return json.dumps({"count": 9, "results": listed, "next_page_url": f"{press.url}/more"}).encode()

    feed = newsroom.feed(press, "current.json", kind="federal_register", category="dhs", options={})
    press.put("/current.json", answer(1), answer(5, 4))
    press.put("/more", b"<!doctype html><title>We will be back soon</title>", answer(3, 2, 1))
    await desk.poll(feed)
    assert await desk.poll(feed) == ["Faces 4", "Faces 5"]
    assert await desk.poll(feed) == ["Faces 2", "Faces 3"]


async def test_a_feed_that_gets_another_address_forgets_the_rest_of_the_old_list(
    desk: Desk, press: Press, agency: Feed
) -> None:
    press.put("/agency", releases(1), releases(5, 4))
    press.put("/agency?page=1", Page(status=403), releases(3, 2))
    press.put("/moved", releases(5, 4))
    await desk.poll(agency)
    await desk.poll(agency)
    assert await desk.poll(replace(agency, url=f"{press.url}/moved")) == []
    assert (await desk.state(agency)).rest is None


async def test_a_second_page_that_robots_close_is_not_asked_for_again_and_said_so(
    desk: Desk, press: Press, agency: Feed
) -> None:
    press.put("/robots.txt", b"User-agent: *\nDisallow: /agency?page=\n")
    press.put("/agency", releases(1), releases(5, 4))
    await desk.poll(agency)
    assert await desk.poll(agency) == ["Faces 4", "Faces 5"]
    state = await desk.state(agency)
    assert (state.rest, "robots.txt" in (state.note or "")) == (None, True)


async def test_a_rest_that_never_comes_is_given_up_after_a_week(desk: Desk, press: Press, agency: Feed) -> None:
    press.put("/agency", releases(1), releases(5, 4))
    press.put("/agency?page=1", Page(status=403))
    await desk.poll(agency)
    for _ in range(10):
        await desk.poll(agency, after=DAY)
    assert ((await desk.state(agency)).rest, press.count("/agency?page=1")) == (None, 9)


async def test_the_rest_of_a_source_that_was_away_for_longer_is_tried_for_as_long(
    desk: Desk, press: Press, agency: Feed
) -> None:
    press.put("/agency", releases(1), releases(5, 4))
    press.put("/agency?page=1", *[Page(status=403)] * 3, releases(3, 2, 1))
    await desk.poll(agency, after=10 * DAY)
    found = [await desk.poll(agency) for _ in range(4)]
    assert found == [["Faces 4", "Faces 5"], [], [], ["Faces 2", "Faces 3"]]


async def test_more_pages_than_one_poll_reads_are_read_by_the_next(
    desk: Desk, press: Press, agency: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lists.MOST_PAGES", 2)
    press.put("/agency", releases(1), releases(9, 8))
    for n, page in enumerate([(7, 6), (5, 4), (3, 2), (1, 0)], 1):
        press.put(f"/agency?page={n}", releases(*page))
    await desk.poll(agency)
    found = [await desk.poll(agency) for _ in range(5)]
    assert found == [[f"Faces {n}" for n in some] for some in ((6, 7, 8, 9), (4, 5), (2, 3), (0,), ())]
    assert (await desk.state(agency)).note is None


async def test_a_list_whose_dates_are_no_longer_found_is_read_and_said_so(
    desk: Desk, press: Press, agency: Feed
) -> None:
    dated = replace(agency, options={**agency.options, "date": "b"})
    press.put("/agency", releases(3, 2, 1), releases(4, 3, 2))
    await desk.poll(dated)
    assert await desk.poll(dated) == ["Faces 4"]
    state = await desk.state(dated)
    assert state.note == "none of its 3 releases shows a date; its layout may have changed"
    assert state.note in words.about(state, "America/New_York")


async def test_a_list_of_what_is_to_come_is_not_read_to_its_end_at_every_poll(
    desk: Desk, press: Press, agency: Feed
) -> None:
    dated = replace(agency, options={**agency.options, "date": "b"})
    ahead = b'<!doctype html><ul><li><a href="/hearing">Hearing on faces</a> <b>May 30, 2026</b></li></ul>'
    press.put("/agency", ahead)
    press.put("/agency?page=1", ahead)
    for _ in range(3):
        await desk.poll(dated)
    assert press.count("/agency?page=1") == 0


async def test_what_is_set_in_late_on_a_second_page_is_found(desk: Desk, press: Press, agency: Feed) -> None:
    dated = replace(agency, options={**agency.options, "date": "b"})

    def listed(*told: tuple[str, int]) -> bytes:
        rows = "".join(f'<li><a href="/{n}">{n}</a> <b>April {day}, 2026</b></li>' for n, day in told)
        return f"<!doctype html><ul>{rows}</ul>".encode()

    press.put("/agency", listed(("Four", 10), ("Three", 10)), listed(("Five", 10), ("Four", 10)))
    press.put("/agency?page=1", listed(("Three", 10), ("Late", 9), ("Old", 5), ("Older", 4), ("Oldest", 3)))
    press.put("/agency?page=2", listed(("Ancient", 2)))
    await desk.poll(dated)
    assert await desk.poll(dated) == ["Five", "Late"]
    assert press.count("/agency?page=2") == 0


async def test_all_months_missed_are_read_although_the_first_has_not_changed(desk: Desk, press: Press) -> None:
    def month(*numbers: int) -> bytes:
        rows = (
            {"title": f"Faces {n}", "url": f"https://a.senate.gov/{n}", "text": "In full.", "date": "2026-06-09"}
            for n in numbers
        )
        return "\n".join(map(json.dumps, rows)).encode()

    feed = newsroom.feed(press, "months", kind="json_lines", url=f"{press.url}/{{year}}-{{month}}.jsonl", options={})
    press.put("/2026-04.jsonl", Page(body=month(1), etag='"april"'))
    press.put("/2026-05.jsonl", month(2))
    press.put("/2026-06.jsonl", month(3))
    await desk.poll(feed, after=60 * DAY)
    await desk.poll(feed)
    assert sorted(await desk.items()) == ["Faces 1", "Faces 2", "Faces 3"]


async def test_articles_are_read_where_a_feed_has_only_teasers(desk: Desk, press: Press, courier: Feed) -> None:
    teasers = replace(courier, options={})
    press.put("/courier", rss(told("Sample", link=press.put("/a", article(LONG)), text="In short.")))
    await desk.poll(teasers)
    item = (await desk.items())["Sample"]
    assert (item.text_from, item.text) == ("article", LONG.strip())


async def test_a_document_of_the_federal_register_is_read_where_its_text_is(desk: Desk, press: Press) -> None:
    raw = (Path(__file__).parent / "samples" / "federal_register_text.html").read_bytes()
    told = {"title": "Faces", "document_number": "2026-1", "html_url": press.url + "/wall", "abstract": "In short."}
    told |= {"raw_text_url": press.put("/raw.txt", raw), "publication_date": "2026-04-10"}
    press.put("/current.json", json.dumps({"count": 1, "results": [told]}).encode())
    register = newsroom.feed(press, "current.json", kind="federal_register", category="dhs", options={})
    assert await desk.poll(register) == ["Faces"]
    item = (await desk.items())["Faces"]
    assert (item.url, item.text_from) == (press.url + "/wall", "article")
    assert (
        "photographs that it has on file, and asks\n\nthe public what it thinks of that & of Sec. 2 (a) <b>."
        in item.text
    )
    assert "[[Page" not in item.text
    assert press.count("/wall") == 0


async def test_an_article_that_hangs_up_is_read_at_the_next_poll(desk: Desk, press: Press, courier: Feed) -> None:
    teasers = replace(courier, options={})
    link = press.put("/a", Page(silent=True), Page(silent=True), article(LONG))
    press.put("/courier", Page(body=rss(told("Sample", link=link, text="In short.")), etag='"1"'))
    await desk.poll(teasers)
    assert (await desk.items())["Sample"].text == "In short."
    assert (await desk.state(teasers)).etag is None
    await desk.poll(teasers)
    assert (await desk.items())["Sample"].text == LONG.strip()
    assert (await desk.state(teasers)).etag == '"1"'
    [before] = await desk.parts.store.revisions((await desk.items())["Sample"].id)
    assert before.text == "In short."


async def test_an_article_that_times_out_is_read_at_the_next_poll(press: Press, tmp_path: Path, courier: Feed) -> None:
    teasers, time = replace(courier, options={}), Time()
    link = press.put("/a", Page(hangs=True), article(LONG))
    press.put("/courier", Page(body=rss(told("Sample", link=link, text="In short.")), etag='"1"'))
    async with newsroom.parts(tmp_path, (), time, deadline=1) as parts:
        desk = Desk(press=press, data=tmp_path, parts=parts, time=time)
        await desk.poll(teasers)
        assert (await desk.state(teasers)).etag is None
    async with newsroom.parts(tmp_path, (), time) as parts:
        desk = Desk(press=press, data=tmp_path, parts=parts, time=time)
        await desk.poll(teasers)
        assert (await desk.items())["Sample"].text == LONG.strip()


async def test_an_article_behind_a_wall_is_not_asked_for_for_ever(desk: Desk, press: Press, courier: Feed) -> None:
    teasers = replace(courier, options={})
    link = press.put("/a", Page(status=403))
    press.put("/courier", Page(body=rss(told("Sample", link=link, text="In short.")), etag='"1"'))
    for _ in range(70):
        await desk.poll(teasers)
    assert press.count("/a") == len(TRIES)
    assert (await desk.state(teasers)).etag == '"1"'
    assert (await desk.items())["Sample"].text == "In short."


async def test_an_article_that_never_answers_is_given_up_after_days(desk: Desk, press: Press, courier: Feed) -> None:
    teasers = replace(courier, options={})
    link = press.put("/a", Page(status=500))
    press.put("/courier", Page(body=rss(told("Sample", link=link, text="In short.")), etag='"1"'))
    for _ in range(8):
        await desk.poll(teasers, after=DAY)
    assert press.count("/a") == len(TRIES)
    assert (await desk.state(teasers)).etag == '"1"'


async def test_a_site_that_asks_us_to_wait_is_not_asked_again_in_this_poll(
    desk: Desk, press: Press, courier: Feed
) -> None:
    teasers = replace(courier, options={})
    wait = Page(status=429, headers={"Retry-After": "600"})
    links = [press.put(f"/a{n}", wait, article(LONG)) for n in range(3)]
    press.put("/courier", rss(*(told(f"Sample {n}", link=link) for n, link in enumerate(links))))
    await desk.poll(teasers)
    assert sum(press.count(f"/a{n}") for n in range(3)) == 1
    for _ in range(3):
        await desk.poll(teasers)
    assert all(item.text_from == "article" for item in (await desk.items()).values())


async def test_articles_beyond_the_most_are_read_at_the_next_poll(desk: Desk, press: Press, courier: Feed) -> None:
    teasers, most = replace(courier, options={}), articles.MOST_ARTICLES
    links = [press.put(f"/a{n}", article(f"{n}: {LONG}")) for n in range(most + 5)]
    press.put("/courier", rss(*(told(f"Sample {n}", link=link) for n, link in enumerate(links))))
    await desk.poll(teasers)
    assert sum(item.text_from == "article" for item in (await desk.items()).values()) == most
    await desk.poll(teasers)
    assert all(item.text_from == "article" for item in (await desk.items()).values())
    assert all(press.count(f"/a{n}") == 1 for n in range(most + 5))


async def test_a_feed_that_fails_is_reported_and_skipped(desk: Desk, press: Press, courier: Feed) -> None:
    names = ("gone", "blocked", "broken", "silent")
    feeds = {name: newsroom.feed(press, name) for name in names}
    press.put("/blocked", Page(status=403))
    press.put("/broken", b'{"half": "a feed')
    press.put("/silent", Page(silent=True))
    press.put("/courier", rss(*numbered([1])))
    heard: list[FeedState] = []
    new = await pipeline.watch(desk.parts, [*feeds.values(), courier], heard.append)
    assert [item.title for item in new] == ["Faces 1"]
    assert {state.feed_id: state.reason for state in heard} == {
        "gone": "gone",
        "blocked": "blocked",
        "broken": "not a feed",
        "silent": "unreachable",
        "courier": None,
    }
    assert {s.feed_id: s for s in heard} == await desk.parts.store.states()


async def test_html_in_place_of_a_feed_wipes_nothing(desk: Desk, press: Press, courier: Feed) -> None:
    good = Page(body=rss(*numbered([1])), etag='"1"')
    press.put("/courier", good, Page(body=article("We moved."), etag='"html"'), good)
    await desk.poll(courier)
    before = await desk.state(courier)
    assert await desk.poll(courier) == []
    failed = await desk.state(courier)
    assert (failed.reason, failed.detail) == ("not a feed", 'an HTML page, "Sample"')
    assert (failed.etag, failed.succeeded, failed.address) == (before.etag, before.succeeded, before.address)
    assert await desk.poll(courier) == []
    assert press.asked[-1].etag == '"1"'
    assert (await desk.state(courier)).state == "ok"
    assert list(await desk.items()) == ["Faces 1"]


async def test_what_the_server_asks_for_is_the_least_pause(desk: Desk, press: Press, courier: Feed) -> None:
    at = START + 5 * HOUR
    press.put("/courier", Page(status=429, headers={"Retry-After": format_datetime(at, usegmt=True)}))
    await desk.poll(courier)
    assert (await desk.state(courier)).next_poll == at


async def test_the_pause_after_failures_doubles_up_to_a_day(desk: Desk, courier: Feed) -> None:
    pauses = []
    for _ in range(8):
        begun = desk.time()
        await desk.poll(courier)
        next_poll = (await desk.state(courier)).next_poll
        assert next_poll is not None
        pauses.append(next_poll - begun)
    assert pauses == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, *[LONGEST_PAUSE] * 3]


async def test_a_feed_whose_address_changed_is_polled_without_the_old_validators(
    desk: Desk, press: Press, courier: Feed
) -> None:
    press.put("/courier", Page(body=rss(*numbered([1])), etag='"1"'))
    press.put("/moved", Page(body=rss(*numbered([1, 2])), etag='"1"'))
    await desk.poll(courier)
    moved = replace(courier, url=f"{press.url}/moved")
    assert await desk.poll(moved) == ["Faces 2"]
    assert await desk.poll(moved) == []
    assert [(asked.path, asked.etag) for asked in press.asked] == [
        ("/courier", None),
        ("/moved", None),
        ("/moved", '"1"'),
    ]


async def test_each_version_of_a_shared_item_is_judged_by_its_own_words(desk: Desk, press: Press) -> None:
    pages = [press_page(press, name) for name in ("north", "south")]
    shared = f"{press.url}/2026/04/10/shared"
    press.put("/north", listing((shared, "Sample on faces at the gate")))
    press.put("/south", listing((shared, "Sample on borders")))
    both = [await polls.poll(desk.parts, page, FeedState(feed_id=page.id)) for page in pages]
    await pipeline.remember(desk.parts, both)
    [one] = await desk.judged()
    assert newsroom.is_verbatim(one)
    for match in one.matches:
        assert match.flagged == (match.topic_id in one.item.title)


async def test_hostile_characters_reach_the_database_as_harmless_ones(desk: Desk, press: Press) -> None:
    feed = newsroom.feed(press, "json")
    entry = r'{"id": "\ud800", "url": "https://example.org/\ud800\u0000", '
    entry += r'"title": "A\u0000\ud800\u001b[31mB", "language": "\ud800", '
    entry += r'"content_text": "Faces\ud800\u0000", "date_published": "2026-04-10T11:00:00Z"}'
    body = '{"version": "https://jsonfeed.org/version/1.1", "title": "\\ud800", "items": [' + entry + "]}"
    press.put("/json", Page(body=body.encode(), headers={"Content-Type": "application/feed+json"}))
    await desk.poll(feed)
    assert (await desk.state(feed)).state == "ok"
    [one] = await desk.judged()
    for text in (one.item.title, one.item.text, one.item.url):
        assert text.encode()
        assert "\0" not in text
        assert "\x1b" not in text


async def test_a_hundred_feeds_at_once_are_all_remembered(desk: Desk, press: Press) -> None:
    feeds = [newsroom.feed(press, f"f{n}") for n in range(100)]
    for n, one in enumerate(feeds):
        press.put(f"/{one.id}", rss(told(f"Faces {n}", link=f"https://example.org/{n}")))
    assert len(await desk.poll(*feeds)) == 100
    assert len(await desk.parts.store.states()) == 100


# -- report ---------------------------------------------------------------------------------------------------


async def test_what_was_told_is_not_told_again(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])), rss(*numbered([1, 2])))
    desk.watches(courier)
    await desk.poll(courier)
    assert "Faces 1" in await desk.digest()
    await desk.poll(courier)
    second = await desk.digest()
    assert "Faces 2" in second
    assert "Faces 1" not in second
    assert "Nothing new" in await desk.digest()


async def test_what_happens_to_a_bill_next_is_told_to_those_who_know_the_bill(desk: Desk, press: Press) -> None:
    bills = newsroom.feed(press, "bill", kind="congress_gov", category="congress", options={})
    desk.watches(bills)

    async def polled(since: datetime | None, day: str, happened: str) -> str:
        bill = {"congress": 119, "type": "S", "number": "3779", "title": "ICE Out of Our Faces Act"}
        bill["latestAction"] = {"actionDate": day, "text": happened}
        asked = feeds.address(bills, since, desk.time.now)
        press.put(asked.removeprefix(press.url), json.dumps({"bills": [bill]}).encode())
        await desk.poll(bills)
        return await desk.digest()

    first = await polled(None, "2026-04-10", "Introduced, on faces.")
    assert "Introduced, on faces." in first
    desk.time.passes(days=90)
    since = (await desk.state(bills)).succeeded
    second = await polled(since, "2026-07-09", "Passed, on faces.")
    assert "Passed, on faces." in second
    assert "Introduced, on faces." not in second
    third = await polled((await desk.state(bills)).succeeded, "2026-07-09", "Passed, on faces.")
    assert "Nothing new" in third


SCANNED = "Agents scanned the faces of travellers in Sample Town, papers show"


def google(*links: str, outlet: str = "The Courier") -> bytes:
    said = {"text": '<a href="https://news.google.com/x">Agents scanned</a>'}
    return rss(
        *(told(f"{SCANNED} - {outlet}", link=f"https://news.google.com/{link}", guid=link, **said) for link in links)
    )


@pytest.fixture
def searched(press: Press) -> Feed:
    return newsroom.feed(press, "google", options={"outlet_in_title": True})


@pytest.mark.parametrize("first", ["google", "courier"])
async def test_an_article_in_google_news_and_in_its_outlets_feed_is_one_story(
    desk: Desk, press: Press, courier: Feed, searched: Feed, first: str
) -> None:
    press.put("/google", rss(told("Other", link="https://news.google.com/o")), google("a"))
    press.put("/courier", rss(told(SCANNED, link="https://example.org/1", text="The agency has never said so. " * 9)))
    desk.watches(courier, searched)
    await desk.poll(searched)
    for one in [searched, courier] if first == "google" else [courier, searched]:
        await desk.poll(one)
    found = [one.item.id for one in await desk.judged() if one.item.title == SCANNED]
    assert len(found) == 2
    assert len({*(await desk.parts.store.stories.numbers(found)).values()}) == 1
    assert (await desk.digest()).count(SCANNED) == 1


async def test_google_news_links_one_article_twice_and_it_is_one_item(desk: Desk, press: Press, searched: Feed) -> None:
    press.put("/google", google("a", "b"), google("c"), google("d", outlet="The Herald"))
    for news in ([SCANNED], [], [SCANNED]):
        assert await desk.poll(searched) == news
    assert sorted(one.item.source for one in await desk.judged()) == ["The Courier", "The Herald"]


async def test_what_was_seen_before_a_long_absence_is_still_told(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])), rss(*numbered([1, 2])))
    await desk.poll(courier)
    await desk.digest()
    await desk.poll(courier, after=9 * DAY)
    assert "Faces 2" in await desk.digest()


async def test_a_first_digest_tells_what_was_seen_before_a_kill(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])))
    await desk.poll(courier, after=2 * DAY)  # killed here, before it could report
    assert "Faces 1" in await desk.digest()


async def test_what_an_archive_held_is_news_when_a_feed_brings_it(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1])))
    row = {"title": "Faces 1", "url": numbered([1])[0].link, "text": "Faces, at length."}
    archive = desk.data / "archive.jsonl"
    archive.write_text(json.dumps(row) + "\n", encoding="utf-8")
    await import_file(desk.parts, archive, None, lambda _done, _all: None)
    assert (await desk.held())["Faces 1"] == "import"
    await desk.poll(courier)
    assert (await desk.held())["Faces 1"] is None
    assert "Faces 1" in await desk.digest()


async def test_each_reader_is_told_for_themselves(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1]), told("Borders", link="https://example.org/b")))
    await desk.poll(courier)
    anna = await desk.digest(reader(desk.data, id="anna", topics=("faces",)))
    bert = await desk.digest(reader(desk.data, id="bert", categories=("congress",)))
    assert "Faces 1" in anna
    assert "Borders" not in anna
    assert "Nothing new" in bert


async def test_a_copy_of_a_told_story_is_never_told(desk: Desk, press: Press, courier: Feed) -> None:
    words = "Faces were scanned at the gate of the sample town, as its council has told this newspaper. " * 3
    original = told("Faces at the gate", link="https://example.org/1", text=words)
    copy = told("Our copy", link="https://example.net/1", text=words, at=START + 3 * DAY)
    herald = newsroom.feed(press, "herald")
    press.put("/courier", rss(original))
    press.put("/herald", rss(*numbered([7], at=START - 3 * DAY)), rss(copy))
    await desk.poll(courier, herald)
    assert "Faces at the gate" in await desk.digest()
    desk.time.passes(days=3)
    assert await desk.poll(herald) == ["Our copy"]
    # Day by day until both have left the digest's memory, the original first.
    for _ in range(12):
        assert "Nothing new" in await desk.digest()
        desk.time.passes(days=1)


async def test_copies_that_come_together_are_one_story(desk: Desk, press: Press, courier: Feed) -> None:
    words = "Faces were scanned at the gate of the sample town, as its council has told this newspaper. " * 3
    herald = newsroom.feed(press, "herald")
    press.put("/courier", rss(told("Faces at the gate", link="https://example.org/1", text=words)))
    press.put("/herald", rss(told("Our copy", link="https://example.net/1", text=words)))
    await desk.poll(courier, herald)
    digest = await desk.digest()
    assert "1 story" in digest
    assert "also on 1: The " in digest


async def test_an_item_that_comes_to_match_later_is_told(desk: Desk, press: Press, courier: Feed) -> None:
    first = told("A sample meeting", link="https://example.org/1", text="It was dull.")
    press.put("/courier", rss(first), rss(replace(first, text="It turned to faces, and scans of them.")))
    await desk.poll(courier)
    assert "Nothing new" in await desk.digest()
    await desk.poll(courier)
    assert "A sample meeting" in await desk.digest()


async def test_held_items_are_not_told_but_found(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss(*numbered([1], at=START - 3 * DAY)))
    await desk.poll(courier)
    assert "Nothing new" in await desk.digest()
    assert len(await newsroom.found(desk.parts.store, "faces", ALL)) == 1


async def test_an_empty_day_says_so_and_that_all_could_be_read(desk: Desk, press: Press, courier: Feed) -> None:
    press.put("/courier", rss())
    desk.watches(courier)
    await desk.poll(courier)
    digest = await desk.digest()
    assert "Nothing new" in digest
    assert "All 1 source could be read" in digest


async def test_sources_that_could_not_be_read_are_named_with_the_reason(
    desk: Desk, press: Press, courier: Feed
) -> None:
    herald, unasked = newsroom.feed(press, "herald"), newsroom.feed(press, "unasked")
    press.put("/courier", rss())
    press.put("/herald", Page(status=403))
    desk.watches(courier, herald, unasked)
    await desk.poll(courier, herald)
    digest = await desk.digest()
    assert "Could not read 2 of 3 sources" in digest
    assert "blocked, never read so far: The Herald" in digest
    assert "not polled yet" in digest
    assert "The Unasked" in digest
    assert "The Courier" not in digest


class Post:
    """A medium that fails as it is told to, and remembers what arrived."""

    at_once = 2
    longest = 1_400
    letters_first = False
    ready = True

    def __init__(self, *failures: Exception | None, lost_answers: bool = False) -> None:
        self.failures = list(failures)
        self.lost_answers = lost_answers
        self.arrived: list[str] = []

    def parts(self, _digest: Digest, _reader: Subscriber, _key: str) -> list[dict[str, str]]:
        return [{"notice": "a digest"}]

    async def has(self, delivery: Delivery) -> str | None:
        self._fail()
        return "arrived" if delivery.key in self.arrived else None

    async def send(self, delivery: Delivery) -> str:
        if self.lost_answers:
            self.arrived.append(delivery.key)
        self._fail()
        if not self.lost_answers:
            self.arrived.append(delivery.key)
        return "arrived"

    def _fail(self) -> None:
        if self.failures and (failure := self.failures.pop(0)):
            raise failure


async def posted(desk: Desk, post: Post) -> None:
    desk.parts = replace(desk.parts, outputs={"post": post})
    await pipeline.report(desk.parts, [reader(desk.data, medium="post")])
    for _ in range(6):
        await pipeline.deliver(desk.parts)
        desk.time.passes(days=1)


async def test_a_delivery_that_fails_is_tried_again_and_arrives_once(desk: Desk) -> None:
    post = Post(DeliveryError("busy"), None, DeliveryError("busy"))
    await posted(desk, post)
    assert len(post.arrived) == 1


async def test_a_delivery_that_arrived_although_its_answer_was_lost_is_not_repeated(desk: Desk) -> None:
    post = Post(DeliveryError("timeout"), DeliveryError("cannot be asked now"), lost_answers=True)
    await posted(desk, post)
    assert len(post.arrived) == 1


async def test_nobody_writes_to_a_subscriber_who_is_gone(desk: Desk) -> None:
    post = Post(SubscriberGone("no such channel"))
    await posted(desk, post)
    assert post.arrived == []
    assert await desk.parts.store.reports.outbox(desk.time()) == []


async def test_one_delivery_that_fails_does_not_hold_up_the_others(desk: Desk) -> None:
    post = Post(DeliveryError("busy"))
    desk.parts = replace(desk.parts, outputs={"post": post})
    for name in ("anna", "bert"):
        await pipeline.report(desk.parts, [reader(desk.data, id=name, medium="post")])
        desk.time.passes(minutes=1)
    await pipeline.deliver(desk.parts)
    assert len(post.arrived) == 1


async def test_a_digest_that_cannot_be_written_waits_until_it_can(desk: Desk) -> None:
    (desk.data / "digests").touch()
    await pipeline.report(desk.parts, [reader(desk.data)])
    await pipeline.deliver(desk.parts)
    (desk.data / "digests").unlink()
    desk.time.passes(hours=1)
    await pipeline.deliver(desk.parts)
    assert len(newsroom.digests(desk.data)) == 1


async def test_polls_side_by_side_do_not_write_an_item_twice(desk: Desk, press: Press, courier: Feed) -> None:
    herald = newsroom.feed(press, "herald")
    for name in ("courier", "herald"):
        press.put(f"/{name}", rss(*numbered(range(20))))
    await asyncio.gather(desk.poll(courier), desk.poll(herald))
    assert len(await desk.items()) == 20
    assert all(len(one.also) == 1 for one in await desk.judged())


async def test_a_release_on_a_member_s_page_and_in_the_data_set_of_all_is_one_item(tmp_path: Path) -> None:
    time = Time()
    with newsroom.press() as press:
        page = newsroom.feed(press, "member", kind="congress_member", category="congress", options={})
        every = newsroom.feed(press, "all", kind="json_lines", category="congress", options={})
        rows = "".join(
            f'<div class="media-body"><div class="h3"><a href="/media/press-releases/{name}">{title}</a></div>'
            '<div class="col-auto">April 10, 2026</div></div>'
            for name, title in (("faces", "Example Asks About Faces"), ("farm", "Example Visits a Farm"))
        )
        press.put("/member", f"<!doctype html><body>{rows}</body>".encode())
        text = "So much for the faces, in the words of the data set. " * 9
        press.put("/media/press-releases/faces", newsroom.article(text))
        line = {"title": "Example Asks About Faces", "date": "2026-04-10", "member": "Ann Example", "text": text}
        address = press.url.replace("http:", "https:") + "/media/press-releases/faces/?utm_source=x"
        press.put("/all", json.dumps(line | {"url": address}).encode())
        async with newsroom.parts(tmp_path, [page, every], time) as parts:
            for feed in (page, every, page):
                await pipeline.watch(parts, [feed])
                time.passes(hours=1)
            found = await parts.store.find(Wanted(flagged=False))
            assert sorted(one.item.title for one in found) == ["Example Asks About Faces", "Example Visits a Farm"]
            [faces] = [one for one in found if "Faces" in one.item.title]
            assert faces.also == ("Ann Example",)


async def test_whose_turn_does_not_come_in_time_stays_due_and_loses_nothing(tmp_path: Path) -> None:
    with newsroom.press() as press:
        slow = newsroom.feed(press, "slow")
        press.put("/slow", Page(hangs=True), rss(told("A", link="https://example.org/a")))
        async with newsroom.parts(tmp_path, [slow], Time()) as parts:
            assert await pipeline.watch(parts, [slow], within=timedelta(seconds=1)) == []
            assert await parts.store.states() == {}
            [item] = await pipeline.watch(parts, [slow], within=timedelta(minutes=5))
            assert item.title == "A"


async def test_a_bug_that_one_feed_meets_is_told_in_its_state_and_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with newsroom.press() as press:
        # Options that nobody checked stand for whatever we did not think of: the kind fails with no failure of ours.
        odd = newsroom.feed(press, "odd", options={"full_text": "no boolean"})
        good = newsroom.feed(press, "good")
        for path in ("/odd", "/good"):
            press.put(path, rss(told("A", link=f"https://example.org{path}")))
        async with newsroom.parts(tmp_path, [odd, good], Time()) as parts:
            [item] = await pipeline.watch(parts, [odd, good])
            assert item.feed_id == "good"
            state = (await parts.store.states())["odd"]
            assert (state.state, state.detail) == (
                "unreadable",
                "a bug in Lookout: ValidationError; its log tells where",
            )
            assert "Traceback" in "".join(capsys.readouterr())  # where logs go is another test's doing
