"""What a document is, said to a person, when it is not what was asked for."""

import re

from bot.plain import line
from bot.records import Document

_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{1,300})", re.IGNORECASE)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_LOOKED_AT = 20_000  # bytes; a head with inlined styles is long


def is_json(document: Document) -> bool:
    """Does the document begin as JSON objects do?"""
    return document.body[:100].removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def what_it_is(document: Document) -> str:
    """Return a few words on what came instead: 'an HTML page, "Page not found"'."""
    start = document.body[:_LOOKED_AT]
    if not start.strip():
        return "an empty document"
    if b"<opml" in start.lower():
        return "OPML, a list of feeds"
    if is_json(document):
        return "JSON of another shape"
    if _HTML.search(start):
        title = _TITLE.search(start)
        return "an HTML page" + (f', "{line(title[1].decode(errors="replace"), 100)}"' if title else "")
    if start.startswith(b"%PDF"):
        return "a PDF"
    return f"neither XML nor JSON ({line(document.content_type, 60) or 'no content type'})"
