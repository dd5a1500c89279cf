"""Documents over HTTP: polite, bounded, guarded, only if changed.

Fetcher.document -> robots (pages) -> turns (one at a time per host) -> exchange (guarded) -> bodies -> answers (walls)
"""

from bot.fetch.answers import callable_url
from bot.fetch.exchange import Exchanges
from bot.fetch.fetcher import Fetcher
from bot.fetch.guard import Resolve, is_private, is_public, resolved
from bot.fetch.limits import Limits

__all__ = [
    "Exchanges",
    "Fetcher",
    "Limits",
    "Resolve",
    "callable_url",
    "is_private",
    "is_public",
    "resolved",
]
