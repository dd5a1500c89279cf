"""What elements mean, as feedparser understands them."""

_RSS_AND_ATOM = (
    "http://www.w3.org/2005/atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://purl.org/rss/1.0/modules/rss091#",
    "http://backend.userland.com/rss",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://example.com/newformat#",
    "http://example.com/necho",
    "http://purl.org/echo/",
    "uri/of/echo/namespace#",
    "http://purl.org/pie/",
)
_PREFIXES = {
    **dict.fromkeys(_RSS_AND_ATOM, ""),
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://example.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}

ENTRIES = frozenset({"item", "entry"})

MEANINGS = {
    **{name: name for name in ("title", "media:title", "link", "language", "source", "enclosure")},
    "dc:title": "title",
    **dict.fromkeys(("guid", "id"), "guid"),
    **dict.fromkeys(("description", "dc:description", "media:description"), "summary"),
    **dict.fromkeys(("summary", "itunes:summary"), "summary"),
    **dict.fromkeys(("content", "content:encoded"), "content"),
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms:issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc:date", "dcterms:modified"), "updated"),
    **dict.fromkeys(("created", "dcterms:created"), "created"),
    "dc:language": "language",
}
"""What an element of an entry tells, by its name."""

_OTHERWISE = frozenset(
    ("rss", "feed", "channel", "image", "textinput", "date", "links", "abstract", "body", "fullitem")
)


def name(tag: str, prefix: str | None) -> str:
    """Return an element's name in lower case, with the usual prefix of its namespace or else the one it has."""
    namespace, _, local = tag.rpartition("}")
    known = _PREFIXES.get(namespace[1:].lower(), prefix) if namespace else None
    return f"{known}:{local}".lower() if known else local.lower()


def is_doubtful(name: str) -> bool:
    """Might feedparser take the element of an entry for something that `MEANINGS` does not know?"""
    if name in _OTHERWISE or name in ENTRIES or name.startswith(("rdf:", "xhtml:")):
        return True
    return "_" in name and ":" not in name  # "dc_title" is to feedparser what "dc:title" is
