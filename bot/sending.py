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
from bot.errors import DeliveryError, SubscriberGone, Undeliverable
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
        self._queue: asyncio.PriorityQueue[tuple[int, int, str, Delivery | None]] = asyncio.PriorityQueue()
        self._served: dict[str, str] = {}
        self._order = count()
        self._marks: list[tuple[Mark, asyncio.Future[bool]]] = []
        self._marking = asyncio.Lock()

    async def take(self) -> None:
        """Put what waits in the outbox into the queue; of each subscriber one delivery at a time, the oldest.

        Quiet hours and pauses hold also what was composed before them.
        """
        now = self._clock()
        waiting = await self._store.reports.outbox(now)
        if not waiting:
            return
        held = {one.id for one in await self._store.subscribers.all() if schedule.is_held(one, now)}
        for one in waiting:
            output = self._outputs.get(one.medium)
            wanted = one.urgent or one.subscriber_id not in held
            if output is not None and output.ready and wanted and one.subscriber_id not in self._served:
                self._served[one.subscriber_id] = one.key
                self._queue.put_nowait((0, next(self._order), one.key, None))

    async def drained(self) -> None:
        """Return when everything that is due has been tried."""
        while self._served:
            await self._queue.join()
            await self.take()

    async def working(self) -> None:
        """Send one part after another, for ever."""
        while True:
            _, _, key, begun = await self._queue.get()
            delivery = await self._store.reports.delivery(key) if begun is None else begun
            following = await self._one_part(delivery, begins=begun is None) if delivery is not None else None
            if following is not None:
                self._queue.put_nowait((len(following.refs), next(self._order), key, following))
            else:
                self._served = {whom: what for whom, what in self._served.items() if what != key}
            self._queue.task_done()

    async def _one_part(self, delivery: Delivery, *, begins: bool) -> Delivery | None:
        """Send the next part; return the delivery if there are more, None if nothing is to be done for it now.

        `begins`: this is the first part that we send of it since it lay in the outbox.
        """
        output = self._outputs[delivery.medium]
        trying = replace(delivery, state="sending", attempts=delivery.attempts + begins)
        # Written before it is tried: whoever finds it so after a crash knows that it may have arrived.
        if begins and not await self._mark(Mark(delivery=trying, at=self._clock())):
            return None
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                known = await output.has(trying) if begins and delivery.attempts else None
                ref = await output.send(trying) if known is None else known
        except SubscriberGone as e:
            await self._gone(trying, str(e))
        except Undeliverable as e:
            await self._given_up(trying, str(e))
        except (DeliveryError, TimeoutError) as e:
            await self._failed(trying, str(e) or f"no answer in {PATIENCE.total_seconds():.0f} s")
        else:
            arrived = replace(trying, refs=(*trying.refs, ref))
            if len(arrived.refs) < len(arrived.parts):
                wanted = await self._mark(Mark(delivery=arrived, at=self._clock()))
                return arrived if wanted else None
            await self._mark(Mark(delivery=replace(arrived, state="sent"), at=self._clock()))
        return None

    async def _given_up(self, delivery: Delivery, why: str) -> None:
        """Write that it can never arrive; tell the operator, and the destination, which would wait for it."""
        now = self._clock()
        log.error("delivery given up", subscriber=delivery.subscriber_id, delivery=delivery.key, error=why)
        await self._mark(Mark(delivery=replace(delivery, state="failed"), at=now, error=why))
        if not any("notice" in part for part in delivery.parts):
            says = f"A digest could not be posted here whole: {why}. /latest shows what is new."
            key, to = secrets.token_hex(10), delivery.subscriber_id
            notice = composing.notice(key, to, delivery.medium, delivery.address, says, now)
            await self._store.reports.compose([notice])

    async def _failed(self, delivery: Delivery, error: str) -> None:
        now = self._clock()
        again = schedule.next_try(delivery.attempts, now)
        log.warning("delivery failed", subscriber=delivery.subscriber_id, error=error, again=again.isoformat())
        await self._mark(Mark(delivery=replace(delivery, state="waiting"), at=now, next_try=again, error=error))

    async def _gone(self, delivery: Delivery, why: str) -> None:
        """Write that the subscriber refuses us, and tell once the operator and those who subscribed."""
        now, subscriber = self._clock(), await self._store.subscribers.named(delivery.subscriber_id)
        says = (
            f"Lookout can no longer post where you subscribed: {why}. What it follows is kept for {KEPT.days} days: "
            "let Lookout in again and use /resume there."
        )
        people = sorted({one.by for one in subscriber.subscriptions if one.by}) if subscriber else []
        notices = [
            composing.notice(secrets.token_hex(10), who, delivery.medium, who, says, now, where=delivery.address)
            for who in people
        ]
        if await self._store.subscribers.gone(delivery.subscriber_id, now, why, notices) or subscriber is None:
            log.warning("subscriber gone", subscriber=delivery.subscriber_id, error=why)

    async def _mark(self, mark: Mark) -> bool:
        """Write a mark down, with those that others want to write at this moment: a durable commit takes 8 ms.

        Return whether the delivery is still wanted: its subscriber may have been forgotten.
        """
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._marks.append((mark, mine))
        async with self._marking:
            if not mine.done():  # else somebody wrote it with theirs
                marks, self._marks = self._marks, []
                wanted = await self._store.reports.mark([one for one, _ in marks])
                for one, written in marks:
                    written.set_result(one.delivery.key in wanted)
        return mine.result()
