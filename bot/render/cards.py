"""Stories and items as cards: what a chat shows of one, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.records import Digest, Item, Judged, Match, Story, Topic
from bot.render import summary, words
from bot.replies import Card


def digest_cards(digest: Digest, *, letters_first: bool = False) -> list[tuple[str, list[Card]]]:
    """Return the name of each section of a digest with its stories; see `summary.sections`."""
    topics = {section.topic.id: section.topic.name for section in digest.sections}
    return [
        (name, [_story_card(story, topics, digest) for story in stories])
        for name, stories in summary.sections(digest, letters_first=letters_first)
    ]


def _story_card(story: Story, topics: Mapping[str, str], digest: Digest) -> Card:
    subjects = [digest.subjects.get(m.subject_id, m.subject_id) for m in story.mentions]
    card = _card(story.headline, story.matches, topics, subjects, story.also, digest.zone, digest.until)
    return replace(card, quote=words.said(story))


def judged_card(
    judged: Judged, topics: Sequence[Topic], subjects: Mapping[str, str], zone: str, now: datetime, asked: str = ""
) -> Card:
    """Return an item as a card. It is labelled for the topic that was asked for, else for the one it is nearest to."""
    names = {topic.id: topic.name for topic in topics}

    def first(match: Match) -> tuple[bool, bool, float]:
        return not match.flagged, match.topic_id != asked, -match.probability

    known = sorted((m for m in judged.matches if m.topic_id in names), key=first)
    named = [subjects.get(m.subject_id, m.subject_id) for m in judged.mentions]
    return _card(judged.item, known, names, named, judged.also, zone, now)


def _card(
    item: Item,
    matches: Sequence[Match],
    topics: Mapping[str, str],
    subjects: Sequence[str],
    also: Sequence[str],
    zone: str,
    now: datetime,
) -> Card:
    best = matches[0] if matches else None
    flagged = [match for match in matches if match.flagged]
    return Card(
        item_id=item.id,
        topic_id=best.topic_id if best else None,
        title=words.plain(item.title),
        url=words.web_address(item.url),
        source=words.plain(item.source),
        category=words.CATEGORY_NAMES[item.category],
        when=_when(item, zone, now),
        moment=words.when(item, zone),
        also=tuple(map(words.plain, also)),
        quote=words.excerpt(best) if best and best.flagged and best.passage.where != "title" else "",
        why=_why(flagged, topics, subjects),
        probability=max((m.probability for m in flagged if m.verdict is None), default=None),
        due=words.due(item),
    )


def _when(item: Item, zone: str, now: datetime) -> str:
    local, today = item.published.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    if item.day_only or local.date() != today:
        return words.when(item, zone).split(",")[0].rsplit(" ", 1)[0]
    return f"{local:%H:%M}"


def _why(flagged: Sequence[Match], topics: Mapping[str, str], subjects: Sequence[str]) -> str:
    if not flagged:
        return "matches no topic"
    best, *others = flagged
    said = [
        f"{words.sure(best)} {topics.get(best.topic_id, best.topic_id)}",
        f"phrases: {words.phrases(best)}" if best.phrases else "",
        f"also about: {', '.join(topics.get(m.topic_id, m.topic_id) for m in others)}" if others else "",
        f"subjects: {', '.join(subjects)}" if subjects else "",
    ]
    return words.plain("; ".join(part for part in said if part))
