"""Documents over HTTP: polite, bounded, guarded, only if changed.

Fetcher.document -> robots (pages) -> turns (one at a time per host) -> guard (addresses) -> bodies -> answers
"""

from bot.fetch.fetcher import Fetcher
from bot.fetch.limits import Limits

__all__ = ["Fetcher", "Limits"]
