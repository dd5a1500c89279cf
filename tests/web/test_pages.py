"""What readers see on the site: today, search, stories, items, topics, members, sources, digests."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bs4 import BeautifulSoup

from bot import pipeline, web
from bot.matching import load_figures, save_figures
from bot.records import Subscriber, Subscription
from bot.web import looks
from tests import pdfs
from tests.newsroom import START, told
from tests.sites import House, filled, served


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served(tmp_path) as made:
        yield made


async def shown(house: House, address: str, status: int = 200) -> BeautifulSoup:
    answer = await house.get(address)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "lxml")


def words(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


async def test_today_has_stories_by_topic_letters_due_and_what_could_not_be_read(house: House) -> None:
    await filled(house)
    page = await shown(house, "/")
    headings = [one.get_text(" ", strip=True) for one in page.find_all("h2")]
    assert headings == ["Letters due", "Faces (1)", "Borders (1)"]
    due = page.select_one(".due-list li")
    assert due is not None
    assert " ".join(due.get_text(" ").split()) == (
        "Fri 24 Apr 2026 : Muster leads letter demanding answers on faces Sen. Ann Muster"
    )
    titles = [one.get_text(strip=True) for one in page.select(".card h3")]
    assert titles[0] == "Muster leads letter demanding answers on faces"
    assert "gardens" not in words(page)
    assert "2 sources watched; all could be read." in words(page)


async def test_a_letter_whose_day_has_gone_by_is_shown_as_past_for_a_week(house: House) -> None:
    await filled(house)
    house.time.passes(days=16)
    assert "Fri 24 Apr 2026 (past)" in words(await shown(house, "/"))
    house.time.passes(days=7)
    assert "Letters due" not in words(await shown(house, "/"))


async def test_when_the_last_day_brought_nothing_the_newest_before_is_shown(house: House) -> None:
    assert "Nothing was recorded yet." in words(await shown(house, "/"))
    await filled(house)
    house.time.passes(days=3)
    page = words(await shown(house, "/"))
    assert "Nothing new in the last 24 hours" in page
    assert "Muster leads letter" in page


async def test_today_tells_what_a_site_changed(house: House) -> None:
    link = f"{house.press.url}/courier/one"
    await house.publish(told("Agency scans faces", link=link, guid="one"))
    house.time.passes(hours=2)
    await house.publish(told("Agency no longer scans faces", link=link, guid="one"))
    page = words(await shown(house, "/"))
    assert "What changed" in page
    assert "was “Agency scans faces”" in page


async def test_an_item_is_shown_as_stored_with_its_evidence_marked(house: House) -> None:
    letter, *_ = await filled(house)
    page = await shown(house, f"/item/{letter.id}")
    text = page.select_one("section.text")
    assert text is not None
    assert [" ".join(p.get_text().split()) for p in text.find_all("p")] == letter.text.split("\n\n")
    marked = [one.get_text() for one in text.find_all("mark")]
    assert marked == ["Senator Muster wrote to the agency about faces. She asks for a response by April 24, 2026."]
    said = words(page)
    assert "Answer asked for by Fri 24 Apr 2026" in said
    assert "probability 90 %, needed 50 %" in said
    assert re.search(r"SHA-256 of the text [0-9a-f]{64}", said)
    assert "First seen Fri 10 Apr 2026, 08:00 EDT" in said
    assert "Marked is what it says of Faces." in said
    assert f"This page {house.url}/item/{letter.id} Published 10 Apr 2026" in said
    original = page.find("a", string="Read it where it was published")
    assert original is not None
    assert original["href"] == letter.url


async def test_a_story_tells_who_has_it_and_how_each_came_to_it(house: House) -> None:
    letter, *_ = await filled(house)
    page = words(await shown(house, f"/story/{letter.id}"))
    assert "1 item on 1 source" in page
    assert "began the story" in page


async def test_what_an_item_shares_its_text_with_is_named_by_who_published_it(house: House) -> None:
    text = "The senator demands that no agency scans faces at any border, school or court. " * 12
    [first] = await house.publish(told("Muster on faces", link=f"{house.press.url}/s/1", text=text), feed="senate")
    house.time.passes(minutes=10)
    await house.publish(told("Muster on faces", link=f"{house.press.url}/c/1", text=text))
    page = await shown(house, f"/story/{first.id}")
    [other] = [one.find("a") for one in page.select(".joined") if one.find("a")]
    assert other is not None
    assert (other.get_text(), other["href"]) == ("Sen. Ann Muster", f"/item/{first.id}")


async def test_who_was_told_stands_on_no_page(house: House, tmp_path: Path) -> None:
    letter, *_ = await filled(house)
    to = str(tmp_path / "secret-address")
    reader = Subscriber(id=f"folder:{to}", medium="folder", address=to, zone="UTC", place="direct")
    await house.parts.store.subscribers.follow(reader, Subscription(id=""), START - timedelta(days=1))
    await house.tell()
    for address in (f"/item/{letter.id}", f"/story/{letter.id}", f"/api/v1/items/{letter.id}", "/", "/metrics"):
        assert "secret-address" not in (await house.get(address)).text, address


async def test_a_search_finds_by_words_narrowed_down_and_keeps_what_was_asked(house: House) -> None:
    await filled(house)
    page = await shown(house, "/search?q=faces&source=congress&words_only=1")
    assert [one.get_text(strip=True) for one in page.select(".card h3")] == [
        "Muster leads letter demanding answers on faces"
    ]
    query = page.select_one("input#q")
    chosen = page.select_one("select#source option[selected]")
    assert query is not None
    assert chosen is not None
    assert (query["value"], chosen["value"]) == ("faces", "congress")
    assert "Nothing found." in words(await shown(house, "/search?q=faces&to=2026-04-01&words_only=1"))


async def test_what_a_search_is_narrowed_down_to_is_named_and_kept(house: House) -> None:
    await filled(house)
    page = await shown(house, "/search?q=faces&topic=faces&feed=courier&subject=sample-app&words_only=1")
    summary = page.select_one("summary")
    assert summary is not None
    assert summary.get_text() == "Narrowed down to: Faces, The Courier, Sample App, all the words"
    chosen = {one.parent["name"]: one["value"] for one in page.select("option[selected]") if one.parent}
    assert chosen == {"topic": "faces", "feed": "courier", "subject": "sample-app"}


async def test_without_words_a_search_lists_the_newest_and_all_lists_what_matches_nothing_too(house: House) -> None:
    await filled(house)
    assert len((await shown(house, "/search?member=muster")).select(".card")) == 1
    assert len((await shown(house, "/search")).select(".card")) == 2
    assert len((await shown(house, "/search?all=1")).select(".card")) == 3


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("topic=gardens", "No topic 'gardens'"),
        ("source=martians", "No kind of source 'martians'"),
        ("feed=nowhere", "No source 'nowhere'"),
        ("since=soon", "soon"),
        ("page=51", "There are pages 1 to 50"),
        ("page=0", "There are pages 1 to 50"),
        ("page=²", "There are pages 1 to 50"),
        ("q=" + "x" * 301, "Q may have 300 characters"),
        ("q=%22unclosed&words_only=1", ""),
    ],
)
async def test_what_cannot_be_asked_is_said_on_the_page_that_was_asked(house: House, asked: str, says: str) -> None:
    page = await shown(house, f"/search?{asked}", 400 if says else 200)
    assert says in words(page)
    assert page.select_one("input#q") is not None


async def test_a_long_list_has_pages(house: House) -> None:
    # A poll announces at most so many at once; what is held is listed all the same.
    entries = [
        told(f"Headline {n} on faces", link=f"{house.press.url}/c/{n}", at=START - timedelta(minutes=n + 1))
        for n in range(45)
    ]
    await house.publish(*entries)
    titles = []
    for number in (1, 2, 3):
        page = await shown(house, f"/topic/faces?page={number}")
        titles += [one.get_text(strip=True) for one in page.select(".card h3")]
        assert bool(page.find("a", rel="next")) == (number < 3)
    assert titles == [f"Headline {n} on faces" for n in range(45)]


def test_the_last_page_leads_to_none_and_says_so() -> None:
    template = looks.templates().from_string('{% import "parts.html.j2" as parts %}{{ parts.paging(number, more) }}')
    assert "page=50" in template.render(number=49, more=True)
    last = template.render(number=50, more=True)
    assert "page=51" not in last
    assert "There is more, but no further page" in last
    assert "no further page" not in template.render(number=50, more=False)


async def test_a_topic_has_a_chart_with_its_figures_as_a_table(house: House) -> None:
    await filled(house)
    page = await shown(house, "/topic/faces")
    rows = [[c.get_text(strip=True) for c in row.find_all(["th", "td"])] for row in page.select("table tr")]
    assert rows[0] == ["Week of", "Congress", "news", "All"]
    assert rows[1] == ["Mon 6 Apr 2026", "1", "1", "2"]
    assert len(rows) == 27
    assert {block["class"][0] for block in page.select("svg rect")} == {"congress", "news"}


async def test_a_member_and_a_subject_have_pages(house: House) -> None:
    await filled(house)
    assert "Muster leads letter" in words(await shown(house, "/member/Sen. Ann Muster"))
    assert "Sample App scans faces" in words(await shown(house, "/subject/sample-app"))
    for nobody in ("/member/Nobody", "/subject/nothing", "/topic/nothing", "/item/nothing", "/story/99", "/digest/no"):
        await shown(house, nobody, 404)


async def test_a_member_can_be_followed(house: House) -> None:
    letter, *_ = await filled(house)
    page = await shown(house, "/member/Sen. Ann Muster")
    feeds = [str(a["href"]) for a in page.select(".machines a")]
    assert [address.partition("?")[0] for address in feeds] == ["/search.atom", "/search.json", "/search.csv"]
    assert [one["id"] for one in (await house.get(feeds[1])).json()["items"]] == [f"{house.url}/item/{letter.id}"]


async def test_a_topic_can_be_followed_by_mail(house: House) -> None:
    page = await shown(house, "/topic/faces")
    assert page.find("a", string="by mail", href="/subscribe?topic=faces") is not None


async def test_sources_say_how_they_do(house: House) -> None:
    await filled(house)
    house.press.put("/courier", b"this is no feed")
    house.time.passes(hours=2)
    await pipeline.watch(house.parts, [one for one in house.parts.watchlist.feeds if one.id == "courier"])
    page = await shown(house, "/feeds")
    first = page.select_one("tbody tr")
    assert first is not None
    said = " ".join(first.get_text(" ").split())
    assert "The Courier" in said
    assert "could not be read : not a feed" in said
    assert "Fri 10 Apr 2026, 08:00 EDT" in said
    picture = first.select_one("svg")
    assert picture is not None
    assert picture["aria-label"] == "1 of the last 2 polls succeeded"


async def test_sources_of_one_kind_stand_together_and_many_on_several_pages(tmp_path: Path) -> None:
    feeds: dict[str, dict[str, Any]] = {f"m{n:03}": {"category": "congress", "name": f"Rep. {n}"} for n in range(130)}
    async with served(tmp_path, feeds=feeds | {"courier": {}}) as house:
        page = await shown(house, "/feeds")
        assert [link["href"] for link in page.select(".categories a")] == [
            "/feeds?category=congress",
            "/feeds?category=news",
        ]
        assert "Congress : 0 ok, 0 could not be read, 130 not polled yet" in page.get_text(" ")
        first = await shown(house, "/feeds?category=congress")
        second = await shown(house, "/feeds?category=congress&page=2")
        named = [row.select_one("th") for one in (first, second) for row in one.select("tbody tr")]
        assert [cell.get_text(" ").split()[1] for cell in named if cell] == [str(n) for n in range(130)]
        assert len(first.select("tbody tr")) == 100
        everything = await shown(house, "/feeds?category=nosuch")
        assert len(everything.select("tbody tr")) == 100


async def test_a_digest_is_kept_as_it_was_sent_with_links_that_can_be_followed(house: House) -> None:
    letter, *_ = await filled(house)
    reader = Subscriber(id="console", medium="console", address="", zone="UTC")
    await house.parts.store.subscribers.follow(reader, Subscription(id=""), START - timedelta(days=1))
    await house.tell()
    [sent] = await house.parts.store.reports.last("console", 5)
    page = await shown(house, f"/digest/{sent.key}")
    pre = page.select_one("pre")
    assert pre is not None
    assert pre.get_text() == sent.text
    assert letter.url in [a["href"] for a in pre.find_all("a")]


async def test_about_tells_the_figures_that_were_measured(tmp_path: Path) -> None:
    async with served(tmp_path) as house:
        application = web.application(replace(house.site, figures=load_figures()))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=house.url) as client:
            page = BeautifulSoup((await client.get("/about")).text, "lxml")
    rows = [[c.get_text(strip=True) for c in row.find_all(["th", "td"])] for row in page.select("tbody tr")]
    assert [row[3:] for row in rows] == [["237", "31"], ["237", "77"]]


async def test_an_operators_own_figures_take_the_place_of_ours(tmp_path: Path) -> None:
    measured = {"faces": {"precision": 0.5, "recall": None, "positives": 0, "n": 7, "f1": 0.1}}
    file = tmp_path / "figures.json"
    save_figures(measured, Path("ours/labelled.jsonl"), START.date(), file)
    async with served(tmp_path / "site") as house:
        application = web.application(replace(house.site, figures=load_figures(file)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=house.url) as client:
            page = BeautifulSoup((await client.get("/about")).text, "lxml")
    said = words(page)
    assert "Measured Fri 10 Apr 2026 by lookout eval on the labelled items of labelled.jsonl" in said
    assert "by whoever operates this site" in said
    assert [c.get_text(strip=True) for c in page.select("tbody tr th, tbody tr td")] == [
        "Faces",
        "0.500",
        "–",
        "7",
        "0",
    ]


async def test_an_item_shows_what_stands_in_its_letters_and_why_one_could_not_be_read(house: House) -> None:
    read = house.press.put("/letter.pdf", pdfs.letter(["Dear Director,", "We write of faces <b>& eyes</b>."]))
    locked = house.press.put("/locked.pdf", pdfs.locked(["Dear Director,"], password="x"))
    text = f'<p>A letter went out.</p><p><a href="{read}">The letter (PDF)</a> <a href="{locked}">Annex</a></p>'
    [item] = await house.publish(told("Muster writes", link=f"{house.press.url}/1", text=text), feed="senate")
    page = await shown(house, f"/item/{item.id}")
    said = words(page)
    assert "The letter (PDF) PDF, 1 page. Marked is what it says of Faces. In the letter Dear Director" in said
    assert "Annex PDF, could not be read: it wants a password." in said
    assert [one.get_text() for one in page.select("article section details mark")] == [
        "Dear Director, We write of faces <b>& eyes</b>."
    ]
    told_of = (await house.get(f"/api/v1/items/{item.id}")).json()["attachments"]
    assert [(one["url"], one["pages"], one["reason"]) for one in told_of] == [(read, 1, None), (locked, 0, "encrypted")]
    assert "We write of faces" in told_of[0]["text"]
    [found] = (await house.get("/api/v1/items?q=eyes&words_only=1")).json()["items"]
    assert (found["id"], "text" in found["attachments"][0]) == (item.id, False)
    assert "In the letter, page 1:" in words(await shown(house, "/topic/faces"))
