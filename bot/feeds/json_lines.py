"""JSON Lines: one release a line, as the public congress-press data set publishes them by month."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.dates import WASHINGTON, when
from bot.errors import ReadError
from bot.feeds import _options
from bot.feeds._documents import what_it_is
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

MOST_ENTRIES = 20_000
"""Lines read of one document, the first ones; a month of Congress has about 3,000."""

_LATE_DAYS = 2  # days into a month during which the last one still grows


class _Options(_options.Options):
    article: _options.Article | None = None


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_Options, feed.options)


def address(feed: Feed, _since: datetime | None, now: datetime) -> str:
    """Return the address of the month's file: `{year}` and `{month}` filled in. For two days still the last month's."""
    return _filled(feed.url, now - timedelta(days=_LATE_DAYS))


def read(feed: Feed, document: Document) -> Reading:
    """Return the releases of one file; in the first two days of a month the new month's file is the next page.

    A line that is no JSON object with a title is left out, uncounted: a file being written ends in half a line.
    Raises ReadError "not a feed" where that is true of all; the detail counts them.
    """
    lines = [raw for raw in document.body.splitlines() if raw.strip()][:MOST_ENTRIES]
    entries = [entry for raw in lines if (entry := _entry(raw, document.url))]
    if lines and not entries:
        raise ReadError("not a feed", f"{what_it_is(document)}; none of its {len(lines)} lines is a release")
    newest = _filled(feed.url, document.fetched)
    is_old = newest != address(feed, None, document.fetched) and newest != document.url
    return Reading(entries=entries, next_page=newest if is_old else None)


def _filled(url: str, at: datetime) -> str:
    month = at.astimezone(WASHINGTON)
    return url.replace("{year}", f"{month:%Y}").replace("{month}", f"{month:%m}")


def _entry(raw: bytes, base: str) -> Entry | None:
    try:
        release = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(release, dict) or not (title := line(_text(release, "title"))):
        return None
    text = _text(release, "text", "content", "body")
    published = when(_text(release, "date", "published"))
    link = _text(release, "url", "link")
    return Entry(
        title=title,
        url=absolute(base, link),
        guid=_text(release, "id", "guid") or None,
        content=text,
        full=bool(text),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
        language=_text(release, "language") or None,
        outlet=_outlet(release),
    )


def _outlet(release: Mapping[str, Any]) -> str | None:
    """Return who published it: the member, or a source that is a name (congress-press has an address there)."""
    named = (_text(release, key) for key in ("member", "outlet", "source"))
    return next((line(name, 100) for name in named if name and "://" not in name), None)


def _text(thing: Mapping[str, Any], *keys: str) -> str:
    """Return the first of the values that is a text and not blank."""
    return next((value for key in keys if isinstance(value := thing.get(key), str) and value.strip()), "")
