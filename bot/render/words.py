"""The small parts of a digest: times, counts, excerpts, and escapes."""

import re
import textwrap
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.records import Category, Item, Match, Story

CATEGORY_NAMES: dict[Category, str] = {
    "congress": "Congress",
    "dhs": "DHS",
    "government": "government",
    "advocacy": "advocacy",
    "news": "news",
}

EXCERPT = 300
"""Characters of a passage shown in a digest: two sentences. The whole passage is behind `lookout why`."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(value: str) -> str:
    """Return text on one line that a terminal cannot take for commands."""
    return " ".join(_CONTROL.sub(" ", value).split())


def escaped_markdown(value: str) -> str:
    """Return text on one line in which CommonMark sees no markup, HTML, link or mention."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|~&@.])", r"\\\1", plain(value))


def markdown_link(url: str) -> str:
    """Return an address as CommonMark's <link>, which no character of it can close."""
    return "<" + re.sub(r"[<>\s\\]", lambda c: f"%{ord(c[0]):02X}", plain(url)) + ">"


def wrapped(value: str, indent: int = 3, first: str = "") -> str:
    """Return text wrapped at 88 columns, each line indented; `first` stands in the first line's indent."""
    pad = " " * indent
    lead = first.ljust(indent) if first else pad
    return textwrap.fill(
        plain(value), 88, initial_indent=lead, subsequent_indent=pad, break_long_words=False, break_on_hyphens=False
    )


def excerpt(match: Match) -> str:
    """Return what of the match's passage is shown, verbatim, with … where it was cut: around the first phrase hit."""
    passage = plain(match.passage.text)
    if len(passage) <= EXCERPT:
        return passage
    hit = min((at for at in (passage.casefold().find(p.casefold()) for p in match.phrases) if at >= 0), default=0)
    start = _sentence_start(passage, hit)
    cut = passage[start : start + EXCERPT]
    end = start + len(cut)
    if end < len(passage):
        cut = cut[: max(cut.rfind(" "), EXCERPT // 2)] + " …"
    return ("… " if start else "") + cut.strip()


def _sentence_start(passage: str, hit: int) -> int:
    starts = [m.end() for m in re.finditer(r"[.!?”\"]\s+(?=[A-Z“\"])", passage[:hit])]
    if starts and hit - starts[-1] < EXCERPT // 2:
        return starts[-1]
    return 0 if hit < EXCERPT // 2 else passage.rfind(" ", 0, hit - EXCERPT // 3) + 1


def when(item: Item, zone: str) -> str:
    """Return when an item was published, in `zone`; only the day where only the day is known."""
    if item.day_only:
        # A day that a Washington office gave stays that day for a reader elsewhere.
        return _day(item.published.astimezone(ZoneInfo("America/New_York")))
    local = item.published.astimezone(ZoneInfo(zone))
    return f"{_day(local)}, {local:%H:%M %Z}"


def moment(value: datetime, zone: str) -> str:
    """Return a time in `zone`, as in: Mon 23 Nov 2026, 07:00 EST."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{local:%a} {_day(local)}, {local:%H:%M %Z}"


def _day(local: datetime) -> str:
    return f"{local.day} {local:%b %Y}"


def count(number: int, one: str, many: str) -> str:
    """Return a number with its noun: 1 story, 2 stories."""
    return f"{number:,} {one if number == 1 else many}"


def also_on(story: Story) -> str:
    """Return "also on N: ..." for the other sources of a story, or nothing."""
    return f"also on {len(story.also)}: {plain(', '.join(story.also))}" if story.also else ""


def sure(match: Match) -> str:
    """Return a probability as a person says it; never 100 %, for nothing here is certain."""
    return f"{min(99, max(1, round(match.probability * 100)))} %"
