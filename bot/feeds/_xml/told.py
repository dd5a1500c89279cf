"""What a feed tells, as it is written there: the same whichever parser read it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldEntry:
    """One entry, all of it as written: markup, relative links, dates without a zone. Empty: not told."""

    title: str = ""
    link: str = ""
    guid: str = ""
    content: str = ""  # the longest of the bodies, else the summary
    date: str = ""  # when it was published, else updated, else created
    language: str = ""
    outlet: str = ""  # the medium that an aggregator names as its source


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldFeed:
    """The channel and its first entries."""

    title: str
    language: str
    entries: Sequence[ToldEntry]
