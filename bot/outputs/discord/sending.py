"""Parts of a delivery over Discord's HTTP API, each once.

A message goes out with an enforced nonce, so that sent again within minutes it is the same message; before a later
try the channel's history is looked through for our mark. A thread on a message exists once by its nature. A forum's
post of the day has no nonce: it is looked for by its name before one is made, and made in a single try.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord
from aiolimiter import AsyncLimiter
from discord.http import Route

from bot import render
from bot.errors import DeliveryError, SubscriberGone, Undeliverable
from bot.outputs.output import NOWHERE
from bot.records import Delivery

PACE = 45
"""Requests a second for deliveries: Discord takes 50 of a bot in all, and tells so only when they were too many."""

NO_ANSWER = timedelta(seconds=30)
"""How long one request waits for its answer."""

SKEW = timedelta(minutes=10)
"""How much our clock and Discord's may differ when we look for what we sent."""

LOOKED_THROUGH = 20_000
"""Messages of a channel's history that are looked through for one of ours, from when it was composed on."""

GONE = {
    10003: "the channel was deleted",
    10013: "there is no such person any more",
    40067: "the forum wants a tag on each post, and I have none to give",
    50001: "I cannot see the channel",
    50007: "they take no direct messages from me",
    50013: "I lack a permission there",
    50033: "there is no such person any more",
}
"""What a channel's or a person's refusal means, by Discord's error code."""

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, THREAD_EXISTS, NO_TEXT_CHANNEL = 10003, 10008, 160004, 50008
CLOSED = (UNKNOWN_CHANNEL, 50083, 160005)
"""Codes of a thread that is gone, archived or locked."""


FORUMS = (discord.ChannelType.forum.value, discord.ChannelType.media.value)


class Unclear(Exception):
    """Discord failed while it made a post: it may be there or not."""


def single_try() -> aiohttp.TraceConfig:
    """Return what keeps discord.py from making a forum's post again by itself after a failure: there might be two."""

    async def ended(_session: object, _context: object, done: aiohttp.TraceRequestEndParams) -> None:
        made = done.method == "POST" and done.url.path.endswith("/threads") and "/messages/" not in done.url.path
        if made and done.response.status >= 500:
            raise Unclear(f"{done.response.status} while a post was made")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


class Sender:
    """Sends and looks up parts. `client` must be logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._pace = AsyncLimiter(1, 1 / PACE)

    async def send(self, delivery: Delivery) -> str:
        """Send the next part, and return the id of what was made. Raises what `Output.send` does."""
        part, channel = delivery.part, delivery.address
        with _translated():
            if "notice" in part:
                return await self._notice(delivery, render.discord.notice(part, f"{delivery.key}.{len(delivery.refs)}"))
            match part["do"]:
                case "message":
                    return await self._message(channel, part["body"])
                case "thread":
                    return await self._thread(channel, delivery.refs[0], part["body"])
                case "post":
                    return await self._post(channel, part)
                case _:
                    return await self._reply(_thread_of(delivery), part["body"])

    async def has(self, delivery: Delivery) -> str | None:
        """Return the id of the next part where it is there already, else None."""
        part, since = delivery.part, delivery.composed - SKEW
        mark = f"{delivery.key}.{len(delivery.refs)}"
        with _translated():
            if "notice" in part:
                place = await self._place(delivery.address)
                found = await self._found_inside(place, since, mark)
                post = None if found else await self._days_post(place, _day(delivery))
                return found or (post and await self._found_inside(post, since, mark))
            match part["do"]:
                case "message":
                    return await self._found(delivery.address, since, mark)
                case "thread":
                    return None
                case "post":
                    post = await self._days_post(delivery.address, part["body"]["name"])
                    return post if post and await self._found_inside(post, since, mark) else None
                case _:
                    thread = _thread_of(delivery)
                    return None if thread == NOWHERE else await self._found_inside(thread, since, mark)

    async def _notice(self, delivery: Delivery, body: Mapping[str, Any]) -> str:
        """Say a sentence in a channel; in a forum, which takes none, in its post of the day."""
        place = await self._place(delivery.address)
        try:
            return await self._message(place, body)
        except discord.HTTPException as e:
            if e.code != NO_TEXT_CHANNEL:
                raise
        named = {"name": _day(delivery), "auto_archive_duration": 1440}
        return await self._post(place, {"body": named, "message": body})

    async def _reply(self, thread: str, body: Mapping[str, Any]) -> str:
        if thread == NOWHERE:
            return NOWHERE
        try:
            return await self._message(thread, body)
        except discord.HTTPException as e:
            if e.code in CLOSED:
                return NOWHERE
            raise

    async def _found_inside(self, thread: str, since: datetime, mark: str) -> str | None:
        try:
            return await self._found(thread, since, mark)
        except discord.HTTPException as e:
            if e.code in (UNKNOWN_CHANNEL, NO_TEXT_CHANNEL):
                return None  # somebody deleted it, or it is a forum; sending will find that too
            raise

    async def _place(self, address: str) -> str:
        """Return the channel of an address: a person's is the one of direct messages with them."""
        person = address.removeprefix("discord:")
        if person == address:
            return address
        opened = await self._asked(Route("POST", "/users/@me/channels"), json={"recipient_id": person})
        return str(opened["id"])

    async def _message(self, channel: str, body: Mapping[str, Any]) -> str:
        made = await self._asked(Route("POST", "/channels/{channel_id}/messages", channel_id=channel), json=body)
        return str(made["id"])

    async def _thread(self, channel: str, message: str, body: Mapping[str, Any]) -> str:
        where = Route(
            "POST", "/channels/{channel_id}/messages/{message_id}/threads", channel_id=channel, message_id=message
        )
        try:
            made = await self._asked(where, json=body)
        except discord.HTTPException as e:
            if e.code == THREAD_EXISTS:
                return message  # a message's thread has the id of the message
            if e.code == UNKNOWN_MESSAGE:
                return NOWHERE
            raise
        return str(made["id"])

    async def _post(self, forum: str, part: Mapping[str, Any]) -> str:
        """Put the first message of a digest into the forum's post of the day, which may have to be made."""
        post = await self._days_post(forum, part["body"]["name"])
        if post is not None and await self._reply(post, part["message"]) != NOWHERE:
            return post
        first = {name: value for name, value in part["message"].items() if name not in ("nonce", "enforce_nonce")}
        where = Route("POST", "/channels/{channel_id}/threads", channel_id=forum)
        made = await self._asked(where, json={**part["body"], "message": first})
        return str(made["id"])

    async def _days_post(self, forum: str, name: str) -> str | None:
        channel = await self._asked(Route("GET", "/channels/{channel_id}", channel_id=forum))
        if channel["type"] not in FORUMS:
            return None
        active = Route("GET", "/guilds/{guild_id}/threads/active", guild_id=channel["guild_id"])
        archived = Route("GET", "/channels/{channel_id}/threads/archived/public", channel_id=forum)
        mine = str(self._client.user.id) if self._client.user else ""
        for where in (active, archived):
            found = await self._asked(where)
            for thread in found["threads"]:
                if (str(thread["parent_id"]), thread["name"], str(thread["owner_id"])) == (forum, name, mine):
                    return str(thread["id"])
        return None

    async def _found(self, channel: str, since: datetime, mark: str) -> str | None:
        """Return the id of our message with this mark in a channel since then."""
        after, mine = discord.utils.time_snowflake(since), str(self._client.user.id) if self._client.user else ""
        where = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
        for _ in range(LOOKED_THROUGH // 100):
            page = await self._asked(where, params={"after": str(after), "limit": "100"})
            for message in page:
                known = mark in (render.discord.mark(message), message.get("nonce"))
                if known and str(message["author"]["id"]) == mine:
                    return str(message["id"])
            if len(page) < 100:
                return None
            after = max(int(message["id"]) for message in page)
        return None

    async def _asked(self, route: Route, **kwargs: Any) -> Any:
        async with self._pace:
            pass
        # Never cut off: cancelled while it waits for a limit on the whole bot, discord.py would wait for ever after.
        timeout = aiohttp.ClientTimeout(total=NO_ANSWER.total_seconds())
        asking = asyncio.ensure_future(self._client.http.request(route, timeout=timeout, **kwargs))
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(asking)


def _day(delivery: Delivery) -> str:
    """Return the name of a forum's post of the day for a sentence; a digest's says its own."""
    return f"Lookout, {delivery.composed:%a} {delivery.composed.day} {delivery.composed:%b %Y}"


def _thread_of(delivery: Delivery) -> str:
    """Return the thread that a reply belongs to: that on the first message, or the forum's post."""
    threads = [ref for ref, part in zip(delivery.refs, delivery.parts, strict=False) if part.get("do") == "thread"]
    return threads[0] if threads else delivery.refs[0]


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what discord.py and the network raise into what happens next. Nothing in it shows the token."""
    try:
        yield
    except discord.HTTPException as e:
        says = f"Discord answers {e.status} ({e.code}): {e.text[:200]}"
        # Without a code it is not Discord that speaks, but something on the way.
        if e.code in GONE or (e.code and e.status in (403, 404)):
            raise SubscriberGone(GONE.get(e.code, f"Discord refuses me there ({e.code})")) from e
        if e.code and e.status == 400:
            raise Undeliverable(says) from e
        raise DeliveryError(says) from e
    except (discord.DiscordException, Unclear) as e:
        raise DeliveryError(f"Discord: {e}") from e
    except (aiohttp.ClientError, OSError) as e:
        raise DeliveryError(f"cannot reach Discord: {type(e).__name__}") from e
    except (ValueError, LookupError, TypeError) as e:
        raise DeliveryError(f"what answers is not Discord: {type(e).__name__}") from e
