"""Records as plain data for scripts: JSON and CSV."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from bot.records import Attachment, Chronicle, Digest, Findings, Health, Item, Judged, Label, Revision, Story, Why
from bot.render.words import plain, web_address


def written(data: object, encoding: str = "utf-8", *, indent: int | None = None) -> str:
    """Return data as JSON that a terminal cannot take for commands, nor `encoding` fail to write.

    Characters that are not printable (controls, bidirectional overrides, lone surrogates) are escaped, so that a
    script reads them as they were.
    """
    text = json.dumps(data, ensure_ascii=not encoding.lower().startswith("utf"), indent=indent)
    return re.sub(r"[^\n -~]", lambda c: c[0] if c[0].isprintable() else json.dumps(c[0])[1:-1], text)


def judged(one: Judged) -> dict[str, Any]:
    """Return an item with its matches and mentions; times are ISO 8601 in UTC."""
    data: dict[str, Any] = to_jsonable_python(one.item)
    data["matches"] = [to_jsonable_python(match) | {"flagged": match.flagged} for match in one.matches]
    data["mentions"] = to_jsonable_python(one.mentions)
    data["also"] = list(one.also)
    data["attachments"] = [attachment(letter) for letter in one.attachments]
    return data


def attachment(one: Attachment) -> dict[str, Any]:
    """Return a PDF without its text, which may be long, in which `starts` counts."""
    data: dict[str, Any] = to_jsonable_python(one)
    return {name: value for name, value in data.items() if name not in ("text", "starts")}


def whole(one: Judged) -> dict[str, Any]:
    """Return an item with the texts of its letters too, and where each page begins in them."""
    return judged(one) | {"attachments": to_jsonable_python(one.attachments)}


def findings(told: Findings) -> dict[str, Any]:
    """Return what a search found, each item with by what it was; and of how many items the meaning was not searched."""
    found = [
        judged(hit.judged) | {"by": list(hit.by), "snippet": hit.snippet, "cosine": hit.cosine} for hit in told.hits
    ]
    return {"found": found, "without_vector": told.without, "note": told.note}


ROW = ("id", "published", "day_only", "source", "category", "title", "url", "topics", "text")
"""The columns of a table of items."""


_FORMULA = frozenset("=+-@＝＋－＠\t\r\n")
"""How a cell begins that a spreadsheet computes; it takes full-width signs for plain ones."""


def row(one: Judged) -> dict[str, str]:
    """Return an item as a row of a table; no cell begins like a spreadsheet's formula, or commands a terminal."""
    item = one.item
    cells = {
        "id": item.id,
        "published": item.published.isoformat(),
        "day_only": str(item.day_only).lower(),
        "source": item.source,
        "category": item.category,
        "title": item.title,
        "url": item.url,
        "topics": ";".join(match.topic_id for match in one.matches if match.flagged),
        "text": item.text,
    }
    cells = {name: "\n".join(map(plain, value.split("\n"))) for name, value in cells.items()}
    return {name: "'" + value if value[:1] in _FORMULA else value for name, value in cells.items()}


def why(told: Why) -> dict[str, Any]:
    """Return everything that decided about an item."""
    return judged(told.judged) | {
        "against": to_jsonable_python(told.against),
        "gates": to_jsonable_python(told.gates),
        "labels": to_jsonable_python(told.labels),
        "told": to_jsonable_python(told.told),
        "revisions": to_jsonable_python(told.revisions),
    }


def revisions(earlier: Sequence[Revision]) -> list[dict[str, Any]]:
    """Return earlier versions of an item, the oldest first."""
    return [to_jsonable_python(one) for one in earlier]


def labels(said: Sequence[tuple[Label, Item]]) -> list[dict[str, Any]]:
    """Return what people said, each with the title and address of its item."""
    return [to_jsonable_python(label) | {"title": item.title, "url": item.url} for label, item in said]


def story(told: Chronicle) -> dict[str, Any]:
    """Return a story with its items, headline first, how each came to it, and what editors said of them."""
    data: dict[str, Any] = to_jsonable_python(told)
    return data


def health(one: Health) -> dict[str, Any]:
    """Return how a feed does."""
    data: dict[str, Any] = to_jsonable_python(one.state)
    kept = ("polled", "succeeded", "changed", "next_poll", "failures", "reason", "detail", "note", "recent", "off")
    return {
        "id": one.feed.id,
        "name": one.feed.name,
        "kind": one.feed.kind,
        "url": one.feed.url,
        "category": one.feed.category,
        "state": one.state.state,
        "items": one.items,
        "newest": to_jsonable_python(one.newest),
    } | {name: data[name] for name in kept}


def digest(told: Digest) -> dict[str, Any]:
    """Return a digest: its period, sections, stories, and what could not be read."""
    data: dict[str, Any] = to_jsonable_python(told)
    for section in data["sections"]:
        topic = section["topic"]
        section["topic"] = {"id": topic["id"], "name": topic["name"]}
    return data


def brief(told: Digest) -> dict[str, Any]:
    """Return a digest for other programs: each story by its headline and why it is told, without the items' texts.

    Times are ISO 8601 in UTC. An address that no browser may be sent to is empty.
    """
    data: dict[str, Any] = to_jsonable_python(
        {
            "since": told.since,
            "until": told.until,
            "zone": told.zone,
            "sections": [
                {
                    "topic": {"id": section.topic.id, "name": section.topic.name},
                    "stories": [_brief_story(one, told.subjects) for one in section.stories],
                }
                for section in told.sections
            ],
            "unread": told.unread,
            "watched": told.watched,
        }
    )
    return data


def _brief_story(one: Story, names: Mapping[str, str]) -> dict[str, Any]:
    item = one.headline
    return {
        "id": one.id,
        "headline": {
            "title": item.title,
            "url": web_address(item.url),
            "source": item.source,
            "category": item.category,
            "published": item.published,
            "day_only": item.day_only,
        },
        "items": [item.id for item in one.items],
        "also": one.also,
        "matches": [
            {
                "topic_id": match.topic_id,
                "probability": match.probability,
                "verdict": match.verdict,
                "passage": match.passage.text,
                "phrases": match.phrases,
            }
            for match in one.matches
            if match.flagged
        ],
        "subjects": [
            {"id": mention.subject_id, "name": names.get(mention.subject_id, mention.subject_id)}
            for mention in one.mentions
        ],
    }
