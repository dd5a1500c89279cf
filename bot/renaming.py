"""A feed that gets another id goes on where it stood under the old one: nothing is lost meanwhile, nothing told twice.

watch list + states of feeds -> who was called what -> the new ids everywhere, in one transaction

One that gets another address is asked there at once: who mends an address of a source that fails need not wait for it.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile

import structlog

from bot import feeds
from bot.config import same_address
from bot.records import Feed, FeedState, Watchlist
from bot.store import Store

log = structlog.get_logger()

_NEVER = datetime.min.replace(tzinfo=UTC)

_APART = datetime(2019, 1, 19, 12, tzinfo=UTC), datetime(2020, 12, 28, 12, tzinfo=UTC)
"""Two times whose days are written with other digits, but for the century's, also some days before."""


async def take_over(store: Store, watched: Watchlist, *, polling: Container[str] = ()) -> set[str]:
    """Let feeds with new ids take over what is stored of them under the old, and log each; who has moved is due.

    Return those that are not to be polled yet: a poll under the old id or at the old address, one of `polling`, is
    still to be written.
    """
    found = renamed(watched, await store.states())
    waiting = {new for new, old in found.items() if old in polling}
    ready = {old: new for new, old in found.items() if new not in waiting}
    for old in await store.rename(ready) if ready else ():
        log.info("a feed goes on under its new id", feed=ready[old], was=old)
    elsewhere = moved(watched, await store.states())
    busy = {id for id in elsewhere if id in polling}
    await store.switch(dict.fromkeys(elsewhere - busy))
    return waiting | busy


def moved(watched: Watchlist, states: Mapping[str, FeedState]) -> set[str]:
    """Return the feeds that wait for a time which was set at another address than they have now."""
    waiting = {id: one for id, one in states.items() if one.address and one.next_poll and one.off is None}
    return {one.id for one in watched.feeds if one.id in waiting and not _home(one).has(waiting[one.id].address)}


def renamed(watched: Watchlist, states: Mapping[str, FeedState]) -> dict[str, str]:
    """Return new ids with the old ones: of feeds that were never polled, whose address another was last asked at.

    That other is one which the watch list no longer names. Of several at one address, the one that was read last goes
    on first.
    """
    named = {feed.id for feed in watched.feeds} | {feed.id for feed, _ in watched.keyless}
    left = [state for id, state in states.items() if id not in named and state.address]
    left.sort(key=lambda state: state.succeeded or _NEVER, reverse=True)
    found = {}
    for feed in watched.feeds if left else ():
        state = states.get(feed.id)
        if state is None or state.polled is None:
            home = _home(feed)
            old = next((one for one in left if home.has(one.address)), None)
            if old is not None:
                found[feed.id] = old.feed_id
                left.remove(old)
    return found


@dataclass(frozen=True, kw_only=True)
class _Home:
    """The address of a feed: what stands before and after the digits of a date, where it asks for one."""

    begin: str
    dated: str
    end: str

    def has(self, address: str) -> bool:
        """Is it this address, on whatever day that was asked?"""
        address = same_address(address)
        middle = address[len(self.begin) : len(address) - len(self.end)]
        return address == f"{self.begin}{middle}{self.end}" and _undated(middle) == self.dated


def _home(feed: Feed) -> _Home:
    # The kinds alone know where a date stands in what they ask: where two questions of other days differ.
    one, other = (same_address(feeds.address(feed, None, at)) for at in _APART)
    if one == other:
        return _Home(begin=one, dated="", end="")
    begin = _begin(one, other)
    rest = one[len(begin) :], other[len(begin) :]
    end = _begin(rest[0][::-1], rest[1][::-1])[::-1]
    return _Home(begin=begin, dated=_undated(rest[0].removesuffix(end)), end=end)


def _begin(one: str, other: str) -> str:
    """Return what both begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(char for char, _ in same)


def _undated(text: str) -> str:
    return re.sub("[0-9]", "0", text)
