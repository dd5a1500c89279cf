"""What programs fetch: feeds that parse, tables, the JSON interface, health and metrics."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.robotparser import RobotFileParser

import feedparser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.newsroom import START, told
from tests.sites import House, filled, served


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served(tmp_path) as made:
        yield made


async def test_every_topic_subject_and_search_is_an_atom_feed(house: House) -> None:
    letter, report, _ = await filled(house)
    wanted = {
        "/topic/faces.atom": [letter.id, report.id],
        "/subject/sample-app.atom": [report.id],
        "/search.atom?q=senator&words_only=1": [letter.id],
    }
    for address, ids in wanted.items():
        answer = await house.get(address)
        assert answer.headers["Content-Type"].startswith("application/atom+xml")
        read = feedparser.parse(answer.content)
        assert not read.bozo, address
        assert [entry.id for entry in read.entries] == [f"{house.url}/item/{id_}" for id_ in ids]
    read = feedparser.parse((await house.get("/topic/faces.atom")).content)
    first = read.entries[0]
    assert first.title == letter.title
    assert first.author == "Sen. Ann Muster"
    assert "Answer asked for by Fri 24 Apr 2026" in first.summary
    assert "Why: 90 % Faces" in first.summary
    assert [link.href for link in first.links if link.rel == "via"] == [letter.url]
    assert [link.href for link in read.feed.links if link.rel == "self"] == [f"{house.url}/topic/faces.atom"]


async def test_the_same_as_a_json_feed(house: House) -> None:
    letter, report, _ = await filled(house)
    feed = (await house.get("/topic/faces.json")).json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["external_url"] for one in feed["items"]] == [letter.url, report.url]
    assert feed["items"][0]["tags"] == ["congress", "faces"]


async def test_and_as_a_table_whose_cells_compute_nothing(house: House) -> None:
    await house.publish(told('=HYPERLINK("https://evil.example") faces', link=f"{house.press.url}/courier/x"))
    answer = await house.get("/topic/faces.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="lookout.csv"'
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert row["title"].startswith("'=HYPERLINK")


async def test_a_feed_that_stayed_as_it_is_is_not_sent_again(house: House) -> None:
    await filled(house)
    for address in ("/topic/faces.atom", "/topic/faces.json", "/search.csv?q=faces"):
        first = await house.get(address)
        mark = first.headers["ETag"]
        again = await house.get(address, headers={"If-None-Match": f'"other", W/{mark}'})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", mark)
        await house.publish(told(f"Another on faces {address}", link=f"{house.press.url}/courier/new{len(address)}"))
        changed = await house.get(address, headers={"If-None-Match": mark})
        assert changed.status_code == 200
        assert changed.text != first.text


async def test_a_feed_of_the_last_days_stays_as_it_is_while_time_passes(house: House) -> None:
    await filled(house)
    mark = (await house.get("/search.atom?since=30d")).headers["ETag"]
    house.time.passes(minutes=5)
    assert (await house.get("/search.atom?since=30d", headers={"If-None-Match": mark})).status_code == 304
    house.time.passes(days=31)
    later = await house.get("/search.atom?since=30d", headers={"If-None-Match": mark})
    assert later.status_code == 200
    assert feedparser.parse(later.content).entries == []


async def test_pages_of_a_table_follow_on_each_other(house: House) -> None:
    entries = [
        told(f"Headline {n} on faces", link=f"{house.press.url}/c/{n}", at=START - timedelta(minutes=n + 1))
        for n in range(60)
    ]
    await house.publish(*entries)
    titles: list[str] = []
    for number in (1, 2):
        table = (await house.get(f"/search.csv?topic=faces&page={number}")).text
        titles += [row["title"] for row in csv.DictReader(io.StringIO(table))]
    assert titles == [f"Headline {n} on faces" for n in range(60)]


async def test_what_is_not_there_has_no_feed(house: House) -> None:
    for address in ("/topic/gardens.atom", "/topic/faces.xml", "/subject/nothing.json", "/search.pdf?q=x"):
        assert (await house.get(address)).status_code == 404, address
    assert (await house.get("/search.atom?topic=gardens")).status_code == 400


async def test_the_json_interface_finds_gives_and_describes_itself(house: House) -> None:
    letter, *_ = await filled(house)
    found = (await house.get("/api/v1/items?q=senator&words_only=true")).json()
    assert [one["id"] for one in found["items"]] == [letter.id]
    assert (found["page"], found["more"]) == (1, False)
    one = (await house.get(f"/api/v1/items/{letter.id}")).json()
    assert (one["text"], one["revisions"]) == (letter.text, [])
    passage = next(match["passage"] for match in one["matches"] if match["topic_id"] == "faces")
    assert one["text"][passage["start"] : passage["end"]] == passage["text"]
    story = (await house.get(f"/api/v1/stories/{letter.id}")).json()
    assert [member["item"]["id"] for member in story["items"]] == [letter.id]
    assert [topic["id"] for topic in (await house.get("/api/v1/topics")).json()] == ["faces", "borders"]
    assert {one["id"]: one["state"] for one in (await house.get("/api/v1/feeds")).json()} == {
        "courier": "ok",
        "senate": "ok",
    }
    described = (await house.get("/api/v1/openapi.json")).json()
    assert set(described["paths"]) >= {"/items", "/items/{name}", "/stories/{name}", "/feeds", "/digests/{key}"}
    assert described["servers"] == [{"url": "/api/v1"}]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("items/nothing", 404),
        ("stories/99", 404),
        ("digests/x", 404),
        ("items?page=51", 400),
        ("items?page=x", 400),
        ("items?topic=gardens", 400),
        ("items?q=" + "x" * 301, 400),
        ("nothing", 404),
    ],
)
async def test_what_it_cannot_give_it_says_in_json(house: House, asked: str, status: int) -> None:
    answer = await house.get(f"/api/v1/{asked}")
    assert answer.status_code == status
    assert list(json.loads(answer.text)) == ["error"]


async def test_health_is_good_while_something_was_polled_lately(house: House) -> None:
    assert (await house.get("/healthz")).status_code == 503
    await filled(house)
    answer = await house.get("/healthz")
    assert (answer.status_code, answer.json()["alive"]) == (200, True)
    house.time.passes(hours=4)
    assert (await house.get("/healthz")).status_code == 503


async def test_metrics_tell_items_sources_and_deliveries(house: House) -> None:
    await filled(house)
    text = (await house.get("/metrics")).text
    told_ = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert told_[("lookout_items",)] == 3
    documents, size = await house.parts.store.evidence.weighs()
    assert (told_[("lookout_evidence",)], told_[("lookout_evidence_bytes",)]) == (documents, size)
    assert documents >= 2
    assert told_[("lookout_feeds", ("state", "ok"))] == 2
    assert told_[("lookout_feed_last_success_timestamp_seconds", ("feed", "courier"))] == house.time.now.timestamp()


async def test_robots_are_kept_from_personal_links_and_endless_pages(house: House) -> None:
    rules = RobotFileParser()
    rules.parse((await house.get("/robots.txt")).text.splitlines())
    letter, *_ = await filled(house)
    allowed = {
        path: rules.can_fetch("anybody", path) for path in ("/", f"/story/{letter.id}", "/topic/faces", "/feeds")
    }
    assert all(allowed.values()), allowed
    links = (house.links.to_leave("x"), house.links.to_settle("x", house.time.now), f"{house.url}/search?q=a")
    assert not any(rules.can_fetch("anybody", link) for link in links)
