"""What goes in and out: import, export."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.cli import edges, options
from bot.cli.options import Feeds, Json, Members, Since, Source, Sources, To, Topics

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from bot.records import Category
    from bot.store import Store


class Table(StrEnum):
    """Forms of an export."""

    jsonl = "jsonl"
    csv = "csv"


def import_(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="JSON Lines, or gzipped JSON Lines (.gz).")
    ] = None,
    category: Annotated[
        Source | None, typer.Option("--category", help="Who speaks; by default told from each address.")
    ] = None,
    reembed: Annotated[
        bool,
        typer.Option("--reembed", help="No file: make the vectors of all items anew, after LOOKOUT_MODEL changed."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Import releases (url, title, date, text, source ...): matched and searchable, not announced. Resumable.

    With --reembed: searches use the old model's vectors until all new ones are there. Also resumable. Matches keep
    the model that they were judged with.
    """
    if reembed == (file is not None):
        raise typer.BadParameter("give a file, or --reembed without one", param_hint="FILE")
    if file is None:
        _reembed(as_json=as_json)
    else:
        _import(file, category.value if category else None, as_json=as_json)


def _import(file: Path, category: "Category | None", *, as_json: bool) -> NoReturn:
    from bot import app as lookout

    with edges.progress() as bar:
        lines, vectors = bar.add_task("Importing", total=None), bar.add_task("Vectors for search", total=None)
        came = asyncio.run(
            lookout.import_file(edges.settings(), file, category, _moves(bar, lines), _moves(bar, vectors))
        )
    if as_json:
        edges.print_json(asdict(came))
    else:
        for mistake in came.mistakes:
            print(mistake, file=sys.stderr)
        already = f", {came.skipped} were imported before" if came.skipped else ""
        print(f"{came.lines} lines{already}, {came.new} new items, {len(came.mistakes)} lines not usable")
    raise typer.Exit(1 if came.mistakes else 0)


def _reembed(*, as_json: bool) -> None:
    from bot import app as lookout

    with edges.progress() as bar:
        task = bar.add_task("Vectors for search", total=None)
        came = asyncio.run(lookout.reembed(edges.settings(), _moves(bar, task)))
    if as_json:
        edges.print_json(asdict(came))
    else:
        print(f"{came.made:,} vectors made, {came.forgotten:,} old ones deleted; searches now use {came.model}")


def _moves(bar: "Progress", task: "TaskID") -> Callable[[int, int], None]:
    return lambda done, total: bar.update(task, completed=done, total=total)


def export(
    form: Annotated[Table, typer.Option("--format", help="jsonl: everything; csv: one row an item.")] = Table.jsonl,
    topic: Topics = None,
    source: Sources = None,
    feed: Feeds = None,
    member: Members = None,
    since: Since = None,
    to: To = None,
    matching: Annotated[bool, typer.Option("--matching", help="Only items that match a topic.")] = False,
) -> None:
    """Write items to standard output, in order of arrival."""
    import csv

    from bot import render

    settings = edges.settings()
    wanted = options.wanted(topic, source, feed, member, since, to)
    wanted = options.matching(wanted) if matching else wanted

    async def ask(store: "Store") -> None:
        table = csv.DictWriter(sys.stdout, render.data.ROW)
        if form is Table.csv:
            table.writeheader()
        async for one in store.each(wanted):
            if form is Table.csv:
                table.writerow(render.data.row(one))
            else:
                print(render.data.written(render.data.judged(one), sys.stdout.encoding))

    edges.ask(settings, ask)
