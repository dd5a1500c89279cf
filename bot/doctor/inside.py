"""Looks at one item's own page: is its text found, and its date, and which selectors would surely help; pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup

from bot import items
from bot.dates import when
from bot.doctor.findings import Inside
from bot.plain import line, readable, soup
from bot.records import Document, Entry, Feed

ENOUGH = 200
"""Characters that make the text of an item: less is a notice, or what stands around the text."""

_BEGINS = 120
_BODIES = ('[itemprop="articleBody"]', ".field--name-body", ".entry-content", ".article-body", "article", "main")
_DATES = ("time[datetime]", '[itemprop="datePublished"]', 'meta[name="date"]', "time")


def looked_inside(entry: Entry, feed: Feed, page: Document, now: datetime) -> tuple[Inside, Feed]:
    """Return what an item's page gives, and the feed, with the selectors for its articles where one is sure.

    One is: where without it nothing is found, and just one element of the page is meant by it, or all say the same.
    """
    found = _found(entry, feed, page, now)
    article = {}
    if found.characters < ENOUGH and (body := _body(page)):
        article["body"] = body
    if found.published is None and (entry.published is None) and (date := _date(page)):
        article["date"] = date
    if not article:
        return found, feed
    better = replace(feed, options={**feed.options, "article": article})
    return _found(entry, better, page, now), better


def _found(entry: Entry, feed: Feed, page: Document, now: datetime) -> Inside:
    bare = replace(entry, content="", published=None)
    item = items.accept(bare, (f"url:{entry.url}",), feed, now, page)
    text = item.text if item.text_from == "article" else ""
    return Inside(
        url=page.url,
        characters=len(text),
        begins=line(text, _BEGINS),
        published=item.published if item.published < now else None,
    )


def _body(page: Document) -> str | None:
    parsed = soup(page.body, page.content_type)
    for selector in _BODIES:
        found = parsed.select(selector, limit=2)
        if len(found) == 1 and len(readable(found[0])) >= ENOUGH:
            return selector
    return None


def _date(page: Document) -> str | None:
    parsed = soup(page.body, page.content_type)
    return next((selector for selector in _DATES if _agree(parsed, selector)), None)


def _agree(page: BeautifulSoup, selector: str) -> bool:
    # As items.accept reads them: what the elements say in `content` or as text, together.
    found: list[Any] = page.select(selector, limit=4)
    told = [when(str(one.get("content") or one.get_text(" ", strip=True))) for one in found]
    return bool(told) and None not in told and len(set(told)) == 1
