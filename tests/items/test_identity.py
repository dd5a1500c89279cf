"""An item stays itself although its feed changes title, date or address; a bad feed does not merge its items."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.items import identities, item_id
from bot.records import Entry, Feed

Make = Callable[..., Entry]
WHOLE = {
    "guid": "release-101",
    "published": datetime(2026, 8, 7, tzinfo=UTC),
    "content": "<p>The office announced on Friday that it would publish the rules under which faces are compared.</p>",
}


def same(one: Entry, other: Entry, feed: Feed) -> bool:
    [[first], [second]] = identities([one], feed), identities([other], feed)
    return not set(first).isdisjoint(second)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another Title"},
        {"published": datetime(2026, 8, 9, tzinfo=UTC)},
        {"url": "https://new.example.gov/sample"},
        {"guid": "release-102"},
        {"title": "Another Title", "url": "https://new.example.gov/sample"},
        {"guid": "release-102", "url": "https://new.example.gov/sample", "published": None},
        {"content": "Now another text."},
    ],
)
def test_an_item_survives_a_change(entry: Make, feed: Feed, change: dict[str, Any]) -> None:
    before = entry(**WHOLE)
    assert same(before, replace(before, **change), feed)


def test_keys_are_strongest_first_and_scoped_by_feed(entry: Make, feed: Feed) -> None:
    [keys] = identities([entry(**WHOLE)], feed)
    assert [key.split(":")[0] for key in keys] == ["guid", "url", "text"]
    [elsewhere] = identities([entry(**WHOLE)], replace(feed, id="mirror"))
    assert set(keys) & set(elsewhere) == {"url:https://ice.example.gov/news/sample"}


def test_a_guid_that_all_share_identifies_none(entry: Make, feed: Feed) -> None:
    listed = [entry(title=f"Release {n}", url=f"https://x.gov/{n}", guid="the-same") for n in range(3)]
    first, second, third = identities(listed, feed)
    assert not set(first) & set(second) & set(third)
    assert not any(key.startswith("guid:") for key in first)


@pytest.mark.parametrize("guid", ["0", "", "null", "None"])
def test_a_guid_that_means_nothing_identifies_nothing(entry: Make, feed: Feed, guid: str) -> None:
    [keys] = identities([entry(guid=guid)], feed)
    assert keys == ("url:https://ice.example.gov/news/sample",)


@pytest.mark.parametrize("url", ["https://www.ice.example.gov/", "https://www.ice.example.gov/newsroom#1"])
def test_the_front_page_and_the_list_are_no_items(entry: Make, feed: Feed, url: str) -> None:
    [keys] = identities([entry(url=url, guid="release-1")], feed)
    assert keys == ("guid:ice:release-1",)


def test_a_link_that_all_share_identifies_none(entry: Make, feed: Feed) -> None:
    listed = [entry(title=f"Update {n}", url=f"https://x.gov/live#{n}", guid=f"guid-{n}") for n in range(3)]
    assert [len(keys) for keys in identities(listed, feed)] == [1, 1, 1]


def test_a_title_that_comes_every_week_makes_no_two_items_one(entry: Make, feed: Feed) -> None:
    one = entry(title="Weekly Update", url="https://x.gov/1", published=datetime(2026, 8, 1, tzinfo=UTC))
    other = entry(title="Weekly Update", url="https://x.gov/2", published=datetime(2026, 8, 8, tzinfo=UTC))
    assert not same(one, other, feed)
    assert not same(replace(one, published=None), replace(other, published=None), feed)


def test_an_item_listed_twice_is_one(entry: Make, feed: Feed) -> None:
    first, second = identities([entry(**WHOLE), entry(**WHOLE)], feed)
    assert first == second


def test_only_an_empty_entry_cannot_be_identified(entry: Make, feed: Feed) -> None:
    assert identities([entry(title="", url=None)], feed) == [()]
    [keys] = identities([entry(title="Short", url=None)], feed)
    assert len(keys) == 1


def test_an_id_is_short_and_stable() -> None:
    assert item_id(("url:https://ice.example.gov/news/sample", "text:x")) == item_id(
        ("url:https://ice.example.gov/news/sample",)
    )
    assert len(item_id(("a",))) == 10
    assert set(item_id(("a",))) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_a_document_on_public_inspection_is_the_one_that_is_published(entry: Make, feed: Feed) -> None:
    site, other = "https://www.federalregister.gov", replace(feed, id="other")
    filed = entry(url=f"{site}/public-inspection/2026-10001/sample-collection", title="Collection of Samples")
    published = entry(url=f"{site}/documents/2026/08/07/2026-10001/sample-collection-notice", title="Sample Notice")
    next_one = entry(url=f"{site}/documents/2026/08/07/2026-100015/sample", title="Another")
    [mine], [theirs], [another] = (
        identities([one], f) for one, f in ((filed, feed), (published, other), (next_one, other))
    )
    assert set(mine) & set(theirs) == {"register:2026-10001"}
    assert not set(another) & set(theirs)


def test_two_outlets_with_one_headline_are_two_items_and_one_outlet_with_two_links_is_one(
    entry: Make, feed: Feed
) -> None:
    said = {"title": "Agents Scan Faces in Sample Town", "content": "", "published": datetime(2026, 8, 7, tzinfo=UTC)}
    links = [f"https://news.google.com/rss/articles/{n}" for n in range(3)]
    entries = [
        entry(url=link, guid=link, outlet=outlet, **said)
        for link, outlet in zip(links, ("Courier", "Courier", "Herald"), strict=True)
    ]
    first, twin, other = map(set, identities(entries, feed))
    assert first & twin
    assert not first & other
