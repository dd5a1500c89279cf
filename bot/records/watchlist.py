"""What feeds.yaml says: what is followed, and where it is looked for."""

from dataclasses import dataclass

from bot.records.sources import Feed


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What people follow. `examples` and `near_misses` are titles or short passages; `phrases` are matched as words.

    `misleading`: phrases of what is often mistaken for it; they speak against it in a title that has none of its own.
    `threshold` None: the one that belongs to the head that scores the topic.
    """

    id: str
    name: str
    description: str
    examples: tuple[str, ...]
    near_misses: tuple[str, ...]
    phrases: tuple[str, ...]
    misleading: tuple[str, ...] = ()
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A named programme with its aliases."""

    id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Watchlist:
    """All of feeds.yaml: what is followed, and where it is looked for.

    `keyless`: feeds that are not polled, since their addresses want a key that nobody gave us, with the setting for it.
    """

    topics: tuple[Topic, ...]
    subjects: tuple[Subject, ...]
    feeds: tuple[Feed, ...]
    keyless: tuple[tuple[Feed, str], ...] = ()
