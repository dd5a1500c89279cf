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


@pytest.mark.parametrize(
    ("since", "first"),
    [
        (datetime(2026, 3, 20, 12, tzinfo=UTC), "2026/03"),
        (datetime(2026, 4, 2, 12, tzinfo=UTC), "2026/03"),  # two days before, March still grew
        (datetime(2026, 4, 3, 3, tzinfo=UTC), "2026/03"),  # in Washington the 2nd of April
        (datetime(2026, 4, 3, 12, tzinfo=UTC), "2026/04"),
        (datetime(2025, 12, 24, 12, tzinfo=UTC), "2025/12"),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), "2025/04"),  # no more than twelve months back
        (datetime(2026, 6, 1, 12, tzinfo=UTC), "2026/04"),  # a clock that was wrong: never a month to come
    ],
)
def test_after_an_outage_the_month_of_the_last_success_is_asked_first(
    feed: Callable[..., Feed], since: datetime, first: str
) -> None:
    now = datetime(2026, 4, 10, 12, tzinfo=UTC)
    assert feeds.address(feed("json_lines", MONTHS), since, now) == f"https://data.example.org/{first}.jsonl"


@pytest.mark.parametrize("url", [MONTHS, "https://Data.Example.org/{year}/{year}-{month}.jsonl?part=a+b"])
def test_every_month_of_an_outage_is_read(
    feed: Callable[..., Feed], document: Callable[..., Document], url: str
) -> None:
    months, now = feed("json_lines", url), datetime(2026, 2, 10, 12, tzinfo=UTC)
    read: list[str] = []
    page: str | None = feeds.address(months, datetime(2025, 11, 20, 12, tzinfo=UTC), now)
    while page:
        read.append(page)
        answered = page.replace("Data.Example.org", "data.example.org")  # as the HTTP client writes it
        page = feeds.read(months, replace(document(b"", answered), fetched=now)).next_page
    told = [("2025", "11"), ("2025", "12"), ("2026", "01"), ("2026", "02")]
    assert read == [url.replace("{year}", year).replace("{month}", month) for year, month in told]
    assert feeds.every_page(months)


def test_an_outage_of_years_ends_with_this_month_though_the_month_changes_meanwhile(
    feed: Callable[..., Feed], document: Callable[..., Document]
) -> None:
    months = feed("json_lines", MONTHS)
    asked, answered = datetime(2026, 5, 1, 3, 59, tzinfo=UTC), datetime(2026, 5, 1, 4, 1, tzinfo=UTC)
    first = feeds.address(months, datetime(2020, 1, 1, tzinfo=UTC), asked)
    assert first == "https://data.example.org/2025/04.jsonl"
    second = feeds.read(months, replace(document(b"", first), fetched=answered)).next_page
    assert second == "https://data.example.org/2025/05.jsonl"


@pytest.mark.parametrize(
    ("url", "answered"),
    [
        (MONTHS, "https://mirror.example.org/now.jsonl"),
        (MONTHS, "https://data.example.org/2026/09.jsonl"),
        (MONTHS, "https://data.example.org/2020/01.jsonl"),
        ("https://data.example.org/all.jsonl", "https://data.example.org/all.jsonl"),
    ],
)
def test_a_file_of_no_month_that_we_asked_for_leads_nowhere(
    feed: Callable[..., Feed], document: Callable[..., Document], url: str, answered: str
) -> None:
    assert feeds.read(feed("json_lines", url), document(b"", answered)).next_page is None


def test_only_lists_that_do_not_run_from_new_to_old_are_followed_to_the_end(feed: Callable[..., Feed]) -> None:
    assert [kind for kind in feeds.kinds() if feeds.every_page(feed(kind))] == [
        "congress_gov",
        "json_lines",
        "regulations_gov",
    ]


def test_a_page_is_not_a_feed(feed: Callable[..., Feed], document: Callable[..., Document]) -> None:
    with pytest.raises(ReadError, match="an HTML page; none of its 2 lines is a release"):
        feeds.read(feed("json_lines"), document(b"<html>\nnothing"))


def test_an_empty_file_is_a_month_without_releases(
    feed: Callable[..., Feed], document: Callable[..., Document]
) -> None:
    assert feeds.read(feed("json_lines"), document(b"")).entries == []
