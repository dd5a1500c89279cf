"""From what is measured of an item to a calibrated probability: heads, trained or general, and how they are fitted.

A head is a logistic regression over

    title vector | vector of the lead | log odds by words | MEASURES     a trained head, for a topic with labels
                                                            MEASURES     the general head, for any topic of feeds.yaml

where the measures are cosines to the topic's examples and near misses, and counts of its phrases and of misleading
ones. So a shipped topic
goes on following its examples and phrases when they are edited, and a new topic needs no labels.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.matching.embedder import Vectors
from bot.matching.words import Words, load_words, save_words

MEASURES = (
    "title: mean cosine of the 3 nearest examples",
    "title: cosine of the nearest near miss",
    "passages: mean cosine of the 3 nearest examples, best passage",
    "passages: cosine of the nearest near miss, same passage",
    "title: distinct phrases, at most 3",
    "title: distinct misleading phrases, at most 2, where it has no phrase",
    "lead: distinct phrases, at most 4",
    "text: log(1 + phrases per 100 words)",
    "text: log(1 + phrases)",
    "has a text",
)
"""What is measured of an item for a topic, in this order. Without a text the title stands for it."""

SCALE = 4.0
"""The weight of measures before fitting: the regression leans on them first, on single dimensions of a vector last.

By cross-validation on our labels F1 hardly moves between 1 and 4.
"""

BY_WORDS = 0.3
"""The weight of the log odds by words before fitting; from 0.3 to 1 nothing changes."""

STRENGTH = 1.0
"""Inverse regularisation (scikit-learn's C), the best F1 of 1, 3 and 10 by cross-validation on our labels."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """Rows for several items and one topic: shapes (n, d), (n, d), (n,) and (n, len(MEASURES)).

    `words`: log odds by words, 0 for a topic whose words nobody learnt.
    """

    titles: Vectors
    leads: Vectors
    words: NDArray[np.float64]
    measures: NDArray[np.float64]

    def rows(self, *, vectors: bool) -> NDArray[np.float64]:
        """Return the design matrix of a trained (`vectors`) or a general head."""
        scaled = self.measures * SCALE
        return np.hstack([self.titles, self.leads, self.words[:, None] * BY_WORDS, scaled]) if vectors else scaled

    def take(self, chosen: NDArray[np.intp]) -> "Features":
        """Return the chosen rows."""
        return Features(**{name: column[chosen] for name, column in vars(self).items()})


@dataclass(frozen=True, kw_only=True, eq=False)
class Head:
    """Weights, the threshold at which F1 was best by cross-validation on the labels, and where they come from."""

    name: str
    model: str
    weights: NDArray[np.float64]
    bias: float
    threshold: float

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return for each row how likely the item is about the topic, 0 to 1."""
        rows = features.rows(vectors=len(self.weights) > len(MEASURES))
        return np.asarray(1 / (1 + np.exp(-(rows @ self.weights + self.bias))), dtype=np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Heads:
    """The shipped heads by topic id, the general one for all other topics, and what words say."""

    trained: Mapping[str, Head]
    general: Head
    words: Words

    def of(self, topic_id: str, model: str) -> Head:
        """Return the head for a topic. Weights over vectors fit only the model they were trained on."""
        head = self.trained.get(topic_id, self.general)
        return head if head.model == model else self.general


def fit(
    name: str, model: str, features: Features, labels: NDArray[np.bool_], weights: NDArray[np.float64], *, vectors: bool
) -> Head:
    """Return a head fitted to labelled items; its threshold is one half, for the caller to choose a better one."""
    from sklearn.linear_model import LogisticRegression  # a second of import that only training needs

    learner = LogisticRegression(C=STRENGTH, max_iter=5000)
    learner.fit(features.rows(vectors=vectors), labels, sample_weight=weights)
    return Head(name=name, model=model, weights=learner.coef_[0], bias=float(learner.intercept_[0]), threshold=0.5)


def best_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the upper quartile of the thresholds whose F1 is within .01 of the best: a peak of two items is luck.

    With 240 positives, as for facial recognition, the standard error of F1 is .014. The upper, for in the stream a
    topic is a quarter as frequent as among labels that were chosen for difficulty, or less, and the rarer it is, the
    more a false alarm weighs.
    """
    steps = np.arange(0.05, 0.96, 0.01)
    f1 = np.array([_f1(probabilities >= step, labels) for step in steps])
    good = steps[f1 >= f1.max() - 0.01]
    return round(float(np.quantile(good, 0.75)), 2)


def _f1(said: NDArray[np.bool_], labels: NDArray[np.bool_]) -> float:
    wrong = np.sum(said != labels)
    right = np.sum(said & labels)
    return float(2 * right / (2 * right + wrong)) if right else 0.0


def load_heads(folder: Path = Path(__file__).parent) -> Heads:
    """Return the heads shipped in this folder."""
    card = json.loads((folder / "heads.json").read_text(encoding="utf-8"))
    with np.load(folder / "heads.npz") as weights:
        heads = {
            name: Head(name=name, model=card["model"], weights=weights[name].astype(np.float64), **numbers)
            for name, numbers in card["heads"].items()
        }
    general = heads.pop("general")
    return Heads(trained=heads, general=general, words=load_words(folder))


def save_heads(heads: Heads, folder: Path = Path(__file__).parent) -> None:
    """Write heads beside this file: weights in heads.npz, the rest, for people too, in heads.json; and their words."""
    all_ = {**heads.trained, "general": heads.general}
    card = {
        "model": heads.general.model,
        "heads": {name: {"bias": head.bias, "threshold": head.threshold} for name, head in all_.items()},
    }
    (folder / "heads.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    weights = {name: head.weights.astype(np.float32) for name, head in all_.items()}
    np.savez(folder / "heads.npz", **weights)  # type: ignore[arg-type]  # see vector_cache
    save_words(heads.words, folder)
