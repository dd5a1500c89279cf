"""Pages that a bot wall sends in place of what was asked for, with a status that says all is well.

Good pages speak of walls, and load captchas for their contact forms. A wall is told from them by being next to nothing
else: its title is a wall's and no other, its few words are, or it has no words and a wall's script.
"""

from collections.abc import Iterator, Mapping
from html import unescape

UNNAMED = "an unnamed firm"
HEADERS = {"cf-mitigated": "Cloudflare", "x-amzn-waf-action": "Amazon", "x-sucuri-block": "Sucuri"}

# All in lower case. A title, the wall's firm, and what its page holds besides.
TITLES = {
    "just a moment...": ("Cloudflare", b"challenge"),
    "attention required! | cloudflare": ("Cloudflare", b"cloudflare"),
    "access denied": ("Akamai", b"reference"),
    "pardon our interruption": ("Imperva", b""),
    "pardon our interruption...": ("Imperva", b""),
    "access to this page has been denied": ("HUMAN", b""),
    "access to this page has been denied.": ("HUMAN", b""),
    "request rejected": ("F5", b"support id"),
    "sucuri website firewall - access denied": ("Sucuri", b""),
    "you are being redirected...": ("Sucuri", b"sucuri"),
    "human verification": ("Amazon", b"awswaf"),
    "federal register :: request access": ("the Federal Register", b""),
}
MOST_WITH_TITLE = 1_500
"""Characters that a page with a wall's title shows. Distil's explains itself in some 700."""

PHRASES = {
    "please enable js and disable any ad blocker": "DataDome",
    "request unsuccessful. incapsula incident id": "Imperva",
    "the requested url was rejected. please consult with your administrator": "F5",
    "press & hold to confirm you are": "HUMAN",
    "we need to verify that you're not a robot": "Amazon",
    "enable javascript and cookies to continue": "Cloudflare",
    "checking if the site connection is secure": "Cloudflare",
    "checking your browser before accessing": UNNAMED,
    "verify you are human": UNNAMED,
    "verifying you are human": UNNAMED,
    "due to aggressive automated scraping of federalregister.gov": "the Federal Register",
}
MOST_WITH_PHRASE = 500
"""Characters that a page with a wall's words shows: the words, a number to quote, a link."""

SCRIPTS = {
    b"captcha-delivery.com": "DataDome",
    b"px-captcha": "HUMAN",
    b"gokuprops": "Amazon",
    b"sucuri_cloudproxy_js": "Sucuri",
    b"bm-verify": "Akamai",
    b"/_sec/cp_challenge": "Akamai",
}
INCAPSULA = b"/_incapsula_resource"  # also stands in good pages, which have scripts of their own besides
REFRESHES_TO_WALLS = ("challenge", "captcha", "verify", "unblock")
MOST_WITHOUT_WORDS = 40

LONGEST = 65_536
"""Bytes of a page that may be a wall; those seen have 200 to 30,000."""

MOST_TAGS = 2_000
"""Of a page that may be a wall: one of 65,000 would take a tenth of a second to look at."""

STARTS = (b"<!doctype html", b"<html", b"<head", b"<meta", b"<title", b"<script", b"<body")
SILENT = ("script", "style", "title", "template", "svg")


def wall_of(headers: Mapping[str, str], body: bytes) -> str | None:
    """Return whose wall the answer is, None: it is none."""
    for header, firm in HEADERS.items():
        if header in headers:
            return firm
    # A feed may well tell of a page called "Access Denied"; a wall is always HTML, and small.
    if len(body) > LONGEST or not body[:1_024].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(STARTS):
        return None
    page = body.lower()
    if page.count(b"<") > MOST_TAGS:
        return None
    text = page.decode("utf-8", "replace")
    return _by_title(page, text) or _by_words(text) or _by_emptiness(page, text)


def _by_title(page: bytes, text: str) -> str | None:
    title = _title(text)
    if title not in TITLES:
        return None
    firm, besides = TITLES[title]
    return firm if besides in page and len(_shown(text)) <= MOST_WITH_TITLE else None


def _by_words(text: str) -> str | None:
    plain = unescape(text) if "&" in text else text
    found = next((firm for phrase, firm in PHRASES.items() if phrase in plain), None)
    if found is None:
        return None
    shown = _shown(text)
    if len(shown) > MOST_WITH_PHRASE:
        return None
    return next((firm for phrase, firm in PHRASES.items() if phrase in shown), None)


def _by_emptiness(page: bytes, text: str) -> str | None:
    found = [firm for script, firm in SCRIPTS.items() if script in page]
    if INCAPSULA in page and page.count(b"<script") <= 1:
        found.append("Imperva")
    if not found and _refreshes_to_a_wall(text):
        found.append(UNNAMED)
    return found[0] if found and len(_shown(text)) <= MOST_WITHOUT_WORDS else None


def _refreshes_to_a_wall(text: str) -> bool:
    """Is it to be loaded again, or something that is by its name a challenge? Else it is a mere redirect."""
    for tag in _tags(text):
        if tag.startswith("meta") and "refresh" in tag and "http-equiv" in tag:
            return "url=" not in tag.replace(" ", "") or any(word in tag for word in REFRESHES_TO_WALLS)
    return False


def _title(text: str) -> str:
    _, _, rest = text.partition("<title")
    said, _, _ = rest.partition(">")[2].partition("<")
    return " ".join(unescape(said).split())


def _tags(text: str) -> Iterator[str]:
    return (part.partition(">")[0] for part in text.split("<")[1:])


def _shown(text: str) -> str:
    """Return about what a reader would see; in one pass, since the page may be made to be slow."""
    first, *parts = text.split("<")
    said, silent = [first], ""
    for part in parts:
        tag, _, after = part.partition(">")
        if silent:
            silent = "" if tag.startswith(f"/{silent}") else silent
        else:
            silent = next((name for name in SILENT if tag.startswith(name)), "")
        if not silent:
            said.append(part.partition("-->")[2] if tag.startswith("!--") else after)
    return " ".join(unescape(" ".join(said)).split())
