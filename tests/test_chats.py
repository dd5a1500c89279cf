"""The program as its users in chats meet it: `lookout run` in a process of its own, both platforms on loopback."""

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import newsroom
from tests.chats import MANAGER, overviews
from tests.discord_server import DiscordServer
from tests.newsroom import Press, rss, told
from tests.running import Running, running
from tests.slack_server import SlackServer

ROOT = Path(__file__).parents[1]

RUN = """
import os, sys
from contextlib import ExitStack
from tests.chats import discord_at, slack_at
with ExitStack() as stack:
    if "AT_DISCORD" in os.environ:
        stack.enter_context(discord_at(*os.environ["AT_DISCORD"].split()))
    if "AT_SLACK" in os.environ:
        stack.enter_context(slack_at(os.environ["AT_SLACK"]))
    from bot.__main__ import main
    sys.argv = ["lookout", "run"]
    main()
"""

TOPICS = """
topics:
  - id: facial-recognition
    name: Facial recognition
    description: Recognising people by their faces.
    examples: [Senators ask ICE to stop using facial recognition, Police used face recognition to arrest a man]
    near_misses: [A phone that unlocks with your face, The face of the party]
    phrases: [facial recog*, face recog*]
feeds:
"""


EXAMPLES = (
    *("Senators ask ICE to stop using facial recognition", "Police used face recognition to arrest a man"),
    *("A phone that unlocks with your face", "The face of the party"),
)


def feeds_yaml(press: Press, *names: str) -> str:
    feed = '  - {{id: {0}, name: The {0}, kind: rss, url: "{1}/{0}", category: news, every: 1h}}\n'
    return TOPICS + "".join(feed.format(name, press.url) for name in names)


NEWS = "Agency to scan faces of travellers with facial recognition"


def lookout_run(data: Path, **said: str) -> AbstractContextManager[Running]:
    """`lookout run` in this data folder, with these settings."""
    ours = ("LOOKOUT_", "SLACK_", "DISCORD_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    env |= {"LOOKOUT_DATA": str(data), "LOOKOUT_ALLOW_PRIVATE": "true", "LOOKOUT_LISTEN": "127.0.0.1:0"}
    return running(["-c", RUN], env | {"PYTHONPATH": str(ROOT), **said}, data)


def latest(discord: DiscordServer, channel: int) -> str:
    """What /latest answers."""
    return str(discord.answer(discord.slash(channel, "latest"))["components"])


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[tuple[Press, Path]]:
    with newsroom.press() as press:
        press.put("/courier", rss(told("Sample weather", link="https://example.org/w", text="Rain.")))
        file = tmp_path / "feeds.yaml"
        file.write_text(feeds_yaml(press, "courier"), encoding="utf-8")
        yield press, file


def test_people_subscribe_in_both_chats_and_are_told_and_a_stop_is_clean(
    tmp_path: Path, feeds: tuple[Press, Path]
) -> None:
    press, file = feeds
    with DiscordServer() as discord, SlackServer() as slack:
        guild = discord.guild()
        there, here = discord.channel(guild, "news"), slack.channel("news")
        slack.user("boss", admin=True)
        tokens = {
            "DISCORD_TOKEN": discord.token,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "AT_DISCORD": f"{discord.api} {discord.gateway}",
            "AT_SLACK": slack.api,
            "LOOKOUT_FEEDS": str(file),
        }
        with lookout_run(tmp_path, **tokens) as lookout:
            discord.wait_for(lambda: discord.online and discord.commands, "Discord was not reached")
            slack.wait_for(lambda: slack.sockets, "Slack was not reached")
            asked = discord.slash(
                there, "subscribe", {"topic": "facial-recognition", "schedule": "at once"}, permissions=MANAGER
            )
            assert "Subscribed" in str(discord.answer(asked)["components"])
            typed = slack.command(here, "subscribe facial-recognition schedule:at once", user="boss")
            assert slack.shown(typed)["text"] == "Subscribed"
            lookout.says("items remembered")
            news = told(NEWS, link="https://example.org/1", text=f"{NEWS}.", at=datetime.now(UTC) - timedelta(hours=1))
            press.put("/herald", rss(news))
            file.write_text(feeds_yaml(press, "courier", "herald"), encoding="utf-8")  # taken over while it runs
            lookout.says("items remembered")
            assert NEWS in latest(discord, there)
            discord.answer(discord.slash(there, "digest", {"now": {}}, permissions=MANAGER))
            slack.shown(slack.command(here, "digest now", user="boss"))
            discord.wait_for(lambda: NEWS in overviews(discord.messages(there)), "nothing was told in Discord")
            slack.wait_for(lambda: NEWS in str(slack.messages(here)), "nothing was told in Slack")
            status, out = lookout.stopped(signal.SIGTERM)
            assert status == 0, out
        assert discord.violations == slack.violations == []
        assert not [token for token in (discord.token, slack.bot_token, slack.app_token) if token in out]


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("DISCORD_TOKEN", "DISCORD_TOKEN was refused by Discord"),
        ("SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN was refused by Slack"),
        ("SLACK_APP_TOKEN", "SLACK_APP_TOKEN was refused by Slack"),
    ],
)
def test_a_wrong_token_is_one_line_that_does_not_show_it(
    tmp_path: Path, feeds: tuple[Press, Path], token: str, says: str
) -> None:
    newsroom.spare_the_model(tmp_path, *EXAMPLES)
    with DiscordServer() as discord, SlackServer() as slack:
        at = {"AT_DISCORD": f"{discord.api} {discord.gateway}", "AT_SLACK": slack.api, "LOOKOUT_FEEDS": str(feeds[1])}
        right = (
            {} if token == "DISCORD_TOKEN" else {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token}
        )
        wrong = {token: "xoxb-a-wrong-sample-token"}
        with lookout_run(tmp_path, **(at | right | wrong), LOOKOUT_LOG_LEVEL="error") as lookout:
            status, out = lookout.ended()
    assert status == 2
    assert out.startswith(f"settings: {says}")
    assert out.count("\n") == 1
    assert "wrong-sample" not in out


def test_half_a_slack_is_refused_before_anything_starts(tmp_path: Path, feeds: tuple[Press, Path]) -> None:
    with lookout_run(tmp_path, LOOKOUT_FEEDS=str(feeds[1]), SLACK_BOT_TOKEN="xoxb-sample") as lookout:
        status, out = lookout.ended()
    assert (status, out.count("\n")) == (2, 1)
    assert "SLACK_BOT_TOKEN needs SLACK_APP_TOKEN beside it" in out
    assert "xoxb-sample" not in out
