"""The members of Congress: their table, and how it is renewed."""

import asyncio
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges
from bot.cli.options import Json

if TYPE_CHECKING:
    from bot.congress import Renewed
    from bot.records import Member

PUBLIC = "https://unitedstates.github.io/congress-legislators/"
"""Where the congress-legislators project publishes its data as JSON; dedicated to the public (CC0)."""

FROM = "Where legislators-current.json and committees-current.json are."


class Chamber(StrEnum):
    """A chamber of Congress."""

    house = "house"
    senate = "senate"


app = typer.Typer(invoke_without_command=True)


@app.callback()
def members(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help="Only this state, such as CA.")] = None,
    chamber: Annotated[Chamber | None, typer.Option("--chamber", help="Only this chamber.")] = None,
    as_json: Json = False,
) -> None:
    """List the members and committees of Congress that we know, and where each publishes."""
    if context.invoked_subcommand:
        return
    from pydantic_core import to_jsonable_python

    from bot.members import in_force

    listed, wrong = in_force(edges.settings().data)
    if wrong:
        print(f"the shipped table stands in:\n{wrong}", file=sys.stderr)
    shown = [
        one
        for one in listed
        if (state is None or one.state == state.upper()) and (chamber is None or one.chamber == chamber)
    ]
    if as_json:
        edges.print_json(to_jsonable_python(shown))
    elif shown:
        _print_table(shown)
    else:
        edges.fail("no member is listed there; a state has two letters, such as CA", 1)


@app.command()
def refresh(address: Annotated[str, typer.Option("--from", metavar="URL", help=FROM)] = PUBLIC) -> None:
    """Renew the table from public data, and say who joined and who left. If it cannot be, it stays as it was."""
    from bot import app as lookout
    from bot import render
    from bot.errors import FeedError

    try:
        new = asyncio.run(lookout.renew_members(edges.settings(), address))
    except FeedError as e:
        edges.fail(f"{e}\nthe table stays as it was; --from takes the address of another copy of the data", 1)
    for told in _news(new):
        print(render.words.plain(told))


def _news(new: "Renewed") -> Sequence[str]:
    joined = [f"joined: {_called(one)}, {one.page or 'no address known'} (unverified)" for one in new.joined]
    left = [f"left: {_called(one)}" for one in new.left]
    people = sum(not one.is_committee for one in new.members)
    committees = len(new.members) - people
    changes = f"{len(joined)} joined, {len(left)} left, {len(new.changed)} changed"
    return [*joined, *left, *new.changed, f"{people} members and {committees} sides of committees: {changes}"]


def _called(one: "Member") -> str:
    return f"{one.name} ({one.party}, {one.state}, {one.chamber})"


def _print_table(shown: "Sequence[Member]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot import render

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "name", "page", "pattern", "seen"):
        drawn.add_column(name, overflow="fold")
    for one in shown:
        seen = one.seen.isoformat() if one.seen else "unverified"
        who = one.name if one.is_committee else f"{one.name} ({one.party[0]}-{one.state})"
        page = one.page.removeprefix("https://").removeprefix("www.") or "none known"
        values = (one.id, who, page, one.pattern or "found", seen)
        drawn.add_row(*(Text(render.words.plain(value)) for value in values))
    Console().print(drawn)
    unverified, nowhere = sum(not one.seen for one in shown), sum(not one.page for one in shown)
    print(f"\n{len(shown)} members and committees; {unverified} pages unverified, {nowhere} without an address")
