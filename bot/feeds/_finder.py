"""Finds the list of releases on a page of unknown design, as the selectors that read it.

a link with a title -> the largest element that is about that link alone -> dated? -> those of one shape are a list

Left out: menus, feet of pages, calendars, boxes of related pages and of social media, links to other sites.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from bot.dates import when
from bot.feeds import _listing
from bot.feeds._links import absolute
from bot.feeds._listing import HEADINGS, Selectors, heading_around, heading_in, inside
from bot.feeds._shapes import Group, proposals
from bot.plain import line

FEWEST = 2
"""Dated releases that make a list."""

_MOST_LINKS = 3_000
_UP = 8  # levels between a link and the item it stands in
_BESIDE = 4  # neighbours looked at for a date
_SHORTEST_TITLE, _FEWEST_WORDS = 15, 3
_LONGEST_DATE = 60  # characters of an element that is a date, with what stands around it: "Posted by Staff on ..."
_LONGEST_DATE_TITLE = 22  # ... where a title could stand: "September 30, 2026", not "Statement of May 1, 2026"
_LONGEST_LEAF = 12  # things in a leaf of a calendar: Mar, 9 and 2026, each in an element
_LONGEST_DATE_NAME = 30  # "Wednesday, September 30, 2026"

_DAY_AND_MONTH = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s{1,3}\d{1,2}(?!\d)"
    r"|(?<!\d)\d{1,2}\s{1,3}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b",
    re.IGNORECASE,
)
_FRAMES = re.compile(r"(?:nav|footer|aside|script|style|noscript|template|select|iframe|svg)\Z")
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu", "menubar"})
_BOXES = re.compile(
    r"(?:^|[-_])(?:nav|navbar|navigation|menu|footer|breadcrumbs?|related|calendar|events?|hearings?|twitter|tweets?"
    r"|facebook|instagram|youtube|social|share|sharing|recommended|popular|trending)(?:$|[-_])",
    re.IGNORECASE,
)
_CONTENT = ("article", "main", "li", "tr")


@dataclass
class _Seen:
    """What is known of the page's elements, by `id` of each."""

    unread: set[int] = field(default_factory=set)  # in a menu, a foot, a box
    dates: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # how many dates are in it
    marks: set[int] = field(default_factory=set)  # it is itself a date


@dataclass(frozen=True)
class _Titled:
    link: Tag
    url: str


def found(page: BeautifulSoup, base: str) -> Selectors | None:
    """Return the selectors that read the page's largest dated list of releases, None where there is none.

    Most of its links lead to the site of `base`, and their texts are long enough to be titles.
    """
    seen = _looked_over(page)
    titled = [*islice(_titled(page, base, seen), _MOST_LINKS)]
    headed = [one for one in titled if heading_around(one.link) or heading_in(one.link)]
    groups = [group for links in (titled, headed) for group in _groups(links, seen)]
    best, most = None, FEWEST - 0.5
    for group in sorted(groups, key=lambda one: -one.dated)[:6]:
        for selectors in proposals(page, group):
            read = _listing.entries(_listing.items(page, selectors), selectors, base)
            # Where no year is written, the list is one all the same; the articles have the whole date.
            right = len({entry.url for entry in read if entry.published or entry.url in group.urls})
            worth = right - (len(read) - right) / 2
            if worth > most:
                best, most = selectors, worth
    return best


def _looked_over(page: BeautifulSoup) -> _Seen:
    seen = _Seen()
    for element in page.find_all(True):
        if id(element.parent) in seen.unread or _is_frame(element):
            seen.unread.add(id(element))
        elif _is_date(element):
            seen.marks.add(id(element))
            for around in (element, *islice(element.parents, _UP)):
                seen.dates[id(around)] += 1
    return seen


def _is_frame(element: Tag) -> bool:
    if _FRAMES.match(element.name) or element.get("role") in _ROLES:
        return True
    if element.name == "header":  # an article has one too
        return not any(around.name in _CONTENT for around in islice(element.parents, _UP))
    if element.name in ("body", "html", "main", "article", "form"):  # they hold everything: a class says little
        return False
    names = [*(element.get("class") or ()), str(element.get("id") or "")]
    return any(_BOXES.search(name) for name in names)


def _is_date(element: Tag) -> bool:
    if element.name == "time" and when(str(element.get("datetime") or "")):
        return True
    own = " ".join("".join(one for one in element.children if type(one) is NavigableString).split())
    longest = _LONGEST_DATE_TITLE if element.name in ("a", *HEADINGS) else _LONGEST_DATE
    return _tells_date(own, longest) or (not own and _is_split_date(element))


def _is_split_date(element: Tag) -> bool:
    """Do its elements make a date together? Some sites draw a leaf of a calendar: Mar, 9, 2026."""
    strings = (one for one in inside(element, _LONGEST_LEAF) if type(one) is NavigableString)
    pieces = [piece for one in strings if (piece := one.strip())]
    return 2 <= len(pieces) <= 4 and sum(map(len, pieces)) <= _LONGEST_DATE_TITLE and bool(when(" ".join(pieces)))


def _tells_date(text: str, longest: int) -> bool:
    short = 5 <= len(text) <= longest and any(map(str.isdigit, text))
    return short and bool(when(text) or _DAY_AND_MONTH.search(text))


def _titled(page: BeautifulSoup, base: str, seen: _Seen) -> Iterator[_Titled]:
    """Yield the links that lead elsewhere on the site and have a title that no two others share."""
    links, uses = list[tuple[str, _Titled]](), defaultdict[str, set[str]](set)
    for link in page.select("a[href]", limit=_MOST_LINKS):
        url = absolute(base, str(link["href"]))
        title = line(_words(heading_in(link) or link) or str(link.get("title") or ""))
        if url and id(link) not in seen.unread and _is_title(title) and _same_site(url, base):
            links.append((title, _Titled(link, url)))
            uses[title].add(url)
    yield from (one for title, one in links if len(uses[title]) <= 2)


def _words(element: Tag) -> str:
    return " ".join(one for one in inside(element) if type(one) is NavigableString)


def _is_title(text: str) -> bool:
    long_enough = len(text) >= _SHORTEST_TITLE and len(text.split()) >= _FEWEST_WORDS
    return long_enough and not _tells_date(text, _LONGEST_DATE_NAME)  # an archive's "Saturday, September 20"


def _same_site(url: str, base: str) -> bool:
    here, there = (((urlsplit(one).hostname or "").removeprefix("www.")) for one in (base, url))
    elsewhere = urlsplit(url).path.strip("/") != urlsplit(base).path.strip("/") or urlsplit(url).query
    return bool(elsewhere) and (here == there or here.endswith(f".{there}") or there.endswith(f".{here}"))


def _groups(links: Sequence[_Titled], seen: _Seen) -> Iterator[Group]:
    """Yield the elements that hold one release each, those of one shape together."""
    targets = defaultdict[int, set[str]](set)
    for one in links:
        for element in (one.link, *islice(one.link.parents, _UP)):
            targets[id(element)].add(one.url)
    shapes: dict[tuple[object, ...], Group] = {}
    for one in links:
        item = _alone(one.link, lambda element: len(targets[id(element)]) == 1)
        shape = (item.name, item.parent and (item.parent.name, item.parent.get("id"), *_steady(item.parent)))
        group = shapes.setdefault(shape, Group(marks=seen.marks))
        if one.url not in group.urls:
            group.add(item, one.link, one.url, dated=_where(item, one.url, seen, targets))
    yield from (group for group in shapes.values() if group.dated >= FEWEST and 2 * group.dated >= len(group.items))


def _alone(link: Tag, is_alone: Callable[[Tag], bool]) -> Tag:
    item = link
    for element in islice(link.parents, _UP):
        if element.name in ("body", "html", "[document]") or not is_alone(element):
            break
        item = element
    return item


def _steady(element: Tag) -> Sequence[str]:
    return [name for name in element.get("class") or () if not any(map(str.isdigit, name))]


def _where(item: Tag, url: str, seen: _Seen, targets: dict[int, set[str]]) -> str:
    """Return where the date of an item stands: inside, before, after, in its address; "" where nowhere."""
    if seen.dates.get(id(item)):
        return "inside"
    for side, around in (("before", item.previous_siblings), ("after", item.next_siblings)):
        for near in islice((one for one in around if isinstance(one, Tag)), _BESIDE):
            if targets.get(id(near)):
                break
            if seen.dates.get(id(near)):
                return side
    return "address" if _listing.day_in(url) else ""
