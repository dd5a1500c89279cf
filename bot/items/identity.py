"""What tells one item from another, although feeds change titles, dates and addresses."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bot import bills
from bot.dates import WASHINGTON
from bot.items.addresses import canonical
from bot.plain import line
from bot.records import Entry, Feed

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LENGTH = 10  # of 5 bits each: among a million items, a chance of 1 in 2,000 that any two share one

_REGISTER = re.compile(
    r"https://federalregister\.gov/(?:public-inspection|documents/\d{4}/\d\d/\d\d|d)/([A-Z]?\d{1,4}-\d{4,6})(?![\w-])"
)

_TELLING_TEXT = 80  # characters of text that make an entry recognisable; a teaser has more, "Read more" less
_TEXT_SEEN = 300  # characters: what follows is corrected more often
_TELLING_TITLE = 6  # words; "Weekly Update" comes every week
_NO_GUIDS = frozenset({"0", "1", "-1", "none", "null", "nil", "undefined", "n/a", "false", "true"})
_LONGEST_GUID = 200  # characters kept; longer ones are kept as their hash


def identities(entries: Sequence[Entry], feed: Feed) -> list[tuple[str, ...]]:
    """Return the keys of each entry, strongest first; () where nothing identifies it.

    - "guid:<feed>:<guid>"
    - "url:<canonical address>", the same in all feeds
    - "register:<number>", of the Federal Register: the same on public inspection and as published days later
    - "text:<feed>:<hash>" of title and first text; with the day where the text is short; of a long title alone

    Two entries that share any key are one item, so it survives a changed date, title or address. What several entries
    of one document share although they differ identifies none of them (every guid "0", every link the home page).
    """
    told = [list(_keys(entry, feed)) for entry in entries]
    meant: dict[str, set[str]] = defaultdict(set)
    for entry, keys in zip(entries, told, strict=True):
        for key in keys:
            meant[key].add(_place(entry) if key.startswith("text:") else _folded(entry.title))
    own = [tuple(key for key in keys if len(meant[key]) == 1) for keys in told]
    return [keys or _last_resort(entry, feed) for entry, keys in zip(entries, own, strict=True)]


def item_id(keys: Sequence[str]) -> str:
    """Return the short, stable name of an item first seen under `keys`: 10 characters of Crockford's base 32."""
    number = int.from_bytes(hashlib.sha256(keys[0].encode()).digest())
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(251, 251 - 5 * _ID_LENGTH, -5))


def _keys(entry: Entry, feed: Feed) -> Iterator[str]:
    guid = line(entry.guid or "", 10 * _LONGEST_GUID)
    if guid.lower() not in _NO_GUIDS and len(guid) > 1:
        yield f"guid:{feed.id}:{guid if len(guid) <= _LONGEST_GUID else _hash(guid)}"
    address = canonical(entry.url or "")
    # The site's front page, the list itself and a bill's page are where items stand, not items.
    if address and not address.endswith("/") and address != canonical(feed.url) and not bills.is_page(address):
        yield f"url:{address}"
    if number := _REGISTER.match(address):
        yield f"register:{number[1]}"
    if telling := _telling(entry):
        yield f"text:{feed.id}:{_hash(telling)}"


def _place(entry: Entry) -> str:
    """Return where it was published: the outlet where one is named, for its links are redirects (Google News)."""
    return _folded(entry.outlet or "") or canonical(entry.url or "")


def _telling(entry: Entry) -> str:
    """Return what makes title and text recognisable under another address; "" where they are too common."""
    title = _folded(f"{entry.title} {entry.outlet or ''}" if entry.title else "")
    text = _folded(line(entry.content, 2 * _TEXT_SEEN))
    if len(text) >= _TELLING_TEXT:
        return f"{title}\n{text[:_TEXT_SEEN]}"
    if title and entry.published:
        return f"{title}\n{text}\n{entry.published.astimezone(WASHINGTON):%Y-%m-%d}"
    return title if title.count(" ") + 1 >= _TELLING_TITLE else ""


def _last_resort(entry: Entry, feed: Feed) -> tuple[str, ...]:
    """Return a key of all that the entry says, for one that has nothing better."""
    said = "\n".join((_folded(entry.title), entry.url or "", _folded(entry.content[: 10 * _TEXT_SEEN])))
    return (f"text:{feed.id}:{_hash(said)}",) if _folded(entry.title + entry.content[: 10 * _TEXT_SEEN]) else ()


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:32]
