"""Everything that Lookout works with, built once by `app` and handed to whoever works."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.fetch import Fetcher
from bot.matching import Embedder, Matcher
from bot.outputs import Output
from bot.records import Watchlist
from bot.store import Store
from bot.workers import Workers


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The parts. `chance` gives 0..1, `clock` the time in UTC.

    `keeps_evidence`: are the bytes that items came of kept?
    `tesseract`: the program that reads scanned pages; None: this machine has none.
    """

    watchlist: Watchlist
    store: Store
    fetcher: Fetcher
    workers: Workers
    embedder: Embedder
    matcher: Matcher
    outputs: Mapping[str, Output]
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    keeps_evidence: bool = True
    tesseract: str | None = None
    recording: asyncio.Lock = field(default_factory=asyncio.Lock)
