"""Adds feeds to the feeds.yaml in force: whole and readable, or not at all."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot import feeds, stanzas
from bot.config import shipped_watchlist, watchlist, watchlist_text
from bot.errors import ConfigError, Mistake, StoreError
from bot.records import Feed, Member


def followed(path: Path, members: Sequence[Member]) -> Sequence[Feed]:
    """Return the feeds of a feeds.yaml, none where it has none yet. Raises ConfigError with every mistake in it."""
    text = watchlist_text(path)
    if not stanzas.has_feeds(text, str(path)):
        return ()
    return watchlist(text, file=str(path), problems=feeds.problems, members=members).feeds


def add(path: Path, more: Sequence[Feed], members: Sequence[Member]) -> None:
    """Write feeds at the end of the feeds of a feeds.yaml, all else as it stands.

    It is put in place only where it reads without a mistake, and says what it said before and the new feeds. Raises
    ConfigError where it would not, and for the file that Lookout ships; StoreError where it cannot be written. Then
    nothing is changed.
    """
    if path == shipped_watchlist():
        says = "is the one that Lookout ships, and renews; copy it to where you work, or set LOOKOUT_FEEDS"
        raise ConfigError([Mistake(file=str(path), line=None, says=says)])
    before, after = followed(path, members), stanzas.appended(watchlist_text(path), more, str(path))
    read = watchlist(after, file=f"{path} with what would be added", problems=feeds.problems, members=members).feeds
    there = {feed.id: feed for feed in read}
    # A member's page yields to a feed written by hand with its address.
    lost = [one for one in before if there.get(one.id) != one and not one.id.startswith("congress-")]
    if lost or any(there.get(one.id) != replace(one, slowest=one.slowest or one.every) for one in more):
        says = "could not be added to without changing what it says; add the feeds by hand"
        raise ConfigError([Mistake(file=str(path), line=None, says=says)])
    _put(path, after)


def _put(path: Path, text: str) -> None:
    place = path.resolve()  # a link stays one
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        shutil.copymode(place, fresh)
        fresh.replace(place)
    except OSError as e:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"cannot write {path}: {e.strerror or e}") from e
