"""One address for one page, however it was linked; and who speaks there."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from bot.records import Category

_CONGRESS_HOSTS = (".senate.gov", ".house.gov", ".congress.gov")
_DHS_HOSTS = (".dhs.gov", ".ice.gov", ".cbp.gov", ".uscis.gov", ".tsa.gov")

_TRACKING = re.compile(
    r"(?:utm|pk|mtm|hsa|oly)_.*|(?:fb|g|d|ms|tw|y)clid|[gw]braid|igsh(?:id)?|mkt_tok|_g[al]|_hs(?:enc|mi)|vero_id|mc_[ce]id"
    r"|ocid|ncid|cmp(?:id)?|smid|ftag|guccounter|guce_referrer(?:_sig)?|at_(?:medium|campaign)|ref_(?:src|url)|sref|xtor"
    r"|__twitter_impression",
    re.IGNORECASE,
)
_FROM_RSS = re.compile(r"=(?:rss|feed)(?:[_-].*)?$", re.IGNORECASE)  # partner=rss, mod=rss_Technology
_AMP_QUERY = re.compile(r"amp(?:=(?:1|true)?)?$|outputtype=amp$", re.IGNORECASE)
_AMP_PATH = re.compile(r"(?:/amp)+/*$|\.amp(?=\.html$|$)", re.IGNORECASE)
_AMP_CACHE = re.compile(r"/(?:amp|c|v|wp)/s/(.+)")

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")

_LONGEST = 4_000  # characters; browsers give up at about half
_MOST_STEPS = 20


def canonical(url: str) -> str:
    """Return the address that all forms of `url` share: to compare, not to follow. "" for what is no web address.

    https, host in lower case without "www." and default port, no fragment, no tracking parameters, the others in order
    of name, no trailing slash, the page itself where `url` is its AMP form or a Google redirect. What tells pages apart
    stays: `?ID=`, `?p=`, the case of the path, "m." hosts. Applying it twice changes nothing.
    """
    return _remembered(url) if len(url) <= _LONGEST else _simplest(url)


@lru_cache(maxsize=1_024)
def _remembered(url: str) -> str:
    # An entry's address is compared several times, its feed's with each of its entries.
    return _simplest(url)


def _simplest(url: str) -> str:
    for _ in range(_MOST_STEPS):
        simpler = _simpler(url)
        if simpler == url:
            return url
        url = simpler
    return ""


def _simpler(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = _host(parts)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not host or len(url) > _LONGEST:
        return ""
    if wrapped := _wrapped(parts, host):
        return wrapped
    query = _query(parts.query)
    return f"https://{host}{_path(parts.path)}" + (f"?{query}" if query else "")


def _host(parts: SplitResult) -> str:
    """Return host and port. Raises ValueError where they are impossible."""
    name = (parts.hostname or "").rstrip(".")
    if ":" in name:
        name = f"[{name}]"
    elif not name.isascii():
        name = name.encode("idna").decode().lower()
    if re.search(r"[\s<>\"'\\^`{|}%,;]", name):
        return ""
    for prefix in ("www.", "amp."):
        # "amp.dev" is a site of its own.
        if name.startswith(prefix) and name.count(".") > 1:
            name = name.removeprefix(prefix)
    return name if parts.port in {None, 80, 443} else f"{name}:{parts.port}"


def _wrapped(parts: SplitResult, host: str) -> str:
    """Return the address that Google's redirects and AMP caches carry inside."""
    if host == "google.com" and parts.path == "/url":
        inside = parse_qs(parts.query)
        return next((inside[key][0] for key in ("url", "q") if key in inside), "")
    cached = _AMP_CACHE.match(parts.path) if host == "google.com" or host.endswith(".ampproject.org") else None
    return f"https://{cached[1]}" + (f"?{parts.query}" if parts.query else "") if cached else ""


def _path(path: str) -> str:
    return _AMP_PATH.sub("", _tidy(path)).rstrip("/") or "/"


def _query(query: str) -> str:
    return "&".join(sorted(piece for piece in _tidy(query).split("&") if piece and not _is_tracking(piece)))


def _is_tracking(piece: str) -> bool:
    name = piece.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _FROM_RSS.search(piece) or _AMP_QUERY.match(piece))


def _tidy(text: str) -> str:
    """Return `text` with only the escapes it needs, in upper case."""
    text = _ESCAPE.sub(lambda found: _unescaped(found[1]), text)
    return quote(text, safe="%/:@!$&'()*+,;=~?", errors="ignore")


def _unescaped(digits: str) -> str:
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def category_of(url: str) -> Category:
    """Return who speaks at this address, by its host; "news" where it is no address."""
    try:
        host = "." + (urlsplit(url).hostname or "")  # a dot before each name: justice.gov is not ice.gov
    except ValueError:
        return "news"
    if host.endswith(_CONGRESS_HOSTS):
        return "congress"
    if host.endswith(_DHS_HOSTS):
        return "dhs"
    return "government" if host.endswith(".gov") else "news"
