"""What of the news a subscription lets through: topics and their threshold, who speaks, words (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.matching import Phrases
from bot.records import Gathered, Judged, Match, Subscriber, Subscription


def follows(reader: Subscriber, judged: Judged) -> bool:
    """Does any subscription of the reader let the item through?"""
    return any(let_through(one, judged) for one in reader.subscriptions)


def let_through(subscription: Subscription, judged: Judged) -> tuple[Match, ...]:
    """Return the matches for which a subscription tells an item, flagged as it flags them; none: it does not."""
    item, sources = judged.item, (*subscription.categories, *subscription.feeds)
    if sources and item.category not in subscription.categories and item.feed_id not in subscription.feeds:
        return ()
    wanted = [m for m in judged.matches if not subscription.topics or m.topic_id in subscription.topics]
    flagged = [m for m in (_from(subscription.threshold, match) for match in wanted) if m.flagged]
    return tuple(flagged) if flagged and _holds(subscription.words, judged) else ()


def narrowed(judged: Judged, subscription: Subscription) -> Judged | None:
    """Return the item with those matches alone for which the subscription tells it; None: it does not."""
    told = let_through(subscription, judged)
    return replace(judged, matches=told) if told else None


def joined(one: Judged, other: Judged) -> Judged:
    """Return an item that two subscriptions tell, with the matches of both; where they differ, those of the first."""
    known = {match.topic_id for match in one.matches}
    return replace(one, matches=(*one.matches, *(match for match in other.matches if match.topic_id not in known)))


def among(stories: Sequence[Gathered], wanted: Mapping[str, Judged]) -> list[Gathered]:
    """Return those stories that hold an item `wanted` (by its id); their other items are others to this reader."""
    mine = []
    for story in stories:
        followed = tuple(wanted[one.item.id] for one in story.followed if one.item.id in wanted)
        if followed:
            rest = tuple(one for one in story.followed if one.item.id not in wanted)
            mine.append(replace(story, followed=followed, others=(*rest, *story.others)))
    return mine


def _from(threshold: float | None, match: Match) -> Match:
    return match if threshold is None else replace(match, threshold=threshold)


def _holds(words: tuple[str, ...], judged: Judged) -> bool:
    if not words:
        return True
    texts = (judged.item.title, judged.item.text, *(letter.text for letter in judged.attachments))
    return any(next(_phrases(words).found(text), None) for text in texts)


@lru_cache(maxsize=1000)
def _phrases(words: tuple[str, ...]) -> Phrases:
    return Phrases(words)
