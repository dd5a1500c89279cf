"""What people ask, and what changes nothing: digest, latest, search, why, check."""

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges, options
from bot.cli.options import Count, Feeds, Json, Members, Since, Sources, To, Topics
from bot.records import LOCAL

if TYPE_CHECKING:
    from bot.store import Store


class Page(StrEnum):
    """Forms of a digest."""

    text = "text"
    markdown = "markdown"
    json = "json"


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

    settings, watchlist = edges.settings(), edges.watchlist()
    until = options.moment(to, settings.zone, "--to") or utc_now()
    begin = options.moment(since, settings.zone, "--since") or until - timedelta(days=1)
    if begin >= until:
        raise typer.BadParameter("--since must be before --to")

    async def ask(store: "Store") -> None:
        told = await commands.digest(
            store,
            watchlist,
            topics=options.known_topics(topic, watchlist),
            categories=options.categories(source),
            zone=settings.zone,
            since=begin,
            until=until,
            community=LOCAL,
        )
        if as_json or page is Page.json:
            edges.print_json(render.data.digest(told))
        else:
            print((render.text if page is Page.text else render.markdown)(told), end="")

    edges.ask(settings, ask)


def latest(
    topic: Topics = None,
    source: Sources = None,
    feed: Feeds = None,
    member: Members = None,
    since: Since = None,
    to: To = None,
    count: Count = 10,
    as_json: Json = False,
) -> None:
    """Print the newest matching items."""
    from bot import commands, render

    settings = edges.settings()
    wanted = options.matching(options.wanted(topic, source, feed, member, since, to))

    async def ask(store: "Store") -> None:
        found = await commands.latest(store, wanted, count)
        if as_json:
            edges.print_json([render.data.judged(one) for one in found])
        else:
            print(render.answers.listed(found, settings.zone))

    edges.ask(settings, ask)


def search(
    query: Annotated[str, typer.Argument(help='What to look for; "quoted words" must occur, in that order.')],
    topic: Topics = None,
    source: Sources = None,
    feed: Feeds = None,
    member: Members = None,
    since: Since = None,
    to: To = None,
    count: Count = 10,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Only what holds all the words, in any form; without the model.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search everything recorded, whether it matches a topic or not, by words and by meaning, best first."""
    from bot import commands, render
    from bot.matching import Questions

    settings, wanted = edges.settings(), options.wanted(topic, source, feed, member, since, to)
    questions = None if words_only else Questions()

    async def ask(store: "Store") -> None:
        found = await commands.search(store, query, wanted, count, questions)
        if as_json:
            edges.print_json(render.data.findings(found))
        else:
            print(render.answers.found(found, settings.zone))

    edges.ask(settings, ask)


def why(
    item: Annotated[str, typer.Argument(help="An item's id (or how it begins), or its address.")], as_json: Json = False
) -> None:
    """Explain why an item was told, or was not."""
    from bot import app, commands, render

    settings, watchlist = edges.settings(), edges.watchlist()
    readers = (app.console(settings), app.folder(settings))

    async def ask(store: "Store") -> None:
        closely = app.closer_look(settings, watchlist)
        told = await commands.why(
            store, item, LOCAL, now=app.utc_now(), readers=readers, followed=watchlist.topics, closely=closely
        )
        if told is None:
            edges.fail(f"no item {item!r}; ids stand in digests and in `lookout search`", 1)
        elif as_json:
            edges.print_json(render.data.why(told))
        else:
            print(render.answers.why(told, settings.zone, {s.id: s.name for s in watchlist.subjects}))

    edges.ask(settings, ask)


def check(as_json: Json = False) -> None:
    """Check settings and feeds.yaml, and tell every mistake with its line; start nothing."""
    from bot import render
    from bot.config import watchlist_path

    settings, watchlist = edges.settings(), edges.watchlist()
    file = watchlist_path(settings)
    topics, subjects, sources = len(watchlist.topics), len(watchlist.subjects), len(watchlist.feeds)
    if as_json:
        counted = {"topics": topics, "subjects": subjects, "feeds": sources, "keyless": len(watchlist.keyless)}
        edges.print_json({"file": str(file)} | counted | {"data": str(settings.data)})
    else:
        print(f"{file}: {topics} topics, {subjects} subjects, {sources} feeds")
        for line in filter(None, (render.words.keyless(watchlist), f"data: {settings.data}", "no mistakes found")):
            print(line)
