"""Releases that a page carries as JSON for its own scripts (Next.js): what a browser would draw, before it does."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bs4 import BeautifulSoup

from bot.dates import When, when
from bot.feeds._links import absolute
from bot.feeds._listing import MOST_ENTRIES
from bot.plain import line
from bot.records import Entry

_MOST_VALUES = 200_000  # looked at in one page's data: a press page has some thousands
_WRAPPERS = ("node", "attributes")  # what GraphQL and Strapi put around a thing


def entries(page: BeautifulSoup, base: str) -> list[Entry]:
    """Return the releases in the page's `__NEXT_DATA__`: of its lists, the one with the most that have title, date and
    address. Empty where there is none.
    """
    script = page.select_one("script#__NEXT_DATA__")
    try:
        data = json.loads(script.string or "") if script is not None else None
    except (ValueError, RecursionError):
        return []
    lists = ([entry for thing in one[:MOST_ENTRIES] if (entry := _entry(thing, base))] for one in _lists(data))
    return max(lists, key=len, default=[])


def _lists(data: object) -> Iterator[Sequence[Any]]:
    waiting, seen = [data], 0
    while waiting and seen < _MOST_VALUES:
        value = waiting.pop()
        seen += 1
        if isinstance(value, list):
            yield value
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()


def _entry(thing: object, base: str) -> Entry | None:
    while isinstance(thing, dict) and (inside := next((w for w in _WRAPPERS if isinstance(thing.get(w), dict)), None)):
        thing = thing[inside]
    if not isinstance(thing, dict):
        return None
    title = line(_told(thing, "title", "headline", "name"))
    url = absolute(base, _told(thing, "link", "url", "uri", "path", "permalink", "slug"))
    published = _published(thing)
    if not title or not url or not published:
        return None
    teaser = _told(thing, "excerpt", "summary", "description")
    return Entry(title=title, url=url, content=teaser, published=published.at, day_only=published.day_only)


def _published(thing: Mapping[str, Any]) -> When | None:
    return when(_told(thing, "date", "publishedDate", "published_at", "publishedAt", "publishDate", "dateGmt"))


def _told(thing: Mapping[str, Any], *names: str) -> str:
    """Return the first of these that is text; WordPress writes {"rendered": "..."}."""
    for name in names:
        value = thing.get(name)
        told = value.get("rendered") if isinstance(value, dict) else value
        if isinstance(told, str) and told.strip():
            return told
    return ""
