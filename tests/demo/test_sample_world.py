"""The sample world as its sites answer: over real HTTP, read by the same kinds of feed as production."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

from bot import feeds
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.demo.sample_world import feeds_yaml, pages
from bot.demo.site import serving
from bot.records import Document, Watchlist

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with serving(partial(pages, NOW)) as address:
        yield address


@pytest.fixture
def watched(site: str) -> Watchlist:
    return watchlist(feeds_yaml(site), file="feeds.yaml", problems=feeds.problems)


def document(url: str) -> Document:
    answer = httpx.get(url, trust_env=False)
    assert answer.status_code == 200
    return Document(
        url=url,
        body=answer.content,
        fetched=NOW,
        content_type=answer.headers["Content-Type"],
        etag=answer.headers["ETag"],
    )


def test_it_watches_the_topics_and_subjects_that_lookout_ships(watched: Watchlist) -> None:
    path = shipped_watchlist()
    shipped = watchlist(watchlist_text(path), file=str(path), problems=feeds.problems)
    assert (watched.topics, watched.subjects) == (shipped.topics, shipped.subjects)


def test_every_title_is_marked_as_a_sample_and_every_link_leads_somewhere(watched: Watchlist) -> None:
    read = [feeds.read(feed, document(feed.url)) for feed in watched.feeds if feed.id != "sample-herald"]
    entries = [entry for reading in read for entry in reading.entries]
    assert len(entries) >= 14
    for entry in entries:
        assert entry.title.startswith("SAMPLE: ")
        assert entry.published
        assert entry.url
        assert b"sample" in document(entry.url).body


def test_the_agencys_list_goes_on_to_a_second_page(watched: Watchlist) -> None:
    agency = next(feed for feed in watched.feeds if feed.id == "sample-agency")
    first = feeds.read(agency, document(agency.url))
    assert first.next_page
    second = feeds.read(agency, document(first.next_page))
    assert second.entries
    assert not {entry.url for entry in first.entries} & {entry.url for entry in second.entries}


def test_a_release_is_post_dated(watched: Watchlist) -> None:
    agency = next(feed for feed in watched.feeds if feed.id == "sample-agency")
    newest = feeds.read(agency, document(agency.url)).entries[0]
    assert newest.published == NOW + timedelta(hours=4)


def test_the_letter_links_its_text(site: str) -> None:
    page = document(f"{site}/senate/senators-urge-ice-to-stop-using-mobile-fortify").body.decode()
    assert "no later than December 8, 2026" in page
    assert '<a href="/letters/letter-to-ice-on-mobile-fortify.pdf">' in page
    assert document(f"{site}/letters/letter-to-ice-on-mobile-fortify.pdf").body.startswith(b"SAMPLE.")


def test_what_the_reader_has_already_is_not_sent_again(site: str) -> None:
    seen = document(f"{site}/courier/feed.xml")
    again = httpx.get(f"{site}/courier/feed.xml", headers={"If-None-Match": seen.etag or ""}, trust_env=False)
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_that_is_not_there_is_not_found(site: str) -> None:
    assert httpx.get(f"{site}/nowhere", trust_env=False).status_code == 404
