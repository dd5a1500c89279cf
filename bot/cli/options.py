"""What several commands take, and what it means: categories, topics, feeds, counts and moments."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges
from bot.errors import Refused
from bot.records import LOCAL

if TYPE_CHECKING:
    from bot.records import Category, Watchlist
    from bot.store import Wanted


class Source(StrEnum):
    """Who speaks."""

    congress = "congress"
    dhs = "dhs"
    government = "government"
    advocacy = "advocacy"
    news = "news"


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic's id; may be repeated.")]
Sources = Annotated[list[Source] | None, typer.Option("--source", help="Only this category; may be repeated.")]
Feeds = Annotated[list[str] | None, typer.Option("--feed", help="Only this feed's id; may be repeated.")]
MEMBER = "Only this member of Congress: a part of the name, in any case; may be repeated."
Members = Annotated[list[str] | None, typer.Option("--member", help=MEMBER)]
IN = "Whose labels count: a server's or a workspace's name; by default those given at this terminal."
Community = Annotated[str, typer.Option("--community", help=IN)]
Person = Annotated[str | None, typer.Option("--by", help="Who judges; by default who is logged in.")]
Count = Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many at most.")]
SINCE = "From when: 2026-04-05, 2026-04-05T14:00, or 7d, 12h ago; a date means its midnight in LOOKOUT_ZONE."
Since = Annotated[str | None, typer.Option("--since", help=SINCE)]
To = Annotated[str | None, typer.Option("--to", help="Until before when, written as --since; by default now.")]


def wanted(
    topic: list[str] | None,
    source: list[Source] | None,
    feed: list[str] | None,
    member: list[str] | None,
    since: str | None,
    to: str | None,
) -> "Wanted":
    """Return which items are asked for: flagged ones alone where topics are named.

    Raises typer.BadParameter for a topic or feed that nobody follows, a blank name, and what is no moment.
    """
    from bot.store import Wanted

    zone = edges.settings().zone
    return Wanted(
        topics=known_topics(topic, edges.watchlist()) if topic else (),
        categories=categories(source),
        feeds=_known_feeds(feed, edges.watchlist()) if feed else (),
        members=_names(member),
        since=moment(since, zone, "--since"),
        until=moment(to, zone, "--to"),
        flagged=bool(topic),
        community=LOCAL,
    )


def matching(wanted: "Wanted") -> "Wanted":
    """Return the same, but only what matches a topic asked for or, where none is, one that is followed now."""
    return replace(wanted, topics=wanted.topics or tuple(t.id for t in edges.watchlist().topics), flagged=True)


def _names(member: list[str] | None) -> tuple[str, ...]:
    if any(not name.strip() for name in member or ()):
        raise typer.BadParameter("is blank; write a name, or a part of one", param_hint="--member")
    return tuple(name.strip() for name in member or ())


def categories(source: list[Source] | None) -> tuple["Category", ...]:
    """Return the categories asked for; none: all."""
    return tuple(one.value for one in source or ())


def known_topics(asked: list[str] | None, watchlist: "Watchlist") -> tuple[str, ...]:
    """Return the topics asked for; none: all. Raises typer.BadParameter for one that feeds.yaml does not have."""
    known = [topic.id for topic in watchlist.topics]
    unknown = [topic for topic in asked or () if topic not in known]
    if unknown:
        raise typer.BadParameter(f"no topic {unknown[0]!r}; there are {', '.join(known)}", param_hint="--topic")
    return tuple(asked or ())


def _known_feeds(asked: list[str], watchlist: "Watchlist") -> tuple[str, ...]:
    known = {"import", *(feed.id for feed in watchlist.feeds)}
    if unknown := [feed for feed in asked if feed not in known]:
        says = f"no feed {unknown[0]!r}; there are import and those that `lookout feeds` lists"
        raise typer.BadParameter(says, param_hint="--feed")
    return tuple(asked)


def moment(written: str | None, zone: str, option: str) -> datetime | None:
    """Return the moment that is written as `SINCE` says, in UTC. Raises typer.BadParameter where it is none."""
    from bot import commands
    from bot.app import utc_now

    try:
        return None if written is None else commands.moment(written, zone, utc_now())
    except Refused as e:
        raise typer.BadParameter(str(e), param_hint=option) from e
