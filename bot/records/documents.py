"""What a request brings back, what of it is kept as evidence, and the entries that it lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.records.sources import Offer


@dataclass(frozen=True, kw_only=True)
class Document:
    """What one request brought back. `url` is the address that answered, after redirects; `asked` the one before.

    `asked` is empty where nobody asked (an import). `headers` are those of the answer, in its order and spelling:
    printable, at most 64 and 8 KiB in all; a cookie is not among them.
    """

    url: str
    body: bytes
    fetched: datetime
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    asked: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What a source sent, kept as evidence: `packed` with zstd, with the SHA-256 (in hex) and size of what that was.

    `asked` was asked for, `url` answered, with `status` and `headers`, at `fetched`.
    """

    digest: str
    asked: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched: datetime
    size: int
    packed: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Unchanged:
    """The server says that what we have is current (304)."""

    url: str


@dataclass(frozen=True, kw_only=True)
class Further:
    """A document that tells more of what an entry is about than its list does: every action of a bill, not the last.

    `url`: where it is; `page` and `title`: those of the entry, which all that it tells has in common. `mark` is another
    whenever there may be more in it than before.
    """

    url: str
    page: str
    title: str
    mark: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing a document lists, as the document says it.

    `title` is plain text; `content` is HTML or plain text, whatever came; `outlet` names who published
    it when that is not the feed's owner (Google News). `day_only`: of `published` the day in Washington is
    known, and no time; what stands there only puts what came out on one day in order. `text_url`: where its
    full text is, where that is not at `url`. `further`: what tells more of what it is about.
    """

    title: str
    url: str | None = None
    text_url: str | None = None
    guid: str | None = None
    content: str = ""
    full: bool = False  # content is known to be the whole article
    published: datetime | None = None
    day_only: bool = False
    language: str | None = None
    outlet: str | None = None
    further: Further | None = None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Everything one document told: its entries in order, where the list goes on, and whether it is pushed.

    `note`: what an operator should know of how it was read.
    """

    entries: Sequence[Entry]
    next_page: str | None = None
    offer: Offer | None = None
    note: str | None = None
