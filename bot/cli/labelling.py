"""What people say of items, and what comes of it: label, labels, retrain, and the questions of an audit."""

import asyncio
import io
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from bot.cli import edges, options
from bot.cli.options import Community, Json, Person
from bot.records import LOCAL

if TYPE_CHECKING:
    from bot.auditing import Answer, Audited
    from bot.feedback import Retrained
    from bot.records import Judged, Topic, Verdict
    from bot.store import Store


class Said(StrEnum):
    """What is said of an item."""

    relevant = "relevant"
    not_relevant = "not-relevant"
    wrong_topic = "wrong-topic"


VERDICTS: Mapping[Said, "Verdict"] = {
    Said.relevant: "relevant",
    Said.not_relevant: "not relevant",
    Said.wrong_topic: "wrong topic",
}


def label(
    item: Annotated[str, typer.Argument(help="An item's id (or how it begins), or its address.")],
    topic: Annotated[str, typer.Option("--topic", help="The id of the topic it is, or is not, about.")],
    said: Annotated[Said | None, typer.Argument(metavar="[relevant|not-relevant|wrong-topic]")] = None,
    community: Community = LOCAL,
    by: Person = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was said.")] = False,
    of: Annotated[str | None, typer.Option("--of", help="With --undo: whose label; by default one's own.")] = None,
) -> None:
    """Say whether an item is about a topic: its community is told, or no longer told, accordingly."""
    from bot import commands
    from bot.app import utc_now

    if undo == (said is not None):
        raise typer.BadParameter("say relevant, not-relevant or wrong-topic, or else --undo")
    if of is not None and not undo:
        raise typer.BadParameter("whose label is only asked with --undo", param_hint="--of")
    settings, who = edges.settings(), by if by is not None else edges.person()
    # What was said of a topic that is no longer followed can still be taken back.
    [topic_id] = [topic] if undo else options.known_topics([topic], edges.watchlist())

    async def ask(store: "Store") -> None:
        if said is None:
            whose = of if of is not None else who
            undone = await commands.undo_label(
                store, item, topic_id, community=community, of=whose, by=who, now=utc_now()
            )
            print(f"{undone.item_id} is no longer labelled {undone.verdict} for {topic_id} by {undone.by}")
        else:
            given = await commands.label(
                store, item, topic_id, VERDICTS[said], community=community, by=who, now=utc_now()
            )
            print(f"{given.item_id} is labelled {given.verdict} for {topic_id} in {community} by {given.by}")

    edges.ask(settings, ask)


def labels(
    community: Community = LOCAL,
    history: Annotated[bool, typer.Option("--history", help="Also labels that were undone or replaced.")] = False,
    as_json: Json = False,
) -> None:
    """List what people said of items, newest first."""
    from bot import commands, render

    settings = edges.settings()

    async def ask(store: "Store") -> None:
        said = await commands.labels(store, community, history=history)
        if as_json:
            edges.print_json(render.data.labels(said))
        else:
            print(render.answers.labels(said, settings.zone))

    edges.ask(settings, ask)


def retrain(
    topic: options.Topics = None,
    community: Community = LOCAL,
    apply: Annotated[bool, typer.Option("--apply", help="Put the new head in force, if it is better.")] = False,
    as_json: Json = False,
) -> None:
    """Let a community's labels move its heads: shows what would change, and refuses what would be worse."""
    from bot import app as lookout

    watched = edges.watchlist()
    topics = options.known_topics(topic, watched) or tuple(one.id for one in watched.topics)
    with edges.progress() as bar:
        bar.add_task("Retraining", total=None)
        came = asyncio.run(lookout.retrain(edges.settings(), topics, community, apply=apply))
    if as_json:
        edges.print_json([_data(one) for one in came])
    else:
        print("\n\n".join(map(_retrained, came)))


def _data(one: "Retrained") -> dict[str, Any]:
    kept = ("community", "topic_id", "relevant", "others", "applied", "says")
    tried = {"before": asdict(one.trial.before), "after": asdict(one.trial.after)} if one.trial else {}
    changed = {"newly": [item.id for item in one.newly], "no_longer": [item.id for item in one.no_longer]}
    return {name: getattr(one, name) for name in kept} | tried | changed


def _retrained(one: "Retrained") -> str:
    from bot import render

    words = render.words
    given = f"{one.relevant} relevant, {one.others} not relevant or wrong topic"
    lines = [words.wrapped(f"{one.topic_id}, {one.community}: {given}", 0)]
    if one.trial is not None:
        before, after = one.trial.before, one.trial.after
        pairs = {"precision": (before.precision, after.precision), "recall": (before.recall, after.recall)}
        figures = ", ".join(f"{name} {_share(old)} -> {_share(new)}" for name, (old, new) in pairs.items())
        lines.append(f"  {figures}; cross-validated on these {after.n} labels")
        lines.append(f"  of the last 14 days: {len(one.newly)} newly flagged, {len(one.no_longer)} no longer")
        for sign, changed in (("+", one.newly), ("-", one.no_longer)):
            lines += [words.wrapped(item.title, 18, f"    {sign} {item.id}") for item in changed]
    return "\n".join([*lines, words.wrapped(one.says, 2)])


def audit(number: int, seed: int, topic: list[str] | None, community: str, by: str | None, *, as_json: bool) -> None:
    """Ask a person about items that were not flagged, and print what that says of recall."""
    from bot import app as lookout

    settings, watched = edges.settings(), edges.watchlist()
    topics = options.known_topics(topic, watched)
    who = by if by is not None else edges.person()
    asked = [one for one in watched.topics if not topics or one.id in topics]
    shown = sys.stderr if as_json else sys.stdout  # figures for a script stand alone
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what is no text is no answer either: it is asked again

    def ask(one: "Judged", about: Sequence["Topic"]) -> "Answer":
        return _answer(one, about, settings.zone, shown)

    came = asyncio.run(lookout.audit(settings, asked, community, who, number=number, seed=seed, ask=ask))
    if as_json:
        edges.print_json({one.topic_id: one.data() for one in came})
    else:
        print("\n\n".join(map(_audited, came)))


def _answer(one: "Judged", about: Sequence["Topic"], zone: str, shown: TextIO) -> "Answer":
    from bot import render
    from bot.auditing import CANNOT_TELL, Answer

    print(render.answers.asked_about(one, zone), file=shown)
    answer = _key(f"Is it about {' or '.join(topic.name for topic in about)}?", "yn?q", shown)
    if answer in "?q":
        return Answer(stop=True) if answer == "q" else CANNOT_TELL
    if answer == "n" or len(about) == 1:
        return Answer(about={topic.id: answer == "y" for topic in about})
    return _each(about, shown)


def _each(about: Sequence["Topic"], shown: TextIO) -> "Answer":
    from bot.auditing import Answer

    said: dict[str, bool] = {}
    for topic in about:
        answer = _key(f"  About {topic.name}?", "ynq", shown)
        if answer == "q":
            return Answer(about=said, stop=True)
        said[topic.id] = answer == "y"
    return Answer(about=said)


def _key(question: str, keys: str, shown: TextIO) -> str:
    """Return which of these keys was typed; "q" at the end of input, and when interrupted."""
    while True:
        print(f"{question} [{'/'.join(keys)}] ", end="", file=shown, flush=True)
        line = _typed()
        if not line:
            print(file=shown)
            return "q"
        typed = line.strip().lower()[:1]
        if typed and typed in keys:
            print(file=shown)
            return typed


def _typed() -> str:
    """Return a line of input; nothing at its end, where there is none, and when interrupted."""
    if sys.stdin is None:  # closed before we began
        return ""
    # asyncio would only note the interruption and wait for us, who wait for a line.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return sys.stdin.readline()
    except KeyboardInterrupt:
        return ""
    finally:
        signal.signal(signal.SIGINT, before)


def _audited(one: "Audited") -> str:
    from bot import render

    labels = render.words.count(one.flagged_labelled, "label", "labels")
    known = (
        f"precision {one.precision:.2f} by {labels} on flagged items"
        if one.flagged_labelled
        else f"precision assumed to be {one.precision:.2f}, for no flagged item is labelled"
    )
    e = one.estimate
    return "\n".join(
        (
            f"{one.topic_id}: recall {_share(e.recall)}, 95 % interval {_share(e.low)} to {_share(e.high)}",
            f"  flagged {one.flagged:,}, {known}",
            f"  not flagged {one.unflagged:,}; of {one.judged} judged, {one.missed} should have been",
        )
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
