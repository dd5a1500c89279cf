"""Where an entry's link leads."""

from urllib.parse import urljoin


def absolute(base: str, link: str) -> str | None:
    """Return the whole web address, None where there is none ("javascript:", "mailto:", a broken one)."""
    try:
        joined = urljoin(base, link.strip())
        joined.encode()  # JSON can write half a character (\\ud800), which no database takes
    except ValueError:
        return None
    return joined if link.strip() and joined.lower().startswith(("http://", "https://")) else None
