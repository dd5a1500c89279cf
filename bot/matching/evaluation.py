"""How right the matcher is on labelled items: precision, recall, F1, average precision, and a plain phrase rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.matching.phrases import Phrases
from bot.records import Topic


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A text with what a person said of it: for each topic id, is it about it? `hard`: its words mislead."""

    title: str
    text: str
    labels: dict[str, bool]
    source: str = ""
    hard: bool = False
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What came out for `n` items of which `positives` are about the topic. None: nothing to measure it on."""

    n: int
    positives: int
    precision: float | None
    recall: float | None
    f1: float | None
    ap: float | None


def scores(labels: NDArray[np.bool_], said: NDArray[np.bool_], ranking: NDArray[np.float64]) -> Scores:
    """Compare what was `said` with the labels; `ranking` (higher is surer) gives average precision."""
    right = int(np.sum(said & labels))
    flagged, positives = int(np.sum(said)), int(np.sum(labels))
    return Scores(
        n=len(labels),
        positives=positives,
        precision=_rounded(right, flagged),
        recall=_rounded(right, positives),
        f1=_rounded(2 * right, flagged + positives),
        ap=_average_precision(labels, ranking) if positives else None,
    )


def _rounded(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _average_precision(labels: NDArray[np.bool_], ranking: NDArray[np.float64]) -> float:
    """Sum of precision times the gain in recall over distinct thresholds; items that tie count together."""
    gain, seen, right, total = 0.0, 0, 0, int(np.sum(labels))
    for value in np.unique(ranking)[::-1]:
        tied = ranking == value
        hits = int(np.sum(labels & tied))
        seen, right = seen + int(np.sum(tied)), right + hits
        gain += hits / total * right / seen
    return round(gain, 4)


def phrase_rule(topic: Topic, items: Iterable[Labelled]) -> NDArray[np.float64]:
    """Return for each item how many distinct phrases of the topic it holds: the rule says yes from one on."""
    phrases = Phrases(topic.phrases)
    return np.array([len(phrases.distinct(f"{item.title}\n{item.text}")) for item in items], dtype=np.float64)


def folds(items: Sequence[Labelled], number: int = 5) -> NDArray[np.intp]:
    """Return the fold of each item; items of one source share one, so no office teaches its own turns of phrase."""
    return np.array([crc32((item.source or item.title).encode()) % number for item in items], dtype=np.intp)
