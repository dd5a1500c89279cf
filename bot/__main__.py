"""The command line; the only reader of the environment.

Imports of the program proper stand inside the commands: `lookout --help` must not wait for a database or a model.
Exit status: 0 done; 1 it could not be done (no such item, the database refused); 2 wrong use or settings.
"""

import asyncio
import errno
import io
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, MutableMapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.errors import ConfigError, LookoutError

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.app import Evaluated
    from bot.config import Settings
    from bot.records import Category, FeedState, Health, Judged, Watchlist
    from bot.store import Store, Wanted

app = typer.Typer(
    name="lookout",
    help="Watch what the US Congress, DHS and the press say about facial recognition and immigration enforcement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Source(StrEnum):
    """Who speaks."""

    congress = "congress"
    dhs = "dhs"
    government = "government"
    advocacy = "advocacy"
    news = "news"


class Table(StrEnum):
    """Forms of an export."""

    jsonl = "jsonl"
    csv = "csv"


class Page(StrEnum):
    """Forms of a digest."""

    text = "text"
    markdown = "markdown"
    json = "json"


ALIVE = timedelta(hours=3)
"""A Lookout at work polls every few minutes; feeds that fail are asked again within hours."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Only this topic's id; may be repeated.")]
Sources = Annotated[list[Source] | None, typer.Option("--source", help="Only this category; may be repeated.")]
Feeds = Annotated[list[str] | None, typer.Option("--feed", help="Only this feed's id; may be repeated.")]
Count = Annotated[int, typer.Option("--count", "-n", min=1, max=1000, help="How many at most.")]
SINCE = "From when: 2026-04-05, 2026-04-05T14:00, or 7d, 12h ago; a date means its midnight in LOOKOUT_ZONE."
Since = Annotated[str | None, typer.Option("--since", help=SINCE)]
To = Annotated[str | None, typer.Option("--to", help="Until before when, written as --since; by default now.")]


@app.command()
def run() -> None:
    """Watch and report until stopped: polls the feeds of feeds.yaml, prints and files a digest each day."""
    from bot import app as lookout

    asyncio.run(lookout.run(_settings(log_level="info")))


@app.command()
def once() -> None:
    """Watch once and report once, for cron: polls what is due, prints what has not been told yet."""
    from bot import app as lookout

    with _reading("Reading feeds") as (starting, polled):
        asyncio.run(lookout.once(_settings(), starting, polled))


@app.command()
def demo() -> None:
    """Show the whole on a small sample world served on this machine: polls, matches, prints the digest."""
    from bot import demo as sample_world

    settings = _settings()
    with _reading("Reading the sample feeds") as (starting, polled):
        sample_world.show(settings.zone, starting=starting, polled=polled)
    print(sample_world.WHAT_NEXT)


@app.command()
def digest(
    since: Since = None,
    to: To = None,
    topic: Topics = None,
    source: Sources = None,
    page: Annotated[Page, typer.Option("--format", help="text, markdown or json.")] = Page.text,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the digest of a period, by date of publication (default: the last 24 hours). Changes nothing."""
    from bot import commands, render
    from bot.app import utc_now

    settings, watchlist = _settings(), _watchlist()
    until = _moment(to, settings.zone, "--to") or utc_now()
    begin = _moment(since, settings.zone, "--since") or until - timedelta(days=1)
    if begin >= until:
        raise typer.BadParameter("--since must be before --to")

    async def ask(store: "Store") -> None:
        told = await commands.digest(
            store,
            watchlist,
            topics=_known_topics(topic, watchlist),
            categories=_categories(source),
            zone=settings.zone,
            since=begin,
            until=until,
        )
        if as_json or page is Page.json:
            _print_json(render.data.digest(told))
        else:
            print((render.text if page is Page.text else render.markdown)(told), end="")

    _ask(settings, ask)


@app.command()
def latest(
    topic: Topics = None, source: Sources = None, feed: Feeds = None, count: Count = 10, as_json: Json = False
) -> None:
    """Print the newest matching items."""
    from bot import commands

    settings, wanted = _settings(), _wanted(topic, source, feed)

    async def ask(store: "Store") -> None:
        _print_items(await commands.latest(store, wanted, count), settings.zone, as_json=as_json)

    _ask(settings, ask)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='Words that must all occur; "quoted words" in that order.')],
    since: Since = None,
    to: To = None,
    topic: Topics = None,
    source: Sources = None,
    feed: Feeds = None,
    count: Count = 10,
    as_json: Json = False,
) -> None:
    """Search everything recorded, whether it matches a topic or not, best first."""
    from dataclasses import replace

    from bot import commands

    settings, wanted = _settings(), _wanted(topic, source, feed)
    begin, until = _moment(since, settings.zone, "--since"), _moment(to, settings.zone, "--to")
    wanted = replace(wanted, since=begin, until=until, flagged=bool(topic))

    async def ask(store: "Store") -> None:
        _print_items(await commands.search(store, query, wanted, count), settings.zone, as_json=as_json)

    _ask(settings, ask)


@app.command()
def why(
    item: Annotated[str, typer.Argument(help="An item's id (or how it begins), or its address.")], as_json: Json = False
) -> None:
    """Explain why an item was told, or was not."""
    from bot import commands, render

    settings, watchlist = _settings(), _watchlist()

    async def ask(store: "Store") -> None:
        told = await commands.why(store, item)
        if told is None:
            _fail(f"no item {item!r}; ids stand in digests and in `lookout search`", 1)
        elif as_json:
            _print_json(render.data.why(told))
        else:
            print(render.answers.why(told, settings.zone, {s.id: s.name for s in watchlist.subjects}))

    _ask(settings, ask)


@app.command()
def feeds(
    as_json: Json = False,
    alive: Annotated[
        bool, typer.Option("--alive", help="Say only whether any source was polled in the last 3 hours; else exit 1.")
    ] = False,
) -> None:
    """Show how every source does: when it was read, what it gave, why it failed."""
    from bot import commands, render
    from bot.app import utc_now

    settings, watchlist = _settings(), _watchlist()

    async def ask(store: "Store") -> None:
        found = await commands.health(store, watchlist)
        if alive:
            last = commands.last_poll(found)
            if last is None or last < utc_now() - ALIVE:
                _fail("no source was polled in the last 3 hours", 1)
            print(f"last poll {render.words.moment(last, settings.zone)}")
        elif as_json:
            _print_json([render.data.health(one) for one in found])
        else:
            _print_health(found, settings.zone)

    _ask(settings, ask)


@app.command()
def check(as_json: Json = False) -> None:
    """Check settings and feeds.yaml, and tell every mistake with its line; start nothing."""
    from bot.config import watchlist_path

    settings, watchlist = _settings(), _watchlist()
    file = watchlist_path(settings)
    topics, subjects, sources = len(watchlist.topics), len(watchlist.subjects), len(watchlist.feeds)
    if as_json:
        counted = {"topics": topics, "subjects": subjects, "feeds": sources}
        _print_json({"file": str(file)} | counted | {"data": str(settings.data)})
    else:
        print(f"{file}: {topics} topics, {subjects} subjects, {sources} feeds")
        print(f"data: {settings.data}\nno mistakes found")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines, or gzipped JSON Lines (.gz).")],
    category: Annotated[
        Source | None, typer.Option("--category", help="Who speaks; by default told from each address.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import releases (url, title, date, text, source ...): matched and searchable, not announced. Resumable."""
    from dataclasses import asdict

    from bot import app as lookout

    with _progress() as bar:
        task = bar.add_task("Importing", total=None)
        came = asyncio.run(
            lookout.import_file(
                _settings(),
                file,
                category.value if category else None,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    if as_json:
        _print_json(asdict(came))
    else:
        for mistake in came.mistakes:
            print(mistake, file=sys.stderr)
        already = f", {came.skipped} were imported before" if came.skipped else ""
        print(f"{came.lines} lines{already}, {came.new} new items, {len(came.mistakes)} lines not usable")
    raise typer.Exit(1 if came.mistakes else 0)


@app.command()
def export(
    form: Annotated[Table, typer.Option("--format", help="jsonl: everything; csv: one row an item.")] = Table.jsonl,
    since: Since = None,
    to: To = None,
    topic: Topics = None,
    source: Sources = None,
    feed: Feeds = None,
    matching: Annotated[bool, typer.Option("--matching", help="Only items that match a topic.")] = False,
) -> None:
    """Write items to standard output, in order of arrival."""
    import csv
    from dataclasses import replace

    from bot import render

    settings, wanted = _settings(), _wanted(topic, source, feed)
    begin, until = _moment(since, settings.zone, "--since"), _moment(to, settings.zone, "--to")
    wanted = replace(wanted, since=begin, until=until, flagged=matching or bool(topic))

    async def ask(store: "Store") -> None:
        table = csv.DictWriter(sys.stdout, render.data.ROW)
        if form is Table.csv:
            table.writeheader()
        async for one in store.each(wanted):
            if form is Table.csv:
                table.writerow(render.data.row(one))
            else:
                print(render.data.written(render.data.judged(one), sys.stdout.encoding))

    _ask(settings, ask)


@app.command(name="eval")
def eval_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON Lines: title, text, topic_...")],
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Judge by heads fitted to the file's other sources, in 5 folds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure the matcher on labelled items, beside a plain phrase rule. The shipped heads never saw your file."""
    from bot import app as lookout

    with _progress() as bar:
        bar.add_task("Matching", total=None)
        report = lookout.evaluate(_settings(), file, cross_validate=cross_validate)
    if as_json:
        _print_json(report.data())
    else:
        _print_report(report)


@app.command()
def teach(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Files with the labelled texts.")],
) -> None:
    """Fit the shipped heads again to bot/matching/labels.csv, and write them into this installation."""
    from bot import app as lookout

    with _progress() as bar:
        bar.add_task("Fitting", total=None)
        lessons, number = lookout.teach(_settings(), files)
    print(f"{number} labelled items; each judged by a head that saw nothing of its source (5 folds):")
    for lesson in lessons:
        s = lesson.unseen
        print(
            f"  {lesson.head.name:24} threshold {lesson.head.threshold:.2f}  precision {s.precision}  "
            f"recall {s.recall}  F1 {s.f1}  AP {s.ap}  ({s.positives} of {s.n} positive)"
        )


# -- the edges ------------------------------------------------------------------------------------------------


def _settings(*, log_level: str = "warning") -> "Settings":
    """Return the settings, and log as they say, or from `log_level` on: who waits for one answer reads no diary."""
    from bot.config import settings

    made = settings()
    _log_to_stderr(made.log_level if "log_level" in made.model_fields_set else log_level)
    return made


def _watchlist() -> "Watchlist":
    from bot.app import read_watchlist

    return read_watchlist(_settings())


def _log_to_stderr(level: str) -> None:
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        processors=[
            _without_commands,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event"), bool_as_flag=False),
        ],
        # Looked up at each line: while a progress bar is drawn, it stands in for stderr and keeps the lines apart.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def _without_commands(_logger: object, _level: str, values: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return a log line's values as text that a terminal cannot take for commands: much of it comes from elsewhere."""
    from bot import render

    kept = (type(None), bool)
    return {n: v if isinstance(v, kept) else render.words.plain(str(v)) for n, v in values.items()}


def _ask(settings: "Settings", question: Callable[["Store"], Coroutine[Any, Any, None]]) -> None:
    from bot.app import opened_store

    async def asked() -> None:
        async with opened_store(settings) as store:
            await question(store)

    asyncio.run(asked())


def _wanted(topic: list[str] | None, source: list[Source] | None, feed: list[str] | None) -> "Wanted":
    from bot.store import Wanted

    topics = _known_topics(topic, _watchlist()) if topic else ()
    return Wanted(topics=topics, categories=_categories(source), feeds=_known_feeds(feed, _watchlist()) if feed else ())


def _categories(source: list[Source] | None) -> tuple["Category", ...]:
    return tuple(one.value for one in source or ())


def _known_topics(asked: list[str] | None, watchlist: "Watchlist") -> tuple[str, ...]:
    known = [topic.id for topic in watchlist.topics]
    unknown = [topic for topic in asked or () if topic not in known]
    if unknown:
        raise typer.BadParameter(f"no topic {unknown[0]!r}; there are {', '.join(known)}", param_hint="--topic")
    return tuple(asked or ())


def _known_feeds(asked: list[str], watchlist: "Watchlist") -> tuple[str, ...]:
    known = {"import", *(feed.id for feed in watchlist.feeds)}
    if unknown := [feed for feed in asked if feed not in known]:
        says = f"no feed {unknown[0]!r}; there are import and those that `lookout feeds` lists"
        raise typer.BadParameter(says, param_hint="--feed")
    return tuple(asked)


def _moment(written: str | None, zone: str, option: str) -> datetime | None:
    import re
    from zoneinfo import ZoneInfo

    from bot.app import utc_now

    if written is None:
        return None
    if ago := re.fullmatch(r"(\d{1,5})\s*([dh])", written.strip()):
        return utc_now() - timedelta(hours=int(ago[1]) * (24 if ago[2] == "d" else 1))
    try:
        moment = datetime.fromisoformat(written.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise typer.BadParameter(
            f"{written!r} is no date; write 2026-04-05, 2026-04-05T14:00, 7d or 12h", param_hint=option
        ) from e


def _print_report(report: "Evaluated") -> None:
    from bot import render

    for one in report.topics:
        print(f"{one.topic_id}: {one.all.positives} of {one.all.n} are about it, {one.hard.n} are hard")
        rows = (("matcher", one.all), ("  hard", one.hard), ("phrase rule", one.phrases), ("  hard", one.phrases_hard))
        for name, s in rows:
            figures = {"precision": s.precision, "recall": s.recall, "F1": s.f1, "AP": s.ap}
            print(f"  {name:12}", "  ".join(f"{what} {_figure(value)}" for what, value in figures.items()))
        for wrong in one.wrong:
            kind = "missed " if wrong.label else "alarmed"
            print(render.words.wrapped(f"{wrong.id}  {wrong.title}", 18, f"    {kind} {wrong.probability:.2f}  "))
    speed = f"{report.items_per_second:.1f} items a second, {report.peak_memory_mb:.0f} MB at most"
    print(f"{speed}; judged by {report.judge}")


def _figure(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "    -"


@contextmanager
def _progress() -> Iterator["Progress"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = Console(stderr=True)
    bar = Progress(
        *columns,
        console=shown,
        transient=True,
        disable=not shown.is_terminal,  # cron would mail the line that a bar leaves behind
        redirect_stdout=sys.stdout.isatty(),  # else what goes to a file would end on the terminal, above the bar
    )
    with bar:
        yield bar


@contextmanager
def _reading(what: str) -> Iterator[tuple[Callable[[int], None], Callable[["FeedState"], None]]]:
    """Give what hears how many feeds are read, and of each; the bar is gone before the digest is printed."""
    with _progress() as bar:
        task = bar.add_task(what, total=None)

        def tell(*, total: int | None = None, advance: int = 0) -> None:
            bar.update(task, total=total, advance=advance)
            if bar.finished:
                bar.stop()

        yield lambda number: tell(total=number), lambda _: tell(advance=1)


def _print_items(found: "list[Judged]", zone: str, *, as_json: bool) -> None:
    from bot import render

    if as_json:
        _print_json([render.data.judged(one) for one in found])
    else:
        print(render.answers.listed(found, zone))


def _print_json(data: object) -> None:
    from bot import render

    print(render.data.written(data, sys.stdout.encoding, indent=2))


def _print_health(found: "list[Health]", zone: str) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    from bot import render

    drawn = Drawn(box=None, pad_edge=False, header_style="bold")
    for name in ("feed", "state", "items", "last read", "why"):
        drawn.add_column(name, justify="right" if name == "items" else "left", overflow="fold")
    for one in found:
        state = one.state
        read = render.words.moment(state.succeeded, zone) if state.succeeded else "never"
        said = render.words.plain(f"{state.reason}: {state.detail}" if state.reason else state.note or "")
        drawn.add_row(*map(Text, (one.feed.id, state.state, f"{one.items:,}", read, said)))
    Console().print(drawn)
    failing = sum(one.state.state == "failing" for one in found)
    new = sum(one.state.state == "new" for one in found)
    print(f"\n{len(found)} sources: {len(found) - failing - new} ok, {failing} failing, {new} not polled yet")


def main() -> None:
    """Run the command line; end with one line for every failure we have a plan for."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # under cron it may know ASCII alone
    try:
        try:
            app(prog_name="lookout")
        finally:
            sys.stdout.flush()
    except ConfigError as e:
        _fail("\n".join(map(str, e.mistakes)), 2)
    except LookoutError as e:
        _fail(str(e), 1)
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`).
        _drop_output()
        raise SystemExit(1) from None
    except OSError as e:
        if e.errno not in _NO_ROOM:
            raise
        _drop_output()
        _fail(f"cannot write: {e.strerror}", 1)


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _drop_output() -> None:
    # What could not be written is still in Python's buffer, and must go somewhere when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(says: str, status: int) -> NoReturn:
    print(says, file=sys.stderr)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
