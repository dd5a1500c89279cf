"""The matcher with the topics that Lookout ships and one that no head was trained for."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import feeds
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.matching import Embedder, Matcher, VectorCache, load_heads
from bot.records import Topic, Watchlist

OCEANS = Topic(
    id="oceans",
    name="Oceans",
    description="Sea life and those who study it.",
    examples=(
        "Scientists map coral reefs with underwater drones",
        "Whales return to the bay after decades",
        "Bill would protect seagrass and kelp forests",
        "Warm water bleaches coral around the islands",
        "Researchers count sharks off the coast",
    ),
    near_misses=(),
    phrases=("coral reef*", "whale*", "kelp"),
)
"""A topic as a newcomer writes one: a name, a sentence, five examples, a few phrases."""


@pytest.fixture(scope="session")
def shipped() -> Watchlist:
    path = shipped_watchlist()
    return watchlist(watchlist_text(path), file=str(path), problems=feeds.problems)


@pytest.fixture(scope="session")
def build(embedder: Embedder, shipped: Watchlist, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Matcher]:
    """Return what builds a matcher for some topics."""
    folder: Path = tmp_path_factory.mktemp("vectors")

    def built(*topics: Topic) -> Matcher:
        return Matcher(topics, shipped.subjects, embedder, VectorCache(folder, embedder), load_heads())

    return built


@pytest.fixture(scope="session")
def matcher(build: Callable[..., Matcher], shipped: Watchlist) -> Matcher:
    return build(*shipped.topics, OCEANS)
