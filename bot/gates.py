"""What an item had to pass on its way to a reader, and where it was stopped (pure).

topic -> duplicate -> age -> filter -> story already sent -> quiet hours -> digest
"""

from collections.abc import Iterator, Mapping, Sequence

from bot.records import Chronicle, Gate, Held, Judged, Match, Subscriber, Told

HELD: Mapping[Held, str] = {
    "first poll": "its feed was new and the item older than a day",
    "too old": "it was listed only now but is dated days before the feed's last visit",
    "flood": "its feed changed all its entries at once, so they count as old",
    "import": "it was imported, not polled",
}
"""Why an item was recorded in silence, in words."""


def gates(
    judged: Judged,
    told: Sequence[Told],
    story: Chronicle | None = None,
    story_told: Sequence[Told] = (),
    readers: Sequence[Subscriber] = (),
) -> tuple[Gate, ...]:
    """Return the gates in the order in which an item meets them; after the first it did not pass, none follow.

    `told`: who was told of the item itself, `story_told`: of others of its story.
    """
    met = list(_met(judged, told, story, story_told, readers))
    stopped = next((n for n, gate in enumerate(met) if not gate.passed), len(met) - 1)
    return tuple(met[: stopped + 1])


def _met(
    judged: Judged,
    told: Sequence[Told],
    story: Chronicle | None,
    story_told: Sequence[Told],
    readers: Sequence[Subscriber],
) -> Iterator[Gate]:
    yield Gate(name="topic", passed=any(match.flagged for match in judged.matches), says=_about(judged.matches))
    yield Gate(name="duplicate", passed=True, says=_copies(judged, story))
    held = judged.item.held
    yield Gate(name="age", passed=held is None, says="news" if held is None else f"not announced: {HELD[held]}")
    following = [reader.id for reader in readers if _follows(reader, judged)]
    if readers:
        says = f"lets it through to {', '.join(following)}" if following else "no reader follows its topic and source"
        yield Gate(name="filter", passed=bool(following) or bool(told), says=says)
    before = sorted({one.subscriber_id for one in story_told})
    already = f"its story was told to {', '.join(before)} before this item came"
    yield Gate(
        name="story", passed=bool(told) or not before, says=already if before and not told else "not told before it"
    )
    if readers:
        yield Gate(name="quiet hours", passed=True, says="no reader has any")
    times = f"told in {len(told)} digest{'' if len(told) == 1 else 's'}"
    yield Gate(name="digest", passed=bool(told), says=times if told else "waits for the next digest")


def _about(matches: Sequence[Match]) -> str:
    said = [m.topic_id + (" (labelled relevant)" if m.verdict else "") for m in matches if m.flagged]
    if said:
        return f"about {', '.join(said)}"
    taken = [f"{m.topic_id} ({m.verdict})" for m in matches if m.likely]
    return f"taken off by labels: {', '.join(taken)}" if taken else "below every topic's threshold"


def _copies(judged: Judged, story: Chronicle | None) -> str:
    also = f", also seen on {', '.join(judged.also)}" if judged.also else ""
    if story is None or len(story.items) == 1:
        return f"the only item of its story{also}"
    if story.headline.id == judged.item.id:
        return f"the headline of story {story.id}, {len(story.items)} items{also}"
    return f"in story {story.id} of {len(story.items)} items, told under the headline of {story.headline.source}{also}"


def _follows(reader: Subscriber, judged: Judged) -> bool:
    topics = [m.topic_id for m in judged.matches if m.flagged and (not reader.topics or m.topic_id in reader.topics)]
    return bool(topics) and (not reader.categories or judged.item.category in reader.categories)
