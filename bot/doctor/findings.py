"""What the doctor finds: what was asked and what answered, and what it proposes to follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.records import Entry, Feed

SHOWN = 3
"""Entries of a proposal that are shown, the first ones."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """One address that was asked: what answered, in words; where nothing usable did, why, and what one can do.

    `status` None: there was no document. `answered` is the address after redirects.
    """

    url: str
    says: str
    answered: str = ""
    status: int | None = None
    content_type: str = ""
    size: int = 0
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Inside:
    """An item's own page: how many characters of text were found there, how they begin, and its date.

    `failed`: why it could not be read, in words; empty where it could.
    """

    url: str
    characters: int = 0
    begins: str = ""
    published: datetime | None = None
    failed: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A way to follow an address. `feed` is accepted as a stanza of feeds.yaml; `by` says what reads it, in words.

    `count` entries were read, `dated` of them with a date; `first` are the first ones, as they would be read; `usual`:
    how long it is usually silent, None: too few dates. `doubts`: what speaks against it; `remarks`: what is good to
    know. `hub`: where it is pushed. `addresses`: of all its entries, to compare.
    """

    feed: Feed
    by: str
    count: int
    dated: int
    newest: datetime | None
    usual: timedelta | None
    first: tuple[Entry, ...]
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    hub: str | None = None
    inside: Inside | None = None
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one document is: in words, the ways to follow it, and the feeds it names. `advice`: where there is none."""

    says: str
    proposals: tuple[Proposal, ...] = ()
    named: tuple[str, ...] = ()
    is_page: bool = False
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """All that was tried, in turn, and the proposals, the safest first. None: `advice` says what one can do."""

    asked: str
    tried: tuple[Tried, ...]
    proposals: tuple[Proposal, ...]
    advice: str = ""
