"""Fits the shipped heads to our labels: `labels.csv` beside this file, and the texts that it judges.

The labels are keyed by address and hold no texts; whoever has the texts can fit the heads again:
`lookout teach FILE...`; the README says which texts they are.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.matching.evaluation import Labelled, Scores, scores
from bot.matching.heads import Features, Head, best_threshold, fit
from bot.matching.matcher import Matcher
from bot.records import Topic

LABELS = Path(__file__).with_name("labels.csv")
TORN = 0.5
"""Weight of an item whose reader was torn."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A fitted head and how it did in 5-fold cross-validation on the labels, folds by source."""

    head: Head
    unseen: Scores


def labelled(files: Sequence[Path], labels: Path = LABELS) -> tuple[list[Labelled], NDArray[np.float64]]:
    """Return the labelled items whose texts are in `files`, in the order of the labels, and the weight of each."""
    with labels.open(encoding="utf-8", newline="") as rows:
        judged = {row["address"]: row for row in csv.DictReader(rows)}
    texts = {key: row for file in files for key, row in _texts(file) if key in judged}
    found = [(row, texts[address]) for address, row in judged.items() if address in texts]
    items = [_labelled(row, text) for row, text in found]
    return items, np.array([TORN if row["torn"] == "1" else 1.0 for row, _ in found])


def _labelled(row: Mapping[str, str], text: Mapping[str, Any]) -> Labelled:
    return Labelled(
        title=str(text.get("title") or text.get("headline") or ""),
        text=str(text.get("text") or ""),
        labels={t.replace("_", "-"): row[t] == "1" for t in ("facial_recognition", "immigration_enforcement")},
        source=str(text.get("member") or text.get("source") or text.get("domain") or "AIAAIC"),
    )


def _texts(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8") as lines:
        rows: Iterable[Mapping[str, Any]] = csv.DictReader(lines) if ".csv" in file.suffixes else map(json.loads, lines)
        for row in rows:
            yield str(row.get("url") or f"aiaaic:{row.get('id')}"), row


def fit_heads(
    matcher: Matcher, model: str, topics: Sequence[Topic], items: Sequence[Labelled], weights: NDArray[np.float64]
) -> list[Lesson]:
    """Return a trained head for each topic that has labels, and the general head, fitted to all of them together."""
    evidence = matcher.evidence(items)
    taught = [t.id for t in topics if any(t.id in item.labels for item in items)]
    measured = {topic: matcher.features(topic, evidence) for topic in taught}
    truth = {topic: np.array([item.labels[topic] for item in items]) for topic in taught}
    sources = np.array([item.source or item.title for item in items])
    lessons = [_lesson(t, model, measured[t], truth[t], weights, sources, vectors=True) for t in taught]
    together = Features(
        **{f: np.concatenate([getattr(measured[t], f) for t in taught]) for f in ("titles", "leads", "measures")}
    )
    both = np.concatenate([truth[t] for t in taught])
    n = len(taught)
    weights, sources = np.tile(weights, n), np.tile(sources, n)
    return [*lessons, _lesson("general", model, together, both, weights, sources, vectors=False)]


def _lesson(
    name: str,
    model: str,
    features: Features,
    labels: NDArray[np.bool_],
    weights: NDArray[np.float64],
    sources: NDArray[Any],
    *,
    vectors: bool,
) -> Lesson:
    from sklearn.model_selection import GroupKFold  # a second of import that only training needs

    unseen = np.zeros(len(labels))
    for train, test in GroupKFold(5, shuffle=True, random_state=0).split(labels, groups=sources):
        head = fit(name, model, features.take(train), labels[train], weights[train], vectors=vectors)
        unseen[test] = head.probabilities(features.take(test))
    threshold = best_threshold(unseen, labels)
    head = fit(name, model, features, labels, weights, vectors=vectors)
    return Lesson(head=replace(head, threshold=threshold), unseen=scores(labels, unseen >= threshold, unseen))
