"""`lookout eval --audit`: a person judges items that were not flagged, drawn at random, and we learn what we miss."""

import hashlib
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from bot import commands
from bot.matching import Recall, estimated_recall
from bot.records import Judged, Topic, Verdict
from bot.store import Store

ASSUMED = 1.0
"""Precision where nobody labelled a flagged item yet: the best case, and told as an assumption."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """For each topic that was answered, is the item about it? `stop`: no more items for now."""

    about: Mapping[str, bool] = field(default_factory=dict)
    stop: bool = False


CANNOT_TELL = Answer()


@dataclass(frozen=True, kw_only=True)
class Audited:
    """One topic's figures, over all that is recorded: of `judged` random unflagged items, `missed` were about it.

    `flagged_labelled` labels on flagged items gave the precision; 0: it is assumed.
    """

    topic_id: str
    flagged: int
    unflagged: int
    judged: int
    missed: int
    precision: float
    flagged_labelled: int
    estimate: Recall

    def data(self) -> dict[str, Any]:
        """Return the figures as `--json` prints them."""
        data = {name: value for name, value in asdict(self).items() if name not in ("topic_id", "estimate")}
        return data | {"precision_assumed": not self.flagged_labelled} | asdict(self.estimate)


async def audit(
    store: Store,
    topics: Sequence[Topic],
    *,
    community: str,
    by: str,
    number: int,
    seed: int,
    ask: Callable[[Judged, Sequence[Topic]], Answer],
    clock: Callable[[], datetime],
) -> list[Audited]:
    """Ask `by` about `number` items, remember each answer as a label at once, and return each topic's figures.

    Drawn are items that no head flags for at least one of `topics`, and asked is about those alone. The same seed
    draws the same items, the first ones again when more are wanted; what this person said of one before is not asked
    again. So an audit that was broken off goes on where it was. Raises Refused where a name cannot be shown.
    """
    commands.check_name(community, "community")
    commands.check_name(by, "person")
    drawn = sample(await store.feedback.unflagged(community, [t.id for t in topics]), number, seed)
    for item_id in drawn:
        said = await store.feedback.said(community, by)
        one = await store.feedback.as_heads_judge(community, item_id)
        open_ = [t for t in topics if _missing(one, t) and (item_id, t.id) not in said]
        answer = ask(one, open_) if open_ else CANNOT_TELL
        for topic_id, yes in answer.about.items():
            verdict: Verdict = "relevant" if yes else "not relevant"
            await commands.label(store, item_id, topic_id, verdict, community=community, by=by, now=clock())
        if answer.stop:
            break
    return [await _audited(store, topic.id, community, by, drawn) for topic in topics]


def sample(ids: Sequence[str], number: int, seed: int) -> list[str]:
    """Return `number` of these ids, as good as drawn at random, the same ones for a seed whatever else is there.

    Those with the lowest hash of seed and id: items that come later take few places, and none of the others moves.
    """
    return heapq.nsmallest(number, ids, key=lambda id_: hashlib.sha256(f"{seed}:{id_}".encode()).digest())


def _missing(one: Judged, topic: Topic) -> bool:
    return any(match.topic_id == topic.id and not match.likely for match in one.matches)


async def _audited(store: Store, topic_id: str, community: str, by: str, drawn: Sequence[str]) -> Audited:
    tally = await store.feedback.tally(community, topic_id)
    unflagged = set(await store.feedback.unflagged(community, [topic_id]))
    said = await store.feedback.said(community, by)
    verdicts = [said[id_, topic_id] for id_ in drawn if id_ in unflagged and (id_, topic_id) in said]
    missed = verdicts.count("relevant")
    precision = tally.flagged_relevant / tally.flagged_labelled if tally.flagged_labelled else ASSUMED
    return Audited(
        topic_id=topic_id,
        flagged=tally.flagged,
        unflagged=tally.unflagged,
        judged=len(verdicts),
        missed=missed,
        precision=precision,
        flagged_labelled=tally.flagged_labelled,
        estimate=estimated_recall(
            flagged=tally.flagged,
            labelled=tally.flagged_labelled,
            right=tally.flagged_relevant,
            unflagged=tally.unflagged,
            judged=len(verdicts),
            missed=missed,
        ),
    )
