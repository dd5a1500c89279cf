"""The ways out: every file here is a medium, named as a subscriber names it.

A medium sends a delivery, and can be asked whether it already has it: after a crash an uncertain delivery is looked
up before it is sent again. A chat medium is also the door that people come through; its library is imported when it
is first asked for, so that commands without it do not pay for it.
"""

from typing import TYPE_CHECKING

from bot.outputs.console import Console
from bot.outputs.folder import Folder
from bot.outputs.output import NOWHERE, Door, Output

if TYPE_CHECKING:
    from bot.desk import Desk


def discord_door(token: str, desk: "Desk") -> Door:
    """Return Discord, not connected yet."""
    from bot.outputs.discord import Discord

    return Discord(token, desk)


def slack_door(
    bot_token: str,
    desk: "Desk",
    *,
    app_token: str | None = None,
    signing_secret: str | None = None,
    listen: tuple[str, int] | None = None,
) -> Door:
    """Return Slack, not connected yet: over Socket Mode with an app token, else over HTTP at `listen`."""
    from bot.outputs.slack import Slack

    return Slack(bot_token, desk, app_token=app_token, signing_secret=signing_secret, listen=listen)


__all__ = ["NOWHERE", "Console", "Door", "Folder", "Output", "discord_door", "slack_door"]
