"""Items about one event, together: a joint letter on six sites, an agency's statement and the reports on it.

    item -> filing -> (the store: who is near) -> tellings -> likeness -> place -> the story it joins, or its own

A text is told from its copies by its five-word runs; the same news in other words by names, figures, words and the
cosine of two vectors, and two look-alikes of one day by the same. What an office puts around all its texts is left out.
"""

from bot.stories.likeness import Likeness, likeness, signs
from bot.stories.placing import WINDOW, Join, headline_first, is_other_news, place, stays
from bot.stories.shingles import bill_mark
from bot.stories.tellings import Filing, Telling, counted_words, filing, telling

__all__ = [
    "WINDOW",
    "Filing",
    "Join",
    "Likeness",
    "Telling",
    "bill_mark",
    "counted_words",
    "filing",
    "headline_first",
    "is_other_news",
    "likeness",
    "place",
    "signs",
    "stays",
    "telling",
]
