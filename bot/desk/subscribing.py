"""What those may ask who manage a channel: subscriptions, digests, settings; and what anybody may have forgotten."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import available_timezones

from rapidfuzz import process, utils

from bot import commands, render, schedule
from bot.commands import Filter
from bot.composing import Telling
from bot.desk.asking import channel_state, details
from bot.desk.knowledge import Knowledge
from bot.desk.table import known_role
from bot.errors import Refused
from bot.records import Subscriber, Subscription
from bot.replies import Asked, Asker, Button, Code, Field, Form, Line, Option, Reply, Strong

PREVIEWED = 7
"""Days that a new subscriber may look back at: what was posted before it subscribed is never announced."""

SHOWN = 20
"""Stories that a preview lists."""


async def subscribe(knows: Knowledge, asked: Asked) -> Reply:
    """Have a channel told of a topic, from now on."""
    by, given = asked.by, asked.options
    if by.lacks:
        raise Refused(f"I cannot post digests here yet. I need: {', '.join(by.lacks)}")
    reader = replace(await knows.reader(by), place=by.place, community=by.community)
    own = schedule.read_schedule(given["schedule"]) if "schedule" in given else None
    if own is not None and not reader.subscriptions:
        reader, own = replace(reader, schedule=own), None  # the first one sets the channel's
    wanted = Filter(
        topic=given["topic"],
        sources=given.get("sources", ""),
        threshold=given.get("threshold", ""),
        words=given.get("words", ""),
        schedule=own,
    )
    told = schedule.written(own or reader.schedule)
    says = f"This channel now follows {_topic_said(knows, wanted.topic)} ({told}, {reader.zone})."
    new = await commands.follow(
        knows.store, knows.watchlist(), reader, wanted, by=by.person, now=knows.clock(), says=says
    )
    follows: Line = ("Subscription ", Code(text=new.id), ": ", *_followed(knows, new, reader), ".")
    what_next: Line = (
        "Only what is published from now on will be posted. Times are those of ",
        f"{reader.zone}; /settings timezone changes that.",
    )
    held: Line = ("It is paused; /resume ends that.",)
    return Reply(
        title="Subscribed",
        lines=(follows, what_next, held) if reader.paused and reader.subscriptions else (follows, what_next),
        buttons=(Button(id=f"preview:{PREVIEWED}", label=f"Preview the last {PREVIEWED} days", style="primary"),),
    )


def _topic_said(knows: Knowledge, written: str) -> str:
    return ", ".join(map(knows.topic_name, commands.known_topics(written, knows.watchlist()))) or "all topics"


def _followed(knows: Knowledge, one: Subscription, reader: Subscriber) -> Line:
    topics = ", ".join(map(knows.topic_name, one.topics)) or "all topics"
    sources = [*one.categories, *one.feeds]
    said = [
        f" from {', '.join(sources)}" if sources else "",
        f" with {' or '.join(f'“{render.words.plain(word)}”' for word in one.words)}" if one.words else "",
        f", from {round(one.threshold * 100)} % on" if one.threshold is not None else "",
        f", {schedule.written(one.schedule or reader.schedule)}",
    ]
    return (Strong(text=topics), "".join(said))


async def subscriptions(knows: Knowledge, asked: Asked) -> Reply:
    """Tell what a channel follows."""
    reader = await knows.reader(asked.by)
    lines: list[Line] = [(Code(text=one.id), " ", *_followed(knows, one, reader)) for one in reader.subscriptions]
    return Reply(title="What this channel follows", lines=(*lines, (channel_state(reader, knows.clock()),)))


async def unsubscribe(knows: Knowledge, asked: Asked) -> Reply:
    """Ask whether it is meant; `unsubscribed` does it."""
    reader, number = await _subscribed(knows, asked.by), asked.options.get("number", "")
    if not number and len(reader.subscriptions) == 1:
        number = reader.subscriptions[0].id
    one = next((one for one in reader.subscriptions if one.id == number.lstrip("#")), None)
    if one is None:
        lines = [(Code(text=s.id), " ", *_followed(knows, s, reader)) for s in reader.subscriptions]
        which = "Which one? Say its number."
        title = f"There is no subscription {render.words.plain(number)!r}. {which}" if number else which
        return Reply(title=title, lines=tuple(lines))
    return Reply(
        lines=(("Stop following ", *_followed(knows, one, reader), "?"),),
        buttons=(
            Button(id=f"unsubscribe:{one.id}", label="Unsubscribe", style="danger"),
            Button(id="cancel", label="Keep it"),
        ),
    )


async def unsubscribed(knows: Knowledge, number: str, by: Asker) -> Reply:
    """Stop following, and tell everybody in the channel."""
    reader = await _subscribed(knows, by)
    one = next((one for one in reader.subscriptions if one.id == number), None)
    topics = ", ".join(map(knows.topic_name, one.topics)) if one else ""
    says = f"This channel no longer follows {topics or 'all topics'}."
    await commands.unfollow(knows.store, reader, number, by=by.person, now=knows.clock(), says=says)
    return Reply(lines=(("Unsubscribed.",),))


async def pause(knows: Knowledge, asked: Asked) -> Reply:
    """Hold everything, and tell everybody in the channel."""
    reader = await _subscribed(knows, asked.by)
    if reader.paused:
        return Reply(lines=(("This channel is paused already; /resume ends that.",),))
    reader = await commands.settle(knows.store, reader, paused=True)
    await _announce(knows, reader, "This channel is paused: what comes is held until somebody resumes it.", asked.by)
    return Reply(lines=(("Paused. /resume tells this channel what came meanwhile, up to a week back.",),))


async def resume(knows: Knowledge, asked: Asked) -> Reply:
    """Tell again, also a channel that had refused us; and tell everybody in the channel."""
    by = asked.by
    if by.lacks:
        raise Refused(f"I cannot post digests here yet. I need: {', '.join(by.lacks)}")
    says = "This channel is told again, also of what came meanwhile."
    reader = await commands.resume(knows.store, await _subscribed(knows, by), knows.clock(), by=by.person, says=says)
    return Reply(lines=((channel_state(reader, knows.clock()),),))


async def _announce(knows: Knowledge, reader: Subscriber, says: str, by: Asker) -> None:
    await knows.store.reports.compose([commands.say(reader, says, knows.clock(), by=by.person)])


async def test(knows: Knowledge, asked: Asked) -> Reply:
    """Post a test message, the way digests go."""
    says = "This is a test: Lookout can post here. Nothing was found or missed."
    reader = await knows.reader(asked.by)
    commands.must_take(reader)
    await _announce(knows, reader, says, asked.by)
    return Reply(lines=(("A test message is on its way. If it does not come, I may not post here.",),))


# -- digest ---------------------------------------------------------------------------------------------------


async def digest_preview(knows: Knowledge, asked: Asked) -> Reply:
    """Tell what the next digest would tell."""
    reader = await _subscribed(knows, asked.by)
    telling = await commands.preview(knows.store, knows.watchlist(), reader, knows.clock(), None)
    return _previewed(telling, "What the next digest would tell so far")


async def previewed(knows: Knowledge, days: str, by: Asker) -> Reply:
    """Tell what the last days would have told."""
    reader = await _subscribed(knows, by)
    telling = await commands.preview(knows.store, knows.watchlist(), reader, knows.clock(), int(days))
    return _previewed(telling, f"What the last {days} days would have told")


def _previewed(telling: Telling, title: str) -> Reply:
    shown = [card for _, some in render.cards.digest_cards(telling.digest) for card in some]
    more = len(shown) - SHOWN
    return Reply(
        title=title,
        lines=() if shown else (("Nothing.",),),
        cards=tuple(shown[:SHOWN]),
        brief=True,
        footer=(((f"and {more} more. " if more > 0 else "") + "Shown to you alone; nothing was posted.",),),
        choice=details(shown),
    )


async def digest_now(knows: Knowledge, asked: Asked) -> Reply:
    """Have the digest posted at once."""
    await commands.digest_at_once(knows.store, await _subscribed(knows, asked.by))
    return Reply(lines=(("The digest will be here in a moment.",),))


async def digest_schedule(knows: Knowledge, asked: Asked) -> Reply:
    """Set when a channel is told."""
    wanted = schedule.read_schedule(asked.options["schedule"])
    reader = await commands.reschedule(knows.store, await _subscribed(knows, asked.by), knows.clock(), schedule=wanted)
    await _announce(knows, reader, f"This channel is now told {schedule.written(wanted)} ({reader.zone}).", asked.by)
    return Reply(lines=((channel_state(reader, knows.clock()),),))


async def digest_off(knows: Knowledge, asked: Asked) -> Reply:
    """Post no more digests."""
    off = schedule.read_schedule("off")
    reader = await commands.settle(knows.store, await _subscribed(knows, asked.by), schedule=off)
    await _announce(knows, reader, "No more digests by this channel's own schedule.", asked.by)
    return Reply(
        lines=(("No more digests here until /digest schedule. Subscriptions with schedules of their own go on.",),)
    )


# -- settings -------------------------------------------------------------------------------------------------


async def settings_show(knows: Knowledge, asked: Asked) -> Reply:
    """Tell how a channel is told."""
    reader = await knows.reader(asked.by)
    return Reply(title="How this channel is told", lines=tuple(_settings(reader, knows.clock())))


def _settings(reader: Subscriber, now: datetime) -> list[Line]:
    quiet = f"{reader.quiet[0]:%H:%M}-{reader.quiet[1]:%H:%M}" if reader.quiet else "none"
    above = f" from {round(reader.mention_from * 100)} % on" if reader.mention else ""
    return [
        (channel_state(reader, now),),
        ("Time zone: ", Strong(text=reader.zone)),
        ("Quiet hours: ", Strong(text=quiet)),
        ("Format: ", Strong(text="compact" if reader.compact else "full")),
        ("Mentions: ", Strong(text=f"{'a role' if reader.mention else 'nobody'}{above}")),
    ]


async def settings_timezone(knows: Knowledge, asked: Asked) -> Reply:
    """Set the zone of a channel's schedule."""
    zone, reader = zone_named(asked.options["zone"]), await _subscribed(knows, asked.by)
    changed = await commands.reschedule(knows.store, reader, knows.clock(), zone=zone)
    return Reply(title="Settings", lines=tuple(_settings(changed, knows.clock())))


def zone_named(written: str) -> str:
    """Return the IANA name that is written. Raises Refused with the nearest one where there is none."""
    try:
        return commands.known_zone(written)
    except Refused:
        zones = sorted(available_timezones())
        near = process.extractOne(written, zones, processor=utils.default_process, score_cutoff=85)
        raise Refused(f"no time zone {written!r}" + (f"; did you mean {near[0]!r}?" if near else "")) from None


async def settings_quiet(knows: Knowledge, asked: Asked) -> Reply:
    """Set the hours in which nothing is posted."""
    return await _set(knows, asked.by, quiet=schedule.read_quiet(asked.options["hours"]))


async def settings_format(knows: Knowledge, asked: Asked) -> Reply:
    """Set the form of a channel's digests."""
    return await _set(knows, asked.by, compact=asked.options["format"].lower() == "compact")


async def settings_mentions(knows: Knowledge, asked: Asked) -> Reply:
    """Set whom a digest calls, and from which probability on."""
    role, above = asked.options.get("role"), asked.options.get("above")
    if above and not role:
        raise Refused("say also whom to call: the role")
    changed = {"mention_from": commands.as_probability(above)} if above else {}
    return await _set(knows, asked.by, mention=role, **changed)


async def _set(knows: Knowledge, by: Asker, **settings: object) -> Reply:
    reader = await commands.settle(knows.store, await _subscribed(knows, by), **settings)
    return Reply(title="Settings", lines=tuple(_settings(reader, knows.clock())))


async def settings_form(knows: Knowledge, by: Asker) -> Form:
    """Return all settings to be filled in at one go."""
    reader = await _subscribed(knows, by)
    quiet = f"{reader.quiet[0]:%H:%M}-{reader.quiet[1]:%H:%M}" if reader.quiet else "off"
    full = Option(value="full", label="Full: lines, and cards in a thread")
    form = "compact" if reader.compact else "full"
    told, hint, above = schedule.written(reader.schedule), schedule.SCHEDULES, f"{round(reader.mention_from * 100)}"
    return Form(
        command="settings",
        title="How this channel is told",
        fields=(
            Field(name="schedule", label="Schedule", hint=hint, value=told, required=True),
            Field(name="zone", label="Time zone", hint="Such as America/New_York", value=reader.zone, required=True),
            Field(name="hours", label="Quiet hours", hint="Such as 22:00-07:00, or off", value=quiet, required=True),
            Field(
                name="format",
                label="Format",
                value=form,
                options=(full, Option(value="compact", label="Compact: lines")),
                required=True,
            ),
            Field(name="role", label="User group to mention", hint="Nobody if empty", value=reader.mention or ""),
            Field(name="above", label="Mention from (percent)", value=above, required=True),
        ),
    )


async def settings(knows: Knowledge, asked: Asked) -> Reply:
    """Set all that the form of settings asks for."""
    given, by = asked.options, asked.by
    role, wanted = given.get("role", ""), schedule.read_schedule(given["schedule"])
    when = {"schedule": wanted, "zone": zone_named(given["zone"])}
    changed = {
        "quiet": schedule.read_quiet(given["hours"]),
        "compact": given["format"] == "compact",
        "mention": known_role(role) if role else None,
        "mention_from": commands.as_probability(given["above"]),
    }
    before = await _subscribed(knows, by)
    reader = await commands.settle(knows.store, before, **changed)
    if any(getattr(before, name) != value for name, value in when.items()):
        reader = await commands.reschedule(knows.store, reader, knows.clock(), **when)
    return Reply(title="Settings", lines=tuple(_settings(reader, knows.clock())))


def mistakes(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with the fields of the form of settings."""
    readers: Mapping[str, Callable[[str], object]] = {
        "schedule": schedule.read_schedule,
        "zone": zone_named,
        "hours": schedule.read_quiet,
        "above": commands.as_probability,
    }
    found = {}
    for name, read in readers.items():
        try:
            read(given.get(name, ""))
        except Refused as e:
            found[name] = str(e)
    return found


async def _subscribed(knows: Knowledge, by: Asker) -> Subscriber:
    reader = await knows.reader(by)
    if not reader.subscriptions:
        raise Refused(commands.NOTHING_YET)
    return reader


# -- forget ---------------------------------------------------------------------------------------------------


async def forget(_knows: Knowledge, asked: Asked) -> Reply:
    """Ask whether it is meant; `forgotten` does it."""
    what = asked.options.get("what", "me").lower()
    _may_forget(what, asked.by)
    said = {
        "me": "Delete everything you said of items, everywhere, and that it was you who subscribed?",
        "channel": "Delete what this channel follows, its settings, and what was stored of its digests? "
        "What is posted here stays here.",
    }
    return Reply(
        lines=((said[what],),),
        buttons=(Button(id=f"forget:{what}", label="Delete", style="danger"), Button(id="cancel", label="Keep it")),
    )


async def forgotten(knows: Knowledge, what: str, by: Asker) -> Reply:
    """Delete what is stored about a person or a channel."""
    _may_forget(what, by)
    if what == "channel":
        says, reader = (
            "This channel is told nothing more, and what was stored of it is deleted.",
            await knows.reader(by),
        )
        await commands.forget_channel(knows.store, reader, knows.clock(), by=by.person, says=says)
        return Reply(lines=(("Deleted. This channel is told nothing more.",),))
    labels = await commands.forget_person(knows.store, by.person)
    things = render.words.count(labels, "thing", "things")
    return Reply(lines=((f"Deleted: {things} that you said of items, and your name wherever it stood.",),))


def _may_forget(what: str, by: Asker) -> None:
    if what == "channel" and not by.manages:
        raise Refused("only those who may manage this channel can have it forgotten")


def offered(knows: Knowledge, reader: Subscriber) -> list[Option]:
    """Return the subscriptions of a channel to choose from."""
    options = []
    for one in reader.subscriptions:
        said = "".join(span if isinstance(span, str) else span.text for span in _followed(knows, one, reader))
        options.append(Option(value=one.id, label=f"{one.id}: {said}"))
    return options
