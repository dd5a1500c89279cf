"""Who is told: the channels that people subscribed, what each follows, and what becomes of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Row, String, cast, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.bounces import Bounce
from bot.records import Schedule, Subscriber, Subscription
from bot.store import feedback, reports
from bot.store import tables as t
from bot.store.reports import IS_NOTICE, UNDER_WAY, Composed
from bot.store.rows import batches
from bot.store.transactions import Transactions

KEPT = timedelta(days=30)
"""How long a subscriber that is gone is kept: it may come back, and then goes on."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What came of a bounce. `address`: whom the mail went to, as we wrote to it; None: unknown.

    known: it was counted before, they were gone already, have confirmed since, or are told elsewhere by now. unknown:
    it names no mail that went to whom it speaks of, or a notice, of which nothing is kept.
    """

    came: Literal["suppressed", "known", "temporary", "about us", "unknown"]
    address: str | None
    says: str


class KeptSubscribers:
    """Every method is one transaction; StoreError when the database refuses."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def all(self) -> list[Subscriber]:
        """Return every subscriber with its subscriptions, also those that are paused or gone, in order of their ids."""
        async with self._transactions.reading() as c:
            followed: defaultdict[str, list[Subscription]] = defaultdict(list)
            for row in await c.execute(select(t.subscriptions).order_by(t.subscriptions.c.n)):
                followed[row.subscriber_id].append(_subscription(row))
            found = (await c.execute(select(t.subscribers).order_by(t.subscribers.c.id))).all()
        return [_subscriber(row, followed[row.id]) for row in found]

    async def named(self, subscriber_id: str) -> Subscriber | None:
        """Return a subscriber by its id, or None."""
        async with self._transactions.reading() as c:
            return await _named(c, subscriber_id)

    async def holding(self, handle: str) -> Subscriber | None:
        """Return the subscriber whom this handle stands for, or None."""
        async with self._transactions.reading() as c:
            asked = select(t.subscribers.c.id).where(t.subscribers.c.handle == handle, t.subscribers.c.handle != "")
            found = await c.scalar(asked)
            return await _named(c, found) if found else None

    async def change(
        self, subscriber_id: str, settings: Mapping[str, Any], told: Sequence[str] = (), until: datetime | None = None
    ) -> None:
        """Write these settings of a subscriber, by the names of its record, and no others.

        `told`: the subscriptions that count as told `until` then, for the settings say when they are.
        """
        row = _columns(settings)
        async with self._transactions.writing() as c:
            await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(row))
            if told and until is not None:
                mine = t.reports.c.subscription_id.in_(told)
                await c.execute(update(t.reports).where(mine).values(until=until))

    async def follow(
        self,
        subscriber: Subscriber,
        subscription: Subscription,
        now: datetime,
        notices: Sequence[Composed] = (),
        *,
        until: datetime | None = None,
        since: datetime | None = None,
        check: Callable[[Subscriber | None], None] = lambda _: None,
    ) -> Subscription:
        """Add a subscription to a subscriber, who is made where it is new, and return it with its number as id.

        It is told of what comes from `now` on; `until`: until when it counts as told, if not now. Whoever was gone is
        back, as with `resume`, and told of what came from `since` on. `notices` go into the outbox with it. `check`
        sees the subscriber as it stands at this moment, and may raise Refused.
        """
        row = {"subscriber_id": subscriber.id, "made": now, **_subscription_row(subscription)}
        async with self._transactions.writing() as c:
            standing = await _named(c, subscriber.id)
            check(standing)
            if standing is None:
                names = [column.name for column in t.subscribers.c]
                await c.execute(insert(t.subscribers).values(_columns({n: getattr(subscriber, n) for n in names})))
            else:
                where = {"place": subscriber.place, "community": subscriber.community}
                await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber.id).values(where))
                if not standing.subscriptions:
                    told = {"schedule": _schedule_row(subscriber.schedule), "paused": False, "now": False}
                    await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber.id).values(told))
            if standing is not None and standing.gone:
                await _back(c, subscriber.id, since)
            written = await c.execute(insert(t.subscriptions).values(row))
            number = written.inserted_primary_key
            assert number is not None
            new = replace(subscription, id=str(number[0]))
            await c.execute(insert(t.reports).values(subscription_id=new.id, begin=now, until=until or now))
            for notice in notices:
                await reports.put(c, notice)
        return new

    async def rewrite(
        self,
        subscriber_id: str,
        subscription: Subscription,
        settings: Mapping[str, Any],
        until: datetime | None = None,
        *,
        since: datetime | None = None,
    ) -> bool:
        """Write what one subscription, by its id, follows from now on, and these settings of its subscriber.

        `until`: it counts as told until then, for the settings say when it is. `since`: whoever was gone is back, as
        with `resume`. False: there is none such any more; then nothing is written.
        """
        n, mine = t.subscriptions.c.n, t.subscriptions.c.subscriber_id == subscriber_id
        row = _subscription_row(subscription)
        async with self._transactions.writing() as c:
            written = await c.execute(update(t.subscriptions).where(n == int(subscription.id), mine).values(row))
            if not written.rowcount:
                return False
            if since is not None:
                await _back(c, subscriber_id, since)
            await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(_columns(settings)))
            if until is not None:
                told = t.reports.c.subscription_id == subscription.id
                await c.execute(update(t.reports).where(told).values(until=until))
            return True

    async def unfollow(self, subscriber_id: str, number: str, notices: Sequence[Composed] = ()) -> bool:
        """Take a subscription away. False: the subscriber has none with this number; then nothing is written."""
        c_ = t.subscriptions.c
        async with self._transactions.writing() as c:
            gone = await c.execute(delete(t.subscriptions).where(c_.n == number, c_.subscriber_id == subscriber_id))
            if not gone.rowcount:
                return False
            await c.execute(delete(t.reports).where(t.reports.c.subscription_id == number))
            if not await c.scalar(select(func.count()).where(c_.subscriber_id == subscriber_id)):
                await _forget_unsent(c, subscriber_id)
            for notice in notices:
                await reports.put(c, notice)
            return True

    # -- gone, and back ------------------------------------------------------------------------------------

    async def gone(self, subscriber_id: str, now: datetime, why: str, notices: Sequence[Composed]) -> bool:
        """Write that a subscriber refuses us: nothing more is sent. False: it was known, or is none that people chose.

        `notices`, for those who subscribed, go into the outbox with it.
        """
        async with self._transactions.writing() as c:
            if not await _gone(c, subscriber_id, now, why):
                return False
            for notice in notices:
                await reports.put(c, notice)
            return True

    async def bounced(self, bounces: Sequence[Bounce], now: datetime) -> list[Counted]:
        """Write that those are gone whose mail came back for good, and return what came of each bounce, in order.

        What came back was never told: it is news again to whoever is back. To count the same bounces again does
        nothing.
        """
        async with self._transactions.writing() as c:
            return [await _counted(c, one, now) for one in bounces]

    async def resume(self, subscriber_id: str, since: datetime, notices: Sequence[Composed] = ()) -> None:
        """Write that a subscriber is told again, who was paused or gone: of what came from `since` on.

        What could not be sent to it is news to it again; what had begun to arrive goes on.
        """
        async with self._transactions.writing() as c:
            await _back(c, subscriber_id, since)
            await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(paused=False))
            for notice in notices:
                await reports.put(c, notice)

    async def forget_gone(self, now: datetime) -> list[str]:
        """Delete the subscribers that have been gone for longer than `KEPT`, and return their ids."""
        async with self._transactions.writing() as c:
            old = list(await c.scalars(select(t.subscribers.c.id).where(t.subscribers.c.gone < now - KEPT)))
            for subscriber_id in old:
                await _forget(c, subscriber_id)
            return old

    # -- forget --------------------------------------------------------------------------------------------

    async def forget(self, subscriber_id: str) -> None:
        """Delete a subscriber, what it follows, and everything that was sent to it."""
        async with self._transactions.writing() as c:
            await _forget(c, subscriber_id)

    async def forget_person(self, person: str) -> int:
        """Delete what a person said of items, that it was they who subscribed, and what they are told by themselves.

        Return how many labels those were.
        """
        s, d = t.subscriptions.c, t.deliveries.c
        async with self._transactions.writing() as c:
            labels = await feedback.forget(c, person)
            direct = select(t.subscribers.c.id).join(t.subscriptions, s.subscriber_id == t.subscribers.c.id)
            for own in set(await c.scalars(direct.where(t.subscribers.c.place == "direct", s.by == person))):
                await _forget(c, own)
            await c.execute(update(t.subscriptions).where(s.by == person).values(by=""))
            await _forget(c, person)  # notices to them
            for row in (await c.execute(select(d.key, d.parts).where(d.state.in_(UNDER_WAY), d.urgent))).all():
                parts = [part | {"by": ""} if part.get("by") == person else part for part in row.parts]
                await c.execute(update(t.deliveries).where(d.key == row.key).values(parts=parts))
            return labels


async def _named(c: AsyncConnection, subscriber_id: str) -> Subscriber | None:
    row = (await c.execute(select(t.subscribers).where(t.subscribers.c.id == subscriber_id))).one_or_none()
    if row is None:
        return None
    mine = select(t.subscriptions).where(t.subscriptions.c.subscriber_id == subscriber_id)
    return _subscriber(row, [_subscription(one) for one in await c.execute(mine.order_by(t.subscriptions.c.n))])


async def _gone(c: AsyncConnection, subscriber_id: str, now: datetime, why: str) -> bool:
    d, s = t.deliveries.c, t.subscribers.c
    waits = (d.subscriber_id == subscriber_id) & d.state.in_(UNDER_WAY)
    await c.execute(update(t.deliveries).where(waits).values(state="gone", error=why))
    gone = (d.subscriber_id == subscriber_id) & (d.state == "gone")
    await c.execute(delete(t.deliveries).where(gone, IS_NOTICE))
    news = await c.execute(update(t.subscribers).where(s.id == subscriber_id, s.gone.is_(None)).values(gone=now))
    return bool(news.rowcount)


async def _counted(c: AsyncConnection, bounce: Bounce, now: datetime) -> Counted:
    d, s = t.deliveries.c, t.subscribers.c
    asked = select(d.key, d.subscriber_id, d.address, d.composed).where(d.medium == "email")
    named = [row for some in batches(bounce.keys) for row in await c.execute(asked.where(d.key.in_(some)))]
    # Whoever knows a key can write off whom that mail went to, and nobody else.
    went = [row for row in named if row.address.lower() in bounce.addresses]
    if not went:
        return Counted(came="unknown", address=None, says=bounce.says)
    to, address = went[0].subscriber_id, went[0].address
    if bounce.kind != "permanent":
        return Counted(came=bounce.kind, address=address, says=bounce.says)
    there = select(s.id).where(s.id == to, func.lower(s.address) == address.lower())
    back = (d.key.in_([row.key for row in went])) & (d.state == "sent") & d.subscriber_id.in_(there)
    # Also where they are gone already: else it would write them off anew once they are back.
    written = await c.execute(update(t.deliveries).where(back).values(state="gone", refs=[], error=bounce.says))
    sent = max(row.composed for row in went)
    if written.rowcount and await c.scalar(select(s.id).where(s.id == to, s.gone.is_(None), s.consented > sent)):
        await _back(c, to, None)  # from this mailbox they have since confirmed that they want to be told
        return Counted(came="known", address=address, says=bounce.says)
    news = written.rowcount > 0 and await _gone(c, to, now, bounce.says)
    return Counted(came="suppressed" if news else "known", address=address, says=bounce.says)


async def _back(c: AsyncConnection, subscriber_id: str, since: datetime | None) -> None:
    """Write that a subscriber is no longer gone, and that what never arrived was never told; not before `since`."""
    d, s, r = t.deliveries.c, t.subscriptions.c, t.reports.c
    gone = (d.subscriber_id == subscriber_id) & (d.state == "gone")
    lost = gone & (func.json_array_length(d.refs) == 0)
    first = await c.scalar(select(func.min(d.since, type_=t.Utc)).where(lost))
    await c.execute(delete(t.told).where(t.told.c.key.in_(select(d.key).where(lost))))
    await c.execute(delete(t.deliveries).where(lost))
    await c.execute(update(t.deliveries).where(gone).values(state="waiting", next_try=None))
    mine = update(t.reports).where(
        r.subscription_id.in_(select(cast(s.n, String)).where(s.subscriber_id == subscriber_id))
    )
    if first is not None:
        await c.execute(mine.where(r.until > first).values(until=first))
    if since is not None:
        await c.execute(mine.where(r.until < since).values(until=since))
        await c.execute(mine.where(r.begin < since).values(begin=since))
    await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(gone=None, now=False))


async def _forget_unsent(c: AsyncConnection, subscriber_id: str) -> None:
    """Delete the digests that wait for a subscriber who follows nothing any more."""
    d = t.deliveries.c
    waits = (d.subscriber_id == subscriber_id) & d.state.in_(UNDER_WAY) & (d.since < d.until)
    unsent = waits & (func.json_array_length(d.refs) == 0)
    await c.execute(delete(t.told).where(t.told.c.key.in_(select(d.key).where(unsent))))
    await c.execute(delete(t.deliveries).where(unsent))
    await c.execute(update(t.subscribers).where(t.subscribers.c.id == subscriber_id).values(now=False))


def _columns(settings: Mapping[str, Any]) -> dict[str, Any]:
    row = dict(settings)
    if "schedule" in row:
        row["schedule"] = _schedule_row(row["schedule"])
    if row.get("quiet"):
        row["quiet"] = [f"{hour:%H:%M}" for hour in row["quiet"]]
    return row


async def _forget(c: AsyncConnection, subscriber_id: str) -> None:
    s = t.subscriptions.c
    mine = [str(n) for n in await c.scalars(select(s.n).where(s.subscriber_id == subscriber_id))]
    await c.execute(delete(t.reports).where(t.reports.c.subscription_id.in_(mine)))
    for table, column in (
        (t.told, t.told.c.subscriber_id),
        (t.deliveries, t.deliveries.c.subscriber_id),
        (t.subscriptions, s.subscriber_id),
        (t.subscribers, t.subscribers.c.id),
    ):
        await c.execute(delete(table).where(column == subscriber_id))


def _subscriber(row: Row[Any], followed: Sequence[Subscription]) -> Subscriber:
    said: dict[str, Any] = dict(row._mapping)
    begin, end = row.quiet or (None, None)
    quiet = (time.fromisoformat(begin), time.fromisoformat(end)) if begin and end else None
    return Subscriber(**said | {"schedule": _schedule(row.schedule), "quiet": quiet}, subscriptions=tuple(followed))


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=str(row.n),
        topics=tuple(row.topics),
        categories=tuple(row.categories),
        feeds=tuple(row.feeds),
        words=tuple(row.words),
        threshold=row.threshold,
        schedule=_schedule(row.schedule) if row.schedule else None,
        by=row.by,
    )


def _subscription_row(one: Subscription) -> dict[str, Any]:
    return {
        "topics": list(one.topics),
        "categories": list(one.categories),
        "feeds": list(one.feeds),
        "words": list(one.words),
        "threshold": one.threshold,
        "schedule": _schedule_row(one.schedule),
        "by": one.by,
    }


def _schedule_row(schedule: Schedule | None) -> dict[str, Any] | None:
    return asdict(schedule) | {"at": f"{schedule.at:%H:%M}"} if schedule else None


def _schedule(said: dict[str, Any]) -> Schedule:
    return Schedule(**said | {"at": time.fromisoformat(said["at"])})
