"""Releases of Congress by month, one a line."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot import feeds
from bot.errors import ReadError
from bot.records import Document, Feed

MONTHS = "https://data.example.org/{year}/{month}.jsonl"


def test_good_lines_are_read_and_half_a_line_is_left_out(
    feed: Callable[..., Feed], sample: Callable[..., Document]
) -> None:
    one, two = feeds.read(feed("json_lines"), sample("json_lines.jsonl")).entries
    assert (one.title, one.outlet, one.full) == ("Sample Release One", "Ann Example", True)
    assert (one.published, one.day_only) == (datetime(2026, 8, 1, 4, tzinfo=UTC), True)
    assert (two.outlet, two.full) == ("Sample Wire", False)


def test_the_month_is_filled_in(feed: Callable[..., Feed]) -> None:
    now = datetime(2026, 8, 10, 12, tzinfo=UTC)
    assert feeds.address(feed("json_lines", MONTHS), None, now) == "https://data.example.org/2026/08.jsonl"


def test_as_a_month_begins_the_old_file_leads_to_the_new(
    feed: Callable[..., Feed], sample: Callable[..., Document]
) -> None:
    months = feed("json_lines", MONTHS)
    new_year = datetime(2027, 1, 2, 12, tzinfo=UTC)
    old = feeds.address(months, None, new_year)
    assert old == "https://data.example.org/2026/12.jsonl"
    first = feeds.read(months, replace(sample("json_lines.jsonl", old), fetched=new_year))
    assert first.next_page == "https://data.example.org/2027/01.jsonl"
    second = feeds.read(months, replace(sample("json_lines.jsonl", first.next_page), fetched=new_year))
    assert second.next_page is None


def test_a_page_is_not_a_feed(feed: Callable[..., Feed], document: Callable[..., Document]) -> None:
    with pytest.raises(ReadError, match="an HTML page; none of its 2 lines is a release"):
        feeds.read(feed("json_lines"), document(b"<html>\nnothing"))


def test_an_empty_file_is_a_month_without_releases(
    feed: Callable[..., Feed], document: Callable[..., Document]
) -> None:
    assert feeds.read(feed("json_lines"), document(b"")).entries == []
