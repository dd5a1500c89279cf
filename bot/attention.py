"""What the operators should hear of the sources: each change of state once, and recovery once.

states of feeds + what was told of them -> changes -> one notice in the outbox, and what is told by it, written together
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot import composing, render, rhythm
from bot.records import Feed, FeedState
from bot.store import Store

log = structlog.get_logger()

PASSING = ("timeout", "unreachable", "server error")
"""Reasons that go by themselves, and turn into one another: told as one, and after three polls in a row."""

LOOKS = {"passing": 3, "lasting": 2}
"""Failed polls in a row after which a source's state is told: the newsrooms drop a connection now and then, and walls
have bad moments."""

NAMED = 12
"""Sources named in one notice: it must fit a chat's message; `lookout feeds` has them all."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A source that stands otherwise than the operators know; `standing` empty: it is well again."""

    feed: Feed
    state: FeedState
    standing: str


async def tell(
    store: Store, feeds: Sequence[Feed], to: tuple[str, str] | None, now: datetime, zone: str
) -> list[Change]:
    """Tell the operators what changed, in the log and in one notice to their channel; return it.

    `to`: the channel's medium and address; None: they have none.
    """
    found = changes(feeds, await store.states())
    if not found:
        return []
    notice = None
    if to is not None:
        key, says, subject = secrets.token_hex(10), said(found, zone), f"Lookout's sources: {counted(found)}"
        notice = composing.notice(key, "operators", *to, says, now, subject=subject)
    await store.reports.tell_operators({one.feed.id: one.standing for one in found}, notice)
    for one in found:
        tells = log.warning if one.standing else log.info
        tells("source changed", feed=one.feed.id, state=one.standing or "well again", before=one.state.told or "well")
    return found


def changes(feeds: Sequence[Feed], states: Mapping[str, FeedState]) -> list[Change]:
    """Return the sources that stand otherwise than the operators were told, in the order of `feeds`."""
    known = ((feed, states[feed.id]) for feed in feeds if feed.id in states)
    found = (Change(feed=feed, state=state, standing=standing(state)) for feed, state in known)
    return [one for one in found if one.standing != one.state.told]


def standing(state: FeedState) -> str:
    """Return how a source stands with the operators: empty where all is well, or they switched it off."""
    if state.off or state.is_read:
        return "late" if state.state == "late" else ""
    if state.reason in PASSING:
        return "out of reach" if state.failures >= LOOKS["passing"] else state.told
    return state.reason if state.reason and state.failures >= LOOKS["lasting"] else state.told


def counted(found: Sequence[Change]) -> str:
    """Return in a few words what changed: 2 cannot be read, 1 late, 1 well again, 1 switched off."""
    late, better = (sum(one.standing == standing for one in found) for standing in ("late", ""))
    off = sum(one.state.off is not None and not one.standing for one in found)
    counts = (
        (len(found) - late - better, "cannot be read"),
        (late, "late"),
        (better - off, "well again"),
        (off, "switched off"),
    )
    return ", ".join(f"{n} {what}" for n, what in counts if n)


def said(found: Sequence[Change], zone: str) -> str:
    """Return what changed, a line for each source as far as a message holds them; in it are no strangers' words."""
    worst_first = sorted(
        found, key=lambda one: ("late", "").index(one.standing) if one.standing in ("late", "") else -1
    )
    lines = [f"- {one.feed.name} ({one.feed.id}): {_said(one, zone)}" for one in worst_first[:NAMED]]
    if len(found) > NAMED:
        lines.append(f"- and {len(found) - NAMED} more")
    return "\n".join([f"Lookout's sources: {counted(found)}.", *lines, "`lookout feeds` on its machine tells more."])


def _said(one: Change, zone: str) -> str:
    read = render.words.moment(one.state.succeeded, zone) if one.state.succeeded else None
    if one.standing == "late":
        return f"late: {render.words.about(one.state, zone)}{_unlike_it(one.state)}"
    if one.standing:
        return f"{one.standing}; {f'last read {read}' if read else 'never read so far'}"
    return f"{'switched off' if one.state.off else 'well again'}, it was {one.state.told}"


def _unlike_it(state: FeedState) -> str:
    return "; it was never silent for half as long" if rhythm.is_known(state.history) else ""
