"""Documents over HTTP: polite, bounded, guarded, only if changed.

Fetcher.document -> robots (pages) -> turns (one at a time per host) -> guard (addresses) -> bodies -> answers
"""

from bot.fetch.answers import callable_url
from bot.fetch.fetcher import Fetcher
from bot.fetch.guard import GuardedNetwork, GuardedTransport, Resolve, is_private, is_public, resolved
from bot.fetch.limits import Limits

__all__ = [
    "Fetcher",
    "GuardedNetwork",
    "GuardedTransport",
    "Limits",
    "Resolve",
    "callable_url",
    "is_private",
    "is_public",
    "resolved",
]
