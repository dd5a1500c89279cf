"""What one can do about an address that gives nothing, in words; pure."""

from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from bot.errors import FeedError, Reason

_CAN: dict[Reason, str] = {
    "blocked": "it keeps programs out: ask the site's owner to let Lookout in, or try from another network",
    "gone": "look it up in a browser: the list may have moved",
    "timeout": "try again later; if it stays so, the site is too slow to be followed",
    "too large": "a list is never so large: look for a feed, or for a page that lists the news",
    "not a feed": "look for a feed or for the page that lists the news",
    "unsafe address": "only public http and https addresses without a password are asked",
    "unreachable": "check how the address is written, and whether a browser reaches it",
    "server error": "try again later; look it up in a browser",
    "layout changed": "look for a feed of the site, or for another page of its news",
    "unreadable": "the document is broken or made to harm; look for another address of the site",
}
_ROBOTS = (
    "its owner asks programs to stay away from this page: look for a feed, which is meant for programs, or ask them"
)
_PRIVATE = "to follow an address of your own network set LOOKOUT_ALLOW_PRIVATE=true"


def advice(error: FeedError, url: str) -> str:
    """Return what one can do where an address could not be read."""
    said = _ROBOTS if "robots.txt of" in error.detail else _CAN[error.reason]
    if error.reason == "unsafe address" and "public address" in error.detail:
        said = _PRIVATE
    other = instead(url) if error.reason in ("blocked", "layout changed") else ""
    return f"{said}; {other}" if other else said


def instead(url: str) -> str:
    """Return what can be followed in place of a site that cannot be; empty for one that has no public name."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if "." not in host or _is_number(host) or host.endswith("google.com"):
        return ""
    return f"or follow what Google News has of it: https://news.google.com/rss/search?q=site:{quote(host)}"


def _is_number(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
