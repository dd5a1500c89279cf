"""Discord on loopback for the tests: REST v10 and the gateway, over real HTTP and WebSockets, in a thread of its own.

    test thread                       server's thread                    bot (this process or another)
    server.slash(...)  -- world -->   gateway  == INTERACTION_CREATE ==> discord.py, unmodified
    server.answer(...) <- world --    REST     <== POST .../callback ==  discord.http.Route.BASE = server.api

What breaks Discord's OpenAPI document, or one of its further documented limits, is answered 400 as Discord would and
noted in `violations`. Lengths are counted in UTF-16 units, the stricter reading. Nothing here sleeps or polls.
"""

import asyncio
import importlib
import json
import math
import re
import secrets
import socket
import struct
import threading
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

JSON = dict[str, Any]
Where = tuple[str | int, ...]
Breach = tuple[Where, str]
"""What breaks a rule: where in the body, and how."""

OPENAPI = Path(__file__).parents[2] / "shared/data/specs/discord_openapi.json"

EPHEMERAL, LOADING, HAS_THREAD, COMPONENTS_V2 = 1 << 6, 1 << 7, 1 << 5, 1 << 15
TEXT, DM, VOICE, ANNOUNCEMENT, FORUM = 0, 1, 2, 5, 15
THREADS = (10, 11, 12)
VIEW, SEND = 1 << 10, 1 << 11
EVERYDAY = VIEW | SEND | 1 << 14 | 1 << 16 | 1 << 35 | 1 << 38
"""See, send, embed, read the history, make threads and write in them."""
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""Intents that Discord gives only when asked for in its portal: members, presences, message content."""


# -- what a test sees -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: `path` is below /api/v10, `at` is time.monotonic(), `status` 0 if it got no answer."""

    method: str
    path: str
    json: Any
    at: float
    status: int


@dataclass(frozen=True, kw_only=True)
class Interaction:
    """Something a person did: `kind` 2 a command, 3 a button or select, 4 typing in an option, 5 a modal sent."""

    id: int
    token: str
    kind: int
    channel: int
    user: int
    payload: JSON


# -- Discord's OpenAPI document -------------------------------------------------------------------------------


@cache
def _document() -> JSON | None:
    return json.loads(OPENAPI.read_text(encoding="utf-8")) if OPENAPI.exists() else None


@cache
def _schema(method: str, template: str) -> JSON | None:
    """What the body of this route has to be; None if the document is absent or says nothing."""
    operation: JSON = ((_document() or {}).get("paths", {}).get(template, {})).get(method.lower(), {})
    schema: JSON | None = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return schema


def breaches(schema: JSON, value: Any, at: Where = ()) -> Iterator[Breach]:
    """Return how `value` breaks this schema; the keywords are those that Discord's document uses."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name == "SnowflakeType" and _is(value, "integer"):
            return  # Discord takes ids as numbers too, and discord.py sends them so in allowed_mentions.
        yield from breaches((_document() or {})["components"]["schemas"][name], value, at)
    wanted = schema.get("type", [])
    types = [wanted] if isinstance(wanted, str) else wanted
    if types and not any(_is(value, kind) for kind in types):
        yield at, f"is {type(value).__name__}, not {' or '.join(types)}"
        return
    if schema.get("enum") and value not in schema["enum"]:
        yield at, f"is {value!r}, not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield at, f"is {value!r}, not {schema['const']!r}"
    for part in schema.get("allOf", ()):
        yield from breaches(part, value, at)
    for union in ("oneOf", "anyOf"):
        if union in schema:
            yield from _breaches_of_all([list(breaches(part, value, at)) for part in schema[union]], at)
    if isinstance(value, str):
        yield from _string_breaches(schema, value, at)
    elif isinstance(value, list):
        yield from _list_breaches(schema, value, at)
    elif isinstance(value, dict):
        yield from _object_breaches(schema, value, at)
    elif _is(value, "number") and not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        yield at, f"is {value}, not within {schema.get('minimum')} to {schema.get('maximum')}"


def _breaches_of_all(options: list[list[Breach]], at: Where) -> list[Breach]:
    """Return what to say when no option fits: the breaches of the one of the right type."""
    wrong_kind = {at, (*at, "type")}
    return min(options, key=lambda found: (any(where in wrong_kind for where, _ in found), len(found)) if found else ())


def _is(value: Any, kind: str) -> bool:
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    return isinstance(value, kinds[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _string_breaches(schema: JSON, value: str, at: Where) -> Iterator[Breach]:
    if not schema.get("minLength", 0) <= length(value) <= schema.get("maxLength", math.inf):
        yield at, f"is {length(value)} long, not {schema.get('minLength', 0)} to {schema.get('maxLength')}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield at, f"is {value!r}, which does not match {schema['pattern']}"
    if schema.get("format") == "uri" and not _is_address(value, "http", "https", "attachment"):
        yield at, f"is {value!r}, not a web address"
    if schema.get("format") == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield at, f"is {value!r}, not a time"


def _list_breaches(schema: JSON, value: list[Any], at: Where) -> Iterator[Breach]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", math.inf):
        yield at, f"has {len(value)} items, not {schema.get('minItems', 0)} to {schema.get('maxItems')}"
    if schema.get("uniqueItems") and len({json.dumps(item) for item in value}) < len(value):
        yield at, "has the same item twice"
    for place, item in enumerate(value):
        yield from breaches(schema.get("items", {}), item, (*at, place))


def _object_breaches(schema: JSON, value: JSON, at: Where) -> Iterator[Breach]:
    for name in schema.get("required", ()):
        if name not in value:
            yield (*at, name), "is required"
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", math.inf):
        yield at, f"has {len(value)} properties"
    others = schema.get("additionalProperties", {})
    for name, inner in value.items():
        rule = schema.get("properties", {}).get(name, others)
        if isinstance(rule, dict):
            yield from breaches(rule, inner, (*at, name))


# -- the further limits ---------------------------------------------------------------------------------------


def length(text: str) -> int:
    """Return the length in UTF-16 units; whether Discord counts so is not documented, and this is the stricter."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _is_address(text: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc) and not re.search(r"\s", text)


def _surrogates(value: Any, at: Where = ()) -> Iterator[Breach]:
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        yield at, "has a lone surrogate"
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _surrogates(name, (*at, "name of a property"))
            yield from _surrogates(inner, (*at, name))
    if isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _surrogates(inner, (*at, place))


def message_breaches(body: JSON, flags: int = 0, at: Where = ()) -> Iterator[Breach]:
    """Return how a message breaks the limits that are in Discord's prose rather than in its OpenAPI document."""
    flags |= _list_or(body.get("flags"), 0)
    content, embeds, components = body.get("content") or "", body.get("embeds") or [], body.get("components") or []
    yield from _too_long(content, 2000, (*at, "content"))
    yield from _embed_breaches(embeds, (*at, "embeds"))
    yield from _component_breaches(components, (*at, "components"))
    if length(str(body.get("nonce") or "")) > 25:
        yield (*at, "nonce"), "is longer than 25"
    if flags & COMPONENTS_V2:
        yield from _v2_breaches(body, components, at)
        return
    if len(components) > 5:
        yield (*at, "components"), f"has {len(components)} rows, more than 5"
    for place, row in enumerate(components):
        if row.get("type") != 1:
            yield (*at, "components", place), f"has type {row.get('type')}, which needs the flag IS_COMPONENTS_V2"


def _list_or(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default


def _too_long(text: Any, limit: int, at: Where) -> Iterator[Breach]:
    if isinstance(text, str) and length(text) > limit:
        yield at, f"is {length(text)} long, more than {limit}"


def _embed_breaches(embeds: Sequence[JSON], at: Where) -> Iterator[Breach]:
    if len(embeds) > 10:
        yield at, f"has {len(embeds)} embeds, more than 10"
    total = sum(length(text) for embed in embeds for text in _texts(embed))
    if total > 6000:
        yield at, f"has {total} characters in all embeds, more than 6000"
    addresses = Counter(embed["url"] for embed in embeds if embed.get("url"))
    for address, times in addresses.items():
        if times > 1:
            yield at, f"has {times} embeds with the url {address}: only the first is shown"
    for place, embed in enumerate(embeds):
        yield from _one_embed_breaches(embed, (*at, place))


def _one_embed_breaches(embed: JSON, at: Where) -> Iterator[Breach]:
    shown = ("title", "description", "fields", "author", "footer", "image", "thumbnail")
    if not any(embed.get(name) for name in shown) or not (
        any(text.strip() for text in _texts(embed)) or embed.get("image") or embed.get("thumbnail")
    ):
        yield at, "is an empty embed"
    author, footer, fields = embed.get("author") or {}, embed.get("footer") or {}, embed.get("fields") or []
    yield from _too_long(embed.get("title"), 256, (*at, "title"))
    yield from _too_long(embed.get("description"), 4096, (*at, "description"))
    yield from _too_long(author.get("name"), 256, (*at, "author", "name"))
    yield from _too_long(footer.get("text"), 2048, (*at, "footer", "text"))
    if len(fields) > 25:
        yield (*at, "fields"), f"has {len(fields)} fields, more than 25"
    for place, one in enumerate(fields):
        for name, limit in (("name", 256), ("value", 1024)):
            yield from _too_long(one.get(name), limit, (*at, "fields", place, name))
            if not str(one.get(name) or "").strip():
                yield (*at, "fields", place, name), "is blank"
    for where, address, schemes in (
        ("url", embed.get("url"), ("http", "https")),
        ("author", author.get("url"), ("http", "https")),
        ("author", author.get("icon_url"), ("http", "https", "attachment")),
        ("footer", footer.get("icon_url"), ("http", "https", "attachment")),
        ("image", (embed.get("image") or {}).get("url"), ("http", "https", "attachment")),
        ("thumbnail", (embed.get("thumbnail") or {}).get("url"), ("http", "https", "attachment")),
    ):
        if address and not _is_address(address, *schemes):
            yield (*at, where), f"has {address!r}, which is no web address"


def _texts(embed: JSON) -> Iterator[str]:
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    yield (embed.get("footer") or {}).get("text") or ""
    yield (embed.get("author") or {}).get("name") or ""
    for one in embed.get("fields") or []:
        yield one.get("name") or ""
        yield one.get("value") or ""


def _every(components: Any, at: Where = ()) -> Iterator[tuple[Where, JSON]]:
    """Every component, at whatever depth, and where it is."""
    for place, part in enumerate(components or []):
        if not isinstance(part, dict):
            continue
        yield (*at, place), part
        yield from _every(part.get("components"), (*at, place, "components"))
        for name in ("accessory", "component"):
            if part.get(name):
                yield (*at, place, name), part[name]


def _component_breaches(components: Sequence[JSON], at: Where) -> Iterator[Breach]:
    everything = list(_every(components, at))
    for name in ("custom_id", "id"):
        for value, times in Counter(part[name] for _, part in everything if part.get(name)).items():
            if times > 1:
                yield at, f"has the {name} {value!r} {times} times"
    for where, part in everything:
        kind, custom_id = part.get("type"), part.get("custom_id")
        if custom_id is not None and not 1 <= length(str(custom_id)) <= 100:
            yield (*where, "custom_id"), f"is {length(str(custom_id))} long, not 1 to 100"
        if kind == 1:
            yield from _row_breaches(part, where)
        elif kind == 2:
            yield from _button_breaches(part, where)
        elif kind in (3, 5, 6, 7, 8):
            yield from _select_breaches(part, where)


def _row_breaches(row: JSON, at: Where) -> Iterator[Breach]:
    kinds = [part.get("type") for part in row.get("components") or []]
    if kinds.count(2) not in (0, len(kinds)) or (2 not in kinds and len(kinds) != 1) or len(kinds) > 5:
        yield at, f"is a row with {kinds}, not 1 to 5 buttons or one select"


def _button_breaches(button: JSON, at: Where) -> Iterator[Breach]:
    style, address = button.get("style"), button.get("url")
    yield from _too_long(button.get("label"), 80, (*at, "label"))
    if style == 5:
        if not address or button.get("custom_id") is not None:
            yield at, "is a link button without url or with custom_id"
        elif not _is_address(address, "http", "https") or length(address) > 512:
            yield (*at, "url"), f"is {address[:80]!r} ({length(address)} long), not http(s) of at most 512"
    elif style != 6 and (not button.get("custom_id") or address):
        yield at, "is a button without custom_id or with url"
    if style != 6 and not (button.get("label") or "").strip() and not button.get("emoji"):
        yield at, "is a button without label or emoji"


def _select_breaches(select: JSON, at: Where) -> Iterator[Breach]:
    least, most = _list_or(select.get("min_values"), 1), _list_or(select.get("max_values"), 1)
    yield from _too_long(select.get("placeholder"), 150, (*at, "placeholder"))
    if not select.get("custom_id"):
        yield at, "is a select without custom_id"
    if least > most:
        yield at, f"wants at least {least} and at most {most} values"
    if select.get("type") != 3:
        return
    options = select.get("options") or []
    values = [one.get("value") for one in options]
    if not 1 <= len(options) <= 25 or most > len(options):
        yield (*at, "options"), f"has {len(options)} options for at most {most} values, not 1 to 25"
    if len(set(values)) < len(values):
        yield (*at, "options"), "has the same value twice"
    if sum(bool(one.get("default")) for one in options) > most:
        yield (*at, "options"), f"has more defaults than {most}"
    for place, one in enumerate(options):
        for name in ("label", "value", "description"):
            yield from _too_long(one.get(name), 100, (*at, "options", place, name))
            if name != "description" and not (one.get(name) or "").strip():
                yield (*at, "options", place, name), "is blank"


def _v2_breaches(body: JSON, components: Sequence[JSON], at: Where) -> Iterator[Breach]:
    everything = [part for _, part in _every(components)]
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(name):
            yield (*at, name), "does not go with the flag IS_COMPONENTS_V2"
    if len(everything) > 40:
        yield (*at, "components"), f"has {len(everything)} components, more than 40"
    texts = [part.get("content") or "" for part in everything if part.get("type") == 10]
    if sum(map(length, texts)) > 4000:
        yield (*at, "components"), f"has {sum(map(length, texts))} characters of text, more than 4000"
    if not all(text.strip() for text in texts):
        yield (*at, "components"), "has a blank text"


def command_breaches(commands: Sequence[JSON]) -> Iterator[Breach]:
    """Return how a list of application commands breaks the limits in Discord's prose."""
    kinds = Counter(command.get("type") or 1 for command in commands)
    for kind, most in ((1, 100), (2, 5), (3, 5)):
        if kinds[kind] > most:
            yield (), f"has {kinds[kind]} commands of type {kind}, more than {most}"
    for (name, kind), times in Counter((one.get("name"), one.get("type") or 1) for one in commands).items():
        if times > 1:
            yield (), f"has the command {name!r} of type {kind} {times} times"
    for place, command in enumerate(commands):
        if (command.get("type") or 1) == 1:
            yield from _option_breaches(command, (place,))
            if _characters(command) > 8000:
                yield (place,), f"has {_characters(command)} characters, more than 8000"
        elif command.get("description") or command.get("options"):
            yield (place,), "is a menu command with a description or options"
        elif not 1 <= length(command.get("name") or "") <= 32:
            yield (place, "name"), "is not 1 to 32 long"


def _option_breaches(command: JSON, at: Where) -> Iterator[Breach]:
    name, options = command.get("name") or "", command.get("options") or []
    if not re.fullmatch(r"[-_'\w]{1,32}", name) or name != name.lower():
        yield (*at, "name"), f"is {name!r}, not 1 to 32 lower-case letters"
    if not 1 <= length(command.get("description") or "") <= 100:
        yield (*at, "description"), "is not 1 to 100 long"
    if len(options) > 25:
        yield (*at, "options"), f"has {len(options)} options, more than 25"
    names = [one.get("name") for one in options]
    if len(set(names)) < len(names):
        yield (*at, "options"), "has the same name twice"
    needed = [bool(one.get("required")) for one in options]
    if needed != sorted(needed, reverse=True):
        yield (*at, "options"), "has a required option after an optional one"
    if len({one.get("type") in (1, 2) for one in options}) > 1:
        yield (*at, "options"), "mixes subcommands and options"
    for place, one in enumerate(options):
        choices = one.get("choices") or []
        if len(choices) > 25 or (choices and one.get("autocomplete")):
            yield (*at, "options", place), "has more than 25 choices, or choices and autocomplete"
        yield from _option_breaches(one, (*at, "options", place))


def _characters(command: JSON) -> int:
    own = length(command.get("name") or "") + length(command.get("description") or "")
    choices = command.get("choices") or []
    return (
        own
        + sum(length(str(one.get("name"))) + length(str(one.get("value"))) for one in choices)
        + sum(map(_characters, command.get("options") or []))
    )


# -- refusals, and Discord's own rate limits ------------------------------------------------------------------


class Refused(Exception):
    """Answer this request with `status` and Discord's `code`; `breaches` go into the violations."""

    def __init__(self, status: int, code: int, message: str, found: Sequence[Breach] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.breaches = status, code, found

    def body(self) -> JSON:
        form: JSON = {}
        for where, text in self.breaches:
            place = form
            for step in where:
                place = place.setdefault(str(step), {})
            place.setdefault("_errors", []).append({"code": "INVALID", "message": text})
        return {"message": str(self), "code": self.code, **({"errors": form} if form else {})}


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class _Call:
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    said_json: bool
    readable: bool
    authorization: str
    at: float


@dataclass
class _Window:
    until: float
    used: int = 0


class _Pace:
    """Discord's limits: 5 posts in 5 s in each channel, 50 requests a second in all; `pace` scales the seconds."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._all = _Window(until=0)
        self._channels: dict[str, _Window] = {}

    def refusal(self, call: _Call) -> _Answer | None:
        """Return the 429 for this request, or count it."""
        if call.path.startswith(("/interactions/", "/webhooks/")):
            return None
        self._all = self._current(self._all, 1, call.at)
        if self._all.used >= 50:
            return too_many(self._all.until - call.at, everywhere=True)
        window = self._window(call)
        if window and window.used >= 5:
            return too_many(window.until - call.at, headers=self.headers(call))
        self._all.used += 1
        if window:
            window.used += 1
        return None

    def headers(self, call: _Call) -> dict[str, str]:
        window = self._window(call)
        if window is None:
            return {}
        left = max(window.until - time.monotonic(), 0.001)
        return {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": str(5 - window.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": "80c17d2f203122d936070c88c8d10f33",
        }

    def _window(self, call: _Call) -> _Window | None:
        if call.method != "POST" or not re.fullmatch(r"/channels/\d+/messages", call.path):
            return None
        window = self._current(self._channels.get(call.path, _Window(until=0)), 5, call.at)
        self._channels[call.path] = window
        return window

    def _current(self, window: _Window, seconds: float, at: float) -> _Window:
        return window if at < window.until else _Window(until=at + seconds * self._pace)


def too_many(seconds: float, *, everywhere: bool = False, headers: Mapping[str, str] | None = None) -> _Answer:
    """Return a 429 as Discord words it; discord.py waits for it only if there is a Via."""
    scope = {"X-RateLimit-Global": "true"} if everywhere else {}
    return _Answer(
        status=429,
        body={"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": everywhere},
        headers={
            **(headers or {}),
            **scope,
            "X-RateLimit-Scope": "global" if everywhere else "user",
            "Retry-After": str(max(math.ceil(seconds), 1)),
            "Via": "1.1 google",
        },
    )


def _broken(status: int, text: str) -> _Answer:
    return _Answer(status=status, body={"message": f"{status}: {text}", "code": 0})


_INSTEAD: dict[str, _Answer] = {
    "500": _broken(500, "Internal Server Error"),
    "502": _broken(502, "Bad Gateway"),
    "503": _broken(503, "Service Unavailable"),
    "429": too_many(0.05),
    "429 global": too_many(0.05, everywhere=True),
    "cloudflare": _Answer(status=429, body="<html>error code: 1015</html>", content_type="text/html"),
}
_AFTERWARDS = {"500 after": _INSTEAD["500"], "502 after": _INSTEAD["502"]}
_UNANSWERED = {"lost", "hang", "reset"}


# -- the gateway ----------------------------------------------------------------------------------------------


class _Plain:
    def __call__(self, text: str) -> str | bytes:
        return text


class _Zlib(_Plain):
    def __init__(self) -> None:
        self._stream = zlib.compressobj()

    def __call__(self, text: str) -> str | bytes:
        return self._stream.compress(text.encode()) + self._stream.flush(zlib.Z_SYNC_FLUSH)


class _Zstd(_Plain):
    def __init__(self) -> None:
        library: Any = importlib.import_module("zstandard")  # a client that asks for it has it
        self._flush = library.COMPRESSOBJ_FLUSH_BLOCK
        self._stream = library.ZstdCompressor().compressobj()

    def __call__(self, text: str) -> str | bytes:
        return bytes(self._stream.compress(text.encode()) + self._stream.flush(self._flush))


_PACKINGS: dict[str | None, type[_Plain]] = {None: _Plain, "zlib-stream": _Zlib, "zstd-stream": _Zstd}


class _Wire:
    """One WebSocket. `send` may be called from any thread."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self._request, self._ws = request, ws
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[JSON] = asyncio.Queue()
        self._pack = _PACKINGS[request.query.get("compress")]()

    def send(self, payload: JSON) -> None:
        self._loop.call_soon_threadsafe(self._waiting.put_nowait, payload)

    async def write(self) -> None:
        while True:
            packed = self._pack(json.dumps(await self._waiting.get()))
            try:
                await (self._ws.send_str(packed) if isinstance(packed, str) else self._ws.send_bytes(packed))
            except ConnectionError:
                return

    def hang_up(self, code: int | None) -> None:
        """Close with this code, or cut the connection without a word."""
        if code is not None:
            asyncio.run_coroutine_threadsafe(self._ws.close(code=code), self._loop)
        else:
            self._loop.call_soon_threadsafe(_cut, self._request)


def _cut(request: web.Request, *, reset: bool = False) -> None:
    """Close the connection: with a FIN, or with a RST."""
    if request.transport is None:
        return
    if reset:
        one: socket.socket = request.transport.get_extra_info("socket")
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


@dataclass
class _Session:
    id: str
    shard: tuple[int, int]
    intents: int
    wire: _Wire | None
    sent: list[JSON] = field(default_factory=list)

    def tell(self, event: str, data: JSON) -> None:
        payload = {"op": 0, "t": event, "s": len(self.sent) + 1, "d": deepcopy(data)}
        self.sent.append(payload)
        if self.wire:
            self.wire.send(payload)

    def wants(self, event: str, guild: int | None) -> bool:
        here = (guild >> 22) % self.shard[1] == self.shard[0] if guild else self.shard[0] == 0
        needed = {"GUILD": 1, "CHANN": 1, "THREA": 1, "MESSA": 1 << 9 if guild else 1 << 12}.get(event[:5], 0)
        return here and (not needed or bool(self.intents & needed))


@dataclass
class _Asked:
    """What became of an interaction."""

    interaction: Interaction
    at: float
    about: int | None
    callback: JSON | None = None
    original: int | None = None
    edits: int = 0
    followups: list[int] = field(default_factory=list)


# -- the server -----------------------------------------------------------------------------------------------


class DiscordServer:
    """Discord, with as many guilds, channels and people as a test makes. See the module for the picture.

    `limits` switches Discord's rate limits on, and `pace` scales their seconds (0.1: ten times faster). The other
    times are attributes to set: `nonce_window`, `answer_within` (3 s) and `token_life` (15 min). `too_many` counts the
    429s that the limits gave, without those that a test asked for by `fault`.
    """

    def __init__(self, *, limits: bool = False, pace: float = 1.0) -> None:
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.commands: list[JSON] = []
        self.too_many = self.identifies = self.resumes = 0
        self.intents: int | None = None
        self.token = f"sample.{secrets.token_urlsafe(12)}"
        self.nonce_window, self.answer_within, self.token_life = 300.0, 3.0, 900.0
        self.app_permissions = EVERYDAY
        self.privileged = False
        self._changed = threading.Condition()
        self._pace, self._limits = pace, _Pace(pace) if limits else None
        self._last_id = 0
        self._users: dict[int, JSON] = {}
        self._names: dict[str, int] = {}
        self._guilds: dict[int, JSON] = {}
        self._roles: dict[int, list[JSON]] = {}
        self._channels: dict[int, JSON] = {}
        self._all: dict[int, JSON] = {}
        self._history: dict[int, list[int]] = {}
        self._forbidden: dict[int, int] = {}
        self._kicked: set[int] = set()
        self._nonces: dict[tuple[int, str], tuple[float, int]] = {}
        self._asked: dict[int, _Asked] = {}
        self._faults: list[tuple[str, re.Pattern[str], deque[str]]] = []
        self._sessions: dict[str, _Session] = {}
        self._wires: set[_Wire] = set()
        self._routes = self._table()
        self.application_id = self._new_id()
        self.bot_id = self._new_id()
        self._users[self.bot_id] = _user(self.bot_id, "lookout", bot=True)
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="discord server")

    def __enter__(self) -> Self:
        self._thread.start()
        self._up.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=25 * 2**20)
        app.router.add_get("/gateway", self._socket)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.api, self.gateway = f"http://127.0.0.1:{port}/api/v10", f"ws://127.0.0.1:{port}/gateway"
        self._up.set()
        await self._closing.wait()
        for wire in list(self._wires):
            wire.hang_up(None)
        await runner.cleanup()

    # -- waiting ----------------------------------------------------------------------------------------------

    def wait_for(self, condition: Callable[[], object], says: str = "nothing happened") -> None:
        """Return when this holds. Not a time limit: the one minute is for a hung test."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout=60), f"{says}; {self._recently()}"

    async def until(self, condition: Callable[[], object], says: str = "nothing happened") -> None:
        """Return when this holds, without stopping the caller's event loop."""
        await asyncio.to_thread(self.wait_for, condition, says)

    def _recently(self) -> str:
        return f"last requests: {[(r.method, r.path, r.status) for r in self.requests[-5:]]}; {self.violations=}"

    @property
    def online(self) -> int:
        """How many sessions are on the gateway now; what happens while there is none reaches nobody."""
        with self._changed:
            return sum(session.wire is not None for session in self._sessions.values())

    # -- the world --------------------------------------------------------------------------------------------

    def user(self, name: str) -> int:
        """Return the id of the person of this name, who is made on first mention."""
        with self._changed:
            if name not in self._names:
                self._names[name] = self._new_id()
                self._users[self._names[name]] = _user(self._names[name], name)
            return self._names[name]

    def guild(self, name: str = "Sample server") -> int:
        """Make a guild with the bot in it, and say so on the gateway."""
        with self._changed:
            made = self._new_id()
            self._guilds[made] = {"id": str(made), "name": name, "owner_id": str(self.user("owner"))}
            self._roles[made] = [_role(made, "@everyone", 0, EVERYDAY)]
            self._tell("GUILD_CREATE", self._whole_guild(made), made)
            return made

    def role(self, guild: int, name: str) -> int:
        with self._changed:
            made = _role(self._new_id(), name, len(self._roles[guild]), 0)
            self._roles[guild].append(made)
            self._tell("GUILD_ROLE_CREATE", {"guild_id": str(guild), "role": made}, guild)
            return int(made["id"])

    def channel(self, guild: int, name: str, kind: int = TEXT) -> int:
        """Make a channel: 0 text, 2 voice, 4 category, 5 announcement, 15 forum."""
        with self._changed:
            made = _channel(self._new_id(), guild, name, kind)
            self._channels[int(made["id"])] = made
            self._history[int(made["id"])] = []
            self._tell("CHANNEL_CREATE", made, guild)
            return int(made["id"])

    def dm(self, user: str = "ann") -> int:
        """Return the channel between this person and the bot."""
        with self._changed:
            return int(self._direct(self.user(user))["id"])

    def delete_channel(self, channel: int) -> None:
        with self._changed:
            gone = self._channels.pop(channel)
            for thread in [int(one["id"]) for one in self._channels.values() if _parent(one) == channel]:
                del self._channels[thread]
            event = "THREAD_DELETE" if gone["type"] in THREADS else "CHANNEL_DELETE"
            self._tell(event, gone, _guild_of(gone))

    def forbid(self, channel: int, code: int = 50013) -> None:
        """Answer 403 with this code to posts there, and with 50001 to reading as well."""
        with self._changed:
            self._forbidden[channel] = code

    def allow(self, channel: int) -> None:
        with self._changed:
            self._forbidden.pop(channel, None)

    def kick(self, guild: int) -> None:
        """Throw the bot out of the guild."""
        with self._changed:
            self._kicked.add(guild)
            self._tell("GUILD_DELETE", {"id": str(guild)}, guild)

    def archive(self, thread: int) -> None:
        with self._changed:
            self._channels[thread]["thread_metadata"]["archived"] = True
            self._tell("THREAD_UPDATE", self._channels[thread], _guild_of(self._channels[thread]))

    def say(self, channel: int, content: str, user: str = "ann") -> JSON:
        """Let a person write something."""
        with self._changed:
            made = self._message(self._channels[channel], {"content": content}, self.user(user))
            return deepcopy(self._add(made))

    def remove(self, message: JSON) -> None:
        """Let a person delete a message."""
        with self._changed:
            self._remove(message)

    # -- what happened ----------------------------------------------------------------------------------------

    def messages(self, channel: int) -> list[JSON]:
        """What is in the channel, oldest first: also answers to interactions (type 20 or 23), not ephemeral ones."""
        with self._changed:
            return [deepcopy(self._all[one]) for one in self._history.get(channel, [])]

    def threads(self, channel: int) -> list[JSON]:
        """The threads of a channel, oldest first."""
        with self._changed:
            return [deepcopy(one) for one in self._channels.values() if _parent(one) == channel]

    def fault(self, method: str, path_pattern: str, *plans: str) -> None:
        """Let the next requests go wrong, one plan each; the pattern has to match the whole path below /api/v10.

        Not done, then: "500", "502", "503", "429", "429 global" (both 0.05 s), "cloudflare" (429 in HTML), "hang"
        (recorded, never answered), "reset" (RST). Done, then: "lost" (FIN instead of the answer), "500 after",
        "502 after", "slow:SECONDS" (the answer comes late). "ok": nothing goes wrong.
        """
        for plan in plans:
            known = plan in {*_INSTEAD, *_AFTERWARDS, *_UNANSWERED, "ok"} or re.fullmatch(r"slow:[\d.]+", plan)
            assert known, f"no such fault: {plan}"
        with self._changed:
            self._faults.append((method, re.compile(path_pattern), deque(plans)))

    def drop_gateway(self, code: int | None = None, *, resumable: bool = True) -> None:
        """Close every socket with this code, or without a word; not resumable: its sessions are forgotten."""
        with self._changed:
            for session in self._sessions.values():
                session.wire = None
            if not resumable:
                self._sessions.clear()
            for wire in self._wires:
                wire.hang_up(code)

    # -- people -----------------------------------------------------------------------------------------------

    def slash(
        self,
        channel: int,
        name: str,
        options: Mapping[str, Any] | None = None,
        user: str = "ann",
        permissions: int = 0,
    ) -> Interaction:
        """Use a command; a subcommand is {"preview": {"topic": "faces"}}. ValueError if there is none such."""
        with self._changed:
            command = self._command(name, 1)
            resolved: JSON = {}
            given = self._chosen(name, command.get("options") or [], options or {}, resolved)
            data = {"id": command["id"], "name": name, "type": 1, "options": given}
            if resolved:
                data["resolved"] = resolved
            return self._ask(2, channel, data, user, permissions)

    def complete(
        self,
        channel: int,
        name: str,
        options: Mapping[str, Any],
        focused: str,
        user: str = "ann",
        permissions: int = 0,
    ) -> Interaction:
        """Type in an option of a command. The offers are in callback(...)["data"]["choices"]."""
        with self._changed:
            command = self._command(name, 1)
            given = self._chosen(name, command.get("options") or [], options, {}, focused)
            data = {"id": command["id"], "name": name, "type": 1, "options": given}
            return self._ask(4, channel, data, user, permissions)

    def menu(
        self, channel: int, name: str, message: JSON | int, user: str = "ann", permissions: int = 0
    ) -> Interaction:
        """Choose a command from the menu of a message."""
        with self._changed:
            command, about = self._command(name, 3), self._current(message)
            resolved = {"messages": {about["id"]: about}}
            data = {"id": command["id"], "name": name, "type": 3, "target_id": about["id"], "resolved": resolved}
            return self._ask(2, channel, data, user, permissions)

    def press(
        self,
        message: JSON | int,
        custom_id: str,
        user: str = "ann",
        permissions: int = 0,
        values: Sequence[str] = (),
    ) -> Interaction:
        """Press a button of the message as it is now, or choose these values of a select."""
        with self._changed:
            about = self._current(message)
            parts = [part for _, part in _every(about["components"]) if part.get("custom_id") == custom_id]
            if not parts or parts[0].get("disabled"):
                raise ValueError(f"there is no {custom_id!r} to press on {about['components']}")
            offered = {one["value"] for one in parts[0].get("options", [])}
            if parts[0]["type"] == 3 and not set(values) <= offered:
                raise ValueError(f"{custom_id!r} offers {offered}, not {values}")
            data = {"custom_id": custom_id, "component_type": parts[0]["type"], "id": parts[0]["id"]}
            if parts[0]["type"] != 2:
                data["values"] = list(values)
            if parts[0]["type"] not in (2, 3):
                data["resolved"] = self._resolved(parts[0]["type"], values)
            return self._ask(3, int(about["channel_id"]), data, user, permissions, about)

    def submit(self, interaction: Interaction, custom_id: str, values: Mapping[str, Any]) -> Interaction:
        """Fill in and send the modal that answered `interaction`; a field not named stays as the bot filled it."""
        modal = self.callback(interaction)
        if modal["type"] != 9 or modal["data"]["custom_id"] != custom_id:
            raise ValueError(f"{modal} is not the modal {custom_id!r}")
        fields = {part["custom_id"] for _, part in _every(modal["data"]["components"]) if part.get("custom_id")}
        if not set(values) <= fields:
            raise ValueError(f"the modal asks for {fields}, not {set(values)}")
        with self._changed:
            asked = self._asked[interaction.id]
            data = {"custom_id": custom_id, "components": [_filled(one, values) for one in modal["data"]["components"]]}
            about = self._all.get(asked.about) if asked.about else None
            name = self._users[interaction.user]["username"]
            permissions = int(interaction.payload.get("member", {}).get("permissions", 0))
            return self._ask(5, interaction.channel, data, name, permissions, about)

    def callback(self, interaction: Interaction) -> JSON:
        """Wait for the first answer of the bot and return it as sent: {"type": ..., "data": ...}.

        It blocks, as `answer` does: where the bot runs in the test's own event loop, await asyncio.to_thread(...).
        """
        asked = self._asked[interaction.id]
        self.wait_for(lambda: asked.callback is not None, f"{interaction.payload['data']} was not answered")
        return deepcopy(asked.callback or {})

    def answer(self, interaction: Interaction) -> JSON:
        """Wait for the message that the person then sees, and return it; flags & 64: only they see it.

        It is the new message, once it is more than "thinking", or the message of the button, once it is edited.
        """
        asked = self._asked[interaction.id]
        kind = self.callback(interaction)["type"]
        assert kind in (4, 5, 6, 7), f"answered with type {kind}, which is no message"
        self.wait_for(lambda: self._is_answered(asked), f"{interaction.payload['data']} stayed without its message")
        with self._changed:
            return deepcopy(self._all[asked.original or asked.about or 0])

    def followups(self, interaction: Interaction) -> list[JSON]:
        """The further messages so far."""
        with self._changed:
            return [deepcopy(self._all[one]) for one in self._asked[interaction.id].followups if one in self._all]

    def _is_answered(self, asked: _Asked) -> bool:
        if asked.original is not None:
            return not self._all[asked.original]["flags"] & LOADING
        return asked.edits > 0

    def _command(self, name: str, kind: int) -> JSON:
        for command in self.commands:
            if (command["name"], command["type"]) == (name, kind):
                return command
        raise ValueError(f"no command {name!r} of type {kind} is registered: {[c['name'] for c in self.commands]}")

    def _chosen(
        self,
        of: str,
        known: Sequence[JSON],
        given: Mapping[str, Any],
        resolved: JSON,
        focused: str | None = None,
    ) -> list[JSON]:
        """Return the options as Discord nests them, after checking that a person could have chosen them."""
        kinds = {one["name"]: one for one in known}
        if not set(given) <= set(kinds):
            raise ValueError(f"{of} has the options {set(kinds)}, not {set(given) - set(kinds)}")
        if any(one["type"] in (1, 2) for one in known):
            if len(given) != 1:
                raise ValueError(f"{of} needs one of its subcommands {set(kinds)}")
            (name, inner), *_ = given.items()
            chosen = self._chosen(f"{of} {name}", kinds[name].get("options") or [], inner, resolved, focused)
            return [{"name": name, "type": kinds[name]["type"], "options": chosen}]
        missing = {one["name"] for one in known if one.get("required")} - set(given)
        if missing and focused is None:
            raise ValueError(f"{of} needs {missing}")
        if focused is not None and not (focused in given and kinds[focused].get("autocomplete")):
            raise ValueError(f"{of} completes no {focused!r}, or none was typed")
        return [self._one_chosen(kinds[name], value, resolved, focused) for name, value in given.items()]

    def _one_chosen(self, option: JSON, value: Any, resolved: JSON, focused: str | None) -> JSON:
        kind, name = option["type"], option["name"]
        if name == focused:
            return {"name": name, "type": kind, "value": str(value), "focused": True}
        wanted = {3: "string", 4: "integer", 5: "boolean", 10: "number"}.get(kind, "integer")
        if not _is(value, wanted):
            raise ValueError(f"{name} takes a {wanted}, not {value!r}")
        choices = [one["value"] for one in option.get("choices") or []]
        if choices and value not in choices:
            raise ValueError(f"{name} offers {choices}, not {value!r}")
        size = len(value) if kind == 3 else value if kind in (4, 10) else 0
        least, most = (option.get("min_length"), option.get("max_length")) if kind == 3 else (None, None)
        if kind in (4, 10):
            least, most = option.get("min_value"), option.get("max_value")
        if (least is not None and size < least) or (most is not None and size > most):
            raise ValueError(f"{name} takes {least} to {most}, not {value!r}")
        if kind in (6, 7, 8, 9):
            for group, found in self._resolved({6: 5, 7: 8, 8: 6, 9: 7}[kind], [str(value)]).items():
                resolved.setdefault(group, {}).update(found)
            value = str(value)
        return {"name": name, "type": kind, "value": value}

    def _resolved(self, component: int, values: Sequence[str]) -> JSON:
        """Return the users, roles or channels that these ids stand for."""
        found: JSON = {}
        roles = {one["id"]: one for several in self._roles.values() for one in several}
        for value in values:
            if component in (5, 7) and int(value) in self._users:
                found.setdefault("users", {})[value] = self._users[int(value)]
                member = _member(self._users[int(value)], 0)
                found.setdefault("members", {})[value] = {k: v for k, v in member.items() if k != "user"}
            if component in (6, 7) and value in roles:
                found.setdefault("roles", {})[value] = roles[value]
            if component == 8 and int(value) in self._channels:
                permissions = str(self._permissions(int(value)))
                found.setdefault("channels", {})[value] = {**self._channels[int(value)], "permissions": permissions}
        if component != 3 and values and not found:
            raise ValueError(f"{values} stand for nothing that can be chosen")
        return found

    def _current(self, message: JSON | int) -> JSON:
        about = int(message["id"]) if isinstance(message, dict) else message
        if about not in self._all:
            raise ValueError(f"message {about} is gone")
        return self._all[about]

    def _permissions(self, channel: int) -> int:
        code = self._forbidden.get(channel)
        return self.app_permissions & ~({50001: VIEW | SEND, 50013: SEND}.get(code or 0, 0))

    def _ask(
        self, kind: int, channel: int, data: JSON, user: str, permissions: int, about: JSON | None = None
    ) -> Interaction:
        place = self._channels.get(channel)
        if place is None:
            raise ValueError(f"channel {channel} is gone")
        guild, person = _guild_of(place), self._users[self.user(user)]
        owners = {"0": str(guild)} if guild else {"1": person["id"]}
        payload: JSON = {
            "id": str(self._new_id()),
            "application_id": str(self.application_id),
            "type": kind,
            "token": secrets.token_urlsafe(48),
            "version": 1,
            "data": data,
            "channel_id": str(channel),
            "channel": {**place, "permissions": str(permissions)},
            "locale": "en-US",
            "context": 0 if guild else 1,
            "app_permissions": str(self._permissions(channel)),
            "authorizing_integration_owners": owners,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "attachment_size_limit": 10 * 2**20,
        }
        if guild:
            payload |= {
                "guild_id": str(guild),
                "guild": {"id": str(guild), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": _member(person, permissions),
            }
        else:
            payload["user"] = person
        if about:
            payload["message"] = about
        payload = deepcopy(payload)
        made = Interaction(
            id=int(payload["id"]),
            token=payload["token"],
            kind=kind,
            channel=channel,
            user=int(person["id"]),
            payload=payload,
        )
        asked = _Asked(interaction=made, at=time.monotonic(), about=int(about["id"]) if about else None)
        self._asked[made.id] = asked
        self._tell("INTERACTION_CREATE", payload, guild)
        return made

    # -- shapes -----------------------------------------------------------------------------------------------

    def _new_id(self) -> int:
        now = (time.time_ns() // 1_000_000 - 1_420_070_400_000) << 22
        with self._changed:
            self._last_id = max(self._last_id + 1, now)
            return self._last_id

    def _whole_guild(self, guild: int) -> JSON:
        own = [one for one in self._channels.values() if _guild_of(one) == guild]
        return {
            **_GUILD,
            **self._guilds[guild],
            "roles": self._roles[guild],
            "joined_at": _now(),
            "large": False,
            "unavailable": False,
            "member_count": 2,
            "members": [_member(self._users[self.bot_id], 0)],
            "channels": [one for one in own if one["type"] not in THREADS],
            "threads": [one for one in own if one["type"] in THREADS and not one["thread_metadata"]["archived"]],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _direct(self, user: int) -> JSON:
        for one in self._channels.values():
            if one["type"] == DM and one["recipients"][0]["id"] == str(user):
                return one
        made = self._new_id()
        self._history[made] = []
        self._channels[made] = {
            "id": str(made),
            "type": DM,
            "last_message_id": None,
            "flags": 0,
            "recipients": [self._users[user]],
        }
        return self._channels[made]

    def _message(self, channel: JSON, body: JSON, author: int, made: int | None = None) -> JSON:
        return {
            "id": str(made or self._new_id()),
            "channel_id": channel["id"],
            "author": self._users[author],
            "type": 0,
            "timestamp": _now(),
            "edited_timestamp": None,
            "tts": bool(body.get("tts")),
            "pinned": False,
            "flags": (body.get("flags") or 0) & (EPHEMERAL | COMPONENTS_V2 | 1 << 2 | 1 << 12),
            "attachments": [],
            **self._told(body),
        }

    def _told(self, body: JSON) -> JSON:
        """Return the parts of a message that an edit replaces."""
        content = (body.get("content") or "").strip()
        allowed = body.get("allowed_mentions")
        parse = set((allowed or {}).get("parse") or ()) if allowed is not None else {"users", "roles", "everyone"}
        named = {kind: set(map(str, (allowed or {}).get(kind) or ())) for kind in ("users", "roles")}
        users = [one for one in re.findall(r"<@!?(\d+)>", content) if "users" in parse or one in named["users"]]
        return {
            "content": content,
            "embeds": [_embedded(one) for one in body.get("embeds") or []],
            "components": _numbered(body.get("components") or []),
            "mention_everyone": "everyone" in parse and bool(re.search("@(everyone|here)", content)),
            "mention_roles": [
                one for one in re.findall(r"<@&(\d+)>", content) if "roles" in parse or one in named["roles"]
            ],
            "mentions": [self._users[int(one)] for one in dict.fromkeys(users) if int(one) in self._users],
        }

    def _add(self, message: JSON) -> JSON:
        """Put a message where it belongs, and say so on the gateway."""
        self._all[int(message["id"])] = message
        if message["flags"] & EPHEMERAL:
            return message
        channel = self._channels[int(message["channel_id"])]
        channel["last_message_id"] = message["id"]
        if channel["type"] in THREADS:
            channel["message_count"] += 1
            channel["total_message_sent"] += 1
            channel["thread_metadata"]["archived"] = False
        self._history[int(channel["id"])].append(int(message["id"]))
        self._tell_message("MESSAGE_CREATE", message)
        self._changed.notify_all()
        return message

    def _edit(self, message: JSON, body: JSON) -> JSON:
        whole = {"content": message["content"], "embeds": message["embeds"], "components": message["components"]}
        merged = {**whole, **{name: value for name, value in body.items() if name in whole or name in _EXTRAS}}
        flags = message["flags"] | (_list_or(body.get("flags"), 0) & COMPONENTS_V2)
        self._valid_message(merged, flags)
        message |= {**self._told(merged), "flags": flags & ~LOADING, "edited_timestamp": _now()}
        if not flags & EPHEMERAL:
            self._tell_message("MESSAGE_UPDATE", message)
        return message

    # -- the gateway ------------------------------------------------------------------------------------------

    def _tell(self, event: str, data: JSON, guild: int | None) -> None:
        if guild in self._kicked and event != "GUILD_DELETE":
            return
        for session in self._sessions.values():
            if session.wants(event, guild):
                session.tell(event, data)
        self._changed.notify_all()

    def _tell_message(self, event: str, message: JSON) -> None:
        guild = _guild_of(self._channels.get(int(message["channel_id"]), {}))
        extra: JSON = {}
        if guild:
            member = {name: value for name, value in _member(message["author"], 0).items() if name != "user"}
            extra = {"guild_id": str(guild), "member": member}
        self._tell(event, {**message, **extra}, guild)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(max_msg_size=0, compress=False)
        await ws.prepare(request)
        wire = _Wire(request, ws)
        with self._changed:
            self._wires.add(wire)
        writer = asyncio.create_task(wire.write())
        wire.send({"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": 41250, "_trace": []}})
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    self._heard(wire, json.loads(message.data))
        finally:
            writer.cancel()
            self._detach(wire, forget=ws.close_code in (1000, 1001))
        return ws

    def _detach(self, wire: _Wire, *, forget: bool) -> None:
        with self._changed:
            self._wires.discard(wire)
            for session in list(self._sessions.values()):
                if session.wire is wire:
                    session.wire = None
                    if forget:
                        del self._sessions[session.id]
            self._changed.notify_all()

    def _heard(self, wire: _Wire, payload: JSON) -> None:
        with self._changed:
            op: int = payload["op"]
            data: Any = payload.get("d")
            if op == 1:
                wire.send({"op": 11, "d": None})
            elif op == 2:
                self._identify(wire, data)
            elif op == 6:
                self._resume(wire, data)
            elif op == 8:
                self._members(wire, data)
            self._changed.notify_all()

    def _identify(self, wire: _Wire, data: JSON) -> None:
        self.identifies += 1
        self.intents = int(data["intents"])
        if data["token"] != self.token:
            wire.hang_up(4004)
            return
        if self.intents & PRIVILEGED and not self.privileged:
            wire.hang_up(4014)
            return
        number, count = data.get("shard") or (0, 1)
        session = _Session(id=secrets.token_hex(16), shard=(number, count), intents=self.intents, wire=wire)
        self._sessions[session.id] = session
        own = [one for one in self._guilds if one not in self._kicked and (one >> 22) % count == number]
        ready = {
            "v": 10,
            "user": self._users[self.bot_id],
            "guilds": [{"id": str(one), "unavailable": True} for one in own],
            "session_id": session.id,
            "resume_gateway_url": self.gateway,
            "shard": [number, count],
            "application": {"id": str(self.application_id), "flags": 0},
        }
        session.tell("READY", ready)
        for one in own:
            session.tell("GUILD_CREATE", self._whole_guild(one))

    def _resume(self, wire: _Wire, data: JSON) -> None:
        session = self._sessions.get(data["session_id"])
        if data["token"] != self.token:
            wire.hang_up(4004)
        elif session is None or not isinstance(data["seq"], int):
            wire.send({"op": 9, "d": False, "s": None, "t": None})
        else:
            self.resumes += 1
            for missed in session.sent[data["seq"] :]:
                wire.send(missed)
            session.wire = wire
            session.tell("RESUMED", {"_trace": []})

    def _members(self, wire: _Wire, data: JSON) -> None:
        for session in self._sessions.values():
            if session.wire is wire:
                chunk = {"members": [_member(self._users[self.bot_id], 0)], "chunk_index": 0, "chunk_count": 1}
                about = {"guild_id": str(data["guild_id"]), "nonce": data.get("nonce")}
                session.tell("GUILD_MEMBERS_CHUNK", {**chunk, **about})

    # -- REST -------------------------------------------------------------------------------------------------

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        call = await _read(request)
        with self._changed:
            plan = self._plan(call)
            answer = self._answer(call, plan)
            status = 0 if plan in _UNANSWERED else answer.status
            self.requests.append(Request(method=call.method, path=call.path, json=call.body, at=call.at, status=status))
            self._changed.notify_all()
        if plan.startswith("slow:"):
            await asyncio.sleep(float(plan.removeprefix("slow:")) * self._pace)
        if plan == "hang":
            await self._closing.wait()
        if plan in _UNANSWERED:
            _cut(request, reset=plan == "reset")
        body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return web.Response(
            status=answer.status,
            body=None if answer.status == 204 else body.encode(),
            headers={**answer.headers, **({} if answer.status == 204 else {"Content-Type": answer.content_type})},
        )

    def _plan(self, call: _Call) -> str:
        for method, pattern, plans in self._faults:
            if plans and method in (call.method, "*") and pattern.fullmatch(call.path):
                return plans.popleft()
        return "ok"

    def _answer(self, call: _Call, plan: str) -> _Answer:
        if plan in _INSTEAD:
            return _INSTEAD[plan]
        if plan in ("hang", "reset"):
            return _Answer(status=0)
        refusal = self._limits and self._limits.refusal(call)
        if refusal:
            self.too_many += 1
            return refusal
        done = self._work(call)
        return _AFTERWARDS.get(plan, done)

    def _work(self, call: _Call) -> _Answer:
        headers = self._limits.headers(call) if self._limits else {}
        try:
            status, body = self._routed(call)
            return _Answer(status=status, body=deepcopy(body), headers=headers)
        except Refused as refusal:
            for where, text in refusal.breaches:
                place = ".".join(map(str, where)) or "body"
                self.violations.append(f"{call.method} {call.path}: {place} {text}")
            return _Answer(status=refusal.status, body=refusal.body(), headers=headers)
        except Exception as e:  # a hole in this server is for the test to see, not for the bot to retry
            self.violations.append(f"{call.method} {call.path}: the server of the tests broke: {e!r}")
            return _Answer(status=400, body={"message": repr(e), "code": 0}, headers=headers)

    def _routed(self, call: _Call) -> tuple[int, Any]:
        for method, template, pattern, do in self._routes:
            found = pattern.fullmatch(call.path)
            if found and method == call.method:
                open_to_all = template == "/gateway" or template.startswith(("/interactions/", "/webhooks/"))
                if not open_to_all and call.authorization != f"Bot {self.token}":
                    raise Refused(401, 0, "401: Unauthorized")
                _well_formed(call, template)
                return do(call, *found.groups())
        self.violations.append(f"unknown route {call.method} {call.path}")
        raise Refused(404, 0, "404: Not Found")

    def _table(self) -> list[tuple[str, str, re.Pattern[str], Callable[..., tuple[int, Any]]]]:
        hook = "/webhooks/{webhook_id}/{webhook_token}"
        known: list[tuple[str, str, Callable[..., tuple[int, Any]]]] = [
            ("GET", "/gateway", self._get_gateway),
            ("GET", "/gateway/bot", self._get_gateway),
            ("GET", "/users/@me", lambda _call: (200, self._users[self.bot_id])),
            ("GET", "/users/{user_id}", self._get_user),
            ("POST", "/users/@me/channels", self._post_direct),
            ("GET", "/oauth2/applications/@me", self._get_application),
            ("GET", "/applications/@me", self._get_application),
            ("GET", "/applications/{application_id}/commands", self._get_commands),
            ("PUT", "/applications/{application_id}/commands", self._put_commands),
            ("GET", "/channels/{channel_id}", lambda _call, one: (200, self._place(one))),
            ("GET", "/channels/{channel_id}/messages", self._get_messages),
            ("POST", "/channels/{channel_id}/messages", self._post_message),
            ("GET", "/channels/{channel_id}/messages/{message_id}", self._get_message),
            ("PATCH", "/channels/{channel_id}/messages/{message_id}", self._patch_message),
            ("DELETE", "/channels/{channel_id}/messages/{message_id}", self._delete_message),
            ("POST", "/channels/{channel_id}/messages/{message_id}/threads", self._post_thread_from),
            ("POST", "/channels/{channel_id}/threads", self._post_thread),
            ("GET", "/channels/{channel_id}/threads/archived/public", self._get_archived),
            ("GET", "/guilds/{guild_id}", self._get_guild),
            ("GET", "/guilds/{guild_id}/roles", lambda _call, one: (200, self._roles[self._home(one)])),
            ("GET", "/guilds/{guild_id}/threads/active", self._get_active),
            ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", self._post_callback),
            ("POST", hook, self._post_followup),
            ("GET", hook + "/messages/@original", self._get_original),
            ("PATCH", hook + "/messages/@original", self._patch_original),
            ("DELETE", hook + "/messages/@original", self._delete_original),
            ("GET", hook + "/messages/{message_id}", self._get_original),
            ("PATCH", hook + "/messages/{message_id}", self._patch_original),
            ("DELETE", hook + "/messages/{message_id}", self._delete_original),
        ]
        compiled = []
        for method, template, do in known:
            # A number, unless it is a token: "@me" is no user.
            pattern = re.sub(r"\{\w+_token\}", "([^/]+)", template)
            compiled.append((method, template, re.compile(re.sub(r"\{\w+\}", r"(\\d+)", pattern)), do))
        return compiled

    def _get_gateway(self, _call: _Call) -> tuple[int, Any]:
        left = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
        return 200, {"url": self.gateway, "shards": 1, "session_start_limit": left}

    def _get_user(self, _call: _Call, user: str) -> tuple[int, Any]:
        if int(user) not in self._users:
            raise Refused(404, 10013, "Unknown User")
        return 200, self._users[int(user)]

    def _post_direct(self, call: _Call) -> tuple[int, Any]:
        user = int(call.body.get("recipient_id") or 0)
        if user not in self._users or user == self.bot_id:
            raise Refused(400, 50007, "Cannot send messages to this user")
        return 200, self._direct(user)

    def _get_application(self, _call: _Call) -> tuple[int, Any]:
        return 200, {
            "id": str(self.application_id),
            "name": "Lookout",
            "icon": None,
            "description": "",
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00",
            "type": None,
            "flags": 0,
            "flags_new": "0",
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "approximate_guild_count": len(self._guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "owner": self._users[self.user("owner")],
            "team": None,
            "bot": self._users[self.bot_id],
        }

    def _get_commands(self, _call: _Call, application: str) -> tuple[int, Any]:
        self._own(application)
        return 200, self.commands

    def _put_commands(self, call: _Call, application: str) -> tuple[int, Any]:
        self._own(application)
        _refuse(list(command_breaches(call.body)))
        before = {(one["name"], one["type"]): one["id"] for one in self.commands}
        self.commands = [self._registered(one, before) for one in call.body]
        return 200, self.commands

    def _registered(self, command: JSON, before: Mapping[tuple[str, int], str]) -> JSON:
        kind, needed = command.get("type") or 1, command.get("default_member_permissions")
        return {
            "description": "",
            **command,
            "type": kind,
            "id": before.get((command["name"], kind)) or str(self._new_id()),
            "application_id": str(self.application_id),
            "version": str(self._new_id()),
            "default_member_permissions": None if needed is None else str(needed),
        }

    def _own(self, application: str) -> None:
        if int(application) != self.application_id:
            raise Refused(403, 20012, "You are not authorized to perform this action on this application")

    def _home(self, guild: str) -> int:
        if int(guild) not in self._guilds:
            raise Refused(404, 10004, "Unknown Guild")
        if int(guild) in self._kicked:
            raise Refused(403, 50001, "Missing Access")
        return int(guild)

    def _get_guild(self, _call: _Call, guild: str) -> tuple[int, Any]:
        home = self._home(guild)
        return 200, {**_GUILD, **self._guilds[home], "roles": self._roles[home]}

    def _get_active(self, _call: _Call, guild: str) -> tuple[int, Any]:
        home = self._home(guild)
        own = [one for one in self._channels.values() if one["type"] in THREADS and _guild_of(one) == home]
        return 200, {
            "threads": [one for one in own if not one["thread_metadata"]["archived"]],
            "members": [],
            "has_more": False,
        }

    def _get_archived(self, _call: _Call, channel: str) -> tuple[int, Any]:
        place = int(self._place(channel)["id"])
        own = [one for one in self._channels.values() if _parent(one) == place]
        old = [one for one in own if one["thread_metadata"]["archived"]]
        return 200, {"threads": old, "members": [], "has_more": False}

    def _place(self, channel: str, *, writing: bool = False) -> JSON:
        """Return the channel, if the bot may read it (or write in it)."""
        place = self._channels.get(int(channel))
        if place is None:
            raise Refused(404, 10003, "Unknown Channel")
        if _guild_of(place) in self._kicked:
            raise Refused(403, 50001, "Missing Access")
        code = self._forbidden.get(int(channel)) or self._forbidden.get(_parent(place) or 0)
        if code == 50001 or (code and writing):
            text = {50001: "Missing Access", 50013: "Missing Permissions", 50007: "Cannot send messages to this user"}
            raise Refused(403, code, text.get(code, "Forbidden"))
        return place

    def _valid_message(self, body: JSON, flags: int = 0, at: Where = ()) -> None:
        _refuse(list(message_breaches(body, flags, at)))
        shown = ("embeds", "components", "attachments", "sticker_ids", "poll")
        if not (body.get("content") or "").strip() and not any(body.get(name) for name in shown):
            raise Refused(400, 50006, "Cannot send an empty message", [(at, "is an empty message")])

    def _safe(self, call: _Call, body: JSON) -> None:
        """Note a message that could ping: not Discord's rule but ours."""
        if body.get("allowed_mentions") is None:
            self.violations.append(f"{call.method} {call.path}: allowed_mentions is missing")

    def _post_message(self, call: _Call, channel: str) -> tuple[int, Any]:
        place = self._place(channel, writing=True)
        if place["type"] not in (TEXT, DM, VOICE, ANNOUNCEMENT, *THREADS):
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        self._safe(call, call.body)
        self._valid_message(call.body)
        nonce = call.body.get("nonce")
        key = (int(channel), str(nonce))
        if nonce is not None and call.body.get("enforce_nonce"):
            then, first = self._nonces.get(key, (0.0, 0))
            if first in self._all and call.at - then < self.nonce_window:
                return 200, {**self._all[first], "nonce": nonce}
        made = self._message(place, call.body, self.bot_id)
        made["flags"] &= ~EPHEMERAL
        if nonce is not None:
            self._nonces[key] = (call.at, int(made["id"]))
        return 200, {**self._add(made), **({} if nonce is None else {"nonce": nonce})}

    def _get_messages(self, call: _Call, channel: str) -> tuple[int, Any]:
        ids = self._history[int(self._place(channel)["id"])]
        limit = int(call.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            _refuse([(("limit",), f"is {limit}, not 1 to 100")])
        if "after" in call.query:
            ids = [one for one in ids if one > int(call.query["after"])][:limit]
        elif "before" in call.query:
            ids = [one for one in ids if one < int(call.query["before"])]
        return 200, [self._all[one] for one in reversed(ids[-limit:])]

    def _found(self, channel: str, message: str) -> JSON:
        place = self._place(channel)
        if int(message) not in self._history[int(place["id"])]:
            raise Refused(404, 10008, "Unknown Message")
        return self._all[int(message)]

    def _get_message(self, _call: _Call, channel: str, message: str) -> tuple[int, Any]:
        return 200, self._found(channel, message)

    def _patch_message(self, call: _Call, channel: str, message: str) -> tuple[int, Any]:
        found = self._found(channel, message)
        if found["author"]["id"] != str(self.bot_id):
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        return 200, self._edit(found, call.body)

    def _delete_message(self, _call: _Call, channel: str, message: str) -> tuple[int, Any]:
        found = self._found(channel, message)
        if found["author"]["id"] != str(self.bot_id):
            raise Refused(403, 50013, "Missing Permissions")
        self._remove(found)
        return 204, None

    def _remove(self, message: JSON) -> None:
        one, channel = int(message["id"]), int(message["channel_id"])
        del self._all[one]
        if one in self._history.get(channel, []):
            self._history[channel].remove(one)
            guild = _guild_of(self._channels.get(channel, {}))
            gone = {"id": str(one), "channel_id": str(channel), **({"guild_id": str(guild)} if guild else {})}
            self._tell("MESSAGE_DELETE", gone, guild)

    def _post_thread_from(self, call: _Call, channel: str, message: str) -> tuple[int, Any]:
        place = self._place(channel, writing=True)
        found = self._found(channel, message)
        if place["type"] not in (TEXT, ANNOUNCEMENT):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if int(message) in self._channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        thread = self._thread_in(place, call.body, int(message))
        found |= {"thread": thread, "flags": found["flags"] | HAS_THREAD}
        self._tell_message("MESSAGE_UPDATE", found)
        return 201, thread

    def _post_thread(self, call: _Call, channel: str) -> tuple[int, Any]:
        place = self._place(channel, writing=True)
        if place["type"] in (TEXT, ANNOUNCEMENT):
            return 201, self._thread_in(place, call.body, self._new_id())
        if place["type"] != FORUM:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        first = call.body.get("message")
        if not isinstance(first, dict):
            _refuse([(("message",), "is required")])
        self._safe(call, first)
        self._valid_message(first, at=("message",))
        thread = self._thread_in(place, call.body, self._new_id())
        made = self._add(self._message(thread, first, self.bot_id, int(thread["id"])))
        return 201, {**thread, "message": made}

    def _thread_in(self, parent: JSON, body: JSON, made: int) -> JSON:
        name = body.get("name")
        if not isinstance(name, str) or not 1 <= length(name.strip()) <= 100 or length(name) > 100:
            _refuse([(("name",), "is not 1 to 100 long")])
        thread = _thread(made, parent, body, self.bot_id)
        self._channels[made] = thread
        self._history[made] = []
        self._tell("THREAD_CREATE", {**thread, "newly_created": True}, _guild_of(thread))
        return thread

    # -- REST: interactions -----------------------------------------------------------------------------------

    def _post_callback(self, call: _Call, interaction: str, token: str) -> tuple[int, Any]:
        asked = self._asked.get(int(interaction))
        if asked is None or asked.interaction.token != token or call.at - asked.at > self.answer_within:
            raise Refused(404, 10062, "Unknown interaction")
        if asked.callback is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        kind, data = call.body.get("type"), call.body.get("data") or {}
        self._acknowledge(call, asked, kind, data)
        asked.callback = call.body
        return self._callback_answer(call, asked)

    def _acknowledge(self, call: _Call, asked: _Asked, kind: Any, data: JSON) -> None:
        on_component = asked.about is not None
        fitting = {2: (4, 5, 9), 3: (4, 5, 6, 7, 9), 4: (8,), 5: (4, 5, *((6, 7) if on_component else ()))}
        if kind not in fitting[asked.interaction.kind]:
            _refuse([(("type",), f"is {kind}, which does not answer an interaction of type {asked.interaction.kind}")])
        if kind == 4:
            self._safe(call, data)
            self._valid_message(data, at=("data",))
            asked.original = int(self._add(self._reply(asked, data))["id"])
        elif kind == 5:
            made = self._reply(asked, {"flags": data.get("flags")})
            made["flags"] |= LOADING
            asked.original = int(self._add(made)["id"])
        elif kind == 7:
            self._edit(self._current(asked.about or 0), data)
            asked.edits += 1
        elif kind == 9:
            _refuse(list(_modal_breaches(data)))

    def _reply(self, asked: _Asked, body: JSON) -> JSON:
        """Return a message that answers an interaction."""
        source = asked.interaction
        made = self._message(self._channels[source.channel], body, self.bot_id)
        kind = {2: 23 if source.payload["data"].get("type") == 3 else 20}.get(source.kind, 0)
        return made | {
            "type": kind,
            "webhook_id": str(self.application_id),
            "application_id": str(self.application_id),
            "interaction_metadata": {
                "id": str(source.id),
                "type": source.kind,
                "user": self._users[source.user],
                "authorizing_integration_owners": source.payload["authorizing_integration_owners"],
            },
        }

    def _callback_answer(self, call: _Call, asked: _Asked) -> tuple[int, Any]:
        if call.query.get("with_response", "").lower() not in ("1", "true"):
            return 204, None
        kind, about = asked.callback and asked.callback["type"], self._all.get(asked.original or asked.about or 0)
        told: JSON = {"id": str(asked.interaction.id), "type": asked.interaction.kind}
        resource: JSON = {"type": kind}
        if kind in (4, 5, 6, 7) and about:
            told |= {
                "response_message_id": about["id"],
                "response_message_loading": bool(about["flags"] & LOADING),
                "response_message_ephemeral": bool(about["flags"] & EPHEMERAL),
            }
        if kind in (4, 7) and about:
            resource["message"] = about
        return 200, {"interaction": told, "resource": resource}

    def _hooked(self, call: _Call, application: str, token: str) -> _Asked:
        for asked in self._asked.values():
            if asked.interaction.token == token and int(application) == self.application_id:
                if call.at - asked.at > self.token_life:
                    raise Refused(401, 50027, "Invalid Webhook Token")
                if asked.callback is None:
                    break
                return asked
        raise Refused(404, 10015, "Unknown Webhook")

    def _hook_message(self, asked: _Asked, message: str | None) -> JSON:
        one = (asked.original or asked.about) if message is None else int(message)
        own = message is None or one in (asked.original, asked.about, *asked.followups)
        if one is None or one not in self._all or not own:
            raise Refused(404, 10008, "Unknown Message")
        return self._all[one]

    def _get_original(self, call: _Call, application: str, token: str, message: str | None = None) -> tuple[int, Any]:
        return 200, self._hook_message(self._hooked(call, application, token), message)

    def _patch_original(self, call: _Call, application: str, token: str, message: str | None = None) -> tuple[int, Any]:
        asked = self._hooked(call, application, token)
        edited = self._edit(self._hook_message(asked, message), call.body)
        asked.edits += 1
        return 200, edited

    def _delete_original(
        self, call: _Call, application: str, token: str, message: str | None = None
    ) -> tuple[int, Any]:
        self._remove(self._hook_message(self._hooked(call, application, token), message))
        return 204, None

    def _post_followup(self, call: _Call, application: str, token: str) -> tuple[int, Any]:
        asked = self._hooked(call, application, token)
        self._safe(call, call.body)
        waiting = self._all.get(asked.original or 0)
        if waiting and waiting["flags"] & LOADING:
            # Discord's own quirk: the first followup after a defer becomes the deferred answer.
            asked.edits += 1
            return 200, self._edit(waiting, call.body)
        self._valid_message(call.body)
        made = self._add(self._reply(asked, call.body) | {"type": 0})
        asked.followups.append(int(made["id"]))
        return 200, made


# -- small shapes ---------------------------------------------------------------------------------------------

_EXTRAS = {"attachments", "allowed_mentions"}

_GUILD: JSON = {
    "icon": None,
    "splash": None,
    "discovery_splash": None,
    "afk_channel_id": None,
    "afk_timeout": 300,
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "emojis": [],
    "stickers": [],
    "features": [],
    "mfa_level": 0,
    "nsfw": False,
    "nsfw_level": 0,
    "incidents_data": None,
    "application_id": None,
    "system_channel_id": None,
    "system_channel_flags": 0,
    "rules_channel_id": None,
    "public_updates_channel_id": None,
    "max_members": 500000,
    "vanity_url_code": None,
    "description": None,
    "banner": None,
    "premium_tier": 0,
    "premium_subscription_count": 0,
    "premium_progress_bar_enabled": False,
    "preferred_locale": "en-US",
    "home_header": None,
    "region": "deprecated",
    "widget_enabled": False,
    "widget_channel_id": None,
    "max_presences": None,
    "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25,
    "safety_alerts_channel_id": None,
}


async def _read(request: web.Request) -> _Call:
    at, raw = time.monotonic(), await request.read()
    try:
        body, readable = (json.loads(raw) if raw else None), True
    except ValueError:
        body, readable = None, False
    return _Call(
        method=request.method,
        path=request.path.removeprefix("/api/v10"),
        query=dict(request.query),
        body=body,
        said_json=request.headers.get("Content-Type", "").split(";")[0] == "application/json",
        readable=readable,
        authorization=request.headers.get("Authorization", ""),
        at=at,
    )


def _refuse(found: Sequence[Breach]) -> None:
    if found:
        raise Refused(400, 50035, "Invalid Form Body", found)


def _well_formed(call: _Call, template: str) -> None:
    """Refuse a body that is no JSON, breaks Discord's OpenAPI document, or has broken letters in it."""
    if call.method not in ("POST", "PUT", "PATCH"):
        return
    if not call.said_json:
        _refuse([((), "is not sent as application/json")])
    if not call.readable:
        raise Refused(400, 50109, "The request body contains invalid JSON.", [((), "is no JSON")])
    wanted = list if call.method == "PUT" else dict
    if not isinstance(call.body, wanted):
        _refuse([((), f"is no {wanted.__name__}")])
    schema = _schema(call.method, template)
    found = list(breaches(schema, call.body)) if schema else []
    _refuse([*_surrogates(call.body), *found])


def _modal_breaches(data: JSON) -> Iterator[Breach]:
    components = data.get("components") or []
    yield from _too_long(data.get("title"), 45, ("data", "title"))
    if not (data.get("title") or "").strip() or not 1 <= len(components) <= 5:
        yield ("data",), f"is a modal without title, or with {len(components)} rows instead of 1 to 5"
    names = Counter(part["custom_id"] for _, part in _every(components) if part.get("custom_id"))
    for name, times in names.items():
        if times > 1:
            yield ("data", "components"), f"has the custom_id {name!r} {times} times"


def _filled(component: JSON, values: Mapping[str, Any]) -> JSON:
    """Return a part of a modal as it comes back."""
    if "components" in component:
        return {"type": 1, "id": 1, "components": [_filled(one, values) for one in component["components"]]}
    if "component" in component:
        return {"type": 18, "id": 1, "component": _filled(component["component"], values)}
    kept = {name: component[name] for name in ("type", "custom_id") if name in component} | {"id": 1}
    if "custom_id" not in component:
        return kept
    given = values.get(component["custom_id"], component.get("value"))
    if given is None and component.get("required", True):
        raise ValueError(f"the modal needs {component['custom_id']!r}")
    plural = component["type"] not in (4, 21, 23)
    return kept | ({"values": list(given or ())} if plural else {"value": "" if given is None else given})


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _guild_of(channel: JSON) -> int | None:
    return int(channel["guild_id"]) if channel.get("guild_id") else None


def _parent(channel: JSON) -> int | None:
    return int(channel["parent_id"]) if channel.get("parent_id") else None


def _embedded(embed: JSON) -> JSON:
    """Return an embed as Discord stores it."""
    kept = {name: value for name, value in embed.items() if value is not None}
    if "fields" in kept:
        kept["fields"] = [{"inline": False, **one} for one in kept["fields"]]
    return {"type": "rich", **kept}


def _numbered(components: Sequence[JSON]) -> list[JSON]:
    """Return the components with the ids that Discord gives them."""
    copied = deepcopy(list(components))
    for number, (_, part) in enumerate(_every(copied), start=1):
        part.setdefault("id", number)
    return copied


def _user(made: int, name: str, *, bot: bool = False) -> JSON:
    return {
        "id": str(made),
        "username": name,
        "global_name": None if bot else name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": bot,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
        **({"verified": True, "mfa_enabled": False, "email": None, "locale": "en-US"} if bot else {}),
    }


def _member(user: JSON, permissions: int) -> JSON:
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
        "communication_disabled_until": None,
        "permissions": str(permissions),
    }


def _role(made: int, name: str, position: int, permissions: int) -> JSON:
    return {
        "id": str(made),
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": position,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _channel(made: int, guild: int, name: str, kind: int) -> JSON:
    shape: JSON = {
        "id": str(made),
        "type": kind,
        "guild_id": str(guild),
        "name": name,
        "position": 0,
        "parent_id": None,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "flags": 0,
    }
    if kind == VOICE:
        shape |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if kind == FORUM:
        shape |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return shape


def _thread(made: int, parent: JSON, body: JSON, owner: int) -> JSON:
    return {
        "id": str(made),
        "type": 10 if parent["type"] == ANNOUNCEMENT else 11,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": str(owner),
        "name": body["name"],
        "last_message_id": None,
        "rate_limit_per_user": body.get("rate_limit_per_user") or 0,
        "message_count": 0,
        "total_message_sent": 0,
        "member_count": 1,
        "flags": 0,
        "applied_tags": body.get("applied_tags") or [],
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": body.get("auto_archive_duration") or 4320,
            "archive_timestamp": _now(),
            "create_timestamp": _now(),
            "locked": False,
        },
    }
