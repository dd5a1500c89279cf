"""Congress.gov's bills with their latest actions."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot import bills, feeds, items
from bot.errors import ReadError
from bot.feeds.congress_gov import MOST_ENTRIES
from bot.records import Document, Entry, Feed, Further

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
    assert first.content == "August 7, 2026: Read twice and referred to the Committee on Samples."
    assert (first.published, first.day_only) == (datetime(2026, 8, 7, 22, 59, tzinfo=UTC), True)
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


def further(feed: Make, sample: Sample, **said: Any) -> Further:
    """What the sample's first bill names."""
    listed = sample("congress_gov.json", API)
    found = feeds.read(feed("congress_gov", API), replace(listed, **said)).entries[0].further
    assert found is not None
    return found


def test_all_actions_of_a_bill_are_told_as_the_list_tells_its_latest_and_each_once(feed: Make, sample: Sample) -> None:
    named, one = further(feed, sample), feed("congress_gov", API)
    assert named.url == "https://api.congress.gov/v3/bill/119/s/3779/actions?format=json&limit=250"
    entries = feeds.read_on(one, sample("congress_gov_actions.json", named.url), named).entries
    assert [entry.content for entry in entries] == [
        "August 7, 2026: Read twice and referred to the Committee on Samples.",
        "August 7, 2026: Introduced in Senate",
        "August 6, 2026: On passage Passed by the Yeas and Nays: 200 - 190 (Roll no. 7).",
        "August 6, 2026: Amendment (A001) offered by Ms. Sample.",
        "undated",
    ]
    latest = feeds.read(one, sample("congress_gov.json", API)).entries[0]
    assert replace(latest, further=None, published=entries[0].published) == entries[0]
    assert items.identities([latest], one)[0] == items.identities(entries, one)[0]
    times = [entry.published for entry in (latest, *entries) if entry.published]
    assert times == sorted(times, reverse=True)
    assert {entry.title for entry in entries} == {latest.title}
    assert (entries[2].published, entries[2].day_only) == (datetime(2026, 8, 6, 18, 7, 30, tzinfo=UTC), False)
    assert len({key for keys in items.identities(entries, one) for key in keys}) >= len(entries)


def test_actions_go_on_on_another_page_of_the_same_host(feed: Make, document: Sample) -> None:
    named = Further(url=f"{API}/s/1/actions?limit=250", page="", title="A", mark="")
    following = b'"pagination": {"count": 300, "next": "https://api.congress.gov/v3/x?offset=250"}'
    answer = document(b'{"actions": [{"text": "a"}], ' + following + b"}", url=named.url)
    assert feeds.read_on(feed("congress_gov", API), answer, named).next_page == f"{named.url}&offset=250"


@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"bills": []}', b'{"actions": 1}', b"[" * 100_000])
def test_another_answer_is_not_a_bills_actions(feed: Make, document: Sample, sample: Sample, body: bytes) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read_on(feed("congress_gov"), document(body), further(feed, sample))
    assert caught.value.reason == "not a feed"


def test_strange_actions_are_left_out_and_text_is_looked_through_in_a_moment(feed: Make, document: Sample) -> None:
    strange = {"actions": ["x", {}, {"text": 5}, {"text": "(CR S1" * 50_000}, {"actionDate": "0-0-0", "text": "b"}]}
    answer = document(json.dumps(strange).encode())
    named = Further(url=API, page="https://www.congress.gov/bill/119th-congress/senate-bill/1", title="A", mark="")
    told: list[Entry] = list(feeds.read_on(feed("congress_gov"), answer, named).entries)
    assert [(entry.published, len(entry.content)) for entry in told] == [(None, 1_000), (None, 1)]


def test_a_record_that_may_still_go_on_under_its_mark_has_another_at_the_next_poll(feed: Make, sample: Sample) -> None:
    changed = datetime(2026, 8, 9, 10, tzinfo=UTC)
    soon, later, long_after = (
        further(feed, sample, fetched=changed + timedelta(minutes=minutes)).mark for minutes in (10, 20, 70)
    )
    assert len({soon, later, long_after}) == 3
    assert further(feed, sample, fetched=changed + timedelta(days=2)).mark == long_after
    body = sample("congress_gov.json", API).body.replace(b'"updateDateIncludingText": "2026-08-09T10:00:00Z",', b"")
    day, night = (further(feed, sample, body=body, fetched=changed + timedelta(hours=h)).mark for h in (1, 11))
    assert day != night
    assert further(feed, sample, body=body, fetched=changed + timedelta(hours=20)).mark == "2026-08-09"


def test_an_action_is_news_however_late_from_what_the_first_poll_asked_for_and_for_90_days(feed: Make) -> None:
    bills_ = feed("congress_gov", API)
    assert feeds.late(bills_, NOW - timedelta(days=10), NOW) == NOW - timedelta(days=17)
    assert feeds.late(bills_, NOW - timedelta(days=900), NOW) == NOW - timedelta(days=90)
    assert feeds.late(bills_, None, NOW) == NOW - timedelta(days=7)


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


def test_a_list_that_is_as_it_was_brings_nothing(feed: Make, document: Sample) -> None:
    assert list(feeds.read(feed("congress_gov"), document(b"")).entries) == []


@pytest.mark.parametrize(
    "body",
    [
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
