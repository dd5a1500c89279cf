"""The Federal Register's answers, with fields missing as they are."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import feeds
from bot.errors import ReadError
from bot.records import Document, Feed

API = "https://www.federalregister.gov/api/v1/documents.json"
NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)


def test_documents_are_read_with_what_they_have(feed: Callable[..., Feed], sample: Callable[..., Document]) -> None:
    reading = feeds.read(feed("federal_register"), sample("federal_register.json", API))
    first, second = reading.entries
    assert (first.guid, first.published, first.day_only) == ("2026-10001", datetime(2026, 8, 7, 4, tzinfo=UTC), True)
    assert first.content == "The agency announces a test of face comparison."
    assert (second.url, second.published, second.content) == (None, None, "")
    assert reading.next_page == "https://www.federalregister.gov/api/v1/documents.json?page=2"


def test_a_document_says_where_its_full_text_is(feed: Callable[..., Feed], document: Callable[..., Document]) -> None:
    text = "https://www.federalregister.gov/documents/full_text/text/2026/08/07/2026-10001.txt"
    body = (
        f'{{"count": 2, "results": [{{"title": "A", "raw_text_url": "{text}"}}, {{"title": "B", "raw_text_url": 5}}]}}'
    )
    assert [e.text_url for e in feeds.read(feed("federal_register"), document(body.encode())).entries] == [text, None]
    asked = parse_qs(urlsplit(feeds.address(feed("federal_register", API), None, NOW)).query)
    assert "raw_text_url" in asked["fields[]"]


def test_the_next_page_is_on_the_same_host(feed: Callable[..., Feed], sample: Callable[..., Document]) -> None:
    elsewhere = sample("federal_register.json", "https://mirror.example.org/documents.json")
    assert feeds.read(feed("federal_register"), elsewhere).next_page is None


def test_public_inspection_is_dated_by_its_filing(feed: Callable[..., Feed], sample: Callable[..., Document]) -> None:
    [entry] = feeds.read(feed("federal_register"), sample("federal_register_inspection.json")).entries
    assert entry.title == "Agency Information Collection Activities: Sample Collection"
    assert entry.published == datetime(2026, 8, 7, 12, 45, tzinfo=UTC)


def test_it_is_asked_from_two_days_before_the_last_success(feed: Callable[..., Feed]) -> None:
    agency = feed("federal_register", f"{API}?conditions%5Bagencies%5D%5B%5D=homeland-security-department&per_page=50")
    asked = parse_qs(urlsplit(feeds.address(agency, datetime(2026, 8, 9, 12, tzinfo=UTC), NOW)).query)
    assert asked["conditions[publication_date][gte]"] == ["2026-08-07"]
    assert asked["conditions[agencies][]"] == ["homeland-security-department"]
    assert (asked["per_page"], asked["order"]) == (["50"], ["newest"])
    first = parse_qs(urlsplit(feeds.address(agency, None, NOW)).query)
    assert first["conditions[publication_date][gte]"] == ["2026-08-03"]


def test_public_inspection_is_asked_as_it_stands(feed: Callable[..., Feed]) -> None:
    url = "https://www.federalregister.gov/api/v1/public-inspection-documents/current.json"
    assert feeds.address(feed("federal_register", url), None, NOW) == url


def test_no_documents_are_no_failure(feed: Callable[..., Feed], document: Callable[..., Document]) -> None:
    assert feeds.read(feed("federal_register"), document(b'{"description": "None", "count": 0}')).entries == []


@pytest.mark.parametrize(
    "body", [b"<html><title>Request Access</title></html>", b'{"errors": {}}', b"[]", b"[" * 100_000]
)
def test_another_answer_is_not_a_feed(
    feed: Callable[..., Feed], document: Callable[..., Document], body: bytes
) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("federal_register"), document(body))
    assert caught.value.reason == "not a feed"
