"""How well we match, and how we learn to: eval, teach."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import edges, labelling
from bot.cli.options import Community, Json, Person, Topics
from bot.records import LOCAL

if TYPE_CHECKING:
    from bot.app import Evaluated


def eval_(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="JSON Lines: title, text, topic_...")
    ] = None,
    cross_validate: Annotated[
        bool, typer.Option("--cross-validate", help="Judge by heads fitted to the file's other sources, in 5 folds.")
    ] = False,
    audit: Annotated[
        int | None, typer.Option("--audit", min=1, max=10_000, help="Judge so many random unflagged items instead.")
    ] = None,
    stories: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Measure stories instead: JSON, or CSV with the texts in FILE."),
    ] = None,
    letters: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Measure what is read of letters instead: JSON Lines."),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Also write the figures down: the site's page about itself shows them.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="With --audit: another seed draws other items.")] = 0,
    topic: Topics = None,
    community: Community = LOCAL,
    by: Person = None,
    as_json: Json = False,
) -> None:
    """Measure the matcher on labelled items, beside a plain phrase rule. The shipped heads never saw your file.

    With --audit N a person judges items that were not flagged, drawn at random from all that is recorded, by y, n,
    ? (cannot tell) or q; printed is recall with its 95 % interval. An audit that is broken off goes on where it was.

    With --stories: the stories made of {"items": [...], "gold": {event: [ids]}}, by B-cubed precision, recall and F1.

    With --letters: whether an item is about a letter, its signers, recipients and deadline, against the "truth" of each
    line, and every miss.
    """
    from bot import app as lookout

    if letters is not None:
        if any((file, stories, audit, cross_validate)):
            raise typer.BadParameter("measures letters and nothing else", param_hint="--letters")
        _eval_letters(letters, as_json=as_json)
        return
    if stories is not None:
        if audit is not None or cross_validate:
            raise typer.BadParameter("measures stories and nothing else", param_hint="--stories")
        _eval_stories(stories, file, as_json=as_json)
        return
    if audit is not None and file is None:
        labelling.audit(audit, seed, topic, community, by, as_json=as_json)
        return
    if audit is not None or file is None:
        raise typer.BadParameter("name a FILE of labelled items, or else --audit N")
    with edges.progress() as bar:
        bar.add_task("Matching", total=None)
        report = lookout.evaluate(edges.settings(), file, cross_validate=cross_validate)
    if publish:
        lookout.publish(edges.settings(), report, file)
    if as_json:
        edges.print_json(report.data())
    else:
        _print_report(report)


def _eval_stories(gold: Path, texts: Path | None, *, as_json: bool) -> None:
    from bot import app as lookout
    from bot import render

    with edges.progress() as bar:
        bar.add_task("Placing", total=None)
        report = lookout.evaluate_stories(edges.settings(), gold, texts)
    if as_json:
        edges.print_json(report.data())
        return
    s = report.bcubed
    print(f"{report.items} items, {report.events} events, {report.found} stories found")
    print(f"B-cubed: precision {s.precision:.3f}  recall {s.recall:.3f}  F1 {s.f1:.3f}")
    for wrong in report.wrong:
        print("wrongly together:" if wrong.together else "wrongly apart:")
        for item in (wrong.one, wrong.other):
            print(render.words.wrapped(f"{item.id}  {item.title}", 4))


def _eval_letters(file: Path, *, as_json: bool) -> None:
    from bot import app as lookout
    from bot import render

    report = lookout.evaluate_letters(file)
    if as_json:
        edges.print_json(report.data())
        return
    k, d = report.is_letter, report.deadline
    print(f"{report.items} items, {k.there} about a letter, {k.found} found")
    print(f"is a letter: precision {k.precision:.3f}  recall {k.recall:.3f}  F1 {k.f1:.3f}")
    print(f"lead sender: {report.lead.right} of {report.lead.there} ({report.lead.recall:.3f})")
    for name, s in (("signers", report.signers), ("recipients", report.recipients)):
        print(f"{name}: precision {s.precision:.3f}  recall {s.recall:.3f}  F1 {s.f1:.3f}  ({s.there} in all)")
    print(f"deadline: {d.right} of {d.there} to the day ({d.recall:.3f}), {report.invented} invented")
    for one in report.missed:
        print(render.words.wrapped(f"{one.id}  {one.about}: is {one.true}; found {one.found}  ({one.title})", 4, "  "))


def teach(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Files with the labelled texts.")],
) -> None:
    """Fit the shipped heads again to bot/matching/labels.csv, and write them into this installation."""
    from bot import app as lookout

    with edges.progress() as bar:
        bar.add_task("Fitting", total=None)
        lessons, number = lookout.teach(edges.settings(), files)
    print(f"{number} labelled items; each judged by a head that saw nothing of its source (5 folds):")
    for lesson in lessons:
        s = lesson.unseen
        print(
            f"  {lesson.head.name:24} threshold {lesson.head.threshold:.2f}  precision {s.precision}  "
            f"recall {s.recall}  F1 {s.f1}  AP {s.ap}  ({s.positives} of {s.n} positive)"
        )


def _print_report(report: "Evaluated") -> None:
    from bot import render

    for one in report.topics:
        print(f"{one.topic_id}: {one.all.positives} of {one.all.n} are about it, {one.hard.n} are hard")
        rows = (("matcher", one.all), ("  hard", one.hard), ("phrase rule", one.phrases), ("  hard", one.phrases_hard))
        for name, s in rows:
            figures = {"precision": s.precision, "recall": s.recall, "F1": s.f1, "AP": s.ap}
            print(f"  {name:12}", "  ".join(f"{what} {_figure(value)}" for what, value in figures.items()))
        for wrong in one.wrong:
            kind = "missed " if wrong.label else "alarmed"
            print(render.words.wrapped(f"{wrong.id}  {wrong.title}", 18, f"    {kind} {wrong.probability:.2f}  "))
    speed = f"{report.items_per_second:.1f} items a second, {report.peak_memory_mb:.0f} MB at most"
    print(f"{speed}; judged by {report.judge}")


def _figure(value: float | None) -> str:
    return f"{value:.3f}" if value is not None else "    -"
