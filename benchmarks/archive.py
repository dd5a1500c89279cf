"""Databases of any size for benchmarks, made of a real one.

    lookout.db with real items, feeds.yaml -> halves, stories, dates -> rows -> lookout.db of `count` items

An item is halves of two real texts spliced between sentences, a twentieth of the words swapped, so that each word
stands in about as many items as in the real ones; its vector is the mean of the two with noise. What is shown of it
(source, category, matches, mentions) is that of the first, and the passages that matched stand whole between the
halves. Items are told by the feeds of feeds.yaml and gathered in stories of the real sizes; those of a story are one
splice, swapped anew, as told by others.

The archive is one import and not years of polls, so three things are made up: one item in twelve is carried by other
feeds too, one in a hundred was rewritten, and all were announced. Seeded: every run makes the same but for the dates.
Left out is what only polling asks for (`item_keys`, `story_marks`), and readers.
"""

import asyncio
import json
import secrets
import shutil
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bot import config, feeds
from bot.dates import WASHINGTON
from bot.errors import FetchError
from bot.items import item_id
from bot.matching.passages import sentences
from bot.matching.phrases import Phrases
from bot.records import RECENT, Document, Feed, FeedState
from bot.schedule import after_failure, after_success
from bot.store import Poll, Store, open_store
from bot.store.packed import Floats, Numbers, compact, restored

SEED = 20260410
MODEL = "all-MiniLM-L6-v2@1110a243"
NOISE = 0.6
"""Length of the noise beside a vector of length 1: neighbours then lie about as near as in the real archive."""

SPAN = timedelta(days=5479)
"""From the oldest item to the newest: 15 years, for any count."""

SEEN_AFTER = timedelta(minutes=3)
AT_ONCE = 10_000
"""Items made and written together; no story reaches from one such run into the next."""

LARGEST_STORY = 12
TOLD_WITHIN = timedelta(days=4)
"""In which others join a story: nine tenths of the real ones do."""

FEWEST_NEAR = 24
"""Items among which the others of a story are looked for, where four days have fewer."""

CARRIED, REWRITTEN = 12, 100
"""One item in so many is carried by other feeds too, and was rewritten."""

LONGEST_OPENING = 640
"""Code points of the passage of a match that is not flagged: the beginning, mostly."""

Row = dict[str, Any]


def build(path: Path, archive: Path, count: int, newest: datetime | None = None) -> None:
    """Make a database of `count` items, and its file of vectors.

    `archive`: a lookout.db with real items, their vectors and stories, of this schema or an older one; only copied.
    `newest`: when the last item came out; None: five minutes ago. A run that is killed leaves nothing at `path`.
    """
    newest = newest or datetime.now(UTC) - timedelta(minutes=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    for left in path.parent.glob(f"{unfinished.name}*"):
        left.unlink()
    with TemporaryDirectory(dir=path.parent) as folder:
        real = _archive(_migrated(archive, Path(folder)))
    asyncio.run(_empty(unfinished))
    with sqlite3.connect(unfinished, isolation_level=None) as made:
        for pragma in ("synchronous=OFF", "journal_mode=OFF", "cache_size=-1000000"):
            made.execute(f"PRAGMA {pragma}")
        _insert(made, "vector_models", [{"id": 1, "name": MODEL, "mark": secrets.token_hex(8), "serving": 1}])
        for rows in _Maker(real, count, newest).runs():
            made.execute("BEGIN")
            for table, some in rows.items():
                _insert(made, table, some)
            made.execute("COMMIT")
        made.execute("PRAGMA journal_mode=WAL")
    made.close()
    asyncio.run(_finish(unfinished, real.feeds, newest))
    unfinished.rename(path)


def _insert(made: sqlite3.Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        names = list(rows[0])
        places = ", ".join(f":{name}" for name in names)
        made.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows)  # noqa: S608


async def _empty(path: Path) -> None:
    await (await open_store(path)).close()


async def _finish(path: Path, watched: Sequence[Feed], newest: datetime) -> None:
    store = await open_store(path)
    await _poll(store, watched, newest)
    await store.vectors.settle()
    await store.close()


# -- the real archive -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Real:
    """A real item. `matches` and `mentions` are rows without the item, their passages and phrases read."""

    source: str
    category: str
    title: str
    text: str
    text_from: str
    language: str | None
    matches: tuple[Row, ...]
    mentions: tuple[Row, ...]

    @property
    def flagged(self) -> bool:
        return any(match["flagged"] for match in self.matches)


@dataclass(frozen=True, kw_only=True)
class _Archive:
    """What databases are made of. `sizes`: of all stories; `joins`: how an item joined one, and how probable that was.

    `vectors` are in the order of the items.
    """

    items: Sequence[_Real]
    vectors: Floats
    sizes: Numbers
    joins: Sequence[tuple[str, float]]
    feeds: Sequence[Feed]


def _migrated(archive: Path, folder: Path) -> Path:
    """Return a copy in `folder` that has this schema."""
    log = archive.with_name(f"{archive.name}-wal")  # what is not yet written back
    for file in (archive, log) if log.exists() else (archive,):
        shutil.copy(file, folder)
    asyncio.run(_empty(folder / archive.name))
    return folder / archive.name


def _archive(path: Path) -> _Archive:
    asked = (
        "SELECT id, source, category, title, text, text_from, language, vector FROM items "
        "JOIN vectors ON vectors.n = items.n WHERE model_id = (SELECT id FROM vector_models WHERE name = ?) "
        "ORDER BY items.n"
    )
    joins = "SELECT how, probability FROM story_items WHERE because IS NOT NULL ORDER BY item_id"
    sizes = "SELECT count(*) FROM story_items GROUP BY story_id"
    with sqlite3.connect(path) as real:
        real.row_factory = sqlite3.Row
        rows = [dict(row) for row in real.execute(asked, (MODEL,))]
        matches, mentions = (_by_item(real, table) for table in ("matches", "mentions"))
        told = {"joins": [tuple(row) for row in real.execute(joins)], "sizes": [n for (n,) in real.execute(sizes)]}
    real.close()
    return _Archive(
        vectors=restored([row.pop("vector") for row in rows]),
        items=[_Real(**row, matches=matches[id_], mentions=mentions[id_]) for row in rows if (id_ := row.pop("id"))],
        joins=told["joins"],
        sizes=np.minimum(told["sizes"], LARGEST_STORY),
        feeds=_watched(),
    )


def _by_item(real: sqlite3.Connection, table: str) -> Mapping[str, tuple[Row, ...]]:
    found: defaultdict[str, tuple[Row, ...]] = defaultdict(tuple)
    for told in real.execute(f"SELECT * FROM {table}"):  # noqa: S608
        row = dict(told)
        row |= {name: json.loads(row[name]) for name in ("passage", "phrases") if name in row}
        found[row.pop("item_id")] += (row,)
    return found


def _watched() -> Sequence[Feed]:
    shipped = config.shipped_watchlist()
    told = config.watchlist_text(shipped)
    return config.watchlist(told, file=shipped.name, problems=feeds.problems).feeds


# -- items ----------------------------------------------------------------------------------------------------


class _Maker:
    """Remembers what all runs share, and the last story's number."""

    def __init__(self, real: _Archive, count: int, newest: datetime) -> None:
        self._real, self._count, self._newest = real, count, newest
        self._step = SPAN / count
        self._near = max(FEWEST_NEAR, int(TOLD_WITHIN / self._step))
        self._stories = 0
        speakers = {(one.source, one.category) for one in real.items}
        self._feeds = {speaker: _feed_of(*speaker, real.feeds) for speaker in speakers}

    def runs(self) -> Iterator[Mapping[str, list[Row]]]:
        """Give the rows of some items by table, until all are made."""
        for first in range(1, self._count + 1, AT_ONCE):
            yield self._run(range(first, min(first + AT_ONCE, self._count + 1)))

    def _run(self, numbers: range) -> Mapping[str, list[Row]]:
        draw = np.random.default_rng((SEED, numbers[0]))
        leaders = _leaders(draw, self._real.sizes, len(numbers), self._near)
        pairs = draw.integers(len(self._real.items), size=(len(numbers), 2))
        tellers = pairs[:, 0]
        pairs = pairs[leaders]
        rows: defaultdict[str, list[Row]] = defaultdict(list)
        for n, (first, second), teller in zip(numbers, pairs.tolist(), tellers.tolist(), strict=True):
            items = self._real.items
            for table, row in self._item(n, items[first], items[second], items[teller], draw):
                rows[table].append(row)
        vectors = compact(_mixed(draw, self._real.vectors, pairs, leaders))
        rows["vectors"] = [{"model_id": 1, "n": n, "vector": v} for n, v in zip(numbers, vectors, strict=True)]
        for table, row in self._told_together(draw, rows["items"], leaders.tolist(), _flagged(rows["matches"])):
            rows[table].append(row)
        return rows

    def _item(
        self, n: int, first: _Real, second: _Real, teller: _Real, draw: np.random.Generator
    ) -> Iterator[tuple[str, Row]]:
        feed, at = self._feeds[teller.source, teller.category], self._newest - self._step * (self._count - n)
        day_only = feed.kind in ("press_page", "json_lines") and n < self._count
        url = f"https://sample.example/{n}"
        id_ = item_id([f"url:{url}"])
        text, moved = _spliced(first, second, draw)
        seen = at + SEEN_AFTER
        item: Row = {"n": n, "id": id_, "feed_id": feed.id, "source": teller.source, "category": teller.category}
        item |= {"title": first.title, "url": url, "address": url, "text": text, "text_from": first.text_from}
        item |= {"published": _written(_midnight(at) if day_only else at), "day_only": day_only}
        yield "items", item | {"first_seen": _written(seen), "language": first.language}
        for match in first.matches:
            yield "matches", {"item_id": id_} | _match(match, first.title, text, moved)
        for mention in first.mentions:
            yield "mentions", {"item_id": id_} | mention | {"passage": json.dumps(moved(mention["passage"]))}
        sighting = {"item_id": id_, "feed_id": feed.id, "source": teller.source, "url": url, "seen": _written(seen)}
        yield "sightings", sighting | {"fingerprint": f"{n:024x}"}
        for other in self._others(feed, draw):
            later = min(seen + timedelta(minutes=int(draw.integers(600))), self._newest + SEEN_AFTER)
            row = {"feed_id": other.id, "source": other.name, "seen": _written(later)}
            yield "sightings", sighting | row | {"fingerprint": f"{n:024x}"}
        for hours in _hours_of_rewriting(draw):
            if (rewritten := seen + timedelta(hours=hours)) <= self._newest:
                before = {"title": first.title, "text": _swapped(text, draw)}
                yield "revisions", {"item_id": id_, "seen": _written(rewritten)} | before

    def _others(self, own: Feed, draw: np.random.Generator) -> list[Feed]:
        if draw.integers(CARRIED):
            return []
        some = draw.choice(len(self._real.feeds), size=draw.integers(1, 4), replace=False)
        return [feed for feed in (self._real.feeds[at] for at in some) if feed is not own]

    def _told_together(
        self, draw: np.random.Generator, items: Sequence[Row], leaders: Sequence[int], flagged: set[str]
    ) -> Iterator[tuple[str, Row]]:
        """Give the rows of stories, each with those of its items."""
        stories: defaultdict[int, list[Row]] = defaultdict(list)
        for item, leader in zip(items, leaders, strict=True):
            stories[leader].append(item)
        for leader, some in sorted(stories.items()):
            self._stories += 1
            seen, headline = [item["first_seen"] for item in some], min(some, key=_headline_first)["id"]
            story = {"id": self._stories, "headline": headline, "first_seen": min(seen), "last_seen": max(seen)}
            yield "stories", story
            for item in some:
                joined = {"item_id": item["id"], "story_id": self._stories, "joined": item["first_seen"]}
                joined |= self._why(item["id"], items[leader]["id"], draw)
                day = datetime.fromisoformat(item["published"]).toordinal()
                yield "story_items", joined | {"day": day, "meant": item["id"] in flagged}

    def _why(self, item: str, first: str, draw: np.random.Generator) -> Row:
        if item == first:
            return {"how": "first", "because": None, "probability": None}
        how, probability = self._real.joins[int(draw.integers(len(self._real.joins)))]
        return {"how": how, "because": first, "probability": probability}


def _feed_of(source: str, category: str, watched: Sequence[Feed]) -> Feed:
    """Return the feed that brings what a source says: its own (Senator Warren's), or any one of its category."""
    fitting = [feed for feed in watched if feed.category == category]
    own = [feed for feed in fitting if (name := feed.name.partition(" ")[2]) and source.endswith(name)]
    return own[0] if own else fitting[zlib.crc32(source.encode()) % len(fitting)]


def _leaders(draw: np.random.Generator, sizes: Numbers, count: int, near: int) -> Numbers:
    """Return for each place in a run that of the item with which its story begins: mostly its own."""
    leaders = np.full(count, -1)
    for place, size in enumerate(draw.choice(sizes, size=count)):
        if leaders[place] < 0:
            leaders[place] = place
            if size > 1:
                free = place + 1 + np.flatnonzero(leaders[place + 1 : place + 1 + near] < 0)
                leaders[draw.permutation(free)[: size - 1]] = place
    return leaders


def _mixed(draw: np.random.Generator, vectors: Floats, pairs: Numbers, leaders: Numbers) -> Floats:
    """Return a vector for each pair of real items. Those of one story share most of their noise."""
    noise = draw.standard_normal((len(pairs), vectors.shape[1])) / np.sqrt(vectors.shape[1])
    follows = leaders != np.arange(len(leaders))
    noise = noise[leaders] + 0.3 * noise * follows[:, None]
    mixed = vectors[pairs[:, 0]] + 0.5 * vectors[pairs[:, 1]]
    mixed = mixed / np.linalg.norm(mixed, axis=1, keepdims=True) + NOISE * noise
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)


def _spliced(
    first: _Real, second: _Real, draw: np.random.Generator
) -> tuple[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]]:
    """Return a text, and what tells where a kept passage of the first item stands in it."""
    if not first.text:
        return "", dict
    head, tail = first.text[: _middle(first.text)], second.text[_middle(second.text) :]
    parts = [head] if (head := _swapped(head, draw)) else []
    at: list[tuple[range, int]] = []
    for span in _kept(first):
        at.append((span, sum(map(len, parts)) + 2 * len(parts)))
        parts.append(first.text[span.start : span.stop])
    if tail := _swapped(tail, draw):
        parts.append(tail)

    def moved(passage: Mapping[str, Any]) -> Mapping[str, Any]:
        start, end = passage["start"], passage["end"]
        if passage["where"] == "title":
            return passage
        to = next(to + start - span.start for span, to in at if span.start <= start and end <= span.stop)
        return {**passage, "start": to, "end": to + end - start}

    return "\n\n".join(parts), moved


def _kept(item: _Real) -> list[range]:
    """Return the spans of an item's text that are kept whole: the passages that matched, sentences with a subject."""
    said = [match["passage"] for match in item.matches if match["flagged"]]
    spans = [range(one["start"], one["end"]) for one in said if one["where"] == "text"]
    for mention in item.mentions:
        start, end = (mention["passage"][name] for name in ("start", "end"))
        around = [span for span in sentences(item.text) if span[0] < end and start < span[1]]
        spans.append(range(min(around)[0], max(around)[1]))
    return list(dict.fromkeys(spans))


def _middle(text: str) -> int:
    """Return where the sentence ends that ends last before the middle."""
    half = len(text) // 2
    return max(text.rfind(". ", 0, half), text.rfind(".\n", 0, half)) + 1 or half


def _swapped(text: str, draw: np.random.Generator) -> str:
    words = text.strip().split(" ")
    if len(words) > 1:
        for at in draw.integers(len(words) - 1, size=len(words) // 20).tolist():
            words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words).strip()


def _match(match: Row, title: str, text: str, moved: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Row:
    """Return a row of `matches`: what was judged of the first item, and where that stands in this one."""
    phrases = Phrases(tuple(match["phrases"])).distinct(f"{title}\n{text}") if match["phrases"] else ()
    passage = moved(match["passage"]) if match["flagged"] else _opening(title, text)
    return match | {"passage": json.dumps(passage), "phrases": json.dumps(phrases)}


def _opening(title: str, text: str) -> Mapping[str, Any]:
    if not text:
        return {"where": "title", "start": 0, "end": len(title), "text": title}
    end = min(text.rfind(".", 0, LONGEST_OPENING) + 1 or LONGEST_OPENING, len(text))
    return {"where": "text", "start": 0, "end": end, "text": text[:end]}


def _hours_of_rewriting(draw: np.random.Generator) -> Iterable[int]:
    """Return after how many hours an item was rewritten, mostly never."""
    return () if draw.integers(REWRITTEN) else sorted(set(draw.integers(1, 72, size=draw.integers(1, 3)).tolist()))


def _flagged(matches: Iterable[Row]) -> set[str]:
    return {match["item_id"] for match in matches if match["flagged"]}


def _headline_first(item: Row) -> tuple[bool, str, str]:
    """As `bot.stories.headline_first` does it with items."""
    return (item["category"] == "news", item["published"], item["id"])


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(WASHINGTON).date(), time(), WASHINGTON).astimezone(UTC)


def _written(at: datetime) -> str:
    """Return a time as SQLite's tables hold it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


# -- feeds ----------------------------------------------------------------------------------------------------

FAILURES = (
    FetchError("blocked", "HTTP 403 Forbidden"),
    FetchError("timeout", "no whole answer within 30 s"),
    FetchError("gone", "HTTP 404 Not Found"),
    FetchError("server error", "HTTP 503 Service Unavailable"),
)


async def _poll(store: Store, watched: Sequence[Feed], newest: datetime) -> None:
    """Write how feeds do: one in ten fails, one in fifty is off, the others answer, if not always."""
    draw = np.random.default_rng(SEED)
    off = {feed.id: newest - timedelta(days=9) for feed in watched[25::50]}
    await store.remember([Poll(state=_state(feed, off.get(feed.id, newest), draw)) for feed in watched])
    await store.switch(off)


def _state(feed: Feed, now: datetime, draw: np.random.Generator) -> FeedState:
    fails = int(draw.integers(1, 9)) if draw.random() < 0.1 else 0
    recent = "".join(draw.choice([".", "x"], p=[0.97, 0.03], size=RECENT))
    last = now - feed.every * draw.random() - feed.every * fails
    answer = Document(url=feed.url, body=b"", fetched=last, etag=f'"{feed.id}"')
    state = FeedState(feed_id=feed.id, recent=recent)
    state = after_success(feed, state, answer, last, draw.random(), address=feed.url)
    error = FAILURES[draw.integers(len(FAILURES))]
    for nth in range(fails):
        state = after_failure(feed, state, error, last + feed.every * (nth + 1), draw.random())
    return state
