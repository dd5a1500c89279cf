"""The sources: what we poll, how often, and where a source tells that it is pushed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Category = Literal["congress", "dhs", "government", "news", "advocacy"]
"""Who speaks. Primary sources are everything but news."""

CATEGORIES: tuple[Category, ...] = ("congress", "dhs", "government", "advocacy", "news")


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One address we poll, whatever its format.

    `kind` names a file in `feeds/`. `options` holds what that kind needs (selectors, article, ...),
    checked by the kind when feeds.yaml is read. It is asked every `every`, or, where it brings little, up to as seldom
    as every `slowest` (None: no more seldom).
    """

    id: str
    name: str
    kind: str
    url: str
    category: Category
    every: timedelta
    slowest: timedelta | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Where a feed says that it is pushed (WebSub): its hub, and what it is called there."""

    hub: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Our subscription to a feed at its hub: `token` is in our address there, `secret` signs what comes.

    `asked`: when we last asked for it; `until`: how long the hub promised to tell us, None: it never did.
    """

    feed_id: str
    hub: str
    topic: str
    token: str
    secret: str
    asked: datetime | None = None
    until: datetime | None = None
