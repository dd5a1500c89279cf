"""The outbox on its way: part by part, whoever has had least first, each part marked before the next.

outbox -> [a queue of deliveries, one of each subscriber at a time] -> workers -> look up if uncertain, send, mark

Many destinations share one queue. All first messages go before any second one, so a destination with much to read, or
one that is slow, holds nobody up.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import structlog

from bot import composing, schedule
from bot.errors import DeliveryError, SubscriberGone
from bot.outputs import Output
from bot.records import Delivery
from bot.store import KEPT, Mark, Store

log = structlog.get_logger()

PATIENCE = timedelta(seconds=90)
"""How long one part may take, waits for a platform's limits included: after that it counts as uncertain."""


class Sending:
    """Remembers which subscribers are being served. As many tasks run `working` as there may be sends at a time."""

    def __init__(self, store: Store, outputs: Mapping[str, Output], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._outputs = outputs
        self._clock = clock
        self._waiting: asyncio.PriorityQueue[tuple[int, int, Delivery]] = asyncio.PriorityQueue()
        self._served: set[str] = set()
        self._begun: set[str] = set()
        self._order = count()
        self._marks: list[tuple[Mark, asyncio.Future[None]]] = []
        self._marking = asyncio.Lock()

    async def take(self) -> None:
        """Put what waits in the outbox into the queue; of each subscriber one delivery at a time, the oldest."""
        for delivery in await self._store.reports.outbox(self._clock()):
            output = self._outputs.get(delivery.medium)
            if output is not None and output.ready and delivery.subscriber_id not in self._served:
                self._served.add(delivery.subscriber_id)
                self._put(delivery)

    async def drained(self) -> None:
        """Return when everything that is due has been tried."""
        while self._served:
            await self._waiting.join()
            await self.take()

    def _put(self, delivery: Delivery) -> None:
        self._waiting.put_nowait((len(delivery.refs), next(self._order), delivery))

    async def working(self) -> None:
        """Send one part after another, for ever."""
        while True:
            _, _, delivery = await self._waiting.get()
            following = await self._one_part(delivery)
            if following is None:
                self._served.discard(delivery.subscriber_id)
            else:
                self._put(following)
            self._waiting.task_done()

    async def _one_part(self, delivery: Delivery) -> Delivery | None:
        """Send the next part; return the delivery if there are more, None if nothing is to be done for it now."""
        output = self._outputs[delivery.medium]
        begins = delivery.key not in self._begun
        trying = replace(delivery, state="sending", attempts=delivery.attempts + begins)
        self._begun.add(delivery.key)
        if begins:
            # Written before it is tried: whoever finds it so after a crash knows that it may have arrived.
            await self._mark(Mark(delivery=trying, at=self._clock()))
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                known = await output.has(trying) if begins and delivery.attempts else None
                ref = await output.send(trying) if known is None else known
        except SubscriberGone as e:
            await self._gone(trying, str(e))
        except (DeliveryError, TimeoutError) as e:
            await self._failed(trying, str(e) or f"no answer in {PATIENCE.total_seconds():.0f} s")
        else:
            arrived = replace(trying, refs=(*trying.refs, ref))
            if len(arrived.refs) < len(arrived.parts):
                await self._mark(Mark(delivery=arrived, at=self._clock()))
                return arrived
            await self._mark(Mark(delivery=replace(arrived, state="sent"), at=self._clock()))
        self._begun.discard(delivery.key)
        return None

    async def _failed(self, delivery: Delivery, error: str) -> None:
        now = self._clock()
        again = schedule.next_try(delivery.attempts, now)
        log.warning("delivery failed", subscriber=delivery.subscriber_id, error=error, again=again.isoformat())
        await self._mark(Mark(delivery=replace(delivery, state="waiting"), at=now, next_try=again, error=error))

    async def _gone(self, delivery: Delivery, why: str) -> None:
        """Write that the subscriber refuses us, and tell once the operator and those who subscribed."""
        now, subscriber = self._clock(), await self._store.subscribers.named(delivery.subscriber_id)
        says = (
            f"Lookout can no longer post where you subscribed ({delivery.address}): {why}. What it follows is kept for "
            f"{KEPT.days} days: let Lookout in again and use /resume there."
        )
        people = sorted({one.by for one in subscriber.subscriptions if one.by}) if subscriber else []
        notices = [
            composing.notice(secrets.token_hex(10), person, delivery.medium, person, says, now) for person in people
        ]
        if await self._store.subscribers.gone(delivery.subscriber_id, now, why, notices) or subscriber is None:
            log.warning("subscriber gone", subscriber=delivery.subscriber_id, error=why)

    async def _mark(self, mark: Mark) -> None:
        """Write a mark down, with those that others want to write at this moment: a durable commit takes 8 ms."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._marks.append((mark, mine))
        async with self._marking:
            if not mine.done():  # else somebody wrote it with theirs
                marks, self._marks = self._marks, []
                await self._store.reports.mark([one for one, _ in marks])
                for _, written in marks:
                    written.set_result(None)
