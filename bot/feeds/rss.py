"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed, as tolerantly as feedparser reads them."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, Literal
from xml.sax import SAXException

import feedparser

from bot.dates import When, when, written_day
from bot.errors import ReadError
from bot.feeds import _json_feed, _options
from bot.feeds._documents import is_json, what_it_is
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

MOST_ENTRIES = 2_000
"""Entries read of one document, the first ones: the longest of 200 real feeds lists 1,046, an attack 300,000."""

_ENTRY = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)


class _Options(_options.Options):
    full_text: bool = False  # the feed carries whole articles
    dates: Literal["day"] | None = None  # the time of day is made up: DOJ stamps every release 12:00
    outlet_in_title: bool = False  # Google News: "Title - Outlet"
    title_must_contain: str = ""  # unmasks a site that answers any address with its default channel
    article: _options.Article | None = None


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_Options, feed.options)


def read(feed: Feed, document: Document) -> Reading:
    """Return the first `MOST_ENTRIES` entries. An empty feed is a feed.

    Raises ReadError "not a feed" for HTML, OPML, other JSON, broken XML without entries, a new WordPress site's
    "Hello world!" feed, and a channel whose title lacks `title_must_contain`.
    """
    options = _Options.model_validate(dict(feed.options))
    date = written_day if options.dates == "day" else when
    reader = partial(_json_feed.read, most=MOST_ENTRIES) if is_json(document) else _read_xml
    channel, entries = reader(document, date=date, full=options.full_text)
    if options.title_must_contain.casefold() not in channel.casefold():
        raise ReadError("not a feed", f'the channel is "{channel}", not one with "{options.title_must_contain}"')
    if [entry.title.casefold() for entry in entries] == ["hello world!"]:
        raise ReadError("not a feed", 'a placeholder: its only entry is the "Hello world!" of a new WordPress site')
    return Reading(entries=[_with_outlet(entry) for entry in entries] if options.outlet_in_title else entries)


def _read_xml(document: Document, *, date: Callable[[str], When | None], full: bool) -> tuple[str, list[Entry]]:
    parsed = feedparser.parse(
        BytesIO(_shortened(document.body)),  # bytes alone would be tried as the name of a file
        response_headers={"content-type": document.content_type},
        sanitize_html=False,  # two thirds of its time, and we keep text only
        resolve_relative_uris=False,
    )
    if not parsed.get("version"):
        raise ReadError("not a feed", what_it_is(document))
    if not parsed.entries and isinstance(parsed.get("bozo_exception"), SAXException):
        raise ReadError("not a feed", f"broken XML: {line(str(parsed.bozo_exception), 100)}")
    language = parsed.feed.get("language") or None
    told = [_entry(entry, document.url, language, date, full) for entry in parsed.entries[:MOST_ENTRIES]]
    return line(parsed.feed.get("title") or ""), told


def _shortened(body: bytes) -> bytes:
    """Return the document without what follows its first `MOST_ENTRIES` entries."""
    # Cut before parsing: feedparser needs more than 20 s for 300,000 items.
    starts = [match.start() for match in _ENTRY.finditer(body)]
    if len(starts) <= MOST_ENTRIES:
        return body
    ends = [match.end() for match in _ENTRY_END.finditer(body)]
    cut = starts[MOST_ENTRIES]
    return body[:cut] + (body[ends[-1] :] if ends and ends[-1] > cut else b"")


def _entry(entry: Any, base: str, language: str | None, date: Callable[[str], When | None], full: bool) -> Entry:
    content = _content(entry)
    # `in` before reading: feedparser answers "updated" with "published" and a warning.
    published = date(next((entry[key] for key in ("published", "updated", "created") if entry.get(key)), ""))
    return Entry(
        title=line(entry.get("title") or ""),
        url=_link(entry, base),
        guid=entry.get("id") or None,
        content=content or entry.get("summary") or "",
        full=full and bool(content or entry.get("summary")),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        language=entry.get("language") or language,
        outlet=line((entry.get("source") or {}).get("title") or "", 100) or None,
    )


def _content(entry: Any) -> str:
    bodies = (part.value for part in entry.get("content", ()) if "xml" not in part.type or "xhtml" in part.type)
    return max((body for body in bodies if body), key=len, default="")


def _link(entry: Any, base: str) -> str | None:
    """Return the entry's own address: its link, or a guid that is one."""
    link = entry.get("link") or ""
    if not link:
        # Atom entries of some sites carry only rel="related" or "enclosure".
        link = next((other.href for other in entry.get("links", ()) if other.get("href")), "")
    return absolute(base, link)


def _with_outlet(entry: Entry) -> Entry:
    """Return an entry of Google News as its outlet wrote it: the title apart from the outlet, no list of links."""
    title, dash, outlet = entry.title.rpartition(" - ")
    if not dash:
        return replace(entry, content="")
    return replace(entry, title=title, outlet=entry.outlet or outlet, content="")
