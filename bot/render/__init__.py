"""A digest, or an answer, in the words and marks of each medium. Pure; escapes what came from outside for that medium.

text(digest) -> str         for a terminal or a plain mail
markdown(digest) -> str     for a file, a wiki, a pull request
answers, data               what people asked for, as text and as plain data
words                       the small parts: times, wrapped and escaped text
"""

from bot.render import answers, data, words
from bot.render.digest import markdown, text

__all__ = ["answers", "data", "markdown", "text", "words"]
