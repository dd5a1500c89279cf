"""What anybody may ask: help, latest, search, story, why, how the sources do; and what they say of an item."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot import commands, render, schedule
from bot.desk.knowledge import Knowledge
from bot.desk.table import COMMANDS, Command, command_of
from bot.errors import Refused
from bot.records import CATEGORIES, Category, Chronicle, Health, Judged, Match, Subscriber, Verdict, Why
from bot.replies import Asked, Asker, Button, Card, Choice, Code, Line, Option, Paging, Reply, Strong
from bot.store import Wanted

A_PAGE = 5
"""Items on a page of a search."""

LAST_PAGE = 40
"""Who has looked through 200 items asks another question."""

LATEST = 5
"""Items of /latest where nobody says how many."""

SHOWN = 15
"""Items of a story, or sources that fail, that one answer names."""


async def help_(_knows: Knowledge, asked: Asked) -> Reply:
    """Tell all commands, or all about one."""
    name = asked.options.get("command", "").lower().lstrip("/")
    if name:
        return _about(command_of(name))
    return Reply(
        title="What you can ask",
        lines=tuple(
            (Code(text=f"/{one.name}"), f"  {one.says}{' (managers)' if one.managers else ''}") for one in COMMANDS
        ),
        footer=(("Answers are shown to you alone. Digests are for everybody in a channel that was subscribed.",),),
    )


def _about(command: Command) -> Reply:
    lines: list[Line] = [(command.says + ".",)]
    for one in command.parameters:
        must = "needed" if one.required else "may be left out"
        lines.append((Code(text=one.name), f"  {one.says} ({must})"))
    if command.example:
        lines.append(("For example: ", Code(text=f"/{command.name} {command.example}")))
    if command.managers:
        lines.append(("For those who may manage the channel.",))
    return Reply(title=f"/{command.name}", lines=tuple(lines))


async def latest(knows: Knowledge, asked: Asked) -> Reply:
    """Tell the newest matching items; a button shares them with everybody."""
    topic, count = asked.options.get("topic", ""), int(asked.options.get("count", LATEST))
    found = await commands.latest(knows.store, _matching(knows, topic, asked.by), count)
    share = Button(id=f"share:{count}:{_topic(knows, topic)}", label="Share")
    shown = await _cards(knows, found, asked.by, _topic(knows, topic))
    return Reply(
        title=f"The newest on {knows.topic_name(_topic(knows, topic))}" if topic else "The newest matching items",
        lines=() if found else (("Nothing matches yet.",),),
        cards=shown,
        brief=count > A_PAGE,
        buttons=(share,) if found else (),
        choice=details(shown) if count > A_PAGE else None,
    )


async def share(knows: Knowledge, count: str, topic: str, by: Asker) -> Reply:
    """Tell everybody what /latest told one."""
    found = await commands.latest(knows.store, _matching(knows, topic, by), int(count))
    shown = await _cards(knows, found, by, topic)
    title = f"The newest on {knows.topic_name(topic)}, now" if topic else "The newest matching items, now"
    return Reply(title=title, cards=shown, brief=True, choice=details(shown), public=True)


def details(shown: Sequence[Card]) -> Choice | None:
    """Return the list from which one of these is chosen to be seen in full."""
    if not shown:
        return None
    options = (
        Option(
            value=one.item_id,
            label=render.words.cut(one.title, 90),
            says=render.words.cut(f"{one.when} · {one.source}", 90),
        )
        for one in shown[:25]
    )
    return Choice(id="card", label="Details of one, and what you think of it", options=tuple(options))


def _topic(knows: Knowledge, written: str) -> str:
    return commands.known_topic(written, knows.watchlist()) if written else ""


def _matching(knows: Knowledge, topic: str, by: Asker) -> Wanted:
    followed = tuple(one.id for one in knows.watchlist().topics)
    wanted = _topic(knows, topic)
    return Wanted(topics=(wanted,) if wanted else followed, community=by.community)


async def _zone(knows: Knowledge, by: Asker) -> str:
    return (await knows.reader(by)).zone


async def _cards(knows: Knowledge, found: Sequence[Judged], by: Asker, topic: str = "") -> tuple[Card, ...]:
    topics, subjects, zone, now = knows.watchlist().topics, knows.subjects(), await _zone(knows, by), knows.clock()
    return tuple(render.cards.judged_card(one, topics, subjects, zone, now, topic) for one in found)


async def search(knows: Knowledge, asked: Asked) -> Reply:
    """Tell what is found, the first page."""
    given = [asked.options.get(name, "") for name in ("query", "since", "source", "topic", "member")]
    return await page(knows, 1, json.dumps(given, ensure_ascii=False, separators=(",", ":")), asked.by)


def mistakes(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the fields of the form of a search."""
    try:
        if given.get("since"):
            commands.moment(given["since"], "UTC", datetime(2000, 1, 1, tzinfo=UTC))
    except Refused as e:
        return {"since": str(e)}
    return {}


async def page(knows: Knowledge, number: int, state: str, by: Asker) -> Reply:
    """Tell one page of a search; `state` is what was asked, as the page before kept it."""
    number = min(number, LAST_PAGE)
    query, *filters = json.loads(state)
    since, source, topic, member = filters
    zone, now = await _zone(knows, by), knows.clock()
    categories, feeds = _source(knows, source)
    wanted = Wanted(
        topics=(_topic(knows, topic),) if topic else (),
        categories=categories,
        feeds=feeds,
        members=(member,) if member else (),
        since=commands.moment(since, zone, now) if since else None,
        flagged=bool(topic),
        community=by.community,
    )
    found = await commands.search(knows.store, query, wanted, number * A_PAGE + 1, knows.questions)
    hits = [hit.judged for hit in found.hits[(number - 1) * A_PAGE : number * A_PAGE]]
    ways = [" and ".join(hit.by) for hit in found.hits[(number - 1) * A_PAGE : number * A_PAGE]]
    cards = await _cards(knows, hits, by, _topic(knows, topic))
    named = zip(("since", "source", "topic", "member"), filters, strict=True)
    nothing = "" if hits else "Nothing found." if number == 1 else "Nothing more found."
    said = (render.words.plain(", ".join(f"{name} {value}" for name, value in named if value)), nothing)
    return Reply(
        title=f"Search: {render.words.cut(render.words.plain(query), 120)}",
        lines=tuple((line,) for line in said if line),
        cards=tuple(replace(card, why=f"found by {how}; {card.why}") for card, how in zip(cards, ways, strict=True)),
        footer=((f"By words only: {found.note}.",),) if found.note else (),
        paging=Paging(page=number, more=len(found.hits) > number * A_PAGE, state=state),
    )


def _source(knows: Knowledge, written: str) -> tuple[tuple[Category, ...], tuple[str, ...]]:
    name = written.strip().lower()
    categories = tuple(category for category in CATEGORIES if category == name)
    if not name or categories:
        return categories, ()
    if name not in {feed.id for feed in knows.watchlist().feeds}:
        raise Refused(f"no source {written!r}; there are {', '.join(CATEGORIES)}, and what /feeds lists")
    return (), (name,)


async def card(knows: Knowledge, name: str, by: Asker) -> Reply:
    """Tell one item in full."""
    judged = await knows.store.item(name, by.community)
    if judged is None:
        raise _no_such_item(name)
    return Reply(cards=await _cards(knows, [judged], by))


def _no_such_item(name: str) -> Refused:
    return Refused(f"no item {name!r}; ids stand in digests and in what a search finds")


async def story(knows: Knowledge, asked: Asked) -> Reply:
    """Tell who else has the story of an item."""
    name = asked.options["id"]
    told = await commands.story(knows.store, name)
    if told is None:
        raise _no_such_item(name)
    zone = await _zone(knows, asked.by)
    return Reply(
        title=f"Story {told.id}: {render.words.count(len(told.items), 'item', 'items')}",
        lines=tuple(_members(told, zone)),
    )


def _members(told: Chronicle, zone: str) -> list[Line]:
    how = {
        "first": "began the story",
        "copy": "same text",
        "rewrite": "same news in other words",
        "editor": "put here by an editor",
    }
    lines: list[Line] = [
        (
            Code(text=one.item.id),
            " ",
            Strong(text=render.words.cut(render.words.plain(one.item.title), 150)),
            f" · {render.words.plain(one.item.source)}, {render.words.when(one.item, zone)} · {how[one.how]}",
        )
        for one in told.items[:SHOWN]
    ]
    if len(told.items) > SHOWN:
        lines.append((f"and {len(told.items) - SHOWN} more",))
    lines += [
        (f"{edit.kind} by {render.words.plain(edit.by)}, {render.words.moment(edit.at, zone)}",)
        for edit in told.edits[-3:]
    ]
    return lines


async def why(knows: Knowledge, asked: Asked) -> Reply:
    """Tell why an item was posted, or was not."""
    reader, name = await knows.reader(asked.by), asked.options["id"]
    told = await commands.why(
        knows.store,
        name,
        asked.by.community,
        now=knows.clock(),
        readers=(reader,) if reader.subscriptions else (),
        followed=knows.watchlist().topics,
        closely=knows.closely,
    )
    if told is None:
        raise _no_such_item(name)
    shown = await _cards(knows, [told.judged], asked.by)
    return Reply(title="Why this was posted, or not", cards=shown, lines=tuple(_because(knows, told, reader)))


def _because(knows: Knowledge, told: Why, reader: Subscriber) -> list[Line]:
    flagged = sorted(told.judged.matches, key=lambda match: -match.probability)
    lines = [_judged(knows, match) for match in flagged]
    for match in flagged:
        if match.nearest_for and match.flagged:
            lines.append((f"Nearest example: “{render.words.cut(render.words.plain(match.nearest_for[0]), 150)}”",))
            break
    lines += [(f"Against it: {', '.join(found)}",) for found in told.against.values()]
    lines += [
        (f"{'✓' if gate.passed else '✗'} {gate.name.removeprefix(f'{reader.id}: ')}: {render.words.plain(gate.says)}",)
        for gate in told.gates
    ]
    lines += [
        (f"Told here {render.words.moment(one.composed, reader.zone)}: {one.state}",)
        for one in told.told
        if one.subscriber_id == reader.id
    ]
    if told.note:
        lines.append((render.words.plain(told.note),))
    return lines


def _judged(knows: Knowledge, match: Match) -> Line:
    verdict = f"labelled {match.verdict}" if match.verdict else "flagged" if match.flagged else "not flagged"
    sure = f"{round(match.probability * 100)} %, needs {round(match.threshold * 100)} %"
    found = f"; phrases: {render.words.phrases(match)}" if match.phrases else ""
    return (Strong(text=knows.topic_name(match.topic_id)), f": {verdict} ({sure}){render.words.plain(found)}")


async def say(knows: Knowledge, verdict: Verdict, item: str, topic: str, by: Asker) -> Reply:
    """Remember what a person says of an item."""
    said = await commands.label(
        knows.store, item, topic, verdict, community=by.community, by=by.person, now=knows.clock()
    )
    return Reply(
        lines=(
            (
                "Noted: ",
                Strong(text=said.verdict),
                f" for {knows.topic_name(topic)}. From now on it counts for everybody in this community.",
            ),
        ),
        buttons=(Button(id=f"undo:{said.item_id}:{topic}", label="Undo"),),
    )


async def undo(knows: Knowledge, item: str, topic: str, by: Asker) -> Reply:
    """Take back what a person said of an item."""
    await commands.undo_label(
        knows.store, item, topic, community=by.community, of=by.person, by=by.person, now=knows.clock()
    )
    return Reply(lines=(("Taken back.",),))


async def feeds(knows: Knowledge, asked: Asked) -> Reply:
    """Tell how the sources do."""
    found = await commands.health(knows.store, knows.watchlist())
    zone = await _zone(knows, asked.by)
    worse = [one for one in found if one.state.reason and not one.state.off]
    worse += [one for one in found if one.state.state == "late"]
    lines = [_worse(one, zone) for one in worse[:SHOWN]]
    if len(worse) > SHOWN:
        lines.append((f"and {len(worse) - SHOWN} more",))
    return Reply(
        title=f"{render.words.count(len(found), 'source', 'sources')}: {render.words.states(found)}",
        lines=tuple(lines) or (("Everything that was polled could be read, and none is silent for unusually long.",),),
    )


def _worse(one: Health, zone: str) -> Line:
    says = render.words.about(one.state, zone)
    return (
        Code(text=one.feed.id),
        f" {render.words.plain(one.feed.name)}: {says if one.state.reason else 'late; ' + says}",
    )


async def status(knows: Knowledge, asked: Asked) -> Reply:
    """Tell whether Lookout is at work, and what this channel can expect."""
    found, now = await commands.health(knows.store, knows.watchlist()), knows.clock()
    reader, last = await knows.reader(asked.by), commands.last_poll(found)
    waiting = await knows.store.reports.waiting(reader.id)
    lines: list[Line] = [
        (f"Last poll: {render.words.moment(last, reader.zone) if last else 'none yet'}.",),
        (f"Sources: {render.words.states(found)}.",),
        (f"On their way to this channel: {render.words.count(waiting, 'message', 'messages')}.",) if waiting else (),
        (channel_state(reader, now),),
    ]
    return Reply(title="Lookout is at work" if last else "Lookout is starting", lines=tuple(filter(None, lines)))


def channel_state(reader: Subscriber, now: datetime) -> str:
    """Return in a sentence how a channel is told."""
    if not reader.subscriptions:
        return "This channel follows nothing; /subscribe changes that."
    if reader.gone:
        return f"This channel refused us on {render.words.moment(reader.gone, reader.zone)}; /resume tries again."
    if reader.paused:
        return "This channel is paused; /resume tells it what came meanwhile, up to a week back."
    quiet = f"; quiet from {reader.quiet[0]:%H:%M} to {reader.quiet[1]:%H:%M}" if reader.quiet else ""
    held = ", now" if schedule.is_quiet(reader.quiet, reader.zone, now) else ""
    follows = render.words.count(len(reader.subscriptions), "subscription", "subscriptions")
    if reader.schedule.every == "off":
        return f"This channel has {follows}, and no schedule of its own (off)."
    coming = schedule.next_moment(reader, now)
    then = f" Next: {render.words.moment(coming, reader.zone)}." if coming else ""
    return f"This channel has {follows}, told {schedule.written(reader.schedule)} ({reader.zone}){quiet}{held}.{then}"
