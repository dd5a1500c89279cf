"""Where else a page says that its news are: the feeds that it names, and how its further pages are numbered."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from bot.feeds._links import absolute

MOST_LINKS = 3_000
"""Links of a page that are looked at, the first ones."""

_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_TELLS = re.compile(r"(?:rss|atom|xml|subscribe|feed|\s){1,6}", re.IGNORECASE)  # all that a link to a feed may say
_FEED = re.compile(
    r"(?:\.rss|\.atom|\.rdf|/rss(?:\.xml)?|/feed(?:\.xml)?|/atom(?:\.xml)?|/index\.xml)/?\Z", re.IGNORECASE
)
_ASIDE = re.compile(r"/comments/|/wp-json/|oembed", re.IGNORECASE)  # what blogs name beside their posts
_NUMBER = re.compile(r"(?<=[?&])((?:page|paged|pg|p|pagenum|pagenum_rs)=)(\d{1,5})(?=&|\Z)", re.IGNORECASE)
_NUMBER_IN_PATH = re.compile(r"(/page/)(\d{1,5})(?=/?\Z)", re.IGNORECASE)


def named(page: BeautifulSoup, base: str) -> tuple[str, ...]:
    """Return the addresses of the feeds that a page names, in its order: first in its head, then by its links."""
    found = dict.fromkeys((*_in_head(page, base), *_linked(page, base)))
    return tuple(url for url in found if not _ASIDE.search(url))


def _in_head(page: BeautifulSoup, base: str) -> Iterator[str]:
    for link in page.select("link[rel~=alternate][href][type]", limit=50):
        kind = str(link["type"]).partition(";")[0].strip().lower()
        if kind in _TYPES and (url := absolute(base, str(link["href"]))):
            yield url


def _linked(page: BeautifulSoup, base: str) -> Iterator[str]:
    for link in page.select("a[href]", limit=MOST_LINKS):
        url = absolute(base, str(link["href"]))
        if url and (_FEED.search(urlsplit(url).path) or _TELLS.fullmatch(_said(link))):
            yield url


def paging(page: BeautifulSoup, base: str) -> dict[str, str | int]:
    """Return how the addresses of a list's further pages are made, as feeds.yaml says it; {}: the page does not tell.

    A link to the page numbered n in words tells the number of the first one: "2" leads to ?page=1 where it is 0.
    """
    for link in page.select("a[href]", limit=MOST_LINKS):
        words, url = _said(link), absolute(base, str(link["href"]))
        if not url or not words.isascii() or not words.isdigit() or len(words) > 3 or words == "1":
            continue
        pattern, place = (_NUMBER, f"?{urlsplit(url).query}") if urlsplit(url).query else (_NUMBER_IN_PATH, url)
        number = pattern.search(place)
        first = int(number[2]) - int(words) + 1 if number else -1
        if number and first in (0, 1) and _beside(url, base):
            return {"pages": f"{place[: number.start(2)]}{{n}}{place[number.end(2) :]}", "first_page": first}
    return {}


def _said(link: Tag) -> str:
    return " ".join(str(link.string or "").split())[:40]


def _beside(url: str, base: str) -> bool:
    """Does a page's address lead to the same list, and not to another one on the site?"""
    here, there = urlsplit(base), urlsplit(url)
    path = _NUMBER_IN_PATH.sub("", there.path).rstrip("/")
    return (here.netloc, _NUMBER_IN_PATH.sub("", here.path).rstrip("/")) == (there.netloc, path)
