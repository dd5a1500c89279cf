"""Slack on loopback for the tests: its Web API, its Socket Mode and the people who type, press and choose.

            chat.postMessage ...                    command, press, choose, submit ...
    bot  ------------------------>  SlackServer  <------------------------------------  test
         <------------------------               ------------------------------------>
            envelopes (Socket Mode)                 messages, ephemeral, views, violations

The bot speaks to it with the real slack_sdk and slack_bolt, from this process or another one. The server runs in a
thread of its own. It refuses what Slack refuses, and writes down in `violations` whatever a test should not let pass.
Limits are those of Slack's documentation (shared/PLATFORM_LIMITS.md); shapes are those of docs.slack.dev.
"""

import asyncio
import hashlib
import hmac
import json
import math
import re
import secrets
import socket
import struct
import threading
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from traceback import format_exception
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as Outgoing
from zoneinfo import ZoneInfo

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType, web

T = TypeVar("T")
Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

GIVE_UP = 60.0
"""Seconds a test waits before it is taken for hung. Not a time limit."""

RESPONSE_URL_USES, RESPONSE_URL_LIFE = 5, 30 * 60


# -- what is wrong with blocks --------------------------------------------------------------------------------


_SELECT = "action_id placeholder confirm focus_on_load "
_MULTI = _SELECT + "max_selected_items "
_INPUT = "action_id placeholder initial_value dispatch_action_config focus_on_load "

_ELEMENTS = {
    "button": "text action_id url value style confirm accessibility_label",
    "static_select": _SELECT + "options option_groups initial_option",
    "multi_static_select": _MULTI + "options option_groups initial_options",
    "external_select": _SELECT + "initial_option min_query_length",
    "multi_external_select": _MULTI + "initial_options min_query_length",
    "users_select": _SELECT + "initial_user",
    "multi_users_select": _MULTI + "initial_users",
    "conversations_select": _SELECT
    + "initial_conversation default_to_current_conversation response_url_enabled filter",
    "multi_conversations_select": _MULTI + "initial_conversations default_to_current_conversation filter",
    "channels_select": _SELECT + "initial_channel response_url_enabled",
    "multi_channels_select": _MULTI + "initial_channels",
    "overflow": "action_id options confirm",
    "checkboxes": "action_id options initial_options confirm focus_on_load",
    "radio_buttons": "action_id options initial_option confirm focus_on_load",
    "datepicker": _SELECT + "initial_date",
    "timepicker": _SELECT + "initial_time timezone",
    "datetimepicker": "action_id initial_date_time confirm focus_on_load",
    "plain_text_input": _INPUT + "multiline min_length max_length",
    "email_text_input": _INPUT,
    "url_text_input": _INPUT,
    "number_input": _INPUT + "is_decimal_allowed min_value max_value",
    "image": "image_url slack_file alt_text",
    "feedback_buttons": "action_id positive_button negative_button",
    "icon_button": "action_id icon text value confirm accessibility_label visible_to_user_ids",
}
_TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
_CHOICES = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_PRESSED = set(_ELEMENTS) - _TYPED - {"image", "feedback_buttons", "icon_button"}
_ACTIVE = {kind for kind, keys in _ELEMENTS.items() if "action_id" in keys}

_BLOCKS = {
    "section": "text fields accessory expand",
    "actions": "elements",
    "context": "elements",
    "context_actions": "elements",
    "header": "text",
    "divider": "",
    "image": "image_url slack_file alt_text title",
    "input": "label element dispatch_action hint optional",
    "rich_text": "elements",
    "markdown": "text",
}
_RICH = {
    "rich_text_section": "elements",
    "rich_text_list": "elements style indent offset border",
    "rich_text_quote": "elements border",
    "rich_text_preformatted": "elements border",
}
_RICH_LEAVES = {
    "text": "text style",
    "link": "url text unsafe style",
    "emoji": "name unicode style",
    "user": "user_id style",
    "usergroup": "usergroup_id style",
    "channel": "channel_id style",
    "broadcast": "range style",
    "date": "timestamp format url fallback style",
    "color": "value style",
}

_STRAY = re.compile(r"<(?!https?://|@[UW]|#[CGD]|!subteam\^|!date\^)")
_SHOUT = re.compile(r"<!(channel|here|everyone)")


def unsafe(text: str) -> Iterator[str]:
    """Say what in a piece of mrkdwn was not escaped, or would ping everybody. Slack itself accepts both."""
    if _SHOUT.search(text):
        yield f"pings everybody: {_short(text)}"
    for found in _STRAY.finditer(text):
        if not _SHOUT.match(text, found.start()):
            yield f"unescaped '<' in {_short(text[found.start() :])}"


def _short(value: object) -> str:
    return repr(value if len(str(value)) <= 60 else str(value)[:57] + "...")


def _web(url: object) -> bool:
    return isinstance(url, str) and re.match(r"https?://[^\s/]", url) is not None


class Reading:
    """One reading of a list of blocks: `wrong` is what Slack refuses, `unsafe` what only we do."""

    def __init__(self, blocks: object, most: int = 50) -> None:
        self.wrong: list[str] = []
        self.unsafe: list[str] = []
        self._ids: set[tuple[str, str]] = set()
        if not isinstance(blocks, list):
            self.wrong.append("must be an array of blocks")
            return
        if len(blocks) > most:
            self._say("/blocks", f"no more than {most} items allowed, not {len(blocks)}")
        for number, block in enumerate(blocks):
            self._block(block, f"/blocks/{number}")

    def _say(self, at: str, what: str) -> None:
        self.wrong.append(f"[ERROR] {what} [json-pointer:{at}]")

    def _keys(self, thing: object, kinds: Mapping[str, str], at: str, extra: str = "") -> str | None:
        """Return its type if it is an object of one of these kinds, with no property that kind does not have."""
        if not isinstance(thing, dict) or not isinstance(thing.get("type"), str) or thing["type"] not in kinds:
            self._say(at, f"unsupported type: {_short(thing.get('type') if isinstance(thing, dict) else thing)}")
            return None
        for key, value in thing.items():
            if key not in {"type", *kinds[thing["type"]].split(), *extra.split()}:
                self._say(at, f"invalid additional property: {key}")
            elif value is None:
                self._say(f"{at}/{key}", "must not be null")
        return str(thing["type"])

    def _id(self, thing: Json, key: str, at: str) -> None:
        if (value := thing.get(key)) is None:
            return
        if not isinstance(value, str) or not 1 <= len(value) <= 255:
            self._say(f"{at}/{key}", f"{key} must be 1 to 255 characters")
        elif (key, value) in self._ids:
            self._say(f"{at}/{key}", f"`{key}` {_short(value)} already exists")
        else:
            self._ids.add((key, value))

    def _string(self, thing: Json, key: str, most: int, at: str, *, needed: bool = False, least: int = 0) -> None:
        value = thing.get(key)
        if value is None:
            if needed:
                self._say(at, f"missing required field: {key}")
        elif not isinstance(value, str):
            self._say(f"{at}/{key}", "must be a string")
        elif not least <= len(value) <= most:
            self._say(f"{at}/{key}", f"must be {least} to {most} characters, not {len(value)}")

    def _text(self, text: object, most: int, at: str, *, plain: bool = False) -> None:
        kinds = {"plain_text": "text emoji"} if plain else {"plain_text": "text emoji", "mrkdwn": "text verbatim"}
        kind = self._keys(text, kinds, at)
        if not kind or not isinstance(text, dict):
            return
        self._string(text, "text", most, at, needed=True, least=1)
        if kind == "mrkdwn" and isinstance(text.get("text"), str):
            self.unsafe += unsafe(text["text"])

    def _block(self, block: object, at: str) -> None:
        kind = self._keys(block, _BLOCKS, at, "block_id")
        if not kind or not isinstance(block, dict):
            return
        self._id(block, "block_id", at)
        check = {"section": self._section, "input": self._input, "rich_text": self._rich, "image": self._image}.get(
            kind
        )
        if check:
            check(block, at)
        elif kind == "header":
            self._text(block.get("text"), 150, f"{at}/text", plain=True)
        elif kind == "markdown":
            self._string(block, "text", 12_000, at, needed=True, least=1)
        elif kind != "divider":
            self._row(kind, block.get("elements"), f"{at}/elements")

    def _row(self, kind: str, elements: object, at: str) -> None:
        most = {"actions": 25, "context": 10, "context_actions": 5}[kind]
        if not isinstance(elements, list) or not 1 <= len(elements) <= most:
            self._say(at, f"{kind} must have 1 to {most} elements")
            return
        for number, element in enumerate(elements):
            here = f"{at}/{number}"
            if kind == "context" and isinstance(element, dict) and element.get("type") != "image":
                self._text(element, 3_000, here)
            else:
                allowed = {"context": {"image"}, "context_actions": {"feedback_buttons", "icon_button"}}
                self._element(element, allowed.get(kind, _PRESSED), here)

    def _section(self, block: Json, at: str) -> None:
        if "text" not in block and "fields" not in block:
            self._say(at, "a section needs text or fields")
        if "text" in block:
            self._text(block["text"], 3_000, f"{at}/text")
        if "fields" in block:
            fields = block["fields"]
            if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
                self._say(f"{at}/fields", "must be 1 to 10 fields")
            else:
                for number, text in enumerate(fields):
                    self._text(text, 2_000, f"{at}/fields/{number}")
        if "accessory" in block:
            self._element(block["accessory"], _PRESSED | {"image"}, f"{at}/accessory")

    def _input(self, block: Json, at: str) -> None:
        self._text(block.get("label"), 2_000, f"{at}/label", plain=True)
        if "hint" in block:
            self._text(block["hint"], 2_000, f"{at}/hint", plain=True)
        self._element(block.get("element"), (_PRESSED | _TYPED) - {"button", "overflow"}, f"{at}/element")

    def _image(self, block: Json, at: str) -> None:
        self._string(block, "alt_text", 2_000, at, needed=True)
        if "title" in block:
            self._text(block["title"], 2_000, f"{at}/title", plain=True)
        if "slack_file" not in block:
            self._url(block, "image_url", at)

    def _url(self, thing: Json, key: str, at: str) -> None:
        self._string(thing, key, 3_000, at, needed=True, least=1)
        if not _web(thing.get(key)):
            self._say(f"{at}/{key}", f"not an http(s) address: {_short(thing.get(key))}")

    def _element(self, element: object, allowed: Iterable[str], at: str) -> None:
        kind = self._keys(element, {kind: _ELEMENTS[kind] for kind in allowed}, at)
        if not kind or not isinstance(element, dict):
            return
        self._id(element, "action_id", at)
        if kind == "image":
            self._image(element, at)
        if kind == "button":
            self._button(element, at)
        if kind == "feedback_buttons":
            for side in ("positive_button", "negative_button"):
                given = element.get(side)
                given = given if isinstance(given, dict) else {}
                self._text(given.get("text"), 75, f"{at}/{side}/text", plain=True)
                self._string(given, "value", 2_000, f"{at}/{side}", needed=True)
        if kind == "icon_button":
            self._text(element.get("text"), 75, f"{at}/text", plain=True)
        if "placeholder" in element:
            self._text(element["placeholder"], 150, f"{at}/placeholder", plain=True)
        if "confirm" in element:
            self._confirm(element["confirm"], f"{at}/confirm")
        if kind in _CHOICES:
            self._choices(kind, element, at)
        if kind in _TYPED:
            self._string(element, "initial_value", 3_000, at)
            if element.get("max_length", 1) not in range(1, 3_001) or element.get("min_length", 0) not in range(3_001):
                self._say(at, "min_length must be 0 to 3000 and max_length 1 to 3000")

    def _button(self, button: Json, at: str) -> None:
        self._text(button.get("text"), 75, f"{at}/text", plain=True)
        self._string(button, "value", 2_000, at, least=1)
        self._string(button, "accessibility_label", 75, at)
        if "url" in button:
            self._url(button, "url", at)
        if button.get("style", "primary") not in ("primary", "danger"):
            self._say(f"{at}/style", "must be primary or danger")

    def _confirm(self, confirm: object, at: str) -> None:
        if not isinstance(confirm, dict):
            self._say(at, "must be an object")
            return
        for key, most in (("title", 100), ("confirm", 30), ("deny", 30)):
            if key in confirm or key == "title":
                self._text(confirm.get(key), most, f"{at}/{key}", plain=True)
        self._text(confirm.get("text"), 300, f"{at}/text")

    def _choices(self, kind: str, element: Json, at: str) -> None:
        if "option_groups" in element and "options" in element:
            self._say(at, "options and option_groups cannot both be specified")
        if "option_groups" in element:
            self.offered(element, at)
        else:
            self._options(element.get("options"), _CHOICES[kind], f"{at}/options", marked=kind in _TICKED)
        chosen = element.get("initial_options", [element["initial_option"]] if "initial_option" in element else [])
        if not isinstance(chosen, list) or any(option not in options_of(element) for option in chosen):
            self._say(at, "initial options must be exactly those of the options")

    def offered(self, ack: Json, at: str = "") -> None:
        """Read the options, or groups of options, offered to somebody who is typing."""
        if "option_groups" not in ack:
            self._options(ack.get("options"), 100, f"{at}/options", least=0)
            return
        groups = ack["option_groups"]
        if not isinstance(groups, list) or not 1 <= len(groups) <= 100:
            self._say(f"{at}/option_groups", "must be 1 to 100 groups")
            return
        for number, group in enumerate(groups):
            here = f"{at}/option_groups/{number}"
            if not isinstance(group, dict) or set(group) != {"label", "options"}:
                self._say(here, f"not a group of options: {_short(group)}")
                continue
            self._text(group["label"], 75, f"{here}/label", plain=True)
            self._options(group["options"], 100, f"{here}/options")

    def _options(self, options: object, most: int, at: str, *, least: int = 1, marked: bool = False) -> None:
        if not isinstance(options, list) or not least <= len(options) <= most:
            self._say(at, f"must be {least} to {most} options")
            return
        seen: set[str] = set()
        for number, option in enumerate(options):
            here = f"{at}/{number}"
            if not isinstance(option, dict) or set(option) - {"text", "value", "description", "url"}:
                self._say(here, f"not an option: {_short(option)}")
                continue
            self._text(option.get("text"), 75, f"{here}/text", plain=not marked)
            self._string(option, "value", 150, here, needed=True, least=1)
            if "description" in option:
                self._text(option["description"], 75, f"{here}/description", plain=not marked)
            value = str(option.get("value"))
            if value in seen:
                self._say(f"{here}/value", f"two options have the value {_short(value)}")
            seen.add(value)

    def _rich(self, block: Json, at: str) -> None:
        elements = block.get("elements")
        if not isinstance(elements, list) or not elements:
            self._say(at, "rich_text needs elements")
            return
        for number, part in enumerate(elements):
            self._rich_part(part, _RICH, f"{at}/elements/{number}")

    def _rich_part(self, part: object, kinds: Mapping[str, str], at: str) -> None:
        kind = self._keys(part, kinds, at)
        if not kind or not isinstance(part, dict):
            return
        leaves = part.get("elements")
        if not isinstance(leaves, list):
            self._say(at, f"{kind} needs elements")
            return
        if kind == "rich_text_list" and part.get("style") not in ("bullet", "ordered"):
            self._say(f"{at}/style", "must be bullet or ordered")
        for number, leaf in enumerate(leaves):
            here = f"{at}/elements/{number}"
            if kind == "rich_text_list":
                self._rich_part(leaf, {"rich_text_section": "elements"}, here)
            else:
                self._leaf(leaf, here)

    def _leaf(self, leaf: object, at: str) -> None:
        kind = self._keys(leaf, _RICH_LEAVES, at)
        if not kind or not isinstance(leaf, dict):
            return
        needed = {"text": "text", "emoji": "name", "user": "user_id", "usergroup": "usergroup_id"}.get(kind)
        if needed:
            self._string(leaf, needed, 13_200, at, needed=True, least=1)
        if kind == "link":
            self._url(leaf, "url", at)
        if kind == "broadcast":
            self.unsafe.append(f"pings everybody: {leaf.get('range')}")
        style = leaf.get("style", {})
        if not isinstance(style, dict) or any(
            key not in _STYLES or value not in (True, False) for key, value in style.items()
        ):
            self._say(f"{at}/style", f"unknown style: {_short(style)}")


_STYLES = {"bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"}
_TICKED = {"checkboxes", "radio_buttons"}


def options_of(element: Json) -> list[Json]:
    """All options of a select, out of their groups."""
    groups = element.get("option_groups", [element])
    lists = [group.get("options") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
    return [option for options in lists if isinstance(options, list) for option in options if isinstance(option, dict)]


def text_in(blocks: object) -> int:
    """Count the characters of text in blocks, however deep."""
    if isinstance(blocks, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else text_in(v) for k, v in blocks.items())
    return sum(map(text_in, blocks)) if isinstance(blocks, list) else 0


def elements_in(blocks: Sequence[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element a person can use, with the block it is in."""
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        yield from ((block, each) for each in inside if isinstance(each, dict) and each.get("type") in _ACTIVE)


def as_kept(thing: Any) -> Any:
    """Return blocks the way Slack gives them back: with the ids and flags their author left out."""
    if isinstance(thing, list):
        return [as_kept(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    kept = {key: as_kept(value) for key, value in thing.items()}
    kind = str(kept.get("type"))
    if kind in ("plain_text", "mrkdwn"):
        kept.setdefault(*(("emoji", True) if kind == "plain_text" else ("verbatim", False)))
    elif kind in _BLOCKS and not (kind == "image" and "block_id" not in kept and "title" not in kept):
        kept.setdefault("block_id", secrets.token_urlsafe(4)[:5])
    elif kind in _ACTIVE:
        kept.setdefault("action_id", secrets.token_urlsafe(4)[:5])
    return kept


# -- what a test gets to see ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call of the Web API. `answer` is what Slack had to say; under a `fault` the bot may not have heard it."""

    method: str
    arguments: Json
    at: datetime
    answer: Json
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Ephemeral:
    """A message that one person sees in one channel."""

    channel: str
    user: str
    message: Json


@dataclass(frozen=True, kw_only=True)
class Modal:
    """A view as one person got to see it; `done` is open, push or update."""

    done: str
    user: str
    view: Json


@dataclass(frozen=True, kw_only=True)
class Response:
    """One POST to a response_url."""

    url: str
    body: Json
    status: int
    at: datetime


@dataclass(frozen=True)
class Envelope:
    """One thing a person did, as Slack told the bot; `kind` is slash_commands, interactive or events_api."""

    id: str
    payload: Json
    kind: str

    @property
    def deed(self) -> str:
        """What is the same when Slack tells it again."""
        return str(self.payload.get("trigger_id") or self.payload.get("event_id") or self.id)


@dataclass(frozen=True, kw_only=True)
class Ack:
    """How the bot acknowledged an envelope, and how many seconds that took."""

    payload: Json
    took: float


class Refused(Exception):
    """The answer to a call is ok: false. `broken` names the rule of Slack's that the bot broke, if it broke one."""

    def __init__(self, error: str, broken: str = "", messages: Sequence[str] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.broken = broken
        self.messages = list(messages)

    def __str__(self) -> str:
        return ": ".join([self.error, *filter(None, [self.broken, "; ".join(self.messages)])])

    def answer(self) -> Json:
        more = {"response_metadata": {"messages": self.messages}} if self.messages else {}
        return {"ok": False, "error": self.error, **more}


@dataclass
class _Channel:
    id: str
    name: str
    creator: str
    private: bool = False
    archived: bool = False
    members: list[str] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    """Who is in a direct message: empty in a channel."""


@dataclass
class _Trigger:
    user: str
    deed: str
    view: str | None
    made: float = field(default_factory=time.monotonic)
    opened: str | None = None
    """The view it was used for."""


@dataclass
class _ResponseUrl:
    channel: str
    user: str
    deed: str
    message: str | None
    made: float = field(default_factory=time.monotonic)
    uses: int = 0


@dataclass
class _Bucket:
    """Holds `most` calls and fills up by one every `every` seconds."""

    most: float
    every: float
    level: float
    at: float = field(default_factory=time.monotonic)

    def wait(self, now: float) -> float:
        """Take one call out and return 0, or return the seconds until there is one."""
        self.level = min(self.most, self.level + (now - self.at) / self.every)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) * self.every


# -- the workspace --------------------------------------------------------------------------------------------


class _Workspace:
    """Channels, people and messages, and what was noticed. Every public method may be called from any thread."""

    def __init__(self, *, limits: bool, pace: float, patience: float, clock: Callable[[], float]) -> None:
        self.team_id, self.app_id, self.bot_user, self.bot_id = "T0LOOKOUT1", "A0LOOKOUT1", "U0LOOKOUT1", "B0LOOKOUT1"
        self.bot_token = "xoxb-1-" + secrets.token_hex(8)
        self.app_token = "xapp-1-" + secrets.token_hex(8)
        self.signing_secret = secrets.token_hex(16)
        self.requests: list[Request] = []
        self.ephemeral: list[Ephemeral] = []
        self.views: list[Modal] = []
        self.responses: list[Response] = []
        self.violations: list[str] = []
        self.too_many = 0
        self.url = ""
        self._limits, self._pace, self._patience, self._clock = limits, pace, patience, clock
        self._changed = threading.Condition()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._channels: dict[str, _Channel] = {}
        self._users: dict[str, Json] = {}
        self._groups: list[Json] = []
        self._revoked = ""
        self._number = count(1)
        self._last = 0
        self._modals: dict[str, Json] = {}
        self._triggers: dict[str, _Trigger] = {}
        self._urls: dict[str, _ResponseUrl] = {}
        self._answers: dict[str, list[Json]] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    # waiting

    def wait_for(self, condition: Callable[[], T], says: str = "") -> T:
        """Return what the condition gives once it is true. Blocks: in an async test, use `until`."""
        if found := condition():
            return found
        if _in_a_loop():
            raise RuntimeError("this would stop the event loop: `await server.until(...)` instead")
        with self._changed:
            deadline = time.monotonic() + GIVE_UP
            while not (found := condition()):
                assert time.monotonic() < deadline, self._never(says)
                # The server wakes us; the short time is for conditions on something other than the server.
                self._changed.wait(0.05)
            return found

    async def until(self, condition: Callable[[], T], says: str = "") -> T:
        """Return what the condition gives once it is true, letting the event loop of the test run on."""
        deadline = time.monotonic() + GIVE_UP
        woken = asyncio.Event()
        with self._changed:
            self._waiting[woken] = asyncio.get_running_loop()
        try:
            while not (found := condition()):
                assert time.monotonic() < deadline, self._never(says)
                woken.clear()
                if found := condition():
                    break
                try:
                    await asyncio.wait_for(woken.wait(), 0.05)
                except TimeoutError:
                    continue
            return found
        finally:
            with self._changed:
                del self._waiting[woken]

    def _never(self, says: str) -> str:
        heard = ", ".join(request.method for request in self.requests[-10:])
        return f"waited {GIVE_UP:.0f} s in vain for {says or 'the condition'}; last calls: {heard or 'none'}"

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()
            for woken, loop in self._waiting.items():
                if not loop.is_closed():
                    loop.call_soon_threadsafe(woken.set)

    def _note(self, what: str) -> None:
        with self._changed:
            self.violations.append(what)

    # furnishing

    def channel(self, name: str, private: bool = False, member: bool = True, creator: str | None = None) -> str:
        """Return the id of a new channel, which the bot is a member of; `creator` is the name or id of a person."""
        with self._changed:
            made = self._person(creator or "ann")
            new = _Channel(id=self._new("C"), name=name, creator=made, private=private)
            new.members = [made, *([self.bot_user] if member else [])]
            self._channels[new.id] = new
        return new.id

    def user(self, name: str, admin: bool | None = None, tz: str | None = None) -> str:
        """Return the id of the person of that name, who is new if nobody has it yet; New York time, no admin."""
        with self._changed:
            known = next((user for user in self._users.values() if user["name"] == name), None)
            new = known["id"] if known else self._new("U")
            was_admin, was_in = (known["is_admin"], known["tz"]) if known else (False, "America/New_York")
            admin, tz = was_admin if admin is None else admin, tz or was_in
            self._users[new] = self._profile(new, name, admin=admin, tz=tz)
        return str(new)

    def usergroup(self, handle: str) -> str:
        with self._changed:
            new = self._new("S")
            at = int(time.time())
            self._groups.append(
                {
                    "id": new,
                    "team_id": self.team_id,
                    "is_usergroup": True,
                    "name": handle.title(),
                    "handle": handle,
                    "description": "",
                    "date_create": at,
                    "date_update": at,
                    "date_delete": 0,
                    "user_count": 0,
                }
            )
        return new

    def archive(self, channel: str) -> None:
        self._place(channel).archived = True

    def delete_channel(self, channel: str) -> None:
        with self._changed:
            del self._channels[self._place(channel).id]

    def remove_bot(self, channel: str) -> None:
        with self._changed:
            self._place(channel).members.remove(self.bot_user)

    def add(self, channel: str, user: str) -> None:
        """Make a person a member of the channel; pass `server.bot_user` to invite the bot."""
        with self._changed:
            place = self._place(channel)
            place.members += [who for who in [self._person(user)] if who not in place.members]

    def revoke(self, error: str = "token_revoked") -> None:
        """Answer this (or account_inactive) to every call from now on."""
        self._revoked = error

    def say(self, channel: str, text: str, user: str = "ann", thread_ts: str | None = None) -> Json:
        """Post a message as a person, and return it. The bot is not told: use `event` for that."""
        with self._changed:
            place = self._place(channel)
            message = {
                "type": "message",
                "user": self._person(user),
                "text": text,
                "ts": self._ts(),
                "team": self.team_id,
            }
            self._keep(place, message, thread_ts)
        self._tell()
        return deepcopy(message)

    # looking

    def messages(self, channel: str) -> list[Json]:
        """Top-level messages of a channel (name or id), oldest first, with their metadata."""
        with self._changed:
            return deepcopy([each for each in self._place(channel).messages if _top(each)])

    def replies(self, channel: str, ts: str) -> list[Json]:
        """The replies to a message, oldest first, without the message itself."""
        with self._changed:
            kept = self._place(channel).messages
            return deepcopy([each for each in kept if each.get("thread_ts") == ts and each["ts"] != ts])

    def direct(self, user: str) -> str:
        """Return the id of the direct channel between the bot and a person."""
        with self._changed:
            return self._direct([self._person(user)]).id

    def calls(self, method: str) -> list[Request]:
        """Every call of one method so far."""
        with self._changed:
            return [request for request in self.requests if request.method == method]

    def answers(self, envelope: Envelope) -> list[Json]:
        """Everything a person has been shown for one deed: messages, modals or options, first to last."""
        with self._changed:
            return deepcopy(self._answers.get(envelope.deed, []))

    # inside; callers hold the lock

    def _new(self, letter: str) -> str:
        return f"{letter}0{next(self._number):09d}"

    def _ts(self) -> str:
        """Return a timestamp that no other message has, later than all before."""
        self._last = max(self._last + 1, int(self._clock() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _person(self, user: str) -> str:
        return user if user in self._users or user == self.bot_user else self.user(user)

    def _place(self, channel: str) -> _Channel:
        with self._changed:
            for place in self._channels.values():
                if channel in (place.id, place.name, f"#{place.name}"):
                    return place
        raise KeyError(f"no channel {channel} in this test")

    def _direct(self, people: Sequence[str]) -> _Channel:
        for place in self._channels.values():
            if place.people == sorted(people):
                return place
        new = self._new("D" if len(people) == 1 else "G")
        name = "directmessage" if len(people) == 1 else "mpdm-" + "--".join(people)
        place = _Channel(id=new, name=name, creator=self.bot_user, private=True, people=sorted(people))
        place.members = [*people, self.bot_user]
        self._channels[new] = place
        return place

    def _keep(self, place: _Channel, message: Json, thread_ts: str | None = None) -> None:
        if thread_ts:
            root = next((each for each in place.messages if each["ts"] == thread_ts), None)
            if root is None:
                raise Refused("thread_not_found")
            message["thread_ts"] = thread_ts = root.get("thread_ts", thread_ts)
            root = next(each for each in place.messages if each["ts"] == thread_ts)
            users = root.get("reply_users", [])
            root.update(
                thread_ts=thread_ts,
                reply_count=root.get("reply_count", 0) + 1,
                reply_users=users if message["user"] in users else [*users, message["user"]],
                latest_reply=message["ts"],
            )
        place.messages.append(message)

    def _message(self, ts: str) -> tuple[_Channel, Json, Ephemeral | None]:
        """Find a message by its timestamp, among those everybody sees and those one person sees."""
        for place in self._channels.values():
            for message in place.messages:
                if message["ts"] == ts:
                    return place, message, None
        for seen in self.ephemeral:
            if seen.message["ts"] == ts and seen.channel in self._channels:
                return self._channels[seen.channel], seen.message, seen
        raise KeyError(f"no message {ts} in this test")

    def _profile(
        self, new: str, name: str, *, admin: bool = False, tz: str = "America/New_York", bot: bool = False
    ) -> Json:
        offset = datetime.now(ZoneInfo(tz)).utcoffset()
        return {
            "id": new,
            "team_id": self.team_id,
            "name": name,
            "real_name": name.title(),
            "deleted": False,
            "is_admin": admin,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": bot,
            "is_app_user": False,
            "tz": tz,
            "tz_label": tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": {"real_name": name.title(), "display_name": name, "team": self.team_id},
            "updated": int(time.time()),
        }


def _top(message: Json) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def _in_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


# -- the Web API ----------------------------------------------------------------------------------------------


_MESSAGE = "channel text blocks attachments metadata "
_PAGE = "cursor limit "
_ARGUMENTS = {
    "api.test": "error foo",
    "auth.test": "",
    "apps.connections.open": "",
    "bots.info": "bot",
    "chat.postMessage": _MESSAGE
    + "thread_ts mrkdwn unfurl_links unfurl_media reply_broadcast parse link_names icon_emoji icon_url username",
    "chat.postEphemeral": "channel user text blocks attachments "
    + "thread_ts parse link_names icon_emoji icon_url username",
    "chat.update": _MESSAGE + "ts parse link_names reply_broadcast as_user unfurl_links unfurl_media",
    "chat.delete": "channel ts as_user",
    "conversations.history": _PAGE + "channel oldest latest inclusive include_all_metadata",
    "conversations.replies": _PAGE + "channel ts oldest latest inclusive include_all_metadata",
    "conversations.info": "channel include_locale include_num_members",
    "conversations.join": "channel",
    "conversations.open": "channel users return_im prevent_creation",
    "conversations.members": _PAGE + "channel",
    "users.info": "user include_locale",
    "usergroups.list": "include_count include_disabled include_users",
    "views.open": "trigger_id view",
    "views.push": "trigger_id view",
    "views.update": "view view_id external_id hash",
}
_NEEDED = {
    "chat.postMessage": "channel",
    "chat.postEphemeral": "channel user",
    "chat.update": "channel ts",
    "chat.delete": "channel ts",
    "conversations.history": "channel",
    "conversations.replies": "channel ts",
    "conversations.info": "channel",
    "conversations.join": "channel",
    "conversations.members": "channel",
    "users.info": "user",
    "views.open": "trigger_id view",
    "views.push": "trigger_id view",
    "views.update": "view",
}
_NESTED = {"blocks", "attachments", "metadata", "view"}
_FLAGS = {
    *("mrkdwn", "unfurl_links", "unfurl_media", "reply_broadcast", "inclusive", "include_all_metadata", "return_im"),
    *("link_names", "as_user", "include_locale", "include_num_members", "include_count", "include_disabled"),
}
_PER_MINUTE = {
    **dict.fromkeys(("conversations.join", "conversations.open", "conversations.history", "bots.info"), 50),
    **dict.fromkeys(("chat.update", "chat.delete", "conversations.replies", "conversations.info"), 50),
    **dict.fromkeys(("chat.postEphemeral", "users.info", "conversations.members"), 100),
    **dict.fromkeys(("views.open", "views.push", "views.update"), 100),
    "usergroups.list": 20,
}
"""Slack's tiers: the second is 20 calls a minute, the third 50, the fourth 100."""


def _on(arguments: Json, flag: str) -> bool:
    return arguments.get(flag) in (True, 1, "1", "true", "True")


def _decoded(arguments: Json) -> Json:
    """Decode the arguments that are JSON inside a string; leave what is not JSON as it is, to be refused later."""
    decoded = dict(arguments)
    for key in _NESTED & decoded.keys():
        if isinstance(decoded[key], str):
            try:
                decoded[key] = json.loads(decoded[key])
            except ValueError:
                continue
    return decoded


def _broken_metadata(metadata: object) -> str:
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        return "metadata must be an object with event_type and event_payload"
    if not isinstance(metadata.get("event_type"), str) or not 1 <= len(metadata["event_type"]) <= 255:
        return "metadata event_type must be 1 to 255 characters"
    return f"metadata must not have {set(metadata)}" if set(metadata) - {"event_type", "event_payload"} else ""


class _WebApi(_Workspace):
    """The methods: each takes arguments and returns the answer, or raises Refused. They run under the lock."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._tickets: set[str] = set()
        self._methods: dict[str, Callable[[Json], Json]] = {
            "api.test": self._api_test,
            "auth.test": self._auth_test,
            "apps.connections.open": self._apps_connections_open,
            "bots.info": self._bots_info,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.info": self._info,
            "conversations.join": self._join,
            "conversations.open": self._open,
            "conversations.members": self._members,
            "users.info": self._users_info,
            "usergroups.list": self._usergroups_list,
            "views.open": self._views_open,
            "views.push": self._views_push,
            "views.update": self._views_update,
        }

    def _answer(self, method: str, arguments: Json, token: str) -> Json:
        """Answer one call, and note what it broke."""
        with self._changed:
            try:
                self._let_in(method, token)
                self._read(method, arguments)
                return {"ok": True, **self._methods[method](arguments)}
            except Refused as e:
                if e.broken or e.messages:
                    self.violations.append(f"{method}: {e}")
                return e.answer()

    def _let_in(self, method: str, token: str) -> None:
        if method not in self._methods:
            raise Refused("unknown_method", f"no method {method} here")
        if method == "api.test":
            return
        if not token:
            raise Refused("not_authed")
        if token not in (self.bot_token, self.app_token):
            raise Refused("invalid_auth")
        if self._revoked:
            raise Refused(self._revoked)
        if (token == self.app_token) != (method == "apps.connections.open"):
            raise Refused("not_allowed_token_type", "called with the wrong one of the two tokens")

    def _read(self, method: str, arguments: Json) -> None:
        for key, value in arguments.items():
            # slack_bolt adds team_id to every call of the client it hands to a listener.
            if key not in ["team_id", *_ARGUMENTS[method].split()] and method != "api.test":
                self._note(f"{method}: no argument {key}")
            if key in _FLAGS and value not in (True, False, "0", "1", "true", "false"):
                raise Refused("invalid_arguments", f"{key} must be true or false, not {_short(value)}")
            if key not in _NESTED | _FLAGS and not isinstance(value, str | int):
                raise Refused("invalid_arguments", f"{key} must be a string, not {_short(value)}")
        for key in _NEEDED.get(method, "").split():
            if not arguments.get(key):
                raise Refused("invalid_arguments", f"needs {key}", [f"[ERROR] missing required field: {key}"])
        if not _encodes(arguments):
            raise Refused("invalid_charset", "half a character (a lone surrogate) in the arguments")

    def _sound(self, where: str, said: Json) -> None:
        """Raise Refused if Slack would not take this text, these blocks or this metadata; note what we would not."""
        text, blocks, metadata = said.get("text"), said.get("blocks"), said.get("metadata")
        if not text and not blocks and not said.get("attachments"):
            raise Refused("no_text", "neither text nor blocks")
        if text is not None and not isinstance(text, str):
            raise Refused("invalid_arguments", f"text must be a string, not {_short(text)}")
        self._weigh_text(where, text or "")
        if blocks:
            if not isinstance(blocks, list):
                raise Refused("invalid_blocks_format", "blocks must be a JSON array")
            reading = Reading(blocks)
            if reading.wrong:
                raise Refused("invalid_blocks", messages=reading.wrong)
            if (much := text_in(blocks)) > 13_200:
                raise Refused("msg_blocks_too_long", f"{much} characters of text in blocks, of 13200")
            self.violations += [f"{where}: {what}" for what in reading.unsafe]
        if metadata and (broken := _broken_metadata(metadata)):
            raise Refused("invalid_metadata_format", broken)
        if metadata and len(json.dumps(metadata)) > 8_000:
            raise Refused("metadata_too_large", f"{len(json.dumps(metadata))} characters of metadata")

    def _weigh_text(self, where: str, text: str) -> None:
        if not text.strip():
            self._note(f"{where}: no text to fall back on")
        if len(text) > 40_000:
            raise Refused("msg_too_long", f"{len(text)} characters of text")
        if len(text) > 4_000:
            self._note(f"{where}: {len(text)} characters of text, of 4000 advised")
        self.violations += [f"{where}: {what}" for what in unsafe(text)]

    def _ours(self, said: Json) -> Json:
        """Return a new message of the bot."""
        message: Json = {
            "type": "message",
            "user": self.bot_user,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "team": self.team_id,
            "text": said.get("text") or "",
            "ts": self._ts(),
        }
        for key in ("blocks", "attachments"):
            if said.get(key):
                message[key] = as_kept(said[key])
        if said.get("metadata"):
            message["metadata"] = deepcopy(said["metadata"])
        return message

    # who and where

    def _channel(self, channel: str) -> _Channel:
        """Return the channel if the bot may know of it."""
        place = self._channels.get(channel)
        if place is None or (place.private and self.bot_user not in place.members):
            raise Refused("channel_not_found")
        return place

    def _inside(self, channel: str) -> _Channel:
        place = self._channel(channel)
        if self.bot_user not in place.members:
            raise Refused("not_in_channel")
        return place

    def _writable(self, channel: str) -> _Channel:
        """Return the channel the bot may post to; a person's id stands for the direct channel, a #name for its id."""
        if channel in self._users:
            return self._direct([channel])
        named = [place.id for place in self._channels.values() if channel.removeprefix("#") == place.name]
        place = self._inside(named[0] if named else channel)
        if place.archived:
            raise Refused("is_archived")
        return place

    def _api_test(self, arguments: Json) -> Json:
        if "error" in arguments:
            raise Refused(str(arguments["error"]))
        return {"args": arguments}

    def _auth_test(self, _: Json) -> Json:
        return {
            "url": "https://newsroom.slack.com/",
            "team": "Newsroom",
            "user": "lookout",
            "team_id": self.team_id,
            "user_id": self.bot_user,
            "bot_id": self.bot_id,
            "is_enterprise_install": False,
        }

    def _apps_connections_open(self, _: Json) -> Json:
        ticket = secrets.token_hex(12)
        self._tickets.add(ticket)
        return {"url": f"{self.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.app_id}"}

    def _bots_info(self, arguments: Json) -> Json:
        if arguments.get("bot", self.bot_id) != self.bot_id:
            raise Refused("bot_not_found")
        bot = {"id": self.bot_id, "app_id": self.app_id, "user_id": self.bot_user, "name": "lookout", "deleted": False}
        return {"bot": {**bot, "updated": 0, "icons": {}}}

    def _users_info(self, arguments: Json) -> Json:
        if arguments["user"] == self.bot_user:
            return {"user": self._profile(self.bot_user, "lookout", bot=True)}
        if arguments["user"] not in self._users:
            raise Refused("user_not_found")
        return {"user": deepcopy(self._users[arguments["user"]])}

    def _usergroups_list(self, _: Json) -> Json:
        return {"usergroups": deepcopy(self._groups)}

    # chat

    def _post_message(self, arguments: Json) -> Json:
        place = self._writable(str(arguments["channel"]))
        self._sound("chat.postMessage", arguments)
        message = self._ours(arguments)
        if arguments.get("thread_ts") and _on(arguments, "reply_broadcast"):
            message["subtype"] = "thread_broadcast"
        self._keep(place, message, arguments.get("thread_ts"))
        return {"channel": place.id, "ts": message["ts"], "message": deepcopy(message)}

    def _post_ephemeral(self, arguments: Json) -> Json:
        place, user = self._writable(str(arguments["channel"])), arguments["user"]
        self._sound("chat.postEphemeral", arguments)
        if user not in self._users or (place.private and user not in place.members):
            raise Refused("user_not_in_channel")
        shown = self._whisper(place.id, user, arguments)
        deeds = [trigger.deed for trigger in self._triggers.values() if trigger.user == user]
        if deeds:
            self._show(deeds[-1], shown.message)
        return {"message_ts": shown.message["ts"]}

    def _whisper(self, channel: str, user: str, said: Json) -> Ephemeral:
        message = {**self._ours(said), "is_ephemeral": True}
        if said.get("thread_ts"):
            message["thread_ts"] = said["thread_ts"]
        shown = Ephemeral(channel=channel, user=user, message=message)
        self.ephemeral.append(shown)
        return shown

    def _show(self, deed: str, what: Json) -> None:
        self._answers.setdefault(deed, []).append(what)

    def _own(self, arguments: Json, error: str) -> tuple[_Channel, Json]:
        place = self._channel(str(arguments["channel"]))
        message = next((each for each in place.messages if each["ts"] == arguments["ts"]), None)
        if message is None:
            raise Refused("message_not_found")
        if message.get("bot_id") != self.bot_id:
            raise Refused(error)
        return place, message

    def _update(self, arguments: Json) -> Json:
        place, message = self._own(arguments, "cant_update_message")
        if place.archived:
            raise Refused("is_archived")
        self._sound("chat.update", arguments)
        self._change(message, arguments)
        return {"channel": place.id, "ts": message["ts"], "text": message["text"], "message": deepcopy(message)}

    def _change(self, message: Json, said: Json) -> None:
        """Change a message as chat.update documents: text without blocks removes the blocks; metadata stays."""
        if "text" in said:
            message["text"] = said["text"]
        if "blocks" in said or "text" in said:
            message["blocks"] = as_kept(said.get("blocks") or [])
        if "metadata" in said:
            message["metadata"] = deepcopy(said["metadata"])
        for key in ("blocks", "metadata"):
            if not message.get(key):
                message.pop(key, None)
        message["edited"] = {"user": self.bot_user, "ts": self._ts()}

    def _delete(self, arguments: Json) -> Json:
        place, message = self._own(arguments, "cant_delete_message")
        place.messages.remove(message)
        return {"channel": place.id, "ts": message["ts"]}

    # conversations

    def _history(self, arguments: Json) -> Json:
        place = self._inside(str(arguments["channel"]))
        found = self._between([each for each in place.messages if _top(each)], arguments)
        page, more = _page(found[::-1], arguments, 100)
        return {"messages": self._told(page, arguments), "has_more": bool(more), "pin_count": 0, **more}

    def _replies(self, arguments: Json) -> Json:
        place = self._inside(str(arguments["channel"]))
        asked = next((each for each in place.messages if each["ts"] == arguments["ts"]), None)
        if asked is None:
            raise Refused("thread_not_found")
        root = asked.get("thread_ts", asked["ts"])
        thread = [each for each in place.messages if each["ts"] != root and each.get("thread_ts") == root]
        first = [each for each in place.messages if each["ts"] == root]
        page, more = _page(first + self._between(thread, arguments), arguments, 1_000)
        return {"messages": self._told(page, arguments), "has_more": bool(more), **more}

    def _between(self, messages: Sequence[Json], arguments: Json) -> list[Json]:
        try:
            oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or math.inf)
        except ValueError as e:
            raise Refused("invalid_ts_oldest", f"not a timestamp: {e}") from e
        inclusive = _on(arguments, "inclusive")
        # Timestamps compare as text: six decimals of seconds are more than a float holds safely.
        low, high = f"{oldest:.6f}", f"{latest:.6f}" if latest < math.inf else "9" * 20
        return [each for each in messages if low < each["ts"] < high or (inclusive and each["ts"] in (low, high))]

    def _told(self, messages: Sequence[Json], arguments: Json) -> list[Json]:
        hidden = () if _on(arguments, "include_all_metadata") else ("metadata",)
        return [{key: deepcopy(value) for key, value in each.items() if key not in hidden} for each in messages]

    def _info(self, arguments: Json) -> Json:
        place = self._channel(str(arguments["channel"]))
        told = self._about(place)
        return {
            "channel": {**told, "num_members": len(place.members)} if _on(arguments, "include_num_members") else told
        }

    def _about(self, place: _Channel) -> Json:
        if len(place.people) == 1:
            return {"id": place.id, "is_im": True, "user": place.people[0], "is_org_shared": False, "created": 0}
        return {
            "id": place.id,
            "name": place.name,
            "name_normalized": place.name,
            "is_channel": not place.private,
            "is_group": place.private and not place.people,
            "is_im": False,
            "is_mpim": bool(place.people),
            "is_private": place.private,
            "is_archived": place.archived,
            "is_general": False,
            "is_shared": False,
            "is_ext_shared": False,
            "is_org_shared": False,
            "is_member": self.bot_user in place.members,
            "creator": place.creator,
            "created": 0,
            "context_team_id": self.team_id,
            "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
        }

    def _join(self, arguments: Json) -> Json:
        place = self._channel(str(arguments["channel"]))
        if place.private:
            raise Refused("method_not_supported_for_channel_type")
        if place.archived:
            raise Refused("is_archived")
        there = self.bot_user in place.members
        if not there:
            place.members.append(self.bot_user)
        warned = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
        return {"channel": self._about(place), **(warned if there else {})}

    def _open(self, arguments: Json) -> Json:
        people = [each for each in str(arguments.get("users") or "").split(",") if each]
        if not people and not arguments.get("channel"):
            raise Refused("users_list_not_supplied", "needs users or channel")
        if any(each not in self._users for each in people):
            raise Refused("user_not_found")
        place = self._direct(people) if people else self._channel(str(arguments["channel"]))
        return {"channel": self._about(place) if _on(arguments, "return_im") else {"id": place.id}}

    def _members(self, arguments: Json) -> Json:
        page, more = _page(list(self._channel(str(arguments["channel"])).members), arguments, 100)
        return {"members": page, **(more or {"response_metadata": {"next_cursor": ""}})}

    # views

    def _views_open(self, arguments: Json) -> Json:
        return self._open_view("open", arguments)

    def _views_push(self, arguments: Json) -> Json:
        return self._open_view("push", arguments)

    def _open_view(self, done: str, arguments: Json) -> Json:
        trigger = self._triggers.get(arguments["trigger_id"])
        if trigger is None:
            raise Refused("invalid_arguments", "unknown trigger_id", ["invalid `trigger_id`"])
        self._check_view(f"views.{done}", arguments["view"])
        if trigger.opened:
            raise Refused("exchanged_trigger_id", "a trigger_id can be used once")
        if (took := time.monotonic() - trigger.made) > self._patience:
            raise Refused("expired_trigger_id", f"used {took:.1f} s after the deed, of {self._patience:g}")
        parent = trigger.view if done == "push" else None
        new = self._new_view(done, arguments["view"], trigger.user, trigger.deed, parent)
        trigger.opened = new["id"]
        return {"view": new}

    def _new_view(self, done: str, view: Json, user: str, deed: str, parent: str | None) -> Json:
        new = self._new("V")
        above = self._modals[parent]["root_view_id"] if parent else new
        if parent and sum(each["root_view_id"] == above for each in self._modals.values()) >= 3:
            raise Refused("push_limit_reached", "three views are the most")
        ids = {"id": new, "team_id": self.team_id, "app_id": self.app_id, "bot_id": self.bot_id}
        kept = {**_blank_view(), **as_kept(view), **ids, "root_view_id": above, "previous_view_id": parent}
        self._modals[new] = kept = {**kept, "hash": f"{time.time():.0f}.{secrets.token_hex(4)}"}
        self.views.append(Modal(done=done, user=user, view=deepcopy(kept)))
        self._show(deed, kept)
        return deepcopy(kept)

    def _views_update(self, arguments: Json) -> Json:
        wanted = arguments.get("view_id"), arguments.get("external_id") or None
        old = next((v for v in self._modals.values() if v["id"] == wanted[0] or v["external_id"] == wanted[1]), None)
        if old is None:
            raise Refused("not_found")
        if arguments.get("hash") not in (None, "", old["hash"]):
            raise Refused("hash_conflict")
        self._check_view("views.update", arguments["view"])
        new = self._changed_view(old, arguments["view"])
        deeds = [each.deed for each in self._triggers.values() if new["id"] in (each.view, each.opened)]
        if deeds:
            self._show(deeds[-1], new)
        return {"view": new}

    def _changed_view(self, old: Json, view: Json) -> Json:
        user = next(modal.user for modal in self.views if modal.view["id"] == old["id"])
        same = ("id", "team_id", "app_id", "bot_id", "root_view_id", "previous_view_id")
        old_ids = {key: old[key] for key in same}
        new = {**_blank_view(), **as_kept(view), **old_ids, "hash": f"{time.time():.0f}.{secrets.token_hex(4)}"}
        self._modals[old["id"]] = new
        self.views.append(Modal(done="update", user=user, view=deepcopy(new)))
        return deepcopy(new)

    def _check_view(self, where: str, view: object) -> None:
        if not isinstance(view, dict):
            raise Refused("invalid_arguments", f"view must be an object, not {_short(view)}")
        reading = Reading(view.get("blocks"), most=100)
        self.violations += [f"{where}: {what}" for what in reading.unsafe]
        wrong = [*reading.wrong, *_wrong_in_view(view)]
        if wrong:
            raise Refused("invalid_arguments", messages=wrong)
        if len(json.dumps(view)) > 250_000:
            raise Refused("view_too_large", f"{len(json.dumps(view))} bytes of view")


_VIEW = {
    *("type", "title", "blocks", "submit", "close", "private_metadata", "callback_id", "external_id"),
    *("clear_on_close", "notify_on_close", "submit_disabled"),
}


def _wrong_in_view(view: Json) -> Iterator[str]:
    if view.get("type") not in ("modal", "home"):
        yield f"[ERROR] unsupported type: {_short(view.get('type'))}"
    yield from (f"[ERROR] invalid additional property: {key}" for key in set(view) - _VIEW)
    for key in ("title", "submit", "close"):
        text = view.get(key)
        if text is None and (key != "title" or view.get("type") == "home"):
            continue
        said = text.get("text") if isinstance(text, dict) and text.get("type") == "plain_text" else None
        if not isinstance(said, str) or not 1 <= len(said) <= 24:
            yield f"[ERROR] {key} must be a plain_text of 1 to 24 characters"
    for key, most in (("private_metadata", 3_000), ("callback_id", 255), ("external_id", 255)):
        if not isinstance(view.get(key, ""), str) or len(view.get(key, "")) > most:
            yield f"[ERROR] {key} must be at most {most} characters"
    blocks = view.get("blocks")
    inputs = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if inputs and view.get("type") == "modal" and "submit" not in view:
        yield "[ERROR] a view with input blocks needs submit"


def _blank_view() -> Json:
    texts = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
    return {**texts, "clear_on_close": False, "notify_on_close": False, "state": {"values": {}}}


def _page(things: Sequence[T], arguments: Json, usual: int) -> tuple[list[T], Json]:
    """Return one page of things, and where the next one starts if there is one."""
    try:
        limit = int(arguments.get("limit") or usual)
    except ValueError as e:
        raise Refused("invalid_limit", str(e)) from e
    if not 1 <= limit <= 1_000:
        raise Refused("invalid_limit", f"limit must be 1 to 1000, not {limit}")
    # A cursor names the next thing, so that new messages do not shift the pages.
    marks = [
        urlsafe_b64encode(f"next:{each['ts'] if isinstance(each, dict) else each}".encode()).decode() for each in things
    ]
    if (cursor := arguments.get("cursor") or "") and cursor not in marks:
        raise Refused("invalid_cursor", f"no such cursor: {cursor}")
    start = marks.index(cursor) if cursor else 0
    rest = start + limit
    more = {"response_metadata": {"next_cursor": marks[rest]}} if rest < len(marks) else {}
    return list(things[start:rest]), more


def _encodes(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


# -- the server -----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class _Socket:
    """One live connection of Socket Mode; `leaving` once Slack has asked the bot to open another."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    leaving: bool = False


@dataclass
class _Told:
    """An envelope on its way: by which connection, and since when."""

    envelope: Envelope
    by: _Socket | None
    at: float = field(default_factory=time.monotonic)


class SlackServer(_WebApi):
    """A Slack workspace with one app in it, on loopback, in a thread: `with SlackServer() as server`.

    `limits` makes it answer 429 the way Slack does. `pace` scales the durations of those limits and of slow faults.
    `patience` is how many seconds the bot has to acknowledge, and to use a trigger. `clock` gives the seconds that
    timestamps of messages are made of. Set `request_url` and people's deeds go there by signed HTTP, not by socket.
    """

    def __init__(
        self,
        *,
        limits: bool = False,
        pace: float = 1.0,
        patience: float = 3.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(limits=limits, pace=pace, patience=patience, clock=clock)
        self.api = ""
        self.request_url: str | None = None
        self.connections = 0
        """How many connections of Socket Mode there have been so far."""
        self.acks: dict[str, list[Ack]] = {}
        """What came back for each envelope id, first to last."""
        self._faults: dict[str, deque[str]] = {}
        self._sockets: list[_Socket] = []
        self._told_of: dict[str, _Told] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="slack", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(GIVE_UP), "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    @property
    def sockets(self) -> int:
        """How many connections of Socket Mode are live, without those Slack has asked to leave."""
        with self._changed:
            return len(self._live())

    def fault(self, method: str, *plans: str) -> None:
        """Let the next calls of a method go wrong, one plan each.

        "lost" does the work and hangs up; "500 after" and "fatal after" do the work and answer an error; "500", "503",
        "429" (or "429:30" for another Retry-After), "reset", "hang" and "error:NAME" do none; "slow:2" takes so many
        seconds and works. The method may also be "respond" (a response_url) or "link" (a Socket Mode connection).
        """
        with self._changed:
            self._faults.setdefault(method, deque()).extend(plans)

    def drop_socket(self) -> None:
        """Cut every connection of Socket Mode without a word."""
        with self._changed:
            live = list(self._sockets)
        for each in live:
            self._loop.call_soon_threadsafe(each.transport.abort)

    def refresh_socket(self, reason: str = "refresh_requested") -> None:
        """Ask the bot to open another connection, as Slack does every few hours; this one gets nothing more."""
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "loopback"}}
        with self._changed:
            for each in self._live():
                each.leaving = True
                self._soon(self._dismiss(each, message))

    # life, in the server's own loop

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20, middlewares=[self._loudly])
        app.router.add_route("*", "/api/{method}", self._on_call)
        app.router.add_post("/respond/{kind}/{token}", self._on_respond)
        app.router.add_get("/link/", self._on_link)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.api = self.url + "/api/"
        self._ready.set()
        await self._closing.wait()
        for each in list(self._sockets):
            each.transport.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await runner.cleanup()

    @web.middleware
    async def _loudly(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note a mistake of this server's own, which the bot would only see as a 500."""
        try:
            return await handler(request)
        except Exception as e:
            if not isinstance(e, web.HTTPException | ConnectionError):
                self._note(f"slack_server.py itself failed at {request.path}: {''.join(format_exception(e))}")
            raise

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """Start this in the server's loop, from any thread."""

        def start() -> None:
            task = asyncio.ensure_future(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(start)

    async def _nap(self, seconds: float) -> None:
        """Wait so long, or until the end of the test."""
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    # the Web API over HTTP

    async def _on_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        arguments = await self._arguments(method, request)
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        token = str(arguments.pop("token", "") or given)
        plan = self._plan(method)
        if plan.startswith("slow:"):
            await self._nap(float(plan[5:]) * self._pace)
        with self._changed:
            answer = self._meet(plan) or self._limited(method, arguments) or self._answer(method, arguments, token)
            if plan == "fatal after":
                answer = {"ok": False, "error": "fatal_error"}
            heard = Request(
                method=method, arguments=arguments, at=datetime.now(UTC), answer=deepcopy(answer), fault=plan
            )
            self.requests.append(heard)
        self._tell()
        return await self._reply(request, plan, answer)

    async def _arguments(self, method: str, request: web.Request) -> Json:
        arguments: Json = dict(request.query)
        if request.content_type == "application/json":
            try:
                body = json.loads(await request.text() or "{}")
            except ValueError:
                body = None
            if not isinstance(body, dict):
                self._note(f"{method}: the body is not a JSON object")
                body = {}
            arguments.update(body)
        elif request.can_read_body:
            arguments.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
        return _decoded(arguments)

    def _plan(self, method: str) -> str:
        with self._changed:
            plans = self._faults.get(method)
            return plans.popleft() if plans else ""

    def _meet(self, plan: str) -> Json | None:
        """Return what a call that does no work is answered, or None if it is to work."""
        name, _, value = plan.partition(":")
        if name == "429":
            return {"ok": False, "error": "ratelimited"}
        if name == "error":
            return {"ok": False, "error": value}
        if name in ("500", "503", "reset", "hang"):
            return {"ok": False, "error": name}
        assert name in ("", "lost", "slow", "500 after", "fatal after"), f"no such fault: {plan}"
        return None

    def _limited(self, method: str, arguments: Json) -> Json | None:
        """Answer a call that came too soon; posting is limited for each channel, the rest by Slack's tiers."""
        if not self._limits:
            return None
        now = time.monotonic()
        with self._changed:
            if method == "chat.postMessage":
                key, most, every = (method, str(arguments.get("channel"))), 3.0, 1.0
            elif method in _PER_MINUTE:
                key, most, every = (method, ""), float(_PER_MINUTE[method]), 60 / _PER_MINUTE[method]
            else:
                return None
            bucket = self._buckets.setdefault(key, _Bucket(most=most, every=every * self._pace, level=most, at=now))
            wait = bucket.wait(now)
            if not wait:
                return None
            self.too_many += 1
        after = max(1, math.ceil(wait)) if self._pace >= 1 else round(wait)
        return {"ok": False, "error": "ratelimited", "retry_after": after}

    async def _reply(self, request: web.Request, plan: str, answer: Json) -> web.StreamResponse:
        if plan in ("lost", "reset", "hang"):
            if plan == "hang":
                await self._closing.wait()
            return _hang_up(request, rudely=plan == "reset")
        if plan[:3] in ("500", "503"):
            return web.Response(status=int(plan[:3]), text="<html>Server Error</html>", content_type="text/html")
        if answer.get("error") == "ratelimited":
            after = plan.partition(":")[2] or str(answer.pop("retry_after", 1))
            return web.json_response(answer, status=429, headers={"Retry-After": after})
        return web.json_response(answer, headers={"x-oauth-scopes": "chat:write,commands", "x-slack-req-id": "1"})

    # response_url

    async def _on_respond(self, request: web.Request) -> web.StreamResponse:
        plan = self._plan("respond")
        if plan.startswith("slow:"):
            await self._nap(float(plan[5:]) * self._pace)
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        address = self.url + request.path
        if not isinstance(body, dict):
            self._note("respond: the body is not a JSON object")
            return web.Response(status=400, text="invalid_payload")
        status, words = (503, "fault") if self._meet(plan) else self._respond(address, _decoded(body))
        with self._changed:
            self.responses.append(Response(url=address, body=_decoded(body), status=status, at=datetime.now(UTC)))
        self._tell()
        if plan in ("lost", "reset", "hang") or plan[:3] in ("500", "503", "429"):
            return await self._reply(request, plan, self._meet(plan) or {})
        return web.Response(status=status, text=words)

    def _respond(self, address: str, body: Json) -> tuple[int, str]:
        with self._changed:
            known = self._urls.get(address)
            if known is None:
                return 404, "invalid_url"
            if known.uses >= RESPONSE_URL_USES:
                self._note("respond: a response_url can be used 5 times")
                return 404, "used_url"
            if time.monotonic() - known.made > RESPONSE_URL_LIFE:
                return 404, "expired_url"
            known.uses += 1
            try:
                if not body.get("delete_original"):
                    self._sound("respond", body)
                self._said_back(known, body)
            except Refused as e:
                if not (e.broken or e.messages):
                    return 404, e.error
                self.violations.append(f"respond: {e}")
                return 400, e.error
        return 200, "ok"

    def _said_back(self, known: _ResponseUrl, body: Json) -> None:
        if known.channel not in self._channels:
            raise Refused("channel_not_found")
        try:
            original = self._message(known.message) if known.message else None
        except KeyError as e:
            if body.get("replace_original") or body.get("delete_original"):
                raise Refused("message_not_found") from e
            original = None
        if original and body.get("delete_original"):
            place, message, whispered = original
            if whispered:
                self.ephemeral.remove(whispered)
            else:
                place.messages.remove(message)
        elif original and body.get("replace_original"):
            self._change(original[1], body)
            self._show(known.deed, original[1])
        elif not body.get("delete_original"):
            self._show(known.deed, self._speak(known.channel, known.user, body))

    def _speak(self, channel: str, user: str, said: Json) -> Json:
        """Show an answer where it was asked for: to everybody if it says in_channel, else to that person."""
        if said.get("response_type", "ephemeral") != "in_channel":
            return self._whisper(channel, user, said).message
        message = self._ours(said)
        self._keep(self._channels[channel], message, said.get("thread_ts"))
        return message

    # Socket Mode

    def _live(self) -> list[_Socket]:
        return [each for each in self._sockets if not each.leaving]

    async def _on_link(self, request: web.Request) -> web.StreamResponse:
        plan = self._plan("link")
        if self._meet(plan):
            return await self._reply(request, plan, {})
        ticket = request.query.get("ticket", "")
        with self._changed:
            if ticket not in self._tickets:
                return web.Response(status=408)
            self._tickets.remove(ticket)
        socket_ = web.WebSocketResponse(autoping=True)
        await socket_.prepare(request)
        assert isinstance(request.transport, asyncio.Transport)
        link = _Socket(socket=socket_, transport=request.transport)
        await socket_.send_json(
            {
                "type": "hello",
                "num_connections": self.sockets + 1,
                "connection_info": {"app_id": self.app_id},
                "debug_info": {"host": "loopback", "build_number": 1, "approximate_connection_time": 18_060},
            }
        )
        with self._changed:
            self._sockets.append(link)
            self.connections += 1
        self._tell()
        try:
            async for message in socket_:
                if message.type is WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            with self._changed:
                self._sockets.remove(link)
            self._tell()
        return socket_

    async def _send(self, link: _Socket, message: Json) -> None:
        try:
            await link.socket.send_json(message)
        except ConnectionError:
            self._tell()

    async def _dismiss(self, link: _Socket, message: Json) -> None:
        """Ask the bot to leave, and cut the connection 10 s later."""
        await self._send(link, message)
        await self._nap(10 * self._pace)
        link.transport.abort()

    def _heard(self, data: str) -> None:
        """Take an acknowledgement, with whatever it answers."""
        try:
            ack = json.loads(data)
            told = self._told_of[ack["envelope_id"]]
        except (ValueError, KeyError, TypeError):
            self._note(f"socket: not the ack of an envelope: {_short(data)}")
            return
        self._acked(told, ack.get("payload") or {})

    def _acked(self, told: _Told, payload: Json) -> None:
        ack = Ack(payload=payload, took=time.monotonic() - told.at)
        with self._changed:
            acks = self.acks.setdefault(told.envelope.id, [])
            acks.append(ack)
            if len(acks) > 1:
                self._note(f"acknowledged twice: {_deed_of(told.envelope)}")
            if payload:
                try:
                    self._take(told.envelope, _decoded(payload))
                except Refused as e:
                    self._note(f"ack of {_deed_of(told.envelope)}: {e}")
        self._tell()

    def _take(self, envelope: Envelope, payload: Json) -> None:
        """Do what the payload of an acknowledgement asks for."""
        what = envelope.payload
        kind = what.get("type")
        if envelope.kind == "slash_commands":
            self._sound("ack", payload)
            self._show(envelope.deed, self._speak(what["channel_id"], what["user_id"], payload))
        elif kind == "block_suggestion":
            reading = Reading([])
            reading.offered(payload)
            if reading.wrong:
                raise Refused("invalid_options", messages=reading.wrong)
            self._show(envelope.deed, payload)
        elif kind == "view_submission":
            self._submitted(envelope, payload)
        else:
            raise Refused("ignored", f"the payload of an ack is ignored for {kind or envelope.kind}")

    def _submitted(self, envelope: Envelope, payload: Json) -> None:
        action, old = payload.get("response_action"), envelope.payload["view"]
        if action == "errors":
            blocks = {block["block_id"] for block in old["blocks"] if block["type"] == "input"}
            if not payload.get("errors") or set(payload["errors"]) - blocks:
                raise Refused("invalid_errors", f"errors must name input blocks, not {set(payload.get('errors', {}))}")
            self._show(envelope.deed, payload)
        elif action in ("update", "push"):
            self._check_view("ack", payload.get("view"))
            if action == "update":
                self._show(envelope.deed, self._changed_view(self._modals[old["id"]], payload["view"]))
            else:
                self._new_view("push", payload["view"], envelope.payload["user"]["id"], envelope.deed, old["id"])
        elif action != "clear":
            raise Refused("invalid_response_action", f"no response_action {_short(action)}")

    def _dispatch(self, payload: Json, kind: str, retry: int = 0) -> Envelope:
        """Tell the bot, over one of its connections or at its request URL."""
        envelope = Envelope(secrets.token_hex(8), payload, kind)
        with self._changed:
            live = self._live()
            assert live or self.request_url, "the bot is not connected: the person would see dispatch_failed"
            told = _Told(envelope, None if self.request_url else secrets.choice(live))
            self._told_of[envelope.id] = told
        if told.by is None:
            self._soon(self._post(told))
        else:
            message = {
                "envelope_id": envelope.id,
                "type": kind,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
                **({"retry_attempt": retry, "retry_reason": "timeout"} if retry or kind == "events_api" else {}),
            }
            self._soon(self._send(told.by, message))
            self._soon(self._time_ack(told))
        return envelope

    async def _time_ack(self, told: _Told) -> None:
        await self._nap(self._patience)
        with self._changed:
            # A bot that has died, or lost its connection, cannot acknowledge: that is no fault of its code.
            if told.by in self._sockets and told.envelope.id not in self.acks and not self._closing.is_set():
                self._note(f"no ack within {self._patience:g} s of {_deed_of(told.envelope)}")
        self._tell()

    async def _post(self, told: _Told) -> None:
        assert self.request_url
        headers, body = self._signed(told.envelope.kind, told.envelope.payload)
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=self._patience)) as session,
                session.post(self.request_url, data=body, headers=headers) as answer,
            ):
                text = await answer.text()
                if answer.status != 200:
                    self._note(f"{answer.status} in answer to {_deed_of(told.envelope)}")
                self._acked(told, _said_in(text))
        except (ClientError, TimeoutError) as e:
            self._note(f"no ack within {self._patience:g} s of {_deed_of(told.envelope)}: {type(e).__name__}")
            self._tell()

    def _signed(
        self, kind: str, payload: Json, secret: str | None = None, timestamp: str | None = None
    ) -> tuple[dict[str, str], bytes]:
        forms = {"slash_commands": payload, "interactive": {"payload": json.dumps(payload)}}
        body = urlencode(forms[kind]) if kind in forms else json.dumps(payload)
        at = timestamp if timestamp is not None else str(int(time.time()))
        key = (secret if secret is not None else self.signing_secret).encode()
        signature = hmac.new(key, f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded" if kind in forms else "application/json",
            "X-Slack-Signature": f"v0={signature}",
            "X-Slack-Request-Timestamp": at,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        return headers, body.encode()

    def post_signed(
        self, url: str, kind: str, payload: Json, secret: str | None = None, timestamp: str | None = None
    ) -> tuple[int, str]:
        """POST what Slack would to the bot's own endpoint, and return the status and the body of its answer.

        `kind` is that of an Envelope. Blocks: where the bot runs in the test's own loop, use asyncio.to_thread.
        """
        headers, body = self._signed(kind, payload, secret, timestamp)
        try:
            with build_opener(ProxyHandler({})).open(Outgoing(url, body, headers), timeout=GIVE_UP) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as e:
            return e.code, e.read().decode()

    # people

    def command(self, channel: str, text: str = "", user: str = "ann", command: str = "/lookout") -> Envelope:
        """Type a slash command in a channel (its name or id) as a person (a name or id)."""
        with self._changed:
            place, who = self._place(channel), self._person(user)
            deed = self._deed(who)
            payload = {
                "token": "verification",
                "team_id": self.team_id,
                "team_domain": "newsroom",
                "channel_id": place.id,
                "channel_name": "privategroup" if place.private and not place.people else place.name,
                "user_id": who,
                "user_name": self._users[who]["name"],
                "command": command,
                "text": text,
                "api_app_id": self.app_id,
                "is_enterprise_install": "false",
                "response_url": self._response_url("commands", place.id, who, deed),
                "trigger_id": deed,
            }
        return self._dispatch(payload, "slash_commands")

    def press(self, message: Json, action_id: str, *, channel: str | None = None, user: str = "ann") -> Envelope:
        """Press a button, known by its action_id or by what it says, on a message or in a view."""
        block, element = _found(message, action_id)
        assert element["type"] == "button", f"{action_id} is a {element['type']}: choose from it"
        action: Json = {key: element[key] for key in ("type", "text", "value", "style", "url") if key in element}
        return self._act(message, block, element, action, channel, user)

    def choose(
        self, message: Json, action_id: str, *values: str, channel: str | None = None, user: str = "ann"
    ) -> Envelope:
        """Choose from a select: options by value or by what they say; ids for users and channels; dates as they are."""
        block, element = _found(message, action_id)
        action = {"type": element["type"], **_chosen(element, values)}
        return self._act(message, block, element, action, channel, user)

    def shortcut(
        self, callback_id: str, message: Json | None = None, channel: str | None = None, user: str = "ann"
    ) -> Envelope:
        """Choose a message's shortcut from its menu; without a message, a global shortcut."""
        with self._changed:
            who = self._person(user)
            base = self._base("message_action" if message else "shortcut", who)
            payload = {**base, "callback_id": callback_id, "action_ts": self._ts()}
            if message:
                place = self._place(channel) if channel else self._message(message["ts"])[0]
                payload |= {
                    "channel": {"id": place.id, "name": place.name},
                    "message": deepcopy(message),
                    "message_ts": message["ts"],
                    "response_url": self._response_url("app", place.id, who, base["trigger_id"]),
                }
        return self._dispatch(payload, "interactive")

    def submit(self, view: Modal | Json, values: Mapping[str, Any] | None = None, user: str = "ann") -> Envelope:
        """Fill in a modal and submit it: values by action_id or block_id, lists where several can be chosen."""
        with self._changed:
            shown = deepcopy(self._modals[_view(view)["id"]])
            shown["state"] = {"values": _filled(shown, dict(values or {}))}
            payload = {**self._base("view_submission", self._person(user), shown["id"]), "view": shown}
            payload["response_urls"] = []
        return self._dispatch(payload, "interactive")

    def close_view(self, view: Modal | Json, user: str = "ann") -> Envelope:
        """Close a modal that has asked to be told (notify_on_close)."""
        with self._changed:
            shown = deepcopy(self._modals[_view(view)["id"]])
            assert shown["notify_on_close"], "Slack tells nobody about closing this view"
            payload = {**self._base("view_closed", self._person(user)), "view": shown, "is_cleared": False}
            payload.pop("trigger_id")
        return self._dispatch(payload, "interactive")

    def suggest(self, action_id: str, typed: str, user: str = "ann", source: Modal | Json | None = None) -> Envelope:
        """Type into an external select, in `source` (a message or a view) or in the latest view that has it."""
        with self._changed:
            base = self._base("block_suggestion", self._person(user))
            base.pop("trigger_id")
            within = _view(source) if source else self._latest(action_id)
            block, element = _found(within, action_id)
            asked = {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
            payload = {**base, **asked, **self._where(within, None)}
        return self._dispatch(payload, "interactive")

    def event(self, event: Json) -> Envelope:
        """Tell the bot of an event it subscribed to, such as {"type": "member_left_channel", ...}."""
        with self._changed:
            payload = {
                "token": "verification",
                "team_id": self.team_id,
                "api_app_id": self.app_id,
                "type": "event_callback",
                "event_id": self._new("Ev"),
                "event_time": int(time.time()),
                "event": {"event_ts": self._ts(), **event},
                "authorizations": [
                    {"enterprise_id": None, "team_id": self.team_id, "user_id": self.bot_user, "is_bot": True}
                ],
            }
        return self._dispatch(payload, "events_api")

    def redeliver(self, envelope: Envelope) -> Envelope:
        """Tell the bot the same thing again, in a new envelope, as Slack does when it believes the first was lost."""
        return self._dispatch(envelope.payload, envelope.kind, retry=1)

    # what people see

    def ack_of(self, envelope: Envelope) -> Ack | None:
        """The first acknowledgement of this envelope, if it has come."""
        with self._changed:
            return next(iter(self.acks.get(envelope.id, ())), None)

    def acked(self, envelope: Envelope) -> Json:
        """Wait for the acknowledgement and return its payload. `await acking(...)` in an async test."""
        ack = self.wait_for(lambda: self.ack_of(envelope), f"the ack of {_deed_of(envelope)}")
        assert ack
        return ack.payload

    async def acking(self, envelope: Envelope) -> Json:
        ack = await self.until(lambda: self.ack_of(envelope), f"the ack of {_deed_of(envelope)}")
        assert ack
        return ack.payload

    def shown(self, envelope: Envelope, number: int = 1) -> Json:
        """Wait for what the person is shown first, or `number`th: a message, a view, options or errors.

        `await showing(...)` in an async test.
        """
        says = f"answer {number} to {_deed_of(envelope)}"
        return self.wait_for(lambda: self.answers(envelope)[number - 1 : number], says)[0]

    async def showing(self, envelope: Envelope, number: int = 1) -> Json:
        says = f"answer {number} to {_deed_of(envelope)}"
        return (await self.until(lambda: self.answers(envelope)[number - 1 : number], says))[0]

    # inside; callers hold the lock

    def _deed(self, user: str, view: str | None = None) -> str:
        """Return a new trigger_id."""
        made = f"{int(time.time() * 1000)}.{next(self._number)}.{secrets.token_hex(8)}"
        self._triggers[made] = _Trigger(user=user, deed=made, view=view)
        return made

    def _response_url(self, kind: str, channel: str, user: str, deed: str, message: str | None = None) -> str:
        address = f"{self.url}/respond/{kind}/{secrets.token_hex(8)}"
        self._urls[address] = _ResponseUrl(channel=channel, user=user, deed=deed, message=message)
        return address

    def _base(self, kind: str, user: str, view: str | None = None) -> Json:
        name = self._users[user]["name"]
        return {
            "type": kind,
            "token": "verification",
            "api_app_id": self.app_id,
            "team": {"id": self.team_id, "domain": "newsroom"},
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": user, "username": name, "name": name, "team_id": self.team_id},
            "trigger_id": self._deed(user, view),
        }

    def _where(self, thing: Json, channel: str | None) -> Json:
        """Say what an element was in: a view, or a message in a channel. Slack leaves out a message only one sees."""
        if "root_view_id" in thing:
            return {"container": {"type": "view", "view_id": thing["id"]}, "view": deepcopy(self._modals[thing["id"]])}
        place, _, whispered = self._message(thing["ts"])
        place = self._place(channel) if channel else place
        container = {
            "type": "message",
            "message_ts": thing["ts"],
            "channel_id": place.id,
            "is_ephemeral": whispered is not None,
            **({"thread_ts": thing["thread_ts"]} if "thread_ts" in thing else {}),
        }
        where = {"container": container, "channel": {"id": place.id, "name": place.name}}
        return where if whispered else {**where, "message": deepcopy(thing)}

    def _act(self, thing: Json, block: Json, element: Json, action: Json, channel: str | None, user: str) -> Envelope:
        with self._changed:
            who = self._person(user)
            where = self._where(thing, channel)
            base = self._base("block_actions", who, thing["id"] if "view" in where else None)
            ids = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": self._ts()}
            payload = {**base, **where, "actions": [{**action, **ids}]}
            if "view" not in where:
                state = {} if element["type"] == "button" else {block["block_id"]: {element["action_id"]: action}}
                place = where["channel"]["id"]
                payload["state"] = {"values": state}
                payload["response_url"] = self._response_url("actions", place, who, base["trigger_id"], thing["ts"])
        return self._dispatch(payload, "interactive")

    def _latest(self, action_id: str) -> Json:
        """The view opened last, or else the message posted last, that has this element."""
        messages = [message for place in self._channels.values() for message in place.messages]
        messages += [each.message for each in self.ephemeral]
        things: list[Json] = [*sorted(messages, key=lambda each: each["ts"]), *self._modals.values()]
        for thing in reversed(things):
            if any(element["action_id"] == action_id for _, element in elements_in(thing.get("blocks", []))):
                return thing
        raise AssertionError(f"nothing on any screen has {action_id}")


def _hang_up(request: web.Request, *, rudely: bool = False) -> web.Response:
    """Close the connection without an answer; `rudely` with a reset."""
    transport = request.transport
    if transport is not None:
        if rudely and (wire := transport.get_extra_info("socket")) is not None:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort() if rudely else transport.close()
    return web.Response()


def _said_in(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        said = json.loads(text)
    except ValueError:
        return {"text": text}
    return said if isinstance(said, dict) else {"text": text}


def _deed_of(envelope: Envelope) -> str:
    what = envelope.payload
    if envelope.kind == "slash_commands":
        return f"{what['command']} {what['text']}".strip()
    event = what.get("event", {}).get("type", "")
    actions = [action["action_id"] for action in what.get("actions", [])]
    names = [event, *actions, what.get("callback_id", ""), what.get("view", {}).get("callback_id", "")]
    return " ".join([what["type"], *filter(None, names)])


def _view(thing: Modal | Json) -> Json:
    return thing.view if isinstance(thing, Modal) else thing


def _found(thing: Json, wanted: str) -> tuple[Json, Json]:
    """Return an element and its block, by the action_id or by what is written on it."""
    elements = list(elements_in(thing.get("blocks", [])))
    for block, element in elements:
        if element.get("action_id") == wanted:
            return block, element
    for block, element in elements:
        if element.get("text", {}).get("text") == wanted:
            return block, element
    raise AssertionError(f"no {wanted} here, only {[element['action_id'] for _, element in elements]}")


def _chosen(element: Json, values: Sequence[str]) -> Json:
    """Return what an element's state says once these values are chosen, typed or picked."""
    kind = element["type"]
    several = kind.startswith("multi_") or kind == "checkboxes"
    assert several or len(values) <= 1, f"one value only: {values}"
    if kind in _TYPED:
        return {"value": values[0] if values else None}
    if kind in ("datepicker", "timepicker", "datetimepicker"):
        key = {"datepicker": "selected_date", "timepicker": "selected_time"}.get(kind, "selected_date_time")
        return {key: values[0] if values else None}
    noun = next((noun for noun in ("user", "conversation", "channel") if f"{noun}s_select" in kind), "option")
    picked = [_option(element, value) for value in values] if noun == "option" else list(values)
    return {f"selected_{noun}s": picked} if several else {f"selected_{noun}": picked[0] if picked else None}


def _option(element: Json, value: str) -> Json:
    if "external" in element["type"]:
        return {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}
    offered = options_of(element)
    chosen = [option for option in offered if value in (option["value"], option["text"]["text"])]
    assert chosen, f"{value} is not offered, only {[option['value'] for option in offered]}"
    return deepcopy(chosen[0])


def _filled(view: Json, values: Json) -> Json:
    """Return the state of a modal in which a person has filled in these values; Slack would not let others through."""
    state: Json = {}
    for block, element in elements_in(view["blocks"]):
        if element["type"] == "button":
            continue
        names = [name for name in (element["action_id"], block["block_id"]) if name in values]
        given = values.pop(names[0]) if names else _initial(element)
        chosen = [str(given)] if isinstance(given, str | int) else [] if given is None else list(given)
        if chosen == [""]:
            chosen = []
        if block["type"] == "input" and not block.get("optional"):
            assert chosen, f"{element['action_id']} must be filled in"
        if element["type"] == "plain_text_input" and chosen:
            least, most = element.get("min_length", 0), element.get("max_length", 3_000)
            assert least <= len(chosen[0]) <= most, f"{element['action_id']} takes {least} to {most} characters"
        filled = {"type": element["type"], **_chosen(element, chosen)}
        state.setdefault(block["block_id"], {})[element["action_id"]] = filled
    assert not values, f"no such inputs in this view: {list(values)}"
    return state


def _initial(element: Json) -> Any:
    """What an element holds before anybody touches it."""
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    if "initial_option" in element:
        return element["initial_option"]["value"]
    return next((value for key, value in element.items() if key.startswith("initial_")), None)
