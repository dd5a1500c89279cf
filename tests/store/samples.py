"""Items to put into a store, as sample feeds show them."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import bot.store
from bot.records import CommunityHead, FeedState, Item
from bot.store import Poll, Sighting
from tests.newsroom import START, Words


def an_item(name: str, **said: Any) -> Item:
    """An item of the feed "courier", an hour old."""
    made: dict[str, Any] = {
        "id": f"id-of-{name}",
        "feed_id": "courier",
        "source": "The Courier",
        "category": "news",
        "title": f"Sample {name}",
        "url": f"https://example.org/{name}",
        "address": f"https://example.org/{name}",
        "text": f"A text on faces, namely {name}.",
        "text_from": "article",
        "published": START - timedelta(hours=1),
        "day_only": False,
        "first_seen": START,
    }
    return Item(**(made | said))


def seen(item: Item, *keys: str, fingerprint: str = "as it was", tries: int | None = None) -> Sighting:
    """The item as its feed shows it, judged by the stand-in."""
    matches, mentions = Words().match([item])[item.id]
    keys = keys or (f"url:{item.address}",)
    return Sighting(item=item, keys=keys, fingerprint=fingerprint, tries=tries, matches=matches, mentions=mentions)


def again(item: Item, **said: Any) -> Item:
    """The item as it comes a day later."""
    return replace(item, **({"first_seen": item.first_seen + timedelta(days=1)} | said))


def polled(*sightings: Sighting, feed_id: str = "courier", **said: Any) -> Poll:
    return Poll(state=FeedState(feed_id=feed_id, **said), sightings=sightings)


def a_head(community: str = "club", **said: Any) -> CommunityHead:
    """A head of the topic "faces"."""
    made: dict[str, Any] = {
        "community": community,
        "topic_id": "faces",
        "base": "base",
        "weights": (0.5, -1.0),
        "bias": 0.25,
        "threshold": 0.4,
        "made": START,
        "figures": {"learnt": ["id-of-faces"]},
    }
    return CommunityHead(**(made | said))


def as_of(path: Path, revision: str) -> None:
    """Make the database as an earlier Lookout left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(bot.store.__file__).with_name("migrations")))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()
