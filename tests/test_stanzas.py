"""Stanzas: a feed written reads back as itself, whatever it is called, and goes to its place in a file that stays."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import adding, feeds, stanzas
from bot.config import shipped_watchlist, watchlist
from bot.errors import ConfigError
from bot.records import Feed

TOPIC = "topics: [{id: t, name: T, description: d, examples: [e], phrases: [p]}]\n"
FEED = Feed(
    id="sample",
    name="Sample",
    kind="rss",
    url="https://a.example.org/feed?a=1&b=2",
    category="news",
    every=timedelta(hours=1),
    slowest=timedelta(hours=6),
)


def read(text: str) -> Sequence[Feed]:
    return watchlist(text, file="feeds.yaml", problems=feeds.problems, members=()).feeds


@given(st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=60))
def test_a_feed_reads_back_as_itself_whatever_it_is_called(name: str) -> None:
    name = " ".join(name.split()) or "x"
    feed = replace(FEED, name=name, options={"title_must_contain": name, "full_text": True})
    assert read(TOPIC + "feeds:\n" + stanzas.stanza(feed)) == (feed,)


@pytest.mark.parametrize(
    "word", ["yes", "No", "null", "1", "1.5", "~", "a: b", "a #b", "- a", "{a}", "*a", "&a", "!a", "?a", "'"]
)
def test_words_that_yaml_takes_for_something_else_stay_words(word: str) -> None:
    feed = replace(FEED, name=word)
    assert read(TOPIC + "feeds:\n" + stanzas.stanza(feed)) == (feed,)


def test_selectors_stand_together_with_the_article_and_the_rest_beside_them() -> None:
    options = {"pages": "?page={n}", "first_page": 0, "item": "li:has(a)", "date": "#d", "article": {"date": "time"}}
    feed = replace(FEED, kind="press_page", every=timedelta(minutes=30), slowest=timedelta(days=1), options=options)
    assert stanzas.stanza(feed).splitlines()[5:] == [
        "    every: 30 min to 1 d",
        '    pages: "?page={n}"',
        "    first_page: 0",
        "    selectors:",
        '      item: "li:has(a)"',
        '      date: "#d"',
        "      article:",
        "        date: time",
    ]
    assert read(TOPIC + "feeds:\n" + stanzas.stanza(feed)) == (feed,)


def test_an_id_is_made_of_words_and_free() -> None:
    assert stanzas.free_id("Sén. Müller — Press!", ()) == "sen-muller-press"
    assert stanzas.free_id("a b", ("a-b", "a-b-2")) == "a-b-3"
    assert stanzas.free_id("検索", ()) == "feed"
    long = stanzas.free_id("word " * 100, ())
    assert len(long) <= 64
    assert len(stanzas.free_id("word " * 100, (long,))) <= 64


BEFORE = """\
# Ours.
topics: [{id: t, name: T, description: d, examples: [e], phrases: [p]}]
feeds:
- id: first   # the first one
  name: First
  kind: rss
  url: https://first.example.org/
  category: news
  every: 1 h

# Congress, by chamber.
congress:
  - every: 1 h
"""


def test_a_feed_is_added_below_the_others_and_all_else_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(BEFORE)
    path.chmod(0o640)
    adding.add(path, [FEED], ())
    whole = path.read_text()
    written = stanzas.stanza(FEED, 0)
    assert whole == BEFORE.replace("  every: 1 h\n\n#", f"  every: 1 h\n{written}\n#")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.id for one in read(whole)] == ["first", "sample"]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("none", ["", "feeds:\n", "feeds: []\n", "feeds:  # none yet\n"])
def test_the_first_feed_is_added_where_there_is_none(tmp_path: Path, none: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(TOPIC + none)
    assert adding.followed(path, ()) == ()
    adding.add(path, [FEED], ())
    assert read(path.read_text()) == (FEED,)


def test_windows_line_ends_and_a_missing_one_are_no_trouble(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_bytes(BEFORE.partition("\n# Congress")[0].rstrip().replace("\n", "\r\n").encode())
    adding.add(path, [FEED], ())
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert [one.id for one in adding.followed(path, ())] == ["first", "sample"]


@pytest.mark.parametrize(
    "wrong",
    [
        BEFORE.replace("every: 1 h\n\n", "every: often\n\n"),  # a mistake that was there before
        BEFORE.replace("first.example", "sample.example").replace("id: first", "id: sample"),  # the id is taken
        TOPIC + "feeds: [{id: a, name: A, kind: rss, url: 'https://a.example/', category: news, every: 1 h}]\n",
        TOPIC + "feeds: nothing\n",
        "topics: [\n",
        "feeds:\n",
    ],
)
def test_where_the_result_would_have_a_mistake_nothing_is_changed(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text(wrong)
    with pytest.raises(ConfigError):
        adding.add(path, [FEED], ())
    assert path.read_text() == wrong
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_that_lookout_ships_is_not_written_to() -> None:
    before = shipped_watchlist().read_bytes()
    with pytest.raises(ConfigError, match="the one that Lookout ships"):
        adding.add(shipped_watchlist(), [FEED], ())
    assert shipped_watchlist().read_bytes() == before


def test_the_shipped_file_takes_feeds_before_its_congress() -> None:
    text = shipped_watchlist().read_text(encoding="utf-8")
    after = stanzas.appended(text, [FEED], "feeds.yaml")
    assert after.replace(stanzas.stanza(FEED), "") == text
    assert read(after)[-1] == FEED
