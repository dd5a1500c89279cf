"""What an element of well-formed XML says, where feedparser would say the same."""

import re
from typing import Any

XML = "{http://www.w3.org/XML/1998/namespace}"

_OF_NO_WEIGHT = frozenset({XML + "lang", XML + "space"})
_OF_MARKUP = _OF_NO_WEIGHT | {XML + "base", "type"}
_READ = frozenset({"about", "base", "href", "ispermalink", "lastmod", "rel", "type", "uri", "url"})
_PLAIN = frozenset({"", "text", "plain", "html", "text/plain", "text/html"})
_C1 = re.compile("[\x80-\x9f]")
_REPAIRED = re.compile(r"&\w+;|^[a-z][a-z0-9+.-]*:///", re.IGNORECASE)


class Doubtful(Exception):
    """Only feedparser knows what is meant here."""


def text(element: Any) -> str:
    """Return the text of an element that has nothing else. Raises Doubtful."""
    if len(element):
        raise Doubtful
    said = (element.text or "").strip()
    if not said.isascii() and (_C1.search(said) or _is_utf8_read_as_latin1(said)):
        raise Doubtful  # feedparser repairs both
    return said


def markup(element: Any) -> str:
    """Return text or escaped HTML. Raises Doubtful for XHTML, base 64 and other types."""
    if element.attrib and not _OF_MARKUP.issuperset(element.attrib):
        raise Doubtful
    if element.get("type", "").lower() not in _PLAIN:
        raise Doubtful
    return text(element)


def attributes(element: Any) -> dict[str, str]:
    """Return the attributes by their names in lower case, except those of a namespace.

    Raises Doubtful where an attribute that feedparser reads has a namespace, or is a base.
    """
    found = {key.lower(): value for key, value in element.attrib.items()}
    for key in [key for key in found if "}" in key]:
        if key.rpartition("}")[2] in _READ:
            raise Doubtful
        del found[key]
    if "base" in found:
        raise Doubtful
    return found


def address(said: str) -> str:
    """Return an address as it is. Raises Doubtful for one that feedparser repairs."""
    if _REPAIRED.search(said):
        raise Doubtful
    return said


def _is_utf8_read_as_latin1(said: str) -> bool:
    try:
        said.encode("iso-8859-1").decode()
    except UnicodeError:
        return False
    return True
