"""People in a simulated Discord: commands, permissions, what is offered, buttons that outlive a restart, menus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.outputs.discord import Discord
from tests import newsroom
from tests.chats import Chat, a_desk, titles
from tests.newsroom import Time


@dataclass
class Server:
    """A simulated Discord server with a channel, somebody who manages it and somebody who does not."""

    env: Any
    chat: Chat
    guild: Any
    channel: Any
    boss: Any
    ann: Any
    make: Any

    async def restart(self) -> None:
        """Let Lookout start anew; what was posted stays."""
        await self.env.restart_bot(self.make().client)


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Server]:
    time = Time()
    with newsroom.press() as press:
        feed = newsroom.feed(press, "courier")
        async with newsroom.parts(data, [feed], time) as parts:

            def make() -> Discord:
                return Discord("sample-token", a_desk(parts, time))

            door = make()
            async with simcord.run(door.client, shard_count=1) as env:
                guild = env.create_guild()
                managers = guild.create_role("Managers", permissions=discord.Permissions(manage_channels=True))
                yield Server(
                    env=env,
                    chat=Chat(replace(parts, outputs={**parts.outputs, "discord": door}), door, time, press, feed),
                    guild=guild,
                    channel=guild.create_text_channel("news"),
                    boss=guild.add_member(env.create_user("boss"), roles=[managers]),
                    ann=guild.add_member(env.create_user("ann")),
                    make=make,
                )


def said(result: Any) -> str:
    return text(result.response.components)


def text(components: Any) -> str:
    """All that components say."""
    parts = []
    for one in components:
        parts += [str(one[name]) for name in ("content", "label") if name in one]
        parts += [text(one.get("components") or ())]
    return "\n".join(part for part in parts if part)


def ids(components: Any) -> list[str]:
    """The ids of all that can be pressed or chosen from, in order."""
    found = []
    for one in components:
        found += [one["custom_id"]] if "custom_id" in one else []
        found += ids(one.get("components") or ())
    return found


async def told_of(server: Server, number: int) -> Any:
    """Let the channel be told of so many stories, and return the message."""
    await server.boss.slash(server.channel, "subscribe", topic="faces", schedule="at once")
    await server.chat.news(*titles(number))
    await server.chat.told()
    await server.env.settle()
    return next(message for message in reversed(server.channel.history()) if message.embeds)


async def test_an_answer_is_for_the_asker_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        for name in ("help", "latest", "status", "feeds"):
            result = await server.ann.slash(server.channel, name)
            assert result.ephemeral, name
        assert server.channel.history() == []


async def test_only_those_who_manage_a_channel_subscribe_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        assert "subscribe" not in server.ann.available_commands(server.channel)
        result = await server.boss.slash(server.channel, "subscribe", topic="faces")
        assert "Subscribed" in said(result)
        [subscriber] = await server.chat.parts.store.subscribers.all()
        assert (subscriber.address, subscriber.place) == (str(server.channel.id), "channel")
        assert subscriber.community == f"discord:{server.guild.id}"


async def test_a_channel_where_we_may_not_post_is_not_subscribed(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        closed = discord.PermissionOverwrite(send_messages_in_threads=False)
        channel = server.guild.create_text_channel("closed", overwrites={server.guild.default_role: closed})
        result = await server.boss.slash(channel, "subscribe", topic="faces")
        assert "Send Messages in Threads" in said(result)
        assert await server.chat.parts.store.subscribers.all() == []


async def test_what_is_typed_is_completed(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        topics = await server.boss.autocomplete(server.channel, "subscribe", "topic", "fac")
        assert [one["value"] for one in topics] == ["faces"]
        zones = await server.boss.autocomplete(server.channel, "settings timezone", "zone", "new york")
        assert zones[0]["value"] == "America/New_York"
        assert await server.ann.autocomplete(server.channel, "search", "member", "zzzz") == []


async def test_a_label_by_button_counts_also_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        message = await told_of(server, 1)
        await server.restart()
        result = await server.ann.click(message, label="Not relevant")
        assert result.ephemeral
        assert "Noted: **not relevant**" in said(result)
        [(label, _)] = await server.chat.parts.store.feedback.labels(f"discord:{server.guild.id}")
        assert (label.verdict, label.by) == ("not relevant", f"discord:{server.ann.id}")
        await server.ann.click(result.response, label="Undo")
        assert await server.chat.parts.store.feedback.labels(f"discord:{server.guild.id}") == []


async def test_a_digest_tells_more_of_a_story_that_is_chosen(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        message = await told_of(server, 3)
        items = [one.judged.item for one in await server.chat.parts.store.reports.news(None, newsroom.START)]
        chosen = await server.ann.select(message, [items[0].id])
        assert items[0].title in said(chosen)
        assert items[1].title not in said(chosen)


async def test_the_menu_of_a_message_tells_why_it_was_posted(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        one = await server.ann.context_menu(server.channel, "Why was this posted?", await told_of(server, 1))
        assert "needs 50 %" in said(one)
        several = await server.ann.context_menu(server.channel, "Same story", await told_of(server, 3))
        assert "Which one?" in said(several)


async def test_a_search_is_leafed_through_in_one_message(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        await server.chat.news(*titles(12))
        first = await server.ann.slash(server.channel, "search", query="faces", since="30d")
        shown = [title for title in titles(12) if title in said(first)]
        assert len(shown) == 5
        await server.ann.click(first.response, label="Next")
        second = [title for title in titles(12) if title in said(first)]
        await server.restart()
        await server.ann.click(first.response, label="Next")
        third = [title for title in titles(12) if title in said(first)]
        assert sorted(shown + second + third) == sorted(titles(12))


async def test_what_is_taken_away_is_asked_for_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        await server.boss.slash(server.channel, "subscribe", topic="faces")
        asked = await server.boss.slash(server.channel, "unsubscribe")
        assert "Stop following" in said(asked)
        await server.boss.click(asked.response, label="Unsubscribe")
        [subscriber] = await server.chat.parts.store.subscribers.all()
        assert subscriber.subscriptions == ()


async def test_what_is_shared_is_for_everybody(tmp_path: Path) -> None:
    async with opened(tmp_path) as server:
        await server.chat.news(*titles(2))
        result = await server.ann.slash(server.channel, "latest")
        shared = await server.ann.click(result.response, label="Share")
        [public] = shared.followups
        assert not public.ephemeral
        assert all(title in text(public.components) for title in titles(2))
