"""Who may call which host when, and that it takes no more memory the longer we run."""

import asyncio
from datetime import timedelta

import httpx

from bot.fetch.answers import Answer
from bot.fetch.limits import Limits
from bot.fetch.robots import MOST_ORIGINS, Robots
from bot.fetch.turns import MOST_REMEMBERED, Queues, Turns
from tests.fetch.loopback import Time


async def test_a_queue_is_there_only_while_somebody_stands_in_it() -> None:
    queues = Queues()
    order: list[str] = []

    async def stand(who: str) -> None:
        async with queues.turn("news.example"):
            order.append(f"{who} in")
            await asyncio.sleep(0)
            assert len(queues) == 1
            order.append(f"{who} out")

    await asyncio.gather(*(stand(who) for who in "abc"))
    assert order == ["a in", "a out", "b in", "b out", "c in", "c out"]
    assert len(queues) == 0


async def test_a_queue_goes_on_when_one_in_it_gives_up() -> None:
    queues = Queues()
    leave = asyncio.Event()

    async def stand() -> None:
        async with queues.turn("news.example"):
            await leave.wait()

    first, second, third = (asyncio.create_task(stand()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    leave.set()
    await asyncio.gather(first, third)
    assert second.cancelled() or await asyncio.gather(second, return_exceptions=True)


async def test_only_hosts_called_lately_are_remembered(time: Time) -> None:
    turns = Turns(Limits(), clock=time.clock, sleep=time.sleep)
    for n in range(MOST_REMEMBERED + 1):
        async with turns.turn(f"news{n}.example", delay=timedelta()):
            pass
    for n in (1, 0):  # the first was forgotten, the second not
        async with turns.turn(f"news{n}.example", delay=timedelta()):
            pass
    assert time.slept == [0.5]


async def test_who_waits_for_a_slow_host_takes_no_place_from_others(time: Time) -> None:
    turns = Turns(Limits(at_once=2), clock=time.clock, sleep=time.sleep)
    go_on = asyncio.Event()

    async def slow() -> None:
        async with turns.turn("slow.example", delay=timedelta()):
            await go_on.wait()

    waiting = [asyncio.create_task(slow()) for _ in range(50)]
    await asyncio.sleep(0)
    async with asyncio.timeout(60), turns.turn("news.example", delay=timedelta()):
        go_on.set()
    await asyncio.gather(*waiting)


async def test_the_rules_of_so_many_origins_and_no_more_are_remembered(time: Time) -> None:
    asked: list[str] = []

    async def ask(url: httpx.URL) -> Answer:
        asked.append(url.host)
        return Answer(url=url, status=404, headers=httpx.Headers(), body=b"", conditional=False)

    robots = Robots(ask, clock=time.clock)
    hosts = [f"news{n}.example" for n in range(MOST_ORIGINS + 1)]
    for host in (*hosts, hosts[-1], hosts[0]):
        await robots.delay_for(httpx.URL(f"https://{host}/page"))
    assert asked == [*hosts, hosts[0]]
