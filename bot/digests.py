"""Which stories a digest tells, in what order, and what it admits it could not see.

found items -> stories -> sections by topic: letters and statements before reports, then newest first
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.records import Digest, FeedState, Item, Judged, Match, Mention, Section, Story, Unread, Watchlist
from bot.stories import groups, story_id

LETTER = re.compile(
    r"\b(letters?|writ(?:es?|ing)|wrote|urg(?:es?|ing)|demand(?:s|ing)?|call(?:s|ing)? on|press(?:es|ing)"
    r"|press for answers)\b",
    re.IGNORECASE,
)
"""Words in the title of a release that announce a letter or a demand. The letter ledger will know better (facts/)."""


def compose(
    watchlist: Watchlist,
    judged: Iterable[Judged],
    states: Mapping[str, FeedState],
    *,
    told: frozenset[str] = frozenset(),
    topics: Sequence[str] = (),
    zone: str,
    since: datetime,
    until: datetime,
) -> Digest:
    """Compose what a reader is told of the period `since` .. `until`; a story of which any item was `told` is left out.

    A story stands once, in the section of the topic it matches best.
    """
    wanted = [t for t in watchlist.topics if not topics or t.id in topics]
    stories = [s for s in tell(judged, {t.id for t in wanted}) if not any(i.id in told for i in s.items)]
    sections = (Section(topic=t, stories=tuple(s for s in stories if s.matches[0].topic_id == t.id)) for t in wanted)
    return Digest(
        zone=zone,
        since=since,
        until=until,
        sections=tuple(s for s in sections if s.stories),
        unread=unread(watchlist, states),
        watched=len(watchlist.feeds),
        subjects={s.id: s.name for s in watchlist.subjects},
    )


def tell(judged: Iterable[Judged], topics: set[str]) -> list[Story]:
    """Return the stories of the items flagged for any of `topics`, in the order in which they are read."""
    by_id = {one.item.id: one for one in judged if flagged(one.matches, topics)}
    together = groups([one.item for one in by_id.values()])
    return sorted((_story([by_id[i.id] for i in group], topics) for group in together), key=_reading_order)


def copies(judged: Iterable[Judged], told: Mapping[str, str], topics: set[str]) -> dict[str, str]:
    """Return the items not told themselves of which a copy was, with what `told` has for that: the delivery's key."""
    return {
        item.id: key
        for story in tell(judged, topics)
        if (key := next((told[item.id] for item in story.items if item.id in told), None))
        for item in story.items
        if item.id not in told
    }


def flagged(matches: Iterable[Match], topics: set[str]) -> tuple[Match, ...]:
    """Return the matches that say yes for one of `topics`, the surest first."""
    return tuple(sorted((m for m in matches if m.flagged and m.topic_id in topics), key=lambda m: -m.probability))


def _story(group: Sequence[Judged], topics: set[str]) -> Story:
    best: dict[str, Match] = {}
    subjects: dict[str, Mention] = {}
    for one in group:
        for match in flagged(one.matches, topics):
            best.setdefault(match.topic_id, match)  # the headline's own words before those of a copy
        for mention in one.mentions:
            subjects.setdefault(mention.subject_id, mention)
    headline = group[0].item
    others = dict.fromkeys(source for one in group for source in (one.item.source, *one.also))
    return Story(
        id=story_id([headline]),
        items=tuple(one.item for one in group),
        matches=tuple(sorted(best.values(), key=lambda m: -m.probability)),
        mentions=tuple(subjects.values()),
        also=tuple(source for source in others if source != headline.source),
    )


def _reading_order(story: Story) -> tuple[int, float]:
    return rank(story.headline), -story.headline.published.timestamp()


def rank(item: Item) -> int:
    """Return 0 for a letter by members of Congress, 1 for another primary source, 2 for advocacy, 3 for news."""
    if item.category == "news":
        return 3
    if item.category == "advocacy":
        return 2
    return 0 if item.category == "congress" and LETTER.search(item.title) else 1


NOT_POLLED = "not polled yet"
"""Stands for the reason where a source did not fail: its turn has not come."""


def unread(watchlist: Watchlist, states: Mapping[str, FeedState]) -> tuple[Unread, ...]:
    """Return the sources that gave nothing when we last looked, or that we have not looked at yet."""
    return tuple(
        Unread(feed_id=f.id, name=f.name, reason=_reason(states.get(f.id)), since=_since(states.get(f.id)))
        for f in watchlist.feeds
        if f.id not in states or states[f.id].failures or states[f.id].succeeded is None
    )


def _reason(state: FeedState | None) -> str:
    return NOT_POLLED if state is None or state.reason is None else state.reason


def _since(state: FeedState | None) -> datetime | None:
    return state.succeeded if state else None
