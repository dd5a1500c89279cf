"""What goes in and out: import, export, bounces."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn

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
    warc = "warc"


FORMS = "jsonl: everything; csv: one row an item; warc: what the sources sent, a gzipped web archive."


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
    form: Annotated[Table, typer.Option("--format", help=FORMS)] = Table.jsonl,
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
    from bot.evidence import Archive

    settings = edges.settings()
    wanted = options.wanted(topic, source, feed, member, since, to)
    wanted = options.matching(wanted) if matching else wanted

    async def ask(store: "Store") -> None:
        table = csv.DictWriter(sys.stdout, render.data.ROW)
        archive, damaged = Archive(sys.stdout.buffer) if form is Table.warc else None, list[str]()
        if form is Table.csv:
            table.writeheader()
        async for one in store.each(wanted):
            if archive is not None:
                damaged += archive.put(one.item, await store.evidence.of(one.item.id))
            elif form is Table.csv:
                table.writerow(render.data.row(one))
            else:
                print(render.data.written(render.data.judged(one), sys.stdout.encoding))
        for says in dict.fromkeys(damaged):
            typer.echo(f"left out: {says}", err=True)
        if damaged:
            raise typer.Exit(1)

    edges.ask(settings, ask)


def bounces(
    file: Annotated[Path, typer.Argument(help="An mbox file, a Maildir, or one message; - reads standard input.")],
    as_json: Json = False,
) -> None:
    """Read mails that came back: to addresses that take none any more, nothing is sent. To read them again is harmless.

    Who was written off can subscribe again, and is then told what they missed.
    """
    from bot import render
    from bot.app import utc_now
    from bot.bounces import Bounce, read

    settings = edges.settings()
    numbers: Counter[str] = Counter()
    found: list[Bounce] = []
    for message in _messages(file):
        numbers["messages"] += 1
        try:
            bounce = read(message)
        except ValueError:
            numbers["unreadable"] += 1
        else:
            found += [bounce] if bounce else []
            numbers["no bounce"] += bounce is None

    async def ask(store: "Store") -> None:
        counted = await store.subscribers.bounced(found, utc_now())
        numbers.update(one.came for one in counted)
        # What an operator wants to know more of; the others are many, or anybody's words.
        told = {came: [one for one in counted if one.came == came] for came in ("suppressed", "about us")}
        if as_json:
            named = {came: [{"address": one.address, "says": one.says} for one in some] for came, some in told.items()}
            edges.print_json({name.replace(" ", "_"): named.get(name, numbers[name]) for name in _CAME})
        else:
            print(f"{numbers['messages']} messages: " + ", ".join(f"{numbers[n]} {n}" for n in _CAME[1:]))
            for came, some in told.items():
                for one in some:
                    print(render.words.plain(f"{came}: {one.address} ({one.says})"))

    edges.ask(settings, ask)


_CAME = ("messages", "suppressed", "known", "temporary", "about us", "unknown", "no bounce", "unreadable")


def _messages(file: Path) -> Iterator[bytes]:
    from bot.bounces import LONGEST, messages

    try:
        for opened in _opened(file):
            with opened:
                yield from messages(iter(partial(opened.readline, LONGEST), b""))
    except OSError as e:
        edges.fail(f"{file} cannot be read: {e.strerror}", 2)


def _opened(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
    elif not file.is_dir():
        yield file.open("rb")
    elif not all((file / name).is_dir() for name in ("new", "cur")):
        raise typer.BadParameter(f"{file} is no Maildir: it has no folders new and cur", param_hint="FILE")
    else:
        for name in ("new", "cur"):  # in this order: a mail program moves what it has seen from the first to the second
            yield from (mail.open("rb") for mail in sorted((file / name).iterdir()) if mail.is_file())
