"""What a person did in Slack -> the desk -> what they see.

Everything is acknowledged at once, before anything is looked up: Slack waits for three seconds. Answers go to the
response_url that came with it, which needs no membership in the channel. Ids of buttons say all that is needed.
"""

import html
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import render
from bot.desk import BY_NAME, Desk, asks_who_manages, is_in_place, read, went_wrong
from bot.errors import Refused
from bot.outputs.slack.sending import error_of
from bot.replies import Asked, Asker, Reply

log = structlog.get_logger()

Body = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]

SHORTCUTS = {"why_posted": "why", "same_story": "story"}
"""Shortcuts of a message, and what each asks of the item that the message shows."""

FORMS = ("search", "settings")
"""Commands that give a form where nothing else is said."""

_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)[^>]*>")


def _typed(text: str) -> str:
    """Return what somebody typed: Slack escapes it, and makes links of addresses."""
    return html.unescape(re.sub(r"<(https?://[^|>]+)(?:\|[^>]*)?>", r"\1", text))


class Answers:
    """Answers commands, buttons, shortcuts and forms. Nothing is remembered between two of them."""

    def __init__(self, client: AsyncWebClient, desk: Desk) -> None:
        self._client = client
        self._desk = desk

    def register(self, app: AsyncApp) -> None:
        """Have the app hand over everything that people do."""
        app.command(re.compile(".*"))(self._safely(self._command))
        app.action(re.compile(".*"))(self._safely(self._press))
        for name in SHORTCUTS:
            app.message_shortcut(name)(self._safely(self._shortcut))
        app.view(re.compile("^form:"))(self._filled_in)

    def _safely(self, answering: Callable[[Body], Awaitable[None]]) -> Callable[[Ack, Body], Awaitable[None]]:
        """Return what acknowledges at once, then answers; where that fails, says so."""

        async def answered(ack: Ack, body: Body) -> None:
            await ack()
            try:
                await answering(body)
            except Exception:
                # Slack refused something on the way, or there is a bug here: whoever asked must not wait in vain.
                await self._answer(body, went_wrong("slack", str(body.get("team_id", ""))))

        return answered

    async def _command(self, body: Body) -> None:
        text = _typed(str(body.get("text", "")))
        if text.strip().lower() in FORMS:
            await self._open(text.strip().lower(), body)
            return
        try:
            name, options = read(text)
        except Refused as e:
            await self._answer(body, await self._desk.refuse(str(e), await self._asker(body)))
            return
        command = BY_NAME.get(name)
        managed = command is None or command.managers or name == "forget"
        by = await self._asker(body, managed=managed, posts=name in ("subscribe", "resume"))
        if "role" in options:
            options = options | {"role": await self._group(options["role"])}
        await self._answer(body, await self._desk.answer(Asked(command=name, options=options, by=by)))

    async def _group(self, written: str) -> str:
        """Return the id of a user group that somebody wrote, or what they wrote."""
        if found := _GROUP.search(written):
            return found[1]
        groups = await self._client.usergroups_list()
        handle = written.strip().lstrip("@").lower()
        return next((str(one["id"]) for one in groups["usergroups"] if one["handle"].lower() == handle), written)

    async def _open(self, command: str, body: Body) -> None:
        form = await self._desk.form(command, await self._asker(body, managed=command == "settings"))
        if isinstance(form, Reply):
            await self._answer(body, form)
            return
        kept = f"{body['channel_id']} {body.get('response_url', '')}"
        await self._client.views_open(trigger_id=body["trigger_id"], view=render.slack.form(form, kept))

    async def _filled_in(self, ack: Ack, body: Body) -> None:
        view = body["view"]
        channel, _, url = str(view["private_metadata"]).partition(" ")
        options = {}
        for name, inputs in view["state"]["values"].items():
            for given in inputs.values():
                value = given.get("value") or (given.get("selected_option") or {}).get("value")
                options[name] = str(value or "")
        command = str(view["callback_id"]).removeprefix("form:")
        told = {**body, "channel_id": channel, "response_url": url}
        asked = Asked(command=command, options=options, by=await self._asker(told))
        if wrong := self._desk.mistakes(asked):
            await ack(response_action="errors", errors=wrong)
            return

        async def answering(told: Body) -> None:
            role = {"role": await self._group(options["role"])} if options.get("role") else {}
            by = await self._asker(told, managed=command == "settings")
            filled = Asked(command=command, options=options | role, by=by)
            await self._answer(told, await self._desk.filled_in(filled))

        await self._safely(answering)(ack, told)

    async def _press(self, body: Body) -> None:
        action = body["actions"][0]
        id_ = str(action.get("action_id", ""))
        if id_.startswith("open:"):
            return  # a link, which the browser has followed
        value = (action.get("selected_option") or {}).get("value") or action.get("value") or ""
        by = await self._asker(body, managed=asks_who_manages(id_))
        reply = await self._desk.pressed(id_, str(value), by)
        await self._answer(body, reply, in_place=is_in_place(id_))

    async def _shortcut(self, body: Body) -> None:
        found, asks = render.slack.items(body.get("message") or {}), SHORTCUTS[str(body["callback_id"])]
        await self._answer(body, await self._desk.about(asks, found, await self._asker(body)))

    async def _answer(self, body: Body, reply: Reply, *, in_place: bool = False) -> None:
        """Answer where something was done: also in a thread, where that is."""
        said = render.slack.reply(reply) | {
            "response_type": "in_channel" if reply.public else "ephemeral",
            "replace_original": in_place,
        }
        thread = (body.get("container") or {}).get("thread_ts") or (body.get("message") or {}).get("thread_ts")
        if thread and not in_place:
            said["thread_ts"] = str(thread)
        hook = AsyncWebhookClient(
            str(body["response_url"]), session=self._client.session, retry_handlers=self._client.retry_handlers
        )
        try:
            answer = await hook.send_dict(said)
        except (SlackClientError, aiohttp.ClientError, OSError) as e:
            log.warning("slack: an answer did not arrive", why=type(e).__name__)
        else:
            if answer.status_code != 200:
                log.warning("slack: an answer did not arrive", status=answer.status_code, why=answer.body[:100])

    async def _asker(self, body: Body, *, managed: bool = False, posts: bool = False) -> Asker:
        """Return who did it. `managed`: find out whether they manage the channel; `posts`: and whether we may post."""
        channel = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
        user = str(body.get("user_id") or (body.get("user") or {}).get("id") or "")
        team = str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
        info = await self._info(channel) if managed or posts else {}
        direct = bool(info.get("is_im"))
        manages = direct or (managed and bool(info) and await self._manages(user, info))
        out = managed and not direct and not info.get("is_member")
        lacks = out and (not info or (posts and manages and not await self._joined(channel, info)))
        return Asker(
            person=f"slack:{user}",
            medium="slack",
            community=f"slack:{team}",
            address=channel,
            place="direct" if direct else "channel",
            manages=manages,
            lacks=("to be in this channel (/invite, then choose me)",) if lacks else (),
        )

    async def _info(self, channel: str) -> Mapping[str, Any]:
        """Return what Slack tells of a channel; nothing of a private one that we are not in, or of others' talks."""
        try:
            found: Mapping[str, Any] = (await self._client.conversations_info(channel=channel))["channel"]
        except SlackApiError as e:
            if error_of(e) == "channel_not_found":
                return {}
            raise
        return found

    async def _manages(self, user: str, info: Mapping[str, Any]) -> bool:
        """Does somebody manage a channel? Who made it does, and the workspace's admins and owners do."""
        if info.get("creator") == user:
            return True
        found = (await self._client.users_info(user=user))["user"]
        return any(found.get(name) for name in ("is_admin", "is_owner", "is_primary_owner"))

    async def _joined(self, channel: str, info: Mapping[str, Any]) -> bool:
        if not info or info.get("is_private"):
            return False
        try:
            await self._client.conversations_join(channel=channel)
        except SlackApiError as e:
            log.info("slack: cannot join a channel", why=error_of(e))
            return False
        return True
