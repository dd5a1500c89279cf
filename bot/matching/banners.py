"""Words that a site puts over unrelated releases: learnt from what it published before, and not taken as evidence.

One office's releases all begin with what to do when immigration agents knock; the news stands below, or nowhere.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from bot.matching.passages import sentences
from bot.records import Item

SHARED = 3
"""Other releases, with titles of their own, that must begin with the same words."""

LASTS = timedelta(days=7)
"""Time over which they must have come out: a banner stays, while updates of one event share a lead for a day or two."""

LEAST = 40
"""Words in a banner, at least. Shorter ones are datelines and "remarks on the southern border:", which do say
what follows; in 17,696 releases no shorter opening that is shared speaks of a topic it does not belong to.
"""

OPENING = 4_000
"""Characters in which a banner ends."""

COMPARED = 40
"""Items of a site that came before, and as many of those that come with it, that an item is compared with."""


def site(item: Item) -> str:
    """Return scheme and host of an item's address, with a slash at the end; empty where there is none."""
    parts = urlsplit(item.address)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


def under_banners(items: Sequence[Item], published: Mapping[str, Sequence[Item]]) -> list[Item]:
    """Return the items, those under a banner with where they begin. Same length and order.

    `published`: for each site what else it published, of each text OPENING characters at least; the items
    themselves count too.
    """
    coming: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        coming[site(item)].append(item)
    others = {name: [*some[-COMPARED:], *published.get(name, ())] for name, some in coming.items()}
    return [replace(item, begins=banner_ends(item, others[site(item)])) for item in items]


def without_banner(item: Item) -> Item:
    """Return the item as it reads under its banner, for those who take its text as evidence."""
    return replace(item, text=item.text[item.begins :], begins=0) if item.begins else item


def banner_ends(item: Item, others: Iterable[Item]) -> int:
    """Return where the text begins under its banner, in code points: 0 without one, its length if it is nothing else.

    `others`: of the same site; those at the item's own address do not count.
    """
    opening = item.text[:OPENING]
    ends = [end for _, end in sentences(opening)]
    if not ends or len(opening.split()) < LEAST:
        return 0
    first = opening[: ends[0]]
    near = {
        other.id: (_alike(opening, other.text), other)
        for other in others
        if other.address != item.address and other.title != item.title and other.text.startswith(first)
    }
    for length in sorted({alike for alike, _ in near.values()}, reverse=True):
        end = next((end for end in reversed(ends) if end <= length), 0)
        sharing = [other for alike, other in near.values() if alike >= end]
        if len(opening[:end].split()) >= LEAST and _is_lasting(item, sharing):
            return len(item.text) - len(item.text[end:].lstrip())
    return 0


def _alike(one: str, other: str) -> int:
    """Return how many code points two texts have in common from the beginning on."""
    lengths = range(1, min(len(one), len(other)) + 1)
    return bisect(lengths, False, key=lambda length: one[:length] != other[:length])


def _is_lasting(item: Item, sharing: Sequence[Item]) -> bool:
    came = [one.published for one in (item, *sharing)]
    return len({other.title for other in sharing}) >= SHARED and max(came) - min(came) >= LASTS
