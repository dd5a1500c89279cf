"""JSON Feed (jsonfeed.org, versions 1 and 1.1), which feedparser does not read."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.dates import When
from bot.errors import ReadError
from bot.feeds._documents import what_it_is
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Document, Entry


def read(document: Document, most: int, date: Callable[[str], When | None], *, full: bool) -> tuple[str, list[Entry]]:
    """Return the title of a JSON Feed and its first `most` entries. Raises ReadError "not a feed" for other JSON."""
    try:
        feed = json.loads(document.body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as e:
        raise ReadError("not a feed", f"broken JSON: {line(str(e), 100)}") from e
    if not isinstance(feed, dict) or "jsonfeed.org" not in str(feed.get("version")):
        raise ReadError("not a feed", what_it_is(document))
    items = feed.get("items")
    listed = [item for item in items[:most] if isinstance(item, dict)] if isinstance(items, list) else []
    language = _text(feed, "language") or None
    return line(_text(feed, "title")), [_entry(item, document.url, language, date, full) for item in listed]


def _entry(
    item: Mapping[str, Any], base: str, language: str | None, date: Callable[[str], When | None], full: bool
) -> Entry:
    content = _text(item, "content_html") or _text(item, "content_text")
    link = _text(item, "url") or _text(item, "external_url")
    guid = _text(item, "id")
    if not link and guid.startswith(("http://", "https://")):  # what identifies it is its address
        link = guid
    published = date(_text(item, "date_published") or _text(item, "date_modified"))
    return Entry(
        title=line(_text(item, "title")),
        url=absolute(base, link),
        guid=guid or None,
        content=content or _text(item, "summary"),
        full=full and bool(content),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        language=_text(item, "language") or language,
    )


def _text(thing: Mapping[str, Any], key: str) -> str:
    value = thing.get(key)
    return str(value).strip() if isinstance(value, str | int | float) else ""
