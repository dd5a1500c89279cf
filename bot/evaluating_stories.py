"""`lookout eval --stories`: the stories that Lookout makes of a file of items, against what people say they are.

The items go into a database of their own, one by one as they came out: what is measured is what runs.
"""

import csv
import gzip
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args
from urllib.parse import urlsplit

from bot.dates import when
from bot.errors import ConfigError, Mistake
from bot.items import canonical, category_of
from bot.matching import Embedder, gist
from bot.plain import line, paragraphs
from bot.records import Category, Item
from bot.store import Meaning, Poll, Sighting, Wanted, open_store

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Gold:
    """Items, and the event of each by the item's id; who is in no event is an event of their own."""

    items: tuple[Item, ...]
    events: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class BCubed:
    """B-cubed figures (Bagga and Baldwin 1998): for each item, how much of its found story, and of its true one, is
    in both; then the mean over all items."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, kw_only=True)
class WrongPair:
    """Two items that were put together though they are two events, or apart though they are one."""

    together: bool
    one: Item
    other: Item


@dataclass(frozen=True, kw_only=True)
class StoriesMeasured:
    """What came of it."""

    items: int
    events: int
    found: int
    bcubed: BCubed
    wrong: tuple[WrongPair, ...]

    def data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        figures = {name: round(value, 4) for name, value in asdict(self.bcubed).items()}
        wrong = [{"together": w.together, "one": w.one.id, "other": w.other.id} for w in self.wrong]
        counts = {"items": self.items, "events": self.events, "found": self.found}
        return {"bcubed": figures} | counts | {"wrong_pairs": wrong}


def read_gold(file: Path, texts: Path | None = None) -> Gold:
    """Return what a file says: {"items": [{id, title, text, date, url, source, category}], "gold": {event: [ids]}}.

    Or a table (.csv) of event, url, whose items are in `texts`, JSON Lines, also gzipped. Only id and title must be
    there. Raises ConfigError with everything in it that cannot be used, and where that is.
    """
    return _from_table(file, texts) if file.suffix == ".csv" else _from_json(file)


async def measure_stories(gold: Gold, embedder: Embedder) -> StoriesMeasured:
    """Place the items one by one, as they came out, in a database of their own; compare what became of them."""
    in_order = sorted(gold.items, key=lambda item: (item.published, item.id))
    vectors = embedder.encode([gist(item) for item in in_order])
    with TemporaryDirectory() as folder:
        store = await open_store(Path(folder) / "lookout.db")
        try:
            sightings = [
                Sighting(item=i, keys=(i.id,), fingerprint="", meaning=Meaning(model=embedder.name, vector=vector))
                for i, vector in zip(in_order, vectors, strict=True)
            ]
            await store.remember([Poll(state=None, sightings=tuple(sightings))])
            stories = await store.stories.gathered(await store.find(Wanted(flagged=False)))
        finally:
            await store.close()
    found = {one.item.id: str(story.story_id) for story in stories for one in story.followed}
    return StoriesMeasured(
        items=len(gold.items),
        events=len(set(gold.events.values())),
        found=len(stories),
        bcubed=bcubed(gold.events, found),
        wrong=tuple(_wrong(gold, found)),
    )


def bcubed(true: Mapping[str, str], found: Mapping[str, str]) -> BCubed:
    """Return the figures of a grouping; both give the group of each item, and must have the same items."""
    truly, together = _groups(true), _groups(found)
    shared = {item: len(truly[true[item]] & together[found[item]]) for item in true}
    precision = sum(n / len(together[found[item]]) for item, n in shared.items()) / len(true)
    recall = sum(n / len(truly[true[item]]) for item, n in shared.items()) / len(true)
    return BCubed(precision=precision, recall=recall, f1=2 * precision * recall / (precision + recall))


def _groups(of: Mapping[str, str]) -> Mapping[str, set[str]]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for item, group in of.items():
        groups[group].add(item)
    return groups


def _wrong(gold: Gold, found: Mapping[str, str]) -> Sequence[WrongPair]:
    return [
        WrongPair(together=found[one.id] == found[other.id], one=one, other=other)
        for one, other in combinations(gold.items, 2)
        if (found[one.id] == found[other.id]) != (gold.events[one.id] == gold.events[other.id])
    ]


# -- reading --------------------------------------------------------------------------------------------------


def _from_json(file: Path) -> Gold:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as e:
        raise _unusable(file, f"is no JSON: {e.msg}", e.lineno) from e
    except (OSError, ValueError, RecursionError) as e:
        raise _unusable(file, f"cannot be read: {e}") from e
    if not isinstance(said, dict) or not isinstance(said.get("items"), list) or not isinstance(said.get("gold"), dict):
        raise _unusable(file, 'must be {"items": [...], "gold": {event: [ids]}}')
    mistakes = [f"items[{n}]: {says}" for n, row in enumerate(said["items"]) if (says := _mistake(row))]
    ids = [str(row["id"]) for row in said["items"] if not _mistake(row)]
    mistakes += [f"items: the id {i!r} stands more than once" for i, times in Counter(ids).items() if times > 1]
    mistakes += _mistakes_of_gold(said["gold"], set(ids))
    if mistakes or not ids:
        told = mistakes or ["holds no items"]
        raise ConfigError([Mistake(file=str(file), line=None, says=says) for says in told])
    return _gold([_item(row) for row in said["items"]], said["gold"])


def _mistake(row: object) -> str | None:
    if not isinstance(row, dict):
        return "must be an object"
    if not isinstance(row.get("id"), str | int) or not str(row["id"]):
        return 'needs an "id"'
    if not str(row["id"]).isprintable():
        return f"the id {row['id']!r} cannot be shown"
    if not isinstance(row.get("title"), str) or not row["title"].strip():
        return f'{row["id"]}: needs a "title"'
    if any(isinstance(v, str) and not _is_text(v) for v in row.values()):
        return f"{row['id']}: holds half a character"
    if row.get("date") and when(str(row["date"])) is None:
        return f"{row['id']}: cannot read the date {row['date']!r}"
    return None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mistakes_of_gold(gold: Mapping[str, object], ids: set[str]) -> list[str]:
    mistakes, seen = [], dict[str, str]()
    for event, members in gold.items():
        if not isinstance(members, list):
            mistakes.append(f"gold: {event}: must be a list of ids")
            continue
        for member in map(str, members):
            if member not in ids:
                mistakes.append(f"gold: {event}: there is no item {member!r}")
            elif seen.setdefault(member, event) != event:
                mistakes.append(f"gold: {event}: the item {member!r} is also in {seen[member]}")
    return mistakes


def _from_table(file: Path, texts: Path | None) -> Gold:
    if texts is None:
        raise _unusable(file, "names addresses only; name the file with their texts after it")
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            table = list(csv.DictReader(opened))
    except (OSError, ValueError, csv.Error) as e:
        raise _unusable(file, f"cannot be read: {e}") from e
    if not table or not {"event", "url"} <= table[0].keys():
        raise _unusable(file, "must have the columns event and url")
    said: dict[str, str] = {}
    useless = [
        Mistake(file=str(file), line=n, says=says) for n, row in enumerate(table, 2) if (says := _useless(row, said))
    ]
    if useless:
        raise ConfigError(useless)
    wanted = {row["url"]: row["event"] for row in table}
    found = {row["url"]: row | {"id": row["url"], "source": row.get("member")} for row in _rows(texts, set(wanted))}
    missing = [
        Mistake(file=str(file), line=n, says=f"{row['url']} is not in {texts}")
        for n, row in enumerate(table, 2)
        if row["url"] not in found
    ]
    if missing:
        raise ConfigError(missing)
    events: defaultdict[str, list[str]] = defaultdict(list)
    for url, event in wanted.items():
        events[event or url].append(url)
    return _gold([_item(found[url]) for url in wanted], events)


def _useless(row: Mapping[str, str], said: dict[str, str]) -> str:
    """Return what is wrong with a row of the table, in words; `said` remembers the event of each address so far."""
    if not row["url"]:
        return "has no url"
    before = said.setdefault(row["url"], row["event"])
    return "" if before == row["event"] else f"{row['url']} is also in the event {before!r}"


def _rows(texts: Path, wanted: set[str]) -> list[dict[str, Any]]:
    opened = gzip.open if texts.suffix == ".gz" else open
    try:
        with opened(texts, "rt", encoding="utf-8") as lines:
            rows = [json.loads(told) for told in lines]
    except (OSError, ValueError, EOFError, RecursionError, zlib.error) as e:
        raise _unusable(texts, f"cannot be read: {e}") from e
    objects = [row for row in rows if isinstance(row, dict) and isinstance(row.get("url"), str)]
    return [row for row in objects if row["url"] in wanted and not _mistake(row | {"id": 1})]


def _gold(items: Sequence[Item], events: Mapping[str, Sequence[object]]) -> Gold:
    last = max(item.published for item in items)
    # No date: anything may be of its time.
    dated = [replace(i, published=last, first_seen=last) if i.published == LONG_AGO else i for i in items]
    event_of = {str(member): event for event, members in events.items() for member in members}
    return Gold(items=tuple(dated), events={item.id: event_of.get(item.id, f"only {item.id}") for item in dated})


def _item(row: Mapping[str, Any]) -> Item:
    url, told = str(row.get("url") or ""), when(str(row.get("date") or ""))
    category: Category = row["category"] if row.get("category") in get_args(Category) else category_of(url)
    address = canonical(url)
    text, published = row.get("text"), told.at if told else LONG_AGO
    return Item(
        id=str(row["id"]),
        feed_id="eval",
        source=str(row.get("source") or urlsplit(address).hostname or row["id"]),
        category=category,
        title=line(row["title"]),
        url=url,
        address=address,
        text=paragraphs(text) if isinstance(text, str) else "",
        text_from="article",
        published=published,
        day_only=told is None or told.day_only,
        first_seen=published,
    )


def _unusable(file: Path, says: str, line: int | None = None) -> ConfigError:
    return ConfigError([Mistake(file=str(file), line=line, says=says)])
