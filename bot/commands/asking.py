"""What people ask of what was published: searches, why, stories, labels, how the sources do."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import digests, finding
from bot.errors import ConfigError, Refused
from bot.gates import gates, looks_back_to
from bot.matching import Phrases, Questions, is_settled, speak_against
from bot.records import (
    Category,
    Chronicle,
    Digest,
    FeedState,
    Findings,
    Health,
    Hit,
    Item,
    Judged,
    Label,
    Match,
    StoryEdit,
    Subscriber,
    Topic,
    Verdict,
    Watchlist,
    Why,
)
from bot.store import Meaning, Numbers, Store, Wanted


async def latest(store: Store, wanted: Wanted, count: int) -> list[Judged]:
    """Return the newest flagged items, newest first."""
    return await store.find(wanted, count)


async def search(store: Store, query: str, wanted: Wanted, count: int, questions: Questions | None = None) -> Findings:
    """Return what holds every word of `query` or, below that, says the same in other words; best first.

    Both lists are joined by reciprocal rank fusion. What stands in quotation marks occurs in every item found.
    `questions` None: by words alone.
    """
    among = await store.among(query, wanted)
    listed = max(count, finding.LISTED)
    by_words, (near, note) = await asyncio.gather(
        store.ranked(query, among, listed), _near(store, query, among, listed, questions)
    )
    order = finding.fused(by_words, list(near))[:count]
    hits = [
        Hit(judged=judged, snippet=snippet, cosine=near.get(n))
        for n, judged, snippet in await store.hits(query, order, wanted.community)
    ]
    return Findings(hits=tuple(hits), without=await store.vectors.without(among), note=note)


async def _near(
    store: Store, query: str, among: Numbers | None, count: int, questions: Questions | None
) -> tuple[dict[int, float], str | None]:
    """Return the items near in meaning by `n`, the nearest first, with their cosine; and why there are none to see."""
    meant, model = finding.meant(query), await store.vectors.serving()
    if questions is None or not meant:
        return {}, None
    if model is None:
        return {}, "no item has a vector yet; `lookout import --reembed` makes them"
    try:
        vector = await asyncio.to_thread(questions.vector, meant, model)
    except ConfigError as e:
        says = f"the vectors were made with {model}, which cannot be loaded ({e}); `lookout import --reembed` makes new"
        return {}, says
    return dict(await store.vectors.nearest(Meaning(model=model, vector=vector), among, count, finding.FLOOR)), None


async def why(
    store: Store,
    name: str,
    community: str | None = None,
    *,
    now: datetime,
    readers: Sequence[Subscriber] = (),
    followed: Sequence[Topic] | None = None,
    closely: Callable[[Item], Sequence[Match]] | None = None,
) -> Why | None:
    """Return all about one item, by its id, the beginning of it, or its address. None: no such item.

    `community`: as its heads and its people judge the item, with what they said of it. `readers`: whose filters count.
    `followed`: the topics in force; None: all.
    `closely` looks again at what was settled without embedding, in a thread; without it there is no nearest example.
    """
    judged, note = await store.item(name, community), None
    if judged is None:
        return None
    if closely is not None and any(is_settled(match) for match in judged.matches):
        try:
            seen = await asyncio.to_thread(closely, judged.item)
            judged = replace(judged, matches=tuple(_with_evidence(match, seen) for match in judged.matches))
        except ConfigError as e:
            note = f"settled by its words alone; the nearest examples cannot be told: {e}"
    item_id = judged.item.id
    told, story = await store.told(item_id), await store.stories.named(item_id)
    others = [one.item.id for one in story.items if one.item.id != item_id] if story else []
    story_told = [told for other in others for told in await store.told(other)]
    said = await store.feedback.labels(community, item_id=item_id, history=True) if community else []
    labels_ = tuple(label for label, _ in said)
    followed_by = {one.id: reader.id for reader in readers for one in reader.subscriptions}
    periods = await store.reports.periods(followed_by)
    since: dict[str, datetime] = {}
    for subscription, reader_id in followed_by.items():
        begin = looks_back_to(periods.get(subscription), now)
        since[reader_id] = min(begin, since.get(reader_id, begin))
    return Why(
        judged=judged,
        gates=gates(
            judged,
            told,
            story,
            story_told,
            readers,
            labels=labels_,
            since=since,
            followed=None if followed is None else {topic.id for topic in followed},
        ),
        told=tuple(told),
        revisions=tuple(await store.revisions(item_id)),
        labels=labels_,
        against={
            topic.id: found
            for topic in followed or ()
            if (found := speak_against(Phrases(topic.phrases), Phrases(topic.misleading), judged.item.title))
        },
        note=note,
    )


def _with_evidence(match: Match, seen: Sequence[Match]) -> Match:
    # What it was judged by stays what it was; only what that judgement did not look at is added.
    found = next((one for one in seen if one.topic_id == match.topic_id), None)
    if found is None or match.passage.where == "letter":
        return match
    return replace(match, passage=found.passage, nearest_for=found.nearest_for, nearest_against=found.nearest_against)


async def label(
    store: Store, name: str, topic_id: str, verdict: Verdict, *, community: str, by: str, now: datetime
) -> Label:
    """Remember what a person says of an item and a topic; from now on it decides what their community is told.

    Raises Refused where there is no such item, it was never matched with the topic, or a name cannot be shown.
    """
    check_name(community, "community")
    check_name(by, "person")
    item = await _matched(store, name, topic_id)
    said = Label(community=community, item_id=item.id, topic_id=topic_id, verdict=verdict, by=by, at=now)
    await store.feedback.label(said)
    return said


async def undo_label(
    store: Store, name: str, topic_id: str, *, community: str, of: str, by: str, now: datetime
) -> Label:
    """Put the label of one person out of force, and return it; it stays in the history, with who undid it and when.

    Raises Refused where there is no such item or label, or a name cannot be shown.
    """
    check_name(community, "community")
    check_name(of, "person")
    check_name(by, "person")
    item = await _matched(store, name, topic_id)
    undone = await store.feedback.undo(community, item.id, topic_id, of=of, by=by, now=now)
    if undone is None:
        raise Refused(f"{of!r} has no label in force on {item.id} for {topic_id} in {community!r}")
    return undone


async def labels(store: Store, community: str, *, history: bool = False) -> list[tuple[Label, Item]]:
    """Return what a community's people say, newest first, each with its item; `history`: also what is undone.

    Raises Refused where the community's name cannot be shown.
    """
    check_name(community, "community")
    return await store.feedback.labels(community, history=history)


LONGEST_NAME = 100


def check_name(name: str, of: str) -> None:
    """Raise Refused where this is no name of a person or a community, which `of` says."""
    # It is shown to others, and tells one person from another: nothing in it may be invisible or reorder a line.
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"a {of}'s name must be 1 to {LONGEST_NAME} characters that can be seen")


async def _matched(store: Store, name: str, topic_id: str) -> Item:
    judged = await store.item(name)
    if judged is None:
        raise Refused(f"no item {name!r}; ids stand in digests and in `lookout search`")
    if topic_id not in {match.topic_id for match in judged.matches}:
        # Without a match there is nothing that a verdict could overrule, nor a passage to show to readers.
        raise Refused(f"{judged.item.id} was recorded before {topic_id!r} was followed, and never matched with it")
    return judged.item


async def story(store: Store, name: str) -> Chronicle | None:
    """Return a story with its history, by its number, or by the id or address of an item in it. None: there is none."""
    return await store.stories.named(name)


async def merge(store: Store, names: Sequence[str], *, by: str, now: datetime) -> Chronicle:
    """Make one story of several, which stay together; return it. Refused: one is not known, or they are one already.

    Whoever was told one of them is told nothing more of it.
    """
    check_name(by, "person")
    return await store.stories.merge(names, by, now)


async def split(store: Store, name: str, items: Sequence[str], *, by: str, now: datetime) -> Chronicle:
    """Take items out of a story into a new one, which stays apart; return it. Refused: they are not in it, or are all.

    Whoever was shown them in the story is not told of them again; whoever was not is told of them as news.
    """
    check_name(by, "person")
    return await store.stories.split(name, items, by, now)


async def undo_edit(store: Store, number: int, *, by: str, now: datetime) -> StoryEdit:
    """Take back a merge or a split, by its number, and return it. Refused: there is none such in force."""
    check_name(by, "person")
    return await store.stories.undo(number, by, now)


Counts = Mapping[str, tuple[int, datetime | None]]
"""How many items each feed showed us in all, and when the last new one, by its id."""


async def health(store: Store, watchlist: Watchlist, counts: Counts | None = None) -> list[Health]:
    """Return how every feed of feeds.yaml does, in its order. `counts`: as they were counted lately; None: now."""
    states = await store.states()
    counts = await store.counts() if counts is None else counts
    return [
        Health(
            feed=feed,
            state=states.get(feed.id, FeedState(feed_id=feed.id)),
            items=counts.get(feed.id, (0, None))[0],
            newest=counts.get(feed.id, (0, None))[1],
        )
        for feed in watchlist.feeds
    ]


async def switch(store: Store, watchlist: Watchlist, off: Mapping[str, datetime | None]) -> None:
    """Switch feeds off from a moment on, or on again (None), by their ids. Every digest says that they are not read.

    Raises Refused where feeds.yaml lacks one of them; then none is switched.
    """
    known = {feed.id for feed in watchlist.feeds}
    if unknown := [feed for feed in off if feed not in known]:
        raise Refused(f"no feed {unknown[0]!r} in feeds.yaml; `lookout feeds` lists them")
    await store.switch(off)


async def digest(
    store: Store,
    watchlist: Watchlist,
    *,
    topics: tuple[str, ...] = (),
    categories: tuple[Category, ...] = (),
    zone: str,
    since: datetime,
    until: datetime,
    community: str | None = None,
) -> Digest:
    """Return the digest of everything published from `since` to before `until`, told or not. Changes nothing.

    `community`: whose labels and heads decide what is flagged; None: the shipped heads.
    """
    known = tuple(topic.id for topic in watchlist.topics)
    wanted = Wanted(topics=topics or known, categories=categories, since=since, until=until, community=community)
    gathered = await store.stories.gathered(await store.find(wanted), wanted.community)
    states = await store.states()
    return digests.compose(watchlist, gathered, states, topics=topics, zone=zone, since=since, until=until)


def moment(written: str, zone: str, now: datetime) -> datetime:
    """Return the moment that is written as 2026-04-05, 2026-04-05T14:00, or 7d, 12h ago, in UTC.

    A date means its midnight in `zone`. Raises Refused where it is none.
    """
    try:
        if ago := re.fullmatch(r"(\d{1,5})\s*([dh])", written.strip().lower()):
            return now - timedelta(hours=int(ago[1]) * (24 if ago[2] == "d" else 1))
        at = datetime.fromisoformat(written.strip())
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise Refused(f"{written!r} is no date; write 2026-04-05, 2026-04-05T14:00, 7d or 12h") from e


def last_poll(found: Sequence[Health]) -> datetime | None:
    """Return when any source was last polled, well or not; None: never."""
    return max((one.state.polled for one in found if one.state.polled), default=None)
