"""From what a feed lists to what we keep: identity, clean text, a believable date, and the letters it links.

    entries -identities-> keys -accept-> Item -held-> announced, or recorded in silence

`identities`, `accept` and `linked` parse strangers' bytes: call them through `workers`.
"""

from bot.items.acceptance import accept, accept_all, hides_links, text_at, wants_article
from bot.items.addresses import canonical, category_of
from bot.items.announcement import LATE, floods, held
from bot.items.identity import identities, item_id
from bot.items.linked import Linked, linked

__all__ = [
    "LATE",
    "Linked",
    "accept",
    "accept_all",
    "canonical",
    "category_of",
    "floods",
    "held",
    "hides_links",
    "identities",
    "item_id",
    "linked",
    "text_at",
    "wants_article",
]
