"""The sources: how each does, how to follow one more, and what other programs are told and tell of them."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import diagnosing, edges
from bot.cli.options import Json

if TYPE_CHECKING:
    from bot.records import Health
    from bot.store import Store

ALIVE = timedelta(hours=3)
"""A Lookout at work polls every few minutes; feeds that fail are asked again within hours."""

app = typer.Typer(invoke_without_command=True)


@app.callback()
def feeds(
    context: typer.Context,
    as_json: Json = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Say only whether any source was polled in the last 3 hours; else exit 1.")
    ] = False,
    off: Annotated[
        list[str] | None,
        typer.Option("--off", metavar="FEED", help="Switch a source off, by its id; every digest says so."),
    ] = None,
    on: Annotated[list[str] | None, typer.Option("--on", metavar="FEED", help="Switch it on again.")] = None,
) -> None:
    """Show how every source does: when it was read, what it gave, how its last 30 polls went, why it failed."""
    if context.invoked_subcommand:
        return
    from bot import commands, render
    from bot.app import utc_now

    settings, watchlist = edges.settings(), edges.watchlist()

    async def ask(store: "Store") -> None:
        switched = dict.fromkeys(off or (), utc_now()) | dict.fromkeys(on or ())
        if switched:
            await commands.switch(store, watchlist, switched)
        every = await commands.health(store, watchlist)
        found = [one for one in every if one.feed.id in switched] if switched else every
        if alive:
            last = commands.last_poll(every)
            if last is None or last < utc_now() - ALIVE:
                edges.fail("no source was polled in the last 3 hours", 1)
            print(f"last poll {render.words.moment(last, settings.zone)}")
        elif as_json:
            edges.print_json([render.data.health(one) for one in found])
        else:
            _print_health(found, settings.zone)
            if watchlist.keyless and not switched:
                print(render.words.keyless(watchlist))

    edges.ask(settings, ask)


@app.command()
def doctor(
    url: Annotated[str, typer.Argument(help="The address of a feed, or of a page that lists news.")],
    as_json: Json = False,
) -> None:
    """Try an address, and propose how to follow it: a stanza for feeds.yaml. Exit status 1: nothing to propose."""
    from bot import adding
    from bot import app as lookout
    from bot.config import watchlist_path
    from bot.members import in_force

    settings = edges.settings()
    followed = adding.followed(watchlist_path(settings), in_force(settings.data)[0])
    whole = url if "://" in url else f"https://{url}"  # browsers show addresses without it
    found = asyncio.run(lookout.diagnose(settings, whole, followed))
    if as_json:
        edges.print_json(diagnosing.data(found))
    else:
        diagnosing.show(found, settings.zone)
    if not found.proposals:
        raise typer.Exit(1)


@app.command()
def export() -> None:
    """Write what is followed as OPML 2.0, for other feed readers: feeds as feeds, pages as links."""
    from bot import opml

    watchlist = edges.watchlist()
    listed = (*watchlist.feeds, *(feed for feed, _ in watchlist.keyless))
    print(opml.written(listed).decode(), end="")
    links = sum(feed.kind != "rss" for feed in listed)
    if links:
        print(f"{len(listed) - links} feeds; {links} pages and interfaces, as links", file=sys.stderr)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE.opml", help="An OPML file.")],
    append: Annotated[
        bool, typer.Option("--append", help="Add them to the feeds.yaml in force, if it then has no mistake.")
    ] = False,
) -> None:
    """Print a stanza for feeds.yaml for each feed of an OPML file that is not followed yet."""
    from bot import adding, opml, render, stanzas
    from bot import app as lookout
    from bot.config import watchlist_path
    from bot.members import in_force

    settings = edges.settings()
    outlines = asyncio.run(lookout.read_opml(_bytes(file)))
    path, listed = watchlist_path(settings), in_force(settings.data)[0]
    chosen = opml.chosen(outlines, adding.followed(path, listed))
    for outline, why in chosen.left_out:
        print(f"left out: {render.words.plain(outline.title or outline.url)}: {why}", file=sys.stderr)
    if append and chosen.feeds:
        adding.add(path, chosen.feeds, listed)
        print(f"{render.words.count(len(chosen.feeds), 'feed', 'feeds')} added to {path}")
    elif append:
        print("no feed to add")
    else:
        print("".join(map(stanzas.stanza, chosen.feeds)), end="")


def _bytes(file: Path) -> bytes:
    from bot import opml

    with file.open("rb") as opened:
        return opened.read(opml.LARGEST + 1)


def _print_health(found: "list[Health]", zone: str) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    from bot import render

    drawn = Drawn(box=None, pad_edge=False, header_style="bold")
    for name in ("feed", "state", "items", "last read", "polls", "why"):
        drawn.add_column(name, justify="right" if name == "items" else "left", overflow="fold")
    for one in found:
        state = one.state
        read = render.words.moment(state.succeeded, zone) if state.succeeded else "never"
        said = render.words.about(state, zone, detail=True)
        drawn.add_row(*map(Text, (one.feed.id, state.state, f"{one.items:,}", read, state.recent, said)))
    Console().print(drawn)
    print(f"\n{render.words.count(len(found), 'source', 'sources')}: {render.words.states(found)}")
    if any(one.state.recent for one in found):
        print("polls: the last 30, the latest on the right; . could be read, x could not")
