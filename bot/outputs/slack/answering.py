"""What a person did in Slack -> the desk -> what they see.

Everything is acknowledged at once, before anything is looked up: Slack waits for three seconds. Answers go to the
response_url that came with it, which needs no membership in the channel. Ids of buttons say all that is needed.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import render
from bot.desk import BY_NAME, Desk, read
from bot.errors import Refused
from bot.replies import Asked, Asker, Choice, Option, Reply

log = structlog.get_logger()

Body = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]

SHORTCUTS = {"why_posted": "why", "same_story": "story"}
"""Shortcuts of a message, and what each asks of the item that the message shows."""

IN_PLACE = ("page", "unsubscribe", "forget", "cancel", "undo")
"""Buttons whose answer takes the place of the message that they stand on."""

MANAGED = ("preview", "unsubscribe", "forget")
"""Buttons for which it matters whether somebody manages the channel."""

FORMS = ("search", "settings")
"""Commands that give a form where nothing else is said."""

_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)[^>]*>")


class Answers:
    """Answers commands, buttons, shortcuts and forms. Nothing is remembered between two of them."""

    def __init__(self, client: AsyncWebClient, desk: Desk) -> None:
        self._client = client
        self._desk = desk

    def register(self, app: AsyncApp) -> None:
        """Have the app hand over everything that people do."""
        app.command(re.compile(".*"))(self._command)
        app.action(re.compile(".*"))(self._press)
        for name in SHORTCUTS:
            app.message_shortcut(name)(self._shortcut)
        app.view(re.compile("^form:"))(self._filled_in)
        app.error(self._failed)

    async def _failed(self, error: Exception) -> None:
        # The desk says what went wrong in an answer; this is what Slack itself refused, or a bug at the rim.
        log.error(
            "slack: an answer did not arrive", why=f"{type(error).__name__}: {render.words.plain(str(error))[:200]}"
        )

    async def _command(self, ack: Ack, body: Body) -> None:
        await ack()
        text = str(body.get("text", ""))
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
        by = await self._asker(body, managed=managed, joins=name in ("subscribe", "resume"))
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
        await ack()
        view = body["view"]
        channel, _, url = str(view["private_metadata"]).partition(" ")
        options = {}
        for name, inputs in view["state"]["values"].items():
            for given in inputs.values():
                value = given.get("value") or (given.get("selected_option") or {}).get("value")
                options[name] = str(value or "")
        command = str(view["callback_id"]).removeprefix("form:")
        told = {**body, "channel_id": channel, "response_url": url}
        by = await self._asker(told, managed=command == "settings")
        await self._answer(told, await self._desk.filled_in(Asked(command=command, options=options, by=by)))

    async def _press(self, ack: Ack, body: Body) -> None:
        await ack()
        action = body["actions"][0]
        id_ = str(action.get("action_id", ""))
        verb = id_.split(":")[0]
        if verb == "open":
            return
        value = (action.get("selected_option") or {}).get("value") or action.get("value") or ""
        by = await self._asker(body, managed=verb in MANAGED)
        reply = await self._desk.pressed(id_, str(value), by)
        await self._answer(body, reply, in_place=verb in IN_PLACE)

    async def _shortcut(self, ack: Ack, body: Body) -> None:
        await ack()
        found, asks = render.slack.items(body.get("message") or {}), SHORTCUTS[str(body["callback_id"])]
        by = await self._asker(body)
        if len(found) == 1:
            reply = await self._desk.answer(Asked(command=asks, options={"id": found[0]}, by=by))
        elif found:
            options = tuple(Option(value=item, label=item) for item in found[:100])
            reply = Reply(lines=(("Which one?",),), choice=Choice(id="card", label="Choose one", options=options))
        else:
            reply = Reply(lines=(("This is no message of mine that shows an item.",),))
        await self._answer(body, reply)

    async def _answer(self, body: Body, reply: Reply, *, in_place: bool = False) -> None:
        said = render.slack.reply(reply)
        await AsyncWebhookClient(str(body["response_url"]), session=self._client.session).send(
            text=said["text"],
            blocks=said["blocks"],
            response_type="in_channel" if reply.public else "ephemeral",
            replace_original=in_place,
        )

    async def _asker(self, body: Body, *, managed: bool = False, joins: bool = False) -> Asker:
        """Return who did it. `managed`: find out whether they manage the channel. `joins`: get in, so as to post."""
        channel = str(body.get("channel_id") or (body.get("channel") or {}).get("id") or "")
        user = str(body.get("user_id") or (body.get("user") or {}).get("id") or "")
        team = str(body.get("team_id") or (body.get("team") or {}).get("id") or "")
        direct = channel.startswith("D")
        info = await self._info(channel) if (managed or joins) and not direct else {}
        return Asker(
            person=f"slack:{user}",
            medium="slack",
            community=f"slack:{team}",
            address=channel,
            manages=direct or (managed and await self._manages(user, info)),
            lacks=() if direct or not joins else await self._lacks(channel, info),
        )

    async def _info(self, channel: str) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = (await self._client.conversations_info(channel=channel))["channel"]
        except SlackApiError:
            return {}  # a private channel that we are not in
        return found

    async def _manages(self, user: str, info: Mapping[str, Any]) -> bool:
        """Does somebody manage a channel? Who made it does, and the workspace's admins and owners do."""
        if info.get("creator") == user:
            return True
        found = (await self._client.users_info(user=user))["user"]
        return any(found.get(name) for name in ("is_admin", "is_owner", "is_primary_owner"))

    async def _lacks(self, channel: str, info: Mapping[str, Any]) -> tuple[str, ...]:
        if info.get("is_member"):
            return ()
        if info and not info.get("is_private"):
            try:
                await self._client.conversations_join(channel=channel)
            except SlackApiError as e:
                log.info("slack: cannot join a channel", why=str(e.response.get("error")))
            else:
                return ()
        return ("be in this channel (type /invite @Lookout)",)
