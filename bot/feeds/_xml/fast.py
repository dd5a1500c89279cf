"""Well-formed RSS and Atom without anything odd, read in a fraction of feedparser's time and to the same effect.

    bytes -> lxml, strictly -> elements whose meaning is plain -> what the feed tells, or None: let feedparser decide

Doubtful is what feedparser may read otherwise: other encodings, DOCTYPEs, XHTML and other markup that is not escaped,
relative links beside a base, entries inside of entries.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from lxml import etree

from bot.feeds._xml.elements import XML, Doubtful, markup, text
from bot.feeds._xml.entry import Names, entry
from bot.feeds._xml.names import ENTRIES, MEANINGS, is_doubtful, name
from bot.feeds._xml.told import ToldEntry, ToldFeed
from bot.records import Document

MOST_TAGS = 500_000
"""Tags of a document that is read here: their tree may take some 60 MB; the fullest of 200 real ones has 86,864."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8"})
_ATOM_FEED = "{http://www.w3.org/2005/Atom}feed"
_TITLES = frozenset({"title", "dc:title", "media:title"})
# An address that a base leaves as it is.
_WHOLE = re.compile(r"(?:[a-z][a-z0-9+.-]*:(?!.*(?:[?#]\Z|\?#)).*)?", re.IGNORECASE | re.DOTALL)


def read(document: Document, most: int) -> ToldFeed | None:
    """Return the feed and its first `most` entries, exactly as `thorough` does; None where that is in doubt."""
    charset, body = _CHARSET.search(document.content_type), document.body
    if (charset and charset[1].lower() not in _UTF8) or b"\0" in body[:4] or body.count(b"<") > MOST_TAGS:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        feed = _feed(etree.fromstring(body, parser), most)
    except (etree.LxmlError, ValueError, MemoryError, Doubtful):
        return None
    if b"xml:base" in body and not _all_whole(feed.entries):
        return None
    return feed


def _feed(root: Any, most: int) -> ToldFeed:
    about = root.getroottree().docinfo
    if about.doctype or (about.encoding or "utf-8").lower() not in _UTF8:
        raise Doubtful
    names: Names = cache(name)
    told: dict[str, str] = {}
    entries = []
    for child in _channel(root):
        called = names(child.tag, child.prefix)
        if called in ENTRIES:
            entries.append(entry(child, names))
        elif called in _TITLES:
            if "title" in told or called != "title":
                raise Doubtful
            told["title"] = markup(child)
        elif MEANINGS.get(called) == "language":
            told["language"] = text(child)
        elif called in {"feed", "channel", "rss"} or called.startswith("rdf:"):
            raise Doubtful
        elif called not in {"image", "textinput"}:
            _check_inside(child, names)
    lang = root.get(XML + "lang") or root.get("lang") or ""
    language = told.get("language", lang.replace("_", "-"))
    return ToldFeed(title=told.get("title", ""), language=language, entries=entries[:most])


def _channel(root: Any) -> Any:
    """Return the element whose children are the entries."""
    if root.tag == _ATOM_FEED:
        channel = root
    elif root.tag == "rss" and len(root) == 1 and root[0].tag == "channel":
        channel = root[0]
    else:
        raise Doubtful
    if not {"base", XML + "base"}.isdisjoint(root.attrib) or (channel is not root and channel.attrib):
        raise Doubtful
    return channel


def _check_inside(element: Any, names: Names) -> None:
    """Make sure that nothing inside an element of the channel would be taken for the channel's own, or for an entry."""
    for inner in element.iterdescendants():
        called = names(inner.tag, inner.prefix)
        if called in _TITLES or MEANINGS.get(called) == "language" or is_doubtful(called):
            raise Doubtful


def _all_whole(entries: Sequence[ToldEntry]) -> bool:
    return all(_WHOLE.fullmatch(address) for entry in entries for address in (entry.link, entry.guid))
