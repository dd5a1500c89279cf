"""The command line: every command is a function in the room of its question; this door puts them in the order of help.

watching    what polls and reports       asking      what changes nothing
keeping     what goes in and out         labelling   what people say of items, and what comes of it
editing     stories, and what editors say of them
sources     how every source does, how to follow one more, OPML
members     the members of Congress: their table, and how it is renewed
judging     how well we match, and how the shipped heads are taught
options     what several commands take   edges       settings, logs, answers, failures

Imports of the program proper stand inside the commands: `lookout --help` must not wait for a database or a model.
"""

import typer

from bot.cli import asking, editing, judging, keeping, labelling, members, sources, watching
from bot.cli.edges import failures_told

app = typer.Typer(
    name="lookout",
    help="Watch what the US Congress, DHS and the press say about facial recognition and immigration enforcement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(watching.run)
app.command()(watching.once)
app.command()(watching.demo)
app.command()(watching.operator)
app.command()(asking.digest)
app.command()(asking.latest)
app.command()(asking.search)
app.command()(asking.why)
app.command()(editing.story)
app.add_typer(sources.app, name="feeds")
app.command()(asking.check)
app.add_typer(members.app, name="members")
app.command(name="import")(keeping.import_)
app.command()(keeping.export)
app.command()(keeping.bounces)
app.command()(editing.merge)
app.command()(editing.split)
app.command()(editing.undo)
app.command()(labelling.label)
app.command()(labelling.labels)
app.command()(labelling.retrain)
app.command(name="eval")(judging.eval_)
app.command()(judging.teach)

__all__ = ["app", "failures_told"]
