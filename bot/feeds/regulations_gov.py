"""Regulations.gov's API, version 4: rules, proposals and notices, with the day until which people may comment."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.dates import WASHINGTON, when, written_day
from bot.feeds import _json, _options
from bot.plain import line
from bot.records import Document, Entry, Feed, Reading

KEY = "LOOKOUT_REGULATIONS_GOV_KEY"

EVERY_PAGE = True  # listed by day, in no order within one: a document that we know hides no others

MOST_ENTRIES = 250
"""Documents read of one page; the API gives no more."""

_MOST_PAGES = 20  # the API answers no further
_LOOK_BACK = timedelta(days=2)  # it has no `late`: asked for by the day of posting, it shows nothing older than that
_FIRST_LOOK = timedelta(days=7)


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_options.OnlyArticle, feed.options)


def address(feed: Feed, since: datetime | None, now: datetime) -> str:
    """Return the question for what was posted since two days before `since`, the latest first; a week at first."""
    first = (since - _LOOK_BACK if since else now - _FIRST_LOOK).astimezone(WASHINGTON)
    asked = {"filter[postedDate][ge]": f"{first:%Y-%m-%d}", "sort": "-postedDate", "page[size]": str(MOST_ENTRIES)}
    return _json.asking(feed.url, **asked, **{"page[number]": "1"})


def read(_feed: Feed, document: Document) -> Reading:
    """Return the documents of one page, and the next where the API says that there is one.

    Raises ReadError "not a feed" where the answer is no JSON or lists no `data`.
    """
    if not document.body:
        return Reading(entries=())  # the first page is as it was: then nothing came
    answer = _json.answer(document)
    listed = _json.listed(answer, "data", MOST_ENTRIES)
    entries = [entry for one in listed if (entry := _entry(one))]
    goes_on = bool(listed) and _json.inner(answer, "meta").get("hasNextPage") is True
    return Reading(entries=entries, next_page=_next_page(document.url) if goes_on else None)


def _entry(listed: Mapping[str, Any]) -> Entry | None:
    name, told = line(_json.text(listed, "id"), 100), _json.inner(listed, "attributes")
    title = line(_json.text(told, "title"))
    if not name or not title:
        return None
    posted = written_day(_json.text(told, "postedDate"))  # stamped with midnight in Washington: the day is meant
    return Entry(
        title=title,
        url=f"https://www.regulations.gov/document/{quote(name, safe='')}",
        guid=name,
        content="\n\n".join(filter(None, (_what(told), _due(told)))),
        published=posted.at if posted else None,
        day_only=posted is not None,
        language="en",
    )


def _what(told: Mapping[str, Any]) -> str:
    kind, docket = line(_json.text(told, "documentType"), 100), line(_json.text(told, "docketId"), 100)
    withdrawn = "Withdrawn. " if told.get("withdrawn") is True else ""
    return withdrawn + " ".join(filter(None, (kind or "Document", docket and f"in docket {docket}"))) + "."


def _due(told: Mapping[str, Any]) -> str:
    # Written as its last second in UTC, which is the next day there.
    end = when(_json.text(told, "commentEndDate"))
    day = end.at.astimezone(WASHINGTON) if end else None
    return f"Comments are due by {day:%B} {day.day}, {day.year}." if day else ""


def _next_page(url: str) -> str | None:
    asked = _json.asked(url, "page[number]") or "1"
    number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else _MOST_PAGES
    return _json.asking(url, **{"page[number]": str(number + 1)}) if number < _MOST_PAGES else None
