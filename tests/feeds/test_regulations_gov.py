"""Regulations.gov's documents, with the days until which people may comment."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import feeds
from bot.errors import ReadError
from bot.feeds.regulations_gov import MOST_ENTRIES
from bot.records import Document, Feed

API = "https://api.regulations.gov/v4/documents?filter[agencyId]=DHS,ICE"
NOW = datetime(2026, 2, 5, 2, tzinfo=UTC)  # still the 4th in Washington

Make = Callable[..., Feed]
Sample = Callable[..., Document]


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_a_proposal_is_told_with_the_day_on_which_comments_are_due(feed: Make, sample: Sample) -> None:
    first, second = feeds.read(feed("regulations_gov", API), sample("regulations_gov.json", API)).entries
    assert first.url == "https://www.regulations.gov/document/SAMPLE-2026-0001-0001"
    assert first.content == "Proposed Rule in docket SAMPLE-2026-0001.\n\nComments are due by April 3, 2026."
    assert (first.published, first.day_only) == (datetime(2026, 2, 3, 5, tzinfo=UTC), True)
    assert second.content == "Withdrawn. Notice."


def test_it_is_asked_by_days_of_washington_and_keeps_its_agencies(feed: Make) -> None:
    question = asked(feeds.address(feed("regulations_gov", API), NOW, NOW))
    assert question == {
        "filter[agencyId]": ["DHS,ICE"],
        "filter[postedDate][ge]": ["2026-02-02"],
        "sort": ["-postedDate"],
        "page[size]": ["250"],
        "page[number]": ["1"],
    }
    assert asked(feeds.address(feed("regulations_gov", API), None, NOW))["filter[postedDate][ge]"] == ["2026-01-28"]


def test_the_list_goes_on_while_the_api_says_so_and_has_an_end(feed: Make, sample: Sample) -> None:
    one = feed("regulations_gov", API)
    first = feeds.address(one, None, NOW)
    following = feeds.read(one, sample("regulations_gov.json", first)).next_page
    assert following
    assert asked(following) == asked(first) | {"page[number]": ["2"]}
    for last in ("20", "99999999", "x"):
        assert feeds.read(one, sample("regulations_gov.json", f"{API}&page[number]={last}")).next_page is None


def test_it_needs_a_key_and_every_page(feed: Make) -> None:
    assert feeds.key(feed("regulations_gov")) == "LOOKOUT_REGULATIONS_GOV_KEY"
    assert feeds.every_page(feed("regulations_gov"))


@pytest.mark.parametrize(
    "body", [b"<html></html>", b'{"error": {"code": "OVER_RATE_LIMIT"}}', b'{"data": 1}', b"[]", b"[" * 100_000]
)
def test_another_answer_is_not_a_feed(feed: Make, document: Sample, body: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("regulations_gov"), document(body))
    assert caught.value.reason == "not a feed"


def test_no_answer_is_read_without_end_and_no_name_leads_elsewhere(feed: Make, document: Sample) -> None:
    one = b'{"id": "../../evil?x=1#y", "attributes": {"title": "A"}}'
    entries = feeds.read(feed("regulations_gov"), document(b'{"data": [' + b",".join([one] * 5_000) + b"]}")).entries
    assert len(entries) == MOST_ENTRIES
    assert entries[0].url == "https://www.regulations.gov/document/..%2F..%2Fevil%3Fx%3D1%23y"
