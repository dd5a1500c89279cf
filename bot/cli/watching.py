"""What watches and reports: run, once, demo."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli import edges

if TYPE_CHECKING:
    from bot.records import FeedState


def run() -> None:
    """Watch and report until stopped: polls the feeds of feeds.yaml, prints and files a digest each day."""
    from bot import app as lookout

    asyncio.run(lookout.run(edges.settings(log_level="info")))


def once() -> None:
    """Watch once and report once, for cron: polls what is due, prints what has not been told yet."""
    from bot import app as lookout

    with _reading("Reading feeds") as (starting, polled):
        asyncio.run(lookout.once(edges.settings(), starting, polled))


def demo() -> None:
    """Show the whole on a small sample world served on this machine: polls, matches, prints the digest."""
    from bot import demo as sample_world

    settings = edges.settings()
    with _reading("Reading the sample feeds") as (starting, polled):
        sample_world.show(settings.zone, starting=starting, polled=polled)
    print(sample_world.WHAT_NEXT)


@contextmanager
def _reading(what: str) -> Iterator[tuple[Callable[[int], None], Callable[["FeedState"], None]]]:
    """Give what hears how many feeds are read, and of each; the bar is gone before the digest is printed."""
    with edges.progress() as bar:
        task = bar.add_task(what, total=None)

        def tell(*, total: int | None = None, advance: int = 0) -> None:
            bar.update(task, total=total, advance=advance)
            if bar.finished:
                bar.stop()

        yield lambda number: tell(total=number), lambda _: tell(advance=1)
