"""Phrases and aliases in a text, by the rules that feeds.yaml explains to those who write them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

MOST = 2_000
"""Occurrences of one phrase that are looked at: more say nothing, and a hostile text may hold a million."""


@dataclass(frozen=True)
class Phrases:
    """Finds any of `wanted`: on word boundaries; CAPITALS with their case; a final * continues the word."""

    wanted: tuple[str, ...]

    def found(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Give (phrase, start, end) of each occurrence in order.

        Of two that overlap, the first; of two that begin at one place, the longer.
        """
        hits = [hit for phrase in self._possible(text) for hit in _hits(phrase, self._patterns[phrase], text)]
        end = 0
        for phrase, start, stop in sorted(hits, key=lambda hit: (hit[1], -hit[2])):
            if start >= end:
                end = stop
                yield phrase, start, stop

    def distinct(self, text: str) -> tuple[str, ...]:
        """Return the phrases that occur, each once, in order of first occurrence."""
        return tuple(dict.fromkeys(phrase for phrase, _, _ in self.found(text)))

    def _possible(self, text: str) -> Iterator[str]:
        # Almost no phrase occurs in almost any text, and looking for its first word costs a hundredth of its pattern.
        folded = text.casefold()
        return (phrase for phrase, first in self._first_words.items() if first in folded)

    @cached_property
    def _first_words(self) -> dict[str, str]:
        return {phrase: re.split(r"[\s-]+", phrase.removesuffix("*").strip())[0].casefold() for phrase in self.wanted}

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {phrase: re.compile(_pattern(phrase)) for phrase in self.wanted}


def _hits(phrase: str, pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, int, int]]:
    for hit in islice(pattern.finditer(text), MOST):
        if not (_cased(phrase) and _shouted(text, hit.start(), hit.end())):
            yield phrase, hit.start(), hit.end()


def _pattern(phrase: str) -> str:
    stem = phrase.removesuffix("*")
    words = r"(?:\s+|-)".join(re.escape(word) for word in re.split(r"[\s-]+", stem.strip()))
    tail = r"\w*" if phrase.endswith("*") else ""
    return rf"{'' if _cased(phrase) else '(?i)'}(?<!\w){words}{tail}(?!\w)"


def _cased(phrase: str) -> bool:
    return phrase.isupper()


def _shouted(text: str, start: int, end: int) -> bool:
    # In a headline all in capitals "ICE" may be ice; the words around it then say what it is, or nothing does.
    around = text[max(0, start - 60) : start] + text[end : end + 60]
    letters = [c for c in around if c.isalpha()]
    return len(letters) >= 12 and not any(c.islower() for c in letters)


def speak_against(phrases: Phrases, misleading: Phrases, title: str) -> tuple[str, ...]:
    """Return the misleading phrases of a title; none where it has a phrase of the topic too.

    "DACA recipients deported" is about deportation all the same.
    """
    return () if next(phrases.found(title), None) else misleading.distinct(title)


def merged(phrases: Iterable[tuple[str, ...]]) -> Phrases:
    """Return one finder for the phrases of several topics."""
    return Phrases(tuple(dict.fromkeys(p for some in phrases for p in some)))
