"""The connection to Slack: Socket Mode by default, signed HTTP where Slack can reach us at a public address."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import render
from bot.desk import Desk
from bot.errors import ConfigError, Mistake
from bot.outputs.slack.answering import Answers
from bot.outputs.slack.sending import UNREADABLE, Sender, error_of
from bot.records import Delivery, Digest, Subscriber

log = structlog.get_logger()

T = TypeVar("T")

AGAIN = timedelta(seconds=10)
"""How long we wait before we try again to reach Slack at the start; later the library does so by itself."""

NO_ANSWER = 30
"""Seconds after which a request counts as unanswered."""

LETTING_GO = timedelta(seconds=2)
"""How long the socket may take to close, so that a stop takes less than five seconds."""

PING = 5.0
"""Seconds between two looks at whether the socket is alive; as long it may take until a lost one is made anew."""

PATH = "/slack/events"
"""Where Slack's requests come in over HTTP: commands, buttons, shortcuts and forms alike."""

REMEMBERED = 10_000
"""Requests that are known again when they are replayed: more than come in the five minutes for which they are good."""

BAD_TOKENS = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
)


class Slack:
    """An output, and the door that people in Slack come through. `run` must be running for it to do anything.

    `app_token` for Socket Mode; without it a web site must answer `routes`, and requests must be signed with
    `signing_secret`.
    """

    at_once = 32
    longest = 1_400
    letters_first = False

    def __init__(
        self, bot_token: str, desk: Desk, *, app_token: str | None = None, signing_secret: str | None = None
    ) -> None:
        self._app_token, self._signing_secret = app_token, signing_secret
        # Without the library's own list of retries: it would post again what may have arrived.
        self._client = AsyncWebClient(
            token=bot_token, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)], timeout=NO_ANSWER
        )
        self._answers = Answers(self._client, desk)
        self._sender = Sender(self._client)
        self._up = asyncio.Event()

    def __repr__(self) -> str:
        return "Slack()"  # the tokens are nobody's business

    async def run(self) -> None:
        """Be connected until cancelled. Raises ConfigError where Slack refuses a token."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=NO_ANSWER)) as session:
            self._client.session = session
            try:
                known = await self._reach("SLACK_BOT_TOKEN", self._client.auth_test)
                self._up.set()
                log.info("slack: connected", workspace=str(known.get("team")))
                await (self._socket() if self._app_token else asyncio.Event().wait())
            finally:
                self._up.clear()

    def _app(self) -> AsyncApp:
        secret = self._signing_secret
        app = AsyncApp(client=self._client, signing_secret=secret, request_verification_enabled=not self._app_token)
        self._answers.register(app)
        return app

    async def _socket(self) -> None:
        token = self._app_token
        # The library would try a wrong token for ever; an address that we got here it might not get rid of.
        await self._reach("SLACK_APP_TOKEN", lambda: self._client.apps_connections_open(app_token=str(token)))
        handler = AsyncSocketModeHandler(self._app(), token, ping_interval=PING)
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]  # the library has no types here
            await asyncio.Event().wait()
        finally:
            try:
                async with asyncio.timeout(LETTING_GO.total_seconds()):
                    await handler.close_async()  # type: ignore[no-untyped-call]
            except TimeoutError:
                log.info("slack: the socket did not close in time")

    @property
    def routes(self) -> Sequence[Route]:
        """What the web site is to answer for Slack: nothing in Socket Mode."""
        return () if self._app_token else (Route(PATH, self._taker(), methods=["POST"]),)

    def _taker(self) -> Callable[[Request], Awaitable[Response]]:
        handler, done = AsyncSlackRequestHandler(self._app()), dict[str, None]()

        async def take(request: Request) -> Response:
            # A timestamp that is no number makes the library's check of the signature fail loudly.
            if not re.fullmatch("[0-9]{1,12}", request.headers.get("X-Slack-Request-Timestamp", "")):
                return Response(status_code=401)
            if not self.ready:
                return Response(status_code=503)
            signature = request.headers.get("X-Slack-Signature", "")
            if signature in done:
                return Response()  # a replay: its signature stays good for five minutes, its effect is had once
            done[signature] = None
            answer = await handler.handle(request)
            if answer.status_code >= 300:
                done.pop(signature, None)
            while len(done) > REMEMBERED:
                del done[next(iter(done))]
            return answer

        return take

    async def _reach(self, token: str, asking: Callable[[], Awaitable[T]]) -> T:
        """Ask; wait and ask again while Slack cannot be reached. `token`: what is wrong where it refuses."""
        while True:
            try:
                return await asking()
            except SlackApiError as e:
                error = error_of(e)
                if error in BAD_TOKENS:
                    says = f"{token} was refused by Slack ({error})"
                    raise ConfigError([Mistake(file="settings", line=None, says=says)]) from None
                why = error or "no answer of Slack's"
            except (SlackClientError, aiohttp.ClientError, OSError, *UNREADABLE) as e:
                why = type(e).__name__
            log.warning("slack: not reached", why=why, again_in=f"{AGAIN.total_seconds():.0f} s")
            await asyncio.sleep(AGAIN.total_seconds())

    @property
    def ready(self) -> bool:
        """Are we logged in?"""
        return self._up.is_set()

    async def reached(self) -> None:
        """Return once we are logged in."""
        await self._up.wait()

    def parts(self, digest: Digest, reader: Subscriber, key: str) -> Sequence[dict[str, Any]]:
        """Return a digest as Slack takes it."""
        return render.slack.digest(digest, reader, key)

    async def has(self, delivery: Delivery) -> str | None:
        """Return the timestamp of the next part where it arrived already."""
        return await self._sender.has(delivery)

    async def send(self, delivery: Delivery) -> str:
        """Send the next part, and return its timestamp."""
        return await self._sender.send(delivery)
