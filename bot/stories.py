"""Items about one event, together. For now: one address, or one text within another.

Near-identical text is found by containment of five-word shingles (BENCHMARKS: F1 .989 on joint releases, better
than embeddings). A letter that quotes an earlier one holds only part of it, so containment must be nearly whole.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bot.records import Item

SHINGLE = 5
CONTAINED = 0.8
"""Share of the shorter text's shingles that the longer must hold: room for another dateline, not for another event."""

SHORTEST = 20
"""Words below which a text says too little to be recognised by; then only the same title counts."""


def groups(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """Return the items in groups of one story each, every item once; headline first.

    The headline is the first primary source, before any report; within each kind the earliest.
    """
    parent = {item.id: item.id for item in items}

    def root(item_id: str) -> str:
        while parent[item_id] != item_id:
            parent[item_id] = item_id = parent[parent[item_id]]
        return item_id

    for one, other in _same(items):
        parent[root(one)] = root(other)
    together: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        together[root(item.id)].append(item)
    return [tuple(sorted(group, key=_headline_first)) for group in together.values()]


def story_id(items: Sequence[Item]) -> str:
    """Return the id of a story: its headline's."""
    return items[0].id


def _headline_first(item: Item) -> tuple[bool, object, str]:
    return (item.category == "news", item.published, item.id)


def _same(items: Sequence[Item]) -> Iterable[tuple[str, str]]:
    first: dict[str, str] = {}
    for item in items:
        for mark in _marks(item):
            yield item.id, first.setdefault(mark, item.id)
    yield from _contained({item.id: shingles(item.text) for item in items})


def _marks(item: Item) -> Iterable[str]:
    if item.address:
        yield "address:" + item.address
    # "Press release" or "Statement on immigration" is a title many have; a longer one in the same words is a copy.
    if len(_words(item.title)) >= 6 and not shingles(item.text):
        yield "title:" + " ".join(_words(item.title))


def _contained(texts: dict[str, frozenset[int]]) -> Iterable[tuple[str, str]]:
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for item_id, marks in sorted(texts.items(), key=lambda pair: -len(pair[1])):
        if not marks:
            continue
        shared: defaultdict[str, int] = defaultdict(int)
        for mark in marks:
            for holder in holders[mark]:
                shared[holder] += 1
            holders[mark].append(item_id)
        yield from ((item_id, holder) for holder, n in shared.items() if n >= CONTAINED * len(marks))


def shingles(text: str) -> frozenset[int]:
    """Return hashes of all five-word runs of a text; none for a text too short to be known by."""
    words = _words(text)
    if len(words) < SHORTEST:
        return frozenset()
    runs = (" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))
    return frozenset(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
