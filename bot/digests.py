"""Which stories a digest tells, in what order, and what it admits it could not see.

gathered items -> stories -> sections by topic: letters and statements before reports, then newest first
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot import bills
from bot.records import Digest, FeedState, Gathered, Item, Judged, Match, Mention, Section, Story, Unread, Watchlist

LETTER = re.compile(
    r"\b(letters?|writ(?:es?|ing)|wrote|urg(?:es?|ing)|demand(?:s|ing)?|call(?:s|ing)? on|press(?:es|ing)"
    r"|press for answers)\b",
    re.IGNORECASE,
)
"""Words in the title of a release that announce a letter or a demand. The letter ledger will know better (facts/)."""


def compose(
    watchlist: Watchlist,
    gathered: Iterable[Gathered],
    states: Mapping[str, FeedState],
    *,
    told: frozenset[str] = frozenset(),
    topics: Sequence[str] = (),
    zone: str,
    since: datetime,
    until: datetime,
) -> Digest:
    """Compose what a reader is told of the period `since` .. `until`; a story of which any item was `told` is left out.

    But a bill's story is told again with each action that was not told, whenever it was, and each version that came out
    later than what was told of it.
    A story stands once, in the section of the topic it matches best.
    """
    wanted = [t for t in watchlist.topics if not topics or t.id in topics]
    stories = tell([new for one in gathered if (new := _news(one, told))], {t.id for t in wanted})
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


def _news(gathered: Gathered, told: frozenset[str]) -> Gathered | None:
    """Return a story as it is still to be told, its news first; None: it has been told as it is."""
    everyone = (*gathered.followed, *gathered.others)
    last = max((one.item.published for one in everyone if one.item.id in told), default=None)
    if last is None:
        return gathered
    # Actions are entered days late, several of one day, and each of them matters to who follows the bill.
    later = [
        one
        for one in gathered.followed
        if one.item.id not in told
        and (bills.is_page(one.item.url) or (one.item.published > last and bills.bill(one.item.url)))
    ]
    rest = tuple(one for one in everyone if one not in later)
    return replace(gathered, followed=tuple(_newest(later)), others=rest) if later else None


def _newest(found: Iterable[Judged]) -> list[Judged]:
    return sorted(found, key=lambda one: (one.item.published, one.item.first_seen), reverse=True)


def tell(gathered: Iterable[Gathered], topics: set[str]) -> list[Story]:
    """Return the stories with an item flagged for any of `topics`, in the order in which they are read."""
    stories = (_story(one, topics) for one in gathered)
    return sorted((story for story in stories if story.matches), key=_reading_order)


def flagged(matches: Iterable[Match], topics: set[str]) -> tuple[Match, ...]:
    """Return the matches that say yes for one of `topics`, the surest first."""
    return tuple(sorted((m for m in matches if m.flagged and m.topic_id in topics), key=lambda m: -m.probability))


def _story(gathered: Gathered, topics: set[str]) -> Story:
    """Return a story as a reader sees it: what is flagged for them stands first, who else has it is named.

    Of actions on a bill the latest stands for the others: what it says of the bill is how it stands.
    """
    told = [one for one in gathered.followed if flagged(one.matches, topics)]
    steps = _newest(one for one in told if bills.is_page(one.item.url))
    if told and bills.bill(told[0].item.url):
        told = [*steps, *(one for one in told if one not in steps)]
    others = [one for one in (*gathered.followed, *gathered.others) if one not in told]
    best: dict[str, Match] = {}
    subjects: dict[str, Mention] = {}
    for one in told:
        for match in flagged(one.matches, topics):
            best.setdefault(match.topic_id, match)  # the headline's own words before those of a copy
        for mention in one.mentions:
            subjects.setdefault(mention.subject_id, mention)
    sources = dict.fromkeys(source for one in (*told, *others) for source in (one.item.source, *one.also))
    return Story(
        id=str(gathered.story_id or gathered.followed[0].item.id),
        items=tuple(one.item for one in (*told, *others)),
        matches=tuple(sorted(best.values(), key=lambda m: -m.probability)),
        mentions=tuple(subjects.values()),
        also=tuple(sources)[1:],
        steps=tuple(one.item for one in steps),
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

SWITCHED_OFF = "switched off"
"""Stands for the reason where an operator does not want a source to be read."""


def unread(watchlist: Watchlist, states: Mapping[str, FeedState]) -> tuple[Unread, ...]:
    """Return the sources that gave nothing when we last looked, or that we have not looked at yet."""
    return tuple(
        Unread(feed_id=f.id, name=f.name, reason=_reason(states.get(f.id)), since=_since(states.get(f.id)))
        for f in watchlist.feeds
        if f.id not in states or not states[f.id].is_read
    )


def _reason(state: FeedState | None) -> str:
    if state is not None and state.off:
        return SWITCHED_OFF
    return NOT_POLLED if state is None or state.reason is None else state.reason


def _since(state: FeedState | None) -> datetime | None:
    return state.succeeded if state else None
