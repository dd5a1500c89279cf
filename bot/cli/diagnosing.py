"""What the doctor says of an address, on the terminal and as data: what answered, what would be read, the stanza."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bot.records import CATEGORIES

if TYPE_CHECKING:
    from rich.console import Console

    from bot.doctor import Diagnosis, Inside, Proposal, Tried
    from bot.records import Entry

MOST = 3
"""Proposals that are shown."""


def show(found: "Diagnosis", zone: str) -> None:
    """Print it: what was tried, each proposal with its first entries, and its stanza last, ready to be copied."""
    from rich.console import Console

    from bot import stanzas

    out = Console(highlight=False)
    for tried in found.tried:
        _say_asked(out, tried)
    for number, one in enumerate(found.proposals[:MOST], 1):
        print()
        _say(out, f"{number}. {_headline(one, zone)}", style="bold")
        for line in _lines(one):
            _say(out, line, 1)
        for entry in one.first:
            _say_entry(out, entry, zone)
        if one.inside:
            _say(out, _inside(one.inside, zone), 1)
        print(f"\n{_above(number, one)}\n")
        print(stanzas.stanza(one.feed), end="")  # whole lines: a terminal's width is no part of YAML
    if not found.proposals:
        print()
        _say(out, f"nothing to propose: {found.advice}")


def _say(out: "Console", says: str, level: int = 0, style: str = "") -> None:
    from rich.text import Text

    from bot import render

    indent = "   " * level
    for line in Text(render.words.plain(says), style=style).wrap(out, max(out.width - len(indent), 20)):
        out.print(Text(indent) + line, soft_wrap=True)


def _say_asked(out: "Console", tried: "Tried") -> None:
    if tried.status is None and not tried.advice:  # one of the usual places: in one line
        _say(out, f"{tried.url}: {tried.says}")
        return
    _say(out, _asked(tried))
    for line in filter(None, (tried.says, tried.advice)):
        _say(out, line, 1)


def _say_entry(out: "Console", entry: "Entry", zone: str) -> None:
    from rich.text import Text

    from bot import render

    _say(out, f"- {_date(entry, zone)}: {entry.title or 'without a title'}", 1)
    link = render.words.plain(entry.url or "without a link")
    out.print(Text(f"     {link}"), soft_wrap=True)  # whole, to be copied


def _asked(tried: "Tried") -> str:
    if tried.status is None:
        return tried.url
    on = f", which leads to {tried.answered}" if tried.answered != tried.url else ""
    return f"{tried.url}{on}: {tried.status}, {tried.content_type or 'no content type'}, {tried.size:,} bytes"


def _headline(one: "Proposal", zone: str) -> str:
    from bot import render

    parts = [f"kind {one.feed.kind}, {one.by}: {render.words.count(one.count, 'entry', 'entries')}"]
    if one.newest:
        parts.append(f"the newest of {_moment(one.newest, zone)}")
    if one.usual is not None:
        parts.append(f"something new every {_every(one.usual)}")
    return ", ".join(parts)


def _every(usual: timedelta) -> str:
    hours = round(usual.total_seconds() / 3600)
    if hours < 2:
        return "hour"
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def _lines(one: "Proposal") -> Iterator[str]:
    yield from (f"doubtful: {doubt}" for doubt in one.doubts)
    yield from one.remarks
    if one.hub:
        yield f"it is pushed (WebSub) by {one.hub}"


def _date(entry: "Entry", zone: str) -> str:
    return "without a date" if entry.published is None else _moment(entry.published, zone)


def _moment(at: datetime, zone: str) -> str:
    from bot import render
    from bot.dates import WASHINGTON

    # Midnight in Washington stands for a day whose time is not known, wherever we are.
    local = at.astimezone(WASHINGTON)
    return f"{local:%Y-%m-%d}" if local.time() == time() else render.words.moment(at, zone)


def _inside(inside: "Inside", zone: str) -> str:
    if inside.failed:
        return f"its first item's page could not be read ({inside.failed}): {inside.url}"
    if not inside.characters:
        return f"no text is found on its first item's page: {inside.url}"
    dated = f"dated {_moment(inside.published, zone)}" if inside.published else "without a date of its own"
    return f'its first item\'s page gives {inside.characters:,} characters, {dated}: "{inside.begins}"'


def _above(number: int, one: "Proposal") -> str:
    if number > 1:
        return "Or, instead:"
    guessed = f" (category is a guess; there are {', '.join(CATEGORIES)})" if one.feed.category == "news" else ""
    return f"Add this to feeds.yaml, under feeds{guessed}:"


def data(found: "Diagnosis") -> dict[str, Any]:
    """Return it as `--json` prints it."""
    from pydantic_core import to_jsonable_python

    tried = [to_jsonable_python(one) for one in found.tried]
    return {
        "asked": found.asked,
        "tried": tried,
        "proposals": [_proposal(one) for one in found.proposals],
        "advice": found.advice if not found.proposals else "",
    }


def _proposal(one: "Proposal") -> dict[str, Any]:
    from pydantic_core import to_jsonable_python

    from bot import stanzas

    first = [{"title": e.title, "url": e.url, "published": e.published, "day_only": e.day_only} for e in one.first]
    told: dict[str, Any] = to_jsonable_python(
        {
            "kind": one.feed.kind,
            "by": one.by,
            "id": one.feed.id,
            "name": one.feed.name,
            "url": one.feed.url,
            "category": one.feed.category,
            "options": one.feed.options,
            "entries": one.count,
            "dated": one.dated,
            "newest": one.newest,
            "usual_silence_hours": one.usual and round(one.usual.total_seconds() / 3600, 1),
            "doubts": one.doubts,
            "remarks": one.remarks,
            "hub": one.hub,
            "first": first,
            "item_page": one.inside,
        }
    )
    return told | {"stanza": stanzas.stanza(one.feed)}
