"""`lookout retrain`: a community's labels become its heads, after a preview, and only where they are better."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from bot.matching import (
    FEWEST,
    FLOOR,
    Evidence,
    Matcher,
    Trial,
    deciding,
    is_settled,
    judged_anew,
    mark,
    try_out,
)
from bot.records import CommunityHead, Item, Judged, Match
from bot.store import Store

PREVIEW = timedelta(days=14)
"""Of how long ago a preview shows what would be flagged, by date of publication; a new head judges as far back."""

AT_ONCE = 32
"""Items embedded together: half a second or a few."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Retrained:
    """What came of one topic's labels. `trial` None: there are too few; `applied`: its head is in force now.

    `newly` and `no_longer`: the items of the last 14 days that it flags and that were not flagged, and the reverse.
    `says`: why it is, is not or could be in force, in a sentence.
    """

    community: str
    topic_id: str
    relevant: int
    others: int
    trial: Trial | None
    newly: tuple[Item, ...]
    no_longer: tuple[Item, ...]
    applied: bool
    says: str


async def retrain(
    store: Store, matcher: Matcher, topic_id: str, community: str, *, now: datetime, apply: bool
) -> Retrained:
    """Try a head moved by the community's labels, show what it would change, and put it in force if that is better.

    A kill at any moment leaves the head before in force, or the new one with all that it says.
    """
    ever = await store.feedback.labelled(community, topic_id)
    # One rewritten while its topic was not followed has no match with it any more, and nothing to be learnt by.
    labelled = [one for one in ever if any(match.topic_id == topic_id for match in one.matches)]
    yes = [_match(one, topic_id).verdict == "relevant" for one in labelled]
    none_yet = Retrained(
        community=community,
        topic_id=topic_id,
        relevant=sum(yes),
        others=len(yes) - sum(yes),
        trial=None,
        newly=(),
        no_longer=(),
        applied=False,
        says=_missing(sum(yes), len(yes) - sum(yes)),
    )
    if none_yet.says:
        return none_yet
    trial, head = await _tried(store, matcher, topic_id, community, labelled, now)
    recent = await _recent(store, topic_id, community, now)
    said = await _anew(matcher, head, recent)
    changed = [(one.item, new) for one, new in zip(recent, said, strict=True) if new.flagged != _flagged(one, topic_id)]
    applied = apply and trial.objection is None
    if applied:
        await store.feedback.put_in_force(head, said)
        await _catch_up(store, matcher, head, recent, now)
    return replace(
        none_yet,
        trial=trial,
        newly=tuple(item for item, new in changed if new.flagged),
        no_longer=tuple(item for item, new in changed if not new.flagged),
        applied=applied,
        says=_says(trial, applied=applied),
    )


async def _recent(store: Store, topic_id: str, community: str, now: datetime) -> list[Judged]:
    found = await store.feedback.recent(community, topic_id, now - PREVIEW, FLOOR)
    return [one for one in found if not is_settled(_match(one, topic_id))]


def _missing(relevant: int, others: int) -> str:
    """Return how many labels are wanting, in words; nothing where there are enough."""
    wanting = {"relevant": FEWEST - relevant, "not relevant or wrong topic": FEWEST - others}
    said = " and ".join(f"{number} more that say {what}" for what, number in wanting.items() if number > 0)
    return f"too few labels to measure on: it takes {said}" if said else ""


def _says(trial: Trial, *, applied: bool) -> str:
    if trial.objection is not None:
        return f"not put in force: {trial.objection}"
    return "put in force" if applied else "better; `--apply` puts it in force"


async def _tried(
    store: Store, matcher: Matcher, topic_id: str, community: str, labelled: Sequence[Judged], now: datetime
) -> tuple[Trial, CommunityHead]:
    mine = [h for h in await store.feedback.heads() if (h.community, h.topic_id) == (community, topic_id)]
    items = [deciding(one, _match(one, topic_id)) for one in labelled]
    labels = np.array([_match(one, topic_id).verdict == "relevant" for one in labelled])
    learnt = {id_ for head in mine for id_ in head.figures["learnt"]}
    known = np.array([item.id in learnt for item in items])

    evidence: list[Evidence] = []
    for some in _some(items):
        evidence += await asyncio.to_thread(matcher.evidence, some)

    def tried() -> tuple[Trial, str]:
        shipped, threshold = matcher.head(topic_id)
        features = matcher.features(topic_id, evidence)
        in_force = replace(shipped, threshold=threshold)
        return try_out(in_force, features, labels, [item.source for item in items], known), mark(shipped)

    trial, base = await asyncio.to_thread(tried)
    return trial, CommunityHead(
        community=community,
        topic_id=topic_id,
        base=base,
        weights=tuple(trial.head.weights.tolist()),
        bias=trial.head.bias,
        threshold=trial.head.threshold,
        made=now,
        figures=_figures(trial) | {"learnt": [item.id for item in items]},
    )


def _figures(trial: Trial) -> dict[str, Any]:
    return {"before": asdict(trial.before), "after": asdict(trial.after)}


async def _anew(matcher: Matcher, head: CommunityHead, found: Sequence[Judged]) -> list[Match]:
    told: list[Match] = []
    for some in _some(found):
        asked = [(one, _match(one, head.topic_id)) for one in some]
        told += (await asyncio.to_thread(judged_anew, matcher, [head], asked))[0]
    return told


def _some(all_: Sequence[T]) -> Iterator[Sequence[T]]:
    """Give a few at a time, so that whoever interrupts us need not wait for all."""
    yield from (all_[at : at + AT_ONCE] for at in range(0, len(all_), AT_ONCE))


async def _catch_up(
    store: Store, matcher: Matcher, head: CommunityHead, judged: Sequence[Judged], now: datetime
) -> None:
    """Judge what another process remembered while we embedded: it could not yet know of this head."""
    known = {one.item.id for one in judged}
    found = await _recent(store, head.topic_id, head.community, now)
    new = [one for one in found if one.item.id not in known]
    await store.feedback.judge(head.community, await _anew(matcher, head, new))


def _match(one: Judged, topic_id: str) -> Match:
    return next(match for match in one.matches if match.topic_id == topic_id)


def _flagged(one: Judged, topic_id: str) -> bool:
    return _match(one, topic_id).flagged


async def put_aside_outdated(
    store: Store, matcher: Matcher, topics: Sequence[str], now: datetime
) -> list[CommunityHead]:
    """Put out of force, and return, the heads whose shipped head has changed since: their weights mean nothing now."""
    heads = [head for head in await store.feedback.heads() if head.topic_id in topics]
    outdated = [head for head in heads if mark(matcher.head(head.topic_id)[0]) != head.base]
    for head in outdated:
        await store.feedback.retire(head, now, f"the shipped head changed from {head.base}")
    return outdated
