"""What the doctor makes of a document of a site that no test can ask: those of Congress, and Google News."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import feeds
from bot.doctor.looking import looked_at
from bot.records import Document

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 4, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["media_body", "element", "recordlist"])
def test_a_page_of_congress_is_read_by_the_pattern_of_its_design(name: str) -> None:
    body = (SAMPLES / "congress_member" / f"{name}.html").read_bytes()
    page = Document(url="https://example.house.gov/media/press-releases", body=body, fetched=NOW)
    first = looked_at(page, NOW).proposals[0]
    assert (first.feed.kind, first.feed.category) == ("congress_member", "congress")
    assert first.feed.options == {"pattern": name}
    assert tuple(feeds.read(first.feed, page).entries[:3]) == first.first


def test_google_news_gives_titles_apart_from_outlets() -> None:
    body = (SAMPLES / "rss_google_news.xml").read_bytes()
    page = Document(url="https://news.google.com/rss/search?q=faces", body=body, fetched=NOW)
    [one] = looked_at(page, NOW).proposals
    assert one.feed.options == {"outlet_in_title": True}
    assert one.first[0].outlet is not None
    assert one.first[0].title == "Agents Scan Faces - and Phones"
