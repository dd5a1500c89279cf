"""Rows of the database as records, and back."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from bot.records import Delivery, Item, Match, Mention, Passage

_ITEM = tuple(f.name for f in fields(Item))
_DELIVERY = tuple(f.name for f in fields(Delivery))


def item(row: Row[Any]) -> Item:
    """Return the item a row of `items` holds."""
    return Item(**{name: getattr(row, name) for name in _ITEM})


def delivery(row: Row[Any]) -> Delivery:
    """Return the delivery a row of `deliveries` holds."""
    return Delivery(**{name: getattr(row, name) for name in _DELIVERY})


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


def _passage(value: Mapping[str, Any]) -> Passage:
    return Passage(**value)


def _nearest(value: list[Any] | None) -> tuple[str, float] | None:
    return (value[0], value[1]) if value else None
