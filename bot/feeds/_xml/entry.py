"""One entry of well-formed XML, element by element, in the order and with the precedences of feedparser."""

from collections.abc import Callable
from typing import Any

from bot.feeds._xml.elements import Doubtful, address, attributes, markup, text
from bot.feeds._xml.names import MEANINGS, is_doubtful
from bot.feeds._xml.told import ToldEntry

Names = Callable[[str, str | None], str]
"""`names.name`, remembered for one document."""

_PAGE = frozenset({"html", "xhtml", "text/html", "application/xhtml+xml"})
_OF_CHANNELS = frozenset({"lastmod", "href"})  # of Microsoft's Channel Definition Format, where they tell date and link


def entry(element: Any, names: Names) -> ToldEntry:
    """Return what the entry tells. Raises Doubtful."""
    if not _OF_CHANNELS.isdisjoint(attributes(element)):
        raise Doubtful
    telling = _Telling()
    for child in element:
        called = names(child.tag, child.prefix)
        if called in MEANINGS:
            telling.take(MEANINGS[called], child)
        elif is_doubtful(called):
            raise Doubtful
        else:
            _inside(child, names, telling, 2)
    return telling.whole()


def _inside(element: Any, names: Names, telling: "_Telling", depth: int) -> None:
    """Take the title and description of a video or a picture, which count where the entry has none of its own."""
    for child in element:
        called = names(child.tag, child.prefix)
        if called == "media:title":
            telling.title(markup(child), depth, of_media=True)
        elif called == "media:description":
            telling.summary(markup(child), depth)
        elif called in MEANINGS or is_doubtful(called):
            raise Doubtful
        else:
            _inside(child, names, telling, depth + 1)


class _Telling:
    """What has been told so far, and how deep inside of the entry: what stands less deep counts more."""

    def __init__(self) -> None:
        self.told: dict[str, str] = {}
        self._links: list[str] = []
        self._contents: list[str] = []
        self._depths: dict[str, int] = {}
        self._own_title = 0  # how deep the last one stood that was not of a video; 0: there was none

    def take(self, meaning: str, element: Any) -> None:
        """Take a child of the entry."""
        match meaning:
            case "title" | "media:title":
                self.title(markup(element), 1, of_media=meaning != "title")
            case "summary":
                self.summary(markup(element), 1)
            case "content":
                self._content(markup(element))
            case "guid":
                self._guid(element)
            case "link":
                self._link(element)
            case "enclosure":
                self._links.append(_written(attributes(element)) or "")
            case "source":
                self.told["source"] = text(element)
                self._own_title = 0  # after it feedparser takes another title
            case _:
                self.told[meaning] = text(element)

    def title(self, said: str, depth: int, *, of_media: bool) -> None:
        if not 0 < self._own_title <= depth:
            self._put("title", said, depth)
        if said and not of_media:
            self._own_title = depth

    def summary(self, said: str, depth: int) -> None:
        if "summary" in self.told and not self._contents:
            self._contents.append(said)  # a second one is the content
        else:
            self._put("summary", said, depth)

    def _content(self, said: str) -> None:
        self._contents.append(said)
        self.told.setdefault("summary", said)

    def _guid(self, element: Any) -> None:
        if "guid" in self.told:
            raise Doubtful
        self.told["guid"] = text(element)
        if attributes(element).get("ispermalink", "true") == "true":
            self.told.setdefault("link", address(self.told["guid"]))

    def _link(self, element: Any) -> None:
        found = attributes(element)
        written = _written(found)
        self._links.append(address(text(element)) if written is None else written)
        of_page = (
            found.get("rel", "alternate").lower() == "alternate" and found.get("type", "text/html").lower() in _PAGE
        )
        if written is None or of_page:
            self.told["link"] = self._links[-1]

    def whole(self) -> ToldEntry:
        told = self.told
        return ToldEntry(
            title=told.get("title", ""),
            link=told.get("link") or next(filter(None, self._links), ""),
            guid=told.get("guid", ""),
            content=max(self._contents, key=len, default="") or told.get("summary", ""),
            date=told.get("published") or told.get("updated") or told.get("created") or "",
            language=told.get("language", ""),
            outlet=told.get("source", ""),
        )

    def _put(self, what: str, said: str, depth: int) -> None:
        if depth <= self._depths.get(what, depth):
            self._depths[what] = depth
            self.told[what] = said


def _written(found: dict[str, str]) -> str | None:
    return next((address(found[key]) for key in ("url", "uri", "href") if key in found), None)
