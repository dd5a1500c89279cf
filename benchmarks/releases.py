"""Real releases as items, for benchmarks."""

import gzip
import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bot.items import canonical, category_of
from bot.plain import line, paragraphs
from bot.records import Item


def releases(file: Path, most: int | None = None) -> list[Item]:
    """Return the first releases of a gzipped file like those in ../shared/data/press; each id is its address."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(told) for told in islice(lines, most)]
    return [_item(row) for row in rows if row.get("title") and row.get("date")]


def _item(row: dict[str, str]) -> Item:
    published = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC)
    return Item(
        id=row["url"],
        feed_id="benchmark",
        source=row.get("member") or "",
        category=category_of(row["url"]),
        title=line(row["title"]),
        url=row["url"],
        address=canonical(row["url"]),
        text=paragraphs(row.get("text") or ""),
        text_from="article",
        published=published,
        day_only=True,
        first_seen=published,
    )
