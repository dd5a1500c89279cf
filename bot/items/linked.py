"""Which PDFs an item links in its own words: the letter that a press release tells of (pure).

No feed lists letters. A release links them: "Text of Letter (PDF)", "the full text of the letter can be found here".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from bot.items.addresses import canonical
from bot.plain import line, soup
from bot.records import Document, Entry, Feed

MOST = 5
"""PDFs of one item. Most have one; more than five are exhibits."""

LOOKED_AT = 2_000
"""Links of a page that are looked at."""

NAME = 200
"""Characters of a link's words that are kept."""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A link to a PDF, and what it says. `sure` False: only its words promise one; what comes may be a page."""

    url: str
    name: str
    sure: bool = True


_PDF = re.compile(r"\.pdf\s*/?\Z", re.IGNORECASE)
_FILED = re.compile(r"/imo/media/doc/|/evo-media-document/", re.IGNORECASE)  # the Senate's and the House's folders
_PROMISED = re.compile(r"\bpdf\b", re.IGNORECASE)
_LETTER = re.compile(r"letter|\bltr\b", re.IGNORECASE)
_SURELY_LETTER = re.compile(r"(?:\b|_)letters?(?:\b|_)", re.IGNORECASE)  # no newsletter
_NOT_MEANT = re.compile(
    r"privacy.{0,3}(?:act.{0,3}release|policy|release|statement|notice|waiver)|release.{0,3}(?:form|authori[sz]ation)"
    r"|case.?work.{0,12}(?:form|release|authori)|(?:consent|authori[sz]ation|request).?form|constituent.?service"
    r"|accessibility.?(?:policy|statement)|terms.?of.?(?:use|service)|(?:flag|tour).?(?:order|request)|newsletter",
    re.IGNORECASE,
)
"""Forms and policies that hang on every page of a site, which say nothing of the release. A letter may be about one."""

_SAYS_NOTHING = re.compile(
    r"(?:(?:please |click |see |available |read |view |open |download |it |this )*"
    r"(?:here|link|more|attached|download|file|document|letter)?) ?[(\[]?(?:pdf)?[)\]]?[\s.:>»→]*",
    re.IGNORECASE,
)
"""Words of a link that leave a reader guessing what it leads to."""

_AROUND = re.compile(r"(?:nav|header|footer|aside|form|menu)\Z")
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu"})
_BODIES = ("article", "main", '[role="main"]')


def linked(entry: Entry, feed: Feed, article: Document | None = None) -> tuple[Linked, ...]:
    """Return the PDFs that belong to an entry, letters first, at most MOST.

    `article`: the page its link leads to; without it, what the feed gives counts. An entry that is a PDF has itself.
    On a page counts what stands in the part that the feed's `article.body` selects, else in its article or main part,
    never in menus, headers, footers and forms.
    """
    if entry.url and _leads_to_pdf(entry.url):
        return (Linked(url=entry.url, name=line(entry.title, NAME)),)
    if article is not None:
        found = _in_page(soup(article.body, article.content_type), article.url, feed)
    else:
        found = _among(soup(entry.content), entry.url or feed.url) if entry.full and "<a" in entry.content else []
    once = list({canonical(one.url): one for one in reversed(found)}.values())[::-1]
    return tuple(sorted(once, key=lambda one: (not one.sure, not _is_letter(one)))[:MOST])


def _in_page(page: BeautifulSoup, address: str, feed: Feed) -> list[Linked]:
    options = feed.options.get("article")
    selector = options.get("body") if isinstance(options, dict) else None
    for chosen in filter(None, (selector, *_BODIES)):
        # A page may have several articles, teasers of others among them: the one that says most is its own.
        parts = page.select(chosen, limit=10)
        if parts:
            if chosen == selector:
                return [one for part in parts for one in _among(part, address)]
            return _among(max(parts, key=lambda part: len(part.get_text())), address)
    return _among(page, address)


def _among(part: Tag, address: str) -> list[Linked]:
    links = part.find_all("a", href=True, limit=LOOKED_AT)
    return [one for link in links if not _is_around(link, part) for one in _read(link, address)]


def _is_around(link: Tag, part: Tag) -> bool:
    for parent in link.parents:
        if parent is part:
            return False
        if _AROUND.match(parent.name) or parent.get("role") in _ROLES:
            return True
    return False


def _read(link: Tag, address: str) -> Iterator[Linked]:
    name = line(link.get_text(" "), NAME)
    try:
        url = _visible(urljoin(address, str(link["href"]).strip()))
    except ValueError:
        return
    if not canonical(url) or _is_of_the_site(f"{name} {unquote(urlsplit(url).path)}"):
        return
    sure, around = _leads_to_pdf(url), _around(link, name)
    if sure or (_PROMISED.search(around) and _LETTER.search(around)):
        file = line(unquote(urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]), NAME)
        yield Linked(url=url, name=(file or name) if _SAYS_NOTHING.fullmatch(name) else name, sure=sure)


def _is_of_the_site(said: str) -> bool:
    return bool(_NOT_MEANT.search(said)) and not _SURELY_LETTER.search(said)


def _visible(url: str) -> str:
    """Return an address in which nothing can command a terminal, or reorder what stands beside it."""
    return url if url.isprintable() else "".join(c if c.isprintable() else quote(c, errors="replace") for c in url)


def _around(link: Tag, name: str) -> str:
    """Return a link's words with those beside it: "The letter (PDF) is here" may link its last word."""
    before, after = (beside if isinstance(beside, str) else "" for beside in (link.previous_sibling, link.next_sibling))
    return f"{before[-NAME:]} {name} {after[:NAME]}"


def _leads_to_pdf(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    path = unquote(parts.path)
    named = any(_PDF.search(value) for _, value in parse_qsl(parts.query)[:20])
    return bool(_PDF.search(path) or _FILED.search(path) or named)


def _is_letter(one: Linked) -> bool:
    return bool(_LETTER.search(f"{one.name} {unquote(urlsplit(one.url).path)}"))
