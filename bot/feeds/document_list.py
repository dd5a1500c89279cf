"""Document lists: a page of links to PDFs without dates, where the news is that one more stands there.

Such are the privacy impact assessments of DHS. The file's name tells one document from another: a corrected file gets
"_0" or another folder, its link other words, and it is the same document still.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from bot.errors import ReadError
from bot.feeds import _options
from bot.feeds._documents import what_it_is
from bot.feeds._links import absolute
from bot.plain import line, soup
from bot.records import Document, Entry, Feed, Reading

IS_PAGE = True  # and no `late`: what has no date is news whenever it comes

MOST_ENTRIES = 2_000
"""Documents read of one page, the first ones; DHS lists some hundreds for all of itself."""

_MOST_LINKS = 20_000  # links and headings looked at; an attack has a million
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SIZE = re.compile(r"\s*[\[(]\s*PDF\b[^()\[\]]{0,60}[\])]\s*$|\s+PDF$", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"(?:(?:click|here|read|view|see|download|open|print|full|text|complete|document|file|report|version|link|more|the|this"
    r"|pdf|pia|sorn|pta|english|version|appendix)\b[\s:.,()-]*)+|[\W\d_]*",
    re.IGNORECASE,
)
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH_IN_NAME = re.compile(rf"(?<![a-z])({_MONTHS})[-_ ]?(20\d\d)(?!\d)", re.IGNORECASE)
_MONTH_IN_TEXT = re.compile(rf"\b(?:{_MONTHS})\b[ ,\d]{{0,6}}\b20\d\d", re.IGNORECASE)
_COPY = re.compile(r"(?:_\d{1,2})+$")  # what Drupal adds where a file of that name is there already
_NAME_SHOWN = 60  # characters of a file's name and folder


class _Options(_options.Options):
    list: _options.Selector | None = None  # the part of the page that is the list; default: all of it
    item: _options.Selector | None = None  # one document in it, whose heading is the title; default: each link
    link: _options.Selector = "a[href]"  # which links are documents; default: those to PDFs
    title_must_contain: str = ""  # in the page's title: unmasks a site that answers with another page
    article: _options.Article | None = None


def problems(feed: Feed) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in the feed's options."""
    return _options.problems(_Options, feed.options)


def read(feed: Feed, document: Document) -> Reading:
    """Return the documents that the page lists, in its order, each file once.

    None has a date, so that each counts from when it was first seen: a document dated in May that is put up in July is
    news in July. The month in a file's name stands in the title instead.

    Raises ReadError "not a feed" for what is no HTML and for a page whose title lacks `title_must_contain`, "layout
    changed" where no document is found.
    """
    options = _Options.model_validate(dict(feed.options))
    if not what_it_is(document).startswith("an HTML page"):
        raise ReadError("not a feed", what_it_is(document))
    page = soup(document.body, document.content_type)
    named = line(page.title.get_text(" ") if page.title else "", 100)
    if options.title_must_contain.casefold() not in named.casefold():
        raise ReadError("not a feed", f'the page is "{named}", not one with "{options.title_must_contain}"')
    found = {entry.url: entry for entry in reversed(_entries(page, options, document.url))}
    if not found:
        raise ReadError("layout changed", f'no documents on a page of {len(page.select("a[href]"))} links, "{named}"')
    return Reading(entries=list(found.values())[::-1][:MOST_ENTRIES])


def _entries(page: BeautifulSoup, options: _Options, base: str) -> list[Entry]:
    parts: Sequence[Tag] = page.select(options.list, limit=10) if options.list else [page]
    if options.item:
        parts = [item for part in parts for item in part.select(options.item, limit=MOST_ENTRIES)]
    told = [_of_part(part, options, base) for part in parts[:MOST_ENTRIES]]
    return [entry for entries in told for entry in (entries[:1] if options.item else entries)]


def _of_part(part: Tag, options: _Options, base: str) -> list[Entry]:
    """Return the documents that one part of the page links, each under the heading that stands before it."""
    heading, entries = "", list[Entry]()
    for found in part.select(f"{', '.join(_HEADINGS)}, {options.link}", limit=_MOST_LINKS):
        if found.name in _HEADINGS:
            heading = line(found.get_text(" ", strip=True))
        url = absolute(base, str(found["href"])) if found.get("href") else None
        if url and (options.link != "a[href]" or _is_pdf(url)):
            entries.append(_entry(found, heading, url))
    return entries


def _is_pdf(url: str) -> bool:
    return urlsplit(url).path.lower().endswith(".pdf")


def _entry(link: Tag, heading: str, url: str) -> Entry:
    said = _SIZE.sub("", line(link.get_text(" ", strip=True)))
    title = (heading if _SAYS_NOTHING.fullmatch(said) else said) or _name(url)
    context = heading if heading != title else ""
    return Entry(
        title=_with_month(title, url),
        url=url,
        guid=_COPY.sub("", _name(url).casefold()) or None,
        content="\n\n".join(filter(None, (context, f"File: {_file(url)}"))),
        language="en",
    )


def _with_month(title: str, url: str) -> str:
    """Return the title with the month that stands in the file's name: a text that is issued anew keeps its title."""
    month = _MONTH_IN_NAME.search(_name(url)[:500])
    return f"{title} ({month[1].title()} {month[2]})" if month and not _MONTH_IN_TEXT.search(title) else title


def _name(url: str) -> str:
    """Return what the file is called, without its folder and ".pdf"."""
    name = line(unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]))
    return name[:-4] if name.lower().endswith(".pdf") else name


def _file(url: str) -> str:
    """Return the end of the address, with its folder and version: it changes where the file is replaced."""
    parts = urlsplit(url)
    place = "/".join(unquote(parts.path).split("/")[-2:])
    return line(f"{place}?{parts.query}" if parts.query else place)[-_NAME_SHOWN:]
