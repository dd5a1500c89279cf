"""Fitting the shipped heads: what they may learn from labels, and what only tells where a label came from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.matching import Embedder, Labelled, Matcher, VectorCache, fit_heads, load_heads
from bot.matching.heads import MEASURES
from bot.records import Topic, Watchlist

TEXT = "The office said on Monday that it would answer all questions in writing. " * 3


def pile(number: int, about: str, text: str, **labels: bool) -> list[Labelled]:
    return [
        Labelled(title=f"Sample {about} item {n}", text=text, labels=labels, source=f"{about} {n}")
        for n in range(number)
    ]


@pytest.mark.parametrize(("texts", "learnt"), [(2, False), (40, True)])
def test_that_an_item_has_a_text_is_learnt_only_from_texts_about_the_topic(
    embedder: Embedder, shipped: Watchlist, tmp_path: Path, texts: int, learnt: bool
) -> None:
    topic: Topic = replace(shipped.topics[0], id="reefs")
    items = [
        *pile(40, "coral", "", reefs=True),
        *pile(texts, "coral", TEXT, reefs=True),
        *pile(60, "road", TEXT, reefs=False),
        *pile(20, "road", "", reefs=False),
    ]
    matcher = Matcher([topic], (), embedder, VectorCache(tmp_path, embedder), load_heads())
    [lesson, _], _ = fit_heads(matcher, embedder.name, [topic], items, np.ones(len(items)))
    weights = dict(zip(MEASURES, lesson.head.weights[-len(MEASURES) :], strict=True))
    assert bool(weights["has a text"]) is learnt
    assert weights["title: distinct phrases, at most 3"] == 0  # no phrase occurs
