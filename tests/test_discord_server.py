"""The server of the tests against the real discord.py, so that what passes against the one means something."""

import asyncio
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from textwrap import dedent
from typing import Any, cast

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from tests.discord_server import OPENAPI, DiscordServer, Interaction

NOBODY = discord.AllowedMentions.none()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DiscordServer]:
    with DiscordServer() as running:
        aim(running, monkeypatch)
        yield running


def aim(server: DiscordServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", server.api)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(server.gateway))


class Bot(discord.AutoShardedClient):
    """A small bot with one command of each kind that the server drives."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), allowed_mentions=NOBODY, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.tree.add_command(topics)
        self.tree.add_command(app_commands.ContextMenu(name="Why this", callback=why))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait 5 s before identifying again."""

    async def channel(self, of: int) -> discord.TextChannel:
        return cast(discord.TextChannel, await self.fetch_channel(of))


topics = app_commands.Group(name="topics", description="Sample topics")


@topics.command(description="Sample preview")
async def preview(interaction: discord.Interaction, topic: str, where: discord.TextChannel | None = None) -> None:
    await interaction.response.defer(ephemeral=True)
    await interaction.followup.send(f"About {topic} in {where}", ephemeral=True)


@preview.autocomplete("topic")
async def typed(interaction: discord.Interaction, text: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=one, value=one) for one in ("faces", "borders") if one.startswith(text)]


async def why(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"Because {message.content}", view=Buttons())


class Buttons(discord.ui.View):
    @discord.ui.button(label="Mute", custom_id="mute")
    async def mute(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.edit_message(content="Muted", view=None)

    @discord.ui.button(label="Name", custom_id="name")
    async def name(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Form(custom_id="form"))

    @discord.ui.select(custom_id="pick", options=[discord.SelectOption(label="Faces", value="faces")])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"Picked {select.values}")


class Form(discord.ui.Modal, title="Sample form"):
    called = discord.ui.TextInput[Any](label="Name", custom_id="called")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"Called {self.called.value}", ephemeral=True)


@asynccontextmanager
async def running(server: DiscordServer) -> AsyncIterator[Bot]:
    async with Bot() as bot:
        await bot.login(server.token)
        connected = asyncio.create_task(bot.connect())
        await asyncio.wait(
            {connected, ready := asyncio.create_task(bot.wait_until_ready())}, return_when="FIRST_COMPLETED"
        )
        assert ready.done(), connected.exception()
        yield bot
        await bot.close()
        await connected


@asynccontextmanager
async def logged_in(server: DiscordServer) -> AsyncIterator[Bot]:
    """A bot without a gateway, which is quicker."""
    async with Bot() as bot:
        await bot.login(server.token)
        yield bot


async def test_a_bot_logs_in_and_sees_its_guild(server: DiscordServer) -> None:
    guild = server.guild("Newsroom")
    forum = server.channel(guild, "Digests", kind=15)
    async with running(server) as bot:
        assert [(one.id, one.name) for one in bot.guilds] == [(guild, "Newsroom")]
        assert isinstance(bot.get_channel(forum), discord.ForumChannel)
        assert (bot.application_id, bot.user and bot.user.id) == (server.application_id, server.bot_id)
        later = server.channel(guild, "later", kind=2)
        await bot.wait_for("guild_channel_create")
        assert isinstance(bot.get_channel(later), discord.VoiceChannel)
    assert (server.identifies, server.violations) == (1, [])


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    async with Bot() as bot:
        with pytest.raises(discord.LoginFailure):
            await bot.login("another token")


async def test_a_post_arrives_and_pings_nobody(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    async with logged_in(server) as bot:
        sent = await (await bot.channel(channel)).send("@everyone read this", embed=discord.Embed(title="Sample"))
        again = [one async for one in sent.channel.history()]
    (message,) = server.messages(channel)
    assert (message["content"], message["mention_everyone"]) == ("@everyone read this", False)
    assert [(one.id, one.embeds[0].title, one.nonce) for one in again] == [(sent.id, "Sample", None)]
    assert sent.nonce is not None
    assert server.violations == []


async def test_the_same_nonce_is_one_message(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    async with logged_in(server) as bot:
        place = await bot.channel(channel)
        first, second = await place.send("once", nonce="one"), await place.send("once", nonce="one")
        server.nonce_window = 0
        third = await place.send("once", nonce="one")
    assert first.id == second.id != third.id
    assert len(server.messages(channel)) == 2


async def test_a_lost_answer_and_a_retry_with_the_nonce_are_one_message(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    server.fault("POST", r"/channels/\d+/messages", "lost", "reset")
    async with logged_in(server) as bot:
        place = await bot.channel(channel)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await place.send("once", nonce="one")
        with pytest.raises(aiohttp.ClientOSError):
            await place.send("once", nonce="one")
        sent = await place.send("once", nonce="one")
    assert [one["id"] for one in server.messages(channel)] == [str(sent.id)]
    assert [one.status for one in server.requests if one.method == "POST"] == [0, 0, 200]


async def test_a_429_with_via_is_waited_for(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    server.fault("POST", r"/channels/\d+/messages", "429", "429 global", "ok", "cloudflare")
    async with logged_in(server) as bot:
        place = await bot.channel(channel)
        await place.send("patience")
        with pytest.raises(discord.HTTPException, match="429"):
            await place.send("none")
    assert [one.status for one in server.requests if one.method == "POST"] == [429, 429, 200, 429]


async def test_discord_py_keeps_to_the_limits_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    with DiscordServer(limits=True, pace=0.02) as server:
        aim(server, monkeypatch)
        channel = server.channel(server.guild(), "news")
        async with logged_in(server) as bot:
            place = await bot.channel(channel)
            for number in range(7):
                await place.send(f"{number}")
        assert (server.too_many, len(server.messages(channel))) == (0, 7)


def test_whoever_does_not_keep_to_the_limits_gets_429(monkeypatch: pytest.MonkeyPatch) -> None:
    with DiscordServer(limits=True, pace=100) as server:
        channel = server.channel(server.guild(), "news")
        said = [post(server, f"/channels/{channel}/messages", message("hello")) for _ in range(6)]
        assert [status for status, *_ in said] == [200] * 5 + [429]
        assert said[0][2]["X-RateLimit-Remaining"] == "4"
        assert said[-1][1]["global"] is False
        assert {said[-1][2][name] for name in ("Via", "Content-Type")} == {"1.1 google", "application/json"}
        assert server.too_many == 1


async def test_a_command_is_deferred_and_answered(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    async with running(server) as bot:
        await bot.tree.sync()
        options = {"preview": {"topic": "faces", "where": channel}}
        asked = server.slash(channel, "topics", options, user="bob", permissions=32)
        answer = await asyncio.to_thread(server.answer, asked)
        assert (answer["content"], answer["flags"] & 64) == ("About faces in news", 64)
        assert server.callback(asked)["type"] == 5
        typing = server.complete(channel, "topics", {"preview": {"topic": "bor"}}, focused="topic")
        offered = await asyncio.to_thread(server.callback, typing)
        assert [one["value"] for one in offered["data"]["choices"]] == ["borders"]
    with pytest.raises(ValueError, match="needs"):
        server.slash(channel, "topics", {"preview": {}})
    assert (server.messages(channel), server.violations) == ([], [])


async def test_a_menu_a_button_a_select_and_a_modal(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    async with running(server) as bot:
        await bot.tree.sync()
        answer = await asyncio.to_thread(server.answer, server.menu(channel, "Why this", server.say(channel, "so")))
        assert answer["content"] == "Because so"
        picked = await asyncio.to_thread(server.answer, server.press(answer, "pick", values=["faces"]))
        assert picked["content"] == "Picked ['faces']"
        opened = server.press(answer, "name")
        sent = await asyncio.to_thread(server.submit, opened, "form", {"called": "Ann"})
        named = await asyncio.to_thread(server.answer, sent)
        assert (named["content"], named["flags"] & 64) == ("Called Ann", 64)
        muted = await asyncio.to_thread(server.answer, server.press(answer, "mute"))
        assert (muted["id"], muted["content"], muted["components"]) == (answer["id"], "Muted", [])
    assert server.violations == []


@pytest.mark.parametrize("code", [None, 4000])
async def test_a_dropped_gateway_is_resumed_and_what_was_missed_arrives(
    server: DiscordServer, code: int | None
) -> None:
    channel = server.channel(server.guild(), "news")
    async with running(server) as bot:
        await bot.tree.sync()
        server.drop_gateway(code)
        asked = server.slash(channel, "topics", {"preview": {"topic": "faces"}})
        assert (await asyncio.to_thread(server.answer, asked))["content"] == "About faces in None"
    assert (server.identifies, server.resumes) == (1, 1)


async def test_a_forgotten_session_is_begun_anew(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    async with running(server) as bot:
        await bot.tree.sync()
        server.drop_gateway(resumable=False)
        await server.until(lambda: server.identifies == 2)
        asked = server.slash(channel, "topics", {"preview": {"topic": "faces"}})
        await asyncio.to_thread(server.answer, asked)
    assert server.resumes == 0


async def test_threads_and_forum_posts(server: DiscordServer) -> None:
    guild = server.guild()
    news, forum = server.channel(guild, "news"), server.channel(guild, "digests", kind=15)
    async with running(server) as bot:
        sent = await (await bot.channel(news)).send("a digest")
        thread = await sent.create_thread(name="The rest")
        await thread.send("more")
        with pytest.raises(discord.HTTPException) as refused:
            await sent.create_thread(name="The rest")
        board = cast(discord.ForumChannel, await bot.fetch_channel(forum))
        post = await board.create_thread(name="Monday", content="hello", allowed_mentions=NOBODY)
    assert (refused.value.code, thread.id, post.thread.id) == (160004, sent.id, post.message.id)
    assert [one["name"] for one in (*server.threads(news), *server.threads(forum))] == ["The rest", "Monday"]
    assert [one["content"] for one in server.messages(thread.id)] == ["more"]
    assert server.violations == []


async def test_what_is_forbidden_or_gone_is_said_with_its_code(server: DiscordServer) -> None:
    guild = server.guild()
    places = [server.channel(guild, name) for name in ("quiet", "secret", "gone", "elsewhere")]
    server.forbid(places[0])
    server.forbid(places[1], 50001)
    server.delete_channel(places[2])
    said = [post(server, f"/channels/{one}/messages", message("hello"))[1].get("code") for one in places]
    server.kick(guild)
    said.append(post(server, f"/channels/{places[3]}/messages", message("hello"))[1]["code"])
    assert said == [50013, 50001, 10003, None, 50001]
    assert server.violations == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"content": "x" * 2001}, "content is 2001 long"),
        ({"content": "\U0001f600" * 1001}, "content is 2002 long"),
        ({"content": " "}, "is an empty message"),
        ({"content": "\ud83d"}, "lone surrogate"),
        ({"content": "x", "nonce": "x" * 26}, "nonce"),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, "6001 characters"),
        ({"embeds": [{"title": "a", "url": "https://example.org"}] * 2}, "only the first is shown"),
        ({"embeds": [{"title": "a", "fields": [{"name": "b", "value": " "}]}]}, "fields.0.value is blank"),
        ({"embeds": [{"color": 1}]}, "is an empty embed"),
        ({"embeds": [{"title": "a", "url": "javascript:alert(1)"}]}, "web address"),
        ({"embeds": [{"title": 5}]}, "embeds.0.title is int"),
        (
            {"components": [{"type": 1, "components": [{"type": 2, "style": 5, "label": "a", "url": "ftp://x"}]}]},
            "web address",
        ),
        ({"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "a"}]}]}, "without custom_id"),
        ({"components": [{"type": 10, "content": "a"}]}, "needs the flag IS_COMPONENTS_V2"),
        ({"content": "a", "flags": 1 << 15, "components": [{"type": 10, "content": "a"}]}, "does not go with"),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "a" * 2001}] * 2}, "4002 characters of text"),
    ],
)
def test_a_bad_body_is_refused_and_noted(server: DiscordServer, body: dict[str, Any], says: str) -> None:
    channel = server.channel(server.guild(), "news")
    status, answer, _headers = post(server, f"/channels/{channel}/messages", {"allowed_mentions": {}, **body})
    assert (status, answer["code"] in (50035, 50006), server.messages(channel)) == (400, True, [])
    assert any(says in one for one in server.violations), server.violations


@pytest.mark.skipif(not OPENAPI.exists(), reason="without Discord's OpenAPI document")
def test_a_body_that_breaks_the_openapi_document_says_where(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    rows = [{"type": 1, "components": [{"type": 2, "style": 99, "label": "a", "custom_id": "b"}]}]
    post(server, f"/channels/{channel}/messages", {**message("a"), "components": rows})
    assert server.violations[0].startswith(f"POST /channels/{channel}/messages: components.0.components.0.style is 99")


def test_a_message_that_could_ping_and_an_unknown_route_are_noted(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    assert post(server, f"/channels/{channel}/messages", {"content": "hello"})[0] == 200
    assert post(server, f"/channels/{channel}/typing", {})[0] == 404
    assert server.violations == [
        f"POST /channels/{channel}/messages: allowed_mentions is missing",
        f"unknown route POST /channels/{channel}/typing",
    ]


async def test_a_message_of_the_second_kind_of_components(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    view = discord.ui.LayoutView()
    row = discord.ui.ActionRow[Any](discord.ui.Button(label="Read", url="https://example.org/a"))
    view.add_item(discord.ui.Container(discord.ui.TextDisplay("# Sample"), discord.ui.Separator(), row))
    async with logged_in(server) as bot:
        sent = await (await bot.channel(channel)).send(view=view)
        await sent.edit(view=view, allowed_mentions=NOBODY)
    assert server.messages(channel)[0]["components"][0]["components"][0]["content"] == "# Sample"
    assert server.violations == []


async def test_a_person_is_written_to_and_answers(server: DiscordServer) -> None:
    server.guild()
    async with running(server) as bot:
        await bot.tree.sync()
        await (await bot.fetch_user(server.user("ann"))).send("hello")
        asked = server.slash(server.dm("ann"), "topics", {"preview": {"topic": "faces"}})
        answer = await asyncio.to_thread(server.answer, asked)
    assert [one["content"] for one in server.messages(server.dm("ann"))] == ["hello"]
    assert answer["content"].startswith("About faces")
    assert server.violations == []


def test_an_interaction_is_answered_once_and_in_time(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    server.commands = [{"id": "1", "name": "about", "type": 1}]
    early, late = server.slash(channel, "about"), server.slash(channel, "about")
    hook = f"/webhooks/{server.application_id}/{early.token}"
    before = post(server, hook, message("early"))
    answers = [post(server, callback(early), {"type": 4, "data": message("hello")}) for _ in range(2)]
    after = post(server, hook, message("more"))
    server.answer_within = 0
    too_late = post(server, callback(late), {"type": 5})
    assert [one[1].get("code") for one in (before, *answers, after, too_late)] == [10015, None, 40060, None, 10062]
    assert [one["content"] for one in server.followups(early)] == ["more"]
    assert [one["content"] for one in server.messages(channel)] == ["hello", "more"]
    server.token_life = 0
    assert post(server, hook, message("more"))[1]["code"] == 50027


def callback(interaction: Interaction) -> str:
    return f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"


def test_a_history_is_listed_newest_first(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    ids = [server.say(channel, f"{number}")["id"] for number in range(4)]
    pages = [f"after={ids[0]}&limit=2", f"before={ids[3]}&limit=2", "limit=1"]
    listed = [[one["id"] for one in get(server, f"/channels/{channel}/messages?{page}")] for page in pages]
    assert listed == [[ids[2], ids[1]], [ids[2], ids[1]], [ids[3]]]


def test_a_list_of_commands_has_limits(server: DiscordServer) -> None:
    good = {"name": "about", "description": "Sample"}
    loud = {"name": "About", "description": "Sample"}
    huge = {**good, "options": [{**good, "type": 3, "name": f"n{n}", "description": "x" * 100} for n in range(25)]}
    long = {"name": "x", "description": "x", "options": [{**huge, "type": 1, "name": f"s{n}"} for n in range(4)]}
    path = f"/applications/{server.application_id}/commands"
    assert [post(server, path, [one], "PUT")[0] for one in (good, loud, huge, long)] == [200, 400, 200, 400]
    assert [one["options"][0]["name"] for one in server.commands] == ["n0"]
    assert ("lower-case" in server.violations[0], "more than 8000" in server.violations[1]) == (True, True)


def test_a_bot_in_another_process_works_as_well(server: DiscordServer) -> None:
    channel = server.channel(server.guild(), "news")
    bot = f"""
        import asyncio, discord, yarl
        discord.http.Route.BASE = {server.api!r}
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL({server.gateway!r})
        client = discord.Client(intents=discord.Intents.none())

        @client.event
        async def on_connect():
            place = await client.fetch_channel({channel})
            await place.send("from afar", allowed_mentions=discord.AllowedMentions.none())
            await client.close()

        client.run({server.token!r}, log_handler=None)
    """
    subprocess.run([sys.executable, "-W", "ignore", "-c", dedent(bot)], check=True, timeout=60)
    assert [one["content"] for one in server.messages(channel)] == ["from afar"]


def message(content: str) -> dict[str, Any]:
    return {"content": content, "allowed_mentions": {"parse": []}}


def get(server: DiscordServer, path: str) -> Any:
    request = urllib.request.Request(server.api + path, headers={"Authorization": f"Bot {server.token}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def post(server: DiscordServer, path: str, body: object, method: str = "POST") -> tuple[int, Any, dict[str, str]]:
    """What the server says to this, without discord.py: status, body and headers."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bot {server.token}"}
    request = urllib.request.Request(server.api + path, json.dumps(body).encode(), headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal), dict(refusal.headers)
