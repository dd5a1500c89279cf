"""What an item had to pass on its way to a reader, and where it was stopped (pure).

topic -> duplicate -> age -> filter -> story already sent -> quiet hours -> digest
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.following import follows
from bot.records import Chronicle, Gate, Held, Judged, Label, Match, Subscriber, Subscription, Told

MEMORY = timedelta(days=7)
"""How far back a digest looks for what was not told, be it for an outage or because an editor split it off."""

HELD: Mapping[Held, str] = {
    "first poll": "its feed was new and the item older than a day",
    "too old": "it was listed only now but is dated days before the feed's last visit",
    "flood": "its feed changed all its entries at once, so they count as old",
    "import": "it was imported, not polled",
}
"""Why an item was recorded in silence, in words."""

UNDELIVERED = ("failed", "gone")
"""What became of a delivery that reached nobody."""


def looks_back_to(told: tuple[datetime, datetime] | None, now: datetime) -> datetime:
    """Return from when on the next digest of a subscription looks for what was first seen, or labelled.

    `told`: from when and until when it has been told; None: never yet.
    """
    # Counted from the last digest, not from now: however long we were off, what was seen since is still to be told.
    return max(told[0], told[1] - MEMORY) if told else now - MEMORY


def gates(
    judged: Judged,
    told: Sequence[Told],
    story: Chronicle | None = None,
    story_told: Sequence[Told] = (),
    readers: Sequence[Subscriber] = (),
    *,
    labels: Sequence[Label] = (),
    since: Mapping[str, datetime] | None = None,
    followed: Collection[str] | None = None,
) -> tuple[Gate, ...]:
    """Return the gates in the order in which an item meets them.

    After the first that it did not pass on the way to all readers none follow; after that each reader has gates of
    their own, named "reader: gate", up to the first that stopped it. `told`: who was told of the item itself,
    `story_told`: of others of its story. `labels`: what its community says of it. `since`: from when on the next digest
    of each reader looks, by the reader's id; those left out are not asked. `followed`: the topics in force; None: all.
    """
    in_force = [m for m in judged.matches if followed is None or m.topic_id in followed]
    judged = replace(judged, matches=tuple(in_force))
    common = _until_stopped(_common(judged, story))
    if not common[-1].passed:
        return common
    said = [at for label in labels for at in (label.at, label.undone) if at is not None]
    news, since = max([judged.item.first_seen, *said]), since or {}
    past = {reader for reader, begin in since.items() if news < begin}
    own = (_until_stopped(_own(reader, judged, told, story_told, past)) for reader in readers)
    return (*common, *(gate for some in own for gate in some))


def _until_stopped(met: Iterable[Gate]) -> tuple[Gate, ...]:
    passed = []
    for gate in met:
        passed.append(gate)
        if not gate.passed:
            break
    return tuple(passed)


def _common(judged: Judged, story: Chronicle | None) -> Iterator[Gate]:
    yield Gate(name="topic", passed=any(match.flagged for match in judged.matches), says=_about(judged.matches))
    yield Gate(name="duplicate", passed=True, says=_copies(judged, story))
    held = judged.item.held
    yield Gate(name="age", passed=held is None, says="news" if held is None else f"not announced: {HELD[held]}")


def _own(
    reader: Subscriber, judged: Judged, told: Sequence[Told], story_told: Sequence[Told], past: Collection[str]
) -> Iterator[Gate]:
    def gate(name: str, passed: bool, says: str) -> Gate:
        return Gate(name=f"{reader.id}: {name}", passed=passed, says=says)

    mine = [one for one in told if one.subscriber_id == reader.id]
    if not mine:  # who was told before a filter was narrowed was told
        yield gate("filter", follows(reader, judged), _filter(reader))
        others = [one for one in story_told if one.subscriber_id == reader.id]
        yield gate("story", not others, _already(judged, others))
        yield gate("quiet hours", True, _quiet(reader))
    failed = [one for one in mine if one.state in UNDELIVERED]
    waits = (
        f"not looked at: digests look back {MEMORY.days} days, and not to before their channel followed it"
        if reader.id in past
        else "waits for the next digest"
    )
    says = "told" if mine else waits
    yield gate("digest", bool(mine) and len(failed) < len(mine), f"delivery {failed[0].state}" if failed else says)


def _filter(reader: Subscriber) -> str:
    return "; or ".join(dict.fromkeys(map(_follows_only, reader.subscriptions))) or "follows nothing"


def _follows_only(subscription: Subscription) -> str:
    followed = [*subscription.topics, *subscription.categories, *subscription.feeds]
    followed += [f"“{word}”" for word in subscription.words]
    if subscription.threshold is not None:
        followed.append(f"from {subscription.threshold:.2f}")
    return f"follows {', '.join(followed)} only" if followed else "follows everything"


def _quiet(reader: Subscriber) -> str:
    if reader.paused:
        return "paused: what comes is held"
    return f"held from {reader.quiet[0]:%H:%M} to {reader.quiet[1]:%H:%M}" if reader.quiet else "none set"


def _already(judged: Judged, others: Sequence[Told]) -> str:
    if not others:
        return "not told before"
    before = min(one.composed for one in others) <= judged.item.first_seen
    return f"its story was told {'before it came' if before else 'under another headline'}"


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
