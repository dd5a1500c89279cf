"""What is clearly about no topic costs no embedding, and nothing that could matter is passed over. Samples only."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.matching import Embedder, Matcher, VectorCache, is_settled, load_heads
from bot.records import Item, Match, Watchlist
from tests.matching.conftest import OCEANS
from tests.written import item

DULL = item(
    "dull",
    title="County repaves two roads",
    text="The sample county will repave two roads before the winter. Drivers should expect delays. " * 30,
)


@pytest.fixture
def shipped_matcher(build: Callable[..., Matcher], shipped: Watchlist) -> Matcher:
    return build(*shipped.topics)


def matches(matcher: Matcher, one: Item) -> tuple[Match, ...]:
    return matcher.match([one])[one.id][0]


def test_a_clear_negative_is_settled_and_says_so_with_a_match_for_every_topic(shipped_matcher: Matcher) -> None:
    settled = matches(shipped_matcher, DULL)
    assert [match.topic_id for match in settled] == ["facial-recognition", "immigration-enforcement"]
    assert all(is_settled(match) and not match.flagged for match in settled)
    assert all(match.probability < 0.05 and match.nearest_for is None for match in settled)
    assert all(DULL.text[m.passage.start : m.passage.end] == m.passage.text for m in settled)


def test_looked_at_closely_it_has_its_nearest_examples(shipped_matcher: Matcher) -> None:
    closely = shipped_matcher.match([DULL], closely=True)[DULL.id][0]
    assert not any(is_settled(match) or match.flagged for match in closely)
    assert all(match.nearest_for and match.nearest_against for match in closely)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "County repaves two roads near the detention center"},
        {"text": f"The roads lead to the Border Patrol's station. {DULL.text}"},
        {"text": f"{DULL.text} The contract names Mobile Fortify."},
    ],
    ids=["a phrase in the title", "a phrase in the opening", "a subject anywhere"],
)
def test_what_has_a_phrase_where_it_counts_or_names_a_subject_is_embedded(
    shipped_matcher: Matcher, change: dict[str, Any]
) -> None:
    assert not any(is_settled(match) for match in matches(shipped_matcher, replace(DULL, **change)))


def test_a_phrase_that_is_new_in_feeds_yaml_is_looked_at_closely(
    build: Callable[..., Matcher], shipped: Watchlist
) -> None:
    edited = [replace(topic, phrases=(*topic.phrases, "repave*")) for topic in shipped.topics]
    assert not any(is_settled(match) for match in matches(build(*edited), DULL))


def test_with_a_topic_that_no_words_were_learnt_for_everything_is_embedded(
    build: Callable[..., Matcher], shipped: Watchlist
) -> None:
    assert not any(is_settled(match) for match in matches(build(*shipped.topics, OCEANS), DULL))


def test_with_another_model_everything_is_embedded(
    embedder: Embedder, shipped: Watchlist, tmp_path_factory: pytest.TempPathFactory
) -> None:
    class Renamed(Embedder):
        name = "another"

        def encode(self, texts):  # type: ignore[no-untyped-def]
            return embedder.encode(texts)

    other = Renamed()
    cache = VectorCache(tmp_path_factory.mktemp("other"), other)
    matcher = Matcher(shipped.topics, shipped.subjects, other, cache, load_heads())
    assert not any(is_settled(match) for match in matches(matcher, DULL))


def test_who_lowers_a_threshold_has_everything_embedded(build: Callable[..., Matcher], shipped: Watchlist) -> None:
    lax = [replace(topic, threshold=0.05) for topic in shipped.topics]
    strict = [replace(topic, threshold=0.9) for topic in shipped.topics]
    assert not any(is_settled(match) for match in matches(build(*lax), DULL))
    assert all(is_settled(match) for match in matches(build(*strict), DULL))
