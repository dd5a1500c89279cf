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
from bot.outputs import NOWHERE, Output
from bot.records import Delivery
from bot.store import KEPT, Mark, Store

log = structlog.get_logger()

PATIENCE = timedelta(seconds=90)
"""How long one part may take, waits for a platform's limits included: after that it counts as uncertain."""


GIVEN_UP = timedelta(days=3)
"""How long a delivery is tried. What it told is then news again, to a digest that may fare better."""


def _pieces(text: str, longest: int) -> list[str]:
    """Return a text in pieces of whole lines that fit into one message each."""
    pieces = [""]
    for line in text.splitlines():
        for start in range(0, max(1, len(line)), longest):
            row = line[start : start + longest]
            if pieces[-1] and len(pieces[-1]) + len(row) >= longest:
                pieces.append("")
            pieces[-1] += f"{row}\n"
    return pieces


class Sending:
    """Remembers which subscribers are being served. As many tasks run `working` as there may be sends at a time."""

    def __init__(self, store: Store, outputs: Mapping[str, Output], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._outputs = outputs
        self._clock = clock
        # One for each medium: while one platform hangs, the others go on.
        self._queues: dict[str, asyncio.PriorityQueue[tuple[int, int, str, Delivery | None]]] = {
            medium: asyncio.PriorityQueue() for medium in outputs
        }
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
                self._queues[one.medium].put_nowait((0, next(self._order), one.key, None))

    async def drained(self) -> None:
        """Return when everything that is due has been tried."""
        while self._served:
            for queue in self._queues.values():
                await queue.join()
            await self.take()

    async def working(self, medium: str) -> None:
        """Send one part after another through a medium, for ever."""
        queue = self._queues[medium]
        while True:
            _, _, key, begun = await queue.get()
            delivery = begun
            if begun is None and self._outputs[medium].ready:  # else it waits on in the outbox, untried
                delivery = await self._store.reports.delivery(key)
            following = await self._one_part(delivery, begins=begun is None) if delivery is not None else None
            if following is not None:
                queue.put_nowait((len(following.refs), next(self._order), key, following))
            else:
                self._served = {whom: what for whom, what in self._served.items() if what != key}
            queue.task_done()

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
            return await self._done_without(trying, str(e))
        except (DeliveryError, TimeoutError) as e:
            await self._failed(trying, str(e) or f"no answer in {PATIENCE.total_seconds():.0f} s")
        else:
            return await self._arrived(replace(trying, refs=(*trying.refs, ref)))
        return None

    async def _arrived(self, delivery: Delivery) -> Delivery | None:
        """Write that a part arrived; return the delivery if there are more, and they are still wanted."""
        whole = len(delivery.refs) == len(delivery.parts)
        marked = replace(delivery, state="sent") if whole else delivery
        wanted = await self._mark(Mark(delivery=marked, at=self._clock()))
        if whole and wanted:
            log.info("told", subscriber=delivery.subscriber_id, delivery=delivery.key, messages=len(delivery.parts))
        return delivery if wanted and not whole else None

    async def _done_without(self, delivery: Delivery, why: str) -> Delivery | None:
        """Go on without a part that is refused for what it is; without the first, say all of it in plain words."""
        log.error("a part is refused", subscriber=delivery.subscriber_id, delivery=delivery.key, error=why)
        if "notice" in delivery.part:  # plainer it cannot be said; what it told is news to the next digest
            await self._store.reports.give_up(replace(delivery, state="failed"), why)
            return None
        if delivery.refs:
            return await self._arrived(replace(delivery, refs=(*delivery.refs, NOWHERE)))
        pieces = _pieces(delivery.text, self._outputs[delivery.medium].longest)
        leave = {"leave": delivery.part["leave"]} if "leave" in delivery.part else {}
        plain = replace(delivery, parts=tuple({"notice": piece, **leave} for piece in pieces))
        return plain if await self._mark(Mark(delivery=plain, at=self._clock(), error=why, anew=True)) else None

    async def _failed(self, delivery: Delivery, error: str) -> None:
        now = self._clock()
        if now - delivery.composed > GIVEN_UP:
            log.error("delivery given up", subscriber=delivery.subscriber_id, delivery=delivery.key, error=error)
            await self._store.reports.give_up(replace(delivery, state="failed"), error)
            return
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
        # Who is written to directly has just refused us.
        reachable = subscriber.subscriptions if subscriber and subscriber.place != "direct" else ()
        people = sorted({one.by for one in reachable if one.by})
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
