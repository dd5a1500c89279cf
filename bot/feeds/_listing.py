"""A list of releases on a web page, read by CSS selectors: what press pages and members' pages have in common."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Literal
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from bot.dates import When, when, whole_day
from bot.feeds import _options
from bot.feeds._links import absolute
from bot.plain import line
from bot.records import Entry

MOST_ENTRIES = 500
"""Entries read of one page, the first ones; the longest press page seen lists 100."""

LINK = "a[href]"

SEVERAL = 3
"""Releases of which one at least must have a date, where a list has dates."""

_DAY_IN_PATH = re.compile(r"/(20\d\d)/(\d\d?)/(\d\d?)/")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_UP = 8
_BESIDE = 8  # neighbours looked at for a date outside the item: teaser, share links, a rule


class Selectors(_options.Options):
    """Where a page keeps its releases, and each release its link, title, date and teaser."""

    item: _options.Selector  # one release in the list
    link: _options.Selector = LINK  # within the item, or the item itself, or what wraps it
    title: _options.Selector | None = None  # default: the link's text
    date: _options.Selector | None = None  # several elements are read as one text: CBP splits "Aug 07" from "2026"
    date_attribute: str | None = None  # "datetime", where it is true: CBP's is a constant
    date_beside: Literal["before", "after"] | None = None  # the date stands outside the item, between it and the next
    teaser: _options.Selector | None = None
    tag: _options.Selector | None = None
    next: _options.Selector | None = None  # the link to the next page


def items(page: BeautifulSoup, selectors: Selectors) -> Sequence[Tag]:
    """Return the first `MOST_ENTRIES` elements that `item` finds."""
    return page.select(selectors.item, limit=MOST_ENTRIES)


def entries(found: Sequence[Tag], selectors: Selectors, base: str) -> list[Entry]:
    """Return what the items tell, without those that have no link to a web address or no title."""
    return [entry for item in found if (entry := _entry(item, selectors, base))]


def undated(entries: Sequence[Entry]) -> str | None:
    """Return what an operator should know of a list in which dates were looked for; None: there are some.

    What comes is then dated by its own page, or by when it was first seen.
    """
    if len(entries) < SEVERAL or any(entry.published for entry in entries):
        return None
    return f"none of its {len(entries)} releases shows a date; its layout may have changed"


def next_page(page: BeautifulSoup, selector: str, base: str) -> str | None:
    """Return where the page's own link to the next one leads."""
    link = page.select_one(selector)
    return absolute(base, str(link["href"])) if link is not None and link.get("href") else None


def base_of(page: BeautifulSoup, url: str) -> str:
    """Return the address from which the page's relative links are meant."""
    base = page.select_one("base[href]")
    return absolute(url, str(base["href"])) or url if base is not None else url


def described(page: BeautifulSoup) -> str:
    """Return a few words on a page in which nothing was found."""
    title = line(text(page.title), 100) if page.title else ""
    return f"a page of {len(page.select('a[href]'))} links" + (f', "{title}"' if title else "")


def day_in(url: str) -> When | None:
    """Return the day that stands in the path, /news/2026/08/07/..., as DHS and WordPress write it."""
    found = _DAY_IN_PATH.search(urlsplit(url).path)
    try:
        return found and whole_day(date(*map(int, found.groups())))
    except ValueError:
        return None


def text(element: Tag) -> str:
    """Return an element's text, its pieces apart."""
    return element.get_text(" ", strip=True)


def inside(element: Tag, most: int = 200) -> Iterator[PageElement]:
    """Yield what stands in an element, in the page's order, so far as an item of a list can need it.

    Pages nest without end to hurt their reader, and the library's own walk begins by going to the deepest end.
    """
    waiting = element.contents[:most][::-1]
    for _ in range(most):
        if not waiting:
            return
        one = waiting.pop()
        yield one
        if isinstance(one, Tag):
            waiting += one.contents[:most][::-1]


def heading_in(element: Tag) -> Tag | None:
    """Return the first heading in an element."""
    return next((one for one in inside(element) if isinstance(one, Tag) and one.name in HEADINGS), None)


def heading_around(element: Tag) -> Tag | None:
    """Return the heading that an element stands in."""
    return next((one for one in islice(element.parents, _UP) if one.name in HEADINGS), None)


def _entry(item: Tag, selectors: Selectors, base: str) -> Entry | None:
    link = _link(item, selectors.link)
    url = link and absolute(base, str(link["href"]))
    title = link and _title(item, selectors.title, link)
    if not url or not title:
        return None
    published = _published(item, selectors) or day_in(url)
    return Entry(
        title=title,
        url=url,
        content="".join(_block(item, selector) for selector in (selectors.teaser, selectors.tag)),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
    )


def _link(item: Tag, selector: str) -> Tag | None:
    """Return the item's link: in it, itself, or around it (DHS wraps the whole item in one)."""
    # The default is asked for thousands of times a page, where its pattern is not known; CSS takes ten times as long.
    first = item.find_all("a", href=True, limit=4) if selector == LINK else item.select(selector, limit=4)
    within = [link for link in first if link.get("href")]
    worded = [link for link in within if text(link)]  # a picture that leads there may come first
    for link in (*worded[:1], *within[:1], item, item.find_parent("a")):
        if link is not None and link.get("href"):
            return link
    return None


def _title(item: Tag, selector: str | None, link: Tag) -> str:
    told = item.select_one(selector) if selector else link
    return line(text(told or link)) or line(str(link.get("title") or ""))


def _published(item: Tag, selectors: Selectors) -> When | None:
    if selectors.date is None:
        return None
    told = _beside(item, selectors) if selectors.date_beside else item.select(selectors.date, limit=4)
    # The item itself may be meant: older pages write the date beside the link, in no element of its own.
    told = told or ([item] if item.css.match(selectors.date) else [])
    if selectors.date_attribute:
        written = (str(element.get(selectors.date_attribute) or "") for element in told)
        return next((moment for one in written if (moment := when(one))), None)
    if (moment := when(" ".join(text(element) for element in told))) is not None:
        return moment
    # "Yesterday" in a <time> has its day beside it.
    beside = (str(element.get("datetime") or "") for element in told if element.name == "time")
    return next((moment for one in beside if (moment := when(one))), None)


def _beside(item: Tag, selectors: Selectors) -> Sequence[Tag]:
    around = item.previous_siblings if selectors.date_beside == "before" else item.next_siblings
    for near in islice((one for one in around if isinstance(one, Tag)), _BESIDE):
        if near.css.match(selectors.item):
            return ()
        if selectors.date and (told := [near] if near.css.match(selectors.date) else near.select(selectors.date)):
            return told
    return ()


def _block(item: Tag, selector: str | None) -> str:
    told = item.select_one(selector) if selector else None
    return f"<div>{told.decode_contents()}</div>" if told is not None else ""
