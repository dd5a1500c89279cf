"""Where a feed says that it is pushed: the hub and the topic of WebSub (W3C Recommendation, 23 January 2018)."""

import json
import re
from html import unescape

from bot.feeds._documents import is_json
from bot.feeds._links import absolute
from bot.records import Document, Offer

LOOKED_AT = 65_536
"""Bytes of a feed in which its links are looked for: they stand before its entries, some after a long description."""

LONGEST = 2_000
"""Characters of an address that we would give to anybody."""

_LINK = re.compile(rb"<(?:\w{1,20}:)?link\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(rel|href)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HEADER = re.compile(r"""<([^<>]{1,2000})>((?:\s{0,9};[^,;<>]{1,400}){1,9})""")
_REL = re.compile(r"""\brel\s{0,9}=\s{0,9}"?([^";]{1,100})"?""", re.IGNORECASE)


def offered(document: Document) -> Offer | None:
    """Return the hub and the topic that the answer's headers or the feed name; None: it is not pushed.

    Headers come first, as the Recommendation has it (4). Where no topic is named it is the address that answered.
    """
    named = [*_in_headers(document), *(_in_json(document) if is_json(document) else _in_xml(document))]
    found = {rel: url for rel, url in reversed(named) if url and len(url) <= LONGEST}
    return Offer(hub=found["hub"], topic=found.get("self", document.url)) if "hub" in found else None


def _in_headers(document: Document) -> list[tuple[str, str | None]]:
    lines = [value for name, value in document.headers if name.lower() == "link"]
    links = [(link[1], _REL.search(link[2])) for line in lines for link in _HEADER.finditer(line)]
    return [(r, absolute(document.url, url)) for url, rel in links if rel for r in rel[1].lower().split()]


def _in_xml(document: Document) -> list[tuple[str, str | None]]:
    found = []
    head = re.split(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>]", document.body[:LOOKED_AT], maxsplit=1)[0]
    for link in _LINK.finditer(head):
        written = link[1].decode("ascii", "replace")
        said = {a[1].lower(): unescape(a[2] or a[3] or "") for a in _ATTRIBUTE.finditer(written)}
        found += [(rel, absolute(document.url, said.get("href", ""))) for rel in said.get("rel", "").lower().split()]
    return found


def _in_json(document: Document) -> list[tuple[str, str | None]]:
    try:
        feed = json.loads(document.body)
    except (ValueError, RecursionError):
        return []
    hubs = feed.get("hubs") if isinstance(feed, dict) else None
    if not isinstance(hubs, list):
        return []
    # JSON Feed 1.1: {"type": "WebSub", "url": ...}; rssCloud stands there too.
    urls = [hub.get("url") for hub in hubs if isinstance(hub, dict) and str(hub.get("type")).lower() == "websub"]
    named = [("hub", url) for url in urls] + [("self", feed.get("feed_url"))]
    return [(rel, absolute(document.url, url)) for rel, url in named if isinstance(url, str)]
