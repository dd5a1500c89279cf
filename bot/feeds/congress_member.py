"""Pages of members and committees of Congress, whose designs we know: by the pattern named, else by what is found.

the pattern of the table -> the other patterns -> a dated list of links, wherever it stands -> "layout changed"
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bs4 import BeautifulSoup

from bot.errors import ReadError
from bot.feeds import _embedded, _listing, _options
from bot.feeds._designs import NEXT, PATTERNS, Pattern
from bot.feeds._finder import FEWEST, found
from bot.feeds._links import absolute
from bot.plain import soup
from bot.records import Document, Entry, Feed, PagePattern, Reading

IS_PAGE = True

EMBEDDED = "next_data"
"""The pattern of pages that are drawn from JSON."""

MUCH_LONGER = 3
"""Times as many dated releases another pattern must see than the one named, to be believed where that sees a few."""

_NUMBER = re.compile(r"(?:[?&](?:page|pagenum|pagenum_rs|paged)=|/page/)(\d{1,6})(?!\d)", re.IGNORECASE)


class _Options(_options.Options):
    pattern: PagePattern | None = None
    article: _options.Article | None = None


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A list, and what it was read by: a pattern's name, or the link to the next page that the finder proposes."""

    entries: Sequence[Entry]
    pattern: str = ""
    next: str | None = None

    @property
    def dated(self) -> int:
        """How many releases it has, counting those of one title once: "Read more" is no title."""
        return len({entry.title for entry in self.entries if entry.published})


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_Options, feed.options)


def read(feed: Feed, document: Document) -> Reading:
    """Return the releases of one page, and the address of the next. A further page without any is the end.

    Raises ReadError "layout changed" where no pattern and no finder sees a list on the first page.
    """
    options = _Options.model_validate(dict(feed.options))
    page = soup(document.body, document.content_type)
    base = _listing.base_of(page, document.url)
    seen = _seen(page, base, options.pattern)
    number = _number(document.url)
    if not seen.entries and number is not None and number != _number(feed.url):
        return Reading(entries=())
    if not seen.entries:
        raise ReadError("layout changed", f"no list of releases on {_listing.described(page)}")
    following = _next_page(page, seen, feed.url, base, number)
    return Reading(entries=seen.entries, next_page=following, note=_listing.undated(seen.entries))


def pattern(document: Document) -> str | None:
    """Return the name of the pattern that reads the page's list; None: none does, or what does has no name."""
    page = soup(document.body, document.content_type)
    return _seen(page, _listing.base_of(page, document.url), None).pattern or None


def _seen(page: BeautifulSoup, base: str, named: str | None) -> _Found:
    """Return the list of the pattern named where it has dates; else the one with most dates; else any of the first.

    Where the pattern named sees hardly any, a much longer list of another is the list: a box that a redesign left
    behind, or one release that is pinned above, must not hide it.
    """
    first = _by(named, page, base) if named else _Found(entries=())
    if first.dated > FEWEST:
        return first
    best = max(_by_others(page, base, named), key=lambda one: one.dated)
    # Without dates nothing tells a list of releases from a menu, and one dated thing may be an article.
    return best if best.dated >= FEWEST and best.dated > MUCH_LONGER * first.dated else first


def _by_others(page: BeautifulSoup, base: str, named: str | None) -> Iterator[_Found]:
    for name in (*PATTERNS, EMBEDDED):
        if name != named:
            yield _by(name, page, base)
    selectors = found(page, base)
    if selectors is not None:
        listed = _listing.entries(_listing.items(page, selectors), selectors, base)
        yield _Found(entries=listed, next=selectors.next)


def _by(name: str, page: BeautifulSoup, base: str) -> _Found:
    """Return what a pattern's best design reads: the one with the most dated releases, the first of several."""
    if name == EMBEDDED:
        return _Found(entries=_embedded.entries(page, base), pattern=name)
    read = (_listing.entries(_listing.items(page, one), one, base) for one in PATTERNS[name].designs)
    lists = (_Found(entries=entries, pattern=name) for entries in read)
    return max(lists, key=lambda one: (one.dated, 0 if one.dated else len(one.entries)))


def _next_page(page: BeautifulSoup, seen: _Found, start: str, base: str, number: int | None) -> str | None:
    """Return the next page: where the page's own link leads, if it stays on the site; else as its pattern counts."""
    linked = _listing.next_page(page, seen.next or NEXT, base)
    if linked and urlsplit(linked).hostname == urlsplit(base).hostname:
        return linked
    pattern = PATTERNS.get(seen.pattern)
    return _numbered(start, pattern, (pattern.first_page if number is None else number) + 1) if pattern else None


def _numbered(start: str, pattern: Pattern, number: int) -> str | None:
    """Return the list's address with the number of a page: among what it asks already, or below its path."""
    written = pattern.pages.replace("{n}", str(number))
    parts = urlsplit(start)
    if not written.startswith("?"):
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{written}"))
    asked = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(parse_qsl(written[1:]))
    return absolute(start, "?" + urlencode(asked, safe=":"))


def _number(url: str) -> int | None:
    """Return which page of a list an address is; None: it does not say, so it is the first."""
    found = _NUMBER.search(url)
    return int(found[1]) if found else None
