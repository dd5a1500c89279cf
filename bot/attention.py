"""What the operators should hear of the sources: each change of state once, and recovery once.

states of feeds + what was told of them -> changes -> one notice in the outbox, and what is told by it, written together

Where many sources stand behind one wall, their changes wait until the wall has met them all, and are told as one.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

import structlog

from bot import composing, render, rhythm
from bot.fetch import shared_wall
from bot.records import Feed, FeedState
from bot.store import Store

log = structlog.get_logger()

PASSING = ("timeout", "unreachable", "server error")
"""Reasons that go by themselves, and turn into one another: told as one, and after three polls in a row."""

LOOKS = {"passing": 3, "lasting": 2}
"""Failed polls in a row after which a source's state is told: the newsrooms drop a connection now and then, and walls
have bad moments."""

NAMED = 12
"""Sources named in one notice at most; `lookout feeds` has them all."""

LONGEST = 1_400
"""Characters of a notice: escaped, it must fit a chat's message of 2,000."""

IN_PART = "read in part"
"""How a source stands that shows the first pages of its list and refuses a further one."""

NO_LONGER = f"no longer {IN_PART}"
"""Then the rest was read or given up; only the source's state says which."""

FEW = 3
"""Sources behind one wall that are still named one by one."""

SOON = timedelta(hours=2)
"""How long operators may wait to hear that a wall is up, while it meets more sources."""

LATEST = timedelta(days=1)
"""How long for what else happens behind a wall: a source that fails is asked at least so often."""

_A_WALL_S = ("blocked", "out of reach")
"""What a wall makes of a source. All else is the source's own, and waits for no other."""

Crowds = Mapping[str, Mapping[str, int]]
"""How the sources behind each wall stand now: how many in each way, of those that are switched on."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A source that stands otherwise than the operators know; `standing` empty: it is well again."""

    feed: Feed
    state: FeedState
    standing: str

    @property
    def says(self) -> str:
        """In a word, how it stands now."""
        if self.standing or self.state.off:
            return self.standing or "switched off"
        return NO_LONGER if self.state.told == IN_PART else "well again"


async def tell(
    store: Store,
    feeds: Sequence[Feed],
    to: tuple[str, str] | None,
    now: datetime,
    zone: str,
    held: dict[str, datetime] | None = None,
) -> list[Change]:
    """Tell the operators what changed, in the log and in one notice to their channel; return it.

    `to`: the channel's medium and address; None: they have none. `held`: since when changes wait behind each wall,
    which is kept here for the next time; None: none waits, for there is no next time soon.
    """
    states = await store.states()
    found = changes(feeds, states)
    if held is not None:
        begun = {wall: min(held.get(wall, now), now) for wall in _by_wall(found)}  # a clock may be set back
        held.clear()
        held |= {wall: since for wall, since in begun.items() if not is_whole(wall, feeds, states, since, now)}
        found = [one for one in found if _wall_of(one) not in held]
    if not found:
        return []
    notice = None
    if to is not None:
        says = said(found, zone, crowds(feeds, states))
        key, subject = secrets.token_hex(10), f"Lookout's sources: {counted(found)}"
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
    if state.off:
        return ""
    if state.is_read:
        return IN_PART if state.rest_tries >= LOOKS["lasting"] else "late" if state.state == "late" else ""
    if state.reason in PASSING:
        return "out of reach" if state.failures >= LOOKS["passing"] else state.told
    return state.reason if state.reason and state.failures >= LOOKS["lasting"] else state.told


def is_whole(wall: str, feeds: Sequence[Feed], states: Mapping[str, FeedState], since: datetime, now: datetime) -> bool:
    """Has the wall met all that stand behind it since the first of them changed, or was that too long ago?

    Each was polled since then, and none has failed too seldom yet to be told of. A wall that is up is told `SOON`; what
    the operators know of most, that more are behind it, or fewer, may take until `LATEST`.
    """
    behind = [states[feed.id] for feed in feeds if feed.id in states and _wall(feed) == wall]
    there = [state for state in behind if not state.off]
    if all(state.polled and state.polled >= since and not _is_undecided(state) for state in there):
        return True
    stand, known = Counter(standing(state) for state in there), Counter(state.told for state in there)
    is_news = any(stand[one] > 2 * known[one] for one in _A_WALL_S)
    return now - since >= (SOON if is_news else LATEST)


def crowds(feeds: Sequence[Feed], states: Mapping[str, FeedState]) -> Crowds:
    """Return how the sources behind each wall stand."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for feed in feeds:
        state, wall = states.get(feed.id, FeedState(feed_id=feed.id)), _wall(feed)
        if wall is not None and not state.off:
            counts[wall][standing(state)] += 1
    return counts


def _wall(feed: Feed) -> str | None:
    return shared_wall(urlsplit(feed.url).hostname or "")


def _wall_of(change: Change) -> str | None:
    """Return the wall whose doing a change may be; None: it is the source's own, or an operator's."""
    is_its = not {change.standing, change.state.told}.isdisjoint(_A_WALL_S) and not change.state.off
    return _wall(change.feed) if is_its else None


def _by_wall(found: Iterable[Change]) -> dict[str, list[Change]]:
    """Return what may be each wall's doing."""
    together: defaultdict[str, list[Change]] = defaultdict(list)
    for one in found:
        if (wall := _wall_of(one)) is not None:
            together[wall].append(one)
    return together


def _is_undecided(state: FeedState) -> bool:
    """Does it fail, as behind a wall, but not for long enough to be told of?"""
    looks = LOOKS["passing" if state.reason in PASSING else "lasting"]
    return state.reason in (*PASSING, "blocked") and 0 < state.failures < looks


def counted(found: Sequence[Change]) -> str:
    """Return in a few words what changed: 2 cannot be read, 1 late, 1 well again, 1 switched off."""
    part, late, better = (sum(one.standing == standing for one in found) for standing in (IN_PART, "late", ""))
    off = sum(one.state.off is not None and not one.standing for one in found)
    whole = sum(one.says == NO_LONGER for one in found)
    counts = (
        (len(found) - part - late - better, "cannot be read"),
        (part, IN_PART),
        (late, "late"),
        (better - off - whole, "well again"),
        (whole, NO_LONGER),
        (off, "switched off"),
    )
    return ", ".join(f"{n} {what}" for n, what in counts if n)


def said(found: Sequence[Change], zone: str, behind: Crowds = MappingProxyType({})) -> str:
    """Return what changed, a line for each wall and each other source, as far as a message holds them.

    No strangers' words are in it.
    """
    many = {wall: some for wall, some in _by_wall(found).items() if len(some) > FEW and wall in behind}
    lines = [f"- {wall}: {_said_of_wall(some, behind[wall])}" for wall, some in many.items()]
    alone = sorted((one for one in found if _wall_of(one) not in many), key=_urgency)
    named = [f"- {one.feed.name} ({one.feed.id}): {_said(one, zone)}" for one in alone[:NAMED]]
    while len("\n".join((*lines, *named))) > LONGEST:
        named.pop()
    lines += named
    if len(alone) > len(named):
        lines.append(f"- and {len(alone) - len(named)} more")
    return "\n".join([f"Lookout's sources: {counted(found)}.", *lines, "`lookout feeds` on its machine tells more."])


def _urgency(one: Change) -> int:
    return (IN_PART, "late", "").index(one.standing) if one.standing in (IN_PART, "late", "") else -1


def _said_of_wall(found: Sequence[Change], crowd: Mapping[str, int]) -> str:
    """Return how many stand how: 412 of 437 sources blocked, 182 of them newly; or 400 well again, 12 still blocked."""
    new, total = Counter(one.says for one in found), sum(crowd.values())
    said = []
    for how, number in new.most_common():
        now = crowd.get(how, number)  # of what is well again, only what was not
        said.append(f"{now} of {total} sources {how}{f', {number} of them newly' if now > number else ''}")
    said += [f"{crowd[how]} still {how}" for how in _A_WALL_S if crowd.get(how) and how not in new]
    return ", ".join(said)


def _said(one: Change, zone: str) -> str:
    read = render.words.moment(one.state.succeeded, zone) if one.state.succeeded else None
    if one.standing == IN_PART:
        return f"{IN_PART}; its list goes on, and the rest could not be read so far"
    if one.standing == "late":
        return f"late: {render.words.about(one.state, zone)}{_unlike_it(one.state)}"
    if one.standing:
        return f"{one.standing}; {f'last read {read}' if read else 'never read so far'}"
    if one.says == NO_LONGER:
        return f"{one.says}: the rest of its list was read, or is given up"
    return f"{one.says}, it was {one.state.told}"


def _unlike_it(state: FeedState) -> str:
    return "; it was never silent for half as long" if rhythm.is_known(state.history) else ""
