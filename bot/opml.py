"""OPML 2.0, in which feed readers exchange what they follow: written of a watch list, and read of strangers.

    feeds -written-> a file of groups by category
    a file -read-> outlines -chosen-> feeds not followed yet, and the others with why they are left out

Only kind rss is a feed to other programs. Pages and interfaces stand there as links, with what kind they are to us.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from lxml import etree

from bot import stanzas
from bot.config import same_address
from bot.errors import ReadError
from bot.items import category_of
from bot.plain import line
from bot.records import CATEGORIES, Category, Feed

LARGEST = 5_000_000
"""Bytes of a file that is read: ten thousand feeds."""

MOST = 5_000
"""Feeds that are read of a file, the first ones."""

EVERY = (timedelta(hours=1), timedelta(hours=6))
"""How often a feed is asked whose rhythm nobody looked at."""

OURS = "https://lookout-monitor.invalid/opml"
"""The namespace of what only Lookout understands; a name, and no address."""

GROUPS: dict[Category, str] = {
    "congress": "Congress",
    "dhs": "DHS and its agencies",
    "government": "Government",
    "advocacy": "Advocacy",
    "news": "News",
}
_NAMED: tuple[tuple[Category, str], ...] = (
    ("congress", r"\b(?:congress|senate|senators?|(?<!white )house|representatives|committees?)\b"),
    ("dhs", r"\b(?:dhs|homeland|ice|cbp|uscis|tsa|immigration agenc)"),
    ("advocacy", r"\b(?:advoca\w{1,5}|ngos?|nonprofits?|civil (?:rights|liberties|society))\b"),
    ("government", r"\b(?:government|agenc(?:y|ies)|federal|courts?)\b"),
    ("news", r"\b(?:news|press|media|journalism)\b"),
)


@dataclass(frozen=True, kw_only=True)
class Outline:
    """One feed of a file: `groups` are the names of those that it stands in, plain and on one line."""

    title: str
    url: str
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which of a file's feeds are new to us, and what was left out, each with its reason in words."""

    feeds: tuple[Feed, ...]
    left_out: tuple[tuple[Outline, str], ...]


def written(feeds: Sequence[Feed]) -> bytes:
    """Return an OPML 2.0 file of the feeds, in groups by category."""
    root = etree.Element("opml", version="2.0", nsmap={"lookout": OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "What Lookout follows"
    body = etree.SubElement(root, "body")
    for category in CATEGORIES:
        of_it = [feed for feed in feeds if feed.category == category]
        group = etree.SubElement(body, "outline", text=GROUPS[category]) if of_it else None
        for feed in of_it:
            link = {"type": "rss", "xmlUrl": feed.url} if feed.kind == "rss" else {"type": "link", "url": feed.url}
            kind = {} if feed.kind == "rss" else {"htmlUrl": feed.url, f"{{{OURS}}}kind": feed.kind}
            etree.SubElement(group, "outline", text=feed.name, title=feed.name, **link, **kind)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def read(file: bytes) -> tuple[Outline, ...]:
    """Return the feeds that a file names, at most `MOST`; to be called through `workers`, for strangers wrote it.

    Raises ReadError "too large" and "not a feed" (no OPML).
    """
    import listparser  # takes longer to load than most commands may

    if len(file) > LARGEST:
        raise ReadError("too large", f"more than {LARGEST:,} bytes")
    told = listparser.parse(file)
    if b"<opml" not in file[:100_000].lower() or (told.bozo and not told.feeds):
        raise ReadError("not a feed", f"no OPML: {line(str(told.get('bozo_exception') or 'no <opml> in it'), 200)}")
    return tuple(
        Outline(
            title=line(str(one.title or ""), 100),
            url=str(one.url).strip()[:4_000],
            groups=tuple(line(str(name), 100) for group in one.categories[:10] for name in group[:10]),
        )
        for one in told.feeds[:MOST]
    )


def chosen(outlines: Sequence[Outline], followed: Sequence[Feed]) -> Chosen:
    """Return the feeds of a file that are not followed yet, each once, and the others with why they are left out."""
    have = {same_address(feed.url): feed.id for feed in followed}
    taken = {feed.id for feed in followed}
    new, left_out, seen = list[Feed](), list[tuple[Outline, str]](), set[str]()
    for outline in outlines:
        address = same_address(outline.url)
        if why := _not_usable(outline.url):
            left_out.append((outline, why))
        elif address in have:
            left_out.append((outline, f"already followed as {have[address]}"))
        elif address in seen:
            left_out.append((outline, "stands in the file twice"))
        else:
            seen.add(address)
            new.append(_feed(outline, taken))
            taken.add(new[-1].id)
    return Chosen(feeds=tuple(new), left_out=tuple(left_out))


def _not_usable(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        named = bool((parts.hostname or "").strip(".")) and parts.port != 0
    except ValueError:
        return "is not a web address"
    if parts.scheme not in ("http", "https"):
        return "is not http or https"
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password"
    plain = url.isascii() and url.isprintable() and not set(' <>"\\') & set(url)
    return None if named and plain else "is not a web address"


def _feed(outline: Outline, taken: set[str]) -> Feed:
    host = (urlsplit(outline.url).hostname or "").removeprefix("www.")
    name = outline.title if outline.title.isprintable() and outline.title else host
    return Feed(
        id=stanzas.free_id(name if name != host else host, taken),
        name=name,
        kind="rss",
        url=outline.url,
        category=_category(outline),
        every=EVERY[0],
        slowest=EVERY[1],
        options={"outlet_in_title": True} if host == "news.google.com" else {},
    )


def _category(outline: Outline) -> Category:
    """Return who speaks: as a host of the government tells, else as the groups' names do."""
    by_host = category_of(outline.url)
    if by_host != "news":
        return by_host
    told = (_meant(group) for group in reversed(outline.groups))
    return next((category for category in told if category), "news")


def _meant(group: str) -> Category | None:
    return next((category for category, names in _NAMED if re.search(names, group, re.IGNORECASE)), None)
