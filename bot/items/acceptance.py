"""Makes an Item of an Entry: clean text, from the article's own page where there is one, and a believable date."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from bot.dates import When, when
from bot.items.addresses import canonical
from bot.items.identity import item_id
from bot.plain import line, paragraphs, printed, readable, soup
from bot.records import Document, Entry, Feed, Item, TextFrom

_NO_ARTICLES = frozenset(
    (
        "news.google.com",  # a redirect that only a browser follows
        "federalregister.gov",  # leads to a bot wall
        "congress.gov",  # likewise
        "regulations.gov",  # empty without a browser, as are GovInfo's pages
        "govinfo.gov",
        "youtube.com",
        "x.com",
        "twitter.com",
        "facebook.com",
        "instagram.com",
    )
)
_NO_PAGE = re.compile(r".*\.(?:pdf|docx?|xlsx?|pptx?|zip|mp3|mp4|m4a|jpe?g|png)", re.IGNORECASE)

_GOVINFO = "https://www.govinfo.gov/content/pkg"
_GOVINFO_PACKAGE = re.compile(
    r"https://govinfo\.gov/app/details/((?:BILLS|PLAW|CHRG|CRPT|CPRT|CDOC)-[A-Za-z0-9-]{1,60})"
)
_PAGE_MARK = re.compile(r"\[\[Page [^\[\]\n]{1,40}\]\]")  # printed pages end in the middle of a sentence

_LANGUAGE_TELLS_FROM = 40  # characters; below that the guess is worse than the feed's word
_LANGUAGE_READ = 500  # characters; of 1,790 entries of real feeds, 290 not in English, 2,000 told otherwise of two
_SMALL_WORDS = "the of and to that with from this have which their they were are been would for it you is"
_ENGLISH = frozenset(_SMALL_WORDS.split())
_ENGLISH_WORDS = 4  # of those, different ones; no other language has more than two or three
_ENGLISH_SHARE = 0.12  # of all words
_TITLE_FROM_TEXT = 100  # characters
_OLDEST = 1990  # no feed is older; what says so has lost its date (1970, 0001)


def wants_article(entry: Entry, feed: Feed) -> bool:
    """Does the feed give only a teaser, and does the entry's link lead to a page that may hold the whole?"""
    if text_at(entry):
        return not entry.full
    return not entry.full and _leads_to_page(entry, feed)


def _leads_to_page(entry: Entry, feed: Feed) -> bool:
    address = canonical(entry.url or "")
    if not address or address == canonical(feed.url):
        return False
    place = urlsplit(address)
    return place.hostname not in _NO_ARTICLES and not _NO_PAGE.fullmatch(place.path)


def hides_links(entry: Entry, feed: Feed) -> bool:
    """Does a release of Congress come whole but as plain text, so that its page alone tells which letter it links?"""
    plain_text = entry.full and "<" not in entry.content
    return feed.category == "congress" and plain_text and _leads_to_page(entry, feed)


def text_at(entry: Entry) -> str | None:
    """Return where an entry's full text is, where that is another place than its link; None: it is not known.

    GovInfo's links lead to pages that are empty without a browser; the text of a package stands beside them.
    """
    package = _GOVINFO_PACKAGE.fullmatch(canonical(entry.url or ""))
    return entry.text_url or (f"{_GOVINFO}/{package[1]}/html/{package[1]}.htm" if package else None)


def accept(entry: Entry, keys: tuple[str, ...], feed: Feed, now: datetime, article: Document | None = None) -> Item:
    """Return the entry as an item first seen `now`; `keys` are its identities, `article` the page its link leads to.

    Text: of the article, where it is longer than what the feed gives (else it is a consent page or a paywall); then of
    the feed. Plain, paragraphs separated by one blank line, without boilerplate and control characters, at most
    `plain.LONGEST_TEXT` characters. An entry without a title is called by its first words.

    Date: the article's, where the feed gives none or only a day; never after `now` (agencies post-date), and `now`
    where it is not known or before 1990. `address` is "" where the link does not tell this item from others.
    """
    page = _page(article)
    page_date = _page_date(page, feed.options) if page else None
    text, text_from = _text(entry, _page_text(page, article, feed.options) if page and article else "")
    title = line(entry.title) or line(text, _TITLE_FROM_TEXT) or "Untitled"
    published, day_only = _believable(entry, page_date, now)
    address = canonical(entry.url or "")
    return Item(
        id=item_id(keys),
        feed_id=feed.id,
        source=line(entry.outlet or "", 100) or feed.name,
        category=feed.category,
        title=title,
        url=entry.url or feed.url,
        address=address if f"url:{address}" in keys else "",
        text=text,
        text_from=text_from,
        published=published,
        day_only=day_only,
        first_seen=now,
        language=_language(f"{title}\n{text}") or line(entry.language or "", 35) or None,
    )


def accept_all(told: Sequence[tuple[Entry, tuple[str, ...]]], feed: Feed, now: datetime) -> list[Item]:
    """Accept many entries with their keys, as `accept` does, in one visit to a worker process."""
    return [accept(entry, keys, feed, now) for entry, keys in told]


def _text(entry: Entry, article: str) -> tuple[str, TextFrom]:
    told = paragraphs(entry.content)
    if article and len(article) > len(told):
        return article, "article"
    if not told or told.casefold() == line(entry.title).casefold():
        return "", "title"
    return told, "feed" if entry.full else "teaser"


def _believable(entry: Entry, page_date: When | None, now: datetime) -> tuple[datetime, bool]:
    told = When(at=entry.published, day_only=entry.day_only) if entry.published else None
    known = [date for date in (told, page_date) if date and date.at.year >= _OLDEST]
    if not known:
        return now, False
    # A time of day beats a day; between two days the article's own is right (a list says when it was put there).
    best = known[-1] if known[0].day_only else known[0]
    # A post-dated item came out before we saw it; the very moment of seeing it is the mark of one without a date.
    return min(best.at.astimezone(UTC), now - timedelta(microseconds=1)), best.day_only


def _page(article: Document | None) -> BeautifulSoup | None:
    if article is None or article.body.startswith(b"%PDF"):
        return None
    return soup(article.body, article.content_type)


def _page_date(page: BeautifulSoup, options: Mapping[str, Any]) -> When | None:
    selector = _selector(options, "date")
    dated = page.select(selector, limit=4) if selector else []
    told = " ".join(str(element.get("content") or element.get_text(" ", strip=True)) for element in dated)
    stamp = page.select_one('meta[property="article:published_time"]')
    return when(told) or (when(str(stamp.get("content") or "")) if stamp else None)


def _page_text(page: BeautifulSoup, article: Document, options: Mapping[str, Any]) -> str:
    selector = _selector(options, "body")
    if (text := page.select_one("body > pre:only-child")) is not None:
        return printed(_PAGE_MARK.sub("", text.get_text()))
    bodies = [readable(element) for element in page.select(selector, limit=10)] if selector else []
    return max(bodies, key=len, default="") or _extracted(article, page.original_encoding)


def _extracted(article: Document, encoding: str | None) -> str:
    # Imported here: half a second that only worker processes pay.
    import trafilatura

    markup = article.body.decode(encoding or "utf-8", errors="replace")
    # "fast" without its fallbacks: F1 .962 on 181 pages against .964 for "precision", at half as many again a second.
    found = trafilatura.extract(markup, fast=True, include_comments=False, include_tables=False)
    return paragraphs((found or "").replace("\n", "\n\n"))


def _selector(options: Mapping[str, Any], name: str) -> str | None:
    article = options.get("article")
    return article.get(name) if isinstance(article, Mapping) else None


def _language(text: str) -> str | None:
    if len(text) < _LANGUAGE_TELLS_FROM:
        return None
    read = text[:_LANGUAGE_READ]
    if _is_plainly_english(read):
        return "en"
    import py3langid  # loads its model, half a second

    return str(py3langid.classify(read)[0])


def _is_plainly_english(text: str) -> bool:
    # Two of three texts, in a fiftieth of the time that the model takes.
    said = text.lower().split()
    told = [word for word in said if word in _ENGLISH]
    return len(told) >= _ENGLISH_SHARE * len(said) and len(set(told)) >= _ENGLISH_WORDS
