"""Deliveries to Discord over the wire: each arrives once, whatever answers are lost; who is gone is told once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from discord.http import Route

from bot import commands, pipeline
from bot.gates import MEMORY
from bot.records import Subscription
from bot.store import Mark
from tests import newsroom
from tests.chats import Chat, a_channel, in_discord, overviews, titles
from tests.discord_server import DiscordServer
from tests.newsroom import Page


@pytest.fixture
def server() -> Iterator[DiscordServer]:
    with DiscordServer() as made:
        yield made
        assert made.violations == []


@pytest.fixture
async def chat(tmp_path: Path, server: DiscordServer) -> AsyncIterator[Chat]:
    async with in_discord(tmp_path, server) as made:
        yield made


def once_each(text: str, told: list[str]) -> None:
    """Every title stands exactly once."""
    assert {title: text.count(f"**{title}**") for title in told} == dict.fromkeys(told, 1)


def shown(messages: list[dict[str, Any]]) -> str:
    """What the cards of messages say."""
    return "\n".join(c.get("content", "") for m in messages for c in m.get("components") or ())


async def test_a_digest_is_one_message_with_its_details_in_a_thread(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    await chat.told()
    [parent] = server.messages(channel)
    once_each(overviews([parent]), titles(6))
    [thread] = server.threads(channel)
    cards = server.messages(int(thread["id"]))
    once_each(shown(cards), titles(6))
    labels = [b["label"] for m in cards for row in m["components"] for b in row.get("components", ())]
    assert labels == ["Relevant", "Not relevant", "Why", "Open"] * 6
    await chat.told()
    assert len(server.messages(channel)) == 1


FAULTS = [
    ("POST", r"/channels/\d+/messages", ["lost"]),
    ("POST", r"/channels/\d+/messages", ["reset"]),
    ("POST", r"/channels/\d+/messages", ["503"]),
    ("POST", r"/channels/\d+/messages", ["500 after"]),
    ("POST", r"/channels/\d+/messages", ["429", "429 global"]),
    ("POST", r"/channels/\d+/messages", ["cloudflare"]),
    ("POST", r"/channels/\d+/messages", ["ok", "lost", "lost"]),
    ("POST", r"/channels/\d+/messages", ["ok", "ok", "lost"]),
    ("POST", r"/channels/\d+/messages/\d+/threads", ["lost"]),
    ("POST", r"/channels/\d+/messages/\d+/threads", ["502 after"]),
    ("POST", r"/channels/\d+/messages", ["hang", "lost"]),
]


@pytest.mark.parametrize(("method", "path", "plans"), FAULTS, ids=lambda value: str(value)[-40:])
async def test_a_digest_arrives_once_whatever_fails(
    chat: Chat, server: DiscordServer, monkeypatch: pytest.MonkeyPatch, method: str, path: str, plans: list[str]
) -> None:
    """Also long after the nonces are forgotten."""
    server.nonce_window = 0.0 if "500 after" not in plans else 300.0
    if "hang" in plans:
        monkeypatch.setattr("bot.outputs.discord.sending.NO_ANSWER", timedelta(seconds=0.3))
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    server.fault(method, path, *plans)
    await chat.composed()
    await chat.sent(4)
    assert len(server.messages(channel)) == 1
    once_each(overviews(server.messages(channel)), titles(6))
    [thread] = server.threads(channel)
    once_each(shown(server.messages(int(thread["id"]))), titles(6))
    assert await chat.parts.store.reports.waiting() == 0


async def test_our_message_is_found_in_a_busy_channel(chat: Chat, server: DiscordServer) -> None:
    server.nonce_window = 0.0
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    for n in range(40):
        server.say(channel, f"before {n}")
    server.fault("POST", r"/channels/\d+/messages", "lost")
    await chat.composed()
    await chat.sent()
    for n in range(140):
        server.say(channel, f"after {n}")
    await chat.sent(3)
    assert overviews(server.messages(channel)).count(titles(1)[0]) == 1


async def test_a_forum_gets_one_post_a_day(chat: Chat, server: DiscordServer) -> None:
    forum = server.channel(server.guild(), "news", kind=15)
    await chat.subscribed(a_channel("discord", forum, place="forum"))
    await chat.news(*titles(2))
    await chat.told()
    chat.time.passes(hours=-24 + 2)  # `sent` let a day pass
    await chat.news("A later headline")
    await chat.composed()
    await chat.sent()
    [post] = server.threads(forum)
    assert post["name"] == "Lookout, Fri 10 Apr 2026"
    once_each(overviews(server.messages(int(post["id"]))), [*titles(2), "A later headline"])
    await chat.news("Another day's headline")
    await chat.told()
    assert [one["name"] for one in server.threads(forum)] == ["Lookout, Fri 10 Apr 2026", "Lookout, Sat 11 Apr 2026"]


@pytest.mark.parametrize("plan", ["lost", "502 after", "503", "500"])
async def test_a_forums_post_is_made_once_though_discord_has_no_nonce_for_it(
    chat: Chat, server: DiscordServer, plan: str
) -> None:
    forum = server.channel(server.guild(), "news", kind=15)
    await chat.subscribed(a_channel("discord", forum, place="forum"))
    await chat.news(*titles(3))
    server.fault("POST", r"/channels/\d+/threads", plan)
    await chat.composed()
    await chat.sent(3)
    [post] = server.threads(forum)
    once_each(overviews(server.messages(int(post["id"]))), titles(3))


async def test_a_first_message_that_somebody_deletes_takes_its_details_with_it(
    chat: Chat, server: DiscordServer
) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(3))
    server.fault("POST", r"/channels/\d+/messages/\d+/threads", "503")
    await chat.composed()
    await chat.sent()
    server.remove(server.messages(channel)[0])
    await chat.sent(2)
    assert (server.messages(channel), server.threads(channel)) == ([], [])
    assert await chat.parts.store.reports.waiting() == 0


@pytest.mark.parametrize("how", ["deleted", "forbidden", "kicked"])
async def test_who_refuses_us_is_written_off_and_those_who_subscribed_are_told_once(
    chat: Chat, server: DiscordServer, how: str
) -> None:
    guild = server.guild()
    channel, ann = server.channel(guild, "news"), server.user("ann")
    await chat.subscribed(a_channel("discord", channel, guild), by=f"discord:{ann}")
    await chat.news(*titles(1))
    {
        "deleted": lambda: server.delete_channel(channel),
        "forbidden": lambda: server.forbid(channel),
        "kicked": lambda: server.kick(guild),
    }[how]()
    await chat.composed()
    await chat.sent(3)
    [said] = server.messages(server.dm("ann"))
    assert "can no longer post" in said["content"]
    [subscriber] = await chat.parts.store.subscribers.all()
    assert subscriber.gone is not None
    await chat.news("Another headline")
    await chat.told()
    assert len(server.messages(server.dm("ann"))) == 1


async def test_who_comes_back_is_told_what_could_not_be_sent(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    server.forbid(channel)
    await chat.news("A headline missed")
    await chat.composed()
    await chat.sent()
    server.allow(channel)
    await chat.parts.store.subscribers.resume(f"discord:{channel}", chat.time() - MEMORY)
    await chat.news("A headline since")
    await chat.told()
    once_each(overviews(server.messages(channel)), ["A headline missed", "A headline since"])


async def test_who_subscribes_again_where_we_were_refused_is_told_what_could_not_be_sent(
    chat: Chat, server: DiscordServer
) -> None:
    channel = server.channel(server.guild(), "news")
    subscriber = await chat.subscribed(a_channel("discord", channel))
    server.forbid(channel)
    await chat.news("A headline missed")
    await chat.composed()
    await chat.sent()
    server.allow(channel)
    await chat.parts.store.subscribers.follow(subscriber, Subscription(id="", topics=("borders",)), chat.time())
    await chat.told()
    once_each(overviews(server.messages(channel)), ["A headline missed"])


async def test_what_had_begun_to_arrive_goes_on_when_the_channel_is_back(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    server.fault("POST", r"/channels/\d+/messages/\d+/threads", "503")
    await chat.composed()
    await chat.sent()
    server.forbid(channel)
    await chat.sent()
    server.allow(channel)
    await chat.parts.store.subscribers.resume(f"discord:{channel}", chat.time() - MEMORY)
    await chat.sent(2)
    once_each(overviews(server.messages(channel)), titles(6))
    [thread] = server.threads(channel)
    once_each(shown(server.messages(int(thread["id"]))), titles(6))


async def test_a_thread_that_somebody_deletes_does_not_cost_its_channel_the_digests(
    chat: Chat, server: DiscordServer
) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    server.fault("POST", r"/channels/\d+/messages", "ok", "503")
    await chat.composed()
    await chat.sent()
    [thread] = server.threads(channel)
    server.delete_channel(int(thread["id"]))
    await chat.sent(2)
    await chat.news("A later headline")
    await chat.told()
    assert [one.gone for one in await chat.parts.store.subscribers.all()] == [None]
    once_each(overviews(server.messages(channel)), [*titles(6), "A later headline"])


async def test_a_digest_that_discord_refuses_for_what_it_is_comes_in_plain_words(
    chat: Chat, server: DiscordServer
) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    await chat.composed()
    await _spoiled(chat, 0)
    await chat.sent()
    said = "".join(message["content"] for message in server.messages(channel)).replace("\\", "")
    assert all(title in said for title in titles(6))
    assert await chat.parts.store.reports.waiting() == 0
    assert server.violations  # which is why
    server.violations.clear()


async def test_a_digest_goes_on_without_a_part_that_discord_refuses(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    await chat.composed()
    await _spoiled(chat, 2)
    await chat.sent()
    [thread] = server.threads(channel)
    assert len(server.messages(int(thread["id"]))) == 1  # of two messages of cards
    assert await chat.parts.store.reports.waiting() == 0
    server.violations.clear()


async def _spoiled(chat: Chat, number: int) -> None:
    """Let a part of what waits be more than Discord takes."""
    [waiting] = await chat.parts.store.reports.outbox(chat.time())
    delivery = await chat.parts.store.reports.delivery(waiting.key)
    assert delivery is not None
    bad = {"do": delivery.parts[number]["do"], "body": {"content": "x" * 5_000, "allowed_mentions": {"parse": []}}}
    parts = (*delivery.parts[:number], bad, *delivery.parts[number + 1 :])
    await chat.parts.store.reports.mark([Mark(delivery=replace(delivery, parts=parts), at=chat.time(), anew=True)])


async def test_a_digest_that_cannot_be_delivered_for_days_is_given_up_and_its_stories_are_told_later(
    chat: Chat, server: DiscordServer
) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    server.fault("POST", r"/channels/\d+/messages", *["cloudflare"] * 5)
    await chat.composed()
    await chat.sent(5)
    assert await chat.parts.store.reports.waiting() == 0
    await chat.told()
    once_each(overviews(server.messages(channel)), titles(1))


@pytest.mark.parametrize("status", [200, 400, 403, 404])
async def test_what_is_not_discord_that_answers_writes_nobody_off(
    chat: Chat, server: DiscordServer, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy, a portal, a wall on the way."""
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    with newsroom.press() as portal:
        page = Page(body=b"<html>Please log in</html>", status=status, headers={"Content-Type": "text/html"})
        portal.put(f"/channels/{channel}/messages", page)
        with monkeypatch.context() as patched:
            patched.setattr(Route, "BASE", portal.url)
            await chat.composed()
            await chat.sent()
    await chat.sent()
    once_each(overviews(server.messages(channel)), titles(1))
    assert [one.gone for one in await chat.parts.store.subscribers.all()] == [None]


async def test_a_forum_hears_also_what_is_no_digest(chat: Chat, server: DiscordServer) -> None:
    forum = server.channel(server.guild(), "news", kind=15)
    reader = await chat.subscribed(a_channel("discord", forum, place="forum"))
    for says in ("A first notice", "A second notice"):
        await chat.parts.store.reports.compose([commands.say(reader, says, chat.time())])
        await chat.sent()
        chat.time.passes(days=-1)
    [post] = server.threads(forum)
    assert [message["content"] for message in server.messages(int(post["id"]))] == ["A first notice", "A second notice"]


async def test_who_asks_for_a_digest_gets_the_one_that_waits(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    reader = await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    await chat.composed()
    await chat.parts.store.subscribers.change(reader.id, {"paused": True})
    await commands.digest_at_once(chat.parts.store, reader)
    await chat.sent()
    once_each(overviews(server.messages(channel)), titles(1))


async def test_who_follows_nothing_any_more_gets_nothing_that_waited(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    reader = await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    await chat.composed()
    await chat.parts.store.subscribers.unfollow(reader.id, reader.subscriptions[0].id)
    await chat.sent()
    assert server.messages(channel) == []


async def test_quiet_hours_and_pauses_hold_also_what_was_composed_before(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    subscribers = chat.parts.store.subscribers
    await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(1))
    await chat.composed()
    await subscribers.change(f"discord:{channel}", {"paused": True})
    await chat.sent()
    assert server.messages(channel) == []
    await subscribers.change(f"discord:{channel}", {"paused": False, "quiet": (time(0), time(23, 59))})
    await chat.sent()
    assert server.messages(channel) == []
    await subscribers.change(f"discord:{channel}", {"quiet": None})
    await chat.sent()
    once_each(overviews(server.messages(channel)), titles(1))


async def test_who_is_forgotten_is_sent_nothing_more(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    reader = await chat.subscribed(a_channel("discord", channel))
    await chat.news(*titles(6))
    server.fault("POST", r"/channels/\d+/messages/\d+/threads", "503")
    await chat.composed()
    await chat.sent()
    await chat.parts.store.subscribers.forget(reader.id)
    await pipeline.report(chat.parts, [reader])  # it was being composed for at that moment
    await chat.sent(2)
    assert (len(server.messages(channel)), server.threads(channel)) == (1, [])
    assert await chat.parts.store.reports.periods() == {}


async def test_people_are_answered_again_after_the_gateway_broke(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    for broken in (False, True):
        if broken:
            server.drop_gateway()
            await server.until(lambda: server.resumes and server.online, "it did not come back")
        answer = await asyncio.to_thread(server.answer, server.slash(channel, "help"))
        assert "What you can ask" in str(answer["components"])


async def test_who_is_gone_for_a_month_is_forgotten(chat: Chat, server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    await chat.subscribed(a_channel("discord", channel))
    server.delete_channel(channel)
    await chat.news(*titles(1))
    await chat.composed()
    await chat.sent()
    subscribers, now = chat.parts.store.subscribers, chat.time()
    assert await subscribers.forget_gone(now + timedelta(days=28)) == []
    assert await subscribers.forget_gone(now + timedelta(days=31)) == [f"discord:{channel}"]
    assert await subscribers.all() == []


async def test_a_role_is_called_only_where_a_match_is_sure_enough(chat: Chat, server: DiscordServer) -> None:
    guild = server.guild()
    role = server.role(guild, "watchers")
    sure, surer = server.channel(guild, "sure"), server.channel(guild, "surer")
    await chat.subscribed(a_channel("discord", sure, mention=str(role), mention_from=0.85))
    await chat.subscribed(a_channel("discord", surer, mention=str(role), mention_from=0.95))
    await chat.news("Faces @everyone <@&123> <@456>")
    await chat.told()
    assert server.messages(sure)[0]["content"].startswith(f"<@&{role}> ")
    assert server.messages(sure)[0]["mention_roles"] == [str(role)]
    assert "<@&" not in server.messages(surer)[0]["content"]
    posts = [r.json for r in server.requests if r.method == "POST" and r.path.endswith("/messages")]
    mentions = sorted((post["allowed_mentions"] for post in posts), key=len)
    assert mentions == [{"parse": []}, {"parse": [], "roles": [str(role)]}]
