"""Letters as evidence: an item is about what its own words are about, and what any of its letters is about.

Each letter is judged as if it were the text under the item's title, by the same heads; the surest judgement counts.
Put together, a letter of twenty pages would drown a release of three paragraphs, and shift every measure that the heads
were fitted to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from bot.matching.banners import without_banner
from bot.matching.first_look import is_settled
from bot.records import Attachment, Item, Judged, Match, Mention, Passage

T = TypeVar("T", Match, Mention)

Judgement = tuple[tuple[Match, ...], tuple[Mention, ...]]
"""What we think of one item: a match for every topic, and the subjects it mentions."""


def as_items(item: Item, letters: Sequence[Attachment]) -> Iterator[tuple[Attachment, Item]]:
    """Give each letter that has a text, with an item of its own that reads like it."""
    for n, letter in enumerate(letters):
        if letter.text:
            yield letter, replace(item, id=f"{item.id} {n}", text=letter.text, begins=0)


def with_letters(item_id: str, own: Judgement, letters: Sequence[tuple[Attachment, Judgement]]) -> Judgement:
    """Return what is thought of an item and its letters together: of each topic the surest, its own where it is equal.

    A letter that the first look settled never counts. Subjects: each where it is named first.
    """
    said = [(letter, _placed(item_id, letter, judgement)) for letter, judgement in letters]
    matches = []
    for n, match in enumerate(own[0]):
        others = [judgement[0][n] for _, judgement in said if not is_settled(judgement[0][n])]
        matches.append(max([match, *others], key=lambda one: one.probability))
    named = [*own[1], *(mention for _, judgement in said for mention in judgement[1])]
    first = {mention.subject_id: mention for mention in reversed(named)}
    return tuple(matches), tuple(first.values())[::-1]


def deciding(one: Judged, match: Match) -> Item:
    """Return an item as it reads where one of its matches was decided: under its banner, or as that letter."""
    for letter in one.attachments:
        if match.passage.where == "letter" and match.passage.letter == letter.url:
            return replace(one.item, text=letter.text, begins=0)
    return without_banner(one.item)


def _placed(item_id: str, letter: Attachment, judged: Judgement) -> Judgement:
    matches, mentions = judged
    return tuple(_of(item_id, letter, one) for one in matches), tuple(_of(item_id, letter, one) for one in mentions)


def _of(item_id: str, letter: Attachment, found: T) -> T:
    return replace(found, item_id=item_id, passage=_in_letter(letter, found.passage))


def _in_letter(letter: Attachment, passage: Passage) -> Passage:
    if passage.where == "title":
        return passage
    return replace(passage, where="letter", letter=letter.url, page=letter.page_of(passage.start))
