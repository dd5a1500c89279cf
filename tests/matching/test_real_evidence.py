"""The passage that is shown for a real flagged item is why it was flagged."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bot.matching import Matcher
from bot.records import Item, Match, Watchlist
from tests.written import item

FLAGGED = 50


def test_without_the_passage_that_is_shown_four_of_five_real_items_score_lower(
    shared: Path, build: Callable[..., Matcher], shipped: Watchlist
) -> None:
    topic = next(t for t in shipped.topics if t.id == "immigration-enforcement")
    matcher = build(topic)
    shown = list(islice(_flagged(matcher, _releases(shared)), FLAGGED))
    assert len(shown) == FLAGGED
    lower = 0
    for start in range(0, FLAGGED, 10):
        some = shown[start : start + 10]
        judged = matcher.match([_without(one, match) for one, match in some], closely=True)
        lower += sum(judged[one.id][0][0].probability < match.probability for one, match in some)
    assert lower >= 0.8 * FLAGGED


def _releases(shared: Path) -> Iterator[Item]:
    file = shared / "data" / "press" / "congress_press_fulltext_2021-2026.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            if "order" in row["title"] and len(row["text"]) > 600:  # borders, and orders: half of them are flagged
                yield item(f"r{number}", title=row["title"], text=row["text"])


def _flagged(matcher: Matcher, items: Iterator[Item]) -> Iterator[tuple[Item, Match]]:
    while some := list(islice(items, 10)):
        judged = matcher.match(some, closely=True)
        for one in some:
            match = judged[one.id][0][0]
            if match.flagged and match.passage.where == "text":
                yield one, match


def _without(one: Item, match: Match) -> Item:
    text = one.text[: match.passage.start] + one.text[match.passage.end :]
    return replace(one, text=text.strip())
