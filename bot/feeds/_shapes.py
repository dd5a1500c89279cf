"""Says in selectors what a group of look-alike elements has in common: the item, its link, its title and its date."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bs4 import BeautifulSoup, Tag

from bot.dates import when
from bot.feeds._designs import NEXT
from bot.feeds._listing import Selectors, heading_around, heading_in, inside, text

_PLAIN_NAME = re.compile(r"-?[A-Za-z_][\w-]*\Z", re.ASCII)
_OF_ONE_ITEM = re.compile(r"\d|^(?:first|last|odd|even|active|current|category-.*|tag-.*)$")
_ENOUGH = 0.8  # of a group's items: one or two always differ


@dataclass
class Group:
    """Elements that hold one release each. `marks`: ids of the page's elements that are dates."""

    marks: set[int]
    items: list[Tag] = field(default_factory=list)
    links: list[Tag] = field(default_factory=list)
    urls: set[str] = field(default_factory=set)
    where: Counter[str] = field(default_factory=Counter)

    def add(self, item: Tag, link: Tag, url: str, *, dated: str) -> None:
        """Take in an item; `dated` says where its date stands, "" where nowhere."""
        self.items.append(item)
        self.links.append(link)
        self.urls.add(url)
        self.where[dated] += 1

    @property
    def dated(self) -> int:
        """How many of the items have a date."""
        return self.where.total() - self.where[""]


def proposals(page: BeautifulSoup, group: Group) -> Iterator[Selectors]:
    """Yield selectors that may read the group, the plainest first; who asks tries them."""
    side = group.where.most_common(1)[0][0]
    beside: Literal["before", "after"] | None = "before" if side == "before" else "after" if side == "after" else None
    link, title = _link(group), _title(group)
    following = _following(page)
    for item in _item_selectors(group):
        date, attribute = _date(group, item, beside)
        plain = Selectors(
            item=item, link=link, title=title, date=date, date_attribute=attribute, date_beside=beside, next=following
        )
        yield plain
        if (
            side == "inside" and date is not None and date != item
        ):  # rows of another list in the same shape have no date
            yield plain.model_copy(update={"item": f"{item}:has({date})"})


def _item_selectors(group: Group) -> Iterator[str]:
    own = group.items[0].name + "".join(f".{name}" for name in _shared(group.items))
    parents = [item.parent for item in group.items if item.parent is not None]
    if "." in own:
        yield own
    if parents:
        ids = Counter(str(parent.get("id") or "") for parent in parents)
        ((most, times),) = ids.most_common(1)
        named = f"#{most}" if most and times >= _ENOUGH * len(parents) and _PLAIN_NAME.match(most) else ""
        above = parents[0].name + named + ("" if named else "".join(f".{name}" for name in _shared(parents)))
        yield f"{above} > {own}"
    if "." not in own:
        yield own


def _shared(elements: Sequence[Tag]) -> list[str]:
    """Return the classes that nearly all of them have, and that are not of one release alone."""
    times = Counter(name for element in elements for name in dict.fromkeys(element.get("class") or ()))
    usual = (name for name, n in times.items() if n >= _ENOUGH * len(elements))
    return [name for name in usual if _PLAIN_NAME.match(name) and not _OF_ONE_ITEM.search(name)][:3]


def _link(group: Group) -> str:
    """Return what finds the link in an item: "a[href]", unless another comes before it."""
    inside = [(i, a) for i, a in zip(group.items, group.links, strict=True) if i is not a]
    headings = Counter(parent.name for _, link in inside if (parent := heading_around(link)))
    tries = ["a[href]", *(f"{name} a[href]" for name, _ in headings.most_common(2))]
    tries += [f"a.{name}[href]" for name in _shared([link for _, link in inside])]
    tries += [f"{shape} a[href]" for shape, _ in _shapes(link.parent for _, link in inside).most_common(2)]
    for selector in tries:
        if sum(item.select_one(selector) is link for item, link in inside) >= _ENOUGH * len(inside):
            return selector
    return tries[0]


def _title(group: Group) -> str | None:
    """Return what finds the title, where the link wraps more than it."""
    headings = Counter(heading.name for link in group.links if (heading := heading_in(link)))
    name, times = headings.most_common(1)[0] if headings else ("", 0)
    return name if times >= _ENOUGH * len(group.links) else None


def _date(group: Group, item: str, beside: str | None) -> tuple[str | None, str | None]:
    """Return the selector of the date, and the attribute it stands in where it is not written out."""
    places = [_near(one, beside) if beside else one for one in group.items]
    marks = [
        [
            element
            for place in _either(around)
            for element in (place, *inside(place))
            if isinstance(element, Tag) and id(element) in group.marks
        ]
        for around in places
    ]
    by_shape = Counter(_date_shape(element, item) for some in marks for element in some[:3])
    for shape, _ in by_shape.most_common(4):
        told = [next((e for e in some if _date_shape(e, item) == shape), None) for some in marks]
        elements = [element for element in told if element is not None]
        if sum(bool(when(text(element))) for element in elements) >= 0.5 * len(elements):
            return shape, None
        stamps = [str(element.get("datetime") or "") for element in elements]
        if len(set(stamps)) > 1:  # else it lies: one moment for all
            return shape, "datetime"
    split = [shape for shape, _ in by_shape.most_common(1)]
    return (split[0] if split else None), None


def _near(item: Tag, beside: str) -> list[Tag]:
    around = item.previous_siblings if beside == "before" else item.next_siblings
    return [one for _, one in zip(range(6), (one for one in around if isinstance(one, Tag)), strict=False)]


def _either(around: Tag | list[Tag]) -> list[Tag]:
    return around if isinstance(around, list) else [around]


def _date_shape(element: Tag, item: str) -> str:
    if element.name == "time":
        return "time"
    classes = [name for name in element.get("class") or () if _PLAIN_NAME.match(name) and not _OF_ONE_ITEM.search(name)]
    if classes:
        return element.name + "".join(f".{name}" for name in classes[:2])
    if element.css.match(item):
        return item
    among = element.find_previous_siblings(element.name)
    return f"{element.name}:nth-of-type({len(among) + 1})"


def _shapes(elements: Iterable[Tag | None]) -> Counter[str]:
    found: Counter[str] = Counter()
    for element in elements:
        if element is not None and (names := _shared([element])):
            found[element.name + "".join(f".{name}" for name in names[:2])] += 1
    return found


def _following(page: BeautifulSoup) -> str | None:
    return next((one for one in NEXT.split(", ") if page.select_one(one.strip()) is not None), None)
