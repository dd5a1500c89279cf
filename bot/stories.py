"""Items about one event, together. For now: one address, or one text within another.

Near-identical text is found by containment of five-word shingles (BENCHMARKS: F1 .989 on joint releases, better
than embeddings). A letter that quotes an earlier one holds only part of it, so containment must be nearly whole.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

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

    first: dict[str, str] = {}
    for item in items:
        for mark in _marks(item):
            parent[root(item.id)] = root(first.setdefault(mark, item.id))
    for one, other in _may_contain({item.id: shingles(item.text) for item in items}):
        # Most of those that may be one story already are: a hundred copies of a wire report.
        if root(one.id) != root(other.id) and one.holds(other):
            parent[root(one.id)] = root(other.id)
    together: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        together[root(item.id)].append(item)
    return [tuple(sorted(group, key=_headline_first)) for group in together.values()]


def story_id(items: Sequence[Item]) -> str:
    """Return the id of a story: its headline's."""
    return items[0].id


def _headline_first(item: Item) -> tuple[bool, object, str]:
    return (item.category == "news", item.published, item.id)


def _marks(item: Item) -> Iterable[str]:
    if item.address:
        yield "address:" + item.address
    # "Press release" or "Statement on immigration" is a title many have; a longer one with the same words is a copy.
    if len(_words(item.title)) >= 6 and len(_words(item.text)) < SHORTEST:
        yield "title:" + " ".join((*_words(item.title), "|", *_words(item.text)))


@dataclass(frozen=True)
class _Text:
    """An item's text as its shingles."""

    id: str
    shingles: frozenset[int]

    def holds(self, shorter: "_Text") -> bool:
        return len(self.shingles & shorter.shingles) >= CONTAINED * len(shorter.shingles)


def _may_contain(texts: Mapping[str, frozenset[int]]) -> Iterator[tuple[_Text, _Text]]:
    """Give (longer, shorter) of all texts of which the longer may contain the shorter.

    What is contained shares all but a fifth of its shingles: so at least one of any choice of more than a fifth.
    Choosing the rarest leaves out the notices that an office puts under all it publishes, and nearly all pairs.
    """
    common = Counter(mark for marks in texts.values() for mark in marks)
    holders: defaultdict[int, list[_Text]] = defaultdict(list)
    for item_id, marks in sorted(texts.items(), key=lambda pair: -len(pair[1])):
        text = _Text(item_id, marks)
        rarest = sorted(marks, key=common.__getitem__)[: len(marks) - ceil(CONTAINED * len(marks)) + 1]
        longer = {holder.id: holder for mark in rarest for holder in holders[mark]}
        yield from ((holder, text) for holder in longer.values())
        for mark in marks:
            holders[mark].append(text)


def shingles(text: str) -> frozenset[int]:
    """Return hashes of all five-word runs of a text; none for a text too short to be known by."""
    words = _words(text)
    if len(words) < SHORTEST:
        return frozenset()
    runs = (" ".join(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))
    return frozenset(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
