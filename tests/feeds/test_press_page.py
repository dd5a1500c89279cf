"""Press pages, in the markup of the newsrooms that have no feed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot import feeds
from bot.errors import ReadError
from bot.records import Document, Feed

Make = Callable[..., Feed]
Sample = Callable[..., Document]

DHS: dict[str, Any] = {
    "item": "ul.usa-collection > li.usa-collection__item",
    "title": "h3.usa-collection__heading",
    "date": "time[datetime]",
    "date_attribute": "datetime",
    "pages": "?page={n}",
}
ICE = {
    "item": ".news-wrapper",
    "link": ".news-title a",
    "date": ".news-date",
    "teaser": ".news-body",
    "tag": ".news-tag",
    "next": "a[rel=next]",
}
CBP = {
    "item": "li.usa-collection__item",
    "link": ".usa-collection__heading a",
    "date": "span[class*=date-month], span[class*=date-day]",
    "teaser": ".views-pages-body-padding",
}
SENATE = {"item": "article", "link": "h2 a", "date": "p.date", "pages": "?pagenum_rs={n}", "first_page": 1}
HOUSE = {"item": ".media-body", "link": ".h4 a", "date": "time", "teaser": ".body"}


def test_dhs_wraps_an_item_in_its_link(feed: Make, sample: Sample) -> None:
    reading = feeds.read(feed("press_page", **DHS), sample("press_page_dhs.html"))
    first, second = reading.entries
    assert first.title == "Sample Statement on Face Matching"
    assert first.url == "https://www.example.gov/news/2026/08/07/sample-statement"
    assert (first.published, first.day_only) == (datetime(2026, 8, 7, 19, 4, tzinfo=UTC), False)
    assert (second.published, second.day_only) == (datetime(2026, 8, 6, 4, tzinfo=UTC), True)  # from the path


def test_ice_gives_date_teaser_and_tag(feed: Make, sample: Sample) -> None:
    reading = feeds.read(feed("press_page", **ICE), sample("press_page_ice.html"))
    first, second = reading.entries
    assert (first.title, first.published) == (
        "Sample Field Office Announces Arrests",
        datetime(2026, 8, 7, 4, tzinfo=UTC),
    )
    assert "A teaser of the release." in first.content
    assert "Enforcement and Removal" in first.content
    assert second.url == "https://www.example.gov/news/releases/sample-two.pdf"
    assert reading.next_page == "https://www.example.gov/list?page=1"


def test_the_visible_date_of_cbp_is_read_not_the_false_one(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("press_page", **CBP), sample("press_page_cbp.html")).entries
    assert entry.title == "Sample Officers Use Face Comparison"
    assert (entry.published, entry.day_only) == (datetime(2026, 8, 7, 4, tzinfo=UTC), True)


def test_a_link_that_leads_to_no_page_is_left_out(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("press_page", **SENATE), sample("press_page_senate.html")).entries
    assert (entry.title, entry.published) == ("Senator Example Demands Answers", datetime(2026, 8, 7, 4, tzinfo=UTC))


def test_a_house_page_is_read(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("press_page", **HOUSE), sample("press_page_house.html")).entries
    assert entry.url == "https://www.example.gov/media/press-releases/sample-bill"
    assert entry.published == datetime(2026, 8, 7, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "url", "following"),
    [
        ({"pages": "?page={n}"}, "https://www.example.gov/list", "https://www.example.gov/list?page=1"),
        ({"pages": "?page={n}"}, "https://www.example.gov/list?page=9", "https://www.example.gov/list?page=10"),
        (
            {"pages": "list/page/{n}/", "first_page": 1},
            "https://www.example.gov/list",
            "https://www.example.gov/list/page/2/",
        ),
        ({}, "https://www.example.gov/list", None),
    ],
)
def test_the_list_goes_on(feed: Make, sample: Sample, options: dict[str, Any], url: str, following: str | None) -> None:
    house = feed("press_page", **HOUSE, **options)
    assert feeds.read(house, sample("press_page_house.html", url)).next_page == following


def test_a_selector_that_finds_nothing_is_a_changed_layout(feed: Make, sample: Sample) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("press_page", **{**ICE, "item": ".gone"}), sample("press_page_ice.html"))
    assert caught.value.reason == "layout changed"
    assert caught.value.detail == '".gone" finds nothing on a page of 3 links, "Newsroom | Sample ICE"'


def test_items_without_any_link_are_a_changed_layout(feed: Make, sample: Sample) -> None:
    with pytest.raises(ReadError, match="none with a link and a title"):
        feeds.read(feed("press_page", item=".news-wrapper", link=".gone"), sample("press_page_ice.html"))


def test_a_further_page_without_items_is_the_end(feed: Make, document: Sample) -> None:
    past = document(b"<html><body>No results.</body></html>", url="https://www.example.gov/list?page=120")
    reading = feeds.read(feed("press_page", **DHS), past)
    assert (list(reading.entries), reading.next_page) == ([], None)


def test_a_time_in_words_has_its_day_beside_it(feed: Make, document: Sample) -> None:
    page = b'<!doctype html><ul><li><a href="/1">Faces</a> <time datetime="2026-08-07">Yesterday</time></li></ul>'
    [entry] = feeds.read(feed("press_page", item="li", date="time"), document(page)).entries
    assert (entry.published, entry.day_only) == (datetime(2026, 8, 7, 4, tzinfo=UTC), True)
