"""Letters are kept with their items, and the search knows their words as long as they are there, and no longer."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.records import Attachment, Item
from bot.store import Sighting, Store, Wanted
from tests import newsroom
from tests.newsroom import START
from tests.store.samples import again, an_item, as_of, polled, seen

ALL = Wanted(flagged=False)


def a_letter(words: str, name: str = "letter", **said: Any) -> Attachment:
    made = Attachment(
        url=f"https://example.org/{name}.pdf", name=name, read=START, text=words, starts=(0,), pages=1, sha256="0"
    )
    return replace(made, **said)


def with_letters(item: Item, *letters: Attachment) -> Sighting:
    return replace(seen(item), attachments=letters)


async def found(store: Store, query: str) -> list[str]:
    return [one.item.title for one in await newsroom.found(store, query, ALL)]


async def is_sound(store: Store) -> None:
    """Raises if the search holds anything else than what is written: it compares every word."""
    async with store.engine.connect() as c, c.begin():
        await c.execute(text("INSERT INTO items_fts(items_fts, rank) VALUES ('integrity-check', 1)"))


async def letters(store: Store, item: Item) -> Sequence[Attachment]:
    one = await store.item(item.id)
    assert one is not None
    return one.attachments


async def test_letters_come_back_as_they_were_in_their_order(store: Store) -> None:
    item = an_item("one")
    told = (
        a_letter("Words.", "b", ocr_pages=(1, 2), starts=(0, 3), pages=3, unread=1),
        a_letter("", "a", reason="encrypted", sha256=""),
    )
    await store.remember([polled(with_letters(item, *told))])
    assert await letters(store, item) == told
    await is_sound(store)


async def test_words_that_stand_in_title_text_and_letters_together_are_found(store: Store) -> None:
    item = an_item("one")
    await store.remember([polled(with_letters(item, a_letter("Kerberoasting."), a_letter("Ransomware.", "second")))])
    for query in ("kerberoasting", "ransomware", "sample kerberoasting faces", '"ransomware"'):
        assert await found(store, query) == [item.title], query
    assert await found(store, '"kerberoasting ransomware" nothing') == []


async def test_other_letters_take_the_place_of_the_first_in_the_search_too(store: Store) -> None:
    item = an_item("one")
    await store.remember([polled(with_letters(item, a_letter("First words."), a_letter("Second words.", "second")))])
    await store.remember([polled(with_letters(again(item), a_letter("Third words.")))])
    assert [letter.text for letter in await letters(store, item)] == ["Third words."]
    assert (await found(store, "third"), await found(store, "first"), await found(store, "second")) == (
        [item.title],
        [],
        [],
    )
    await is_sound(store)
    changed = again(item, title="Another title", text="Another text on faces.")
    await store.remember([polled(with_letters(changed, a_letter("Third words.")))])
    assert await found(store, "another third") == ["Another title"]
    assert len(await store.revisions(item.id)) == 1
    await is_sound(store)


async def test_an_item_whose_letter_comes_late_is_judged_anew_without_a_revision(store: Store) -> None:
    item = an_item("one", text="A text on nothing.")
    await store.remember([polled(with_letters(item, a_letter("", reason="timeout", sha256="")))])
    late = with_letters(again(item), a_letter("A letter on faces."))
    anew = seen(replace(item, text="On faces."))
    await store.remember([polled(replace(late, matches=anew.matches))])
    one = await store.item(item.id)
    assert one is not None
    assert [match.topic_id for match in one.matches if match.flagged] == ["faces"]
    assert await store.revisions(item.id) == []


async def test_another_feeds_teaser_takes_no_letter_away(store: Store) -> None:
    item = an_item("one")
    await store.remember([polled(with_letters(item, a_letter("Words.")))])
    teaser = again(item, feed_id="wire", text="Short.", text_from="teaser")
    await store.remember([polled(seen(teaser), feed_id="wire")])
    assert [letter.text for letter in await letters(store, item)] == ["Words."]


async def test_what_was_fetched_and_read_is_at_hand_for_when_it_is_away(store: Store) -> None:
    told = [
        a_letter("Words.", "read"),
        a_letter("", "locked", reason="encrypted"),
        a_letter("", "away", reason="timeout", sha256=""),
    ]
    await store.remember([polled(with_letters(an_item("one"), *told))])
    other = [a_letter("Older.", "read", read=START - timedelta(days=4))]
    await store.remember([polled(with_letters(an_item("two"), *other))])
    have = await store.attachments([one.url for one in told])
    assert {one.name: one.text for one in have.values()} == {"read": "Words.", "locked": ""}


async def test_a_database_of_before_letters_is_searched_as_before(tmp_path: Path) -> None:
    path = tmp_path / "lookout.db"
    as_of(path, "0011")
    with closing(sqlite3.connect(path)) as c, c:
        row = "'i', 'courier', 'C', 'news', 'Old title', 'https://e.org', '', 'Old words.', 'feed', ?, 0, ?"
        names = "id, feed_id, source, category, title, url, address, text, text_from, published, day_only, first_seen"
        c.execute(f"INSERT INTO items ({names}) VALUES ({row})", ("2026-04-10 12:00:00.000000",) * 2)
    async with newsroom.opened(path) as store:
        assert await found(store, "old words") == ["Old title"]
        await is_sound(store)
