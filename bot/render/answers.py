"""What people asked for, as plain text for a terminal: lists of items, and why an item was told or not."""

from collections.abc import Mapping, Sequence

from bot.records import (
    Attachment,
    Chronicle,
    Findings,
    Gate,
    Hit,
    Item,
    Judged,
    Label,
    Match,
    Membership,
    Passage,
    StoryEdit,
    Why,
)
from bot.render import words

NOTHING = "Nothing found."

LEAD = 200
"""Characters shown of an item that says what was looked for in other words: how it begins, two lines."""

ASKED = 600
"""Characters shown of an item to somebody who is to say what it is about: its first lines."""


def listed(found: Sequence[Judged], zone: str) -> str:
    """Return items one below the other: id, title, source, time, topics, the passage that matched, address."""
    return "\n\n".join(_one(judged, zone, _passage(judged)) for judged in found) or NOTHING


def found(told: Findings, zone: str) -> str:
    """Return what a search found, each with by what it was, and what a reader should know of what it could not find."""
    hits = [_one(hit.judged, zone, _shown(hit), f"found by {_by(hit)}") for hit in told.hits]
    lacking = words.count(told.without, "item has", "items have")
    parts = [
        *(hits or [NOTHING]),
        words.wrapped(f"By words only: {told.note}.", 0) if told.note else "",
        f"{lacking} no vector yet and can be found by words only." if told.without and not told.note else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _by(hit: Hit) -> str:
    near = f"meaning ({hit.cosine:.2f})" if hit.cosine is not None else ""
    return " and ".join(part for part in ("words" if hit.snippet is not None else "", near) if part)


def _shown(hit: Hit) -> str:
    if hit.snippet is not None:
        return hit.snippet
    text = words.plain(hit.judged.item.text[: 2 * LEAD])
    return text if len(text) <= LEAD else text[:LEAD].rsplit(" ", 1)[0] + " …"


def _passage(judged: Judged) -> str:
    best = max(judged.matches, key=lambda m: m.probability, default=None)
    return words.excerpt(best) if best and best.flagged and best.passage.where != "title" else ""


def _one(judged: Judged, zone: str, quote: str, how: str = "") -> str:
    item = judged.item
    topics = ", ".join(f"{m.topic_id} {words.sure(m)}" for m in judged.matches if m.flagged)
    said = "; ".join(part for part in (f"{item.source}, {words.when(item, zone)}", topics, how) if part)
    parts = [
        words.wrapped(item.title, 12, item.id),
        words.wrapped(said, 12),
        words.quoted(quote, 12) if quote else "",
        f"{' ' * 12}{words.plain(item.url)}",
    ]
    return "\n".join(part for part in parts if part)


def why(told: Why, zone: str, subjects: Mapping[str, str]) -> str:
    """Return everything that decided about an item, in the order in which it was decided."""
    judged, item = told.judged, told.judged.item
    parts = [
        words.wrapped(item.title, 0),
        words.wrapped(f"{item.source} ({words.CATEGORY_NAMES[item.category]}), {words.when(item, zone)}", 0),
        f"id {item.id}, first seen {words.moment(item.first_seen, zone)}, text from: {item.text_from}",
        words.plain(item.url),
        *(f"\n{_match(match, told.against.get(match.topic_id, ()))}" for match in judged.matches),
    ]
    if told.note:
        parts.append("\n" + words.wrapped(f"Note: {told.note}", 0))
    if judged.mentions:
        named = ", ".join(subjects.get(m.subject_id, m.subject_id) for m in judged.mentions)
        parts.append("\n" + words.wrapped(f"Subjects: {named}", 0))
    if judged.also:
        parts.append(words.wrapped(f"Also on: {', '.join(judged.also)}", 0))
    if judged.attachments:
        parts.append("\nLetters:")
        parts += [_letter(one) for one in judged.attachments]
    if told.labels:
        parts.append("\nLabels:")
        parts += [_label(label, zone) for label in told.labels]
    parts.append("\nOn its way to a reader:")
    parts += [_gate(gate) for gate in told.gates]
    parts += [f"  - {t.subscriber_id}, {words.moment(t.composed, zone)}: {t.state}" for t in told.told]
    if told.revisions:
        parts.append("\nEarlier versions:")
        parts += [words.wrapped(f"until {words.moment(r.seen, zone)}: {r.title}", 2) for r in told.revisions]
    return "\n".join(parts)


def story(told: Chronicle, zone: str) -> str:
    """Return a story: its items, headline first, how each came to it, and what editors said of them."""
    others = list(dict.fromkeys(one.item.source for one in told.items if one.item.source != told.headline.source))
    seen = f"first seen {words.moment(told.first_seen, zone)}, last seen {words.moment(told.last_seen, zone)}"
    also = words.wrapped(f"also on {len(others)}: {', '.join(others)}", 0) if others else ""
    parts = [
        f"Story {told.id}: {words.count(len(told.items), 'item', 'items')}",
        seen,
        also,
        *(f"\n{_member(one, zone)}" for one in told.items),
        "\nWhat editors said:" if told.edits else "",
        *(_edit(edit, zone) for edit in told.edits),
    ]
    return "\n".join(part for part in parts if part)


def _member(one: Membership, zone: str) -> str:
    item = one.item
    sure = f" ({one.probability:.2f})" if one.probability is not None else ""
    how = {
        "first": "began the story",
        "copy": f"shares its text with {one.because}{sure}",
        "rewrite": f"tells the same as {one.because} in other words{sure}",
        "editor": "put here by an editor",
    }[one.how]
    lines = [
        words.wrapped(item.title, 12, item.id),
        words.wrapped(f"{item.source} ({words.CATEGORY_NAMES[item.category]}), {words.when(item, zone)}", 12),
        f"{' ' * 12}{words.plain(item.url)}",
        words.wrapped(f"{how}, {words.moment(one.joined, zone)}", 12),
    ]
    return "\n".join(lines)


def _edit(edit: StoryEdit, zone: str) -> str:
    sides = " | ".join(" ".join(side) for side in edit.sides)
    said = f"{edit.kind} by {edit.by}, {words.moment(edit.at, zone)}: {sides}"
    undone = f"; undone by {edit.undone_by}, {words.moment(edit.undone, zone)}" if edit.undone else ""
    return words.wrapped(said + undone, 6, f"  {edit.number}")


def _match(match: Match, against: Sequence[str] = ()) -> str:
    verdict = "flagged" if match.flagged else "not flagged"
    if match.verdict is not None:
        verdict += f" (labelled {match.verdict})"
    lines = [
        f"{match.topic_id}: {verdict}, probability {match.probability:.2f}, threshold {match.threshold:.2f}",
        _nearest("nearest example", match.nearest_for),
        _nearest("nearest near miss", match.nearest_against),
        words.wrapped(f"phrases: {', '.join(match.phrases) or 'none'}", 2),
        words.wrapped(f"misleading, against it: {', '.join(against)}", 2) if against else "",
        words.wrapped(f"best passage ({_where(match.passage)}):", 2),
        words.quoted(match.passage.text),
        words.wrapped(f"model: {match.model}", 2),
    ]
    return "\n".join(line for line in lines if line)


def labels(said: Sequence[tuple[Label, Item]], zone: str) -> str:
    """Return what people said, each with its item."""
    return (
        "\n\n".join(
            "\n".join((words.wrapped(item.title, 12, item.id), _label(label, zone, 12))) for label, item in said
        )
        or "No labels."
    )


def _label(label: Label, zone: str, indent: int = 2) -> str:
    said = f"{label.topic_id}: {label.verdict}, says {label.by} in {label.community}, {words.moment(label.at, zone)}"
    if label.undone is None:
        return words.wrapped(said, indent)
    return words.wrapped(f"{said}; undone by {label.undone_by}, {words.moment(label.undone, zone)}", indent)


def asked_about(judged: Judged, zone: str) -> str:
    """Return of an item what a person needs to say what it is about: title, source, date, first lines, address."""
    lead = words.plain(judged.item.text[:ASKED]) + (" …" if len(judged.item.text) > ASKED else "")
    return _one(judged, zone, lead)


def _nearest(name: str, nearest: tuple[str, float] | None) -> str:
    return words.wrapped(f"{name} (cosine {nearest[1]:.2f}): {nearest[0]}", 2) if nearest else ""


def _where(passage: Passage) -> str:
    return f"{words.in_letter(passage) or passage.where} {passage.start}-{passage.end}"


def _letter(one: Attachment) -> str:
    return "\n".join((words.wrapped(f"{one.name} ({words.attachment(one)})", 4, "  -"), f"    {words.plain(one.url)}"))


def _gate(gate: Gate) -> str:
    return words.wrapped(f"{gate.name}: {gate.says}", 11, f"  {'passed' if gate.passed else 'stopped'}")
