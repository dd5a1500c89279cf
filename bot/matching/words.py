"""A text as weighted words: a linear model for each shipped topic, a thousand times cheaper than embeddings.

    title, title, beginning of the text -> words and pairs of words -> weights -> log odds

Its log odds are one of the measures of a head, and settle the clear negatives before anything is embedded. Words see
what cosines cannot: that "deported" and "detention" come with "Dominican Republic", or with "juvenile".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

READ = 400
"""Words of the text that are read, as many as an ordinary release has; AP is the same within .002 from 250 to 1,000."""

FEWEST = 3
"""Labelled texts in which a word or pair must occur to count."""

STRENGTH = 30.0
"""Inverse regularisation (scikit-learn's C): the best average precision of 10, 30 and 100 by cross-validation."""

SURE = 8.0
"""Log odds beyond which more says nothing: one in three thousand."""

_WORD = r"(?u)\b\w[\w()\-]+\b"


class Written(Protocol):
    """Anything with a title and a text: an item, or a labelled text."""

    @property
    def title(self) -> str:
        """Plain text on one line."""

    @property
    def text(self) -> str:
        """Plain text, empty where there is only a title."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """The words and pairs that count, and the weight of each by how rare it is."""

    terms: tuple[str, ...]
    rarity: NDArray[np.float64]

    def rows(self, items: Sequence[Written]) -> "csr_matrix":
        """Return one sparse row of length 1 for each item."""
        return self._vectorizer.transform([_document(item) for item in items])

    @cached_property
    def _vectorizer(self) -> "TfidfVectorizer":
        from sklearn.feature_extraction.text import TfidfVectorizer  # a second of import that only matching needs

        made = TfidfVectorizer(vocabulary=list(self.terms), **_FORM)
        made.idf_ = self.rarity
        return made


_FORM: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True, "token_pattern": _WORD}


def _document(item: Written) -> str:
    # The title says what it is about in a dozen words: it counts twice.
    return " . ".join((item.title, item.title, " ".join(item.text.split(maxsplit=READ)[:READ])))


@dataclass(frozen=True, kw_only=True, eq=False)
class Words:
    """The vocabulary with weights (one for each term) and a bias for each topic that has labels."""

    vocabulary: Vocabulary
    topics: Mapping[str, tuple[NDArray[np.float64], float]]

    def knows(self, topic_id: str) -> bool:
        """Is there a model for this topic?"""
        return topic_id in self.topics

    def log_odds(self, items: Sequence[Written]) -> dict[str, NDArray[np.float64]]:
        """Return for each topic with a model the log odds of every item, between -SURE and SURE."""
        if not items:
            return {topic: np.zeros(0) for topic in self.topics}
        rows = self.vocabulary.rows(items)
        return {topic: clipped(rows @ weights + bias) for topic, (weights, bias) in self.topics.items()}


def clipped(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log odds between -SURE and SURE."""
    return np.clip(log_odds, -SURE, SURE)


def learn_vocabulary(items: Sequence[Written]) -> Vocabulary:
    """Return the words and pairs that occur in at least FEWEST of the items."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    learnt = TfidfVectorizer(min_df=FEWEST, **_FORM).fit([_document(item) for item in items])
    return Vocabulary(terms=tuple(learnt.get_feature_names_out()), rarity=learnt.idf_)


def learn_weights(
    rows: "csr_matrix", labels: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return (weights, bias) of a logistic regression on rows of a vocabulary."""
    from sklearn.linear_model import LogisticRegression

    learner = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=2000)
    learner.fit(rows, labels, sample_weight=weights)
    return learner.coef_[0], float(learner.intercept_[0])


def load_words(folder: Path = Path(__file__).parent) -> Words:
    """Return the words shipped in this folder."""
    terms = tuple(json.loads((folder / "words.json").read_text(encoding="utf-8")))
    with np.load(folder / "words.npz") as kept:
        columns = {name: kept[name].astype(np.float64) for name in kept.files}
    rarity = columns.pop("rarity")
    return Words(
        vocabulary=Vocabulary(terms=terms, rarity=rarity),
        topics={topic: (column[:-1], float(column[-1])) for topic, column in columns.items()},
    )


def save_words(words: Words, folder: Path = Path(__file__).parent) -> None:
    """Write words beside this file: the terms in words.json, a line each, the numbers in words.npz."""
    lines = ",\n".join(json.dumps(term, ensure_ascii=False) for term in words.vocabulary.terms)
    (folder / "words.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    columns = {topic: np.append(weights, bias).astype(np.float32) for topic, (weights, bias) in words.topics.items()}
    # numpy's stub takes the names for its own flag
    np.savez(folder / "words.npz", rarity=words.vocabulary.rarity.astype(np.float32), **columns)  # type: ignore[arg-type]
