"""What of an item its one vector for search stands for: the title and how the text begins."""

import re

from bot.matching.words import Written

WORDS = 150
"""Words of the text: with a title they fill the default model's window of 256 tokens, the rest would be cut off."""

_WORD = re.compile(r"\S{1,50}")


def gist(item: Written) -> str:
    """Return the words whose vector stands for the item; not empty where there is a title."""
    words = (word[0] for word in _WORD.finditer(item.text))
    return f"{item.title}\n{' '.join(word for _, word in zip(range(WORDS), words, strict=False))}".strip()
