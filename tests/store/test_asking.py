"""Whoever asks gets what there is: by words, topic, source, feed and date, whatever they type."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot import commands
from bot.records import Delivery, FeedState, Revision, Told
from bot.store import Composed, Known, Poll, Store, Wanted
from tests import newsroom
from tests.newsroom import START
from tests.store.samples import again, an_item, polled, seen

ALL = Wanted(flagged=False)
BATCH = 500  # what `each` holds at a time


async def found(store: Store, query: str, wanted: Wanted = ALL) -> list[str]:
    return [one.item.title for one in await newsroom.found(store, query, wanted)]


@pytest.fixture
async def archive(store: Store) -> Store:
    letter = an_item("letter", category="congress", feed_id="senate", text="Senators ask how faces are scanned.")
    report = an_item("report", text="The scanning of crops.\n\nNothing on people.", published=START - timedelta(days=3))
    border = an_item("border", text="Agents at the borders; cafés nearby.", published=START - timedelta(days=1))
    await store.remember([polled(*map(seen, (letter, report, border)))])
    return store


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("crops", ["Sample report"]),
        ("CROPS", ["Sample report"]),
        ("scan", ["Sample letter", "Sample report"]),
        ("scanning faces", ["Sample letter"]),
        ('"ask how faces"', ["Sample letter"]),
        ('"faces how ask"', []),
        ("cafe", ["Sample border"]),
        ("letter", ["Sample letter"]),
        ("nowhere", []),
        ("", []),
        ("?!", []),
    ],
)
async def test_search_finds_words_in_any_form_and_phrases_in_order(
    archive: Store, query: str, titles: list[str]
) -> None:
    assert sorted(await found(archive, query)) == titles


@pytest.mark.parametrize(
    "typed",
    [
        '"', '""', "'", "*", "faces*", "a OR b", "NOT", "AND", "NEAR(a b)", "title:faces", "(", ")", "^faces", "-faces",
        "faces AND", "\0", "fa\0ces", "_", "_ faces", "{title}", "+", "%", "\\", "😀", "𝕏", "\ud800", "\udcff faces",
        "; DROP TABLE items; --", ":words", '"unclosed phrase', "٣", "ﬁ", "\u202e", "a" * 100_000, "word " * 3_000,
    ],
)  # fmt: skip
async def test_nothing_a_person_types_is_an_error_or_a_command(archive: Store, typed: str) -> None:
    await newsroom.found(archive, typed, ALL)
    await newsroom.found(archive, typed, Wanted(topics=("faces",)))
    await archive.item(typed)
    assert len(await archive.find(ALL)) == 3


async def test_operators_are_words(archive: Store) -> None:
    assert await found(archive, "faces OR crops") == []
    assert await found(archive, "title:letter") == []


async def test_the_best_come_first_and_show_where(archive: Store) -> None:
    await archive.remember([polled(seen(an_item("scan", title="Scanned: a scan of scanners", text="Scanning.")))])
    first, *_ = (await commands.search(archive, "scan", ALL, 10)).hits
    assert first.judged.item.title == "Scanned: a scan of scanners"
    [hit] = (await commands.search(archive, "crops", ALL, 10)).hits
    assert hit.snippet is not None
    assert "The scanning of crops." in hit.snippet


async def test_words_that_were_replaced_are_no_longer_found(store: Store) -> None:
    item = an_item("one", text="The first wording.")
    await store.remember([polled(seen(item))])
    await store.remember([polled(seen(again(item, text="A second text.")))])
    assert await found(store, "wording") == []
    assert await found(store, "second") == [item.title]


async def test_a_filtered_search_looks_behind_the_many_that_rank_higher(store: Store) -> None:
    many = [an_item(f"{n}", title="Faces, faces", text="Faces.") for n in range(600)]
    rare = an_item("rare", feed_id="senate", category="congress", text="At length and in passing, on a few faces.")
    await store.remember([polled(*map(seen, (*many, rare)))])
    for wanted in (Wanted(feeds=("senate",)), Wanted(categories=("congress",), flagged=False)):
        [one] = await newsroom.found(store, "faces", wanted, 1)
        assert one.item.id == rare.id


async def test_items_are_filtered_by_topic_source_feed_and_date(archive: Store) -> None:
    async def ids(wanted: Wanted) -> list[str]:
        return [one.item.id.removeprefix("id-of-") for one in await archive.find(wanted)]

    day = timedelta(days=1)
    assert await ids(ALL) == ["letter", "border", "report"]
    assert await ids(Wanted()) == ["letter", "border"]
    assert await ids(Wanted(topics=("faces",))) == ["letter"]
    assert await ids(Wanted(topics=("faces", "borders"))) == ["letter", "border"]
    assert await ids(Wanted(categories=("congress",))) == ["letter"]
    assert await ids(Wanted(feeds=("courier",), flagged=False)) == ["border", "report"]
    assert await ids(Wanted(since=START - day)) == ["letter", "border"]
    assert await ids(Wanted(until=START - day, flagged=False)) == ["report"]
    assert [one.item.id for one in await archive.find(ALL, 1)] == ["id-of-letter"]


async def test_an_item_is_found_by_id_by_its_beginning_and_by_address(archive: Store) -> None:
    for name in ("id-of-letter", "id-of-l", "https://example.org/letter"):
        one = await archive.item(name)
        assert one is not None
        assert one.item.id == "id-of-letter"
    for name in ("id-of-", "id-of-z", "id", "%", "id_of_letter", ""):
        assert await archive.item(name) is None


async def test_it_is_known_to_whom_an_item_was_told(archive: Store) -> None:
    await archive.reports.compose([_composed("k1", "anna", told=("id-of-letter",))])
    assert await archive.told("id-of-letter") == [Told(subscriber_id="anna", key="k1", composed=START, state="waiting")]
    assert await archive.told("id-of-border") == []
    assert await archive.reports.periods(["anna", "bert"]) == {"anna": (START, START)}


async def test_each_streams_everything_once_even_while_items_are_added(store: Store) -> None:
    await store.remember([polled(*(seen(an_item(f"{n:04}")) for n in range(BATCH + 20)))])
    streamed: list[str] = []
    async for one in store.each(ALL):
        if len(streamed) % 100 == 0:
            await store.remember([polled(seen(an_item(f"late-{len(streamed)}")))])
        streamed.append(one.item.id)
    assert len(streamed) == len(set(streamed))
    assert streamed[: BATCH + 20] == [f"id-of-{n:04}" for n in range(BATCH + 20)]
    assert set(streamed[BATCH + 20 :]) >= {f"id-of-late-{n}" for n in range(0, BATCH, 100)}
    assert {m.item_id for one in await store.find(Wanted()) for m in one.matches} >= set(streamed)


async def test_many_questions_at_once_are_all_answered(archive: Store) -> None:
    answers = await asyncio.gather(*(archive.known("courier", [(("url:x",), "")]) for _ in range(100)))
    assert answers == [[Known(how="unseen")]] * 100


async def test_a_naive_time_is_refused(store: Store) -> None:
    naive = START.replace(tzinfo=None)
    with pytest.raises(Exception, match="naive"):
        await store.remember([Poll(state=FeedState(feed_id="courier", polled=naive))])


async def test_revisions_of_nothing_are_none(store: Store) -> None:
    none: list[Revision] = []
    assert await store.revisions("nothing") == none


def _composed(key: str, to: str, **said: Any) -> Composed:
    delivery = Delivery(
        key=key,
        subscriber_id=to,
        medium="folder",
        address="/nowhere",
        composed=START,
        text="plain",
        parts=({"markdown": "marked"},),
    )
    return Composed(delivery=delivery, since=START, until=START, subscriptions=(to,), **said)
