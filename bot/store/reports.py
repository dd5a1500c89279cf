"""What is news to readers, what they have been told, and the outbox of deliveries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, func, insert, or_, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Delivery, Judged, Sent
from bot.store import rows
from bot.store import tables as t
from bot.store.asking import NEWEST, Wanted, judged, where
from bot.store.rows import batches
from bot.store.transactions import Transactions


@dataclass(frozen=True, kw_only=True)
class News:
    """An item that may be news to a reader, and since when: first seen, or what a person last said of it."""

    judged: Judged
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A digest for the outbox. `told`: the items that its reader sees in it, be it only as "also on".

    `subscriptions`: those that are told by it, of the period from `since` to `until`.
    """

    delivery: Delivery
    since: datetime
    until: datetime
    told: tuple[str, ...] = ()
    subscriptions: tuple[str, ...] = ()


UNDER_WAY = ("waiting", "sending")
"""States of a delivery that is still to be made, or made whole."""

IS_NOTICE = t.deliveries.c.since == t.deliveries.c.until
"""What says of a row of `deliveries` that it is no digest, but a text to one reader."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A delivery in the outbox, by its key."""

    key: str
    subscriber_id: str
    medium: str
    urgent: bool


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Where a delivery stands now. `anew`: its parts are others than before."""

    delivery: Delivery
    at: datetime
    next_try: datetime | None = None
    error: str | None = field(default=None, repr=False)
    anew: bool = False


class KeptReports:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # -- compose -------------------------------------------------------------------------------------------

    async def periods(self, subscriptions: Iterable[str] | None = None) -> dict[str, tuple[datetime, datetime]]:
        """Return from when and until when each of these subscriptions, or each of all, was told; never: not named."""
        r = t.reports.c
        asked = (
            [select(t.reports)]
            if subscriptions is None
            else [select(t.reports).where(r.subscription_id.in_(some)) for some in batches(subscriptions)]
        )
        async with self._transactions.reading() as c:
            found = [row for one in asked for row in await c.execute(one)]
        return {row.subscription_id: (row.begin, row.until) for row in found}

    async def opinionated(self) -> set[str]:
        """Return the communities that ever said something of an item, or whose heads did: the others see one view."""
        asked = union(select(t.labels.c.community), select(t.community_matches.c.community))
        async with self._transactions.reading() as c:
            return set(await c.scalars(asked))

    async def newest(self) -> tuple[object, ...]:
        """Return a mark that changes whenever something may have become news to somebody."""
        said, edits = t.labels.c, t.story_edits.c
        asked = (
            select(func.max(t.items.c.n)),
            select(func.max(t.items.c.first_seen)),
            select(func.max(t.revisions.c.seen)),
            select(func.max(said.n), func.max(said.undone), func.count(said.n)),
            select(func.max(edits.n), func.max(edits.undone)),
            select(func.max(t.community_heads.c.n)),
        )
        async with self._transactions.reading() as c:
            return tuple([tuple((await c.execute(one)).one()) for one in asked])

    async def news(self, community: str | None, since: datetime, at_least: float | None = None) -> list[News]:
        """Return the announced items that a head or the community flags, told or not, of which there is news.

        They were first seen from `since` on, or somebody labelled them since, or took a label back. `at_least`: also
        those that have this probability for a topic. Newest first.
        """
        said = t.labels.c
        lately = or_(said.at >= since, said.undone >= since)
        theirs = select(said.item_id).where(said.community == community, lately)
        # Not by `or`: SQLite would go through all items.
        seen = t.items.alias().c
        news = union(select(seen.id).where(seen.first_seen >= since), theirs)
        asked = where(select(t.items), Wanted(community=community, at_least=at_least))
        asked = asked.where(t.items.c.id.in_(news), t.items.c.held.is_(None)).order_by(*NEWEST)
        async with self._transactions.reading() as c:
            found = await judged(c, (await c.execute(asked)).all(), community)
            last = await _last_said(c, community, [one.item.id for one in found])
        return [
            News(judged=one, at=max(one.item.first_seen, last.get(one.item.id, one.item.first_seen))) for one in found
        ]

    async def told_among(self, subscriber_id: str, ids: Sequence[str]) -> set[str]:
        """Return which of these items the subscriber was told, ever."""
        asked = select(t.told.c.item_id).where(t.told.c.subscriber_id == subscriber_id)
        async with self._transactions.reading() as c:
            return {i for some in batches(ids) for i in await c.scalars(asked.where(t.told.c.item_id.in_(some)))}

    async def compose(self, composed: Sequence[Composed]) -> None:
        """Put digests as they will be sent into the outbox, in one transaction with what is told by them.

        One whose subscriber stopped following meanwhile, or was paused, is left out; so is one whose subscriber has
        more news by now, which another one will tell.
        """
        async with self._transactions.writing() as c:
            for one in composed:
                if await _is_followed(c, one) and not await _is_outdated(c, one):
                    await put(c, one)

    async def tell_operators(self, told: Mapping[str, str], notice: Composed | None) -> None:
        """Write which states of feeds, by their ids, the operators are told of, with the notice that tells them."""
        async with self._transactions.writing() as c:
            for feed_id, state in told.items():
                await c.execute(update(t.feeds).where(t.feeds.c.feed_id == feed_id).values(told=state))
            if notice is not None:
                await put(c, notice)

    async def nothing_told(self, subscriptions: Sequence[str], now: datetime) -> None:
        """Write down that these subscriptions, each told before, count as told until now."""
        if not subscriptions:
            return
        async with self._transactions.writing() as c:
            for some in batches(subscriptions):
                mine = t.reports.c.subscription_id.in_(some)
                await c.execute(update(t.reports).where(mine).values(until=now))

    # -- deliver -------------------------------------------------------------------------------------------

    async def outbox(self, now: datetime) -> list[Waiting]:
        """Return what is to be sent now, oldest first, without what it says; see `delivery`."""
        c_ = t.deliveries.c
        due = or_(c_.next_try.is_(None), c_.next_try <= now)
        columns = (c_.key, c_.subscriber_id, c_.medium, c_.urgent)
        asked = select(*columns).where(c_.state.in_(UNDER_WAY), due).order_by(c_.composed, c_.key)
        async with self._transactions.reading() as c:
            return [Waiting(**row._mapping) for row in await c.execute(asked)]

    async def delivery(self, key: str) -> Delivery | None:
        """Return a delivery as it stands; one that is `sending` was cut off and is uncertain. None: it is gone."""
        c_ = t.deliveries.c
        asked = select(t.deliveries).where(c_.key == key, c_.state.in_(UNDER_WAY))
        async with self._transactions.reading() as c:
            row = (await c.execute(asked)).one_or_none()
        return rows.delivery(row) if row else None

    async def waited_for(self) -> set[str]:
        """Return the subscribers to whom a digest is under way."""
        c_ = t.deliveries.c
        asked = select(c_.subscriber_id).where(c_.state.in_(UNDER_WAY), c_.since < c_.until).distinct()
        async with self._transactions.reading() as c:
            return set(await c.scalars(asked))

    async def archived(self, key: str) -> Sent | None:
        """Return a digest as it was sent, by its key. None: there is none, or it was forgotten with its subscriber."""
        d = t.deliveries.c
        columns = (d.key, d.since, d.until, d.composed, d.text, d.state)
        async with self._transactions.reading() as c:
            row = (await c.execute(select(*columns).where(d.key == key, ~IS_NOTICE))).one_or_none()
        return Sent(**row._mapping) if row else None

    async def last(self, subscriber_id: str, most: int) -> list[Sent]:
        """Return the last digests of a subscriber, the newest first."""
        d = t.deliveries.c
        columns = (d.key, d.since, d.until, d.composed, d.text, d.state)
        asked = select(*columns).where(d.subscriber_id == subscriber_id, ~IS_NOTICE)
        async with self._transactions.reading() as c:
            found = await c.execute(asked.order_by(d.composed.desc()).limit(most))
            return [Sent(**row._mapping) for row in found]

    async def waiting(self, subscriber_id: str | None = None) -> int:
        """Return how many deliveries wait in the outbox, to one subscriber or to all."""
        asked = select(func.count()).select_from(t.deliveries).where(t.deliveries.c.state.in_(UNDER_WAY))
        if subscriber_id is not None:
            asked = asked.where(t.deliveries.c.subscriber_id == subscriber_id)
        async with self._transactions.reading() as c:
            return await c.scalar(asked) or 0

    async def mark(self, marks: Sequence[Mark]) -> set[str]:
        """Write down where deliveries stand, many in one transaction; return the keys of those that are still wanted.

        What was sent needs its parts no more; a notice, which no archive keeps, goes altogether when it is done with.
        """
        wanted = set()
        async with self._transactions.writing() as c:
            for one in marks:
                delivery = one.delivery
                row: dict[str, Any] = {
                    "state": delivery.state,
                    "attempts": delivery.attempts,
                    "refs": list(delivery.refs),
                    "next_try": one.next_try,
                    "error": one.error,
                }
                if one.anew:
                    row["parts"] = list(delivery.parts)
                if delivery.state == "sent":
                    row |= {"sent": one.at, "parts": []}
                mine = (t.deliveries.c.key == delivery.key) & t.deliveries.c.state.in_(UNDER_WAY)
                written = await c.execute(update(t.deliveries).where(mine).values(row))
                if written.rowcount:
                    wanted.add(delivery.key)
                if delivery.state in ("sent", "failed"):
                    await c.execute(delete(t.deliveries).where(t.deliveries.c.key == delivery.key, IS_NOTICE))
        return wanted

    async def give_up(self, delivery: Delivery, error: str) -> None:
        """Write that a delivery failed for good. Where nothing of it arrived, what it told is news again."""
        key = delivery.key
        async with self._transactions.writing() as c:
            row = {"state": "failed", "error": error}
            await c.execute(update(t.deliveries).where(t.deliveries.c.key == key).values(row))
            await c.execute(delete(t.deliveries).where(t.deliveries.c.key == key, IS_NOTICE))
            if not delivery.refs:
                await c.execute(delete(t.told).where(t.told.c.key == key))

    async def tell_again(self, key: str) -> bool:
        """Have what a digest told be news again to its subscriber, and told at once. False: it is under way, or none.

        Another digest is composed for it: what was corrected since is told as it is now, with all that is one story
        with it by now.
        """
        d, s, r = t.deliveries.c, t.subscriptions.c, t.reports.c
        async with self._transactions.writing() as c:
            asked = select(d.subscriber_id, d.since).where(d.key == key, ~IS_NOTICE, d.state.not_in(UNDER_WAY))
            row = (await c.execute(asked)).one_or_none()
            whose = t.subscribers.c.id == (row.subscriber_id if row else "")
            if row is None or not (await c.execute(update(t.subscribers).where(whose).values(now=True))).rowcount:
                return False
            its, placed = select(t.told.c.item_id).where(t.told.c.key == key), t.story_items.c
            stories = select(placed.story_id).where(placed.item_id.in_(its))
            together = t.told.c.item_id.in_(select(placed.item_id).where(placed.story_id.in_(stories)))
            whose_told = t.told.c.subscriber_id == row.subscriber_id
            await c.execute(delete(t.told).where(whose_told, or_(t.told.c.key == key, together)))
            mine = select(cast(s.n, String)).where(s.subscriber_id == row.subscriber_id)
            again = update(t.reports).where(r.subscription_id.in_(mine), r.until > row.since)
            await c.execute(again.values(until=row.since))
            return True

    async def ask_now(self, subscriber_id: str) -> None:
        """Have a subscriber told at once: of the digest that waits for it, or of one that is yet to be composed."""
        d = t.deliveries.c
        waits = (d.subscriber_id == subscriber_id) & d.state.in_(UNDER_WAY) & (d.since < d.until)
        async with self._transactions.writing() as c:
            hurried = await c.execute(update(t.deliveries).where(waits).values(urgent=True, next_try=None))
            if not hurried.rowcount:
                await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(now=True))


async def _is_followed(c: AsyncConnection, one: Composed) -> bool:
    numbers = [int(subscription) for subscription in one.subscriptions if subscription.isdecimal()]
    if not numbers:
        return True  # a built-in reader, or a notice
    s, whom = t.subscriptions.c, t.subscribers.c
    told = or_(whom.paused.is_(False), whom.now.is_(True))
    asked = select(func.count()).select_from(t.subscriptions).join(t.subscribers, whom.id == s.subscriber_id)
    return await c.scalar(asked.where(s.n.in_(numbers), whom.gone.is_(None), told)) == len(numbers)


async def _is_outdated(c: AsyncConnection, one: Composed) -> bool:
    """Does it begin later than what its reader is to be told of? So it is where somebody has it told again."""
    r = t.reports.c
    asked = select(func.count()).where(r.subscription_id.in_(one.subscriptions), r.until < one.since)
    return bool(await c.scalar(asked))


async def put(c: AsyncConnection, one: Composed) -> None:
    """Write a digest into the outbox, and that its items are told."""
    delivery = one.delivery
    row = {f: getattr(delivery, f) for f in ("key", "subscriber_id", "medium", "address", "composed", "text")}
    row |= {"parts": list(delivery.parts), "refs": [], "state": "waiting", "attempts": 0, "urgent": delivery.urgent}
    await c.execute(insert(t.deliveries).values(row | {"since": one.since, "until": one.until}))
    mine = [{"subscriber_id": delivery.subscriber_id, "item_id": i, "key": delivery.key} for i in set(one.told)]
    if mine:
        await c.execute(upsert(t.told).on_conflict_do_nothing(), mine)
    for subscription in one.subscriptions:
        await _looked(c, subscription, one.since, one.until)
    # Whoever asked for a digest at once has it with this one.
    if one.subscriptions:
        await c.execute(update(t.subscribers).where(t.subscribers.c.id == delivery.subscriber_id).values(now=False))


async def _looked(c: AsyncConnection, subscription: str, begin: datetime, until: datetime) -> None:
    row = {"subscription_id": subscription, "begin": begin, "until": until}
    written = upsert(t.reports).values(row)
    await c.execute(written.on_conflict_do_update(index_elements=["subscription_id"], set_={"until": until}))


async def _last_said(c: AsyncConnection, community: str | None, ids: Sequence[str]) -> dict[str, datetime]:
    """Return when a person of the community last said something of each of these items, or took it back."""
    if community is None:
        return {}
    said = t.labels.c
    asked = select(said.item_id, said.at, said.undone).where(said.community == community)
    last: dict[str, datetime] = {}
    for some in batches(ids):
        for row in await c.execute(asked.where(said.item_id.in_(some))):
            at = max(moment for moment in (row.at, row.undone, last.get(row.item_id)) if moment is not None)
            last[row.item_id] = at
    return last
