"""Words that a site puts over unrelated releases: learnt from what it published before, and not taken as evidence.

One office's releases all begin with what to do when immigration agents knock; the news stands below, or nowhere.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bot.matching.passages import sentences
from bot.records import Item

SHARED = 3
"""Other releases, with titles of their own, that must begin with the same words."""

LEAST = 40
"""Words in a banner, at least. Shorter ones are datelines and "remarks on the southern border:", which do say
what follows; in 17,696 releases no shorter opening that is shared speaks of a topic it does not belong to.
"""

OPENING = 4_000
"""Characters in which a banner ends."""


def site(item: Item) -> str:
    """Return scheme and host of an item's address, with a slash at the end; empty where there is none."""
    parts = urlsplit(item.address)
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else ""


def under_banners(items: Sequence[Item], published: Mapping[str, Sequence[tuple[str, str]]]) -> list[Item]:
    """Return the items, those under a banner with where they begin. Same length and order.

    `published`: for each site what else it published, as (title, opening); the items themselves count too.
    """
    others = defaultdict(list, {name: list(known) for name, known in published.items()})
    for item in items:
        others[site(item)].append((item.title, item.text[:OPENING]))
    return [replace(item, begins=banner_ends(item.title, item.text, others[site(item)])) for item in items]


def without_banner(item: Item) -> Item:
    """Return the item as it reads under its banner, for those who take its text as evidence."""
    return replace(item, text=item.text[item.begins :], begins=0) if item.begins else item


def banner_ends(title: str, text: str, others: Sequence[tuple[str, str]]) -> int:
    """Return where the text begins under its banner, in code points: 0 without one, its length if it is nothing else.

    `others`: titles of other releases of the site, and how each begins, OPENING characters at least.
    """
    ends = [end for _, end in sentences(text[:OPENING])]
    if not ends:
        return 0
    near = [(other, opening) for other, opening in others if opening[: ends[0]] == text[: ends[0]]]
    for end in reversed(ends):
        titles = {other for other, opening in near if opening[:end] == text[:end]} - {title}
        if len(titles) >= SHARED and len(text[:end].split()) >= LEAST:
            return len(text) - len(text[end:].lstrip())
    return 0
