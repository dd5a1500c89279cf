"""What an item tells, in the form in which two items are compared."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property, lru_cache
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot import bills
from bot.records import Item
from bot.stories.shingles import headline_mark, marks, shingles, sketch
from bot.stories.substance import substance

LEAD = 90
"""Words after the title that say who did what where; what follows is quotes and background."""

BODY = 250
"""Words compared one by one: more and long texts grow alike."""

COMMON = 1200
"""Releases (of 17,683) from which on a capitalised word names nobody in particular: Senator, Texas, March."""

_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?|\d[\d,.]*\d|\d")
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    "eighteen nineteen",
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: n for n, word in enumerate(" ".join(_UNITS).split())}
_NUMBERS |= {word: n for n, word in zip(range(20, 100, 10), _TENS.split(), strict=True)}
_PAIR = re.compile(rf"\b({_TENS.replace(' ', '|')})[- ](one|two|three|four|five|six|seven|eight|nine)\b", re.IGNORECASE)

SMALLEST = 11
"""Figures from here on tell events apart; smaller ones are everywhere."""


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What an item is filed under: all that is asked of one that nothing is near, as most are.

    `bill`: the bill of which it is a version or an action; None: it is none. `headline`: its title, where that is a
    long one.
    """

    shingles: frozenset[int]
    marks: frozenset[int]
    bill: str | None = None
    headline: int | None = None

    @cached_property
    def sketch(self) -> frozenset[int]:
        """The few numbers under which it is filed."""
        return sketch(self.shingles, self.marks if self.headline is None else self.marks | {self.headline})


@dataclass(frozen=True, kw_only=True)
class Telling(Filing):
    """An item as its shingles, marks, names, figures, and words with their weights, also those of the title.

    `names` and `figures` are those of title and lead, `title_names` and `title_figures` of the title, `said` all words
    of the whole. `vector` has length 1; None: the item has none yet.
    """

    id: str
    source: str
    is_news: bool
    published: datetime
    words: Mapping[str, float]
    title: Mapping[str, float]
    names: Mapping[str, float]
    title_names: Mapping[str, float]
    figures: frozenset[str]
    title_figures: frozenset[str]
    said: frozenset[str]
    vector: NDArray[np.float32] | None = field(default=None, compare=False)


def filing(item: Item) -> Filing:
    """Return what an item is filed under; nothing in it depends on any other item."""
    bill = bills.bill(item.url)
    return Filing(
        shingles=shingles(substance(item.text)),
        marks=marks(item.title, item.text, item.address, bill),
        bill=bill,
        headline=headline_mark(item.title),
    )


def telling(item: Item, vector: NDArray[np.float32] | None = None, filed: Filing | None = None) -> Telling:
    """Return what an item tells; nothing in it depends on any other item. `filed`: its filing, where that is known."""
    body, filed = substance(item.text), filed or filing(item)
    author = set(_tokens(item.source))
    title, said = _tokens(item.title), _tokens(body)
    lead = title + said[:LEAD]
    capital = {_folded(word) for word in re.findall(r"\b[A-Z][^\W\d_]+", f"{item.title} {body}"[:20_000])}
    named = {t for t in lead if t in capital and _count(t) <= COMMON and t not in author}
    return Telling(
        id=item.id,
        source=item.source,
        is_news=item.category == "news",
        published=item.published,
        shingles=filed.shingles,
        marks=filed.marks,
        words=_weighed([t for t in title + said[:BODY] if t not in author]),
        title=_weighed([t for t in title if t not in author]),
        names={t: weight(t) for t in named},
        title_names={t: weight(t) for t in named.intersection(title)},
        figures=frozenset(t for t in lead if _is_figure(t)),
        title_figures=frozenset(t for t in title if _is_figure(t)),
        said=frozenset(title) | frozenset(said),
        bill=filed.bill,
        headline=filed.headline,
        vector=vector,
    )


def counted_words(text: str) -> set[str]:
    """Return the words of a text as `weight` counts them."""
    return {token for token in _tokens(text) if token.isalpha()}


def weight(word: str) -> float:
    """Return how much a word tells, by how few of 17,683 releases have it (inverse document frequency)."""
    return log(_DOCUMENTS / min(_DOCUMENTS, 1 + _count(word)))


_DOCUMENTS = 17_683
_UNCOUNTED = 10
"""Releases that have a word not in the list, about: it lists those in 20 and more."""


def _count(word: str) -> int:
    return _counts().get(word, _UNCOUNTED)


@cache
def _counts() -> Mapping[str, int]:
    # In how many of the 17,683 releases of ../shared/data/press a word occurs: benchmarks/stories_fit.py --words.
    lines = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
    return {word: int(count) for word, count in (line.split("\t") for line in lines)}


def _tokens(text: str) -> list[str]:
    """Words without their endings in "'s" and "s", and figures, also those written out."""
    figured = _PAIR.sub(lambda m: str(_NUMBERS[m[1].lower()] + _NUMBERS[m[2].lower()]), text)
    return [_folded(token) for token in _WORD.findall(figured)]


_LONGEST_KNOWN = 30
"""Characters of a word that is remembered as it is folded; longer ones are a stranger's way to fill our memory."""


def _folded(token: str) -> str:
    return _folded_once(token) if len(token) <= _LONGEST_KNOWN else _folded_anew(token)


@lru_cache(maxsize=50_000)
def _folded_once(token: str) -> str:
    return _folded_anew(token)


def _folded_anew(token: str) -> str:
    low = token.casefold().replace("’", "'")
    if low[0].isdigit():
        return low.replace(",", "").removesuffix(".0")
    low = low.removesuffix("'s")
    if low in _NUMBERS:
        return str(_NUMBERS[low])
    return low[:-1] if len(low) > 4 and low.endswith("s") and not low.endswith("ss") else low


def _is_figure(token: str) -> bool:
    if not token[0].isdigit():
        return False
    try:
        value = float(token.rstrip("."))
    except ValueError:
        return False
    return value >= SMALLEST and not 1990 <= value <= 2040


def _weighed(tokens: list[str]) -> dict[str, float]:
    """Return tf-idf weights of length 1."""
    raw = {t: (1 + log(n)) * weight(t) for t, n in Counter(tokens).items() if len(t) > 1 or t.isdigit()}
    length = sqrt(sum(w * w for w in raw.values())) or 1.0
    return {t: w / length for t, w in raw.items()}
