"""What watches and reports: run, once, demo; and who may operate it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges

if TYPE_CHECKING:
    from rich.progress import TaskID

    from bot.records import FeedState


SHORTEST = 12
"""Characters of a password: NIST SP 800-63B asks for 8 at least, and for 15 where it stands alone."""

PLACING = "Placing old items in stories"


def run() -> None:
    """Watch and report until stopped: polls the feeds of feeds.yaml, prints and files a digest each day."""
    from bot.running import run as running

    asyncio.run(running(edges.settings(log_level="info")))


def once(
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=1440, help="How long it polls at most; the rest waits for the next.")
    ] = 10,
) -> None:
    """Watch once and report once, for cron: polls what is due, prints what has not been told yet.

    All of Congress takes longer the first time: its House sites are asked one by one. What has not had its turn is
    named in the digest, and is due the next time.
    """
    from bot import app as lookout

    def starts(number: int) -> None:
        if not number:
            typer.echo("No source is due yet: nobody was asked.", err=True)
        starting(number)

    with _reading("Reading feeds") as (starting, polled, placing):
        asyncio.run(lookout.once(edges.settings(), starts, polled, placing, within=timedelta(minutes=minutes)))


def demo() -> None:
    """Show the whole on a small sample world served on this machine: polls, matches, prints the digest."""
    from bot import demo as sample_world

    settings = edges.settings()
    with _reading("Reading the sample feeds") as (starting, polled, _):
        sample_world.show(settings.zone, starting=starting, polled=polled)
    print(sample_world.WHAT_NEXT)


def operator(
    name: Annotated[str, typer.Argument(help="1 to 40 letters, digits, _ . or -, as it is to stand in the log.")],
) -> None:
    """Ask for a password, and print what lets NAME into the operators' part of the web site: a line for the settings.

    The password itself is kept nowhere. Several operators stand in one variable, separated by spaces.
    """
    from bot.config import is_operator
    from bot.web import hashed

    if not is_operator(name):
        raise typer.BadParameter("takes 1 to 40 letters, digits, _ . or -", param_hint="NAME")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < SHORTEST:
        edges.fail(f"a password needs {SHORTEST} characters at least", 2)
    print(f"LOOKOUT_OPERATORS='{name}:{hashed(password)}'")


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
