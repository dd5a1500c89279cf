"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed, as tolerantly as feedparser reads them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from bot.dates import When, when, written_day
from bot.errors import ReadError
from bot.feeds import _json_feed, _options, _xml
from bot.feeds._documents import is_json
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

MOST_ENTRIES = 2_000
"""Entries read of one document, the first ones: the longest of 200 real feeds lists 1,046, an attack 300,000."""

_LATEST = timedelta(days=365)  # a hearing is printed months after it was held; decades later it is an archive's


class _Options(_options.Options):
    full_text: bool = False  # the feed carries whole articles
    dates: Literal["day"] | None = None  # the time of day is made up: DOJ stamps every release 12:00
    outlet_in_title: bool = False  # Google News: "Title - Outlet"
    late: bool = False  # dated by what it lists, not by when it lists it: GovInfo, by its own word (usgpo/rss, issue 6)
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


def late(feed: Feed, _began: datetime, now: datetime) -> datetime | None:
    """Return from when on what is listed only now is news nevertheless, where the feed is said to be late."""
    return now - _LATEST if feed.options.get("late") is True else None


def channel(document: Document) -> str:
    """Return the title of the channel. Raises ReadError "not a feed" as `read` does."""
    reader = partial(_json_feed.read, most=1) if is_json(document) else partial(_read_xml, most=1)
    return reader(document, date=when, full=False)[0]


def _read_xml(
    document: Document, *, date: Callable[[str], When | None], full: bool, most: int = MOST_ENTRIES
) -> tuple[str, list[Entry]]:
    told = _xml.read(document, most)
    language = told.language or None
    return line(told.title), [_entry(entry, document.url, language, date, full) for entry in told.entries]


def _entry(
    told: _xml.ToldEntry, base: str, language: str | None, date: Callable[[str], When | None], full: bool
) -> Entry:
    published = date(told.date)
    return Entry(
        title=line(told.title),
        url=absolute(base, told.link),
        guid=told.guid or None,
        content=told.content,
        full=full and bool(told.content),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        language=told.language or language,
        outlet=line(told.outlet, 100) or None,
    )


def _with_outlet(entry: Entry) -> Entry:
    """Return an entry of Google News as its outlet wrote it: the title apart from the outlet, no list of links."""
    title, dash, outlet = entry.title.rpartition(" - ")
    if not dash:
        return replace(entry, content="")
    return replace(entry, title=title, outlet=entry.outlet or outlet, content="")
