"""SIGKILL while a chat, mailbox or webhook is told: all is told once. As a module, `-m`, it kills at every moment."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot import pipeline
from bot.outputs.webhook import Webhook
from bot.records import Place, Subscription
from tests import newsroom
from tests.chats import a_channel, text, titles
from tests.discord_server import DiscordServer
from tests.driving import Driver, driving
from tests.mail_server import MailServer
from tests.newsroom import START, Time, rss, told
from tests.slack_server import SlackServer
from tests.webhook_server import LOST, WebhookServer

STORIES = titles(6)


@dataclass
class World:
    """A chat with a channel, a database with news for it, and what the channel then shows. `lose`: its next answer."""

    task: Mapping[str, Any]
    medium: str
    place: Place
    channel: Callable[[], str]
    shown: Callable[[str], list[str]]
    lose: Callable[[], None]

    def begin(self, folder: Path, before: Path) -> str:
        """Make a channel, and a database in which it is subscribed and has not been told yet."""
        shutil.copytree(before, folder)
        channel = self.channel()
        asyncio.run(_subscribe(folder, a_channel(self.medium, channel, place=self.place)))
        return channel


async def _subscribe(folder: Path, subscriber: Any) -> None:
    async with newsroom.opened(folder / "lookout.db") as store:
        await store.subscribers.follow(subscriber, Subscription(id=""), START - timedelta(hours=1))


async def news(folder: Path) -> None:
    with newsroom.press() as press:
        feed = newsroom.feed(press, "courier")
        press.put("/courier", rss(*(told(one, link=f"https://example.org/{one}", text=text(one)) for one in STORIES)))
        async with newsroom.parts(folder, [feed], Time()) as parts:
            await pipeline.watch(parts, [feed])


def task(medium: str, server: Any, **said: Any) -> dict[str, Any]:
    return {
        "do": "tell",
        "medium": medium,
        "api": server.api,
        "now": (START + timedelta(minutes=30)).isoformat(),
        **said,
    }


@contextmanager
def discord(place: Place) -> Iterator[World]:
    with DiscordServer() as server:
        guild = server.guild()
        server.nonce_window = 0.0  # what was posted must be found, not remembered by Discord

        def shown(channel: str) -> list[str]:
            messages = server.messages(int(channel))
            for thread in server.threads(int(channel)):
                messages += server.messages(int(thread["id"]))
            said = [e["description"] for m in messages for e in m["embeds"]]
            said += [c["content"] for m in messages for c in m["components"] if "content" in c]
            return said

        yield World(
            task=task("discord", server, gateway=server.gateway, token=server.token),
            medium="discord",
            place=place,
            channel=lambda: str(server.channel(guild, "news", kind=15 if place == "forum" else 0)),
            shown=shown,
            lose=lambda: server.fault("POST", r"/channels/\d+/(messages(/\d+/threads)?|threads)", "lost"),
        )
        assert server.violations == []


@contextmanager
def slack(place: Place) -> Iterator[World]:
    with SlackServer() as server:

        def shown(channel: str) -> list[str]:
            messages = server.messages(channel)
            return [str(m["blocks"]) for parent in messages for m in (parent, *server.replies(channel, parent["ts"]))]

        yield World(
            task=task("slack", server, token=server.bot_token, app_token=server.app_token),
            medium="slack",
            place=place,
            channel=lambda: server.channel(f"news-{len(server.requests)}"),
            shown=shown,
            lose=lambda: server.fault("chat.postMessage", "lost"),
        )
        assert server.violations == []


@contextmanager
def email(_place: Place) -> Iterator[World]:
    """Mailboxes, each of which knows a message that comes again by its Message-ID."""
    addresses = (f"reader-{n}@example.org" for n in count())
    with MailServer() as server:

        def shown(address: str) -> list[str]:
            mails = server.mailbox(address)
            return [str(part.get_content()) for mail in mails for part in mail.parsed.iter_parts()]

        yield World(
            task={
                "do": "tell",
                "medium": "email",
                "host": server.host,
                "port": server.port,
                "now": (START + timedelta(minutes=30)).isoformat(),
            },
            medium="email",
            place="direct",
            channel=lambda: next(addresses),
            shown=shown,
            lose=lambda: server.fault("end", "lost"),
        )
        assert server.violations == []


@contextmanager
def webhook(_place: Place) -> Iterator[World]:
    """Receivers, each of which knows what comes again by its webhook-id."""
    numbers = count()
    with WebhookServer(Webhook("a secret", clock=Time()).secret_of) as server:
        yield World(
            task={
                "do": "tell",
                "medium": "webhook",
                "secret": "a secret",
                "now": (START + timedelta(minutes=30)).isoformat(),
            },
            medium="webhook",
            place="direct",
            channel=lambda: f"{server.url}/{next(numbers)}",
            shown=lambda address: list(map(str, server.known(address.removeprefix(server.url)))),
            lose=lambda: server.then(LOST),
        )
        assert server.violations == []


WORLDS: dict[str, tuple[Callable[[Place], AbstractContextManager[World]], Place]] = {
    "discord channel": (discord, "channel"),
    "discord forum": (discord, "forum"),
    "slack": (slack, "channel"),
    "email": (email, "direct"),
    "webhook": (webhook, "direct"),
}


def counted(shown: Sequence[str]) -> dict[str, int]:
    return {title: sum(one.count(title) for one in shown) for title in STORIES}


def killed(driver: Driver, which: str, among: Callable[[int], list[int]]) -> int:
    """Kill at these moments of those that there are, twice at each; return how often it was killed."""
    make, place = WORLDS[which]
    kills = 0
    with make(place) as world, tempfile.TemporaryDirectory() as made:
        telling = driver.doing(world.task)
        before = Path(made) / "before"
        before.mkdir()
        asyncio.run(news(before))
        whole = Path(made) / "whole"
        channel = world.begin(whole, before)
        moments = telling.passed(whole)
        unharmed = counted(world.shown(channel))
        # In the overview and as a card, Slack's has them in a list too; as data once.
        assert set(unharmed.values()) <= ({1} if which == "webhook" else {2, 3})
        for at in among(moments):
            folder = Path(made) / f"at-{at}"
            channel = world.begin(folder, before)
            if at % 2:
                world.lose()
            kills += telling.passed(folder, at) == 0
            world.lose()
            kills += telling.passed(folder, max(1, at // 2)) == 0
            world.lose()
            assert telling.passed(folder) > 0
            assert counted(world.shown(channel)) == unharmed, f"killed at moment {at}"
            shutil.rmtree(folder)
    return kills


@pytest.mark.parametrize("which", WORLDS)
def test_a_chat_is_told_once_wherever_telling_it_was_killed(driver: Driver, which: str) -> None:
    assert killed(driver, which, lambda moments: [1 + n * (moments - 1) // 5 for n in range(1, 6)]) >= 5


def main() -> None:
    """Kill at every moment, and say how many those were."""
    with driving() as driver:
        for which in sys.argv[1:] or WORLDS:
            kills = killed(driver, which, lambda moments: list(range(1, moments + 1)))
            print(f"{which}: killed {kills} times, all told once", flush=True)


if __name__ == "__main__":
    main()
