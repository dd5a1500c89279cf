"""Any feed, well-formed or not, as tolerantly as feedparser reads it, which is slow."""

import re
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from bot.errors import ReadError
from bot.feeds._documents import what_it_is
from bot.feeds._xml.told import ToldEntry, ToldFeed
from bot.plain import line
from bot.records import Document

_HALVES = re.compile(rb"(?:&#(?:0{0,9}5[5-7]\d{3}|[xX]0{0,9}[dD][89a-fA-F][\da-fA-F]{2});)+")
"""References to halves of characters: how editors that think in UTF-16 write an emoji."""


def read(document: Document, most: int) -> ToldFeed:
    """Return the feed and its first `most` entries. Raises ReadError "not a feed"."""
    parsed = feedparser.parse(
        BytesIO(_HALVES.sub(_joined, document.body)),  # bytes alone would be tried as the name of a file
        response_headers={"content-type": document.content_type},
        sanitize_html=False,  # two thirds of its time, and we keep text only
        resolve_relative_uris=False,
    )
    if not parsed.get("version"):
        raise ReadError("not a feed", what_it_is(document))
    if not parsed.entries and isinstance(parsed.get("bozo_exception"), SAXException):
        raise ReadError("not a feed", f"broken XML: {line(str(parsed.bozo_exception), 100)}")
    return ToldFeed(
        title=parsed.feed.get("title") or "",
        language=parsed.feed.get("language") or "",
        entries=[_entry(entry) for entry in parsed.entries[:most]],
    )


def _joined(found: re.Match[bytes]) -> bytes:
    """Return the references with halves joined, and one alone replaced: on one feedparser gives up the whole feed."""
    written = re.findall(r"&#(?:[xX]([^;]+)|([^;]+));", found[0].decode("ascii"))
    halves = "".join(chr(int(hexadecimal, 16) if hexadecimal else int(decimal)) for hexadecimal, decimal in written)
    whole = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return "".join(f"&#{ord(character)};" for character in whole).encode("ascii")


def _entry(entry: Any) -> ToldEntry:
    return ToldEntry(
        title=entry.get("title") or "",
        link=_link(entry),
        guid=entry.get("id") or "",
        content=_content(entry) or entry.get("summary") or "",
        # Not by its own `get`, which answers "updated" with "published" and a warning.
        date=next(filter(None, (dict.get(entry, key) for key in ("published", "updated", "created"))), ""),
        language=entry.get("language") or "",
        outlet=(entry.get("source") or {}).get("title") or "",
    )


def _content(entry: Any) -> str:
    bodies = (part.value for part in entry.get("content", ()) if "xml" not in part.type or "xhtml" in part.type)
    return max((body for body in bodies if body), key=len, default="")


def _link(entry: Any) -> str:
    """Return the entry's own link, a guid that is one, or any other: some sites write only rel="related"."""
    return entry.get("link") or next((other.href for other in entry.get("links", ()) if other.get("href")), "")
