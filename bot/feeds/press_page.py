"""Press pages: a site's own list of releases, read by the CSS selectors that feeds.yaml gives."""

import re
from datetime import date
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from bot.dates import When, when, whole_day
from bot.errors import ReadError
from bot.feeds import _options
from bot.feeds._links import absolute
from bot.plain import line, soup
from bot.records import Document, Entry, Feed, Reading

IS_PAGE = True

MOST_ENTRIES = 500
"""Entries read of one page, the first ones; the longest press page seen lists 100."""

_DAY_IN_PATH = re.compile(r"/(20\d\d)/(\d\d?)/(\d\d?)/")


class _Options(_options.Options):
    item: _options.Selector  # one release in the list
    link: _options.Selector = "a[href]"  # within the item, or the item itself, or what wraps it
    title: _options.Selector | None = None  # default: the link's text
    date: _options.Selector | None = None  # several elements are read as one text: CBP splits "Aug 07" from "2026"
    date_attribute: str | None = None  # "datetime", where it is true: CBP's is a constant
    teaser: _options.Selector | None = None
    tag: _options.Selector | None = None
    next: _options.Selector | None = None  # the link to the next page
    pages: str | None = None  # or how its address is made: "?page={n}"
    first_page: int = 0  # the number of the page at the feed's own address
    article: _options.Article | None = None


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    wrong = _options.problems(_Options, feed.options)
    if "{n}" not in str(feed.options.get("pages") or "{n}"):
        wrong.append((("pages",), '"pages" must say where the page number goes, such as "?page={n}"'))
    if feed.options.get("pages") and feed.options.get("next"):
        wrong.append((("pages",), '"pages" and "next" both say where the list goes on; keep one'))
    return wrong


def read(feed: Feed, document: Document) -> Reading:
    """Return the releases of one page, and the address of the next. A further page without any is the end.

    Raises ReadError "layout changed" where `item` finds nothing on the first page, or nothing with a link and a title.
    """
    options = _Options.model_validate(dict(feed.options))
    page = soup(document.body, document.content_type)
    number = _number(options, document.url)
    listed = page.select(options.item, limit=MOST_ENTRIES)
    if not listed and number > options.first_page:
        return Reading(entries=())
    if not listed:
        raise ReadError("layout changed", f'"{options.item}" finds nothing on {_described(page)}')
    base = _base(page, document.url)
    entries = [entry for item in listed if (entry := _entry(item, options, base))]
    if not entries:
        raise ReadError("layout changed", f'"{options.item}" finds {len(listed)} items, none with a link and a title')
    return Reading(entries=entries, next_page=_next_page(page, options, feed.url, base, number))


def _entry(item: Tag, options: _Options, base: str) -> Entry | None:
    link = _link(item, options.link)
    url = link and absolute(base, str(link["href"]))
    title = link and _title(item, options.title, link)
    if not url or not title:
        return None
    published = _published(item, options) or _day_in(url)
    return Entry(
        title=title,
        url=url,
        content="".join(_block(item, selector) for selector in (options.teaser, options.tag)),
        published=published.at if published else None,
        day_only=published.day_only if published else False,
    )


def _link(item: Tag, selector: str) -> Tag | None:
    """Return the item's link: in it, itself, or around it (DHS wraps the whole item in one)."""
    for link in (item.select_one(selector), item, item.find_parent("a")):
        if link is not None and link.get("href"):
            return link
    return None


def _title(item: Tag, selector: str | None, link: Tag) -> str:
    told = item.select_one(selector) if selector else link
    return line(_text(told or link)) or line(str(link.get("title") or ""))


def _published(item: Tag, options: _Options) -> When | None:
    if options.date is None:
        return None
    # The item itself may be meant: older pages write the date beside the link, in no element of its own.
    told = item.select(options.date, limit=4) or ([item] if item.css.match(options.date) else [])
    if options.date_attribute:
        return next((date for element in told if (date := when(str(element.get(options.date_attribute) or "")))), None)
    return when(" ".join(_text(element) for element in told))


def _day_in(url: str) -> When | None:
    """Return the day that stands in the path, /news/2026/08/07/..., as DHS and WordPress write it."""
    found = _DAY_IN_PATH.search(urlsplit(url).path)
    try:
        return found and whole_day(date(*map(int, found.groups())))
    except ValueError:
        return None


def _next_page(page: BeautifulSoup, options: _Options, start: str, base: str, number: int) -> str | None:
    if options.pages:
        return absolute(start, options.pages.replace("{n}", str(number + 1)))
    link = page.select_one(options.next) if options.next else None
    return absolute(base, str(link["href"])) if link is not None and link.get("href") else None


def _number(options: _Options, url: str) -> int:
    """Return which page of the list `url` is."""
    found = re.search(re.escape(options.pages or "").replace(r"\{n\}", r"(\d{1,6})(?!\d)"), url)
    return int(found[1]) if found and found.groups() else options.first_page


def _base(page: BeautifulSoup, url: str) -> str:
    base = page.select_one("base[href]")
    return absolute(url, str(base["href"])) or url if base is not None else url


def _block(item: Tag, selector: str | None) -> str:
    told = item.select_one(selector) if selector else None
    return f"<div>{told.decode_contents()}</div>" if told is not None else ""


def _text(element: Tag) -> str:
    return element.get_text(" ", strip=True)


def _described(page: BeautifulSoup) -> str:
    title = line(_text(page.title), 100) if page.title else ""
    return f"a page of {len(page.select('a[href]'))} links" + (f', "{title}"' if title else "")
