"""SIGKILL, again and again, while 500 people are mailed: each finds the mail once."""

import asyncio
import random
from datetime import timedelta
from pathlib import Path

from bot.records import Subscription
from tests import newsroom
from tests.chats import a_channel
from tests.driving import Driver
from tests.mail_server import MailServer
from tests.newsroom import START
from tests.test_killed_chats import news

PEOPLE = [f"reader-{n}@example.org" for n in range(500)]


async def _subscribed(folder: Path) -> None:
    async with newsroom.opened(folder / "lookout.db") as store:
        for address in PEOPLE:
            reader = a_channel("email", address, place="direct", handle=address)
            await store.subscribers.follow(reader, Subscription(id=""), START - timedelta(hours=1))


def test_five_hundred_people_find_one_mail_each_however_often_the_run_is_killed(
    driver: Driver,
    tmp_path: Path,
) -> None:
    asyncio.run(news(tmp_path))
    asyncio.run(_subscribed(tmp_path))
    draw, kills = random.Random(5), 0
    with MailServer() as server:
        now = (START + timedelta(minutes=30)).isoformat()
        task = {"do": "tell", "medium": "email", "host": server.host, "port": server.port, "now": now}
        telling = driver.doing(task)
        while not telling.passed(tmp_path, draw.randrange(2_000, 3_500)):
            kills += 1
        assert kills >= 3
        found = [len(server.mailbox(address)) for address in PEOPLE]
        assert found == [1] * len(PEOPLE)
        assert len(server.messages) <= len(PEOPLE) + kills, "what is known to have arrived is not sent again"
        assert server.violations == []
