"""Where feeds say that they are pushed."""

import json
from datetime import UTC, datetime

import pytest

from bot import feeds
from bot.records import Document, Feed, Offer
from tests.newsroom import feed as a_feed
from tests.newsroom import press

HUB, TOPIC = "https://hub.example/", "https://courier.example/feed"


def offered(body: str, *links: str) -> Offer | None:
    with press() as sites:
        feed: Feed = a_feed(sites, "courier")
    headers = tuple(("Link", link) for link in links)
    when = datetime(2026, 4, 10, tzinfo=UTC)
    document = Document(url="https://courier.example/rss", body=body.encode(), fetched=when, headers=headers)
    return feeds.read(feed, document).offer


def rss(links: str, items: str = "") -> str:
    atom = 'xmlns:atom="http://www.w3.org/2005/Atom"'
    return (
        f'<?xml version="1.0"?><rss version="2.0" {atom}><channel><title>Courier</title>{links}{items}</channel></rss>'
    )


LINKS = f'<atom:link rel="hub" href="{HUB}"/><atom:link href=\'{TOPIC}\' type="application/rss+xml" rel=\'self\' />'


def test_a_feed_names_its_hub_and_what_it_is_called_there() -> None:
    assert offered(rss(LINKS)) == Offer(hub=HUB, topic=TOPIC)
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Courier</title>{}</feed>'
    assert offered(atom.format(LINKS.replace("atom:", ""))) == Offer(hub=HUB, topic=TOPIC)


def test_headers_come_before_the_feed() -> None:
    link = '<https://other.example/?a=1,2>; rel="hub", <https://courier.example/own>; rel=self'
    assert offered(rss(LINKS), link) == Offer(hub="https://other.example/?a=1,2", topic="https://courier.example/own")


def test_without_a_name_for_itself_the_address_that_answered_is_the_topic() -> None:
    assert offered(rss(f'<atom:link rel="hub" href="{HUB}"/>')) == Offer(hub=HUB, topic="https://courier.example/rss")


def test_a_json_feed_names_its_hub() -> None:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Courier", "feed_url": TOPIC, "items": []}
    hubs = [{"type": "rssCloud", "url": "https://no.example"}, {"type": "WebSub", "url": HUB}]
    assert offered(json.dumps(feed | {"hubs": hubs})) == Offer(hub=HUB, topic=TOPIC)
    assert offered(json.dumps(feed | {"hubs": ["odd", 3, {"type": 5}]})) is None


@pytest.mark.parametrize(
    "links",
    [
        "",
        '<atom:link rel="hub" href="javascript:alert(1)"/>',
        '<atom:link rel="hub"/>',
        f'<atom:link rel="hub" href="https://hub.example/{"x" * 3_000}"/>',
        f'<atom:link rel="alternate" href="{HUB}"/>',
    ],
)
def test_what_names_no_hub_that_can_be_called_is_not_pushed(links: str) -> None:
    assert offered(rss(links)) is None


def test_a_hub_in_an_entry_is_not_the_feed_s() -> None:
    entry = f"<item><title>A</title><link>https://courier.example/a</link>{LINKS}</item>"
    assert offered(rss("", entry)) is None


def test_a_head_made_to_be_slow_is_read_quickly_enough_to_return() -> None:
    for head in ("<atom:link " * 5_000, "<link " + " rel=" * 10_000, "<link rel=" + '"' * 5_000):
        assert offered(rss(f"<description><![CDATA[{head}]]></description>")) is None
    assert offered(rss(""), "<" * 4_000, "<a>" + ";" * 4_000, "<a>;" + " " * 4_000) is None
