"""What watches and reports: run, once, demo."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.cli import edges

if TYPE_CHECKING:
    from rich.progress import TaskID

    from bot.records import FeedState


PLACING = "Placing old items in stories"


def run() -> None:
    """Watch and report until stopped: polls the feeds of feeds.yaml, prints and files a digest each day."""
    from bot.running import run as running

    asyncio.run(running(edges.settings(log_level="info")))


def once() -> None:
    """Watch once and report once, for cron: polls what is due, prints what has not been told yet."""
    from bot import app as lookout

    with _reading("Reading feeds") as (starting, polled, placing):
        asyncio.run(lookout.once(edges.settings(), starting, polled, placing))


def demo() -> None:
    """Show the whole on a small sample world served on this machine: polls, matches, prints the digest."""
    from bot import demo as sample_world

    settings = edges.settings()
    with _reading("Reading the sample feeds") as (starting, polled, _):
        sample_world.show(settings.zone, starting=starting, polled=polled)
    print(sample_world.WHAT_NEXT)


@contextmanager
def _reading(
    what: str,
) -> Iterator[tuple[Callable[[int], None], Callable[["FeedState"], None], Callable[[int, int], None]]]:
    """Give what hears how many feeds are read, of each, and of old items that find their stories, if any wait.

    The bar is gone before the digest is printed.
    """
    with edges.progress() as bar:
        feeds = bar.add_task(what, total=None)

        def tell(task: "TaskID", *, total: int | None = None, advance: int = 0) -> None:
            bar.update(task, total=total, advance=advance)
            if bar.finished:
                bar.stop()

        def placed(done: int, number: int) -> None:
            if not done:
                bar.add_task(PLACING, total=number)
                bar.start()  # it was gone when the feeds were read
            tell(bar.task_ids[-1], advance=int(done - bar.tasks[-1].completed))

        yield lambda number: tell(feeds, total=number), lambda _: tell(feeds, advance=1), placed
