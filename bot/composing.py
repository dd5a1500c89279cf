"""From what is stored to what one reader is told of it: news -> what they follow -> stories -> digest."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import digests, following
from bot.gates import looks_back_to
from bot.records import Delivery, Digest, FeedState, Gathered, Judged, Subscriber, Subscription, Watchlist
from bot.store import Composed, News, Store

FIRST_DIGEST = timedelta(days=1)
"""What the first digest of a built-in reader covers."""

Periods = Mapping[str, tuple[datetime, datetime]]
"""From when and until when each subscription was told, by its id."""


@dataclass(frozen=True, kw_only=True)
class Telling:
    """What a reader is to be told. `told`: the ids of the items they see in it, be it only as "also on"."""

    reader: Subscriber
    digest: Digest
    told: tuple[str, ...]


def composed(telling: Telling, key: str, parts: Sequence[Mapping[str, Any]], text: str) -> Composed:
    """Return the outbox row of a digest: `parts` is what the medium sends, `text` what the archive keeps."""
    reader, digest = telling.reader, telling.digest
    return Composed(
        delivery=Delivery(
            key=key,
            subscriber_id=reader.id,
            medium=reader.medium,
            address=reader.address,
            composed=digest.until,
            text=text,
            parts=tuple(parts),
            urgent=reader.now,
        ),
        since=digest.since,
        until=digest.until,
        told=telling.told,
        subscriptions=tuple(one.id for one in reader.subscriptions),
    )


def notice(
    key: str,
    to: str,
    medium: str,
    address: str,
    says: str,
    now: datetime,
    *,
    by: str = "",
    where: str = "",
    subject: str = "",
) -> Composed:
    """Return the outbox row of a text that is no digest, to a subscriber or a person.

    `by`: whose doing it is; `where`: the address of the channel that it is about, if that is another; `subject`: what
    stands over it, where the medium has such a thing.
    """
    delivery = Delivery(
        key=key,
        subscriber_id=to,
        medium=medium,
        address=address,
        composed=now,
        text=says,
        parts=({"notice": says, "by": by, "where": where, "subject": subject},),
        urgent=True,
    )
    return Composed(delivery=delivery, since=now, until=now)


async def tellings(
    store: Store, watchlist: Watchlist, readers: Sequence[Subscriber], now: datetime, *, back_to: datetime | None = None
) -> AsyncIterator[Telling]:
    """Give what each of these readers has not been told yet, by those of their subscriptions that they come with.

    What there is to be told is looked at once for all who see it with the same eyes, so that many readers cost little
    more than one. `back_to`: as if they followed what they follow since then, for a preview.
    """
    opinionated = await store.reports.opinionated()
    alike: defaultdict[str | None, list[Subscriber]] = defaultdict(list)
    for reader in readers:
        alike[reader.community if reader.community in opinionated else None].append(reader)
    subscriptions = [one.id for reader in readers for one in reader.subscriptions]
    periods = {} if back_to else await store.reports.periods(subscriptions)
    states = await store.states()
    for community, group in alike.items():
        since = {one.id: back_to or looks_back_to(periods.get(one.id), now) for r in group for one in r.subscriptions}
        asked = [one.threshold for r in group for one in r.subscriptions if one.threshold is not None]
        news = await store.reports.news(community, min(since.values(), default=now), min(asked, default=None))
        stories = await store.stories.gathered([one.judged for one in news], community)
        seen = _Seen(news)
        for reader in group:
            wanted = seen.by(reader, since)
            mine = following.among(stories, wanted) if wanted else []
            inside = [one.item.id for story in mine for one in (*story.followed, *story.others)]
            known = await store.reports.told_among(reader.id, inside)
            begin = back_to or min(_until(periods, one.id, now) for one in reader.subscriptions)
            yield _telling(watchlist, states, reader, mine, frozenset(known), begin, now)


class _Seen:
    """Remembers what subscriptions that are alike let through of the same news."""

    def __init__(self, news: Sequence[News]) -> None:
        self._news = news
        self._through: dict[Subscription, list[tuple[datetime, Judged]]] = {}

    def by(self, reader: Subscriber, since: Mapping[str, datetime]) -> dict[str, Judged]:
        """Return what a reader is to be told of, by the item's id, with the matches for which it is."""
        told: dict[str, Judged] = {}
        for one in reader.subscriptions:
            for at, judged in self._let_through(replace(one, id="", by="", schedule=None)):
                if at >= since[one.id]:
                    before = told.get(judged.item.id)
                    told[judged.item.id] = judged if before is None else following.joined(before, judged)
        return told

    def _let_through(self, alike: Subscription) -> list[tuple[datetime, Judged]]:
        if alike not in self._through:
            narrowed = ((one.at, following.narrowed(one.judged, alike)) for one in self._news)
            self._through[alike] = [(at, judged) for at, judged in narrowed if judged is not None]
        return self._through[alike]


def _until(periods: Periods, subscription: str, now: datetime) -> datetime:
    # Before the first, what is not held is news, also where a first try was killed between watching and reporting.
    return periods[subscription][1] if subscription in periods else now - FIRST_DIGEST


def _telling(
    watchlist: Watchlist,
    states: Mapping[str, FeedState],
    reader: Subscriber,
    stories: Sequence[Gathered],
    told: frozenset[str],
    since: datetime,
    now: datetime,
) -> Telling:
    digest = digests.compose(watchlist, stories, states, told=told, zone=reader.zone, since=since, until=now)
    seen = (item.id for section in digest.sections for story in section.stories for item in story.items)
    return Telling(reader=reader, digest=digest, told=tuple(dict.fromkeys(seen)))
