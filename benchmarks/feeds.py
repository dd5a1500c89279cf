"""How fast real feeds are read, by which parser, and whether the fast one tells what feedparser tells.

    python -m benchmarks.feeds ../shared/data/realfeeds ../shared/data/feeds

Three ways: `feeds.read` as it is; `feeds.read` with feedparser alone; and fastfeedparser (pip install fastfeedparser),
whose dates are compared with ours, read of what was written. One thread, CPU time. The rounds of all ways alternate, so
that a noisy machine is noisy to all; the ratio is of medians.
"""

import argparse
import gzip
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bot import feeds
from bot.errors import ReadError
from bot.feeds._xml import fast, thorough
from bot.records import Document, Entry, Feed

MOST = 2_000
FEED = Feed(
    id="benchmark", name="A feed", kind="rss", url="https://sample.example/", category="news", every=timedelta(1)
)

Way = Callable[[Document], Sequence[Any]]


def main() -> None:
    """Print the tables."""
    asked = _arguments()
    documents = {file.name: _document(file) for folder in asked.folders for file in sorted(folder.iterdir())}
    _same(documents)
    ways: dict[str, Way] = {"fast, else feedparser": _ours, "feedparser alone": _feedparser_alone}
    if find_spec("fastfeedparser"):
        ways["fastfeedparser alone"] = _fastfeedparser
        _dates(documents)
    _speed(documents, ways, asked.rounds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of feeds, gzipped or not")
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _document(file: Path) -> Document:
    body = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return Document(url=FEED.url, body=body, fetched=datetime.now(UTC))


def _same(documents: Mapping[str, Document]) -> None:
    """Say in how many documents the fast way is taken, and where it tells anything else than feedparser."""
    told = {name: read for name, document in documents.items() if (read := fast.read(document, MOST))}
    print(f"{len(documents)} documents, {sum(len(one.body) for one in documents.values()) / 1e6:.1f} MB")
    print(f"read fast: {len(told)}, with {sum(len(read.entries) for read in told.values()):,} entries")
    other = [name for name, read in told.items() if read != thorough.read(documents[name], MOST)]
    print(f"of which anything differs from feedparser's reading: {len(other)}", *other)


def _dates(documents: Mapping[str, Document]) -> None:
    """Say how many dates fastfeedparser reads otherwise than they were written."""
    wrong: dict[str, int] = {}
    for name, document in documents.items():
        ours, theirs = _ours(document), _fastfeedparser(document)
        if len(ours) == len(theirs):
            wrong[name] = sum(_moment(a) != b for a, b in zip(ours, map(_their_moment, theirs), strict=True))
    files = [name for name, count in wrong.items() if count]
    print(f"dates that fastfeedparser gives otherwise: {sum(wrong.values())} in {len(files)} documents", *files)


def _moment(entry: Entry) -> datetime | None:
    return entry.published and entry.published.replace(microsecond=0)


def _their_moment(entry: Mapping[str, str]) -> datetime | None:
    written = entry.get("published")
    return datetime.fromisoformat(written).replace(microsecond=0) if written else None


def _ours(document: Document) -> Sequence[Entry]:
    try:
        return feeds.read(FEED, document).entries
    except ReadError:
        return ()


def _feedparser_alone(document: Document) -> Sequence[Entry]:
    with patch.object(fast, "read", lambda *_: None):
        return _ours(document)


def _fastfeedparser(document: Document) -> Sequence[Any]:
    parse = import_module("fastfeedparser").parse
    try:
        entries: Sequence[Any] = parse(
            document.body, include_tags=False, include_media=False, include_enclosures=False
        )["entries"]
    except ValueError:
        return ()
    return entries


def _speed(documents: Mapping[str, Document], ways: Mapping[str, Way], rounds: int) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    entries = {name: sum(len(way(one)) for one in documents.values()) for name, way in ways.items()}
    for _ in range(rounds):
        for name, way in ways.items():
            took[name].append(_seconds(partial(map, way, documents.values())))
    slowest = statistics.median(took["feedparser alone"])
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(
            f"{name:24} {entries[name]:6,} entries {len(documents) / median:7.0f} documents/s {slowest / median:6.1f}x"
        )


def _seconds(work: Callable[[], Iterable[Any]]) -> float:
    started = time.process_time()
    for _ in work():
        pass
    return time.process_time() - started


if __name__ == "__main__":
    main()
