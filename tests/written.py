"""Items, matches and stories made by hand for the tests of the thinking modules. All texts are samples."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.records import Digest, Feed, Item, Judged, Match, Mention, Passage, Section, Story, Topic, Watchlist

NOON = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)

FACES = Topic(id="faces", name="Faces", description="", examples=("a",), near_misses=(), phrases=("face scan*",))
BORDERS = Topic(id="borders", name="Borders", description="", examples=("b",), near_misses=(), phrases=("ICE",))

WATCHED = Watchlist(
    topics=(FACES, BORDERS),
    subjects=(),
    feeds=tuple(
        Feed(
            id=name, name=name.title(), kind="rss", url=f"https://{name}.example/", category="news", every=timedelta(1)
        )
        for name in ("courier", "herald")
    ),
)


def item(name: str, **said: Any) -> Item:
    """Return an item whose id is `name`; what is not said is of no matter."""
    return Item(
        **{
            "id": name,
            "feed_id": "courier",
            "source": "The Sample Courier",
            "category": "news",
            "title": f"Sample {name}",
            "url": f"https://courier.example/{name}",
            "address": f"https://courier.example/{name}",
            "text": "",
            "text_from": "article",
            "published": NOON,
            "day_only": False,
            "first_seen": NOON,
            **said,
        }
    )


def words(name: str, number: int) -> str:
    """Return a text of so many words that no other name has."""
    return " ".join(f"{name}{n}" for n in range(number))


def match(of: Item, topic: str = "faces", probability: float = 0.9, **said: Any) -> Match:
    """Return a match that quotes the whole text, or the title where there is none."""
    where = "text" if of.text else "title"
    quoted = of.text or of.title
    return Match(
        **{
            "item_id": of.id,
            "topic_id": topic,
            "probability": probability,
            "threshold": 0.5,
            "passage": Passage(where=where, start=0, end=len(quoted), text=quoted),  # type: ignore[arg-type]  # a literal
            "phrases": (),
            "nearest_for": None,
            "nearest_against": None,
            "model": "sample",
            **said,
        }
    )


def judged(of: Item, *topics: str, also: Sequence[str] = (), mentions: Sequence[Mention] = ()) -> Judged:
    """Return the item flagged for these topics, the first the surest."""
    matches = tuple(match(of, topic, 0.9 - n / 10) for n, topic in enumerate(topics))
    return Judged(item=of, matches=matches, mentions=tuple(mentions), also=tuple(also))


def digest(*stories: Story, **said: Any) -> Digest:
    """Return a digest with one section of these stories."""
    return Digest(
        **{
            "zone": "America/New_York",
            "since": NOON - timedelta(days=1),
            "until": NOON,
            "sections": (Section(topic=FACES, stories=stories),) if stories else (),
            "unread": (),
            "watched": 2,
            **said,
        }
    )


def story(of: Item, *others: Item, phrases: tuple[str, ...] = (), **said: Any) -> Story:
    """Return a story matched for faces."""
    return Story(**{"id": of.id, "items": (of, *others), "matches": (match(of, phrases=phrases),), **said})
