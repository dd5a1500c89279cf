"""The connection to Discord: the token, the gateway, and which commands there are."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog
from discord.http import Route

from bot import render
from bot.desk import Desk
from bot.errors import ConfigError, Mistake
from bot.outputs.discord.answering import Answers, registered
from bot.outputs.discord.sending import Sender, single_try
from bot.records import Delivery, Digest, Subscriber

log = structlog.get_logger()

AGAIN = timedelta(seconds=10)
"""How long we wait before we try again to reach Discord, where discord.py does not by itself."""

LONGEST_LIMIT = 60.0
"""Seconds of a limit that are waited for; where Discord asks for more, the delivery is tried again later."""

LETTING_GO = timedelta(seconds=2)
"""How long the gateway may take to close, so that a stop takes less than five seconds."""

REFUSED = "DISCORD_TOKEN was refused by Discord; is it a bot's token?"


class Discord:
    """An output, and the door that people in Discord come through. `run` must be running for it to do anything."""

    at_once = 32
    longest = 1_400
    letters_first = False

    def __init__(self, token: str, desk: Desk) -> None:
        self._token = token
        # We do not talk: that the libraries for it are missing is no news to an operator.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        # No privileged intents: what members write is none of our business. Guilds: which channel is a forum.
        intents = discord.Intents(guilds=True)
        self.client = _Client(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            http_trace=single_try(),
            max_ratelimit_timeout=LONGEST_LIMIT,
        )
        self.client.answers = Answers(self.client, desk)
        self._sender = Sender(self.client)

    def __repr__(self) -> str:
        return "Discord()"  # the token is nobody's business

    async def run(self) -> None:
        """Be connected until cancelled. Raises ConfigError where Discord refuses the token."""
        try:
            await self._reach(self._log_in)
            while True:
                await self._reach(self.client.connect)
        finally:
            self.client.logged_in.clear()
            try:
                async with asyncio.timeout(LETTING_GO.total_seconds()):
                    await self.client.close()
            except TimeoutError:
                log.info("discord: the gateway did not close in time")

    async def _log_in(self) -> None:
        await self.client.login(self._token)

    async def _reach(self, doing: Callable[[], Awaitable[None]]) -> None:
        """Do it; wait and do it again while Discord cannot be reached."""
        while True:
            try:
                return await doing()
            except discord.LoginFailure:
                raise _refused() from None  # the library's own words may hold what was sent
            except discord.ConnectionClosed as e:
                if e.code == 4004:
                    raise _refused() from None
                says = f"the gateway closed with {e.code}"
            except discord.HTTPException as e:
                if e.status == 401:
                    raise _refused() from None
                says = f"Discord answers {e.status} ({e.code})"
            except (discord.GatewayNotFound, aiohttp.ClientError, OSError) as e:
                says = type(e).__name__
            log.warning("discord: not reached", why=says, again_in=f"{AGAIN.total_seconds():.0f} s")
            await asyncio.sleep(AGAIN.total_seconds())

    @property
    def ready(self) -> bool:
        """Are we logged in?"""
        return self.client.logged_in.is_set()

    async def reached(self) -> None:
        """Return once we are logged in."""
        await self.client.logged_in.wait()

    def parts(self, digest: Digest, reader: Subscriber, key: str) -> Sequence[dict[str, Any]]:
        """Return a digest as Discord takes it."""
        return render.discord.digest(digest, reader, key)

    async def has(self, delivery: Delivery) -> str | None:
        """Return the id of the next part where it arrived already."""
        return await self._sender.has(delivery)

    async def send(self, delivery: Delivery) -> str:
        """Send the next part, and return its id."""
        return await self._sender.send(delivery)


def _refused() -> ConfigError:
    return ConfigError([Mistake(file="settings", line=None, says=REFUSED)])


class _Client(discord.AutoShardedClient):
    """The library's client, which hands every interaction to `answers`."""

    answers: Answers

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.logged_in = asyncio.Event()

    async def setup_hook(self) -> None:
        """Tell Discord which commands there are."""
        where = Route("PUT", "/applications/{application_id}/commands", application_id=self.application_id)
        try:
            await self.http.request(where, json=registered())
        except discord.HTTPException as e:
            if e.status >= 500 or e.status in (401, 429):
                raise
            # Those registered before stay; digests must not wait for commands.
            log.warning("discord: commands could not be registered", why=e.text[:300])
        else:
            log.info("discord: commands are registered", commands=len(registered()))
        self.logged_in.set()

    async def on_ready(self) -> None:
        """Say so."""
        log.info("discord: connected", servers=len(self.guilds), shards=self.shard_count)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Answer it."""
        await self.answers.answer(interaction)

    async def on_error(self, event: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log what went wrong in an event, without what it carried."""
        log.exception("discord: an event failed", of=event)
