"""What we keep of an entry: text, date, title, language."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.items import accept, held, text_at, wants_article
from bot.records import Document, Entry, Feed, Item

Make = Callable[..., Entry]
Accept = Callable[..., Item]

TEXT = (
    "SAMPLETOWN — Officers of the sample office compared the faces of travellers with photographs on file, "
    "the office said."
    "\n\nThe comparison took two seconds for each traveller, and no picture was kept for longer than twelve hours."
)


def test_the_articles_body_is_found_by_its_selector(
    entry: Make, feed: Feed, accepted: Accept, article: Document
) -> None:
    item = accepted(entry(content="A teaser."), article, replace(feed, options={"article": {"body": ".nr-body"}}))
    assert (item.text, item.text_from, item.language) == (TEXT, "article", "en")


@pytest.mark.parametrize("options", [{}, {"article": {"body": ".gone"}}])
def test_without_a_selector_the_article_is_extracted(
    entry: Make, feed: Feed, accepted: Accept, article: Document, options: dict[str, object]
) -> None:
    item = accepted(entry(content="A teaser."), article, replace(feed, options=options))
    assert "The comparison took two seconds" in item.text
    assert "never read" not in item.text
    assert item.text_from == "article"


def test_an_article_shorter_than_its_teaser_is_a_paywall(entry: Make, accepted: Accept) -> None:
    wall = Document(
        url="https://x.gov/", body=b"<html><body><p>Please subscribe.</p></body></html>", fetched=datetime.now(UTC)
    )
    item = accepted(entry(content=f"<p>{TEXT}</p>"), wall)
    assert (item.text.startswith("SAMPLETOWN"), item.text_from) == (True, "teaser")


def test_a_feed_that_carries_the_whole_says_so(entry: Make, accepted: Accept) -> None:
    assert accepted(entry(content="<p>All.</p>", full=True)).text_from == "feed"


@pytest.mark.parametrize("content", ["", "<p>Sample Release</p>", "###"])
def test_an_entry_may_be_only_a_title(entry: Make, accepted: Accept, content: str) -> None:
    item = accepted(entry(content=content))
    assert (item.text, item.text_from) == ("", "title")


def test_an_entry_without_a_title_is_called_by_its_first_words(entry: Make, accepted: Accept) -> None:
    assert accepted(entry(title="", content=TEXT)).title.startswith("SAMPLETOWN — Officers of the sample")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The office said that it has compared the faces of travellers with photographs which they keep."),
        ("es", "La oficina dijo que compara las caras de los viajeros con las fotografías que tiene en sus archivos."),
        ("nl", "Het kantoor is er zeker van of het de gezichten van reizigers met de foto's vergeleek."),
        ("da", "Kontoret siger for to år siden, at de har sammenlignet ansigter på rejsende for at finde billeder."),
        ("de", "Das Amt will die Gesichter der Reisenden mit den Fotos verglichen haben, die es in den Akten hat."),
        ("es", "FOR IMMEDIATE RELEASE: Declaración de la senadora sobre las fotografías de los viajeros de este año"),
    ],
)
def test_the_language_of_a_text_is_told(entry: Make, accepted: Accept, language: str, said: str) -> None:
    assert accepted(entry(title="Foto", content=said)).language == language


def test_the_articles_date_beats_a_day(entry: Make, accepted: Accept, article: Document) -> None:
    day = datetime(2026, 8, 7, 4, tzinfo=UTC)
    item = accepted(entry(published=day, day_only=True), article)
    assert (item.published, item.day_only) == (datetime(2026, 8, 7, 20, 20, tzinfo=UTC), False)
    exact = datetime(2026, 8, 7, 19, tzinfo=UTC)
    assert accepted(entry(published=exact), article).published == exact


def test_the_articles_date_is_found_by_its_selector(
    entry: Make, feed: Feed, accepted: Accept, article: Document
) -> None:
    item = accepted(entry(), article, replace(feed, options={"article": {"date": ".nr-meta"}}))
    assert (item.published, item.day_only) == (datetime(2026, 8, 6, 4, tzinfo=UTC), True)
    stamped = accepted(entry(), article, replace(feed, options={"article": {"date": "meta[property*=published]"}}))
    assert stamped.published == datetime(2026, 8, 7, 20, 20, tzinfo=UTC)


@pytest.mark.parametrize("published", [None, datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_date_nobody_can_believe_is_now(
    entry: Make, accepted: Accept, now: datetime, published: datetime | None
) -> None:
    assert accepted(entry(published=published)).published == now


def test_a_post_dated_item_came_out_just_before_it_was_seen(entry: Make, accepted: Accept, now: datetime) -> None:
    item = accepted(entry(published=datetime(2026, 8, 12, tzinfo=UTC)))
    assert now - timedelta(seconds=1) < item.published < now
    assert held(item, first_poll=True, since=None, now=now, flood=False) is None


def test_an_address_that_tells_no_items_apart_is_left_out(entry: Make, feed: Feed, accepted: Accept) -> None:
    item = accepted(entry(url=None, guid="release-1"))
    assert (item.url, item.address) == (feed.url, "")
    assert accepted(entry()).address == "https://ice.example.gov/news/sample"


def test_the_source_is_who_published_it(entry: Make, accepted: Accept) -> None:
    assert accepted(entry()).source == "ICE newsroom"
    assert accepted(entry(outlet="The Sample Post")).source == "The Sample Post"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, True),
        ({"full": True}, False),
        ({"url": None}, False),
        ({"url": "https://x.gov/letter.PDF"}, False),
        ({"url": "https://www.ice.example.gov/newsroom"}, False),
        ({"url": "https://news.google.com/rss/articles/CBMi1"}, False),
        ({"url": "https://www.federalregister.gov/documents/2026/08/07/x"}, False),
        ({"url": "javascript:void(0)"}, False),
    ],
)
def test_an_article_is_wanted_where_the_link_may_hold_it(
    entry: Make, feed: Feed, said: dict[str, object], wanted: bool
) -> None:
    assert wants_article(entry(**said), feed) is wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        Entry,
        title=st.text(),
        url=st.none() | st.text(),
        content=st.text() | st.text(alphabet="<>/pbr&;#x0 \n\x00\ud800"),
        published=st.none() | st.datetimes(timezones=st.just(UTC)),
        outlet=st.none() | st.text(),
    ),
    st.none() | st.binary(),
)
def test_anything_is_accepted(feed: Feed, now: datetime, entry: Entry, page: bytes | None) -> None:
    article = None if page is None else Document(url="https://x.gov/", body=page, fetched=now)
    item = accept(entry, ("guid:ice:1",), feed, now, article)
    assert item.title
    assert item.published <= now
    assert item.published.utcoffset() == timedelta(0)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in item.title + item.text.replace("\n", ""))


@pytest.mark.parametrize(
    ("url", "text_url", "at"),
    [
        ("https://example.gov/wall", "https://example.gov/raw.txt", "https://example.gov/raw.txt"),
        (
            "https://www.govinfo.gov/app/details/BILLS-119s3779is",
            None,
            "https://www.govinfo.gov/content/pkg/BILLS-119s3779is/html/BILLS-119s3779is.htm",
        ),
        ("https://www.govinfo.gov/app/details/CREC-2026-08-07", None, None),  # a day of the Record is no one text
        ("https://www.govinfo.gov/app/details/BILLS-119s1is/../../x", None, None),
        ("https://evil.example.org/app/details/BILLS-119s3779is", None, None),
        (None, None, None),
    ],
)
def test_a_full_text_is_read_where_it_is(
    entry: Make, feed: Feed, url: str | None, text_url: str | None, at: str | None
) -> None:
    one = entry(url=url, text_url=text_url)
    assert text_at(one) == at
    assert not at or wants_article(one, feed)
    assert not at or not wants_article(replace(one, full=True), feed)


def test_a_page_of_printed_text_keeps_its_paragraphs_and_loses_its_page_numbers(
    entry: Make, feed: Feed, accepted: Accept
) -> None:
    body = b"<html><body><pre>\nA first line\nand its end,\n\n[[Page 7]]\n\nwith &lt;p&gt; in it.\n</pre></body></html>"
    page = Document(url="https://example.gov/raw.txt", body=body, fetched=datetime(2026, 8, 10, tzinfo=UTC))
    item = accepted(entry(title="A", content=""), page, feed)
    assert (item.text, item.text_from) == ("A first line and its end,\n\nwith <p> in it.", "article")
