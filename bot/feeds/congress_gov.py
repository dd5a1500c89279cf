"""Congress.gov's API, version 3: the bills that changed lately, each with the last thing that happened to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot import bills
from bot.dates import WASHINGTON, When, when
from bot.feeds import _json, _options
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

KEY = "LOOKOUT_CONGRESS_GOV_KEY"

EVERY_PAGE = True  # bills are listed by when their record changed: one whose last action we know hides no others

MOST_ENTRIES = 250
"""Bills read of one page; the API gives no more."""

_LOOK_BACK = timedelta(days=2)  # records are changed behind a cache, and actions entered days late
_FIRST_LOOK = timedelta(days=7)


class _Options(_options.Options):
    article: _options.Article | None = None


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_Options, feed.options)


def address(feed: Feed, since: datetime | None, now: datetime) -> str:
    """Return the question for the bills that changed since two days before `since`, the latest first; a week at first.

    From the beginning of that day in UTC: the API's own clock, and an address that a cache may know.
    """
    first = (since - _LOOK_BACK if since else now - _FIRST_LOOK).astimezone(UTC)
    return _json.asking(
        feed.url,
        format="json",
        sort="updateDate desc",
        limit=str(MOST_ENTRIES),
        fromDateTime=f"{first:%Y-%m-%d}T00:00:00Z",
    )


def read(_feed: Feed, document: Document) -> Reading:
    """Return an entry for each bill and its latest action, and the next page where it is on the same host.

    Raises ReadError "not a feed" where the answer is no JSON or lists no `bills`.
    """
    answer = _json.answer(document)
    listed = _json.listed(answer, "bills", MOST_ENTRIES)
    entries = [entry for one in listed if (entry := _entry(one))]
    return Reading(entries=entries, next_page=_next_page(answer, document.url) if listed else None)


def _entry(listed: Mapping[str, Any]) -> Entry | None:
    congress, kind = _number(listed, "congress"), _json.text(listed, "type").lower()
    number, title = _number(listed, "number"), line(_json.text(listed, "title"))
    if not congress or not number or kind not in bills.NAMES or not title:
        return None
    action = _json.inner(listed, "latestAction")
    done, happened = when(_json.text(action, "actionDate")), line(_json.text(action, "text"), 1_000)
    return Entry(
        title=f"{bills.NAMES[kind]} {number}: {title}",
        url=bills.page(congress, kind, number),
        # With the action, so that the next one is news.
        guid=" ".join((f"{congress}-{kind}-{number}", _json.text(action, "actionDate")[:10], happened)),
        content=_told(done, happened),
        published=done.at if done else None,
        day_only=done.day_only if done else False,
        language="en",
    )


def _told(done: When | None, happened: str) -> str:
    if not happened:
        return ""
    day = done.at.astimezone(WASHINGTON) if done else None
    return f"Latest action{f', {day:%B} {day.day}, {day.year}' if day else ''}: {happened}"


def _number(thing: Mapping[str, Any], key: str) -> int:
    """Return the number under `key`, which the API writes as a number or as text; 0 where it is neither."""
    written = str(thing.get(key))
    return int(written) if written.isascii() and written.isdecimal() and len(written) <= 6 else 0


def _next_page(answer: Mapping[str, Any], url: str) -> str | None:
    following = _json.text(_json.inner(answer, "pagination"), "next")
    offset = _json.asked(following, "offset")
    if not offset.isdecimal() or urlsplit(following)[:2] != urlsplit(url)[:2]:
        return None
    # Our own question and its offset: what the API writes there has left out parameters before.
    return _json.asking(url, offset=offset) if offset != _json.asked(url, "offset") else None
