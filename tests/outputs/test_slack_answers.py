"""People in a local Slack: commands, forms, buttons, shortcuts, and what is said when Slack itself fails."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from bot import outputs, pipeline, web
from bot.desk import Desk
from bot.outputs.slack import Slack
from tests.chats import Chat, chatting, in_slack, slack_at, titles
from tests.slack_server import SlackServer


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as made:
        made.user("boss", admin=True)
        yield made
        assert made.violations == []


@pytest.fixture
async def chat(tmp_path: Path, server: SlackServer) -> AsyncIterator[Chat]:
    async with in_slack(tmp_path, server) as made:
        yield made


async def said(server: SlackServer, channel: str, words: str, user: str = "ann") -> str:
    """What somebody is answered who types this after /lookout."""
    return json.dumps(await server.showing(server.command(channel, words, user=user)), ensure_ascii=False)


async def subscribed(server: SlackServer, chat: Chat, channel: str) -> None:
    assert "Subscribed" in await said(server, channel, "subscribe faces schedule:at once", "boss")


async def test_an_answer_is_for_the_asker_alone_and_an_unknown_word_gets_the_nearest(
    chat: Chat, server: SlackServer
) -> None:
    channel = server.channel("news")
    for words in ("help", "latest", "status", "feeds", ""):
        assert '"is_ephemeral": true' in await said(server, channel, words), words
    assert "did you mean 'search'" in await said(server, channel, "serch faces")
    assert server.messages(channel) == []


async def test_only_those_who_manage_a_channel_subscribe_it_and_only_for_them_we_join(
    chat: Chat, server: SlackServer
) -> None:
    channel = server.channel("news", member=False, creator="carla")
    assert "only those who may manage" in (await said(server, channel, "subscribe faces")).lower()
    assert server.calls("conversations.join") == []
    assert "Subscribed" in await said(server, channel, "subscribe faces", "carla")
    assert len(server.calls("conversations.join")) == 1
    private = server.channel("secret", private=True, member=False, creator="carla")
    assert "(/invite, then choose me)" in await said(server, private, "subscribe faces", "carla")


async def test_search_without_words_gives_a_form_that_is_checked_before_it_closes(
    chat: Chat, server: SlackServer
) -> None:
    channel = server.channel("news")
    await chat.news(*titles(2))
    asked = server.command(channel, "search")
    await server.until(lambda: server.views)
    form = server.views[-1]
    wrong = server.submit(form, {"query": "faces", "since": "yesterday"})
    assert "yesterday" in (await server.acking(wrong))["errors"]["since"]
    server.submit(form, {"query": "faces", "since": "30d"})
    found = json.dumps(await server.showing(asked, 2))
    assert all(title in found for title in titles(2))


async def test_settings_are_a_form_too(chat: Chat, server: SlackServer) -> None:
    channel, group = server.channel("news"), server.usergroup("watchers")
    await subscribed(server, chat, channel)
    server.command(channel, "settings", user="boss")
    await server.until(lambda: server.views)
    form = server.views[-1]
    filled = {"schedule": "daily 09:15", "zone": "Europe/London", "hours": "22:00-07:00", "format": "compact"}
    wrong = server.submit(form, filled | {"hours": "22:00-22:00", "role": "", "above": "90"}, user="boss")
    assert "never end" in (await server.acking(wrong))["errors"]["hours"]
    server.submit(form, filled | {"role": "@watchers", "above": "80"}, user="boss")
    await server.until(lambda: any("Europe/London" in json.dumps(one.body) for one in server.responses))
    [reader] = await chat.parts.store.subscribers.all()
    assert (reader.zone, reader.compact, reader.mention, reader.mention_from) == ("Europe/London", True, group, 0.8)


@pytest.mark.parametrize("written", ["S1> <!channel", "nobody-here", "<!everyone>"])
async def test_nobody_is_called_who_is_no_user_group(chat: Chat, server: SlackServer, written: str) -> None:
    channel = server.channel("news")
    await subscribed(server, chat, channel)
    answer = await said(server, channel, f"settings mentions {written}", "boss")
    assert "nobody whom I could call" in answer
    [reader] = await chat.parts.store.subscribers.all()
    assert reader.mention is None


async def test_a_button_on_a_card_in_a_thread_is_answered_in_the_thread(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    await subscribed(server, chat, channel)
    await chat.news(*titles(3))
    await chat.told()
    parent = server.messages(channel)[-1]
    [details] = server.replies(channel, parent["ts"])
    pressed = server.press(details, "Not relevant")
    answer = await server.showing(pressed)
    assert (answer["thread_ts"], "Noted" in json.dumps(answer)) == (parent["ts"], True)
    [(label, _)] = await chat.parts.store.feedback.labels(f"slack:{server.team_id}")
    assert label.verdict == "not relevant"


async def test_the_shortcut_of_a_message_tells_why_it_was_posted(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    await subscribed(server, chat, channel)
    await chat.news(*titles(1))
    await chat.told()
    why = server.shortcut("why_posted", server.messages(channel)[-1], channel)
    assert "needs 50 %" in json.dumps(await server.showing(why), ensure_ascii=False)
    foreign = server.shortcut("same_story", server.say(channel, "lunch?"), channel)
    assert "no message of mine" in json.dumps(await server.showing(foreign))


async def test_who_asks_while_slack_fails_gets_an_answer_with_an_id(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    server.fault("conversations.info", "500")
    assert "Something went wrong here. The log has it as " in await said(server, channel, "subscribe faces")


async def test_a_socket_that_breaks_is_made_again(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    server.refresh_socket()
    await server.until(lambda: server.connections > 1 and server.sockets)
    assert "What you can ask" in await said(server, channel, "help")


# -- over HTTP ------------------------------------------------------------------------------------------------


@pytest.fixture
async def listener(tmp_path: Path, server: SlackServer) -> AsyncIterator[tuple[Chat, str]]:
    """Lookout without an app token, and where its site takes Slack's requests."""
    ports = asyncio.Queue[int]()
    doors = list[Slack]()

    def opened(desk: Desk) -> Slack:
        doors.append(outputs.slack_door(server.bot_token, desk, signing_secret=server.signing_secret))
        return doors[0]

    async def connected() -> None:
        await doors[0].reached()

    with slack_at(server.api):
        async with chatting(tmp_path, opened, connected) as chat:
            site = Starlette(routes=doors[0].routes)
            serving = asyncio.create_task(web.serving(site, "127.0.0.1", 0, ports.put_nowait))
            yield chat, f"http://127.0.0.1:{await ports.get()}/slack/events"
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def asked(channel: str, user: str, words: str) -> dict[str, Any]:
    ids = {"channel_id": channel, "user_id": user, "team_id": "T0LOOKOUT1", "trigger_id": "1.1.1"}
    return {"command": "/lookout", "text": words, "response_url": "http://127.0.0.1:9/respond", **ids}


async def test_a_request_over_http_must_be_signed(listener: tuple[Chat, str], server: SlackServer) -> None:
    _, url = listener
    channel = server.channel("news")
    server.request_url = url
    shown = await server.showing(server.command(channel, "help"))
    assert shown["text"] == "What you can ask"
    payload = asked(channel, "U1", "help")
    for said in ({"secret": "another"}, {"timestamp": "1000000"}, {"timestamp": "soon"}):
        status, _ = await asyncio.to_thread(server.post_signed, url, "slash_commands", payload, **said)
        assert status == 401, said


async def test_a_request_that_is_replayed_is_done_once(listener: tuple[Chat, str], server: SlackServer) -> None:
    chat, url = listener
    channel, now = server.channel("news"), str(int(time.time()))
    payload = asked(channel, server.user("boss"), "test")
    for _ in range(3):
        status, _ = await asyncio.to_thread(server.post_signed, url, "slash_commands", payload, timestamp=now)
        assert status == 200
    await server.until(lambda: server.calls("users.info"))
    for _ in range(1_000):
        await pipeline.deliver(chat.parts)
        if server.messages(channel):
            break
    await chat.sent()
    assert len(server.messages(channel)) == 1
