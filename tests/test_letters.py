"""A letter that a release links, as PDF: fetched, read, matched, searched and quoted; what fails has a name."""

import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import articles, commands, evidence, pipeline, polls, render
from bot.articles import READ_AGAIN, TRIES
from bot.papers import MOST_BYTES
from bot.parts import Parts
from bot.records import Attachment, Feed, Item, Judged
from bot.store import Wanted
from tests import newsroom, pdfs
from tests.newsroom import START, Page, Press, Time, press_page, reader, rss, told

ALL = Wanted(flagged=False)
RELEASE = "A long release in which the senator says that a letter was sent, and not of what. " * 5
LETTER = (["Dear Director,", "We write on paperwork."], ["On the second page we write of faces in the streets.", ""])
TESSERACT = shutil.which("tesseract")


@pytest.fixture
def press() -> Iterator[Press]:
    with Press() as press:
        yield press


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def parts(tmp_path: Path, time: Time) -> AsyncIterator[Parts]:
    async with newsroom.parts(tmp_path, (), time) as parts:
        yield parts


@pytest.fixture
def senate(press: Press) -> Feed:
    return press_page(press, "senate", category="congress")


def release(press: Press, *links: str, text: str = RELEASE, name: str = "/2026/04/10/1") -> None:
    """Let the senator publish a release with these links; its list names it already."""
    press.put(name, _page(text, *links))


def _page(text: str, *links: str) -> bytes:
    said = " ".join(f'<a href="{link}">Text of Letter {n} (PDF)</a>' for n, link in enumerate(links, 1))
    return f"<!doctype html><body><article><p>{text}</p><p>{said}</p></article></body>".encode()


async def polled(parts: Parts, press: Press, time: Time, feed: Feed, after: float = 1) -> list[Item]:
    """Poll a list of one release that is an hour old."""
    press.put("/senate", newsroom.listing(("/2026/04/10/1", "Muster leads letter")))
    new = await pipeline.watch(parts, [feed])
    time.passes(hours=after)
    return new


async def only(parts: Parts) -> Judged:
    [one] = await parts.store.find(ALL)
    return one


async def letters(parts: Parts) -> list[Attachment]:
    return list((await only(parts)).attachments)


async def test_an_item_is_flagged_quoted_and_found_by_what_only_its_letter_says(
    parts: Parts, press: Press, time: Time, senate: Feed, tmp_path: Path
) -> None:
    body = pdfs.letter(*LETTER)
    release(press, press.put("/imo/media/doc/letter%20to%20ice.pdf", body))
    await polled(parts, press, time, senate)
    one = await only(parts)
    [letter] = one.attachments
    assert (letter.name, letter.pages, letter.unread, letter.ocr_pages, letter.reason, letter.sha256) == (
        *("Text of Letter 1 (PDF)", 2, 0, (), None),
        hashlib.sha256(body).hexdigest(),
    )
    assert "faces" not in one.item.text
    [match] = [match for match in one.matches if match.flagged]
    assert (match.topic_id, match.passage.where, match.passage.letter, match.passage.page) == (
        *("faces", "letter", letter.url),
        2,
    )
    assert newsroom.is_verbatim(one)
    [hit] = (await commands.search(parts.store, "streets muster", ALL, 10)).hits
    assert hit.snippet is not None
    assert hit.snippet.startswith("In the letter: … ")
    assert hit.snippet.endswith("we write of faces in the streets.")
    assert await newsroom.found(parts.store, '"faces in the streets"', ALL) == [one]
    assert await newsroom.found(parts.store, "faces nowhere", ALL) == []
    parts = replace(parts, watchlist=replace(parts.watchlist, feeds=(senate,)))
    await pipeline.report(parts, [reader(tmp_path)])
    await pipeline.deliver(parts)
    [digest] = newsroom.digests(tmp_path)
    assert "> In the letter, page 2: On the second page we write of faces in the streets." in digest


async def test_list_page_and_letter_are_kept_as_they_were_sent(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    body = pdfs.letter(*LETTER)
    address = press.put("/imo/media/doc/letter.pdf", body)
    release(press, address)
    await polled(parts, press, time, senate)
    one = await only(parts)
    kept = await parts.store.evidence.of(one.item.id)
    assert [capture.url for capture in kept] == [senate.url, one.item.url, address]
    assert evidence.body(kept[2]) == body
    assert kept[2].digest == one.attachments[0].sha256


async def test_what_a_poll_keeps_as_evidence_is_bounded(
    parts: Parts, press: Press, time: Time, senate: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = pdfs.letter(["Faces. " * 10] * 40, ["Faces. " * 10] * 40)
    release(press, press.put("/imo/media/doc/letter.pdf", body))
    monkeypatch.setattr(articles, "EVIDENCE_A_POLL", len(body))
    await polled(parts, press, time, senate)
    kept = await parts.store.evidence.of((await only(parts)).item.id)
    assert [capture.url for capture in kept] == [senate.url, f"{press.url}/2026/04/10/1"]


async def test_a_letter_is_listed_wherever_its_item_is_told_in_full(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    url = press.put("/letter.pdf", pdfs.letter(*LETTER))
    release(press, url, press.put("/secret.pdf", pdfs.locked(*LETTER, password="x")))
    await polled(parts, press, time, senate)
    one = await only(parts)
    first, second = json.loads(json.dumps(render.data.judged(one)))["attachments"]
    assert (first["url"], first["pages"], second["reason"]) == (url, 2, "encrypted")
    assert "text" not in first
    assert render.data.whole(one)["attachments"][0]["text"] == one.attachments[0].text
    assert [render.words.attachment(letter) for letter in one.attachments] == [
        "PDF, 2 pages",
        "PDF, could not be read: it wants a password",
    ]


@pytest.mark.skipif(
    TESSERACT is None and "CI" not in os.environ, reason="needs Tesseract (Debian: tesseract-ocr), which is not here"
)
async def test_a_scanned_letter_is_read_by_ocr_and_says_so(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    parts = replace(parts, tesseract=TESSERACT)
    release(press, press.put("/letter.pdf", pdfs.scan(*LETTER)))
    await polled(parts, press, time, senate)
    [letter] = await letters(parts)
    assert (letter.ocr_pages, letter.unread, letter.reason) == ((1, 2), 0, None)
    assert any(match.flagged and match.passage.page == 2 for match in (await only(parts)).matches)
    assert render.words.attachment(letter) == "PDF, 2 pages, read by OCR, which errs"


@pytest.mark.skipif(
    TESSERACT is None and "CI" not in os.environ, reason="needs Tesseract (Debian: tesseract-ocr), which is not here"
)
async def test_a_scan_for_which_a_poll_has_too_few_pages_left_is_read_whole_by_the_next(
    parts: Parts, press: Press, time: Time, senate: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "OCR_PAGES_A_POLL", 3)
    parts = replace(parts, tesseract=TESSERACT)
    release(press, *(press.put(f"/{n}.pdf", pdfs.scan(["Dear Director,"], ["Yours,", f"{n}"])) for n in (1, 2)))
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, "not read yet"]
    await polled(parts, press, time, senate)
    assert [(letter.ocr_pages, letter.unread) for letter in await letters(parts)] == [((1, 2), 0)] * 2


@pytest.mark.skipif(
    TESSERACT is None and "CI" not in os.environ, reason="needs Tesseract (Debian: tesseract-ocr), which is not here"
)
async def test_scans_that_take_long_are_read_one_after_the_other_at_later_polls(
    parts: Parts, press: Press, time: Time, senate: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = replace(parts, tesseract=TESSERACT)
    monkeypatch.setattr(articles, "OCR_SECONDS_A_POLL", 1e-9)
    release(press, *(press.put(f"/{n}.pdf", pdfs.scan([f"Letter {n}"])) for n in (1, 2)))
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, "not read yet"]
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, None]


async def test_without_ocr_a_scanned_letter_says_that_it_is_one(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    release(press, press.put("/letter.pdf", pdfs.scan(*LETTER)))
    await polled(parts, press, time, senate)
    [letter] = await letters(parts)
    assert (letter.reason, letter.text, letter.pages, letter.unread) == ("scanned", "", 2, 2)


async def test_what_cannot_be_read_has_a_name_and_stops_neither_its_item_nor_the_feed(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    answers = {
        "encrypted": Page(body=pdfs.locked(*LETTER, password="x")),
        "broken": Page(body=b"%PDF-1.7 and nothing more"),
        "no PDF": Page(body=b"<!doctype html><title>Not found</title>"),
        "gone": Page(status=404),
    }
    release(press, *(press.put(f"/{n}.pdf", page) for n, page in enumerate(answers.values())))
    for _ in range(3):
        await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == list(answers)
    assert [press.count(f"/{n}.pdf") for n in range(len(answers))] == [1] * len(answers)
    assert (await only(parts)).item.text_from == "article"
    assert (await parts.store.states())["senate"].failures == 0


async def test_a_letter_of_more_than_25_mebibytes_is_too_large_and_one_of_less_is_not(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    fits = pdfs.letter(*LETTER) + b"%" * (MOST_BYTES - 10_000)
    release(press, press.put("/1.pdf", fits + b"%" * 20_000), press.put("/2.pdf", fits))
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == ["too large", None]


async def test_a_letter_that_is_away_is_read_when_it_is_back_and_its_item_judged_anew(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    away = press.put("/late.pdf", Page(status=503), Page(status=503), pdfs.letter(*LETTER))
    release(press, press.put("/letter.pdf", pdfs.letter(["Dear all,"])), away)
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, "server error"]
    assert not any(match.flagged for match in (await only(parts)).matches)
    await polled(parts, press, time, senate)
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, None]
    assert any(match.flagged for match in (await only(parts)).matches)
    assert len(await newsroom.found(parts.store, "streets", ALL)) == 1
    await polled(parts, press, time, senate)
    assert (press.count("/letter.pdf"), press.count("/late.pdf")) == (1, 3)


async def test_a_letter_behind_a_wall_is_tried_later_and_later_and_read_when_the_wall_is_down(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    release(press, press.put("/letter.pdf", *[Page(status=403)] * 3, pdfs.letter(*LETTER)))
    tried = []
    for _ in range(10):
        await polled(parts, press, time, senate, after=0.5)
        tried.append(press.count("/letter.pdf"))
    assert tried == [1, 2, 3, 3, 3, 3, 3, 3, 4, 4]
    assert [letter.reason for letter in await letters(parts)] == [None]
    assert any(match.flagged and match.passage.where == "letter" for match in (await only(parts)).matches)


async def test_an_article_behind_a_wall_is_read_when_the_wall_is_down_days_later(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    letter = press.put("/letter.pdf", pdfs.letter(*LETTER))
    press.put("/2026/04/10/1", *[Page(status=403)] * 5, _page(RELEASE, letter))
    for _ in range(4):
        await polled(parts, press, time, senate, after=16)
    assert (await only(parts)).item.text_from == "title"
    await polled(parts, press, time, senate, after=16)
    await polled(parts, press, time, senate)
    assert (await only(parts)).item.text_from == "article"
    assert [letter.reason for letter in await letters(parts)] == [None]


async def test_a_host_that_refuses_is_left_in_peace_until_the_next_poll_which_begins_with_what_was_never_tried(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    names = [f"/2026/04/10/{n}" for n in range(1, 6)]
    for name in names:
        press.put(name, *[Page(status=403)] * (2 if name in names[:2] else 0), _page(RELEASE))
    press.put("/senate", newsroom.listing(*((name, f"Muster leads letter {name}") for name in names)))
    await pipeline.watch(parts, [senate])
    assert [press.count(name) for name in names] == [1, 1, 0, 0, 0]
    time.passes(hours=0.5)
    await pipeline.watch(parts, [senate])
    assert [press.count(name) for name in names] == [2, 2, 1, 1, 1]
    time.passes(hours=1)
    await pipeline.watch(parts, [senate])
    assert [press.count(name) for name in names] == [3, 3, 1, 1, 1]
    assert {one.item.text_from for one in await parts.store.find(ALL)} == {"article"}


async def test_what_waits_behind_a_wall_as_we_know_it_is_not_matched_again_at_every_poll(
    parts: Parts, press: Press, senate: Feed
) -> None:
    names = [f"/2026/04/10/{n}" for n in range(1, 9)]
    for name in names:
        press.put(name, Page(status=403))
    press.put("/senate", newsroom.listing(*((name, f"Muster leads letter {name}") for name in names)))
    await pipeline.watch(parts, [senate])
    state = (await parts.store.states())[senate.id]
    again = await polls.poll(parts, senate, state)
    assert ([one.tries for one in again.sightings], again.state and again.state.etag) == ([1, 1], None)


async def test_what_never_had_its_turn_behind_a_wall_is_given_up_after_a_week(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    names = [f"/2026/04/10/{n}" for n in range(1, 30)]
    for name in names:
        press.put(name, Page(status=403))
    press.put(
        "/senate", Page(body=newsroom.listing(*((name, f"Muster leads letter {name}") for name in names)), etag="1")
    )
    for _ in range(20):
        await pipeline.watch(parts, [senate])
        time.passes(days=1)
    assert (await parts.store.states())["senate"].etag == "1"
    assert sum(press.count(name) for name in names) < 2 * 9


async def test_a_release_that_comes_whole_but_without_links_has_the_letter_that_its_page_links(
    parts: Parts, press: Press, time: Time
) -> None:
    letter = press.put("/letter.pdf", pdfs.letter(*LETTER))
    release(press, letter, text="What the page says, which is longer than what the data set has of it.")
    row = {"title": "Muster leads letter", "url": f"{press.url}/2026/04/10/1", "text": "In full.", "date": "2026-04-10"}
    press.put("/data", json.dumps(row).encode())
    feed = newsroom.feed(press, "data", kind="json_lines", category="congress", options={})
    await pipeline.watch(parts, [feed])
    one = await only(parts)
    assert (one.item.text, [letter.reason for letter in one.attachments]) == ("In full.", [None])
    assert any(match.flagged and match.passage.where == "letter" for match in one.matches)


@pytest.mark.parametrize(("hours", "page"), [(1, Page(status=403)), (1, Page(status=404)), (5 * 24, None)])
async def test_a_letter_stays_when_its_release_is_corrected_in_a_feed_without_links(
    parts: Parts, press: Press, time: Time, hours: float, page: Page | None
) -> None:
    feed = newsroom.feed(press, "data", kind="json_lines", category="congress", options={})
    release(press, press.put("/letter.pdf", pdfs.letter(*LETTER)))
    row = {"title": "Muster leads letter", "url": f"{press.url}/2026/04/10/1", "text": "In full.", "date": "2026-04-10"}
    press.put("/data", json.dumps(row).encode())
    await pipeline.watch(parts, [feed])
    time.passes(hours=hours)
    await pipeline.watch(parts, [feed])
    if page is not None:
        press.put("/2026/04/10/1", page)
    press.put("/data", json.dumps(row | {"text": "In full, corrected."}).encode())
    await pipeline.watch(parts, [feed])
    one = await only(parts)
    assert (one.item.text, [letter.reason for letter in one.attachments]) == ("In full, corrected.", [None])
    assert any(match.flagged and match.passage.where == "letter" for match in one.matches)


async def test_a_letter_that_never_comes_is_given_up_after_days(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    release(press, press.put("/letter.pdf", Page(status=500)))
    for _ in range(len(TRIES) + 3):
        await polled(parts, press, time, senate, after=24)
    assert press.count("/letter.pdf") == len(TRIES)
    assert [letter.reason for letter in await letters(parts)] == ["server error"]


async def test_what_was_read_is_not_fetched_again_when_its_release_is_corrected(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    courier = newsroom.feed(press, "courier", category="congress")
    url = press.put("/letter.pdf", pdfs.letter(*LETTER))

    def says(text: str) -> None:
        content = f'<p>{text}</p><p><a href="{url}">Letter</a></p>'
        press.put("/courier", rss(told("Muster leads letter", link="https://example.org/1", text=content)))

    says("The first words of it.")
    await pipeline.watch(parts, [courier])
    says("The first words of it, corrected.")
    await pipeline.watch(parts, [courier])
    one = await only(parts)
    assert (one.item.text.split("\n")[0], press.count("/letter.pdf")) == ("The first words of it, corrected.", 1)
    assert any(match.flagged and match.passage.where == "letter" for match in one.matches)
    assert len(await parts.store.revisions(one.item.id)) == 1


async def test_a_letter_that_was_read_stays_though_it_is_away_when_its_release_is_corrected(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    courier = newsroom.feed(press, "courier", category="congress")
    url = press.put("/letter.pdf", pdfs.letter(*LETTER), Page(status=404))

    def says(text: str) -> None:
        content = f'<p>{text}</p><p><a href="{url}">Letter</a></p>'
        press.put("/courier", rss(told("Muster leads letter", link="https://example.org/1", text=content)))

    says("The first words of it.")
    await pipeline.watch(parts, [courier])
    time.passes(hours=READ_AGAIN // timedelta(hours=1) + 1)
    says("The first words of it, corrected.")
    await pipeline.watch(parts, [courier])
    one = await only(parts)
    assert (one.item.text.split("\n")[0], press.count("/letter.pdf")) == ("The first words of it, corrected.", 2)
    assert any(match.flagged and match.passage.where == "letter" for match in one.matches)
    assert [letter.reason for letter in await letters(parts)] == [None]


async def test_old_items_and_other_feeds_sightings_fetch_no_letters(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    url = press.put("/letter.pdf", pdfs.letter(*LETTER))
    courier = newsroom.feed(press, "courier")
    content = f'<p>Old.</p><p><a href="{url}">Letter</a></p>'
    press.put("/courier", rss(told("Old", link="https://example.org/1", text=content, at=START - timedelta(days=9))))
    await pipeline.watch(parts, [courier])
    assert press.count("/letter.pdf") == 0
    assert await letters(parts) == []


async def test_a_link_that_only_promised_a_letter_leaves_no_sign_where_it_is_none(
    parts: Parts, press: Press, time: Time, senate: Feed
) -> None:
    release(press, press.put("/serve/1", b"<!doctype html>A page"), press.put("/serve/2", pdfs.letter(*LETTER)))
    await polled(parts, press, time, senate)
    assert [letter.name for letter in await letters(parts)] == ["Text of Letter 2 (PDF)"]


async def test_a_document_that_is_itself_a_pdf_is_read(parts: Parts, press: Press, time: Time, senate: Feed) -> None:
    press.put("/senate", newsroom.listing(("/pia-1.pdf", "Assessment of an app")))
    press.put("/pia-1.pdf", pdfs.letter(*LETTER))
    await pipeline.watch(parts, [replace(senate, category="dhs")])
    new = newsroom.listing(("/pia-2.pdf", "Assessment of another app"), ("/pia-1.pdf", "Assessment of an app"))
    press.put("/senate", new)
    press.put("/pia-2.pdf", pdfs.letter(*LETTER))
    await pipeline.watch(parts, [replace(senate, category="dhs")])
    found = {one.item.title: len(one.attachments) for one in await parts.store.find(ALL)}
    assert found == {"Assessment of an app": 0, "Assessment of another app": 1}


async def test_letters_beyond_the_most_of_a_poll_wait_for_the_next(
    parts: Parts, press: Press, time: Time, senate: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(articles, "MOST_LETTERS", 1)
    release(press, *(press.put(f"/{n}.pdf", pdfs.letter([f"Dear {n}"])) for n in (1, 2)))
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, "not read yet"]
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == [None, None]
    assert [press.count(f"/{n}.pdf") for n in (1, 2)] == [1, 1]


async def test_robots_are_asked_before_a_letter_is(parts: Parts, press: Press, time: Time, senate: Feed) -> None:
    press.put("/robots.txt", b"User-agent: *\nDisallow: /imo/\n")
    release(press, press.put("/imo/media/doc/letter.pdf", pdfs.letter(*LETTER)))
    await polled(parts, press, time, senate)
    await polled(parts, press, time, senate)
    assert [letter.reason for letter in await letters(parts)] == ["blocked"]
    assert press.count("/imo/media/doc/letter.pdf") == 0
    [known] = await parts.store.known("senate", [((f"url:{(await only(parts)).item.address}",), "")])
    assert known.tries is None
