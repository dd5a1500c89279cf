"""The Slack of the tests, met by the real slack_sdk and slack_bolt: what it takes, refuses, loses and notes."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.slack_server import Json, Reading, SlackServer, unsafe

PRESS: Json = {"type": "button", "action_id": "follow", "text": {"type": "plain_text", "text": "Follow"}, "value": "7"}
CARD: list[Json] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Faces at the border"}},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*DHS* said <https://dhs.gov/1|so> &amp; more"}},
    {"type": "actions", "elements": [PRESS]},
]
MODAL: Json = {
    "type": "modal",
    "callback_id": "follow",
    "title": {"type": "plain_text", "text": "Follow"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "words",
            "label": {"type": "plain_text", "text": "Words"},
            "element": {"type": "plain_text_input", "action_id": "typed"},
        },
        {
            "type": "input",
            "block_id": "topic",
            "label": {"type": "plain_text", "text": "Topic"},
            "element": {"type": "external_select", "action_id": "topic", "min_query_length": 1},
        },
    ],
}


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def client_of(server: SlackServer, **settings: Any) -> AsyncWebClient:
    return AsyncWebClient(token=server.bot_token, base_url=server.api, **settings)


def app_of(server: SlackServer) -> AsyncApp:
    """Return a bot that answers a command, a button, a modal and somebody typing."""
    app = AsyncApp(client=client_of(server), signing_secret=server.signing_secret)

    @app.command("/lookout")
    async def command(ack: Any, respond: Any, command: Json) -> None:
        await ack()
        await respond(f"You said {command['text']}", blocks=CARD)

    @app.action("follow")
    async def press(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @app.options("topic")
    async def options(ack: Any, payload: Json) -> None:
        text = payload["value"] + "s"
        await ack(options=[{"text": {"type": "plain_text", "text": text}, "value": text}])

    @app.view("follow")
    async def submit(ack: Any, view: Json, body: Json, client: AsyncWebClient) -> None:
        await ack()
        values = view["state"]["values"]
        said = f"{values['words']['typed']['value']} in {values['topic']['topic']['selected_option']['value']}"
        await client.chat_postMessage(channel=body["user"]["id"], text=said)

    return app


@asynccontextmanager
async def connected(server: SlackServer, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, server.app_token, ping_interval=0.2)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await server.until(lambda: server.sockets, "the first connection")
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def refused(error: str, answer: Any) -> None:
    with pytest.raises(SlackApiError) as failed:
        await answer
    assert failed.value.response["error"] == error


async def test_a_command_is_acknowledged_and_answered_through_its_response_url(server: SlackServer) -> None:
    server.channel("press")
    async with connected(server, app_of(server)):
        envelope = server.command("press", "list all")
        assert await server.acking(envelope) == {}
        shown = await server.showing(envelope)
    assert shown["text"] == "You said list all"
    assert server.ephemeral[0].user == server.user("ann")
    assert [response.status for response in server.responses] == [200]
    assert server.violations == []


async def test_a_button_opens_a_modal_that_is_filled_in_and_submitted(server: SlackServer) -> None:
    channel = server.channel("press")
    async with connected(server, app_of(server)):
        await client_of(server).chat_postMessage(channel=channel, text="Faces", blocks=CARD)
        opened = await server.showing(server.press(server.messages("press")[0], "Follow", user="bob"))
        offered = await server.showing(server.suggest("topic", "face", user="bob"))
        assert [option["value"] for option in offered["options"]] == ["faces"]
        server.submit(opened, {"typed": "cameras", "topic": "faces"}, user="bob")
        direct = server.direct("bob")
        await server.until(lambda: server.messages(direct), "a direct message")
    assert server.messages(direct)[0]["text"] == "cameras in faces"
    assert server.violations == []


async def test_a_dropped_socket_comes_back_and_so_does_a_refreshed_one(server: SlackServer) -> None:
    server.channel("press")
    async with connected(server, app_of(server)):
        server.drop_socket()
        await server.until(lambda: server.connections == 2, "a second connection")
        assert (await server.showing(server.command("press", "again")))["text"] == "You said again"
        server.refresh_socket()
        await server.until(lambda: server.connections == 3 and server.sockets == 1, "a third connection")
        first = server.command("press", "still")
        await server.showing(server.redeliver(first), number=2)
    await server.until(lambda: not server.sockets, "the handler to close")
    assert server.violations == []


async def test_what_one_person_sees_is_replaced_and_taken_away_through_the_response_url(server: SlackServer) -> None:
    channel, app = server.channel("press"), app_of(server)
    pick = {"type": "plain_text", "text": "DHS"}
    chooser = {"type": "static_select", "action_id": "pick", "options": [{"text": pick, "value": "dhs"}]}

    @app.action("pick")
    async def pick_one(ack: Any, respond: Any, action: Json) -> None:
        await ack()
        await respond(action["selected_option"]["value"], replace_original=True)

    @app.shortcut("forget")
    async def forget(ack: Any, respond: Any, shortcut: Json) -> None:
        await ack()
        await respond(f"Forgotten: {shortcut['message']['text']}", response_type="in_channel")

    async with connected(server, app):
        ann = server.user("ann")
        blocks = [{"type": "actions", "elements": [chooser]}]
        await client_of(server).chat_postEphemeral(channel=channel, user=ann, text="Pick", blocks=blocks)
        chosen = server.choose(server.ephemeral[0].message, "pick", "DHS")
        assert "message" not in chosen.payload
        assert (await server.showing(chosen))["text"] == "dhs"
        assert "blocks" not in server.ephemeral[0].message
        await server.showing(server.shortcut("forget", server.say("press", "Hello")))
        assert [message["text"] for message in server.messages("press")] == ["Hello", "Forgotten: Hello"]
    assert server.violations == []


async def test_a_response_url_can_be_used_five_times(server: SlackServer) -> None:
    server.channel("press")
    async with connected(server, app_of(server)):
        envelope = server.command("press", "list")
        await server.showing(envelope)
        hook = AsyncWebhookClient(envelope.payload["response_url"])
        statuses = [(await hook.send(text=f"{n}")).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 200, 404]
    assert len(server.answers(envelope)) == 5
    assert server.violations == ["respond: a response_url can be used 5 times"]


@pytest.mark.asyncio(loop_scope="function")  # with no other test's tasks in it
async def test_closing_the_handler_leaves_nothing_behind(server: SlackServer) -> None:
    before = asyncio.all_tasks()
    async with connected(server, app_of(server)) as handler:
        pass
    await server.until(lambda: asyncio.all_tasks() == before, "the tasks of the handler to end")
    assert handler.client.closed


async def test_metadata_is_found_in_history_by_those_who_ask_for_it(server: SlackServer) -> None:
    channel, client = server.channel("press"), client_of(server)
    for key in ("a", "b", "c"):
        meta = {"event_type": "card", "event_payload": {"key": key}}
        await client.chat_postMessage(channel=channel, text=key, metadata=meta, blocks=CARD)
    first = await client.conversations_history(channel=channel, include_all_metadata=True, limit=2)
    rest = await client.conversations_history(
        channel=channel, include_all_metadata=True, limit=2, cursor=first["response_metadata"]["next_cursor"]
    )
    found = [message["metadata"]["event_payload"]["key"] for page in (first, rest) for message in page["messages"]]
    assert found == ["c", "b", "a"]
    assert not rest["has_more"]
    assert "metadata" not in (await client.conversations_history(channel=channel))["messages"][0]
    since = await client.conversations_history(channel=channel, oldest=first["messages"][1]["ts"])
    assert [message["text"] for message in since["messages"]] == ["c"]


async def test_replies_hang_under_their_message(server: SlackServer) -> None:
    channel, client = server.channel("press"), client_of(server)
    ts = (await client.chat_postMessage(channel=channel, text="Faces"))["ts"]
    await client.chat_postMessage(channel=channel, text="More", thread_ts=ts)
    server.say("press", "Thanks", thread_ts=ts)
    thread = (await client.conversations_replies(channel=channel, ts=ts))["messages"]
    assert [message["text"] for message in thread] == ["Faces", "More", "Thanks"]
    assert [message["text"] for message in server.messages("press")] == ["Faces"]
    await client.chat_update(channel=channel, ts=ts, text="Faces, again")
    await client.chat_delete(channel=channel, ts=thread[1]["ts"])
    assert [message["text"] for message in server.replies("press", ts)] == ["Thanks"]


async def test_a_lost_answer_leaves_a_message_that_the_sdk_posts_a_second_time(server: SlackServer) -> None:
    channel = server.channel("press")
    server.fault("chat.postMessage", "lost")
    await client_of(server).chat_postMessage(channel=channel, text="Faces")
    assert [request.fault for request in server.calls("chat.postMessage")] == ["lost", ""]
    assert len(server.messages("press")) == 2


@pytest.mark.parametrize(
    ("plan", "posted"), [("lost", 1), ("500 after", 1), ("fatal after", 1), ("500", 0), ("reset", 0)]
)
async def test_a_fault_does_the_work_or_does_not(server: SlackServer, plan: str, posted: int) -> None:
    channel = server.channel("press")
    server.fault("chat.postMessage", plan)
    with pytest.raises(Exception, match=r"."):
        await client_of(server, retry_handlers=[]).chat_postMessage(channel=channel, text="Faces")
    assert len(server.messages("press")) == posted


async def test_a_rate_limit_is_waited_for_where_the_handler_was_added(server: SlackServer) -> None:
    channel, client = server.channel("press"), client_of(server)
    server.fault("chat.postMessage", "429", "429:0")
    await refused("ratelimited", client.chat_postMessage(channel=channel, text="Faces"))
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    await client.chat_postMessage(channel=channel, text="Faces")
    assert len(server.messages("press")) == 1


async def test_posting_faster_than_slack_allows_is_counted() -> None:
    with SlackServer(limits=True, pace=0.05) as server:
        channel = server.channel("press")
        client = client_of(server, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=5)])
        await asyncio.gather(*(client.chat_postMessage(channel=channel, text=f"{n}") for n in range(5)))
        assert len(server.messages("press")) == 5
        assert server.too_many > 0


async def test_the_channels_of_a_workspace_are_open_or_not(server: SlackServer) -> None:
    client = client_of(server)
    outside, hidden = server.channel("outside", member=False), server.channel("hidden", private=True, member=False)
    await refused("not_in_channel", client.chat_postMessage(channel=outside, text="Faces"))
    await refused("channel_not_found", client.chat_postMessage(channel=hidden, text="Faces"))
    await client.conversations_join(channel=outside)
    await client.chat_postMessage(channel=outside, text="Faces")
    server.archive(outside)
    await refused("is_archived", client.chat_postMessage(channel=outside, text="Faces"))
    server.delete_channel(outside)
    await refused("channel_not_found", client.conversations_info(channel=outside))
    await refused("invalid_auth", AsyncWebClient(token="xoxb-other", base_url=server.api).auth_test())
    server.revoke("account_inactive")
    await refused("account_inactive", client.auth_test())
    assert server.violations == []


async def test_what_breaks_a_rule_is_refused_and_noted(server: SlackServer) -> None:
    channel, client = server.channel("press"), client_of(server)
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}
    for error, said in (
        ("invalid_blocks", {"text": "x", "blocks": [{"type": "divider"}] * 51}),
        ("msg_blocks_too_long", {"text": "x", "blocks": [long] * 5}),
        ("msg_too_long", {"text": "x" * 40_001}),
        ("no_text", {"text": ""}),
        ("invalid_metadata_format", {"text": "x", "metadata": {"event_type": "card"}}),
        ("unknown_method", None),
    ):
        call = client.api_call("chat.postMessage", json={"channel": channel, **said}) if said else client.team_info()
        await refused(error, call)
        assert f": {error}: " in server.violations.pop()
    assert server.messages("press") == []
    await client.chat_postMessage(channel=channel, text="<script> and <!channel> of <https://dhs.gov|DHS>")
    assert len(server.violations) == 2


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ({"type": "carousel"}, "unsupported type"),
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}, "1 to 150"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "unsupported type"),
        ({"type": "section"}, "text or fields"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": ""}}, "1 to 3000"),
        ({"type": "divider", "color": "red"}, "additional property"),
        ({"type": "actions", "elements": [PRESS, PRESS]}, "already exists"),
        ({"type": "actions", "elements": [{**PRESS, "url": "javascript:alert(1)"}]}, "not an http"),
        ({"type": "actions", "elements": [{**PRESS, "value": "x" * 2_001}]}, "1 to 2000"),
        ({"type": "actions", "elements": [{"type": "static_select", "options": []}]}, "1 to 100 options"),
        ({"type": "context", "elements": [PRESS]}, "unsupported type"),
        ({"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text"}]}]}, "text"),
    ],
)
def test_a_broken_block_is_explained(block: Json, wrong: str) -> None:
    assert wrong in " ".join(Reading([block]).wrong)


def test_sound_blocks_and_escaped_text_are_let_through() -> None:
    reading = Reading([*CARD, {"type": "rich_text", "elements": [rich("text", text="<b>"), rich("emoji", name="eye")]}])
    assert (reading.wrong, reading.unsafe) == ([], [])
    assert list(unsafe("&lt;b&gt; <@U1> <#C1|press> <!date^1^{date}|x> <!subteam^S1>")) == []


def rich(kind: str, **said: str) -> Json:
    return {"type": "rich_text_section", "elements": [{"type": kind, **said}]}


def test_another_process_speaks_to_it_too(server: SlackServer) -> None:
    server.channel("press")
    said = "import sys; from slack_sdk import WebClient; token, url = sys.argv[1:]; "
    said += "WebClient(token=token, base_url=url).chat_postMessage(channel='#press', text='Hello')"
    run = subprocess.run([sys.executable, "-c", said, server.bot_token, server.api], check=False)
    assert run.returncode == 0
    assert server.wait_for(lambda: server.messages("press"))[0]["text"] == "Hello"


async def test_a_signed_request_reaches_a_bot_that_listens_over_http(server: SlackServer) -> None:
    server.channel("press")
    bot = app_of(server).server(port=0, host="127.0.0.1")
    async with listening(bot.web_app) as url:
        server.request_url = url
        envelope = server.command("press", "list")
        assert (await server.showing(envelope))["text"] == "You said list"
        posted = (url, envelope.kind, envelope.payload)
        assert (await asyncio.to_thread(server.post_signed, *posted))[0] == 200
        assert (await asyncio.to_thread(server.post_signed, *posted, "wrong"))[0] == 401
        assert (await asyncio.to_thread(server.post_signed, *posted, None, "1"))[0] == 401
    assert server.violations == []


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


async def test_a_deed_nobody_acknowledges_is_noted() -> None:
    with SlackServer(patience=0.1) as server:
        server.channel("press")
        app = AsyncApp(client=client_of(server), logger=quiet())
        async with connected(server, app):
            server.command("press", "list")
            await server.until(lambda: server.violations, "the note")
    assert server.violations == ["no ack within 0.1 s of /lookout list"]


def quiet() -> logging.Logger:
    logger = logging.getLogger("quiet")
    logger.setLevel(logging.CRITICAL)
    return logger
