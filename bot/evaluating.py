"""`lookout eval`: the shipped heads, and a plain phrase rule beside them, on items that people have labelled."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError, Mistake
from bot.matching import Evidence, Labelled, Matcher, Scores, folds, moved, phrase_rule, scores
from bot.records import Topic

PREFIX = "topic_"

FEWEST = 5
"""Items of each label that a head is fitted to, at least: its threshold is chosen in as many folds."""


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """An item on which the matcher and the label disagree."""

    topic_id: str
    id: str
    title: str
    label: bool
    probability: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One topic's figures, for all items and for the hard ones, and those of the phrase rule."""

    topic_id: str
    all: Scores
    hard: Scores
    phrases: Scores
    phrases_hard: Scores
    wrong: tuple[Wrong, ...]

    def data(self) -> dict[str, Any]:
        """Return the figures as `lookout eval --json` prints them."""
        phrases = asdict(self.phrases) | {"hard": asdict(self.phrases_hard)}
        return asdict(self.all) | {"hard": asdict(self.hard), "phrases": phrases}


def read_labelled(file: Path, topics: Sequence[Topic]) -> list[Labelled]:
    """Return the items of a JSON Lines file: title, text, source, hard, and topic_<id> true or false for each topic.

    Raises ConfigError with every line that cannot be used.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")  # not splitlines: JSON may hold U+2028 as it is
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError([Mistake(file=str(file), line=None, says=f"cannot be read: {e}")]) from e
    items, mistakes = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            item, says = _labelled(line, topics)
            items += [item] if item else []
            mistakes += [Mistake(file=str(file), line=number, says=says)] if says else []
    if not items and not mistakes:
        mistakes = [Mistake(file=str(file), line=None, says="holds no items")]
    if mistakes:
        raise ConfigError(mistakes)
    return items


def _labelled(line: str, topics: Sequence[Topic]) -> tuple[Labelled | None, str]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as e:
        return None, f"is no JSON: {e}"
    if not isinstance(row, dict) or not isinstance(row.get("title"), str):
        return None, 'needs a "title"'
    fields = {topic.id: PREFIX + topic.id.replace("-", "_") for topic in topics}
    labels = {topic: row[field] for topic, field in fields.items() if isinstance(row.get(field), bool)}
    if not labels:
        return None, f"needs true or false in one of {', '.join(fields.values())}"
    text, source = row.get("text"), row.get("source")
    return Labelled(
        id=str(row.get("id") or ""),
        title=row["title"],
        text=text if isinstance(text, str) else "",
        labels=labels,
        source=source if isinstance(source, str) else "",
        hard=row.get("hard") is True,
    ), ""


def measure(
    matcher: Matcher, topics: Sequence[Topic], items: Sequence[Labelled], *, cross_validate: bool = False
) -> list[Measured]:
    """Return the figures of every topic that has labels among the items.

    By default of the shipped heads. `cross_validate`: of the shipped heads moved by these items, each item judged by
    a head that saw neither it nor any of its source (5 folds). Raises ConfigError where they are too few.
    """
    evidence = matcher.evidence(items)
    asked = [t for t in topics if any(t.id in item.labels for item in items)]
    judge = _judged_by_folds if cross_validate else _judged_as_shipped
    return [_measured(matcher, topic, items, evidence, judge) for topic in asked]


Judge = Callable[[Matcher, Topic, Sequence[Labelled], Sequence[Evidence]], tuple[NDArray[Any], NDArray[Any]]]
"""Gives (probabilities, verdicts) for the items."""


def _judged_as_shipped(
    matcher: Matcher, topic: Topic, _items: Sequence[Labelled], evidence: Sequence[Evidence]
) -> tuple[NDArray[Any], NDArray[Any]]:
    head, threshold = matcher.head(topic.id)
    probabilities = head.probabilities(matcher.features(topic.id, evidence))
    return probabilities, probabilities >= threshold


def _judged_by_folds(
    matcher: Matcher, topic: Topic, items: Sequence[Labelled], evidence: Sequence[Evidence]
) -> tuple[NDArray[Any], NDArray[Any]]:
    features = matcher.features(topic.id, evidence)
    labels, fold = _labels(topic, items), folds(items)
    head, threshold = matcher.head(topic.id)
    shipped = replace(head, threshold=threshold)
    probabilities, verdicts = np.zeros(len(items)), np.zeros(len(items), dtype=bool)
    for number in np.unique(fold):
        train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if min(np.sum(labels[train]), np.sum(~labels[train])) < FEWEST:
            says = f"{topic.id}: too few labelled items to cross-validate, or too few sources: each fold must leave"
            wanted = f"{FEWEST} that are about the topic and {FEWEST} that are not"
            raise ConfigError([Mistake(file="--cross-validate", line=None, says=f"{says} {wanted}")])
        head = moved(shipped, features.take(train), labels[train])
        probabilities[test] = head.probabilities(features.take(test))
        verdicts[test] = probabilities[test] >= head.threshold
    return probabilities, verdicts


def _measured(
    matcher: Matcher, topic: Topic, items: Sequence[Labelled], evidence: Sequence[Evidence], judge: Judge
) -> Measured:
    labelled = [n for n, item in enumerate(items) if topic.id in item.labels]
    items, evidence = [items[n] for n in labelled], [evidence[n] for n in labelled]
    labels, hard = _labels(topic, items), np.array([item.hard for item in items])
    sure, said = judge(matcher, topic, items, evidence)
    rule = phrase_rule(topic, items)
    return Measured(
        topic_id=topic.id,
        all=scores(labels, said, sure),
        hard=scores(labels[hard], said[hard], sure[hard]),
        phrases=scores(labels, rule > 0, rule),
        phrases_hard=scores(labels[hard], rule[hard] > 0, rule[hard]),
        wrong=tuple(
            Wrong(topic_id=topic.id, id=item.id, title=item.title, label=bool(label), probability=round(float(p), 3))
            for item, label, verdict, p in zip(items, labels, said, sure, strict=True)
            if label != verdict
        ),
    )


def _labels(topic: Topic, items: Sequence[Labelled]) -> NDArray[np.bool_]:
    return np.array([item.labels[topic.id] for item in items])
