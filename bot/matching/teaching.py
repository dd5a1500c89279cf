"""Fits the shipped heads to our labels: `labels.csv` beside this file, and the texts that it judges.

The labels are keyed by address and hold no texts; whoever has the texts can fit the heads again:
`lookout teach FILE...`; the README says which texts they are.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError, Mistake
from bot.matching.evaluation import Labelled, Scores, scores
from bot.matching.heads import MEASURES, Features, Head, best_threshold, fit
from bot.matching.matcher import Matcher
from bot.matching.words import Words, clipped, learn_vocabulary, learn_weights
from bot.records import Topic

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LABELS = Path(__file__).with_name("labels.csv")
TORN = 0.5
"""Weight of an item whose reader was torn."""


ENOUGH = 0.95
"""Share of the labels whose texts must be at hand."""

OPENING = 600
"""Characters of the text in a teaser: what a feed shows of an item, and what a search result shows of a page."""

VIEWS = (1.0, 0.5, 0.25)
"""Weights of an item as it is, of its title with the opening of its text, and of its title alone.

We meet every item in one of these forms; with all three average precision on teasers rose by .01.
"""

FOLDS = 5

HAS_TEXT = MEASURES.index("has a text")
FEWEST_TEXTS = 30
"""Texts about a topic from which on it can be learnt what having a text says of it; facial recognition has one."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A fitted head and how it did in 5-fold cross-validation on the labels, folds by source."""

    head: Head
    unseen: Scores


def labelled(files: Sequence[Path], labels: Path = LABELS) -> tuple[list[Labelled], NDArray[np.float64]]:
    """Return the labelled items whose texts are in `files`, in the order of the labels, and the weight of each."""
    with labels.open(encoding="utf-8", newline="") as rows:
        judged = {row["address"]: row for row in csv.DictReader(rows)}
    texts: dict[str, Mapping[str, Any]] = {}
    for file in files:
        for key, row in _texts(file):
            if key in judged and not (key in texts and texts[key].get("text")):  # one file may hold only its title
                texts[key] = row
    found = [(row, texts[address]) for address, row in judged.items() if address in texts]
    items = [_labelled(row, text) for row, text in found]
    return items, np.array([TORN if row["torn"] == "1" else 1.0 for row, _ in found])


def lesson_lacks(items: Sequence[Labelled], topics: Sequence[Topic], labels: Path = LABELS) -> str:
    """Return why heads should not be fitted to these items, in words; empty where nothing is wrong.

    Heads are shipped with a card that says what they learnt from; what is fitted to less would still be called so.
    """
    with labels.open(encoding="utf-8", newline="") as rows:
        known = sum(1 for _ in csv.DictReader(rows))
    if len(items) < ENOUGH * known:
        return f"{len(items)} of {known} labelled texts found; it takes {ENOUGH:.0%}: name all files of the model card"
    missing = sorted({topic for item in items for topic in item.labels} - {topic.id for topic in topics})
    return f"feeds.yaml does not have the labelled topics {', '.join(missing)}" if missing else ""


def _labelled(row: Mapping[str, str], text: Mapping[str, Any]) -> Labelled:
    return Labelled(
        title=str(text.get("title") or text.get("headline") or ""),
        text=str(text.get("text") or ""),
        labels={t.replace("_", "-"): row[t] == "1" for t in ("facial_recognition", "immigration_enforcement")},
        # Every incident of a repository was written up by someone else: those have no source in common.
        source=str(text.get("member") or text.get("source") or text.get("domain") or _host(row["address"])),
    )


def _host(address: str) -> str:
    return address.split("/")[2] if "//" in address else ""


def _texts(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8") as lines:
            rows: Iterable[Any] = csv.DictReader(lines) if ".csv" in file.suffixes else map(json.loads, lines)
            for row in rows:
                if isinstance(row, Mapping):
                    yield str(row.get("url") or f"aiaaic:{row.get('id')}"), row
    except (OSError, ValueError, EOFError, RecursionError, csv.Error, zlib.error) as e:
        raise ConfigError([Mistake(file=str(file), line=None, says=f"cannot be read: {e}")]) from e


def fit_heads(
    matcher: Matcher, model: str, topics: Sequence[Topic], items: Sequence[Labelled], weights: NDArray[np.float64]
) -> tuple[list[Lesson], Words]:
    """Return a trained head for each topic that has labels, the general head, and the words of the trained ones."""
    views = _views(items, weights)
    evidence = matcher.evidence(views.items)
    vocabulary = learn_vocabulary(items)
    rows = vocabulary.rows(views.items)
    taught = [t.id for t in topics if any(t.id in item.labels for item in items)]
    exams = {
        topic: _Exam(
            features=matcher.features(topic, evidence),
            rows=rows,
            labels=np.array([item.labels[topic] for item in views.items]),
            weights=views.weights,
            sources=views.sources,
            whole=views.whole,
        )
        for topic in taught
    }
    lessons = [_lesson(topic, model, _blind_to_piles(exams[topic])) for topic in taught]
    words = {topic: learn_weights(rows, exams[topic].labels, views.weights) for topic in taught}
    general = _general(model, list(exams.values()))
    return [*lessons, general], Words(vocabulary=vocabulary, topics=words)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Views:
    """Labelled items in the forms in which they come; `whole` tells which are as they are."""

    items: Sequence[Labelled]
    weights: NDArray[np.float64]
    sources: NDArray[Any]
    whole: NDArray[np.bool_]


def _views(items: Sequence[Labelled], weights: NDArray[np.float64]) -> _Views:
    made: list[tuple[Labelled, float, bool]] = []
    for item, weight in zip(items, weights, strict=True):
        whole, opening, title = (weight * view for view in VIEWS)
        made.append((item, whole, True))
        if len(item.text) > OPENING:
            made.append((replace(item, text=item.text[:OPENING]), opening, False))
        if item.text:
            made.append((replace(item, text=""), title, False))
    return _Views(
        items=[item for item, _, _ in made],
        weights=np.array([weight for _, weight, _ in made]),
        sources=np.array([item.source or item.title for item, _, _ in made]),
        whole=np.array([whole for _, _, whole in made]),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Exam:
    """What one topic's head is fitted to and judged on."""

    features: Features
    rows: "csr_matrix"
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]
    sources: NDArray[Any]
    whole: NDArray[np.bool_]

    def take(self, chosen: NDArray[np.intp]) -> "_Exam":
        """Return the chosen rows."""
        columns = {name: column[chosen] for name, column in vars(self).items() if name != "features"}
        return _Exam(features=self.features.take(chosen), **columns)

    def folds(self) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Give (train, test) five times; what is of one source stays together, so no office teaches its own style."""
        from sklearn.model_selection import GroupKFold  # a second of import that only training needs

        yield from GroupKFold(FOLDS, shuffle=True, random_state=0).split(self.rows, groups=self.sources)

    def with_words(self, log_odds: NDArray[np.float64]) -> Features:
        """Return the features with these log odds by words."""
        return replace(self.features, words=clipped(log_odds))


def _blind_to_piles(exam: _Exam) -> _Exam:
    """Return the exam, with nobody having a text where hardly any text is about the topic.

    Else "has a text" would only tell which pile of labels an item came from.
    """
    has_text = exam.features.measures[:, HAS_TEXT] > 0
    if np.sum(exam.labels & has_text & exam.whole) >= FEWEST_TEXTS:
        return exam
    measures = exam.features.measures.copy()
    measures[:, HAS_TEXT] = 0
    return replace(exam, features=replace(exam.features, measures=measures))


def _lesson(name: str, model: str, exam: _Exam) -> Lesson:
    unseen = np.zeros(len(exam.labels))
    for train, test in exam.folds():
        head, (weights, bias) = _fitted(name, model, exam.take(train))
        rest = exam.take(test)
        unseen[test] = head.probabilities(rest.with_words(rest.rows @ weights + bias))
    head, _ = _fitted(name, model, exam)
    return _judged(head, exam, unseen)


def _fitted(name: str, model: str, exam: _Exam) -> tuple[Head, tuple[NDArray[np.float64], float]]:
    """Return a head and the words it goes with.

    The head must learn how far words are to be trusted on texts that they were not learnt from: each text's log odds
    come from words learnt from the other sources.
    """
    log_odds = np.zeros(len(exam.labels))
    for train, test in exam.folds():
        weights, bias = learn_weights(exam.rows[train], exam.labels[train], exam.weights[train])
        log_odds[test] = exam.rows[test] @ weights + bias
    head = fit(name, model, exam.with_words(log_odds), exam.labels, exam.weights, vectors=True)
    return head, learn_weights(exam.rows, exam.labels, exam.weights)


def _general(model: str, exams: Sequence[_Exam]) -> Lesson:
    """Fit one head to the measures of all topics together: what it learns is what being an example means."""
    unseen = [np.zeros(len(exam.labels)) for exam in exams]
    for fold in zip(*(exam.folds() for exam in exams), strict=True):
        head = _fitted_together(model, [exam.take(train) for exam, (train, _) in zip(exams, fold, strict=True)])
        for sure, exam, (_, test) in zip(unseen, exams, fold, strict=True):
            sure[test] = head.probabilities(exam.take(test).features)
    return _judged(_fitted_together(model, exams), _together(exams), np.concatenate(unseen))


def _fitted_together(model: str, exams: Sequence[_Exam]) -> Head:
    all_ = _together(exams)
    return fit("general", model, all_.features, all_.labels, all_.weights, vectors=False)


def _together(exams: Sequence[_Exam]) -> _Exam:
    from scipy.sparse import vstack

    columns = {f: np.concatenate([vars(e)[f] for e in exams]) for f in ("labels", "weights", "sources", "whole")}
    features = {f: np.concatenate([vars(e.features)[f] for e in exams]) for f in vars(exams[0].features)}
    return _Exam(features=Features(**features), rows=vstack([exam.rows for exam in exams]).tocsr(), **columns)


def _judged(head: Head, exam: _Exam, unseen: NDArray[np.float64]) -> Lesson:
    labels, sure = exam.labels[exam.whole], unseen[exam.whole]
    threshold = best_threshold(sure, labels)
    return Lesson(head=replace(head, threshold=threshold), unseen=scores(labels, sure >= threshold, sure))
