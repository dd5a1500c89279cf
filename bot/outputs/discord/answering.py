"""What a person did in Discord -> the desk -> what they see.

Everything is acknowledged at once, before anything is looked up: Discord waits for three seconds. Ids of buttons say
all that is needed, so they work after a restart.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.http import Route

from bot import render
from bot.desk import COMMANDS, MOST_LISTED, Command, Desk, Parameter, is_in_place
from bot.records import Place
from bot.replies import Asked, Asker, Reply

log = structlog.get_logger()

MENUS = {"Why was this posted?": "why", "Same story": "story"}
"""Commands in the menu of a message, and what each asks of the item that the message shows."""

MANAGE_CHANNELS = discord.Permissions(manage_channels=True).value

NEEDED = {
    "view_channel": "View Channel",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}
POSTS = {"send_messages": "Send Messages"}
THREADS = {"send_messages_in_threads": "Send Messages in Threads"}
MAKES = {"create_public_threads": "Create Public Threads"}
"""What digests need of a channel, by discord.py's names and by those that people see."""


NOT_CALLED = "I cannot mention that role: let anyone mention it (Server Settings, Roles), or give me Mention Everyone"


def registered() -> list[dict[str, Any]]:
    """Return all commands as Discord registers them, made of the desk's table."""
    groups: dict[str, list[Command]] = {}
    for command in COMMANDS:
        groups.setdefault(command.name.split(" ")[0], []).append(command)
    said = [_command(name, commands) for name, commands in groups.items()]
    return [*said, *({"name": name, "type": 3, "contexts": [0, 1], "integration_types": [0]} for name in MENUS)]


def _command(name: str, commands: list[Command]) -> dict[str, Any]:
    if len(commands) > 1:
        options = [
            {"type": 1, "name": one.name.split(" ")[1], "description": one.says[:100], "options": _options(one)}
            for one in commands
        ]
        says = {"digest": "See, post or schedule this channel's digest", "settings": "How this channel is told"}[name]
    else:
        options, says = _options(commands[0]), commands[0].says
    made: dict[str, Any] = {
        "name": name,
        "type": 1,
        "description": says[:100],
        "options": options,
        "contexts": [0, 1],  # servers, and direct messages with us
        "integration_types": [0],
    }
    return made | ({"default_member_permissions": MANAGE_CHANNELS} if commands[0].managers else {})


def _options(command: Command) -> list[dict[str, Any]]:
    return [_option(one) for one in sorted(command.parameters, key=lambda one: not one.required)]


def _option(one: Parameter) -> dict[str, Any]:
    made = {"name": one.name, "description": one.says[:100], "required": one.required}
    if one.kind == "count":
        return made | {"type": 4, "min_value": 1, "max_value": MOST_LISTED}
    if one.kind == "role":
        return made | {"type": 8}
    if one.choices:
        return made | {"type": 3, "choices": [{"name": value, "value": value} for value in one.choices]}
    offers = {"autocomplete": True} if one.completes else {}
    return made | {"type": 3, "max_length": one.longest} | offers


class Answers:
    """Answers interactions. Nothing is remembered between two of them."""

    def __init__(self, client: discord.Client, desk: Desk) -> None:
        self._client = client
        self._desk = desk

    async def answer(self, interaction: discord.Interaction) -> None:
        """Answer one, whatever it is."""
        data: Mapping[str, Any] = interaction.data or {}
        try:
            match interaction.type:
                case discord.InteractionType.autocomplete:
                    await self._offer(interaction, data)
                case discord.InteractionType.component:
                    await self._press(interaction, data)
                case discord.InteractionType.application_command if data.get("type") == 3:
                    await self._menu(interaction, data)
                case discord.InteractionType.application_command:
                    await self._command(interaction, data)
                case _:
                    log.info("an interaction of a kind we do not have", kind=str(interaction.type))
        except discord.HTTPException as e:
            # Who asked has gone, or Discord is busy: they ask again.
            log.warning("discord: an answer did not arrive", status=e.status, code=e.code)
        except (aiohttp.ClientError, OSError) as e:
            log.warning("discord: an answer did not arrive", why=type(e).__name__)

    async def _command(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        name, options = _named(data)
        by = await self._asker(interaction)
        if _cannot_be_called(data, interaction):
            reply = await self._desk.refuse(NOT_CALLED, by)
        else:
            reply = await self._desk.answer(Asked(command=name, options=options, by=by))
        await self._show(interaction, reply)

    async def _menu(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        message: dict[str, Any] = next(iter(data.get("resolved", {}).get("messages", {}).values()), {})
        found, asks = render.discord.items(message), MENUS.get(data.get("name", ""), "why")
        await self._show(interaction, await self._desk.about(asks, found, await self._asker(interaction)))

    async def _press(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        id_ = str(data.get("custom_id", ""))
        if is_in_place(id_):
            await interaction.response.defer()
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
        value = str((data.get("values") or [""])[0])
        if id_.startswith("page:"):
            id_, _, _ = id_.partition("|")
            rows = interaction.message.components if interaction.message else []
            value = render.discord.state(_ids_beside(rows, str(data.get("custom_id"))))
        reply = await self._desk.pressed(id_, value, await self._asker(interaction))
        await self._show(interaction, reply)

    async def _offer(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        name, _ = _named(data)
        focused = next((one for one in _given(data) if one.get("focused")), {})
        typed = str(focused.get("value", ""))
        found = await self._desk.offered(name, str(focused.get("name", "")), typed, await self._asker(interaction))
        choices = [
            app_commands.Choice(name=render.words.cut(one.label, 95) or one.value[:95], value=one.value)
            for one in found
            if len(one.value) <= 100
        ]
        await interaction.response.autocomplete(choices[:25])

    async def _show(self, interaction: discord.Interaction, reply: Reply) -> None:
        """Show the asker the answer; what is for everybody follows, for a deferral that was private stays so."""
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        ours: dict[str, Any] = {"webhook_id": interaction.application_id, "webhook_token": interaction.token}
        asked = Reply(lines=(("Shared.",),)) if reply.public else reply
        original = Route("PATCH", f"{hook}/messages/@original", **ours)
        await self._client.http.request(original, json=render.discord.reply(asked))
        if reply.public:
            await self._client.http.request(Route("POST", hook, **ours), json=render.discord.reply(reply))

    async def _is_forum(self, channel_id: int) -> bool:
        channel = self._client.get_channel(channel_id)
        if channel is None:  # servers are still coming in after a start
            try:
                channel = await self._client.fetch_channel(channel_id)
            except discord.HTTPException:
                return False
        return isinstance(channel, discord.ForumChannel)

    async def _asker(self, interaction: discord.Interaction) -> Asker:
        guild, channel = interaction.guild_id, interaction.channel
        address, needed = str(interaction.channel_id), NEEDED | POSTS
        place: Place = "flat"
        if guild is None:
            place = "direct"
        elif isinstance(channel, discord.Thread):
            needed = NEEDED | THREADS
            if await self._is_forum(channel.parent_id):
                # In a forum nobody can type a command but inside a post: it is the forum that is meant.
                address, place, needed = str(channel.parent_id), "forum", NEEDED | POSTS | THREADS
            elif self._client.user and channel.owner_id == self._client.user.id:
                # A thread of ours holds the details of a digest: who asks there means the channel that was told.
                address, place, needed = str(channel.parent_id), "channel", NEEDED | POSTS | THREADS | MAKES
        elif getattr(channel, "type", None) in (discord.ChannelType.text, discord.ChannelType.news):
            place, needed = "channel", NEEDED | POSTS | THREADS | MAKES
        may = interaction.app_permissions
        return Asker(
            person=f"discord:{interaction.user.id}",
            medium="discord",
            community=f"discord:{guild}" if guild else f"discord:dm:{interaction.user.id}",
            address=address,
            place=place,
            manages=guild is None or interaction.permissions.manage_channels,
            lacks=tuple(says for name, says in needed.items() if not getattr(may, name)) if guild else (),
        )


def _cannot_be_called(data: Mapping[str, Any], interaction: discord.Interaction) -> bool:
    """Was a role chosen that a message of ours would not reach? Everybody is no role that we call."""
    roles: Mapping[str, Any] = data.get("resolved", {}).get("roles", {})
    may = interaction.app_permissions.mention_everyone
    return any(id_ == str(interaction.guild_id) or not (may or role.get("mentionable")) for id_, role in roles.items())


def _given(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    options = list(data.get("options") or ())
    return list(options[0].get("options") or ()) if options and options[0].get("type") == 1 else options


def _named(data: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the command that was given, with its subcommand, and its options."""
    options = list(data.get("options") or ())
    sub = f" {options[0]['name']}" if options and options[0].get("type") == 1 else ""
    return f"{data.get('name', '')}{sub}", {
        str(one["name"]): str(one["value"]) for one in _given(data) if "value" in one
    }


def _ids_beside(rows: Any, id_: str) -> list[str]:
    """Return the ids of the buttons in the row of this one."""
    for row in rows:
        ids = [str(one.custom_id) for one in getattr(row, "children", ()) if getattr(one, "custom_id", None)]
        if id_ in ids:
            return ids
    return []
