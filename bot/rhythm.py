"""A source's own rhythm: how often it brings something, and whether its silence is like it. Pure.

times it brought something -> usual and longest silence -> how often to ask, and "ok", "quiet" or "late"
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.records import Pace

HISTORY = 40
"""Hours in which a source brought something that we remember: a day or two of a wire, a season of a senator."""

ENOUGH = 6
"""Such hours before we speak of a rhythm."""

UNLIKE_IT = 2
"""Times its longest silence that a source is silent before it is called late. Of 38 months of 500 members' releases
this called a living one late once in 39 months a member; its longest silence alone once in 5, three times it once in
200, but then a dead one is found half as fast (benchmarks/lateness.py)."""

SHORTEST_SILENCE = timedelta(days=2)
"""Nobody is late sooner: a wire's longest silence may be a night's."""

FORGOTTEN = timedelta(days=90)
"""A source without a rhythm that brought nothing for so long is late too: placeholders and dead feeds look so."""

ALONE = 10
"""Times any other silence that one of more than `FORGOTTEN` must be not to count: an old entry pinned to a list."""

LOOKS = 10
"""Looks between two news, where the bounds of a source let us: what is new is then seen after a tenth of its rhythm."""


def remembered(history: Sequence[datetime], came: Iterable[datetime], now: datetime) -> tuple[datetime, ...]:
    """Return the last `HISTORY` hours in which a source brought something, oldest first; none is later than `now`."""
    hours = {min(at, now).replace(minute=0, second=0, microsecond=0) for at in (*history, *came)}
    return tuple(sorted(hours)[-HISTORY:])


def pace(history: Sequence[datetime], now: datetime) -> Pace:
    """Return how a source that could be read does: "ok", "quiet" within its own rhythm, or "late" beyond it."""
    if not history:
        return "ok"
    silent, silences = now - history[-1], _silences(history)
    if silences is None:
        return "late" if silent > FORGOTTEN else "ok"
    if silent > max(UNLIKE_IT * _longest(silences), SHORTEST_SILENCE):
        return "late"
    return "quiet" if silent > max(2 * _usual(silences), timedelta(days=1)) else "ok"


def usual(history: Sequence[datetime]) -> timedelta | None:
    """Return the usual silence between two news; None: too few are known."""
    silences = _silences(history)
    return None if silences is None else _usual(silences)


def interval(history: Sequence[datetime], shortest: timedelta, longest: timedelta) -> timedelta:
    """Return how long to wait between two looks; the shortest of what may be, where no rhythm is known."""
    silences = _silences(history)
    return shortest if silences is None else min(max(_usual(silences) / LOOKS, shortest), longest)


def is_known(history: Sequence[datetime]) -> bool:
    """Has a source brought something often enough to have a rhythm?"""
    return len(history) >= ENOUGH


def _silences(history: Sequence[datetime]) -> list[timedelta] | None:
    if not is_known(history):
        return None
    return [later - sooner for sooner, later in pairwise(history)]


def _longest(silences: Sequence[timedelta]) -> timedelta:
    *_, second, longest = sorted(silences)
    return second if longest > max(FORGOTTEN, ALONE * second) else longest


def _usual(silences: Sequence[timedelta]) -> timedelta:
    return sorted(silences)[len(silences) // 2]
