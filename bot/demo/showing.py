"""Shows what production does, on the sample world."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import once
from bot.config import NO_CONTACT, Settings
from bot.demo.sample_world import feeds_yaml, pages
from bot.demo.site import serving
from bot.records import FeedState

WHAT_NEXT = """\
That was the sample world; its people, places and news are invented. With the real sources:
  lookout check    is feeds.yaml in order?
  lookout once     poll for ten minutes at most and print what is new
  lookout run      keep watching; a digest each day"""
"""What a reader of the demo's digest may type next."""


def show(zone: str, *, starting: Callable[[int], None], polled: Callable[[FeedState], None]) -> None:
    """Poll, match and print the digest of the sample world once, with times in `zone`, an IANA name.

    `starting` hears how many feeds there are, `polled` of each. Raises ConfigError where the model is missing.
    """
    now = datetime.now(UTC)
    with TemporaryDirectory(prefix="lookout-demo-") as folder, serving(partial(pages, now)) as site:
        watched = Path(folder) / "feeds.yaml"
        watched.write_text(feeds_yaml(site), encoding="utf-8")
        # Run to its end in here: a thread that still loads the model when Ctrl-C comes would write into the folder
        # after it is gone. The gap is zero because all sites are one host.
        asyncio.run(once(_settings(Path(folder), watched, zone), starting, polled, gap=timedelta(0)))


def _settings(data: Path, feeds: Path, zone: str) -> Settings:
    # Every setting is given, so that neither the environment nor a .env file can change what the demo shows.
    return Settings(
        _env_file=None,
        data=data,
        feeds=feeds,
        contact=NO_CONTACT,
        zone=zone,
        digest_at=time(7),
        model=None,
        allow_private=True,
        log_level="warning",
    )
