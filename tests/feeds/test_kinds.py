"""What the door of `feeds` promises of every kind."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot import feeds
from bot.records import Feed


def test_every_file_is_a_kind() -> None:
    assert feeds.kinds() == (
        "congress_gov",
        "congress_member",
        "document_list",
        "federal_register",
        "json_lines",
        "press_page",
        "regulations_gov",
        "rss",
    )


def test_an_unknown_kind_is_a_problem_and_the_nearest_is_named(feed: Callable[..., Feed]) -> None:
    assert feeds.problems(feed("press_pge")) == [(("kind",), 'unknown kind "press_pge"; did you mean "press_page"?')]


@pytest.mark.parametrize("kind", feeds.kinds())
def test_an_unknown_option_is_a_problem(feed: Callable[..., Feed], kind: str) -> None:
    required = {"item": "li"} if kind == "press_page" else {}
    assert feeds.problems(feed(kind, **required)) == []
    assert feeds.problems(feed(kind, **required, artcle={})) == [
        (("artcle",), 'unknown option "artcle"; did you mean "article"?')
    ]


def test_every_problem_of_a_press_page_is_told(feed: Callable[..., Feed]) -> None:
    told = dict(feeds.problems(feed("press_page", link="a[", pages="?page=2", article={"body": ".b", "text": ".t"})))
    assert told[("item",)] == '"item" is missing'
    assert told[("link",)].startswith('"a[" is no CSS selector')
    assert "{n}" in told[("pages",)]
    assert told[("article", "text")] == 'unknown option "text"'


def test_options_of_another_type_are_problems(feed: Callable[..., Feed]) -> None:
    told = feeds.problems(feed("rss", full_text="yes", dates="month"))
    assert {path for path, _ in told} == {("full_text",), ("dates",)}


def test_only_kinds_that_read_pages_are_pages(feed: Callable[..., Feed]) -> None:
    assert [kind for kind in feeds.kinds() if feeds.is_page(feed(kind))] == [
        "congress_member",
        "document_list",
        "press_page",
    ]


def test_only_what_is_dated_otherwise_than_it_is_listed_is_news_however_late(feed: Callable[..., Feed]) -> None:
    now = datetime(2026, 8, 10, 12, tzinfo=UTC)
    assert [kind for kind in feeds.kinds() if feeds.late(feed(kind), now, now)] == ["congress_gov"]
    assert feeds.late(feed("rss", late=True), now, now) == now - timedelta(days=365)
    assert [kind for kind in feeds.kinds() if feeds.reads_on(feed(kind))] == ["congress_gov"]


def test_the_door_costs_no_reading_library() -> None:
    heavy = (
        "import sys, bot.feeds; sys.exit(any(m in sys.modules for m in ('feedparser', 'bs4', 'trafilatura', 'lxml')))"
    )
    assert subprocess.run([sys.executable, "-c", heavy], check=False).returncode == 0
