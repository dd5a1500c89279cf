"""The cheap first pass: by words alone it settles the items that are about none of the topics.

    nineteen of twenty releases -> words -> "clearly not" -> a match for every topic, and why
    the twentieth               -> the embedder

It costs a hundredth of embedding. It never flags anything, and never settles what names a subject, or has a phrase of
a topic in its title or opening: a phrase that is added to feeds.yaml is looked at closely from then on. An example
that is added weighs in what is looked at closely, and decides nothing about what is.
"""

import math
from collections.abc import Mapping, Sequence

from bot.matching.heads import Heads
from bot.matching.passages import passages
from bot.matching.phrases import Phrases, merged
from bot.records import Item, Match, Passage, Subject, Topic

NAME = "first look"
"""Begins the model's name in a match that was settled here."""

SETTLED = -3.0
"""Log odds by words below which an item is clearly not about a topic.

Of 17,695 releases of an archive 16,182 are settled, and none of them is flagged when it is embedded after all; 614 of
the rest are (benchmarks/matching.py --lost 17700).
"""

OPENING = 2
"""Passages in which no phrase may occur."""


class FirstLook:
    """Remembers the topics' words and phrases.

    Settles nothing where one topic has no words of its own or a threshold below its head's, or another model is in
    use: what it loses was measured for the shipped heads only.
    """

    def __init__(self, topics: Sequence[Topic], subjects: Sequence[Subject], heads: Heads, model: str) -> None:
        self._topics = topics
        self._words = heads.words
        self._heads = {topic.id: heads.of(topic.id, model) for topic in topics}
        self._knows = all(
            self._words.knows(topic.id) and self._heads[topic.id] is not heads.general and not _is_laxer(topic, heads)
            for topic in topics
        )
        self._phrases = merged(topic.phrases for topic in topics)
        self._names = merged(subject.aliases for subject in subjects)
        self._topic_phrases = {topic.id: Phrases(topic.phrases) for topic in topics}

    def settled(self, items: Sequence[Item]) -> dict[str, tuple[Match, ...]]:
        """Return for each item that is clearly about none of the topics, by id, a match for every topic."""
        if not self._knows or not items:
            return {}
        log_odds = self._words.log_odds(items)
        clear = [n for n in range(len(items)) if all(log_odds[topic.id][n] < SETTLED for topic in self._topics)]
        return {
            items[n].id: self._matches(items[n], {topic: float(odds[n]) for topic, odds in log_odds.items()})
            for n in clear
            if not self._named(items[n])
        }

    def _named(self, item: Item) -> bool:
        spans = passages(item.text)[:OPENING]
        opening = item.text[: spans[-1][1]] if spans else ""
        in_opening = next(self._phrases.found(f"{item.title}\n{opening}"), None)
        return in_opening is not None or next(self._names.found(f"{item.title}\n{item.text}"), None) is not None

    def _matches(self, item: Item, log_odds: Mapping[str, float]) -> tuple[Match, ...]:
        return tuple(self._match(item, topic, log_odds[topic.id]) for topic in self._topics)

    def _match(self, item: Item, topic: Topic, log_odds: float) -> Match:
        head = self._heads[topic.id]
        threshold = head.threshold if topic.threshold is None else topic.threshold
        return Match(
            item_id=item.id,
            topic_id=topic.id,
            probability=round(1 / (1 + math.exp(-log_odds)), 4),
            threshold=threshold,
            passage=_opening(item),
            phrases=self._topic_phrases[topic.id].distinct(item.text),
            nearest_for=None,
            nearest_against=None,
            model=f"{NAME} {head.name}",
        )


def _is_laxer(topic: Topic, heads: Heads) -> bool:
    # Who lowers a threshold asks for what the first look passes over: what it loses was measured at the head's own.
    return topic.threshold is not None and topic.threshold < heads.trained[topic.id].threshold


def is_settled(match: Match) -> bool:
    """Did the first look settle it, without embedding? Then there is nothing that a head could weigh."""
    return match.model.startswith(NAME)


def _opening(item: Item) -> Passage:
    for start, end in passages(item.text)[:1]:
        return Passage(where="text", start=start, end=end, text=item.text[start:end])
    return Passage(where="title", start=0, end=len(item.title), text=item.title)
