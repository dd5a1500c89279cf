"""What may be asked in a chat: every command with its options, once, for every medium (pure).

Discord registers this table as slash commands, Slack reads `/lookout ...` by it, /help prints it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process

from bot.errors import Refused
from bot.schedule import SCHEDULES

Kind = Literal["text", "count", "role"]
"""What an option takes: any text, a small number, or somebody to be mentioned."""


MOST_LISTED = 20
"""Items that one answer lists: more would not fit into one of Slack's messages, with a list to choose from."""

IN_PLACE = ("page", "unsubscribe", "forget", "cancel", "undo")
"""Buttons whose answer takes the place of the message that they stand on."""

MANAGED = ("preview", "unsubscribe")
"""Buttons that only those may press who manage the channel; `forget` looks by itself."""


def is_in_place(id_: str) -> bool:
    """Does the answer to this button take the place of the message that it stands on?"""
    return id_.partition("@")[0].split(":")[0] in IN_PLACE


def asks_who_manages(id_: str) -> bool:
    """Does it matter for this button whether who presses it manages the channel?"""
    return id_.partition("@")[0].split(":")[0] in (*MANAGED, "forget")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One option of a command. `completes`: what is offered while it is typed. `choices`: all that it may be."""

    name: str
    says: str
    required: bool = False
    kind: Kind = "text"
    completes: str = ""
    choices: tuple[str, ...] = ()
    longest: int = 100


@dataclass(frozen=True, kw_only=True)
class Command:
    """Something that may be asked. `managers`: only by those who may manage the channel. `example`: of its options."""

    name: str
    says: str
    parameters: tuple[Parameter, ...] = ()
    managers: bool = False
    example: str = ""


TOPIC = Parameter(name="topic", says="Only this topic", completes="topic")
ID = Parameter(name="id", says="An item's id, as digests and searches show it", required=True, completes="item")

COMMANDS: tuple[Command, ...] = (
    Command(
        name="help",
        says="What you can ask, or all about one command",
        parameters=(Parameter(name="command", says="The command to explain", completes="command"),),
    ),
    Command(
        name="latest",
        says="The newest matching items",
        parameters=(TOPIC, Parameter(name="count", says=f"How many, 1 to {MOST_LISTED}", kind="count")),
    ),
    Command(
        name="search",
        says="Search everything recorded, by words and by meaning",
        parameters=(
            Parameter(name="query", says='What to look for; "quoted words" must occur', required=True, longest=150),
            Parameter(name="since", says="From when: 2026-04-05, 30d or 12h ago", longest=20),
            Parameter(name="source", says="Who speaks: congress, dhs, news ... or a feed", completes="source"),
            TOPIC,
            Parameter(name="member", says="A member of Congress, or part of the name", completes="member", longest=60),
        ),
        example='"mobile fortify" since:30d source:congress',
    ),
    Command(name="story", says="An item's story: who else tells it, when and how", parameters=(ID,)),
    Command(name="why", says="Why an item was posted, or was not", parameters=(ID,)),
    Command(
        name="subscribe",
        says="Have this channel told of a topic",
        parameters=(
            Parameter(name="topic", says="What to follow", required=True, completes="subject"),
            Parameter(name="sources", says="Only these, such as: congress dhs", completes="sources"),
            Parameter(name="schedule", says=f"When: {SCHEDULES}", completes="schedule"),
            Parameter(name="threshold", says="Only what is at least so sure, in percent", longest=10),
            Parameter(name="words", says="Only with one of these words, separated by commas", longest=300),
        ),
        managers=True,
        example="facial-recognition sources:congress dhs schedule:daily 07:00 threshold:80 words:Clearview, airport",
    ),
    Command(name="subscriptions", says="What this channel follows", managers=True),
    Command(
        name="unsubscribe",
        says="Stop following something in this channel",
        parameters=(Parameter(name="number", says="The subscription's number", completes="subscription"),),
        managers=True,
    ),
    Command(name="pause", says="Hold everything for this channel until /resume", managers=True),
    Command(name="resume", says="Tell this channel again, with what came meanwhile", managers=True),
    Command(name="test", says="Post a test message, to see that Lookout can", managers=True),
    Command(name="digest preview", says="What the next digest would tell, shown to you alone", managers=True),
    Command(name="digest now", says="Post the digest now", managers=True),
    Command(
        name="digest schedule",
        says="When this channel gets its digest",
        parameters=(Parameter(name="schedule", says=f"One of: {SCHEDULES}", required=True, completes="schedule"),),
        managers=True,
    ),
    Command(name="digest off", says="Post no more digests here, until /digest schedule", managers=True),
    Command(name="settings show", says="How this channel is told", managers=True),
    Command(
        name="settings timezone",
        says="The time zone of this channel's schedule",
        parameters=(Parameter(name="zone", says="Such as America/New_York", required=True, completes="zone"),),
        managers=True,
    ),
    Command(
        name="settings quiet",
        says="Hours in which nothing is posted; what comes is told afterwards",
        parameters=(Parameter(name="hours", says="Such as 22:00-07:00, or off", required=True, completes="quiet"),),
        managers=True,
    ),
    Command(
        name="settings format",
        says="Lines alone, or also a card for each story in a thread",
        parameters=(Parameter(name="format", says="compact or full", required=True, choices=("compact", "full")),),
        managers=True,
    ),
    Command(
        name="settings mentions",
        says="Whom to call when something is very likely a match; nobody without a role",
        parameters=(
            Parameter(name="role", says="Whom to call", kind="role"),
            Parameter(name="above", says="From which probability, in percent", longest=10),
        ),
        managers=True,
        example="@watchers above:90",
    ),
    Command(name="feeds", says="How the sources do: what could be read, what not and why"),
    Command(name="status", says="Is Lookout at work, and when is this channel told next"),
    Command(
        name="forget",
        says="Delete what is stored about you, or about this channel",
        parameters=(Parameter(name="what", says="me, or channel", choices=("me", "channel")),),
    ),
)

BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}

_ALL = tuple(BY_NAME)

LEAST_LIKE = 60.0
"""Likeness, of 100, below which another word is not what somebody meant."""


def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """Return the known word that somebody meant, or None."""
    found = process.extractOne(word.lower(), known, scorer=fuzz.ratio, score_cutoff=LEAST_LIKE)
    return found[0] if found else None


def command_of(name: str) -> Command:
    """Return the command of this name. Raises Refused with the nearest one where there is none."""
    if name in BY_NAME:
        return BY_NAME[name]
    group, _, rest = name.partition(" ")
    inside = tuple(one for one in BY_NAME if one.startswith(f"{group} "))
    meant = (
        nearest(name, inside) if inside and rest else nearest(name, tuple(BY_NAME)) or nearest(group, tuple(BY_NAME))
    )
    hint = f"; did you mean {meant!r}?" if meant else "; /help lists all"
    raise Refused(f"{name!r} is not one of {', '.join(inside)}{hint}" if inside else f"no command {name!r}{hint}")


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'"})


def read(text: str) -> tuple[str, dict[str, str]]:
    """Return the command that somebody typed, with its options: `search "mobile fortify" since:30d source:congress`.

    What is not written as name:value belongs to the first option. Raises Refused as `command_of` does.
    """
    typed = text.translate(_QUOTES).strip().removeprefix("/")
    words = typed.split()
    if not words:
        return "help", {}
    one = words[0].lower()
    if not any(name.startswith(f"{one} ") for name in BY_NAME):
        name, skipped = one, 1
    elif len(words) == 1:
        return one, {}  # a group by itself
    else:
        name, skipped = f"{one} {words[1].lower()}", 2
    command = command_of(name)
    rest = typed.split(maxsplit=skipped)
    return command.name, _options(command, rest[skipped] if len(rest) > skipped else "")


def _options(command: Command, rest: str) -> dict[str, str]:
    """Return the options in what follows a command.

    A value goes on to the next option, quotation marks or not: `faces schedule:daily 07:00`. Only what begins with
    another option than the first gives that one word, and the rest to the first: `since:30d face scans`.
    """
    if not command.parameters:
        return {}
    names = "|".join(re.escape(parameter.name) for parameter in command.parameters)
    first = command.parameters[0].name
    begins = re.match(rf"({names})[:=]", rest, re.IGNORECASE)
    alone = begins is not None and begins[1].lower() != first and not re.search(rf"(?<!\S){first}[:=]", rest)
    value = (
        r'(?:"([^"]*)"|(\S+))' if alone else rf'(?:"([^"]*)"(?=\s*$|\s+(?:{names})[:=])|((?:(?!\s(?:{names})[:=]).)*))'
    )
    named = re.compile(rf"(?<!\S)({names})[:=]\s*{value}", re.IGNORECASE)
    found = {m[1].lower(): (m[2] if m[2] is not None else m[3]).strip() for m in named.finditer(rest)}
    free = " ".join(named.sub(" ", rest).split())
    counts = [parameter.name for parameter in command.parameters if parameter.kind == "count"]
    if free.isdecimal() and counts and counts[0] not in found:
        return {counts[0]: free} | found
    return ({first: free} if free and first not in found else {}) | found


def known_role(written: str) -> str:
    """Return the id of a Discord role or a Slack user group. Raises Refused where it is none."""
    if not re.fullmatch(r"[0-9]{5,20}|S[A-Z0-9]{2,20}", written):
        raise Refused(f"{written!r} is nobody whom I could call; choose a role or a user group")
    return written


def checked(command: Command, given: Mapping[str, str]) -> dict[str, str]:
    """Return the options as the command takes them. Raises Refused for what is missing, too long or not offered."""
    known = {parameter.name: parameter for parameter in command.parameters}
    values = {name: value.strip() for name, value in given.items() if name in known and value.strip()}
    for name, parameter in known.items():
        value = values.get(name)
        if value is None:
            if parameter.required:
                raise Refused(f"{command.name!r} needs {name}: {parameter.says[0].lower()}{parameter.says[1:]}")
        elif len(value) > parameter.longest:
            raise Refused(f"{name} may have {parameter.longest} characters at most")
        elif parameter.choices and value.lower() not in parameter.choices:
            raise Refused(f"{name} must be {' or '.join(parameter.choices)}, not {value!r}")
        elif parameter.kind == "count" and not (value.isdecimal() and 1 <= int(value) <= MOST_LISTED):
            raise Refused(f"{name} must be a number from 1 to {MOST_LISTED}, not {value!r}")
        elif parameter.kind == "role":
            known_role(value)
    return values
