"""Reads a document and tells its entries apart, in one visit to a worker: nothing of it is for the event loop.

document -read-> entries -identify-> keys, fingerprint
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot import feeds, items
from bot.records import Document, Entry, Feed, Further, Offer


@dataclass(frozen=True, kw_only=True)
class Identified:
    """An entry with its keys, strongest first, and a mark of what its feed says, which changes when its words do."""

    entry: Entry
    keys: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """A `Reading` of one document, without the entries that nothing identifies."""

    entries: Sequence[Identified]
    next_page: str | None
    offer: Offer | None
    note: str | None


def read(feed: Feed, document: Document, further: Further | None = None) -> Page:
    """Return what the document lists. Call it through `workers`; raises ReadError as `feeds.read` does.

    `further`: which document it is, where an entry of the feed named it.
    """
    reading = feeds.read(feed, document) if further is None else feeds.read_on(feed, document, further)
    keys = items.identities(reading.entries, feed)
    told = [
        Identified(entry=entry, keys=own, fingerprint=_fingerprint(entry))
        for entry, own in zip(reading.entries, keys, strict=True)
        if own
    ]
    return Page(entries=told, next_page=reading.next_page, offer=reading.offer, note=reading.note)


def _fingerprint(entry: Entry) -> str:
    said = "\0".join((entry.title, entry.url or "", entry.content))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:24]
