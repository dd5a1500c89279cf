"""Chats for tests: the real doors of Discord and Slack, pointed at servers on loopback that speak the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from slack_sdk.web.async_base_client import AsyncBaseClient

from bot import outputs, pipeline
from bot.desk import Desk, Knowledge
from bot.outputs import Door
from bot.parts import Parts
from bot.records import Feed, Schedule, Subscriber, Subscription
from tests import newsroom
from tests.discord_server import DiscordServer
from tests.newsroom import Asked, Press, Time, rss, told
from tests.slack_server import SlackServer

MANAGER = discord.Permissions(manage_channels=True).value


@contextmanager
def discord_at(api: str, gateway: str) -> Iterator[None]:
    """Let discord.py talk to this server."""
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, yarl.URL(gateway)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@contextmanager
def slack_at(api: str) -> Iterator[None]:
    """Let slack_sdk talk to this server."""
    made: Any = AsyncBaseClient.__init__
    before = made.__defaults__
    made.__defaults__ = tuple(api if default == AsyncBaseClient.BASE_URL else default for default in before)
    try:
        yield
    finally:
        made.__defaults__ = before


@dataclass
class Chat:
    """A newsroom with a door to a chat."""

    parts: Parts
    door: Door
    time: Time
    press: Press
    feed: Feed

    async def news(self, *titles: str) -> None:
        """Let this be published, and watched."""
        entries = [
            told(title, link=f"https://example.org/{title.replace(' ', '-')}", text=text(title)) for title in titles
        ]
        self.press.put("/courier", rss(*entries))
        self.time.passes(minutes=10)
        await pipeline.watch(self.parts, [self.feed])
        self.time.passes(minutes=1)

    async def subscribed(self, subscriber: Subscriber, *, by: str = "") -> Subscriber:
        """Let a channel follow everything at once, from now on."""
        new = Subscription(id="", by=by)
        await self.parts.store.subscribers.follow(subscriber, new, self.time())
        found = await self.parts.store.subscribers.named(subscriber.id)
        assert found is not None
        return found

    async def told(self) -> None:
        """Compose what is due to every channel, and send it."""
        await self.composed()
        await self.sent()

    async def composed(self) -> None:
        readers = [one for one in await self.parts.store.subscribers.all() if not one.gone]
        await pipeline.report(self.parts, readers)

    async def sent(self, times: int = 1) -> None:
        """Send what waits; then let time pass and try again what failed."""
        for _ in range(times):
            await pipeline.deliver(self.parts)
            self.time.passes(days=1)


def text(title: str) -> str:
    """A text on faces that has nothing in common with that of another title."""
    return "Faces are what this is on. " + " ".join(f"{title.replace(' ', '')}{n}" for n in range(60))


def titles(number: int) -> list[str]:
    return [f"Headline {chr(ord('a') + n)}{n}{chr(ord('z') - n)}" for n in range(number)]


def a_desk(parts: Parts, clock: Callable[[], datetime]) -> Desk:
    return Desk(
        Knowledge(
            store=parts.store,
            watchlist=lambda: parts.watchlist,
            clock=clock,
            zone="America/New_York",
            questions=Asked(parts.embedder),
            closely=lambda item: parts.matcher.match([item])[item.id][0],
        )
    )


@asynccontextmanager
async def chatting(
    data: Path, door: Callable[[Desk], Door], connected: Callable[[], Awaitable[None]]
) -> AsyncIterator[Chat]:
    """A newsroom, with its door open."""
    time = Time()
    with newsroom.press() as press:
        feed = newsroom.feed(press, "courier")
        async with newsroom.parts(data, [feed], time) as parts:
            opened = door(a_desk(parts, time))
            medium = type(opened).__name__.lower()
            chat = Chat(replace(parts, outputs={**parts.outputs, medium: opened}), opened, time, press, feed)
            running = asyncio.create_task(opened.run())
            try:
                await connected()
                yield chat
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def in_discord(data: Path, server: DiscordServer) -> AsyncIterator[Chat]:
    with discord_at(server.api, server.gateway):
        async with chatting(
            data,
            lambda desk: outputs.discord_door(server.token, desk),
            lambda: server.until(lambda: server.online, "not connected"),
        ) as chat:
            yield chat


async def until_heard(server: SlackServer) -> None:
    await server.until(lambda: server.sockets, "not connected")


@asynccontextmanager
async def in_slack(data: Path, server: SlackServer) -> AsyncIterator[Chat]:
    with slack_at(server.api):
        async with chatting(
            data,
            lambda desk: outputs.slack_door(server.bot_token, desk, app_token=server.app_token),
            lambda: until_heard(server),
        ) as chat:
            yield chat


def a_channel(medium: str, address: object, community: object = "", **said: Any) -> Subscriber:
    """A channel that is told at once."""
    made: dict[str, Any] = {
        "id": f"{medium}:{address}",
        "medium": medium,
        "address": str(address),
        "community": f"{medium}:{community}",
        "zone": "America/New_York",
        "schedule": Schedule(every="at once"),
    }
    return Subscriber(**(made | said))


def overviews(messages: Sequence[dict[str, Any]]) -> str:
    """What embeds of Discord messages say, without what escapes it."""
    return "\n".join(e.get("description", "") for m in messages for e in m.get("embeds") or ()).replace("\\", "")
