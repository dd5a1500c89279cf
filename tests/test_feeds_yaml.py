"""The watch list that Lookout ships: whole, valid, and without addresses known to be dead."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote_plus

import pytest

from bot.config import watchlist, watchlist_text
from bot.feeds import kinds, problems
from bot.records import Watchlist

SHIPPED = Path(__file__).parents[1] / "feeds.yaml"

DEAD = [
    "www.dhs.gov/news/rss.xml",
    "www.dhs.gov/news-releases/rss.xml",
    "www.dhs.gov/rss.xml",
    "www.cbp.gov/rss",
    "www.justice.gov/feeds/opa/justice-news.xml",
    "www.whitehouse.gov/feed",
    "energycommerce.house.gov/rss.xml",
    "www.commerce.senate.gov/rss/feeds/?type=news",
    "feeds.apnews.com",
    "feeds.reuters.com",
    "rss.cnn.com",
    "feeds.a.dj.com",
    "www.politico.com/rss",
    "www.nextgov.com/rss/technology",
    "www.govexec.com/rss/technology",
    "www.lawfaremedia.org",
    "www.federalregister.gov/documents/search",
]
"""Addresses that somebody found dead, retired, stale or walled off; as they begin after the scheme."""


@pytest.fixture(scope="module")
def shipped() -> Watchlist:
    return watchlist(watchlist_text(SHIPPED), file="feeds.yaml", problems=problems)


def test_the_shipped_watch_list_is_valid_and_large_enough(shipped: Watchlist) -> None:
    count = Counter(feed.category for feed in shipped.feeds)
    assert len(shipped.feeds) >= 60
    assert count["news"] >= 20
    assert count["advocacy"] >= 6
    assert count["dhs"] >= 6


@pytest.mark.parametrize(
    "host",
    [
        "www.dhs.gov",
        "www.ice.gov",
        "www.cbp.gov",
        "www.uscis.gov",
        "www.justice.gov",
        "www.whitehouse.gov",
        "www.gao.gov",
        "www.oig.dhs.gov",
        "www.tsa.gov",
        "api.regulations.gov",
        "api.congress.gov",
        "www.govinfo.gov",
        "www.federalregister.gov",
        "www.congress.gov",
        *(
            f"www.{name}.senate.gov"
            for name in ("markey", "wyden", "vanhollen", "sanders", "schiff", "warren", "merkley", "padilla", "durbin")
        ),
        "www.judiciary.senate.gov",
        "www.hsgac.senate.gov",
        "judiciary.house.gov",
        "homeland.house.gov",
    ],
)
def test_every_required_source_is_watched(shipped: Watchlist, host: str) -> None:
    assert any(f"//{host}/" in feed.url for feed in shipped.feeds)


def test_every_required_subject_is_found_by_its_usual_name(shipped: Watchlist) -> None:
    aliases = {alias for subject in shipped.subjects for alias in subject.aliases}
    assert aliases >= {
        "Mobile Fortify",
        "Mobile Identify",
        "CBP One",
        "CBP Home",
        "iris scan*",
        "skip tracing",
        "Clearview AI",
        "ImmigrationOS",
        "Homeland Advanced Recognition Technology",
        "biometric exit",
        "TSA facial recognition",
        "287(g)",
        "Homeland Security appropriations",
    }


def test_every_subject_is_searched_for_in_google_news(shipped: Watchlist) -> None:
    asked = [unquote_plus(feed.url).casefold() for feed in shipped.feeds if "//news.google.com/" in feed.url]
    for subject in shipped.subjects:
        names = [alias.rstrip("*").casefold() for alias in subject.aliases]
        names += [name.removeprefix("tsa ").removeprefix("iris ") for name in names]
        assert any(name in query for name in names for query in asked), subject.id


def test_every_search_in_google_news_tells_the_outlet_from_the_title(shipped: Watchlist) -> None:
    searches = [feed for feed in shipped.feeds if "//news.google.com/" in feed.url]
    assert all(feed.options == {"outlet_in_title": True} for feed in searches)


def test_the_kinds_that_there_are_stand_at_the_head_of_the_file() -> None:
    head = watchlist_text(SHIPPED).partition("#   kind")[2].partition("#   url")[0]
    assert sorted(re.findall(r"\w+", head)) == sorted(kinds())
