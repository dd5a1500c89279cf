"""A file of releases into the store: JSON Lines, also gzipped; resumable, and a second import of a file adds nothing.

Items that are imported are matched and searched like any other, but never announced: they are the archive.
"""

import asyncio
import gzip
import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bot import identifying, items, pipeline
from bot.errors import ConfigError, Mistake
from bot.parts import Parts
from bot.records import Category, Document, Feed, Item
from bot.store import Poll, Sighting

BATCH = 256
"""Lines written in one transaction: what a kill costs us to read again, some ten seconds' work."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import: lines in the file, items that were new, and lines we could not use."""

    lines: int
    new: int
    skipped: int
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True, kw_only=True)
class _Line:
    number: int
    raw: bytes


async def import_file(
    parts: Parts, file: Path, category: Category | None, progress: Callable[[int, int], None]
) -> Imported:
    """Import `file`; go on after the last line remembered of it. `progress` hears (lines done, lines in all).

    `category` None: told from each address. Raises ConfigError if the file cannot be read.
    """
    mark, total = await asyncio.to_thread(_identity, file)
    done = skipped = await parts.store.imported(mark)
    progress(done, total)
    new, mistakes = 0, list[Mistake]()
    lines = _lines(file, done)
    while batch := await asyncio.to_thread(lambda: list(islice(lines, BATCH))):
        good, bad = _sorted_out(file, batch)
        sightings = await _sightings(parts, file, good, category)
        mistakes += bad
        done += len(batch)
        new += len(await pipeline.remember(parts, [Poll(state=None, sightings=sightings)], imported=(mark, done)))
        progress(done, total)
    return Imported(lines=total, new=new, skipped=skipped, mistakes=tuple(mistakes))


def _identity(file: Path) -> tuple[str, int]:
    """Return a hash of the file's content, so that a renamed file is the same file, and its number of lines."""
    content, lines = hashlib.sha256(), 0
    for line in _lines(file, 0):
        content.update(line.raw)
        lines += 1
    return content.hexdigest(), lines


def _lines(file: Path, skip: int) -> Iterator[_Line]:
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as raw:
            for number, line in enumerate(raw, 1):
                if number > skip:
                    yield _Line(number=number, raw=line)
    except (OSError, EOFError, zlib.error) as e:
        raise ConfigError([Mistake(file=str(file), line=None, says=f"cannot be read: {e}")]) from e


def _sorted_out(file: Path, batch: list[_Line]) -> tuple[list[_Line], list[Mistake]]:
    good, bad = [], []
    for line in batch:
        if not line.raw.strip():
            continue
        try:
            row = json.loads(line.raw)
        except (ValueError, RecursionError) as e:
            bad.append(Mistake(file=str(file), line=line.number, says=f"is no JSON: {e}"))
            continue
        if isinstance(row, dict) and isinstance(row.get("title"), str) and row["title"].strip():
            good.append(line)
        else:
            bad.append(Mistake(file=str(file), line=line.number, says="is no JSON object with a title"))
    return good, bad


async def _sightings(parts: Parts, file: Path, lines: list[_Line], category: Category | None) -> tuple[Sighting, ...]:
    by_category: defaultdict[Category, list[bytes]] = defaultdict(list)
    for line in lines:
        by_category[category or items.category_of(str(json.loads(line.raw).get("url") or ""))].append(line.raw.strip())
    made = [await _accepted(parts, file, kind, raw) for kind, raw in by_category.items()]
    return tuple(sighting for some in made for sighting in some)


async def _accepted(parts: Parts, file: Path, category: Category, raw: list[bytes]) -> list[Sighting]:
    now = parts.clock()
    address = f"https://{file.name}.invalid/"  # lines without an address of their own are told apart by their text
    feed = Feed(id="import", name=file.name, kind="json_lines", url=address, category=category, every=timedelta(days=1))
    document = Document(url=address, body=b"\n".join(raw), fetched=now)
    told = (await parts.workers.run(identifying.read, feed, document)).entries
    accepted: list[Item] = await parts.workers.run(items.accept_all, [(one.entry, one.keys) for one in told], feed, now)
    return [
        Sighting(item=replace(item, held="import"), keys=one.keys, fingerprint=one.fingerprint)
        for one, item in zip(told, accepted, strict=True)
    ]
