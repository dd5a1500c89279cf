"""Feeds, with the traps that real ones set."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import feeds
from bot.errors import ReadError
from bot.records import Document, Entry, Feed

Make = Callable[..., Feed]
Sample = Callable[..., Document]


@pytest.fixture
def senate(feed: Make, sample: Sample) -> list[Entry]:
    url = "https://www.example.senate.gov/rss/feeds/"
    return list(feeds.read(feed("rss", url), sample("rss_senate.xml", url)).entries)


def test_a_title_is_plain_text(senate: list[Entry]) -> None:
    assert senate[0].title == "Example & Sample Ask ICE About Face Scans"


def test_a_relative_link_becomes_whole(senate: list[Entry]) -> None:
    assert senate[0].url == "https://www.example.senate.gov/news/press-releases/face-scans?utm_source=rss"


def test_the_whole_content_is_preferred_to_the_summary(senate: list[Entry]) -> None:
    assert "They ask for an answer by August 1." in senate[0].content
    assert not senate[0].full  # until feeds.yaml says so


def test_est_in_july_means_the_clock_in_washington(senate: list[Entry]) -> None:
    assert senate[0].published == datetime(2026, 7, 2, 15, 27, tzinfo=UTC)


def test_an_impossible_date_is_unknown_and_the_entry_kept(senate: list[Entry]) -> None:
    assert senate[1].title == "Statement With an Impossible Date"
    assert senate[1].published is None


def test_a_guid_that_is_an_address_is_the_link(senate: list[Entry]) -> None:
    assert senate[2].url == "https://www.example.senate.gov/news/press-releases/only-guid"
    assert senate[3].url is None


def test_a_date_without_time_is_a_day_in_washington(senate: list[Entry]) -> None:
    assert senate[2].published == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert senate[2].day_only


def test_a_date_without_a_zone_is_washington_time(senate: list[Entry]) -> None:
    assert senate[3].published == datetime(2026, 6, 29, 18, 23, tzinfo=UTC)


def test_a_made_up_time_of_day_is_left_out(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("rss", dates="day"), sample("rss_doj.xml")).entries
    assert entry.published == datetime(2026, 8, 7, 4, tzinfo=UTC)
    assert entry.day_only


def test_a_feed_of_whole_articles_says_so(feed: Make, sample: Sample) -> None:
    entries = feeds.read(feed("rss", full_text=True), sample("rss_senate.xml")).entries
    assert [entry.full for entry in entries] == [True, True, False, False]


def test_the_outlet_leaves_the_title_of_google_news(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("rss", outlet_in_title=True), sample("rss_google_news.xml")).entries
    assert (entry.title, entry.outlet, entry.content) == ("Agents Scan Faces - and Phones", "The Sample Post", "")


def test_atom_is_read_with_its_base(feed: Make, sample: Sample) -> None:
    first, second = feeds.read(feed("rss"), sample("rss_atom.xml")).entries
    assert first.title == "City Council Votes on Face Recognition"
    assert first.url == "https://sample-news.example.com/tech/council-vote.html"
    assert first.content == "<p>The council voted on Friday.</p>"
    assert first.published == datetime(2026, 8, 7, 14, 15, tzinfo=UTC)
    assert second.url == "https://sample-news.example.com/two"
    assert second.published == datetime(2026, 8, 6, tzinfo=UTC)


def test_rdf_is_read(feed: Make, sample: Sample) -> None:
    [entry] = feeds.read(feed("rss"), sample("rss_rdf.xml")).entries
    assert (entry.title, entry.url) == ("An RDF Entry", "https://rdf.example.org/1")
    assert entry.published == datetime(2026, 8, 7, 12, tzinfo=UTC)


def test_json_feed_is_read(feed: Make, sample: Sample) -> None:
    url = "https://advocates.example.org/feed.json"
    one, two, three = feeds.read(feed("rss", url), sample("rss_json_feed.json", url)).entries
    assert (one.url, one.content, one.language) == ("https://advocates.example.org/blog/one", "<p>All of it.</p>", "en")
    assert (two.url, two.day_only) == ("https://advocates.example.org/blog/two", True)
    assert (three.guid, three.url) == ("3", None)


def test_a_feed_without_entries_is_a_feed(feed: Make, document: Sample) -> None:
    empty = document(b'<rss version="2.0"><channel><title>Quiet</title></channel></rss>')
    assert feeds.read(feed("rss"), empty).entries == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            b"<!doctype html><html><head><title>Page &amp; not found</title></head></html>",
            'an HTML page, "Page & not found"',
        ),
        (b"<?xml version='1.0'?><opml version='1.0'><body/></opml>", "OPML"),
        (b'{"packages": []}', "JSON of another shape"),
        (b'{"version": "https://jsonfeed.org/version/1", ', "broken JSON"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"", "an empty document"),
        (b"Not Found", "neither XML nor JSON"),
        (b'<rss version="2.0"><channel><title>broken', "broken XML"),
    ],
)
def test_what_is_no_feed_is_named(feed: Make, document: Sample, body: bytes, says: str) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("rss"), document(body))
    assert caught.value.reason == "not a feed"
    assert says in caught.value.detail


def test_a_document_that_is_a_file_name_opens_no_file(feed: Make, sample: Sample, document: Sample) -> None:
    name = str(Path(__file__).parents[1] / "samples" / "rss_doj.xml").encode()
    with pytest.raises(ReadError, match="neither XML nor JSON"):
        feeds.read(feed("rss"), document(name))


def test_a_placeholder_is_no_feed(feed: Make, sample: Sample) -> None:
    with pytest.raises(ReadError, match="placeholder"):
        feeds.read(feed("rss"), sample("rss_placeholder.xml"))


def test_another_channel_than_the_one_asked_for_is_no_feed(feed: Make, sample: Sample) -> None:
    assert feeds.read(feed("rss", title_must_contain="press releases"), sample("rss_senate.xml")).entries
    with pytest.raises(ReadError, match="the channel is"):
        feeds.read(feed("rss", title_must_contain="Nominations"), sample("rss_senate.xml"))


def test_the_first_two_thousand_entries_are_read(feed: Make, document: Sample) -> None:
    items = b"".join(b"<item><title>Entry %d</title></item>" % n for n in range(300_000))
    entries = feeds.read(feed("rss"), document(b'<rss version="2.0"><channel>' + items + b"</channel></rss>")).entries
    assert [entry.title for entry in entries] == [f"Entry {n}" for n in range(2_000)]


def test_the_servers_charset_is_believed(feed: Make, document: Sample) -> None:
    body = '<rss version="2.0"><channel><item><title>Señor</title></item></channel></rss>'.encode("iso-8859-1")
    [entry] = feeds.read(feed("rss"), document(body, content_type="text/xml; charset=iso-8859-1")).entries
    assert entry.title == "Señor"
