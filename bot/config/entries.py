"""The entries of feeds.yaml, by section, and what they become."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from bot.config.congress import Group, polled
from bot.config.values import SHORTEST_GOV, Address, Every, Id, Interval, Phrase, Phrases, Row, Text, Texts
from bot.records import Category, Feed, Member, Subject, Topic, Watchlist


class _Topic(Row):
    id: Id
    name: Text
    description: Text
    examples: Annotated[Texts, Field(min_length=1)]
    near_misses: Texts = ()
    phrases: Phrases
    misleading: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class _Subject(Row):
    id: Id
    name: Text
    aliases: Phrases


class _Feed(Row):
    id: Id
    name: Text
    kind: Text
    url: Address
    category: Category
    every: Interval
    options: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _options_apart(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        return {**{key: value for key, value in written.items() if key in CORE}, "options": options_of(written)}

    @field_validator("every")
    @classmethod
    def _patient(cls, every: Every, info: ValidationInfo) -> Every:
        host = urlsplit(info.data.get("url", "")).hostname or ""
        if host.endswith(".gov") and every.shortest < SHORTEST_GOV:
            raise ValueError("must be at least 10 min for a .gov site")
        return every


class File(Row):
    """A whole feeds.yaml."""

    topics: Annotated[tuple[_Topic, ...], Field(strict=False, min_length=1)]
    subjects: Annotated[tuple[_Subject, ...], Field(strict=False)] = ()
    feeds: Annotated[tuple[_Feed, ...], Field(strict=False, min_length=1)]
    congress: Annotated[tuple[Group, ...], Field(strict=False)] = ()

    def watchlist(self, members: Sequence[Member]) -> Watchlist:
        """Return what it says to watch; `members` are those of whom its section on Congress chooses."""
        by_hand = tuple(
            Feed(**dict(row) | {"every": row.every.shortest, "slowest": row.every.longest}) for row in self.feeds
        )
        return Watchlist(
            topics=tuple(Topic(**dict(row)) for row in self.topics),
            subjects=tuple(Subject(**dict(row)) for row in self.subjects),
            feeds=(*by_hand, *polled(self.congress, members, by_hand)),
        )


CORE = ("id", "name", "kind", "url", "category", "every")
"""The keys every feed has; all others are for its kind."""

KEYS = {
    "topics": tuple(_Topic.model_fields),
    "subjects": tuple(_Subject.model_fields),
    "feeds": (*CORE, "selectors"),
    "congress": tuple(Group.model_fields),
}
"""The keys that the entries of each section have."""


def options_of(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a feed tells its kind: the keys of `selectors` and those that stand beside it."""
    beside = {key: value for key, value in written.items() if key not in KEYS["feeds"]}
    return {**selectors_of(written), **beside}


def selectors_of(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the `selectors` of a feed as they are written."""
    selectors = written.get("selectors")
    return selectors if isinstance(selectors, dict) else {}
