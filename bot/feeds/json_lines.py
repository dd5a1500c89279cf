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

EVERY_PAGE = True

_LATE = timedelta(days=2)  # how far into a month the last one still grows
_MOST_MONTHS_BACK = 12


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_options.OnlyArticle, feed.options)


def address(feed: Feed, since: datetime | None, now: datetime) -> str:
    """Return the address of the month of the last success: `{year}` and `{month}` of Washington filled in.

    For two days into a month it is still the last one, which grows. Never more than twelve months back; this month at
    the first poll.
    """
    start = _month(min(since or now, now) - _LATE)
    return _filled(feed.url, max(start, _month(now) - _MOST_MONTHS_BACK))


def read(feed: Feed, document: Document) -> Reading:
    """Return the releases of one file; the next page is the following month's, up to the month it was fetched in.

    A line that is no JSON object with a title is left out, uncounted: a file being written ends in half a line.
    Raises ReadError "not a feed" where that is true of all; the detail counts them.
    """
    lines = [raw for raw in document.body.splitlines() if raw.strip()][:MOST_ENTRIES]
    entries = [entry for raw in lines if (entry := _entry(raw, document.url))]
    if lines and not entries:
        raise ReadError("not a feed", f"{what_it_is(document)}; none of its {len(lines)} lines is a release")
    return Reading(entries=entries, next_page=_next_page(feed.url, document))


def _next_page(url: str, document: Document) -> str | None:
    newest = _month(document.fetched)
    oldest = newest - _MOST_MONTHS_BACK - 1  # one more: a month can end between the question and the answer
    answered = document.url.casefold()  # the HTTP client writes hosts small
    own = next((m for m in range(newest, oldest - 1, -1) if _filled(url, m).casefold() == answered), newest)
    return _filled(url, own + 1) if own < newest else None


def _month(at: datetime) -> int:
    """Return the month in Washington as a number, counted from the year 0, so that months can be added."""
    day = at.astimezone(WASHINGTON)
    return day.year * 12 + day.month - 1


def _filled(url: str, month: int) -> str:
    return url.replace("{year}", f"{month // 12:04}").replace("{month}", f"{month % 12 + 1:02}")


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
