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
    from collections.abc import Callable
    from datetime import datetime

    from bot.config import Settings
    from bot.desk import Desk
    from bot.links import Links
    from bot.outputs.slack import Slack
    from bot.outputs.webhook import Webhook


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
) -> "Slack":
    """Return Slack, not connected yet: over Socket Mode with an app token, else over HTTP, see its `routes`."""
    from bot.outputs.slack import Slack

    return Slack(bot_token, desk, app_token=app_token, signing_secret=signing_secret)


def email_door(settings: "Settings", links: "Links") -> Door | None:
    """Return mail, not connected yet; None: there is no server. Raises ConfigError where the key cannot sign."""
    server, sender, password = settings.mail_server, settings.sender, settings.smtp_password
    if server is None or sender is None:
        return None
    from bot.outputs.email import Dkim, Email, Smtp

    smtp = Smtp(
        host=server.host,
        port=server.port,
        tls=server.tls,
        sender=sender,
        user=settings.smtp_user,
        password=password.get_secret_value() if password else None,
    )
    key, selector = settings.dkim_key, settings.dkim_selector
    return Email(smtp, links, Dkim.of(key, selector, sender.domain) if key and selector else None)


def webhook_door(secret: str, *, allow_private: bool, clock: "Callable[[], datetime]") -> "Webhook":
    """Return webhooks, not running yet; `secret` is the house's, of which each subscriber's own is made."""
    from bot.outputs.webhook import Webhook

    return Webhook(secret, allow_private=allow_private, clock=clock)


def webhook_address(written: str, *, allow_private: bool) -> str:
    """Return an address that may be a webhook's, in the one spelling by which it is known. Raises Refused."""
    from bot.outputs.webhook import checked_address

    return checked_address(written, allow_private=allow_private)


__all__ = [
    "NOWHERE",
    "Console",
    "Door",
    "Folder",
    "Output",
    "discord_door",
    "email_door",
    "slack_door",
    "webhook_address",
    "webhook_door",
]
