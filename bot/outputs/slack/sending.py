"""Parts of a delivery over Slack's Web API, each once.

Slack has no nonce: every message carries the key of its delivery and its part in its metadata, and before an uncertain
one is sent again the history of the channel, or of the thread, is looked through for it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot import render
from bot.errors import DeliveryError, SubscriberGone, Undeliverable
from bot.outputs.output import NOWHERE
from bot.records import Delivery

SKEW = timedelta(minutes=10)
"""How much our clock and Slack's may differ when we look for what we sent."""

LOOKED_THROUGH = 20
"""Pages of 999 messages, the most that Slack gives, that are looked through for one of ours since it was composed."""

GONE = {
    "channel_not_found": "the channel was deleted, or I was taken out of it",
    "not_in_channel": "I was taken out of the channel",
    "is_archived": "the channel is archived",
    "user_not_found": "there is no such person any more",
    "user_disabled": "they have left the workspace",
    "cannot_dm_bot": "they take no direct messages from me",
    "messages_tab_disabled": "they take no direct messages from me",
    "restricted_action": "the workspace does not let me post there",
    "restricted_action_read_only_channel": "the channel is read-only",
    "restricted_action_thread_only_channel": "the channel takes replies only",
    "no_permission": "I lack a permission there",
}
"""What a channel's refusal means, by Slack's error."""

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)
"""What the library runs into where it is not Slack that answers, but something on the way."""

UNFIT = (
    "invalid_arguments",
    "invalid_blocks",
    "invalid_blocks_format",
    "invalid_metadata_format",
    "metadata_too_large",
    "msg_blocks_too_long",
    "msg_too_long",
    "no_text",
)
"""Errors that say that the message itself is wrong: it would be refused for ever."""

DELETED = ("thread_not_found", "message_not_found", "cannot_reply_to_message")


class Sender:
    """Sends and looks up parts through a client that repeats nothing but what was refused as too much."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def send(self, delivery: Delivery) -> str:
        """Send the next part, and return its timestamp, which is what Slack calls a message by."""
        with _translated():
            part = _part(delivery)
            thread = None if part["do"] == "message" else delivery.refs[0]
            channel = await self._place(delivery.address)
            try:
                made = await self._client.chat_postMessage(channel=channel, thread_ts=thread, **part["body"])
            except SlackApiError as e:
                if thread and error_of(e) in DELETED:
                    return NOWHERE
                raise
            return str(made["ts"])

    async def has(self, delivery: Delivery) -> str | None:
        """Return the timestamp of the next part where it is there already, else None."""
        with _translated():
            wanted = _part(delivery)["body"]["metadata"]["event_payload"]
            channel, cursor = await self._place(delivery.address), ""
            oldest = f"{(delivery.composed - SKEW).timestamp():.6f}"
            for _ in range(LOOKED_THROUGH):
                page = await self._history(delivery, channel, oldest, cursor)
                for message in page.get("messages") or ():
                    metadata = message.get("metadata") or {}
                    if metadata.get("event_type") == render.slack.EVENT and metadata.get("event_payload") == wanted:
                        return str(message["ts"])
                cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
                if not cursor:
                    return None
            return None

    async def _history(self, delivery: Delivery, channel: str, oldest: str, cursor: str) -> Mapping[str, Any]:
        asked: dict[str, Any] = {"oldest": oldest, "limit": 999, "include_all_metadata": True, "cursor": cursor or None}
        if _part(delivery)["do"] == "message":
            return (await self._client.conversations_history(channel=channel, **asked)).data  # type: ignore[return-value]
        try:
            found = await self._client.conversations_replies(channel=channel, ts=delivery.refs[0], **asked)
        except SlackApiError as e:
            if error_of(e) in DELETED:
                return {}
            raise
        return found.data  # type: ignore[return-value]  # bytes only where a file is asked for

    async def _place(self, address: str) -> str:
        """Return the channel of an address: a person's is the one of direct messages with them."""
        person = address.removeprefix("slack:")
        if person == address:
            return address
        opened = await self._client.conversations_open(users=person)
        return str(opened["channel"]["id"])


def _part(delivery: Delivery) -> Mapping[str, Any]:
    part = delivery.part
    if "notice" not in part:
        return part
    return {"do": "message", "body": render.slack.notice(part, delivery.key, len(delivery.refs))}


def error_of(error: SlackApiError) -> str:
    """Return Slack's name of an error; empty where what answered was no Slack, but something on the way."""
    said = getattr(error.response, "data", error.response)
    return str(said.get("error") or "") if isinstance(said, dict) else ""


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the library and the network raise into what happens next. Nothing in it shows a token."""
    try:
        yield
    except SlackApiError as e:
        error = error_of(e)
        if error in GONE:
            raise SubscriberGone(GONE[error]) from e
        if error in UNFIT:
            raise Undeliverable(f"Slack answers {error}") from e
        raise DeliveryError(f"Slack answers {error or getattr(e.response, 'status_code', 'nothing')}") from e
    except (SlackClientError, aiohttp.ClientError, OSError, *UNREADABLE) as e:
        raise DeliveryError(f"cannot reach Slack: {type(e).__name__}") from e
