"""Congress.gov's bills with their latest actions."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import bills, feeds, items
from bot.errors import ReadError
from bot.feeds.congress_gov import MOST_ENTRIES
from bot.records import Document, Feed

API = "https://api.congress.gov/v3/bill/119"
NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)

Make = Callable[..., Feed]
Sample = Callable[..., Document]


def asked(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


def test_a_bill_is_told_with_its_latest_action(feed: Make, sample: Sample) -> None:
    first, second, third = feeds.read(feed("congress_gov", API), sample("congress_gov.json", API)).entries
    assert first.title == "S. 3779: Sample Faces Act"
    assert first.url == "https://www.congress.gov/bill/119th-congress/senate-bill/3779"
    assert first.content == "Latest action, August 7, 2026: Read twice and referred to the Committee on Samples."
    assert (first.published, first.day_only) == (datetime(2026, 8, 7, 4, tzinfo=UTC), True)
    assert second.url == "https://www.congress.gov/bill/119th-congress/house-joint-resolution/12"
    assert second.title == "H.J.Res. 12: Disapproving the sample rule."
    assert (third.published, third.content) == (None, "")
    assert [bills.bill(entry.url or "") for entry in (first, second, third)] == [
        "119-s-3779",
        "119-hjres-12",
        "119-hr-77",
    ]


def test_the_next_action_of_a_bill_is_another_item(feed: Make, document: Sample) -> None:
    one = feed("congress_gov", API)

    def keys(day: str, happened: str) -> set[str]:
        body = (
            '{"bills": [{"congress": 119, "type": "S", "number": "3779", "title": "A sample act of a good many words",'
            f' "latestAction": {{"actionDate": "{day}", "text": "{happened}"}}}}]}}'
        )
        return set(items.identities(feeds.read(one, document(body.encode(), url=API)).entries, one)[0])

    introduced = keys("2026-08-07", "Introduced.")
    assert introduced == keys("2026-08-07", "Introduced.")
    assert not introduced & keys("2026-09-01", "Reported with amendments.")


def test_it_is_asked_for_what_changed_since_two_days_before_the_last_success(feed: Make) -> None:
    since = datetime(2026, 8, 9, 12, tzinfo=UTC)
    assert asked(feeds.address(feed("congress_gov", API), since, NOW)) == {
        "format": ["json"],
        "sort": ["updateDate desc"],
        "limit": ["250"],
        "fromDateTime": ["2026-08-07T00:00:00Z"],
    }
    assert asked(feeds.address(feed("congress_gov", API), None, NOW))["fromDateTime"] == ["2026-08-03T00:00:00Z"]


def test_the_next_page_asks_the_same_of_the_same_host(feed: Make, sample: Sample) -> None:
    one = feed("congress_gov", API)
    first = feeds.address(one, None, NOW)
    following = feeds.read(one, sample("congress_gov.json", first)).next_page
    assert following
    assert asked(following) == asked(first) | {"offset": ["250"]}
    assert feeds.read(one, sample("congress_gov.json", "https://elsewhere.example.org/v3/bill")).next_page is None
    assert feeds.read(one, sample("congress_gov.json", following)).next_page is None  # a page that leads to itself


def test_it_needs_a_key_and_every_page(feed: Make) -> None:
    assert feeds.key(feed("congress_gov")) == "LOOKOUT_CONGRESS_GOV_KEY"
    assert feeds.key(feed("rss")) is None
    assert feeds.every_page(feed("congress_gov"))


def test_a_week_without_bills_is_no_failure(feed: Make, document: Sample) -> None:
    answer = document(b'{"bills": [], "pagination": {"count": 0}}', url=API)
    assert (feeds.read(feed("congress_gov"), answer).entries, feeds.read(feed("congress_gov"), answer).next_page) == (
        [],
        None,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>Request Access</title></html>",
        b'{"error": {"code": "API_KEY_MISSING", "message": "none given"}}',
        b'{"bills": {}}',
        b"[]",
        b"[" * 100_000,
    ],
)
def test_another_answer_is_not_a_feed(feed: Make, document: Sample, body: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("congress_gov"), document(body))
    assert caught.value.reason == "not a feed"


def test_no_answer_is_read_without_end(feed: Make, document: Sample) -> None:
    one = b'{"congress": 119, "type": "S", "number": "1", "title": "A"}'
    body = b'{"bills": [' + b",".join([one] * 5_000) + b'], "pagination": {"next": 5}}'
    assert len(feeds.read(feed("congress_gov"), document(body)).entries) == MOST_ENTRIES


@pytest.mark.parametrize("number", ["-1", "1e3", "٣", "9" * 5_000, "../../x", True])
def test_a_bill_with_an_impossible_number_is_left_out(feed: Make, document: Sample, number: str) -> None:
    body = f'{{"bills": [{{"congress": 119, "type": "S", "number": "{number}", "title": "A"}}]}}'
    assert feeds.read(feed("congress_gov"), document(body.encode())).entries == []
