"""Rows of the database as records, and back."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from sqlalchemy import Row

from bot.records import Attachment, CommunityHead, Delivery, FeedState, Item, Label, Match, Mention, Passage, Verdict

BATCH = 500
"""Values in one IN (...) list; every SQLite allows 999 or more."""

T = TypeVar("T")

_ITEM = tuple(f.name for f in fields(Item))
_STATE = tuple(f.name for f in fields(FeedState))
_ATTACHMENT = tuple(f.name for f in fields(Attachment))
_DELIVERY = tuple(f.name for f in fields(Delivery))
_LABEL = tuple(f.name for f in fields(Label))
_HEAD = tuple(f.name for f in fields(CommunityHead))


def item(row: Row[*tuple[Any, ...]]) -> Item:
    """Return the item a row of `items` holds."""
    return Item(**{name: getattr(row, name) for name in _ITEM})


def of_item(item: Item) -> dict[str, Any]:
    """Return an item as a row of `items`, without its `n`."""
    return {name: getattr(item, name) for name in _ITEM}


def of_state(state: FeedState) -> dict[str, Any]:
    """Return what we know of a feed as a row of `feeds`."""
    return {name: getattr(state, name) for name in _STATE}


def attachment(row: Row[Any]) -> Attachment:
    """Return the attachment a row of `attachments` holds."""
    said = {name: getattr(row, name) for name in _ATTACHMENT}
    return Attachment(**said | {"starts": tuple(row.starts), "ocr_pages": tuple(row.ocr_pages)})


def delivery(row: Row[Any]) -> Delivery:
    """Return the delivery a row of `deliveries` holds."""
    said = {name: getattr(row, name) for name in _DELIVERY}
    return Delivery(**said | {"parts": tuple(row.parts), "refs": tuple(row.refs)})


def mention(row: Row[Any]) -> Mention:
    """Return the mention a row of `mentions` holds."""
    return Mention(item_id=row.item_id, subject_id=row.subject_id, passage=_passage(row.passage))


def match(row: Row[Any]) -> Match:
    """Return the match a row of `matches` holds."""
    return Match(
        item_id=row.item_id,
        topic_id=row.topic_id,
        probability=row.probability,
        threshold=row.threshold,
        passage=_passage(row.passage),
        phrases=tuple(row.phrases),
        nearest_for=_nearest(row.nearest_for),
        nearest_against=_nearest(row.nearest_against),
        model=row.model,
    )


def overruled(matches: Iterable[Match], heads: Iterable[Row[Any]], people: Iterable[Row[Any]]) -> list[Match]:
    """Return an item's matches as one community sees them: rows of `community_matches`, then of `verdicts`, decide."""
    theirs = {row.topic_id: row for row in heads}
    said = {row.topic_id: row.verdict for row in people}
    return [_overruled(match, theirs.get(match.topic_id), said.get(match.topic_id)) for match in matches]


def _overruled(match: Match, head: Row[Any] | None, verdict: Verdict | None) -> Match:
    if head is not None:
        match = replace(match, probability=head.probability, threshold=head.threshold, model=head.model)
    return replace(match, verdict=verdict)


def label(row: Row[Any]) -> Label:
    """Return the label a row of `labels` holds."""
    return Label(**{name: getattr(row, name) for name in _LABEL})


def community_head(row: Row[Any]) -> CommunityHead:
    """Return the head a row of `community_heads` holds."""
    said = {name: getattr(row, name) for name in _HEAD}
    return CommunityHead(**said | {"weights": tuple(row.weights)})


def _passage(value: Mapping[str, Any]) -> Passage:
    return Passage(**value)


def _nearest(value: list[Any] | None) -> tuple[str, float] | None:
    return (value[0], value[1]) if value else None


def batches(values: Iterable[T]) -> Iterable[list[T]]:
    """Return the values in lists that fit into one IN (...)."""
    all_ = list(values)
    return (all_[i : i + BATCH] for i in range(0, len(all_), BATCH))
