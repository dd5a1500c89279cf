"""What people asked for, as plain text for a terminal: lists of items, and why an item was told or not."""

from collections.abc import Mapping, Sequence

from bot.records import Gate, Judged, Match, Why
from bot.render import words


def listed(found: Sequence[Judged], zone: str) -> str:
    """Return items one below the other: id, title, source, time, topics, what was found, address."""
    return "\n\n".join(_one(judged, zone) for judged in found) or "Nothing found."


def _one(judged: Judged, zone: str) -> str:
    item = judged.item
    topics = ", ".join(f"{m.topic_id} {words.sure(m)}" for m in judged.matches if m.flagged)
    best = max(judged.matches, key=lambda m: m.probability, default=None)
    quote = judged.snippet or (words.excerpt(best) if best and best.flagged and best.passage.where == "text" else "")
    parts = [
        words.wrapped(item.title, 12, item.id),
        words.wrapped(f"{item.source}, {words.when(item, zone)}" + (f"; {topics}" if topics else ""), 12),
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
        *(f"\n{_match(match)}" for match in judged.matches),
    ]
    if judged.mentions:
        named = ", ".join(subjects.get(m.subject_id, m.subject_id) for m in judged.mentions)
        parts.append("\n" + words.wrapped(f"Subjects: {named}", 0))
    if judged.also:
        parts.append(words.wrapped(f"Also on: {', '.join(judged.also)}", 0))
    parts.append("\nOn its way to a reader:")
    parts += [_gate(gate) for gate in told.gates]
    parts += [f"  - {t.subscriber_id}, {words.moment(t.composed, zone)}: {t.state}" for t in told.told]
    if told.revisions:
        parts.append("\nEarlier versions:")
        parts += [words.wrapped(f"until {words.moment(r.seen, zone)}: {r.title}", 2) for r in told.revisions]
    return "\n".join(parts)


def _match(match: Match) -> str:
    verdict = "flagged" if match.flagged else "not flagged"
    lines = [
        f"{match.topic_id}: {verdict}, probability {match.probability:.2f}, threshold {match.threshold:.2f}",
        _nearest("nearest example", match.nearest_for),
        _nearest("nearest near miss", match.nearest_against),
        words.wrapped(f"phrases: {', '.join(match.phrases) or 'none'}", 2),
        words.wrapped(f"best passage ({match.passage.where} {match.passage.start}-{match.passage.end}):", 2),
        words.quoted(match.passage.text),
        words.wrapped(f"model: {match.model}", 2),
    ]
    return "\n".join(line for line in lines if line)


def _nearest(name: str, nearest: tuple[str, float] | None) -> str:
    return words.wrapped(f"{name} (cosine {nearest[1]:.2f}): {nearest[0]}", 2) if nearest else ""


def _gate(gate: Gate) -> str:
    return words.wrapped(f"{gate.name}: {gate.says}", 11, f"  {'passed' if gate.passed else 'stopped'}")
