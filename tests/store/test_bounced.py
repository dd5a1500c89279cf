"""What comes of bounces: who is written off by them, who is not, and what they are told once they are back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import composing
from bot.bounces import Bounce
from bot.records import Delivery, Subscriber, Subscription
from bot.store import KEPT, Composed, Mark, Store
from bot.store import tables as t
from tests.newsroom import START
from tests.store.samples import an_item, polled, seen

ANN, BOB = "Ann@example.org", "bob@example.org"
DAY = timedelta(days=1)
NOW = START + 10 * DAY


def key(n: int) -> str:
    return f"{n:020x}"


def a_bounce(n: int, address: str = ANN, **said: Any) -> Bounce:
    made: dict[str, Any] = {"kind": "permanent", "says": "5.1.1 no such user"}
    return Bounce(**made | {"addresses": (address.lower(),), "keys": (key(n),)} | said)


@pytest.fixture
async def ann(store: Store) -> Subscription:
    """Ann and Bob follow; an item was told to Ann by mail 1, nothing new by mail 2; and mail 9 went to Bob."""
    await store.remember([polled(seen(an_item("one")))])
    follows = await joins(store, ANN)
    others = await joins(store, BOB)
    await sent(store, follows, 1, ANN, told=("id-of-one",))
    await sent(store, follows, 2, ANN)
    await sent(store, others, 9, BOB, told=("id-of-one",))
    return follows


async def joins(store: Store, address: str) -> Subscription:
    reader = Subscriber(id=f"email:{address.lower()}", medium="email", address=address, zone="UTC", place="direct")
    return await store.subscribers.follow(reader, Subscription(id="", by=reader.id), START)


def mail(follows: Subscription, n: int, address: str, told: tuple[str, ...] = ()) -> Composed:
    """The digest of the days up to n."""
    delivery = Delivery(
        key=key(n),
        subscriber_id=f"email:{address.lower()}",
        medium="email",
        address=address,
        composed=START + n * DAY,
        text="as it was sent",
        parts=({"subject": "s", "text": "t", "html": "h"},),
    )
    return Composed(delivery=delivery, since=START, until=delivery.composed, told=told, subscriptions=(follows.id,))


async def sent(store: Store, follows: Subscription, n: int, address: str, told: tuple[str, ...] = ()) -> None:
    composed = mail(follows, n, address, told)
    await store.reports.compose([composed])
    arrived = replace(composed.delivery, state="sent", refs=(f"<{key(n)}@example.org>",), attempts=1)
    assert await store.reports.mark([Mark(delivery=arrived, at=composed.until)]) == {key(n)}


async def came(store: Store, *bounces: Bounce) -> list[str]:
    return [one.came for one in await store.subscribers.bounced(bounces, NOW)]


async def gone(store: Store) -> list[str]:
    return [one.id for one in await store.subscribers.all() if one.gone]


async def states(store: Store) -> dict[str, tuple[str, list[str], str | None]]:
    d = t.deliveries.c
    async with store.engine.connect() as c:
        rows = await c.execute(select(d.key, d.state, d.refs, d.error).order_by(d.key))
        return {row.key: (row.state, row.refs, row.error) for row in rows}


async def everything(store: Store) -> list[Any]:
    async with store.engine.connect() as c:
        return [(await c.execute(select(table))).all() for table in (t.subscribers, t.deliveries, t.told, t.reports)]


# -- who is written off ---------------------------------------------------------------------------------------


async def test_who_is_gone_for_good_is_told_nothing_more(store: Store, ann: Subscription) -> None:
    await store.reports.compose([mail(ann, 3, ANN)])
    [counted] = await store.subscribers.bounced([a_bounce(1)], NOW)
    assert (counted.came, counted.address, counted.says) == ("suppressed", ANN, "5.1.1 no such user")
    found = await store.subscribers.named("email:ann@example.org")
    assert found is not None
    assert found.gone == NOW
    assert await gone(store) == ["email:ann@example.org"]
    assert await states(store) == {
        key(1): ("gone", [], "5.1.1 no such user"),
        key(2): ("sent", [f"<{key(2)}@example.org>"], None),
        key(3): ("gone", [], "5.1.1 no such user"),
        key(9): ("sent", [f"<{key(9)}@example.org>"], None),
    }
    assert await store.reports.outbox(NOW) == []


async def test_a_notice_that_waits_goes_with_them(store: Store, ann: Subscription) -> None:
    await store.reports.compose([composing.notice(key(4), "email:ann@example.org", "email", ANN, "Hello.", NOW)])
    assert await came(store, a_bounce(1)) == ["suppressed"]
    assert key(4) not in await states(store)


@pytest.mark.parametrize(
    ("bounce", "expected"),
    [
        (a_bounce(1, kind="temporary"), "temporary"),
        (a_bounce(1, kind="about us"), "about us"),
        (a_bounce(1, BOB), "unknown"),
        (a_bounce(1, addresses=()), "unknown"),
        (a_bounce(1, keys=()), "unknown"),
        (a_bounce(5), "unknown"),
        (a_bounce(1, "ann@example.com"), "unknown"),
        (a_bounce(5, kind="temporary"), "unknown"),
        (a_bounce(5, kind="about us"), "unknown"),
    ],
)
async def test_nothing_else_writes_anybody_off(store: Store, ann: Subscription, bounce: Bounce, expected: str) -> None:
    before = await everything(store)
    assert await came(store, bounce) == [expected]
    assert await everything(store) == before


async def test_a_mail_in_a_chat_is_none(store: Store) -> None:
    reader = Subscriber(id="discord:1", medium="discord", address="1", zone="UTC")
    follows = await store.subscribers.follow(reader, Subscription(id="", by="a"), START)
    one = mail(follows, 1, "1")
    delivery = replace(one.delivery, subscriber_id=reader.id, medium="discord", address="1")
    await store.reports.compose([replace(one, delivery=delivery)])
    await store.reports.mark([Mark(delivery=replace(delivery, state="sent", refs=("7",)), at=START)])
    assert await came(store, a_bounce(1, "1")) == ["unknown"]
    assert await gone(store) == []


async def test_whose_key_it_is_does_not_count_against_another_address_named_beside(
    store: Store, ann: Subscription
) -> None:
    both = a_bounce(1, addresses=(BOB, ANN.lower()), keys=("f" * 20, key(1)))
    assert await came(store, both) == ["suppressed"]
    assert await gone(store) == ["email:ann@example.org"]


async def test_who_is_told_at_another_address_by_now_stays(store: Store, ann: Subscription) -> None:
    await store.subscribers.change("email:ann@example.org", {"address": "new@example.org"})
    before = await everything(store)
    assert await came(store, a_bounce(1)) == ["known"]
    assert await everything(store) == before


async def test_who_has_left_is_unknown(store: Store, ann: Subscription) -> None:
    await store.subscribers.forget("email:ann@example.org")
    assert await came(store, a_bounce(1)) == ["unknown"]


async def test_what_is_still_under_way_is_not_counted(store: Store, ann: Subscription) -> None:
    await store.reports.compose([mail(ann, 3, ANN)])
    assert await came(store, a_bounce(3)) == ["known"]
    assert await gone(store) == []


async def test_a_notice_cannot_be_matched(store: Store, ann: Subscription) -> None:
    notice = composing.notice(key(4), "email:ann@example.org", "email", ANN, "Hello.", NOW)
    await store.reports.compose([notice])
    await store.reports.mark([Mark(delivery=replace(notice.delivery, state="sent", refs=("x",)), at=NOW)])
    assert await came(store, a_bounce(4)) == ["unknown"]


async def test_each_bounce_has_its_answer_in_order(store: Store, ann: Subscription) -> None:
    many = [a_bounce(5), a_bounce(2), a_bounce(1), a_bounce(1), a_bounce(9, BOB, kind="temporary")]
    assert await came(store, *many) == ["unknown", "suppressed", "known", "known", "temporary"]


async def test_a_bounce_of_more_keys_and_addresses_than_a_question_takes_is_counted(
    store: Store, ann: Subscription
) -> None:
    keys = tuple(f"{n:020x}" for n in range(100, 40_000))
    others = tuple(f"{n}@example.org" for n in range(40_000))
    assert await came(store, a_bounce(1, keys=(*keys, key(1)), addresses=(*others, ANN.lower()))) == ["suppressed"]


# -- and back -------------------------------------------------------------------------------------------------


async def test_once_they_are_back_what_came_back_is_news_again(store: Store, ann: Subscription) -> None:
    assert await store.reports.told_among("email:ann@example.org", ["id-of-one"]) == {"id-of-one"}
    assert await came(store, a_bounce(1)) == ["suppressed"]
    await store.subscribers.resume("email:ann@example.org", START - DAY)
    assert await store.reports.told_among("email:ann@example.org", ["id-of-one"]) == set()
    assert (await store.reports.periods())[ann.id][1] == START  # of mail 1, which tells of what came from START on
    assert await store.reports.told_among("email:bob@example.org", ["id-of-one"]) == {"id-of-one"}
    assert list(await states(store)) == [key(2), key(9)]


async def test_to_read_the_same_bounces_again_does_nothing(store: Store, ann: Subscription) -> None:
    both = [a_bounce(1), a_bounce(2)]
    assert await came(store, *both) == ["suppressed", "known"]
    before = await everything(store)
    assert await came(store, *both) == ["known", "known"]
    assert await everything(store) == before


async def test_to_read_them_again_writes_nobody_off_who_is_back(store: Store, ann: Subscription) -> None:
    both = [a_bounce(1), a_bounce(2)]
    await came(store, *both)
    await store.subscribers.resume("email:ann@example.org", START)
    before = await everything(store)
    assert await came(store, *both) == ["unknown", "unknown"]
    assert await everything(store) == before
    assert await gone(store) == []


async def test_who_is_back_and_bounces_again_is_gone_again(store: Store, ann: Subscription) -> None:
    await came(store, a_bounce(1))
    await store.subscribers.resume("email:ann@example.org", START)
    await sent(store, ann, 6, ANN)
    assert await came(store, a_bounce(6)) == ["suppressed"]


async def test_who_has_confirmed_since_the_mail_stays_and_is_told_again_what_came_back(
    store: Store, ann: Subscription
) -> None:
    await store.subscribers.gone("email:ann@example.org", START + 3 * DAY, "550 no such user", [])
    confirmed = {"consented": START + 4 * DAY}
    assert await store.subscribers.rewrite("email:ann@example.org", ann, confirmed, since=START)
    assert await came(store, a_bounce(1)) == ["known"]
    assert await gone(store) == []
    assert await store.reports.told_among("email:ann@example.org", ["id-of-one"]) == set()
    assert (await store.reports.periods())[ann.id][1] == START
    await sent(store, ann, 5, ANN)
    assert await came(store, a_bounce(5)) == ["suppressed"]


async def test_what_came_back_of_who_refused_us_before_is_news_again_too(store: Store, ann: Subscription) -> None:
    await store.subscribers.gone("email:ann@example.org", START + 3 * DAY, "550 no such user", [])
    assert await came(store, a_bounce(1)) == ["known"]
    found = await store.subscribers.named("email:ann@example.org")
    assert found is not None
    assert found.gone == START + 3 * DAY
    await store.subscribers.resume("email:ann@example.org", START)
    assert await store.reports.told_among("email:ann@example.org", ["id-of-one"]) == set()


async def test_who_does_not_come_back_is_forgotten(store: Store, ann: Subscription) -> None:
    await came(store, a_bounce(1))
    assert await store.subscribers.forget_gone(NOW + KEPT + DAY) == ["email:ann@example.org"]
    assert list(await states(store)) == [key(9)]
