"""Documents over HTTP: polite, bounded, guarded, only if changed.

Fetcher.document -> robots (pages) -> turns (one at a time per host) -> exchange (guarded) -> bodies -> answers (walls)
"""

from typing import TYPE_CHECKING

from bot.fetch.addresses import Resolve, is_private, is_public, resolved
from bot.fetch.answers import callable_url
from bot.fetch.fetcher import Fetcher
from bot.fetch.limits import Limits
from bot.fetch.turns import counted_as, shared_wall

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.fetch.exchange import Exchanges

__all__ = [
    "Fetcher",
    "Limits",
    "Resolve",
    "callable_url",
    "counted_as",
    "exchanges",
    "is_private",
    "is_public",
    "resolved",
    "shared_wall",
]


def exchanges(*, resolve: Resolve, allow_private: bool, connect: "timedelta") -> "Exchanges":
    """Return what makes single requests, guarded; not open yet. `connect`: for finding a name, for reaching it."""
    from bot.fetch.exchange import Exchanges  # its library takes 0.15 s to load

    return Exchanges(resolve=resolve, allow_private=allow_private, connect=connect)
