"""Which new items are recorded without being announced: old ones are no news, and a feed's accident is none either."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.records import Held, Item

LATE = timedelta(days=2)
"""Sources list items late, DHS by up to a day; what is older than this was dug out of an archive."""

_FIRST_POLL = timedelta(days=1)  # announced of a new feed
_DAY = timedelta(days=1)
_FLOOD = 10  # entries; fewer at once are a busy day


def held(
    item: Item,
    *,
    first_poll: bool,
    since: datetime | None,
    now: datetime,
    flood: bool,
    late_from: datetime | None = None,
    began: datetime | None = None,
) -> Held | None:
    """Return why `item`, new to us, is not announced; None: it is.

    - "flood": its document is one (`floods`)
    - "first poll": the feed is new, and the item is not of its last day, or nobody knows of which
    - "too old": it came out more than two days before the feed's last success, `since`, and is listed only now

    `late_from`: the feed lists under its own date what it could not show before, so that what came out from then on is
    as new as what is seen first. `began`: since when the feed is watched, where what is new is but a document that it
    names: what came out from then on is no less new for that. An item whose day alone is known counts as of the end of
    that day.
    """
    if flood:
        return "flood"
    if first_poll:
        new_from = min(now - _FIRST_POLL, began or now)
        return "first poll" if _is_undated(item) or _latest(item) < new_from else None
    return "too old" if _is_older(item, since, late_from) else None


def floods(
    items: Sequence[Item], *, unseen: int, known: bool, since: datetime | None, late_from: datetime | None = None
) -> bool:
    """Is this document the feed's accident rather than news: every id changed at once, or all dates set back?

    `items` are all that the document lists, `unseen` how many are new to us, `known`: the feed had items before.
    True where at least ten entries are all unseen, and none has a date of its own that makes it news, see `held`.
    """
    if not known or unseen < len(items) or len(items) < _FLOOD:
        return False
    return all(_is_undated(item) or _is_older(item, since, late_from) for item in items)


def _is_undated(item: Item) -> bool:
    # An item without a believable date is given that of the moment it was first seen.
    return item.published >= item.first_seen


def _is_older(item: Item, since: datetime | None, late_from: datetime | None) -> bool:
    if since is None or _latest(item) >= since - LATE:
        return False
    return late_from is None or _latest(item) < late_from


def _latest(item: Item) -> datetime:
    return item.published + (_DAY if item.day_only else timedelta())
