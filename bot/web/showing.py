"""Items and their passages as pages show them: cards for lists, marked text for the item itself (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot import render
from bot.desk import Knowledge
from bot.records import Hit, Judged
from bot.replies import Card

LEAD = 240
"""Characters shown of an item of which no passage matched: two or three lines."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Part of a text; `marks`: what it is evidence for, in words; empty: nothing."""

    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Span:
    """From where to where in a text, in code points, something is marked, and as what."""

    start: int
    end: int
    mark: str


def card(knows: Knowledge, judged: Judged, topic: str = "") -> Card:
    """Return an item for a list."""
    subjects = knows.subjects()
    return render.cards.judged_card(judged, knows.watchlist().topics, subjects, knows.zone, knows.clock(), topic)


def cards(knows: Knowledge, hits: Sequence[Hit], topic: str = "") -> list[Card]:
    """Return what was found for a list, each with by what it was found, and with where it holds the words."""
    return [_found(card(knows, hit.judged, topic), hit) for hit in hits]


def _found(shown: Card, hit: Hit) -> Card:
    how = " and ".join(hit.by)
    quote = hit.snippet or shown.quote or render.words.cut(render.words.plain(hit.judged.item.text[: 2 * LEAD]), LEAD)
    return replace(shown, quote=render.words.plain(quote), why=f"found by {how}; {shown.why}" if how else shown.why)


def evidence(knows: Knowledge, judged: Judged, where: str, letter: str | None = None) -> list[Span]:
    """Return what of an item's title or text is evidence: the passages of flagged matches, and subjects.

    `letter`: the address of the one that is meant, where it is a letter's.
    """
    subjects = knows.subjects()
    spans = [
        Span(start=match.passage.start, end=match.passage.end, mark=knows.topic_name(match.topic_id))
        for match in judged.matches
        if match.flagged and (match.passage.where, match.passage.letter) == (where, letter)
    ]
    return spans + [
        Span(start=m.passage.start, end=m.passage.end, mark=subjects.get(m.subject_id, m.subject_id))
        for m in judged.mentions
        if (m.passage.where, m.passage.letter) == (where, letter)
    ]


def marked(text: str, spans: Sequence[Span]) -> list[list[Piece]]:
    """Return the paragraphs of a text in pieces, each with its marks; put together they are the text."""
    bounds = {0, len(text), *(s.start for s in spans), *(s.end for s in spans)}
    paragraphs: list[list[Piece]] = [[]]
    edges = sorted(bound for bound in bounds if 0 <= bound <= len(text))
    for start, end in pairwise(edges):
        marks = tuple(dict.fromkeys(s.mark for s in spans if s.start <= start and end <= s.end))
        first, *others = text[start:end].split("\n\n")
        paragraphs[-1].append(Piece(text=first, marks=marks))
        paragraphs += [[Piece(text=other, marks=marks)] for other in others]
    return [kept for paragraph in paragraphs if (kept := [piece for piece in paragraph if piece.text])]
