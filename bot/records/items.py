"""What was published, as we keep it: its text, its letters, and what it said before."""

from bisect import bisect
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.errors import Reason
from bot.records.sources import Category

TextFrom = Literal["article", "feed", "teaser", "title"]
"""Where an item's text comes from: its own page, a feed that carries the whole, a feed's summary, nowhere."""

Held = Literal["first poll", "too old", "flood", "import"]
"""Why an item was recorded without being announced."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something published.

    `id` is short and stable: the hash of the first key it was seen under. `address` is canonical, `url` as
    published. `text` is plain; paragraphs are separated by one blank line. `published` is never in the future; where
    `day_only`, its time of day is not known. `held`: recorded, not announced, and why. `begins`: where the text begins
    under what its site puts over everything (a banner), in code points.
    """

    id: str
    feed_id: str
    source: str
    category: Category
    title: str
    url: str
    address: str
    text: str
    text_from: TextFrom
    published: datetime
    day_only: bool
    first_seen: datetime
    language: str | None = None
    held: Held | None = None
    begins: int = 0


NoText = Reason | Literal["encrypted", "broken", "no PDF", "scanned", "empty", "not read yet"]
"""Why an attachment gave no text: it could not be fetched or read, wants a password, cannot be opened, is something
else, holds pictures of pages and nothing here can read them, holds nothing, or its turn has not come."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A PDF that an item links or is, most often a letter, as it was when `read`. `name`: what the link says.

    `text` is plain, as an item's is; `starts`: where each page that was looked at begins in it, in code points. `pages`
    counts all pages of the document, `unread` those of which nothing could be read, `ocr_pages` numbers those, from 1,
    that were read from a picture and may be misread. `reason`: why there is no text at all. `sha256`: of the file;
    empty where we never had it.
    """

    url: str
    name: str
    read: datetime
    text: str = ""
    starts: tuple[int, ...] = ()
    pages: int = 0
    unread: int = 0
    ocr_pages: tuple[int, ...] = ()
    reason: NoText | None = None
    sha256: str = ""

    def page_of(self, place: int) -> int:
        """Return the number of the page, from 1, on which a place in the text stands."""
        return max(1, bisect(self.starts, place))


@dataclass(frozen=True, kw_only=True)
class Revision:
    """An earlier version of an item's title and text, and when we saw that another had taken its place."""

    item_id: str
    seen: datetime
    title: str
    text: str
