"""How what was found by words and what was found by meaning become one list."""

import re
from collections.abc import Sequence

K = 60
"""How fast the weight of a place in a list falls: the value of Cormack, Clarke and Buettcher (SIGIR 2009)."""

LISTED = 100
"""Places of either list that count: beyond them 1 / (K + place) no longer decides who is among the first ten."""

FLOOR = 0.35
"""Cosine below which an item does not count as found by meaning."""


def fused(*lists: Sequence[int]) -> list[int]:
    """Return what is in any list, each once, by reciprocal rank fusion; of two that weigh the same, the first met."""
    weights: dict[int, float] = {}
    for ranked in lists:
        for place, one in enumerate(ranked, 1):
            weights[one] = weights.get(one, 0.0) + 1 / (K + place)
    return sorted(weights, key=lambda one: -weights[one])


def meant(query: str) -> str:
    """Return the words whose meaning is looked for: the query without its quotation marks; empty where it has none."""
    words = " ".join(query.replace('"', " ").split())
    return words if re.search(r"\w", words) else ""


AROUND = 150
"""Characters shown around a word: as many as the database shows of shorter texts, two dozen words."""


def around(query: str, text: str) -> str:
    """Return where a text first holds a word of a query, in any form as far as its beginning tells; else its beginning.

    For texts so long that the database would look for the best place all day.
    """
    found = _first(re.findall(r"\w+", query), text)
    start = max(0, found.start() - AROUND // 3) if found else 0
    start = text.rfind(" ", 0, start) + 1
    shown, cut = text[start : start + AROUND], start + AROUND < len(text)
    return f"{'… ' if start else ''}{shown.rsplit(' ', 1)[0] + ' …' if cut else shown}"


def lacking(query: str, text: str) -> str:
    """Return those words of a query that a text holds in no form, as far as their beginnings tell; empty: none."""
    return " ".join(word for word in re.findall(r"\w+", query) if _first([word], text) is None)


def _first(words: Sequence[str], text: str) -> re.Match[str] | None:
    beginnings = [re.escape(word[: max(4, len(word) - 3)]) for word in words]
    return re.search(rf"\b(?:{'|'.join(beginnings)})", text, re.IGNORECASE) if beginnings else None
