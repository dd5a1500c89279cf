"""A digest, or an answer, in the words and marks of each medium. Pure; escapes what came from outside for that medium.

text(digest) -> str         for a terminal or a plain mail
markdown(digest) -> str     for a file, a wiki, a pull request
answers, data               what people asked for, as text and as plain data
cards, summary              stories and items as a chat or a page shows them, and what is said around them
discord, slack, email       digests and replies as those take them, within their limits
words                       the small parts: times, wrapped and escaped text
"""

from bot.render import answers, cards, data, discord, email, slack, summary, words
from bot.render.digest import markdown, text

__all__ = ["answers", "cards", "data", "discord", "email", "markdown", "slack", "summary", "text", "words"]
