"""One item is one item, whatever its feeds do to it, and a poll is remembered whole or not at all."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import StoreError
from bot.records import FeedState
from bot.store import Known, Poll, Store, Wanted
from tests.newsroom import START, found, opened
from tests.store.samples import again, an_item, polled, seen

ALL = Wanted(flagged=False)


async def titles(store: Store, wanted: Wanted = ALL) -> list[str]:
    return [found.item.title for found in await store.find(wanted)]


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Sample one, corrected"},
        {"published": START + timedelta(days=2)},
        {"url": "https://example.org/moved", "address": "https://example.org/moved"},
        {"text": "Another text."},
    ],
    ids=["title", "date", "address", "text"],
)
async def test_an_item_survives_a_change(store: Store, changed: dict[str, object]) -> None:
    item = an_item("one")
    assert await store.remember([polled(seen(item, "guid:courier:1", "url:old"))]) == [item]
    later = again(item, id="id-by-another-key", **changed)
    assert await store.remember([polled(seen(later, "guid:courier:1", "url:new"))]) == []
    [found] = await store.find(ALL)
    assert found.item.id == item.id
    assert found.item.first_seen == item.first_seen


async def test_changed_words_are_taken_over_and_the_old_ones_kept(store: Store) -> None:
    item = an_item("one", text="Nothing to see.")
    await store.remember([polled(seen(item))])
    assert await store.find(Wanted()) == []
    later = again(item, title="Sample one, updated", text="Now it tells of faces.")
    await store.remember([polled(seen(later))])
    [found] = await store.find(Wanted(topics=("faces",)))
    assert (found.item.title, found.item.text) == (later.title, later.text)
    assert [m.passage.text for m in found.matches if m.flagged] == ["Now it tells of faces."]
    assert {m.item_id for m in found.matches} == {item.id}
    assert len(found.matches) == 2
    [before] = await store.revisions(item.id)
    assert (before.title, before.text, before.seen) == (item.title, item.text, later.first_seen)


async def test_every_version_is_kept_in_order(store: Store) -> None:
    item = an_item("one")
    for day in range(4):
        version = again(item, title=f"Version {day}", first_seen=START + timedelta(days=day))
        await store.remember([polled(seen(version))])
    assert [r.title for r in await store.revisions(item.id)] == ["Version 0", "Version 1", "Version 2"]
    assert await titles(store) == ["Version 3"]


async def test_an_item_seen_as_it_was_leaves_no_revision(store: Store) -> None:
    item = an_item("one")
    for day in range(3):
        await store.remember([polled(seen(again(item, first_seen=START + timedelta(days=day))))])
    assert await store.revisions(item.id) == []


async def test_an_item_that_moved_is_linked_where_it_is_now(store: Store) -> None:
    item = an_item("one")
    await store.remember([polled(seen(item, "guid:courier:1"))])
    moved = again(item, url="https://example.org/new", address="https://example.org/new")
    await store.remember([polled(seen(moved, "guid:courier:1"))])
    [found] = await store.find(ALL)
    assert (found.item.url, found.item.address) == (moved.url, moved.address)
    assert await store.revisions(item.id) == []
    assert found.item.published == item.published


async def test_one_address_in_two_feeds_is_one_item_also_on_the_other(store: Store) -> None:
    item = an_item("one")
    other = again(item, id="other", feed_id="herald", source="The Herald")
    await store.remember([polled(seen(item))])
    assert await store.remember([polled(seen(other), feed_id="herald")]) == []
    [found] = await store.find(ALL)
    assert (found.item.source, found.also) == ("The Courier", ("The Herald",))
    assert [f.item.id for f in await store.find(Wanted(feeds=("herald",)))] == [item.id]
    assert {feed: n for feed, (n, _) in (await store.counts()).items()} == {"courier": 1, "herald": 1}


async def test_twins_in_one_poll_are_one_item(store: Store) -> None:
    item = an_item("one")
    twin = again(item, id="other", feed_id="herald", source="The Herald")
    assert await store.remember([polled(seen(item)), polled(seen(twin), feed_id="herald")]) == [item]
    assert len(await store.find(ALL)) == 1


async def test_an_aggregators_teaser_never_replaces_the_publishers_text(store: Store) -> None:
    item = an_item("one")
    teaser = again(item, feed_id="aggregator", title="Aggregated", text="In short.", text_from="teaser")
    for _ in range(2):
        await store.remember([polled(seen(item)), polled(seen(teaser), feed_id="aggregator")])
    [found] = await store.find(ALL)
    assert (found.item.title, found.item.text, found.item.feed_id) == (item.title, item.text, "courier")


async def test_an_equally_long_text_of_another_feed_does_not_replace_the_publishers(store: Store) -> None:
    item = an_item("one")
    copy = again(item, feed_id="herald", title="Our headline", text="Our words on borders.")
    await store.remember([polled(seen(item))])
    await store.remember([polled(seen(copy), feed_id="herald")])
    assert await titles(store) == [item.title]
    assert await store.find(Wanted(topics=("borders",))) == []


async def test_the_publishers_text_replaces_an_aggregators_teaser(store: Store) -> None:
    item = an_item("one")
    teaser = an_item("one", feed_id="aggregator", source="Aggregator", text="In short.", text_from="teaser")
    await store.remember([polled(seen(teaser), feed_id="aggregator")])
    await store.remember([polled(seen(again(item)))])
    [found] = await store.find(ALL)
    assert (found.item.text, found.item.source, found.also) == (item.text, "The Courier", ("Aggregator",))


@pytest.mark.parametrize("poorer", [("", "title"), ("In short.", "teaser")])
async def test_a_short_answer_never_erases_a_text(store: Store, poorer: tuple[str, str]) -> None:
    item = an_item("one")
    await store.remember([polled(seen(item))])
    await store.remember([polled(seen(again(item, text=poorer[0], text_from=poorer[1])))])
    [found] = await store.find(Wanted(topics=("faces",)))
    assert found.item.text == item.text


async def test_what_a_feed_lists_is_told_apart_from_what_is_known(store: Store) -> None:
    item, half = an_item("one"), an_item("half")
    await store.remember([polled(seen(item, "guid:1", "url:1"), seen(half, tries=2))])
    asked = [
        (("guid:1", "url:new"), "as it was"),
        (("guid:new", "url:1"), "other words"),
        ((f"url:{half.address}",), "as it was"),
        (("guid:2",), "as it was"),
    ]
    here = await store.known("courier", asked)
    assert [one.how for one in here] == ["known", "changed", "known", "unseen"]
    assert [one.tries for one in here] == [None, None, 2, None]
    assert [one.seen for one in here] == [item.first_seen, item.first_seen, half.first_seen, None]
    assert await store.known("herald", asked[:1]) == [Known(how="elsewhere")]


async def test_the_state_of_a_feed_comes_back_as_it_was_written(store: Store) -> None:
    state = FeedState(
        feed_id="courier",
        address="https://example.org/feed",
        etag='"1"',
        last_modified="Fri, 10 Apr 2026 12:00:00 GMT",
        polled=START,
        succeeded=START - timedelta(hours=1),
        changed=START - timedelta(hours=2),
        next_poll=START + timedelta(hours=1),
        failures=3,
        reason="timeout",
        detail="example.org",
        note="a note",
        recent="..x",
    )
    await store.remember([Poll(state=state)])
    assert await store.states() == {"courier": state}


async def test_a_poll_that_was_under_way_does_not_switch_a_feed_on_again(store: Store) -> None:
    await store.remember([polled(etag='"1"')])
    await store.switch({"courier": START})
    await store.remember([polled(etag='"2"')])
    off = (await store.states())["courier"]
    assert (off.off, off.etag) == (START, '"2"')
    await store.switch({"courier": None})
    assert (await store.states())["courier"].off is None


async def test_a_feed_can_be_switched_off_before_its_first_poll(store: Store) -> None:
    await store.switch({"herald": START})
    assert (await store.states())["herald"] == FeedState(feed_id="herald", off=START)


async def test_a_poll_that_cannot_be_written_whole_leaves_nothing(store: Store) -> None:
    await store.remember([polled(seen(an_item("known")), etag='"old"')])
    clash = seen(an_item("clash"))
    clash = replace(clash, matches=(*clash.matches, *clash.matches))  # each topic twice
    with pytest.raises(StoreError, match="the database refused"):
        await store.remember([polled(seen(an_item("new")), clash, etag='"new"')])
    assert await titles(store) == ["Sample known"]
    assert (await store.states())["courier"].etag == '"old"'
    assert await found(store, "new", ALL) == []


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import event
from bot.store import open_store
from tests.store.samples import an_item, polled, seen

async def main():
    store = await open_store(Path(sys.argv[1]))
    event.listen(store.direct, "commit", lambda _: os.kill(os.getpid(), signal.SIGKILL))
    await store.remember([polled(seen(an_item("new")), etag='"new"')])

asyncio.run(main())
"""


def killed_while_it_writes(path: Path) -> int:
    return subprocess.run([sys.executable, "-c", KILLED, path], check=False).returncode


async def test_a_kill_before_the_commit_leaves_validators_items_and_matches_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    async with opened(path) as store:
        await store.remember([polled(seen(an_item("known")), etag='"old"')])
    assert killed_while_it_writes(path) == -signal.SIGKILL
    async with opened(path) as store:
        assert await titles(store) == ["Sample known"]
        assert (await store.states())["courier"].etag == '"old"'
        assert await store.known("courier", [((f"url:{an_item('new').address}",), "as it was")]) == [
            Known(how="unseen")
        ]


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.store import open_store
from tests.store.samples import an_item, polled, seen

async def main():
    store = await open_store(Path(sys.argv[1]))
    print("open", flush=True)
    for n in range(30):
        name = f"{sys.argv[2]}-{n}"
        await store.remember([polled(seen(an_item(name)), seen(an_item(f"shared-{n}")), feed_id=sys.argv[2])])
    await store.close()

asyncio.run(main())
"""


async def test_two_processes_open_a_new_database_and_write_at_once_and_both_succeed(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    writers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, path, name, stderr=asyncio.subprocess.PIPE)
        for name in ("left", "right")
    ]
    ends = [await writer.communicate() for writer in writers]
    assert [(writer.returncode, err) for writer, (_, err) in zip(writers, ends, strict=True)] == [(0, b""), (0, b"")]
    async with opened(path) as store:
        assert len(await store.find(ALL)) == 90
        assert {feed: n for feed, (n, _) in (await store.counts()).items()} == {"courier": 90}


async def test_a_poll_that_is_cancelled_while_it_is_written_is_written_whole_before_that_ends(store: Store) -> None:
    writing = asyncio.create_task(store.remember([polled(seen(an_item("new")), etag='"new"')]))
    await asyncio.sleep(0)  # now its thread is at work
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await titles(store) == ["Sample new"]
    assert (await store.states())["courier"].etag == '"new"'
