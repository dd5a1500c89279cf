"""SIGKILL at any moment: nothing is lost, nothing is stored twice, nothing is told twice."""

import asyncio
import hashlib
import json
import re
import shutil
from collections import Counter
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import commands, evidence, filling
from bot.records import Feed, Judged
from bot.store import Wanted
from tests import newsroom, pdfs
from tests.driving import Driver
from tests.newsroom import START, TOPICS, Asked, Bags, Page, Press, article, listing, opened, press_page, rss, told
from tests.store.samples import an_item, polled, seen

MOMENTS = 11
ALL = Wanted(flagged=False)
CLUB = Wanted(flagged=False, community="club")


def moments(whole: int) -> list[int]:
    """Return some of the moments of a run that has so many: spread over it, and each of the last, the deliveries."""
    spread = {1 + n * (whole - 1) // MOMENTS for n in range(MOMENTS)}
    return sorted(spread | set(range(whole - MOMENTS, whole + 1)))


def task(feeds: list[Feed], now: timedelta = timedelta(), **said: Any) -> dict[str, Any]:
    plain = [asdict(feed) | {"every": feed.every.total_seconds()} for feed in feeds]
    return {"feeds": plain, "now": (START + now).isoformat(), **said}


def a_world(press: Press) -> list[Feed]:
    feeds = [
        newsroom.feed(press, "courier"),
        replace(newsroom.feed(press, "teasers"), options={}),
        press_page(press, "agency"),
        newsroom.feed(press, "absent"),
    ]
    link = press.put("/long", article("A long article on faces. " * 20))
    first = told("Faces first", link="https://example.org/1", text="Faces, first.")
    press.put("/courier", Page(body=rss(first), etag='"1"'))
    press.put("/teasers", Page(body=rss(told("Faces at length", link=link)), etag='"1"'))
    press.put("/agency", listing(("/2026/04/10/1", "Faces release 1")))
    return feeds


def the_world_turns(press: Press) -> set[str]:
    """Let two hours' news come; return all titles there are then."""
    revised = told("Faces first, revised", link="https://example.org/1", text="Faces, still; now the borders too.")
    more = [told(f"Faces later {n}", link=f"https://example.org/l{n}", text=f"Faces, {n}.") for n in range(4)]
    dull = told("Sample weather", link="https://example.org/w", text="Rain.")
    press.put("/courier", Page(body=rss(revised, *more, dull), etag='"2"'))
    press.put("/agency", listing(("/2026/04/10/4", "Faces release 4"), ("/2026/04/10/3", "Faces release 3")))
    letter = press.put("/letter.pdf", pdfs.letter(["Dear Director,", "We write of faces in a letter."]))
    page = f'<!doctype html><article><p>{"A release on faces. " * 20}</p><a href="{letter}">Letter</a></article>'
    press.put("/2026/04/10/4", page.encode())
    press.put("/agency?page=1", listing(("/2026/04/10/2", "Faces release 2"), ("/2026/04/10/1", "Faces release 1")))
    later = {f"Faces later {n}" for n in range(4)} | {f"Faces release {n}" for n in (2, 3, 4)}
    return {"Faces first, revised", "Faces at length", "Faces release 1", "Sample weather"} | later


async def stored(folder: Path) -> list[Judged]:
    async with opened(folder / "lookout.db") as store:
        found = await store.find(ALL)
        assert len(await newsroom.found(store, "faces", ALL, 100)) == sum(
            "faces" in f"{one.item.title} {one.item.text}".lower() for one in found
        )
        assert await store.reports.outbox(START + timedelta(days=9)) == []
        stories = await store.stories.gathered(found)
        assert await store.stories.waiting() == 0
        placed = [one.item.id for story in stories for one in (*story.followed, *story.others)]
        assert sorted(placed) == sorted(one.item.id for one in found)
        return found


def tellings(digests: str, titles: set[str]) -> Counter[str]:
    """How often each title heads a story in these digests."""
    return Counter({title: len(re.findall(rf"^### \d+\\\. {title}$", digests, re.MULTILINE)) for title in titles})


async def test_once_killed_at_any_moment_tells_everything_once(driver: Driver, tmp_path: Path) -> None:
    """Also where it is killed again while it makes good."""
    with newsroom.press() as press:
        feeds = a_world(press)
        before = tmp_path / "before"
        before.mkdir()
        assert driver.doing(task(feeds, do="once")).passed(before) > 0
        titles = the_world_turns(press)
        two, three = timedelta(hours=2), timedelta(hours=2, minutes=10)
        once, repairing = driver.doing(task(feeds, two, do="once")), driver.doing(task(feeds, three, do="once"))
        whole = once.passed(copied(before, tmp_path / "unkilled"))
        kills = 0
        for n, moment in enumerate(moments(whole)):
            folder = copied(before, tmp_path / f"at-{moment}")
            kills += once.passed(folder, moment) == 0
            kills += n % 4 == 0 and repairing.passed(folder, 1 + moment // 3) == 0
            assert repairing.passed(folder) > 0
            await check(folder, titles)
    assert kills >= 22


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


async def check(folder: Path, titles: set[str]) -> None:
    found = await stored(folder)
    assert Counter(one.item.title for one in found) == Counter(titles)
    for one in found:
        assert sorted(m.topic_id for m in one.matches) == sorted(t.id for t in TOPICS)
        assert newsroom.is_verbatim(one)
        assert len(one.attachments) == (one.item.title == "Faces release 4")
    async with opened(folder / "lookout.db") as store:
        [revised] = [one.item.id for one in found if one.item.title == "Faces first, revised"]
        assert [r.title for r in await store.revisions(revised)] == ["Faces first"]
        for one in found:
            sent = {hashlib.sha256(evidence.body(kept)).hexdigest() for kept in await store.evidence.of(one.item.id)}
            assert sent
            assert {letter.sha256 for letter in one.attachments} <= sent
    # What was told on the first day under its old title is not told again under the new one.
    news = titles - {"Faces first, revised", "Sample weather"} | {"Faces first"}
    filed = "\n".join(newsroom.digests(folder))
    assert tellings(filed, titles | {"Faces first"}) == Counter(dict.fromkeys(news, 1))
    terminal = (folder / "terminal.txt").read_text(encoding="utf-8")
    again = terminal.count("This may be a repeat")
    assert all(1 <= len(re.findall(rf"^ *\d+\. +{title}$", terminal, re.MULTILINE)) <= 1 + again for title in news)


async def test_an_import_killed_at_any_moment_goes_on_where_it_was(driver: Driver, tmp_path: Path) -> None:
    file = tmp_path / "sample.jsonl"
    rows = [
        {"title": f"Sample release {n}", "url": f"https://sample.house.gov/{n}", "text": f"On faces, the {n}th time."}
        for n in range(34)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    feeds = [Feed(id="f", name="F", kind="rss", url="https://x.example/", category="news", every=timedelta(hours=1))]
    importing = driver.doing(task(feeds, do="import", file=str(file)))
    empty = tmp_path / "empty"
    empty.mkdir()
    newsroom.an_empty_database(empty)
    whole = importing.passed(copied(empty, tmp_path / "unkilled"))
    kills = 0
    for moment in moments(whole)[::5]:
        folder = copied(empty, tmp_path / f"at-{moment}")
        kills += importing.passed(folder, moment) == 0
        kills += importing.passed(folder, whole // 2) == 0
        assert importing.passed(folder) > 0
        found = await stored(folder)
        assert Counter(one.item.title for one in found) == Counter(row["title"] for row in rows)
        assert all(len(one.matches) == len(TOPICS) and one.item.held == "import" for one in found)
    assert kills >= 7


async def test_a_new_model_killed_at_any_moment_goes_on_while_the_old_serves(driver: Driver, tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    newsroom.an_empty_database(before)
    old = Bags("old-model")
    async with opened(before / "lookout.db") as store:
        await store.remember([polled(*(seen(an_item(f"{n}")) for n in range(30)))])
        await filling.fill(store, old, asyncio.Lock())
    reembedding = driver.doing({"do": "reembed", "model": "new-model", "dimensions": 48})
    whole = reembedding.passed(copied(before, tmp_path / "unkilled"))
    kills = 0
    for moment in moments(whole)[::3]:
        folder = copied(before, tmp_path / f"at-{moment}")
        kills += reembedding.passed(folder, moment) == 0
        assert await found_by_meaning(folder) == 30
        kills += reembedding.passed(folder, 1 + moment // 2) == 0
        assert reembedding.passed(folder) > 0
        assert await found_by_meaning(folder) == 30
        async with opened(folder / "lookout.db") as store:
            assert await store.vectors.serving() == "new-model"
            assert await store.vectors.forget_others() == 0
    assert kills >= 7


async def found_by_meaning(folder: Path) -> int:
    """How many items a search finds by the vectors of whatever model serves."""
    async with opened(folder / "lookout.db") as store:
        serving = Bags("old-model") if await store.vectors.serving() == "old-model" else Bags("new-model", 48)
        found = await commands.search(store, "sample: a text on faces, namely", ALL, 99, Asked(serving))
        return sum("meaning" in hit.by for hit in found.hits)


async def test_labels_and_a_head_killed_at_any_moment_are_there_whole_or_not_at_all(
    driver: Driver, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    newsroom.an_empty_database(before)
    faces, flowers = "id-of-faces", "id-of-flowers"
    labelling = driver.doing({"do": "label"})
    whole = labelling.passed(copied(before, tmp_path / "unkilled"))
    kills = 0
    for moment in moments(whole):
        folder = copied(before, tmp_path / f"at-{moment}")
        kills += labelling.passed(folder, moment) == 0
        async with opened(folder / "lookout.db") as store:
            labels = {label.item_id: label.verdict for label, _ in await store.feedback.labels("club")}
            shown = {m.item_id: m for one in await store.find(CLUB) for m in one.matches if m.topic_id == "faces"}
            assert {id_: m.verdict for id_, m in shown.items() if m.verdict} == labels
            judged = {m.likely != (m.item_id == faces) for m in shown.values()}
            assert judged == {bool(await store.feedback.heads())}
        assert labelling.passed(folder) > 0
        async with opened(folder / "lookout.db") as store:
            assert {one.item.id for one in await store.find(replace(CLUB, flagged=True))} == {flowers}
            said = await store.feedback.labels("club")
            assert {label.item_id: label.verdict for label, _ in said} == {
                faces: "not relevant",
                flowers: "relevant",
            }
    assert kills >= 20
