"""How long 500 channels wait for one digest: `python -m benchmarks.chats [channels] [stories] [discord|slack]`.

A server in a process of its own limits like the real one: Discord takes 5 messages in 5 seconds of a channel and 50
requests a second of a bot, Slack about one message a second of a channel. Every channel is told the same news at once.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog

from bot import outputs, pipeline
from tests.chats import Chat, a_channel, chatting, discord_at, slack_at, titles
from tests.discord_server import DiscordServer
from tests.slack_server import SlackServer


def discord_server(number: int, wire: Connection) -> None:
    """Serve Discord until told to stop, then tell when each channel got its first message, and its last."""
    with DiscordServer(limits=True) as server:
        guild = server.guild()
        channels = [str(server.channel(guild, f"news-{n}")) for n in range(number)]
        wire.send({"api": server.api, "gateway": server.gateway, "token": server.token, "channels": channels})
        wire.recv()
        posts = [(r.path, r.at, r.status) for r in server.requests if r.method == "POST"]
        made = [(path.split("/")[2], at) for path, at, status in posts if path.endswith("/messages") and status == 200]
        first = dict(reversed(made))
        wire.send(
            {
                "first": [first[channel] for channel in channels if channel in first],
                "last": max(at for _, at, _ in posts),
                "messages": len(made),
                "too many": server.too_many,
                "violations": server.violations,
            }
        )


def slack_server(number: int, wire: Connection) -> None:
    """Serve Slack until told to stop, then tell when each channel got its first message, and its last."""
    with SlackServer(limits=True) as server:
        channels = [server.channel(f"news-{n}") for n in range(number)]
        wire.send({"api": server.api, "bot": server.bot_token, "app": server.app_token, "channels": channels})
        wire.recv()
        posts = [
            (r.arguments.get("channel"), r.at.timestamp())
            for r in server.calls("chat.postMessage")
            if r.answer.get("ok")
        ]
        first = dict(reversed(posts))
        wire.send(
            {
                "first": list(first.values()),
                "last": max(at for _, at in posts),
                "messages": len(posts),
                "too many": server.too_many,
                "violations": server.violations,
            }
        )


async def told(medium: str, said: dict[str, Any], stories: int) -> float:
    """Tell every channel the same news; return how long composing took."""
    with tempfile.TemporaryDirectory() as folder:
        if medium == "discord":
            at = discord_at(said["api"], said["gateway"])
            door: Callable[[Any], Any] = lambda desk: outputs.discord_door(said["token"], desk)  # noqa: E731
        else:
            at = slack_at(said["api"])
            door = lambda desk: outputs.slack_door(said["bot"], desk, app_token=said["app"])  # noqa: E731
        with at:
            async with chatting(Path(folder), door, _reached) as chat:
                return await _told(chat, medium, said["channels"], stories)


async def _reached() -> None:
    """Not waited for here: what is sent waits for it."""


async def _told(chat: Chat, medium: str, channels: list[str], stories: int) -> float:
    await chat.door.reached()
    for channel in channels:
        await chat.subscribed(a_channel(medium, channel))
    await chat.news(*titles(stories))
    begin = time.perf_counter()
    await chat.composed()
    took = time.perf_counter() - begin
    await pipeline.deliver(chat.parts)
    return took


def main() -> None:
    """Measure, and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    number, stories = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, 500), (2, 5)))
    for medium in sys.argv[3:] or ("discord", "slack"):
        ours, theirs = multiprocessing.Pipe()
        serve = discord_server if medium == "discord" else slack_server
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(number, theirs))
        server.start()
        composing = asyncio.run(told(medium, ours.recv(), stories))
        ours.send("stop")
        found = ours.recv()
        server.join()
        _print(medium, number, stories, composing, found)


def _print(medium: str, number: int, stories: int, composing: float, found: dict[str, Any]) -> None:
    first, last, begin = sorted(found["first"]), found["last"], min(found["first"])
    assert len(first) == number, "a channel got nothing"
    assert found["violations"] == []
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = last - begin
    says = (
        f"{medium}: {number} channels, {stories} stories: composed in {composing:.1f} s;",
        f"first messages within {first[-1] - begin:.1f} s of each other, everything within {whole:.1f} s;",
        f"{found['messages']} messages, {found['messages'] / whole:.1f} a second;",
        f"{found['too many']} refused as too many; {memory:.0f} MB",
    )
    print(" ".join(says), flush=True)


if __name__ == "__main__":
    main()
