"""The newsrooms of DHS and its agencies, by what the shipped feeds.yaml says of each, on samples with their traps."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot import feeds, items
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.dates import WASHINGTON
from bot.records import Document, Entry, Feed, Item

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)

Read = Callable[[str, str], list[Entry]]
Accepted = Callable[[str, str, str], Item]


@pytest.fixture(scope="module")
def shipped() -> dict[str, Feed]:
    text = watchlist_text(shipped_watchlist())
    return {feed.id: feed for feed in watchlist(text, file="feeds.yaml", problems=feeds.problems).feeds}


@pytest.fixture
def read(shipped: dict[str, Feed], sample: Callable[..., Document]) -> Read:
    """Read a sample as that feed would."""
    return lambda feed, name: list(feeds.read(shipped[feed], sample(name, shipped[feed].url)).entries)


@pytest.fixture
def accepted(shipped: dict[str, Feed], sample: Callable[..., Document], read: Read) -> Accepted:
    """The first entry of a sample list with its article."""

    def accept(feed: str, listing: str, article: str) -> Item:
        entry = read(feed, listing)[0]
        [keys] = items.identities([entry], shipped[feed])
        return items.accept(entry, keys, shipped[feed], NOW, sample(article, entry.url or ""))

    return accept


def days(entries: list[Entry]) -> list[str]:
    return [f"{e.published.astimezone(WASHINGTON):%Y-%m-%d}" if e.published else "" for e in entries]


def test_dhs_wraps_items_in_their_links_or_links_in_their_items(read: Read) -> None:
    told = read("dhs-press", "newsroom_dhs.html")
    assert [(one.title, one.url) for one in told] == [
        ("DHS Compares Sample Faces", "https://www.dhs.gov/news/2026/08/07/sample-one"),
        ("DHS Answers Sample Letter", "https://www.dhs.gov/news/2026/08/06/sample-two"),
    ]
    assert days(told) == ["2026-08-07", "2026-08-06"]
    assert told[0].published == datetime(2026, 8, 7, 19, 4, tzinfo=UTC)


def test_a_release_of_dhs_is_its_body(accepted: Accepted) -> None:
    item = accepted("dhs-press", "newsroom_dhs.html", "newsroom_dhs_article.html")
    assert item.text == "The sample department compared the faces of all who asked for samples in July."
    assert item.published == datetime(2026, 8, 7, 19, 4, tzinfo=UTC)  # a moment on the list beats a day


def test_ice_tells_day_teaser_and_tag(read: Read) -> None:
    told = read("ice-newsroom", "newsroom_ice.html")
    assert [one.title for one in told] == ["ICE Arrests in Sampletown", "ICE Buys Sample Scanners"]
    assert days(told) == ["2026-08-07", "2026-07-31"]
    assert "A teaser" in told[0].content
    assert "Enforcement and Removal" in told[0].content


def test_a_release_of_ice_is_not_the_agencys_mission(accepted: Accepted) -> None:
    item = accepted("ice-newsroom", "newsroom_ice.html", "newsroom_ice_article.html")
    assert item.text == "Officers of the sample office arrested two persons whose faces a telephone knew."
    assert item.published == datetime(2026, 8, 7, 20, 20, tzinfo=UTC)


def test_cbp_is_dated_by_what_it_shows_not_by_its_constant(read: Read) -> None:
    told = read("cbp-media-releases", "newsroom_cbp.html")
    assert [one.title for one in told] == ["CBP Compares Sample Faces", "CBP Finds Samples in Trunk"]
    assert days(told) == ["2026-08-07", "2025-12-31"]


def test_a_release_of_cbp_is_dated_by_its_label(accepted: Accepted) -> None:
    item = accepted("cbp-media-releases", "newsroom_cbp.html", "newsroom_cbp_article.html")
    assert item.text == "Officers at the sample port compared the faces of travellers with those in their passports."
    assert (item.published, item.day_only) == (datetime(2026, 8, 7, 4, tzinfo=UTC), True)


@pytest.mark.parametrize(
    ("feed", "name", "title", "day"),
    [
        ("tsa-press", "newsroom_tsa.html", "TSA Matches Sample Faces", "2026-06-24"),
        ("dhs-science-technology", "newsroom_science_technology.html", "Making Sample Exits Seamless", "2026-09-01"),
        ("uscis-news", "newsroom_uscis.xml", "USCIS to Collect Sample Biometrics", "2026-08-07"),
    ],
)
def test_the_other_agencies_tell_title_and_day(read: Read, feed: str, name: str, title: str, day: str) -> None:
    told = read(feed, name)
    assert (told[0].title, days(told)[0]) == (title, day)
    assert len({one.url for one in told}) == len(told)


@pytest.mark.parametrize("feed", ["dhs-press", "ice-newsroom", "cbp-media-releases", "tsa-press"])
def test_a_newsroom_goes_on_at_its_next_page(
    shipped: dict[str, Feed], sample: Callable[..., Document], feed: str
) -> None:
    name = f"newsroom_{feed.partition('-')[0]}.html"
    url = shipped[feed].url
    assert feeds.read(shipped[feed], sample(name, url)).next_page == f"{url}?page=1"
    assert feeds.read(shipped[feed], sample(name, f"{url}?page=1")).next_page == f"{url}?page=2"


def test_the_privacy_documents_of_each_agency_are_watched_as_lists(
    shipped: dict[str, Feed], sample: Callable[..., Document]
) -> None:
    lists = [feed for feed in shipped.values() if feed.kind == "document_list"]
    assert len(lists) == 7
    assert all(feeds.read(feed, sample("document_list.html", feed.url)).entries for feed in lists)
