"""Press pages: a site's own list of releases, read by the CSS selectors that feeds.yaml gives."""

import re

from bs4 import BeautifulSoup

from bot.errors import ReadError
from bot.feeds import _listing, _options
from bot.feeds._links import absolute
from bot.plain import soup
from bot.records import Document, Feed, Reading

IS_PAGE = True


class _Options(_listing.Selectors):
    pages: str | None = None  # how the next page's address is made, where no link leads to it: "?page={n}"
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
    listed = _listing.items(page, options)
    if not listed and number > options.first_page:
        return Reading(entries=())
    if not listed:
        raise ReadError("layout changed", f'"{options.item}" finds nothing on {_listing.described(page)}')
    base = _listing.base_of(page, document.url)
    entries = _listing.entries(listed, options, base)
    if not entries:
        raise ReadError("layout changed", f'"{options.item}" finds {len(listed)} items, none with a link and a title')
    note = _listing.undated(entries) if options.date else None
    return Reading(entries=entries, next_page=_next_page(page, options, feed.url, base, number), note=note)


def _next_page(page: BeautifulSoup, options: _Options, start: str, base: str, number: int) -> str | None:
    if options.pages:
        return absolute(start, options.pages.replace("{n}", str(number + 1)))
    return _listing.next_page(page, options.next, base) if options.next else None


def _number(options: _Options, url: str) -> int:
    """Return which page of the list `url` is."""
    found = re.search(re.escape(options.pages or "").replace(r"\{n\}", r"(\d{1,6})(?!\d)"), url)
    return int(found[1]) if found and found.groups() else options.first_page
