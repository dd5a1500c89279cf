"""Where an entry's link leads."""

from urllib.parse import quote, urljoin, urlsplit


def absolute(base: str, link: str) -> str | None:
    """Return the whole web address, None where there is none ("javascript:", "mailto:", a broken one).

    Nothing in it can command a terminal, reorder what stands beside it, or end it: spaces, control characters and
    other invisible ones are percent-encoded, and no host has any.
    """
    try:
        joined = urljoin(base, link.strip())
        joined.encode()  # JSON can write half a character (\\ud800), which no database takes
        host = urlsplit(joined).netloc
    except ValueError:
        return None
    if not link.strip() or not joined.lower().startswith(("http://", "https://")) or not _visible(host):
        return None
    return joined if _visible(joined) else "".join(c if _visible(c) else quote(c) for c in joined)


def _visible(text: str) -> bool:
    return text.isprintable() and " " not in text
