"""What is proposed for a web page: the list of releases on it, or of documents, and the feeds that it names; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from bot import feeds
from bot.doctor.advice import instead
from bot.doctor.feeding import is_late
from bot.doctor.findings import Look, Proposal
from bot.doctor.naming import as_tried, askable, proposal
from bot.errors import ReadError
from bot.plain import line, soup
from bot.records import Document, Entry

FEWEST_DOCUMENTS = 3
"""PDFs that make a list of documents: two are a form and a policy."""

_FEWEST_WORDS, _FEWEST_CHARACTERS = 4, 25  # of the title in the middle of a list of news; menus have one to three words
_LOGIN = 1_500  # characters of a page that is there for its login; many others have one at their head
_EMPTY = 200  # characters of text that a page shows without a browser where it is drawn by one


def of_page(document: Document, now: datetime) -> Look:
    """Return the ways to follow what a page lists, the safest first, and the feeds that it names."""
    page = soup(document.body, document.content_type)
    title = line(page.title.get_text(" "), 300) if page.title else ""
    proposals = [*_of_congress(document, title, now), *_by_selectors(document, title, now)]
    if not any(one.dated for one in proposals):
        proposals += _of_documents(document, page, title, now)
    says, advice = _described(page, title)
    if not proposals:
        advice = f"{advice}; {other}" if (other := instead(document.url)) else advice
    return Look(says=says, proposals=tuple(proposals), named=feeds.named(document), is_page=True, advice=advice)


def is_congress(url: str) -> bool:
    """Is it the site of a member or a committee of Congress?"""
    return (urlsplit(url).hostname or "").endswith((".house.gov", ".senate.gov"))


def _of_congress(document: Document, title: str, now: datetime) -> Iterator[Proposal]:
    if not is_congress(document.url):
        return
    pattern = feeds.pattern(document)
    options = {"pattern": pattern} if pattern else {}
    by = f"the pattern {pattern} of Congress's sites" if pattern else "no known pattern, but a dated list of releases"
    if entries := _read("congress_member", document, options):
        yield _listed("congress_member", document, title, entries, now, by, options)


def _by_selectors(document: Document, title: str, now: datetime) -> Iterator[Proposal]:
    selectors = feeds.proposed(document)
    if selectors is None:
        return
    options: dict[str, Any] = {**({} if "next" in selectors else feeds.paging(document)), **selectors}
    if entries := _read("press_page", document, options):
        yield _listed("press_page", document, title, entries, now, "a list of releases on the page", options)


def _of_documents(document: Document, page: BeautifulSoup, title: str, now: datetime) -> Iterator[Proposal]:
    options = {"list": "main"} if len(page.select("main", limit=2)) == 1 else {}
    entries = _read("document_list", document, options) or _read("document_list", document, options := {})
    if len(entries) >= FEWEST_DOCUMENTS:
        said = ("none has a date: each new one counts from when it is first seen",)
        by = "a list of PDFs"
        yield proposal("document_list", document.url, title, entries, now, by=by, options=options, remarks=said)


def _read(kind: str, document: Document, options: Mapping[str, Any]) -> Sequence[Entry]:
    feed = as_tried(kind, askable(document.url), options)
    try:
        return [] if feeds.problems(feed) else feeds.read(feed, document).entries
    except ReadError:
        return []


def _listed(
    kind: str,
    document: Document,
    title: str,
    entries: Sequence[Entry],
    now: datetime,
    by: str,
    options: Mapping[str, Any],
) -> Proposal:
    made = proposal(kind, document.url, title, entries, now, by=by, options=options)
    remarks: tuple[str, ...] = ()
    if kind == "press_page" and not {"pages", "next"} & set(options):
        remarks = (
            "how its further pages are found is not known: more news between two looks than it lists are missed",
        )
    return replace(made, doubts=tuple(_doubts(made, entries, now)), remarks=remarks)


def _doubts(made: Proposal, entries: Sequence[Entry], now: datetime) -> Iterator[str]:
    titles = [entry.title for entry in entries]
    if median(map(len, titles)) < _FEWEST_CHARACTERS or median(len(one.split()) for one in titles) < _FEWEST_WORDS:
        yield "its rows look like a menu: their titles are short"
    if len(set(titles)) * 2 <= len(titles):
        yield "its rows share their titles"
    if made.dated * 2 < made.count:
        yield f"only {made.dated} of {made.count} rows have a date"
    if len(entries) < FEWEST_DOCUMENTS:
        yield "it has only two rows" if len(entries) == 2 else "it has only one row"
    if made.newest is not None and is_late(made, now):
        yield f"its newest release is {(now - made.newest).days:,} days old: the page may be out of use"


def _described(page: BeautifulSoup, title: str) -> tuple[str, str]:
    """Return what a page is, in words, and what one can do where it lists nothing."""
    named = f', "{line(title, 100)}"' if title else ""
    links, scripts = len(page.select("a[href]", limit=5_000)), len(page.select("script", limit=100))
    shown = _shown(page)
    if shown < _LOGIN and page.select_one("input[type=password]"):
        return f"a login page{named}", "look for an address that needs no login"
    if shown < _EMPTY and scripts:
        return f"a page that a browser draws, empty without one{named}", "look for a feed of the site"
    refresh = page.select_one('meta[http-equiv="refresh" i]')
    if refresh is not None and shown < _EMPTY:
        to = line(re.sub(r"(?i)^[^=]{0,20}=", "", str(refresh.get("content") or "")), 200)
        return f"a page that sends browsers on{named}", f'try the address it names, "{to}"'
    return f"a web page of {links:,} links{named}", "look for the page that lists the news, or for a feed of the site"


def _shown(page: BeautifulSoup) -> int:
    """Return how many characters a page shows, up to enough."""
    shown = 0
    for text in page.find_all(string=True, limit=2_000):
        if text.parent is None or text.parent.name not in ("script", "style", "noscript", "title", "template"):
            shown += len(text.strip())
    return shown
