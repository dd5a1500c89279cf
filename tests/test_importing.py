"""A file of releases becomes an archive: matched and searchable, never announced, and imported once."""

import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import importing, pipeline
from bot.errors import ConfigError
from bot.importing import BATCH, Imported
from bot.items import category_of
from bot.parts import Parts
from bot.records import Category, Item
from bot.store import Wanted
from tests import newsroom
from tests.newsroom import START, Press, Time, reader, rss, told

ALL = Wanted(flagged=False)


@dataclass
class Archive:
    """Imports files that tests write, and shows what came of it."""

    folder: Path
    parts: Parts

    def file(self, *lines: dict[str, Any] | str, name: str = "sample.jsonl") -> Path:
        written = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
        path = self.folder / name
        path.write_bytes(gzip.compress(written.encode()) if path.suffix == ".gz" else written.encode())
        return path

    async def takes(self, file: Path, category: Category | None = None) -> Imported:
        self.heard: list[tuple[int, int]] = []
        return await importing.import_file(self.parts, file, category, lambda *done: self.heard.append(done))

    async def items(self) -> dict[str, Item]:
        return {one.item.title: one.item for one in await self.parts.store.find(ALL)}


@pytest.fixture
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    newsroom.an_empty_database(tmp_path)
    async with newsroom.parts(tmp_path, (), Time()) as parts:
        yield Archive(folder=tmp_path, parts=parts)


def release(n: int, **said: Any) -> dict[str, Any]:
    row = {"title": f"Sample release {n}", "url": f"https://sample.house.gov/{n}", "text": f"On faces, time {n}."}
    return row | {"date": "2026-04-0" + str(1 + n % 9), "member": "Rep. Sample"} | said


@pytest.mark.parametrize("name", ["sample.jsonl", "sample.jsonl.gz"])
async def test_releases_are_matched_and_found_but_never_told(archive: Archive, name: str) -> None:
    came = await archive.takes(archive.file(*map(release, range(3)), name=name))
    assert came == Imported(lines=3, new=3, skipped=0, mistakes=())
    [first, *_] = await newsroom.found(archive.parts.store, "faces", Wanted(topics=("faces",)))
    assert (first.item.held, first.item.source, first.item.category) == ("import", "Rep. Sample", "congress")
    await pipeline.report(archive.parts, [reader(archive.folder)])
    await pipeline.deliver(archive.parts)
    [digest] = newsroom.digests(archive.folder)
    assert "Nothing new" in digest


async def test_a_file_imported_before_adds_nothing_under_whatever_name(archive: Archive) -> None:
    rows = list(map(release, range(BATCH + 3)))
    assert (await archive.takes(archive.file(*rows))).new == BATCH + 3
    assert archive.heard == [(0, BATCH + 3), (BATCH, BATCH + 3), (BATCH + 3, BATCH + 3)]
    again = await archive.takes(archive.file(*rows, name="renamed.jsonl"))
    assert (again.new, again.skipped) == (0, BATCH + 3)


async def test_a_file_that_has_grown_adds_only_what_is_new(archive: Archive) -> None:
    await archive.takes(archive.file(*map(release, range(3))))
    assert (await archive.takes(archive.file(*map(release, range(5))))).new == 2
    assert len(await archive.items()) == 5


async def test_every_line_that_cannot_be_used_is_named_and_the_others_are_kept(archive: Archive) -> None:
    file = archive.file(release(1), "{half", '["a list"]', '{"text": "no title"}', "", '{"title": 7}', release(2))
    came = await archive.takes(file)
    assert (came.lines, came.new) == (7, 2)
    assert [(mistake.line, mistake.says[:20]) for mistake in came.mistakes] == [
        (2, "is no JSON: Expectin"),
        (3, "is no JSON object wi"),
        (4, "is no JSON object wi"),
        (6, "is no JSON object wi"),
    ]


async def test_strange_lines_break_nothing(archive: Archive) -> None:
    lines: list[dict[str, Any] | str] = [
        release(1, title="\ud800\u0000A title", text="\ud800" * 40, url="https://sample.house.gov/\ud800"),
        release(2, url=None, date=None, text=None),
        release(3, url="javascript:alert(1)", date="no date", member=["a", "list"]),
        release(4, url="http://[broken"),
        "[" * 5_000,
        '{"title": "A number", "date": 1e999}',
    ]
    await archive.takes(archive.file(*lines))
    titles = await archive.items()
    assert {"Sample release 2", "Sample release 3", "Sample release 4", "A number"} <= set(titles)


async def test_two_lines_of_one_release_are_one_item_judged_by_the_later_words(archive: Archive) -> None:
    lines = [release(1, text="On faces, at first."), release(1, text="On borders, later.")]
    await archive.takes(archive.file(*lines))
    [one] = await archive.parts.store.find(ALL)
    assert one.item.text == "On borders, later."
    assert {m.topic_id for m in one.matches if m.flagged} == {"borders"}
    assert newsroom.is_verbatim(one)


async def test_an_import_does_not_silence_or_overwrite_what_a_feed_announced(archive: Archive) -> None:
    with Press() as press:
        courier = newsroom.feed(press, "courier")
        link = "https://sample.house.gov/1"
        press.put("/courier", rss(told("As announced", link=link, text="Faces, in the feed's own words.")))
        await pipeline.watch(archive.parts, [courier])
    await archive.takes(archive.file(release(1)))
    [one] = await archive.parts.store.find(ALL)
    assert (one.item.title, one.item.held, one.item.feed_id) == ("As announced", None, "courier")


async def test_a_file_that_is_not_what_its_name_says_is_refused(archive: Archive) -> None:
    file = archive.folder / "sample.jsonl.gz"
    file.write_bytes(b"no gzip")
    with pytest.raises(ConfigError, match=r"sample\.jsonl\.gz: cannot be read: Not a gzipped file"):
        await archive.takes(file)
    whole = gzip.compress(b'{"title": "Cut off"}\n' * 1_000)
    for damaged in (whole[:-20], whole[:30] + b"\xff" * 20 + whole[50:]):
        file.write_bytes(damaged)
        with pytest.raises(ConfigError, match="cannot be read"):
            await archive.takes(file)
    assert await archive.items() == {}


@pytest.mark.parametrize(
    ("url", "category"),
    [
        ("https://www.sample.senate.gov/news", "congress"),
        ("https://sample.house.gov/news", "congress"),
        ("https://www.congress.gov/bill", "congress"),
        ("https://www.dhs.gov/news", "dhs"),
        ("https://ice.gov/news", "dhs"),
        ("https://www.justice.gov/opa", "government"),
        ("https://police.gov/", "government"),
        ("https://www.whitehouse.gov/", "government"),
        ("https://example.org/house.gov", "news"),
        ("https://nothouse.gov.example.com/", "news"),
        ("", "news"),
        ("http://[broken", "news"),
    ],
)
def test_who_speaks_is_told_from_the_address(url: str, category: Category) -> None:
    assert category_of(url) == category


async def test_who_speaks_may_be_said(archive: Archive) -> None:
    await archive.takes(archive.file(release(1)), "advocacy")
    assert (await archive.items())["Sample release 1"].category == "advocacy"


async def test_real_releases_are_imported_with_their_dates_and_members(archive: Archive, shared: Path) -> None:
    with gzip.open(
        shared / "data" / "press" / "congress_press_fulltext_2021-2026.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        some = [next(lines) for _ in range(200)]
    came = await archive.takes(archive.file(*(json.loads(line) for line in some)))
    assert (came.lines, came.mistakes) == (200, ())
    found = await archive.parts.store.find(ALL)
    assert came.new == len(found) >= 195
    for one in found:
        assert one.item.published < START
        assert one.item.category == "congress"
        assert newsroom.is_verbatim(one)
