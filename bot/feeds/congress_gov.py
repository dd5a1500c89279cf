"""Congress.gov's API, version 3: the bills that changed lately, with what happened to them.

The list has each bill with its latest action alone; a bill's own document, named by its entry, has all of them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot import bills
from bot.dates import WASHINGTON, When, when, written_day
from bot.feeds import _json, _options
from bot.plain import line
from bot.records import Document, Entry, Feed, Further, Reading

KEY = "LOOKOUT_CONGRESS_GOV_KEY"

EVERY_PAGE = True  # bills are listed by when their record changed: one whose last action we know hides no others

MOST_ENTRIES = 250
"""Bills, or actions of one bill, read of one page; the API gives no more."""

_LOOK_BACK = timedelta(days=2)  # records are changed behind a cache, and actions entered days late
_FIRST_LOOK = timedelta(days=7)

_LATEST = timedelta(days=90)
"""How long after an action its entry is news. Its keepers tell (LibraryOfCongress/api.congress.gov) of one entered 22
days late (issue 455) and one missing after 76 (issue 373); years later it is a correction."""

_LAST = timedelta(hours=18, minutes=59)  # into a day, for its last action: of the same day in UTC

_SETTLED = timedelta(hours=1)  # twice the 30 minutes for which the cache before the API may answer as it was

_RECORD = re.compile(r" ?\([^()]{0,300}\bCR [SHED]\d[^()]{0,300}\)")  # cited days later: (text: CR S123)
_SAID_AGAIN = re.compile(
    r"(?:(?:Passed/agreed to|Failed of passage/not agreed to) in (?:House|Senate)"
    r"|Resolving differences -- (?:House|Senate) actions): ?"
)
"""What the Library of Congress puts before an action that a chamber has told in the same words."""


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_options.OnlyArticle, feed.options)


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


def read(feed: Feed, document: Document) -> Reading:
    """Return an entry for each bill and its latest action, and the next page where it is on the same host.

    Raises ReadError "not a feed" where the answer is no JSON or lists no `bills`.
    """
    if not document.body:
        return Reading(entries=())  # the first page is as it was: then nothing came
    answer = _json.answer(document)
    listed = _json.listed(answer, "bills", MOST_ENTRIES)
    entries = [entry for one in listed if (entry := _bill(one, feed, document.fetched))]
    return Reading(entries=entries, next_page=_next_page(answer, document.url) if listed else None)


def read_on(_feed: Feed, document: Document, further: Further) -> Reading:
    """Return an entry for each action of a bill, the same as its list gave of its latest, and the next page.

    Once, though the chambers and the Library of Congress each tell of it. Raises ReadError "not a feed" where the
    answer is no JSON or lists no `actions`.
    """
    answer = _json.answer(document)
    listed = _json.listed(answer, "actions", MOST_ENTRIES)
    entries = [_entry(further.page, further.title, action) for action in listed if _json.text(action, "text")]
    once = {entry.guid: entry for entry in _in_order(reversed(entries))}
    return Reading(entries=list(once.values())[::-1], next_page=_next_page(answer, document.url) if listed else None)


def late(_feed: Feed, began: datetime, now: datetime) -> datetime | None:
    """Return from when on an action that is listed only now was entered only now, and is news however late.

    A chamber delivers it when it does. What happened before the time that the first poll asked for may have been there
    all along: a bill is listed again, with its last action, whenever anything in its record changes.
    """
    return max(began - _FIRST_LOOK, now - _LATEST)


def _bill(listed: Mapping[str, Any], feed: Feed, fetched: datetime) -> Entry | None:
    congress, kind = _number(listed, "congress"), _json.text(listed, "type").lower()
    number, title = _number(listed, "number"), line(_json.text(listed, "title"))
    if not congress or not number or kind not in bills.NAMES or not title:
        return None
    page, named = bills.page(congress, kind, number), f"{bills.NAMES[kind]} {number}: {title}"
    scheme, host, path, *_ = urlsplit(feed.url)
    place = f"{scheme}://{host}{path.partition('/bill')[0]}/bill/{congress}/{kind}/{number}/actions"
    actions = _json.asking(place, format="json", limit=str(MOST_ENTRIES))
    further = Further(url=actions, page=page, title=named, mark=_mark(listed, fetched))
    entry = _entry(page, named, _json.inner(listed, "latestAction"))
    if entry.published and entry.day_only:
        entry = replace(entry, published=entry.published + _LAST)
    return replace(entry, further=further)


def _entry(page: str, title: str, action: Mapping[str, Any]) -> Entry:
    written, happened = _json.text(action, "actionDate")[:10], _happened(action)
    day = written_day(written)
    done = (when(f"{written}T{_json.text(action, 'actionTime')[:8]}") if day else None) or day
    return Entry(
        title=title,
        url=page,
        # With the action, so that the next one is news.
        guid=" ".join((bills.bill(page) or page, written, happened)),
        content=_told(done, happened),
        published=done.at if done else None,
        day_only=done.day_only if done else False,
        language="en",
    )


def _in_order(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give actions, the oldest first, each a second or more after the one before it on its day."""
    before: datetime | None = None
    for entry in entries:
        at = entry.published
        if at and before and entry.day_only and at <= before < at + _LAST:
            at = before + timedelta(seconds=1)
        before = at
        yield replace(entry, published=at)


def _happened(action: Mapping[str, Any]) -> str:
    """Return what happened in those words that all who tell of it share, from the first time on."""
    told = line(_json.text(action, "text"), 1_000)
    return line(_RECORD.sub("", _SAID_AGAIN.sub("", told, count=1)), 1_000) or told


def _told(done: When | None, happened: str) -> str:
    day = done.at.astimezone(WASHINGTON) if done else None
    return f"{day:%B} {day.day}, {day.year}: {happened}" if day and happened else happened


def _mark(listed: Mapping[str, Any], fetched: datetime) -> str:
    """Return a mark of a bill's record as it is: when it changed.

    While it may go on under that mark, the day that alone is written or what a cache still tells otherwise, with when
    it was asked for: so it is read once more, at the next poll.
    """
    changed = max(_json.text(listed, key)[:40] for key in ("updateDate", "updateDateIncludingText"))
    at = when(changed)
    ends = None if at is None else at.at + (timedelta(days=1) if at.day_only else timedelta())
    return changed if ends and fetched >= ends + _SETTLED else f"{changed} at {fetched.astimezone(UTC):%Y-%m-%d %H:%M}"


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
