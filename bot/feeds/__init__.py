"""The ways in: every file here is a kind of feed, named as feeds.yaml names it.

A kind is a pure module: `problems(feed)` says what is wrong with its options, `read(feed, document)` gives the
entries; `address(feed, since, now)` where the address to ask changes, `IS_PAGE` where the list is a web page,
`EVERY_PAGE` where its pages do not run from new to old, `KEY` the name of the setting without which its addresses
answer nobody, `late(feed, began, now)` where it lists things days late under their own dates, and
`read_on(feed, document, further)` where its entries name further documents. A new kind is one file and one sample.
Documents come from strangers: call `read` and `read_on` through `workers`.
"""

import pkgutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from bot.records import Document, Feed, Further, Reading

__all__ = [
    "Problem",
    "address",
    "channel",
    "every_page",
    "is_page",
    "key",
    "kinds",
    "late",
    "named",
    "paging",
    "pattern",
    "problems",
    "proposed",
    "read",
    "read_on",
    "reads_on",
    "what_it_is",
]

Problem = tuple[tuple[str, ...], str]
"""What is wrong in a feed's options: the keys that lead to it, and a sentence."""


class _Kind(Protocol):
    def problems(self, feed: Feed, /) -> list[Problem]: ...

    def read(self, feed: Feed, document: Document, /) -> Reading: ...


@cache
def kinds() -> tuple[str, ...]:
    """Return the names of all kinds, in alphabetical order."""
    return tuple(sorted(file.name for file in pkgutil.iter_modules(__path__) if not file.name.startswith("_")))


def problems(feed: Feed) -> list[Problem]:
    """Return what is wrong in `feed.options` for its kind, or that there is no such kind. Empty: nothing."""
    if feed.kind in kinds():
        return _kind(feed.kind).problems(feed)
    meant = get_close_matches(feed.kind, kinds(), n=1)
    hint = f'did you mean "{meant[0]}"?' if meant else f"there are {_listed(kinds())}"
    return [(("kind",), f'unknown kind "{feed.kind}"; {hint}')]


def address(feed: Feed, since: datetime | None, now: datetime) -> str:
    """Return the address to ask now. `since` is the last success, None before the first."""
    asked = getattr(_kind(feed.kind), "address", None)
    return cast(str, asked(feed, since, now)) if asked else feed.url


def read(feed: Feed, document: Document) -> Reading:
    """Return everything the document tells.

    Raises ReadError: "not a feed" where the answer is something else, "layout changed" where a page no longer has what
    the selectors look for, "unreadable" where it is broken beyond reading.
    """
    from bot.feeds._hubs import offered

    return replace(_kind(feed.kind).read(feed, document), offer=offered(document))


def read_on(feed: Feed, document: Document, further: Further) -> Reading:
    """Return everything that a further document tells, which an entry of a feed that `reads_on` names.

    Raises ReadError as `read` does.
    """
    return cast(Reading, getattr(_kind(feed.kind), "read_on")(feed, document, further))  # noqa: B009 - few kinds do


def what_it_is(document: Document) -> str:
    """Return a few words on a document that is no feed: 'an HTML page, "Page not found"'."""
    from bot.feeds import _documents

    return _documents.what_it_is(document)


def proposed(document: Document) -> dict[str, str] | None:
    """Return the selectors that read the list of releases on any page, as feeds.yaml writes them; None: it has none."""
    from bot.feeds import _finder, _listing
    from bot.plain import soup

    page = soup(document.body, document.content_type)
    selectors = _finder.found(page, _listing.base_of(page, document.url))
    return None if selectors is None else selectors.model_dump(exclude_defaults=True)


def paging(document: Document) -> dict[str, str | int]:
    """Return the options `pages` and `first_page` for the list on a page, as its own links count; {}: they do not."""
    from bot.feeds import _leads, _listing
    from bot.plain import soup

    page = soup(document.body, document.content_type)
    return _leads.paging(page, _listing.base_of(page, document.url))


def named(document: Document) -> tuple[str, ...]:
    """Return the addresses of the feeds that a page names, in its head and by its links, in its order."""
    from bot.feeds import _leads, _listing
    from bot.plain import soup

    page = soup(document.body, document.content_type)
    return _leads.named(page, _listing.base_of(page, document.url))


def pattern(document: Document) -> str | None:
    """Return the pattern of Congress's sites that reads the list on a page; None: none of them does."""
    from bot.feeds import congress_member

    return congress_member.pattern(document)


def channel(document: Document) -> str:
    """Return what a feed calls itself, on one line. Raises ReadError "not a feed" as kind rss does."""
    from bot.feeds import rss

    return rss.channel(document)


def is_page(feed: Feed) -> bool:
    """Is the list itself a web page, for which robots.txt speaks?"""
    return bool(getattr(_kind(feed.kind), "IS_PAGE", False))


def every_page(feed: Feed) -> bool:
    """Must each next page be read, even after one that ends with what we know? So where newer entries may follow it."""
    return bool(getattr(_kind(feed.kind), "EVERY_PAGE", False))


def reads_on(feed: Feed) -> bool:
    """Do its entries name further documents?"""
    return hasattr(_kind(feed.kind), "read_on")


def late(feed: Feed, began: datetime | None, now: datetime) -> datetime | None:
    """Return from when on what the feed lists for the first time is news, however late: it could not show it before.

    `began`: since when we watch it, None: not yet. None where it lists things as they come out: an old date is then
    that of an archive.
    """
    said = getattr(_kind(feed.kind), "late", None)
    return cast("datetime | None", said(feed, began or now, now)) if said else None


def key(feed: Feed) -> str | None:
    """Return the name of the setting without which the feed's address answers nobody; None: it needs no key."""
    return cast("str | None", getattr(_kind(feed.kind), "KEY", None))


def _kind(name: str) -> _Kind:
    # Imported when first used: the reading libraries take longer to load than `lookout --help` may.
    return cast(_Kind, import_module(f"{__name__}.{name}"))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}"
