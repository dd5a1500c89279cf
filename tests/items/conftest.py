"""A feed and its entries, as the tests of identity and acceptance need them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import items
from bot.records import Document, Entry, Feed, Item

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def feed() -> Feed:
    return Feed(
        id="ice",
        name="ICE newsroom",
        kind="press_page",
        url="https://www.ice.example.gov/newsroom",
        category="dhs",
        every=timedelta(hours=1),
    )


@pytest.fixture
def entry() -> Callable[..., Entry]:
    def make(**said: Any) -> Entry:
        return Entry(**{"title": "Sample Release", "url": "https://www.ice.example.gov/news/sample", **said})

    return make


@pytest.fixture
def article() -> Document:
    body = (Path(__file__).parents[1] / "samples" / "press_page_article.html").read_bytes()
    return Document(url="https://www.ice.example.gov/news/sample", body=body, fetched=NOW)


@pytest.fixture
def accepted(feed: Feed) -> Callable[..., Item]:
    def make(entry: Entry, article: Document | None = None, to: Feed = feed) -> Item:
        [keys] = items.identities([entry], to)
        return items.accept(entry, keys, to, NOW, article)

    return make
