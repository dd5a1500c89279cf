"""The desk itself: who may ask what, which answer belongs to which command or button, and what is said when it fails.

The id of a button says all that is needed to answer it, so that it works after a restart, for ever:

    yes:ITEM:TOPIC  no:ITEM:TOPIC  undo:ITEM:TOPIC    what a person says of an item
    why:ITEM  story:ITEM  why, story, card (a choice: ITEM)    about an item
    page:N (with its state)  share:COUNT:TOPIC        a search's other pages; /latest for everybody
    preview:DAYS  unsubscribe:N  forget:WHAT  cancel  feeds

Anything after an @ is the mark of the delivery that the message belongs to, and means nothing here.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

import structlog

from bot.desk import asking, offering, subscribing
from bot.desk.knowledge import Knowledge
from bot.desk.table import BY_NAME, MANAGED, Command, checked, command_of
from bot.errors import Refused
from bot.replies import Asked, Asker, Choice, Field, Form, Option, Reply

log = structlog.get_logger()

Answering = Callable[[Knowledge, Asked], Awaitable[Reply]]

ANSWERS: Mapping[str, Answering] = {
    "help": asking.help_,
    "latest": asking.latest,
    "search": asking.search,
    "story": asking.story,
    "why": asking.why,
    "subscribe": subscribing.subscribe,
    "subscriptions": subscribing.subscriptions,
    "unsubscribe": subscribing.unsubscribe,
    "pause": subscribing.pause,
    "resume": subscribing.resume,
    "test": subscribing.test,
    "digest preview": subscribing.digest_preview,
    "digest now": subscribing.digest_now,
    "digest schedule": subscribing.digest_schedule,
    "digest off": subscribing.digest_off,
    "settings show": subscribing.settings_show,
    "settings timezone": subscribing.settings_timezone,
    "settings quiet": subscribing.settings_quiet,
    "settings format": subscribing.settings_format,
    "settings mentions": subscribing.settings_mentions,
    "feeds": asking.feeds,
    "status": asking.status,
    "forget": subscribing.forget,
}

SHORT = {"digest": "digest preview", "settings": "settings show"}
"""What the first word of a group means by itself."""


class Desk:
    """Answers. Never raises anything but what ends the process: what cannot be done is said, with an id for the log."""

    def __init__(self, knows: Knowledge) -> None:
        self._knows = knows

    async def answer(self, asked: Asked) -> Reply:
        """Return the answer to a command."""
        name = SHORT.get(asked.command, asked.command)

        async def answered() -> Reply:
            command = command_of(name)
            _may_ask(command, asked.by)
            given = checked(command, asked.options)
            if command.managers:
                log.info("asked", command=name, channel=asked.by.address, community=asked.by.community)
            return await ANSWERS[name](self._knows, replace(asked, command=name, options=given))

        return await self._told(answered, asked.by, command=name)

    async def refuse(self, says: str, by: Asker) -> Reply:
        """Return what is said to a person whose words could not be read."""
        return _sorry(says, by, "unread")

    async def filled_in(self, asked: Asked) -> Reply:
        """Return the answer to a form; see `form`."""
        if asked.command != "settings":
            return await self.answer(asked)

        async def answered() -> Reply:
            _may_ask(BY_NAME["settings show"], asked.by)
            return await subscribing.settings(self._knows, asked)

        return await self._told(answered, asked.by, command="settings")

    def mistakes(self, asked: Asked) -> dict[str, str]:
        """Return what is wrong with what was filled in, by the field's name, before it is asked; see `form`."""
        return subscribing.mistakes(asked.options) if asked.command == "settings" else asking.mistakes(asked.options)

    async def form(self, command: str, by: Asker) -> Form | Reply:
        """Return what is to be filled in for `search` or `settings`; a Reply where that cannot be."""
        if command == "search":
            return _form(BY_NAME["search"])
        try:
            _may_ask(BY_NAME["settings show"], by)
            return await subscribing.settings_form(self._knows, by)
        except Refused as e:
            return _sorry(str(e), by, command)

    async def about(self, asks: str, items: Mapping[str, str], by: Asker) -> Reply:
        """Return the answer to `why` or `story` asked of a message that shows these items, titles by ids."""
        if len(items) == 1:
            return await self.answer(Asked(command=asks, options={"id": next(iter(items))}, by=by))
        if not items:
            return Reply(lines=(("This is no message of mine that shows an item.",),))
        options = tuple(Option(value=item, label=title) for item, title in list(items.items())[:25])
        return Reply(lines=(("Which one?",),), choice=Choice(id=asks, label="Choose one", options=options))

    async def pressed(self, id_: str, value: str, by: Asker) -> Reply:
        """Return the answer to a button, or to what was chosen: `value`, or the state of a page."""

        async def answered() -> Reply:
            verb, *rest = id_.partition("@")[0].split(":")
            if verb in MANAGED and not by.manages:
                raise Refused("only those who may manage this channel can do that")
            return await self._pressed(verb, rest, value, by)

        return await self._told(answered, by, command=id_)

    async def _pressed(self, verb: str, rest: list[str], value: str, by: Asker) -> Reply:
        knows = self._knows
        match verb, rest:
            case "yes", [item, topic]:
                return await asking.say(knows, "relevant", item, topic, by)
            case "no", [item, topic]:
                return await asking.say(knows, "not relevant", item, topic, by)
            case "undo", [item, topic]:
                return await asking.undo(knows, item, topic, by)
            case (("why" | "story"), [item]):
                return await ANSWERS[verb](knows, Asked(command=verb, options={"id": item}, by=by))
            case "card", []:
                return await asking.card(knows, value, by)
            case "page", [number]:
                return await asking.page(knows, int(number), value, by)
            case "share", [count, topic]:
                return await asking.share(knows, count, topic, by)
            case "preview", [days]:
                return await subscribing.previewed(knows, days, by)
            case "unsubscribe", [number]:
                return await subscribing.unsubscribed(knows, number, by)
            case "forget", [what]:
                return await subscribing.forgotten(knows, what, by)
            case "cancel", []:
                return Reply(lines=(("Nothing was changed.",),))
            case "feeds", []:
                return await asking.feeds(knows, Asked(command="feeds", options={}, by=by))
        raise Refused("this button is from another version of Lookout, and means nothing to this one")

    async def offered(self, command: str, parameter: str, typed: str, by: Asker) -> list[Option]:
        """Return what to offer while somebody types an option of a command."""
        known = BY_NAME.get(command)
        found = [one for one in known.parameters if one.name == parameter] if known else []
        return await offering.offered(self._knows, found[0].completes, typed, by) if found else []

    async def _told(self, answered: Callable[[], Awaitable[Reply]], by: Asker, command: str) -> Reply:
        try:
            return await answered()
        except Refused as e:
            return _sorry(str(e), by, command)
        except Exception:
            # A bug in one answer must not silence the house; the digests go on, and the log has all of it.
            return went_wrong(command, by.community)


def went_wrong(command: str, community: str) -> Reply:
    """Log the exception that is being handled, and return what the person is told of it: an id by which it is found."""
    id_ = secrets.token_hex(4)
    log.exception("an answer failed", id=id_, command=command, community=community)
    return Reply(lines=((f"Something went wrong here. The log has it as {id_}.",),))


def _sorry(says: str, by: Asker, command: str) -> Reply:
    id_ = secrets.token_hex(4)
    log.info("refused", id=id_, command=command, community=by.community, why=says)
    stop = "" if says[-1:] in ".?" else "."
    return Reply(lines=((f"{says[:1].upper()}{says[1:]}{stop} (reference {id_})",),))


def _may_ask(command: Command, by: Asker) -> None:
    if command.managers and not by.manages:
        if by.lacks:
            raise Refused(f"I cannot see who manages this channel. I need: {', '.join(by.lacks)}")
        raise Refused("only those who may manage this channel can do that")


def _form(command: Command) -> Form:
    fields = tuple(
        Field(name=one.name, label=one.name.capitalize(), hint=one.says, required=one.required)
        for one in command.parameters
    )
    return Form(command=command.name, title=command.says, fields=fields)
