"""What is said around the stories of a digest: in which sections, how many, of what time, what could not be read."""

from collections.abc import Sequence

from bot.digests import NOT_POLLED, rank
from bot.records import Digest, Story
from bot.render import words

NAMED = 3
"""Sources named that could not be read; the others are behind a button."""


ALONE = 12
"""Sources that have a line of their own, where no more could not be read; else they stand together by reason."""

TOGETHER = 20
"""Sources named in such a line: a wall before all of house.gov stops 436 at once."""

LETTERS = "Letters and demands"
"""The heading of what members of Congress ask for in writing, where it comes before the topics."""


def sections(digest: Digest, *, letters_first: bool = False) -> list[tuple[str, Sequence[Story]]]:
    """Return the sections of a digest, each with its name: the topics, or before them the letters of all topics."""
    topics = [(section.topic.name, section.stories) for section in digest.sections]
    if not letters_first:
        return list(topics)
    letters = [story for _, stories in topics for story in stories if rank(story.headline) == 0]
    others = [(name, [story for story in stories if rank(story.headline) != 0]) for name, stories in topics]
    return [(name, stories) for name, stories in ((LETTERS, letters), *others) if stories]


def heading(digest: Digest, stories: int) -> str:
    """Return how many stories a digest has, or why it has none."""
    if stories:
        return words.count(stories, "story", "stories")
    return "Nothing could be read" if digest.unread and len(digest.unread) == digest.watched else "Nothing new"


def period(digest: Digest) -> str:
    """Return of which time a digest tells."""
    return f"{words.moment(digest.since, digest.zone)} to {words.moment(digest.until, digest.zone)}"


def sources(digest: Digest) -> str:
    """Return what could not be read, so that "nothing new" is not mistaken for "could not look"."""
    if not digest.unread:
        return f"{words.count(digest.watched, 'source', 'sources')} watched; all could be read."
    named = [f"{words.plain(source.name)} ({source.reason})" for source in digest.unread[:NAMED]]
    more = f" and {len(digest.unread) - NAMED} more" if len(digest.unread) > NAMED else ""
    watched = words.count(digest.watched, "source", "sources")
    said = f"Could not read {len(digest.unread)} of {watched}, so something may be missing: {', '.join(named)}{more}."
    return words.cut(said, 600)


def unread(digest: Digest) -> list[str]:
    """Return a line for each source that could not be read, or for each reason where they are many, unescaped."""
    lost = [source for source in digest.unread if source.since]
    alone = lost if len(lost) <= ALONE else []
    lines = [
        f"{one.name}: {one.reason}, last read {words.moment(one.since, digest.zone)}" for one in alone if one.since
    ]
    together: dict[str, list[str]] = {}
    for source in digest.unread:
        if source not in alone:
            before = "read before" if source.since else "never read so far"
            reason = source.reason if source.reason == NOT_POLLED else f"{source.reason}, {before}"
            together.setdefault(reason, []).append(source.name)
    return lines + [f"{reason}: {_few(names)}" for reason, names in together.items()]


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - TOGETHER:,} more" if len(names) > TOGETHER else ""
    return "; ".join(names[:TOGETHER]) + more


def day(digest: Digest) -> str:
    """Return the local day of a digest, as a forum's post is named by it."""
    return words.moment(digest.until, digest.zone).split(",")[0]


def calls(digest: Digest, mention_from: float) -> bool:
    """Is a digest sure enough of a story to call somebody? What people decided does not: they know."""
    matches = (match for section in digest.sections for story in section.stories for match in story.matches)
    return any(match.verdict is None and match.probability >= mention_from for match in matches)
