"""Fits the weights by which two items are judged to tell one event; measures them on events they were not fitted to.

    python -m benchmarks.stories_fit ../shared/data/press/congress_press_fulltext_2021-2026.jsonl.gz [--write]

The events: benchmarks/stories_gold.csv (real releases, by address) and tests/samples/stories.json (invented statements
with reports on them), both checked by hand, in two halves. Fitted to every pair of the half "tune" within the window;
the half "held" is for measuring. --write: also writes bot/stories/likeness.json and words.txt (in how many releases
each word occurs), from which everything here follows.
"""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.releases import releases
from bot.matching import Embedder, gist
from bot.records import Item
from bot.stories import WINDOW, Telling, counted_words, signs, telling

HERE = Path(__file__).parent
STORIES = HERE.parent / "bot" / "stories"
SAMPLES = HERE.parent / "tests" / "samples" / "stories.json"

FEWEST = 20
"""Releases that a word must occur in to be listed; 10,500 words do."""

REGULARISED = 0.1
"""sklearn's C: .03, .1 and 1 differ by .005 of average precision on the tuning half; the middle one was taken."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """An item with its event and half."""

    item: Item
    event: str
    half: str


def events(real: Iterable[Item]) -> list[Event]:
    """Return the hand-checked items of both files."""
    by_address = {item.url: item for item in real}
    with (HERE / "stories_gold.csv").open(encoding="utf-8") as table:
        told = [
            Event(item=by_address[r["url"]], event=r["event"] or r["url"], half=r["half"])
            for r in csv.DictReader(table)
        ]
    said = json.loads(SAMPLES.read_text(encoding="utf-8"))
    event_of = {member: event for event, members in said["gold"].items() for member in members}
    return told + [
        Event(item=_sample(row), event=event_of.get(row["id"], row["id"]), half=row["half"]) for row in said["items"]
    ]


def _sample(row: Mapping[str, str]) -> Item:
    published = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
    kept = {name: row[name] for name in ("id", "title", "text", "url", "source", "category")}
    fixed = {"feed_id": "sample", "address": row["url"], "text_from": "article", "published": published}
    return Item(**(kept | fixed | {"day_only": True, "first_seen": published}))


def pairs(half: Sequence[tuple[Event, Telling]]) -> tuple[list[dict[str, float]], list[bool]]:
    """Return the signs of each pair within the window, and whether it is one event."""
    near = [
        (one, other)
        for one, other in combinations(half, 2)
        if abs((one[1].published - other[1].published).days) <= WINDOW
    ]
    return [signs(a, b) for (_, a), (_, b) in near], [one.event == other.event for (one, _), (other, _) in near]


def fitted(told: Sequence[Mapping[str, float]], are_one: Sequence[bool], names: Sequence[str]) -> dict[str, object]:
    """Return the bias and the weight of each sign, as they stand in likeness.json."""
    measured = np.array([[one[name] for name in names] for one in told])
    scaler = StandardScaler().fit(measured)
    head = LogisticRegression(C=REGULARISED, max_iter=5000).fit(scaler.transform(measured), are_one)
    weights = head.coef_[0] / scaler.scale_
    bias = head.intercept_[0] - float(weights @ scaler.mean_)
    return {"bias": round(bias, 4), "weights": {n: round(float(w), 4) for n, w in zip(names, weights, strict=True)}}


def report(rule: Mapping[str, object], told: Sequence[Mapping[str, float]], are_one: Sequence[bool]) -> str:
    """Return precision and recall of pairs at a few thresholds."""
    weights = rule["weights"]
    assert isinstance(weights, dict)
    sums = np.array([sum(w * one[name] for name, w in weights.items()) for one in told]) + float(str(rule["bias"]))
    sure, true = 1 / (1 + np.exp(-sums)), np.array(are_one)
    cells = []
    for threshold in (0.5, 0.6, 0.7, 0.8):
        says = sure >= threshold
        right = int((says & true).sum())
        cells.append(f"{threshold}: {right / max(1, says.sum()):.3f} / {right / max(1, true.sum()):.3f}")
    return "   ".join(cells)


def main() -> None:
    """Fit, print precision / recall of pairs for both halves, and write where asked."""
    real = releases(Path(sys.argv[1]))
    if "--write" in sys.argv:
        counts = Counter(word for item in real for word in counted_words(f"{item.title} {item.text}"))
        lines = [f"{word}\t{n}\n" for word, n in sorted(counts.items()) if n >= FEWEST]
        (STORIES / "words.txt").write_text("".join(lines), encoding="utf-8")
    known = events(real)
    vectors = Embedder().encode([gist(one.item) for one in known])
    tellings = [(one, telling(one.item, vector)) for one, vector in zip(known, vectors, strict=True)]
    tune, held = (pairs([pair for pair in tellings if pair[0].half == half]) for half in ("tune", "held"))
    names = list(tune[0][0])
    rules = {"with vectors": fitted(*tune, names), "without": fitted(*tune, [n for n in names if n != "cosine"])}
    for name, rule in rules.items():
        for half, (told, are_one) in (("tune", tune), ("held", held)):
            print(f"{name:13} {half}: {len(told)} pairs, {sum(are_one)} of one event; {report(rule, told, are_one)}")
    if "--write" in sys.argv:
        (STORIES / "likeness.json").write_text(json.dumps(rules, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
