"""Feeds in XML: RSS 0.9x to 2.0, RDF and Atom, as tolerantly as feedparser reads them, most of them much faster.

document -> fast -> what it tells; where that is in doubt -> thorough -> what it tells, or ReadError
"""

import re
from dataclasses import replace

from bot.feeds._xml import fast, thorough
from bot.feeds._xml.told import ToldEntry, ToldFeed
from bot.records import Document

__all__ = ["ToldEntry", "ToldFeed", "read"]

_ENTRY = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)


def read(document: Document, most: int) -> ToldFeed:
    """Return the feed and its first `most` entries. Raises ReadError "not a feed"."""
    document = replace(document, body=_shortened(document.body, most))
    return fast.read(document, most) or thorough.read(document, most)


def _shortened(body: bytes, most: int) -> bytes:
    """Return the document without what follows its first `most` entries."""
    # Cut before parsing: feedparser needs more than 20 s for 300,000 items. Most documents need no closer look.
    lowered = body.lower()
    if lowered.count(b"item") + lowered.count(b"entry") <= most:
        return body
    starts = [match.start() for match in _ENTRY.finditer(body)]
    if len(starts) <= most:
        return body
    ends = [match.end() for match in _ENTRY_END.finditer(body)]
    cut = starts[most]
    return body[:cut] + (body[ends[-1] :] if ends and ends[-1] > cut else b"")
