"""Deliveries to Slack over the wire: each arrives once, whatever answers are lost; who is gone is told once."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import sending
from tests import newsroom
from tests.chats import Chat, a_channel, in_slack, titles
from tests.newsroom import Page
from tests.slack_server import SlackServer


@pytest.fixture
def server() -> Iterator[SlackServer]:
    with SlackServer() as made:
        yield made
        assert made.violations == []


@pytest.fixture
async def chat(tmp_path: Path, server: SlackServer) -> AsyncIterator[Chat]:
    async with in_slack(tmp_path, server) as made:
        yield made


def once_each(messages: Sequence[dict[str, Any]], told: Sequence[str]) -> None:
    """Every title stands exactly once in the bold words of these messages."""
    bold = [e["text"] for e in _elements(list(messages)) if (e.get("style") or {}).get("bold")]
    assert {title: bold.count(title) for title in told} == dict.fromkeys(told, 1)


def _elements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _elements(one)


async def test_a_digest_is_one_message_with_its_details_in_its_thread(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    await chat.subscribed(a_channel("slack", channel))
    await chat.news(*titles(6))
    await chat.told()
    [parent] = server.messages(channel)
    once_each([parent], titles(6))
    replies = server.replies(channel, parent["ts"])
    once_each(replies, titles(6))
    labels = [e["text"]["text"] for e in _elements(replies) if e.get("type") == "button"]
    assert labels == ["Relevant", "Not relevant", "Why", "Open"] * 6
    await chat.told()
    assert len(server.messages(channel)) == 1


@pytest.mark.parametrize(
    "plans",
    [
        ["lost"],
        ["reset"],
        ["503"],
        ["500 after"],
        ["fatal after"],
        ["429:0", "429:0"],
        ["error:internal_error"],
        ["slow:0", "lost", "lost"],
        ["slow:0", "slow:0", "lost"],
        ["hang", "lost"],
    ],
    ids=" ".join,
)
async def test_a_digest_arrives_once_whatever_fails(
    chat: Chat, server: SlackServer, monkeypatch: pytest.MonkeyPatch, plans: list[str]
) -> None:
    if "hang" in plans:
        monkeypatch.setattr(sending, "PATIENCE", timedelta(seconds=0.3))
    channel = server.channel("news")
    await chat.subscribed(a_channel("slack", channel))
    await chat.news(*titles(6))
    server.fault("chat.postMessage", *plans)
    await chat.composed()
    await chat.sent(4)
    [parent] = server.messages(channel)
    once_each([parent], titles(6))
    once_each(server.replies(channel, parent["ts"]), titles(6))
    assert await chat.parts.store.reports.waiting() == 0


async def test_a_digest_in_plain_words_is_told_once_though_an_answer_is_lost(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    await chat.subscribed(a_channel("slack", channel))
    await chat.news(*titles(6))
    server.fault("chat.postMessage", "error:invalid_blocks", "slow:0", "lost")
    await chat.composed()
    await chat.sent(3)
    said = "".join(message["text"] for message in server.messages(channel))
    assert {title: said.count(title) for title in titles(6)} == dict.fromkeys(titles(6), 1)


async def test_our_message_is_found_in_a_busy_channel(chat: Chat, server: SlackServer) -> None:
    channel = server.channel("news")
    await chat.subscribed(a_channel("slack", channel))
    await chat.news(*titles(1))
    server.fault("chat.postMessage", "lost")
    await chat.composed()
    await chat.sent()
    for n in range(1_050):
        server.say(channel, f"after {n}")
    await chat.sent(3)
    once_each(server.messages(channel), titles(1))


@pytest.mark.parametrize("how", ["deleted", "archived", "taken out"])
async def test_who_refuses_us_is_written_off_and_those_who_subscribed_are_told_once(
    chat: Chat, server: SlackServer, how: str
) -> None:
    channel, ann = server.channel("news"), server.user("ann")
    await chat.subscribed(a_channel("slack", channel), by=f"slack:{ann}")
    await chat.news(*titles(1))
    {"deleted": server.delete_channel, "archived": server.archive, "taken out": server.remove_bot}[how](channel)
    await chat.composed()
    await chat.sent(3)
    [said] = server.messages(server.direct(ann))
    assert "can no longer post" in said["text"]
    [subscriber] = await chat.parts.store.subscribers.all()
    assert subscriber.gone is not None


@pytest.mark.parametrize(
    ("status", "body"), [(503, b"upstream connect error"), (200, b"[1]"), (403, b"<html>no</html>")]
)
async def test_what_is_not_slack_that_answers_writes_nobody_off(
    chat: Chat, server: SlackServer, status: int, body: bytes
) -> None:
    channel = server.channel("news")
    await chat.subscribed(a_channel("slack", channel))
    await chat.news(*titles(1))
    client: Any = chat.door._client  # type: ignore[attr-defined]  # whom it asks is its own affair
    with newsroom.press() as portal:
        kind = "application/json" if body == b"[1]" else "text/plain"
        portal.put("/chat.postMessage", Page(body=body, status=status, headers={"Content-Type": kind}))
        slack, client.base_url = client.base_url, f"{portal.url}/"
        await chat.composed()
        await chat.sent()
        client.base_url = slack
    await chat.sent()
    once_each(server.messages(channel), titles(1))
    assert [one.gone for one in await chat.parts.store.subscribers.all()] == [None]


async def test_a_group_is_called_only_where_a_match_is_sure_enough(chat: Chat, server: SlackServer) -> None:
    group = server.usergroup("watchers")
    sure, surer = server.channel("sure"), server.channel("surer")
    await chat.subscribed(a_channel("slack", sure, mention=group, mention_from=0.85))
    await chat.subscribed(a_channel("slack", surer, mention=group, mention_from=0.95))
    await chat.news("Faces <!channel> <@U123> *bold* &amp; <https://evil.example|here>")
    await chat.told()
    called = {"type": "usergroup", "usergroup_id": group}
    assert (called in _elements(server.messages(sure)), called in _elements(server.messages(surer))) == (True, False)
    for channel in (sure, surer):
        [message] = server.messages(channel)
        links = {e["url"] for e in _elements(message) if e.get("type") == "link"}
        assert all(link.startswith("https://example.org/") for link in links)
