"""Stories, and what editors say of them, which sticks: story, merge, split, undo."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges
from bot.cli.options import Json, Person

if TYPE_CHECKING:
    from bot.records import Chronicle
    from bot.store import Store

EDIT = "The number that `lookout story` shows."

MOST_EDITS = 999_999_999
"""No database of ours will hold more; SQLite knows no number beyond 9,223,372,036,854,775,807."""

STORY = "A story's number, or the id (or how it begins) or address of an item in it."


def story(name: Annotated[str, typer.Argument(metavar="STORY", help=STORY)], as_json: Json = False) -> None:
    """Show a story: its items, how each came to it, and what editors said."""
    from bot import commands

    async def found(store: "Store") -> "Chronicle":
        told = await commands.story(store, name)
        if told is None:
            edges.fail(f"no story {name!r}; give its number, or the id or address of an item in it", 1)
        return told

    _show(found, as_json=as_json)


def merge(
    names: Annotated[list[str], typer.Argument(metavar="STORY STORY...", help=STORY)],
    by: Person = None,
    as_json: Json = False,
) -> None:
    """Make one story of several. It stays one; who was told one of them is not told again."""
    from bot import commands
    from bot.app import utc_now

    if len(names) < 2:
        raise typer.BadParameter("name two stories or more", param_hint="STORY")
    who = by if by is not None else edges.person()
    _show(lambda store: commands.merge(store, names, by=who, now=utc_now()), as_json=as_json)


def split(
    name: Annotated[str, typer.Argument(metavar="STORY", help=STORY)],
    items: Annotated[list[str], typer.Argument(metavar="ITEM...", help="Ids or addresses of the items that leave it.")],
    by: Person = None,
    as_json: Json = False,
) -> None:
    """Take items out of a story into one of their own. They stay apart; who was not shown them is told of them."""
    from bot import commands
    from bot.app import utc_now

    who = by if by is not None else edges.person()
    _show(lambda store: commands.split(store, name, items, by=who, now=utc_now()), as_json=as_json)


def undo(
    number: Annotated[int, typer.Argument(metavar="EDIT", min=1, max=MOST_EDITS, help=EDIT)],
    by: Person = None,
) -> None:
    """Take back a merge or a split of stories."""
    from bot import commands
    from bot.app import utc_now

    who = by if by is not None else edges.person()

    async def ask(store: "Store") -> None:
        undone = await commands.undo_edit(store, number, by=who, now=utc_now())
        print(f"{undone.kind} {undone.number} is undone")

    edges.ask(edges.settings(), ask)


def _show(asked: "Callable[[Store], Awaitable[Chronicle]]", *, as_json: bool) -> None:
    from bot import render

    settings = edges.settings()

    async def ask(store: "Store") -> None:
        told = await asked(store)
        if as_json:
            edges.print_json(render.data.story(told))
        else:
            print(render.answers.story(told, settings.zone))

    edges.ask(settings, ask)
