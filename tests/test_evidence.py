"""What sources sent is kept as evidence, and given out as a web archive that others' programs read."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from bot import pipeline
from bot.errors import StoreError
from bot.evidence import Archive, body, captured
from bot.records import Document, Item
from bot.store import Poll, Sighting, Wanted
from tests import newsroom
from tests.newsroom import START, Time, feed, listing, press_page, rss, told
from tests.store.samples import an_item

DOCUMENT = Document(
    url="https://example.org/b",
    asked="https://example.org/a",
    body=b"\x00<p>Faces \xff</p>",
    fetched=START,
    headers=(("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Length", "9")),
)


@given(st.binary(max_size=2_000))
def test_what_was_sent_comes_back_to_the_bit(sent: bytes) -> None:
    capture = captured(replace(DOCUMENT, body=sent))
    assert body(capture) == sent
    assert (capture.digest, capture.size) == (hashlib.sha256(sent).hexdigest(), len(sent))


@pytest.mark.parametrize("change", [{"digest": "0" * 64}, {"packed": b"no zstd"}, {"packed": b""}])
def test_evidence_that_was_tampered_with_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match=r"the evidence of https://example\.org/b is damaged"):
        body(replace(captured(DOCUMENT), **change))


def test_evidence_that_is_damaged_is_left_out_of_an_archive_and_named() -> None:
    whole, out = captured(DOCUMENT), BytesIO()
    item = an_item("one")
    archive = Archive(out)
    damaged = archive.put(item, [replace(whole, packed=b"no zstd", digest="0" * 64), whole])
    assert len(damaged) == 1
    assert "the evidence of https://example.org/b is damaged" in damaged[0]
    assert [kind for kind, *_ in records(out.getvalue())] == ["warcinfo", "response", "metadata"]
    assert archive.put(an_item("two"), [replace(whole, packed=b"", digest="1" * 64)]) != []
    assert len(list(records(out.getvalue()))) == 3


def records(written: bytes) -> Iterator[tuple[str, str, bytes, Any]]:
    for record in ArchiveIterator(BytesIO(written), check_digests="raise"):
        target = record.rec_headers.get_header("WARC-Target-URI") or ""
        yield record.rec_type, target, record.content_stream().read(), record


async def test_every_item_is_kept_with_the_document_that_listed_it(tmp_path: Path) -> None:
    time = Time()
    with newsroom.press() as press:
        first = rss(told("A", link="https://example.org/a"), told("B", link="https://example.org/b"))
        second = rss(told("C", link="https://example.org/c"), told("A", link="https://example.org/a"))
        press.put("/courier", first)
        async with newsroom.parts(tmp_path, [feed(press, "courier")], time) as parts:
            await pipeline.watch(parts, parts.watchlist.feeds)
            press.put("/courier", second)
            time.passes(hours=1)
            await pipeline.watch(parts, parts.watchlist.feeds)
            found = {one.item.title: one.item for one in await parts.store.find(Wanted(flagged=False))}
            kept = {title: await parts.store.evidence.of(item.id) for title, item in found.items()}
            assert {title: [body(one) for one in some] for title, some in kept.items()} == {
                "A": [first],
                "B": [first],
                "C": [second],
            }
            assert await parts.store.evidence.weighs() == (2, sum(len(kept[t][0].packed) for t in "AC"))

            out = BytesIO()
            archive = Archive(out)
            for title in "ABC":
                archive.put(found[title], kept[title])
            read = list(records(out.getvalue()))
            assert [(kind, content) for kind, _, content, _ in read if kind == "response"] == [
                ("response", first),
                ("response", second),
            ]
            said = [json.loads(content) for kind, _, content, _ in read if kind == "metadata"]
            assert [one["title"] for one in said] == ["A", "B", "C"]
            assert said[0]["captures"] == said[1]["captures"] != said[2]["captures"]
            assert [one["sha256"] for one in said[2]["captures"]] == [hashlib.sha256(second).hexdigest()]


def test_a_web_archive_says_how_it_came_and_holds_it_unpacked() -> None:
    out = BytesIO()
    Archive(out).put(an_item("one"), [captured(DOCUMENT)])
    (_, target, content, record) = next(r for r in records(out.getvalue()) if r[0] == "response")
    assert (target, content) == (DOCUMENT.url, DOCUMENT.body)
    assert record.rec_headers.get_header("WARC-Date") == f"{START:%Y-%m-%dT%H:%M:%S.%fZ}"
    headers = dict(record.http_headers.headers)
    assert headers["Content-Type"] == "text/html"
    assert headers["X-Archive-Orig-Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(DOCUMENT.body))
    assert "Content-Encoding" not in headers


@contextmanager
def _a_feed() -> Iterator[Any]:
    with newsroom.press() as press:
        press.put("/courier", rss(told("A", link="https://example.org/a")))
        yield feed(press, "courier")


async def test_evidence_is_forgotten_after_its_time_and_the_item_stays(tmp_path: Path) -> None:
    with _a_feed() as courier:
        async with newsroom.parts(tmp_path, [courier], Time()) as parts:
            await pipeline.watch(parts, [courier])
            [one] = await parts.store.find(Wanted(flagged=False))
            assert await parts.store.evidence.forget(START) == 0
            assert len(await parts.store.evidence.of(one.item.id)) == 1
            assert await parts.store.evidence.forget(START + timedelta(seconds=1)) == 1
            assert await parts.store.evidence.of(one.item.id) == []
            assert await parts.store.evidence.weighs() == (0, 0)
            assert len(await parts.store.find(Wanted(flagged=False))) == 1


async def test_what_a_later_item_came_of_too_is_kept_as_long_as_its_evidence(tmp_path: Path) -> None:
    """The same letter, linked again a month later, is one document."""
    entries = [told("A", link="https://example.org/a"), told("B", link="https://example.org/b")]
    time = Time()
    with newsroom.press() as press:
        courier = feed(press, "courier")
        async with newsroom.parts(tmp_path, [courier], time) as parts:
            found: dict[str, Item] = {}
            for n, entry in enumerate(entries):
                press.put("/courier", rss(*entries[: n + 1]))
                await pipeline.watch(parts, [courier])
                found |= {one.item.title: one.item for one in await parts.store.find(Wanted(flagged=False))}
                letter = captured(replace(DOCUMENT, fetched=time()))
                again = Sighting(
                    item=found[entry.title], keys=(f"url:{entry.link}",), fingerprint="", captures=(letter,)
                )
                await parts.store.remember([Poll(state=None, sightings=(again,))])
                time.passes(days=30)
            assert await parts.store.evidence.forget(START + timedelta(days=29)) == 1
            [kept] = [one for one in await parts.store.evidence.of(found["B"].id) if one.url == DOCUMENT.url]
            assert body(kept) == DOCUMENT.body
            assert await parts.store.evidence.forget(START + timedelta(days=31)) == 2
            assert await parts.store.evidence.weighs() == (0, 0)


async def test_a_poll_of_many_large_pages_keeps_some_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They wait in memory for its end; their items are kept all the same."""
    time = Time()
    with newsroom.press() as press:
        senate = press_page(press, "senate")
        press.put("/senate", listing(("/1", "Release 1")))
        async with newsroom.parts(tmp_path, [senate], time) as parts:
            await pipeline.watch(parts, [senate])
            pages = [listing(*((f"/{n}", f"Release {n}") for n in some)) for some in ([8, 7, 6], [5, 4, 3], [2, 1])]
            for n, page in enumerate(pages):
                press.put(f"/senate?page={n}" if n else "/senate", page)
            monkeypatch.setattr("bot.lists.EVIDENCE_A_POLL", len(pages[0]) + len(pages[1]))
            time.passes(hours=1)
            assert len(await pipeline.watch(parts, [senate])) == 7
            found = {one.item.title: one.item for one in await parts.store.find(Wanted(flagged=False))}
            kept = {title: [body(c) for c in await parts.store.evidence.of(one.id)] for title, one in found.items()}
            assert [kept[f"Release {n}"] for n in (8, 4, 2)] == [[pages[0]], [pages[1]], []]


async def test_who_wants_no_evidence_has_none(tmp_path: Path) -> None:
    with _a_feed() as courier:
        async with newsroom.parts(tmp_path, [courier], Time()) as parts:
            await pipeline.watch(replace(parts, keeps_evidence=False), [courier])
            assert len(await parts.store.find(Wanted(flagged=False))) == 1
            assert await parts.store.evidence.weighs() == (0, 0)


async def test_much_evidence_is_forgotten_in_small_transactions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.evidence.FORGOTTEN_AT_ONCE", 2)
    entries = [told(f"Title {n}", link=f"https://example.org/{n}") for n in range(5)]
    time = Time()
    with newsroom.press() as press:
        courier = feed(press, "courier")
        async with newsroom.parts(tmp_path, [courier], time) as parts:
            for n in range(1, 6):
                press.put("/courier", rss(*entries[:n]))
                await pipeline.watch(parts, [courier])
                time.passes(hours=1)
            assert (await parts.store.evidence.weighs())[0] == 5
            assert await parts.store.evidence.forget(time()) == 5
            assert (await parts.store.evidence.weighs())[0] == 0
