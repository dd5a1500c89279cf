"""What a proposed feed is called, who speaks in it, and how often it is worth asking: all guessed, all pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urldefrag, urlsplit

from bot import rhythm, stanzas
from bot.doctor.findings import SHOWN, Proposal
from bot.items import canonical, category_of
from bot.plain import line
from bot.records import Entry, Feed

LONGEST_NAME = 80

_HOUR = timedelta(hours=1)
_BOUNDS = (
    (timedelta(minutes=15), timedelta(minutes=15), 2 * _HOUR),
    (timedelta(minutes=90), timedelta(minutes=30), 4 * _HOUR),
    (timedelta.max, _HOUR, 6 * _HOUR),
)
"""Where a tenth of the usual silence is no longer than the first: ask between the other two."""

_UNKNOWN = (_HOUR, 6 * _HOUR)
_LISTS = (6 * _HOUR, timedelta(days=1))  # documents without dates, as DHS's: a few a month
_SECTION = re.compile(r"\s[|–—»:·]\s|\s-\s")


def proposal(
    kind: str,
    url: str,
    title: str,
    entries: Sequence[Entry],
    now: datetime,
    *,
    by: str,
    options: Mapping[str, Any] | None = None,
    **said: Any,
) -> Proposal:
    """Return the proposal of a feed of this kind, whose entries are those that it would read now."""
    dates = [entry.published for entry in entries if entry.published]
    usual = rhythm.usual(rhythm.remembered((), dates, now))
    shortest, longest = _LISTS if kind == "document_list" else _bounds(usual)
    url = askable(url)
    name = name_of(title, url)
    return Proposal(
        feed=Feed(
            id=stanzas.free_id(f"{_site(url)} {name}", ()),
            name=name,
            kind=kind,
            url=url,
            category=category_of(url),
            every=shortest,
            slowest=longest,
            options=options or {},
        ),
        by=by,
        count=len(entries),
        dated=len(dates),
        newest=max(dates, default=None),
        usual=usual,
        first=tuple(entries[:SHOWN]),
        addresses=frozenset(address for entry in entries if (address := canonical(entry.url or ""))),
        **said,
    )


def as_tried(kind: str, url: str, options: Mapping[str, Any] | None = None) -> Feed:
    """Return a feed by which a document is read, to see what comes of it."""
    name = "Tried"
    return Feed(id="tried", name=name, kind=kind, url=url, category="news", every=_HOUR, options=options or {})


def _bounds(usual: timedelta | None) -> tuple[timedelta, timedelta]:
    if usual is None:
        return _UNKNOWN
    return next((low, high) for longest, low, high in _BOUNDS if usual / rhythm.LOOKS <= longest)


def askable(url: str) -> str:
    """Return an address as feeds.yaml may have it: without a fragment, and in plain characters."""
    return quote(urldefrag(url).url, safe="%/:@!$&'()*+,;=~?[]#|")


def name_of(title: str, url: str) -> str:
    """Return what readers see: the title without what is for search engines, with the host where that says nothing."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    said = "".join(c for c in line(title, 300) if c.isprintable())
    parts = [part.strip() for part in _SECTION.split(said) if part.strip()]
    name = line(": ".join(parts[:2]), LONGEST_NAME)
    return name if len(name) > 2 and any(map(str.isalnum, name)) else host


def _site(url: str) -> str:
    """Return the word by which a host is known: markey, of www.markey.senate.gov; example, of news.example.org."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    labels = host.split(".")
    if host.endswith((".house.gov", ".senate.gov")) or len(labels) < 2 or labels[-1].isdigit():
        return labels[0] if not labels[-1].isdigit() else host
    return labels[-2]
