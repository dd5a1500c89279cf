"""A feed under another id is the same feed: all that hangs on its id goes with it, and nothing of another's does."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.records import Further, Offer, Subscriber, Subscription
from bot.store import Poll, Store, Wanted
from bot.store.tables import metadata
from tests.newsroom import START, opened
from tests.store.samples import an_item, polled, seen

OLD, NEW = "sen-sample", "congress-s000001"
SWITCHED = START + timedelta(days=1)


def everything(path: Path) -> dict[str, str]:
    """All rows of each table, as text."""
    with closing(sqlite3.connect(path)) as c:
        tables = [name for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: repr(c.execute(f"SELECT * FROM {table}").fetchall()) for table in tables}


async def filled(store: Store) -> None:
    """Let a feed leave its id wherever one can be."""
    item = an_item("one", feed_id=OLD)
    shown = seen(item, f"guid:{OLD}:1", "url:https://example.org/one", f"text:{OLD}:abc")
    state = polled(feed_id=OLD, address="https://example.org", polled=START, succeeded=START, told="blocked").state
    offer = Offer(hub="https://hub.example", topic="https://example.org")
    more = Further(url="https://example.org/more", page="https://example.org/more.htm", title="More", mark="1")
    await store.remember([Poll(state=state, sightings=(shown,), offer=offer, read=True, named=(more,))])
    await store.switch({OLD: SWITCHED})
    reader = Subscriber(id="club", medium="discord", address="1", zone="UTC")
    await store.subscribers.follow(reader, Subscription(id="", feeds=("herald", OLD, NEW)), START)


async def test_a_renamed_feed_leaves_its_old_id_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    async with opened(path) as store:
        await filled(store)
        before = {table for table, rows in everything(path).items() if OLD in rows}
        assert before == {"feeds", "hubs", "further", "items", "item_keys", "sightings", "subscriptions"}
        assert before > {table.name for table in metadata.sorted_tables if "feed_id" in table.c}, "this test fills all"
        assert await store.rename({OLD: NEW}) == [OLD]
    after = everything(path)
    assert {table for table, rows in after.items() if OLD in rows} == set()
    assert {table for table, rows in after.items() if NEW in rows} == before


async def test_a_renamed_feed_is_where_it_was(store: Store) -> None:
    await filled(store)
    [hub] = await store.hubs.all()
    await store.rename({OLD: NEW})
    state = (await store.states())[NEW]
    assert (state.succeeded, state.off, state.told) == (START, SWITCHED, "blocked")
    assert (await store.hubs.all())[0].token == hub.token, "the hub calls at the address that it was given"
    [found] = await store.find(Wanted(flagged=False, feeds=(NEW,)))
    assert (found.item.id, found.item.feed_id) == ("id-of-one", NEW)
    [reader] = await store.subscribers.all()
    assert reader.subscriptions[0].feeds == ("herald", NEW)
    listed = [((f"guid:{NEW}:1",), "as it was"), ((f"text:{NEW}:abc",), "as it was"), ((f"guid:{NEW}:2",), "")]
    assert [one.how for one in await store.known(NEW, listed)] == ["known", "known", "unseen"]


async def test_a_feed_whose_id_begins_alike_keeps_its_own(store: Store) -> None:
    for feed_id in ("courier", "courier-daily"):
        await store.remember([polled(seen(an_item(feed_id, feed_id=feed_id), f"guid:{feed_id}:1"), feed_id=feed_id)])
    await store.rename({"courier": "post"})
    [known] = await store.known("courier-daily", [(("guid:courier-daily:1",), "as it was")])
    assert known.how == "known"
    assert sorted(await store.states()) == ["courier-daily", "post"]


async def test_a_feed_that_was_polled_under_its_new_id_is_left_as_it_is(store: Store) -> None:
    await filled(store)
    await store.remember([polled(feed_id=NEW, polled=START)])
    assert await store.rename({OLD: NEW}) == []
    assert (await store.states())[OLD].off == SWITCHED


async def test_what_an_operator_said_of_a_feed_under_its_new_id_counts(store: Store) -> None:
    await filled(store)
    await store.switch({NEW: None})
    assert await store.rename({OLD: NEW}) == [OLD]
    state = (await store.states())[NEW]
    assert (state.off, state.succeeded) == (None, START)


async def test_a_feed_that_takes_over_a_free_id_has_items_of_its_own(store: Store) -> None:
    """Ids of items are hashes of keys, in which the feed's id is: another feed's entry may come to the same."""
    first = an_item("one", id="same", feed_id="courier")
    await store.remember([polled(seen(first, "guid:courier:1"))])
    await store.rename({"courier": "post"})
    second = an_item("two", id="same", feed_id="courier")
    [new] = await store.remember([polled(seen(second, "guid:courier:1"))])
    assert new.id != first.id
    assert {one.item.title for one in await store.find(Wanted(flagged=False))} == {first.title, second.title}
    assert all(one.matches[0].item_id == one.item.id for one in await store.find(Wanted(flagged=False)))
