"""How fast the natural stream of releases is matched, beside a plain call of the same model on the full texts.

    python -m benchmarks.matching ../shared/data/press/congress_press_fulltext_2021-2026.jsonl.gz \
        --labelled ../shared/data/labelled/matching_dev.jsonl

One thread. The rounds of all ways alternate, so that a noisy machine is noisy to all; the ratio is of medians.
"""

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.releases import releases
from bot import feeds
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.evaluating import measure, read_labelled
from bot.matching import Embedder, Matcher, VectorCache, load_heads
from bot.matching.embedder import packaged
from bot.records import Item, Match, Watchlist

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Print the tables."""
    asked = _arguments()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        _compare(asked, Path(folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("releases", type=Path, help="JSON Lines with title and text, gzipped or not")
    parser.add_argument("--labelled", type=Path, help="labelled items: average precision of both ways")
    parser.add_argument("--items", type=int, default=300, help="releases in a round, drawn at random")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lost", type=int, default=0, help="releases on which to look for what the first look loses")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _compare(asked: argparse.Namespace, folder: Path) -> None:
    watched = _watched()
    items = releases(asked.releases)
    random.Random(asked.seed).shuffle(items)  # noqa: S311 - a sample that comes out the same again, no secret
    started = time.perf_counter()
    matcher = _matcher(watched, folder)
    first = matcher.match(items[:1], closely=True)
    ready, size = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert first
    plain = SentenceTransformer(str(packaged()))
    ways: dict[str, Callable[[Sequence[Item]], object]] = {
        "plain encode of full texts": lambda some: plain.encode([f"{i.title}\n{i.text}" for i in some]),
        "every item embedded": lambda some: matcher.match(some, closely=True),
        "as shipped": matcher.match,
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(asked.rounds):
        some = items[round_ * asked.items : (round_ + 1) * asked.items]
        for name, way in ways.items():
            start = time.perf_counter()
            way(some)
            took[name].append((time.perf_counter() - start) / len(some))
    base = statistics.median(took["plain encode of full texts"])
    print(f"{asked.rounds} rounds of {asked.items} releases, one thread; median")
    for name, times in took.items():
        middle = statistics.median(times)
        print(f"  {name:28} {1 / middle:8.1f} items/s   {base / middle:5.1f} x")
    print(f"  ready after {ready:.1f} s, {size:.0f} MB at most until then (before the plain model is loaded)")
    if asked.labelled:
        _precision(watched, matcher, asked.labelled)
    if asked.lost:
        _lost(matcher, items[: asked.lost])


def _precision(watched: Watchlist, matcher: Matcher, file: Path) -> None:
    print("average precision on labelled items: every item embedded, as shipped")
    labelled = read_labelled(file, watched.topics)
    items = [_item(n, one.title, one.text, one.id) for n, one in enumerate(labelled)]
    shipped = matcher.match(items)
    for topic, figures in zip(watched.topics, measure(matcher, watched.topics, labelled), strict=True):
        sure = np.array([_probability(shipped[item.id][0], topic.id) for item in items])
        from sklearn.metrics import average_precision_score

        labels = np.array([one.labels[topic.id] for one in labelled])
        print(f"  {topic.id:24} {figures.all.ap:.4f} {average_precision_score(labels, sure):.4f}")


def _lost(matcher: Matcher, items: Sequence[Item]) -> None:
    settled = flagged = 0
    lost = []
    for some in (items[at : at + 64] for at in range(0, len(items), 64)):
        shipped, closely = matcher.match(some), matcher.match(some, closely=True)
        for item in some:
            quick = any(match.model.startswith("first look") for match in shipped[item.id][0])
            says = any(match.flagged for match in closely[item.id][0])
            settled, flagged = settled + quick, flagged + says
            if quick and says:
                lost.append(item)
    print(f"first look: settled {settled} of {len(items)}; {flagged} flagged when all are embedded, {len(lost)} lost")
    for item in lost:
        print(f"  lost: {item.url}  {item.title}")


def _probability(matches: Sequence[Match], topic_id: str) -> float:
    return next(m.probability for m in matches if m.topic_id == topic_id)


def _watched() -> Watchlist:
    path = shipped_watchlist()
    return watchlist(watchlist_text(path), file=str(path), problems=feeds.problems)


def _matcher(watched: Watchlist, folder: Path) -> Matcher:
    embedder = Embedder()
    return Matcher(watched.topics, watched.subjects, embedder, VectorCache(folder, embedder), load_heads())


def _item(n: int, title: str, text: str, url: str) -> Item:
    return Item(
        id=str(n),
        feed_id="benchmark",
        source="benchmark",
        category="congress",
        title=title,
        url=url,
        address=url,
        text=text,
        text_from="feed",
        published=NOW,
        day_only=True,
        first_seen=NOW,
    )


if __name__ == "__main__":
    main()
