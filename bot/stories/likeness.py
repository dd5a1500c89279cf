"""Do two items tell one event? A logistic regression over a dozen signs, with weights fitted to hand-checked events.

The same regression is fitted twice: with the cosine of the two vectors, for items that have one, and without, for the
rest. Both are asked of every pair of candidates, copy or not: a template filled in for two airports holds as much of
the other as a joint letter does, and only names, figures and titles tell them apart.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import exp, log1p
from pathlib import Path

from bot.stories.tellings import Telling

COPIED = 0.35
"""Share of the shorter text's shingles in the longer from which on we say "copy": reports quote less of a statement."""

RARE = 4.0
"""Weight of a name that one release in 55 has or fewer: of two titles that each have one which the other item never
says, one town at least is another."""

FIGURE = 4.0
LEAST_SHARED = 6.0
"""What a figure weighs, and what names and figures must weigh together where not five words run the same: a name that
one release in 400 has, or two that one in 20 has. "Statement on Immigration" is a title, not a story."""


HEADLINE = timedelta(days=2)
"""Between an article and its headline elsewhere; "What to know about immigration this morning" comes every week."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How sure we are that two items tell one event, 0 to 1, and whether one holds much of the other's text."""

    probability: float
    copied: bool


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """One fitted regression: its bias, and its weights by sign."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, signs: Mapping[str, float]) -> float:
        return 1 / (1 + exp(-self.bias - sum(w * signs[name] for name, w in self.weights.items())))


def likeness(one: Telling, other: Telling) -> Likeness:
    """Return how likely two items tell one event. Symmetric."""
    if one.bill and other.bill and one.bill != other.bill:
        return Likeness(probability=0.0, copied=False)  # two that a committee was sent on one day, in the same words
    if one.marks & other.marks or _is_headline_of(one, other):
        return Likeness(probability=1.0, copied=True)
    if not _meet(one, other) or _are_look_alikes(one, other):
        return Likeness(probability=0.0, copied=False)
    found = signs(one, other)
    rule = _rules()["with vectors" if "cosine" in found else "without"]
    return Likeness(probability=rule.probability(found), copied=found["contained"] >= COPIED)


def signs(one: Telling, other: Telling) -> dict[str, float]:
    """Return the signs by which two items are compared; "cosine" only where both have vectors.

    Shares are of weight, 0 to 1. Tried and left out, for they added nothing on events not fitted to: the titles'
    cosine between offices, shared runs within quotation marks (they are in "contained" already), whether both are news.
    """
    shared = len(one.shingles & other.shingles)
    short, long = sorted((len(one.shingles), len(other.shingles)))
    same_source = float(one.source == other.source)
    names = _named(one.names, other.said), _named(other.names, one.said)
    figures = len(one.figures & other.figures)
    found = {
        "contained": shared / (short or 1),
        "resembles, same source": shared / (short + long - shared or 1) * same_source,
        "same source": same_source,
        "title, same source": _cosine(one.title, other.title) * same_source,
        "words": _cosine(one.words, other.words),
        "names, less": min(names),
        "names, more": max(names),
        "other names": min(_strangest(one.title_names, other.said), _strangest(other.title_names, one.said)),
        "figures": log1p(figures),
        "other figures": float(_others(one.figures, other.figures)),
        "days": log1p(abs((one.published - other.published).total_seconds()) / 86_400),
        "one is news": float(one.is_news or other.is_news),
    }
    if one.vector is not None and other.vector is not None:
        found["cosine"] = float(one.vector @ other.vector)
    return found


def _is_headline_of(one: Telling, other: Telling) -> bool:
    """Is one report, of the same days, no more than the other's long title? Google News has an article so."""
    if one.headline is None or one.headline != other.headline or (one.shingles and other.shingles):
        return False
    return one.is_news and other.is_news and abs(one.published - other.published) <= HEADLINE


def _meet(one: Telling, other: Telling) -> bool:
    """Have they a run of words in common, or names and figures enough? Short ones may say no more than a title."""
    if one.shingles & other.shingles:
        return True
    names = {**one.names, **other.names}
    shared = sum(weight for name, weight in names.items() if name in one.said and name in other.said)
    return shared + FIGURE * len(one.figures & other.figures) >= LEAST_SHARED


def _are_look_alikes(one: Telling, other: Telling) -> bool:
    """Is it a template filled in twice: are the titles' names others, and most figures?

    Two offices that copy from each other are hardly ever fitted to, so no weight says it. Among the pairs of one event
    in benchmarks/stories_gold.csv there is none of which this holds.
    """
    if min(_strangest(one.title_names, other.said), _strangest(other.title_names, one.said)) < RARE:
        return False
    if _others(one.title_figures, other.title_figures):
        return True
    # One figure each may be a detail that one of them left out.
    fewer = min(len(one.figures), len(other.figures))
    return fewer > 1 and 2 * len(one.figures & other.figures) <= fewer


def _others(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others) and not some & others


def _named(names: Mapping[str, float], said: frozenset[str]) -> float:
    """Return how much of the weight of these names the other also names; a half where there are none."""
    total = sum(names.values())
    return sum(w for name, w in names.items() if name in said) / total if total else 0.5


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(w * other[word] for word, w in one.items() if word in other)


def _strangest(names: Mapping[str, float], said: frozenset[str]) -> float:
    """Return the weight of the rarest of these names that the other does not name; 0 where it names all."""
    return max((w for name, w in names.items() if name not in said), default=0.0)


@cache
def _rules() -> Mapping[str, _Rule]:
    # Written by benchmarks/stories_fit.py, which also measures them on events that they were not fitted to.
    kept = json.loads(Path(__file__).with_name("likeness.json").read_text(encoding="utf-8"))
    return {name: _Rule(**rule) for name, rule in kept.items()}
