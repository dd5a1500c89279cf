"""Draws what the README shows: `python -m tests.drawing` tells the sample world to both chats and by mail.

Needs Debian's chromium. The servers are those of the tests, the messages are what they were sent; the pages are the
site's own.
"""

import asyncio
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot import app, outputs, pipeline, web
from bot.config import NO_CONTACT, Settings
from bot.demo.sample_world import feeds_yaml, pages
from bot.demo.site import serving
from bot.desk import Knowledge
from bot.links import Links
from bot.outputs.email import Email
from bot.parts import Parts
from bot.records import Schedule, Subscriber, Subscription
from bot.store import Wanted
from tests.chats import a_channel, a_desk, discord_at, slack_at
from tests.discord_server import DiscordServer
from tests.mail_server import MailServer
from tests.newsroom import Asked
from tests.sites import smtp
from tests.slack_server import SlackServer

PICTURES = Path(__file__).parent / "pictures"

STYLE = """
body { margin: 0; padding: 20px; font: 15px/1.4 "DejaVu Sans", sans-serif; width: 720px }
body { background: var(--ground); color: var(--ink) }
.name { font-weight: bold; margin: 14px 0 4px }
.app { background: #5865f2; color: #fff; font-size: 10px; padding: 1px 4px; border-radius: 3px }
.embed { border-left: 4px solid #2b5b84; background: var(--raised); padding: 8px 12px; margin: 6px 0 }
blockquote { margin: 2px 0 8px; padding-left: 10px; border-left: 4px solid #777; color: var(--soft) }
code { background: var(--raised); padding: 0 4px; border-radius: 3px; font-size: 13px }
small, .small { color: var(--soft); font-size: 12px }
.row { margin: 6px 0 14px }
.button, .select { display: inline-block; border: 1px solid var(--edge); border-radius: 4px; font-size: 13px }
.button { background: var(--button); padding: 4px 12px; margin-right: 8px }
.select { padding: 6px 12px; color: var(--soft); width: 400px }
.thread { margin: 10px 0 0 24px; padding-left: 16px; border-left: 2px solid var(--edge) }
h3 { margin: 4px 0; font-size: 18px }
hr { border: 0; border-top: 1px solid var(--edge) }
a { color: #1d9bd1 }
"""
DARK = (
    ":root { --ground: #313338; --ink: #ddd; --raised: #2b2d31; --soft: #b5bac1; --edge: #4e5058; --button: #4e5058 }"
)
LIGHT = ":root { --ground: #fff; --ink: #1d1c1d; --raised: #f6f6f6; --soft: #616061; --edge: #ccc; --button: #fff }"


async def told(
    folder: Path, discord: DiscordServer, slack: SlackServer, mail: MailServer, channels: dict[str, str]
) -> None:
    """Let the sample world be read, and told to everybody; draw the site's pages."""
    now = datetime.now(UTC)
    with serving(partial(pages, now)) as site, discord_at(discord.api, discord.gateway), slack_at(slack.api):
        (folder / "feeds.yaml").write_text(feeds_yaml(site), encoding="utf-8")
        settings = Settings(
            _env_file=None,
            data=folder,
            feeds=folder / "feeds.yaml",
            contact=NO_CONTACT,
            zone="America/New_York",
            digest_at=time(7),
            allow_private=True,
            log_level="error",
        )
        async with app.opened(settings, gap=timedelta(0)) as parts:
            desk = a_desk(parts, app.utc_now)
            links = Links("https://lookout.example", "a secret of the drawing")
            doors: dict[str, outputs.Door] = {
                "discord": outputs.discord_door(discord.token, desk),
                "slack": outputs.slack_door(slack.bot_token, desk, app_token=slack.app_token),
                "email": Email(smtp(mail), links),
            }
            running = [asyncio.create_task(door.run()) for door in doors.values()]
            for door in doors.values():
                await door.reached()
            parts = replace(parts, outputs={**parts.outputs, **doors})
            for medium, channel in channels.items():
                reader: Subscriber = a_channel(medium, channel, schedule=Schedule(every="daily"), handle=channel)
                await parts.store.subscribers.follow(reader, Subscription(id=""), now - timedelta(days=1))
            await pipeline.watch(parts, parts.watchlist.feeds)
            await pipeline.report(parts, await parts.store.subscribers.all())
            await pipeline.deliver(parts)
            await site_drawn(parts, links)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def site_drawn(parts: Parts, links: Links) -> None:
    """Draw the first page, a story, the sources."""
    knows = Knowledge(
        store=parts.store,
        watchlist=lambda: parts.watchlist,
        clock=app.utc_now,
        zone="America/New_York",
        questions=Asked(parts.embedder),
        closely=lambda _: (),
    )
    made = web.Site(knows=knows, links=links, operators=web.Operators({}, links.secret), webhook_secret=str, mails=True)
    ports = asyncio.Queue[int]()
    serving_ = asyncio.create_task(web.serving(web.application(made), "127.0.0.1", 0, ports.put_nowait))
    url = f"http://127.0.0.1:{await ports.get()}"
    widest = max(await parts.store.stories.gathered(await parts.store.find(Wanted())), key=lambda one: len(one.others))
    for name, page, height in (
        ("today", "/", 1_000),
        ("story", f"/story/{widest.story_id}", 900),
        ("feeds", "/feeds", 560),
    ):
        await asyncio.to_thread(photographed, name, url + page, height, 900)
    serving_.cancel()
    await asyncio.gather(serving_, return_exceptions=True)


def from_discord(message: dict[str, Any]) -> str:
    """Return a message of Discord's as HTML."""
    parts = [f"<div>{_marked(message['content'])}</div>" if message["content"] else ""]
    for embed in message["embeds"]:
        footer = f"<div class=small>{escape(embed['footer']['text'])}</div>" if "footer" in embed else ""
        parts.append(f"<div class=embed>{_marked(embed.get('description', ''))}{footer}</div>")
    parts += [_component(one) for one in message["components"]]
    return "".join(parts)


def _component(one: dict[str, Any]) -> str:
    if one["type"] == 10:
        return f"<div>{_marked(one['content'])}</div>"
    return f"<div class=row>{''.join(map(_control, one['components']))}</div>"


def _control(one: dict[str, Any]) -> str:
    shown = one.get("label") or one.get("placeholder") or (one.get("text") or {}).get("text") or ""
    shown = shown if isinstance(shown, str) else shown["text"]
    return f"<span class={'select' if 'options' in one else 'button'}>{escape(shown)}</span>"


def _marked(text: str) -> str:
    """Return Discord's Markdown, as far as we use it, as HTML."""
    kept: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        kept.append(found[1])
        return f"\0{len(kept) - 1}\0"

    lines = escape(re.sub(r"\\(.)", put_aside, text), quote=False).split("\n")
    return re.sub(r"\0(\d+)\0", lambda m: escape(kept[int(m[1])]), "".join(map(_line, lines)))


def _line(line: str) -> str:
    line = re.sub(r"\[(.+?)\]\(&lt;(.+?)&gt;\)", r"<a>\1</a>", line)
    line = re.sub(r"`(.+?)`", r"<code>\1</code>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", line))
    if line.startswith("&gt; "):
        return f"<blockquote>{line[5:]}</blockquote>"
    return f"<small>{line[3:]}</small><br>" if line.startswith("-# ") else f"{line}<br>"


def from_slack(message: dict[str, Any]) -> str:
    """Return a message of Slack's as HTML."""
    parts = []
    for block in message["blocks"]:
        match block["type"]:
            case "header":
                parts.append(f"<h3>{escape(block['text']['text'])}</h3>")
            case "context":
                parts.append(f"<div class=small>{escape(block['elements'][0]['text'])}</div>")
            case "divider":
                parts.append("<hr>")
            case "actions":
                parts.append(f"<div class=row>{''.join(map(_slack_control, block['elements']))}</div>")
            case "rich_text":
                parts += [_rich(element) for element in block["elements"]]
    return "".join(parts)


def _slack_control(one: dict[str, Any]) -> str:
    return _control({**one, "label": (one.get("text") or one.get("placeholder"))["text"]})  # type: ignore[index]


def _rich(element: dict[str, Any]) -> str:
    said = ""
    for one in element["elements"]:
        style, text = one.get("style") or {}, escape(one["text"]).replace("\n", "<br>")
        text = f"<b>{text}</b>" if style.get("bold") else f"<code>{text}</code>" if style.get("code") else text
        said += f"<a>{text}</a>" if one["type"] == "link" else text
    return f"<blockquote>{said}</blockquote>" if element["type"] == "rich_text_quote" else f"<div>{said}</div>"


def drawn(name: str, body: str, colours: str, height: int) -> None:
    """Draw a page as a picture."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        head = f'<!doctype html><meta charset="utf-8"><style>{colours}{STYLE}</style>'
        page.write_text(head + body, encoding="utf-8")
        photographed(name, str(page), height, 760)


def photographed(name: str, page: str, height: int, width: int) -> None:
    """Draw what a browser shows at an address."""
    size = f"--window-size={width},{height}"
    picture = f"--screenshot={PICTURES / name}.png"
    command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", size, picture, page]
    subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Draw all."""
    with TemporaryDirectory() as folder, DiscordServer() as discord, SlackServer() as slack, MailServer() as mail:
        channel, here = discord.channel(discord.guild(), "news"), slack.channel("news")
        channels = {"discord": str(channel), "slack": here, "email": "ann@example.org"}
        asyncio.run(told(Path(folder), discord, slack, mail, channels))
        assert discord.violations == slack.violations == mail.violations == []
        [letter] = mail.messages
        html = letter.parsed.get_body(("html",))
        assert html is not None
        page = Path(folder) / "mail.html"
        page.write_text(html.get_content(), encoding="utf-8")
        photographed("email", str(page), 1_000, 680)
        [parent] = discord.messages(channel)
        cards = discord.messages(int(discord.threads(channel)[0]["id"]))
        name = "<div class=name>Lookout <span class=app>APP</span></div>"
        body = f"{name}{from_discord(parent)}<div class=thread>{name}{from_discord(cards[0])}</div>"
        drawn("discord", body, DARK, 1_150)
        [top] = slack.messages(here)
        replies = slack.replies(here, top["ts"])
        body = f"{name}{from_slack(top)}<div class=thread>{name}{from_slack(replies[0])}</div>"
        drawn("slack", body, LIGHT, 1_110)


if __name__ == "__main__":
    main()
