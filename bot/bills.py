"""Which bill of Congress an address is about: its page, a version of its text; and how a bill is named.

A bill is one story from its introduction to its signing, however long that takes, so it needs a name of its own:
"119-s-3779" is S. 3779 of the 119th Congress.
"""

import re

NAMES = {
    "hr": "H.R.",
    "s": "S.",
    "hres": "H.Res.",
    "sres": "S.Res.",
    "hjres": "H.J.Res.",
    "sjres": "S.J.Res.",
    "hconres": "H.Con.Res.",
    "sconres": "S.Con.Res.",
}
"""Types of bills and resolutions as people cite them."""

_IN_ADDRESSES = {
    "house-bill": "hr",
    "senate-bill": "s",
    "house-resolution": "hres",
    "senate-resolution": "sres",
    "house-joint-resolution": "hjres",
    "senate-joint-resolution": "sjres",
    "house-concurrent-resolution": "hconres",
    "senate-concurrent-resolution": "sconres",
}
_PAGE = re.compile(r"https?://(?:www\.)?congress\.gov/bill/(\d{1,3})[a-z]{2}-congress/([a-z-]{1,30})/(\d{1,6})(?![\d])")
_VERSION = re.compile(
    r"https?://(?:www\.)?govinfo\.gov/(?:app/details|content/pkg|link)/BILLS-(\d{1,3})([a-z]{1,7}?)(\d{1,6})[a-z]"
)


def bill(url: str) -> str | None:
    """Return the bill that an address is a page or a version of, as "119-s-3779"; None: it is about none."""
    if page := _PAGE.match(url):
        kind = _IN_ADDRESSES.get(page[2])
        return f"{page[1]}-{kind}-{int(page[3])}" if kind else None
    version = _VERSION.match(url)
    return f"{version[1]}-{version[2]}-{int(version[3])}" if version and version[2] in NAMES else None


def is_page(url: str) -> bool:
    """Is it the page where a bill stands? All its actions have that one address, so it tells none of them."""
    return _PAGE.match(url) is not None and bill(url) is not None


def page(congress: int, kind: str, number: int) -> str:
    """Return the address of the public page of a bill; `kind` is a key of `NAMES`."""
    name = next(name for name, short in _IN_ADDRESSES.items() if short == kind)
    return f"https://www.congress.gov/bill/{congress}{_ordinal(congress)}-congress/{name}/{number}"


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
