"""OPML: what is followed goes out and comes back, and a stranger's file can do no harm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot import opml
from bot.errors import ReadError
from bot.records import Category, Feed

TOLD: tuple[tuple[str, str, str, Category], ...] = (
    ("a", "rss", "https://a.example.org/feed?x=1&y=2", "news"),
    ("b", "rss", "https://www.b.senate.gov/rss/feeds/?type=press", "congress"),
    ("c", "press_page", "https://c.example.gov/press", "government"),
    ("d", "rss", "https://d.example.org/", "advocacy"),
)
FEEDS = tuple(
    Feed(id=name, name=f'{name} & <co> "é"', kind=kind, url=url, category=category, every=timedelta(hours=1))
    for name, kind, url, category in TOLD
)


def outlines(*inside: str) -> bytes:
    return f'<?xml version="1.0"?><opml version="2.0"><head/><body>{"".join(inside)}</body></opml>'.encode()


def one(url: str, name: str = "One", kind: str = ' type="rss"') -> str:
    return f'<outline text="{name}"{kind} xmlUrl="{url}"/>'


def test_feeds_come_back_with_their_addresses_names_and_categories() -> None:
    back = opml.chosen(opml.read(opml.written(FEEDS)), ())
    assert back.left_out == ()
    told = [(feed.url, feed.name, feed.category, feed.kind) for feed in back.feeds]
    assert sorted(told) == sorted((f.url, f.name, f.category, "rss") for f in FEEDS if f.kind == "rss")


def test_pages_go_out_as_links_with_their_kind_and_not_as_feeds() -> None:
    written = opml.written(FEEDS).decode()
    [page] = [line for line in written.splitlines() if "c.example.gov" in line]
    assert 'type="link"' in page
    assert 'lookout:kind="press_page"' in page
    assert "xmlUrl" not in page


def test_what_is_left_out_is_told_with_its_reason() -> None:
    file = outlines(
        one("https://a.example.org/new"),
        one("http://www.a.example.org/new/"),
        one("https://A.example.org/feed?x=1&amp;y=2"),
        one("ftp://a.example.org/"),
        one("javascript:alert(1)"),
        one("https://u:p@a.example.org/"),
        one("https:///nowhere"),
        one("https://[half"),
    )
    found = opml.chosen(opml.read(file), FEEDS)
    assert [feed.url for feed in found.feeds] == ["https://a.example.org/new"]
    assert [why for _, why in found.left_out] == [
        "stands in the file twice",
        "already followed as a",
        "is not http or https",
        "is not http or https",
        "holds a user name or a password",
        "is not a web address",
        "is not a web address",
    ]


@pytest.mark.parametrize(
    ("group", "url", "category"),
    [
        ("US Senate", "https://x.example.org/", "congress"),
        ("The White House", "https://x.example.org/", "news"),
        ("NGOs", "https://x.example.org/", "advocacy"),
        ("Federal agencies", "https://x.example.org/", "government"),
        ("Cooking", "https://www.ice.gov/rss", "dhs"),
        ("NGOs", "https://x.senate.gov/rss", "congress"),
        ("", "https://x.example.org/", "news"),
    ],
)
def test_who_speaks_is_told_by_the_host_else_by_the_group(group: str, url: str, category: str) -> None:
    file = outlines(f'<outline text="{group}">{one(url)}</outline>')
    assert [feed.category for feed in opml.chosen(opml.read(file), ()).feeds] == [category]


def test_every_feed_gets_an_id_of_its_own() -> None:
    file = outlines(*(one(f"https://a.example.org/{n}", "Same") for n in range(3)))
    taken = [replace(FEEDS[0], id="same")]
    assert [feed.id for feed in opml.chosen(opml.read(file), taken).feeds] == ["same-2", "same-3", "same-4"]


def test_a_title_is_plain_and_on_one_line() -> None:
    file = outlines(one("https://a.example.org/", "x: - [e&#10;  kind: y] &#x202e;&lt;b&gt;bold&lt;/b&gt;"))
    [feed] = opml.chosen(opml.read(file), ()).feeds
    assert feed.name.isprintable()
    assert "<" not in feed.name


def test_entities_are_not_followed() -> None:
    powers = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    bomb = (
        f'<!DOCTYPE o [<!ENTITY a "{"a" * 50}">{powers}]>'
        + outlines(one("https://a.example.org/", "&j;")).decode()[21:]
    )
    [feed] = opml.read(bomb.encode())
    assert len(feed.title) < 100
    outside = bomb.replace('"' + "a" * 50 + '"', 'SYSTEM "file:///etc/passwd"').replace("&j;", "&a;")
    assert "root" not in opml.read(outside.encode())[0].title


def test_a_huge_file_is_refused_and_a_long_one_read_to_a_bound() -> None:
    with pytest.raises(ReadError, match="too large"):
        opml.read(b"<opml>" + b" " * opml.LARGEST)
    many = outlines(*(one(f"https://a.example.org/{n}") for n in range(opml.MOST + 1_000)))
    assert len(opml.read(many)) == opml.MOST


def test_nesting_without_end_is_no_trouble() -> None:
    deep = outlines("<outline text='x'>" * 20_000, one("https://a.example.org/"), "</outline>" * 20_000)
    assert len(opml.chosen(opml.read(deep), ()).feeds) == 1


@pytest.mark.parametrize(
    "other", [b"", b"<html>no</html>", b"\0\1\2", b"<rss version='2.0'><channel/></rss>", b"PK\3\4"]
)
def test_what_is_no_opml_is_refused(other: bytes) -> None:
    with pytest.raises(ReadError, match="not a feed"):
        opml.read(other)
