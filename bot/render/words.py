"""The small parts of a digest: times, counts, excerpts, and escapes."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from bot.digests import rank
from bot.facts import deadline
from bot.matching import Phrases
from bot.records import PACES, Attachment, Category, FeedState, Health, Item, Match, Passage, Story, Watchlist

CATEGORY_NAMES: dict[Category, str] = {
    "congress": "Congress",
    "dhs": "DHS",
    "government": "government",
    "advocacy": "advocacy",
    "news": "news",
}

EXCERPT = 300
"""Characters of a passage shown in a digest: two sentences. The whole passage is behind `lookout why`."""

STEPS = 4
"""Actions on a bill told in a digest: a day on the floor has a dozen."""

PHRASES = 4
"""Phrases named in a digest, of up to dozens in a long text."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
# Invisible, and they reorder or hide what stands beside them. Joiners (200C, 200D) stay: emoji and Persian need them.
_TRICKS = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

_MARKUP = re.compile(r"[\\`*_\[\]<>#!|~&]")
_MARKUP_AT_THE_START = re.compile(r"^(\d{0,9})([-+=.)])")
_ADDRESS = re.compile(r":(?=/)|(?<=\w)\.(?=\w)")
"""What some readers make a link of though nobody marked it as one."""
_CALL = re.compile(r"(?<!\w)@(?=\w)|@(?=everyone|here)")
_WORD_JOINER = "\u2060"


def plain(value: str) -> str:
    """Return text on one line that a terminal cannot take for commands."""
    return " ".join(_CONTROL.sub(" ", _TRICKS.sub("", value)).split())


def visible(value: str) -> str:
    """Return text with its line breaks, without what is invisible and reorders or hides what stands beside it."""
    return "\n".join(_CONTROL.sub(" ", _TRICKS.sub("", line)) for line in value.split("\n"))


ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:!?')\]])", re.IGNORECASE)
"""A web address as it stands in text; split by it, every second part is one."""


def escaped_markdown(value: str) -> str:
    """Return text on one line in which CommonMark, and what is common beside it, sees no markup, HTML, link or mention.

    A backslash does not stop a mention, so one that would call somebody gets an invisible joint after its @.
    """
    escaped = _MARKUP_AT_THE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", plain(value)))
    return uncalled(_ADDRESS.sub(r"\\\g<0>", escaped))


def uncalled(value: str) -> str:
    """Return text in which nobody is called: an @ that would has an invisible joint after it."""
    return _CALL.sub("@" + _WORD_JOINER, value)


def markdown_link(url: str) -> str:
    """Return a web address as CommonMark's <link>, which no character of it can close; any other as text."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        return escaped_markdown(url)
    return "<" + re.sub(r"[<>\s\\]", lambda c: f"%{ord(c[0]):02X}", plain(url)) + ">"


def web_address(url: str) -> str:
    """Return an address that a browser may be sent to, in plain ASCII; empty for any other, such as javascript:."""
    kept = re.sub(r"[\s<>\"\\^`{|}]|[^\x21-\x7e]", lambda c: quote(c[0], safe=""), plain(url))
    kept = re.sub(r"^https?://", lambda scheme: scheme[0].lower(), kept, flags=re.IGNORECASE)
    try:
        parts = urlsplit(kept)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        return ""
    return kept if usable else ""


def cut(value: str, most: int) -> str:
    """Return text of at most `most` UTF-16 code units, with … where it was cut: at a word, where there is one near."""
    if utf16(value) <= most:
        return value
    kept, length = [], 0
    for character in value:
        length += utf16(character)
        if length > most - 1:
            break
        kept.append(character)
    text = "".join(kept)
    return text[: max(text.rfind(" "), len(text) * 2 // 3)].rstrip() + "…"


def utf16(value: str) -> int:
    """Return the length of text in UTF-16 code units: the most that any platform counts."""
    return len(value) + sum(character > "\uffff" for character in value)


def wrapped(value: str, indent: int = 3, first: str = "") -> str:
    """Return text wrapped at 88 characters, each line indented; `first` stands in the first line's indent.

    An address in it stays whole.
    """
    return _filled(value, first.ljust(indent), " " * indent)


def quoted(value: str, indent: int = 4) -> str:
    """Return text wrapped and marked as a quotation, as mail does it: it may hold quotation marks of its own."""
    pad = " " * indent + "> "
    return _filled(value, pad, pad)


def _filled(value: str, first: str, others: str) -> str:
    return textwrap.fill(
        plain(value),
        88,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words="://" not in value,
        break_on_hyphens=False,
    )


def excerpt(match: Match) -> str:
    """Return what of the match's passage is shown, verbatim, with … where it was cut: around the first phrase hit.

    What stands in a letter is said to.
    """
    where = in_letter(match.passage)
    return f"{where}: {_excerpt(match)}" if where else _excerpt(match)


def said(story: Story) -> str:
    """Return what is shown of what a story says: the passage that matched, or what happened to its bill.

    Nothing where its title says it all. Of a bill's actions the latest, as many as fit into an excerpt, and how many
    more there are; a passage that is none of them stands before them.
    """
    best = story.matches[0]
    passage = "" if best.passage.where == "title" or best.item_id in {s.id for s in story.steps} else excerpt(best)
    shown: list[str] = []
    for step in story.steps[:STEPS]:
        told = cut(plain(step.text), EXCERPT)
        if shown and sum(map(len, shown)) + len(told) > EXCERPT:
            break
        shown.append(told)
    more = len(story.steps) - len(shown)
    return " · ".join(filter(None, (passage, *shown, f"and {count(more, 'more action', 'more actions')}" * bool(more))))


def in_letter(passage: Passage) -> str:
    """Return, as in: In the letter, page 2. Nothing where a passage is the item's own."""
    return f"In the letter, page {passage.page}" if passage.where == "letter" else ""


NO_TEXT = {
    "encrypted": "it wants a password",
    "no PDF": "what came is no PDF",
    "scanned": "it is scanned, and no OCR is installed here or it saw nothing",
    "empty": "it holds no text",
    "not read yet": "not read yet",
}
"""Why a PDF gave no text, in words, where the reason itself does not say enough."""


def attachment(one: Attachment) -> str:
    """Return what there is to know of a PDF, as in: PDF, 3 pages, 1 of them read by OCR."""
    if one.reason is not None:
        why = NO_TEXT.get(one.reason, one.reason)
        return f"PDF, {why}" if one.reason == "not read yet" else f"PDF, could not be read: {why}"
    ocr = len(one.ocr_pages)
    said = [
        f"PDF, {count(one.pages, 'page', 'pages')}",
        f"{'' if ocr == one.pages else f'{ocr} of them '}read by OCR, which errs" if ocr else "",
        f"{one.unread} of them not read" if one.unread else "",
    ]
    return ", ".join(part for part in said if part)


def _excerpt(match: Match) -> str:
    passage = plain(match.passage.text)
    if len(passage) <= EXCERPT:
        return passage
    hit = next((start for _, start, _ in Phrases(match.phrases).found(passage)), 0)
    start = _beginning(passage, hit)
    cut = passage[start : start + EXCERPT]
    if start + len(cut) < len(passage):
        cut = cut[: max(cut.rfind(" "), EXCERPT // 2)] + " …"
    return ("… " if start else "") + cut.strip()


def _beginning(passage: str, hit: int) -> int:
    """Return where to begin so that what is at `hit` is shown: at a sentence, early enough to be understood."""
    sentences = [0, *(m.end() for m in re.finditer(r"[.!?][”\"]?\s+(?=[A-Z“\"])", passage[:hit]))]
    near = [at for at in sentences if hit - at < EXCERPT // 2 or len(passage) - at <= EXCERPT]
    return near[0] if near else passage.rfind(" ", 0, hit - EXCERPT // 3) + 1


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


def due(item: Item) -> str:
    """Return by when a letter asks for an answer, in words; nothing for anything else, or where it names no day."""
    asked = deadline(item) if rank(item) == 0 else None
    return f"Answer asked for by {calendar(asked.day)}" if asked else ""


def calendar(day: date) -> str:
    """Return a day, as in: Mon 20 Apr 2026."""
    return f"{day:%a} {_day(day)}"


def _day(local: date) -> str:
    return f"{local.day} {local:%b %Y}"


def count(number: int, one: str, many: str) -> str:
    """Return a number with its noun: 1 story, 2 stories."""
    return f"{number:,} {one if number == 1 else many}"


def states(found: Iterable[Health]) -> str:
    """Return how many feeds are in which state, as in: 30 ok, 4 quiet, 1 late, 3 could not be read (3 blocked)."""
    counted = Counter(one.state.state for one in found)
    read = [f"{counted[pace]} {pace}" for pace in PACES if counted[pace] or pace == "ok"]
    why = {state: n for state, n in counted.most_common() if state not in (*PACES, "new", "off")}
    reasons = f" ({', '.join(f'{n} {state}' for state, n in why.items())})" if why else ""
    rest = [f"{counted['new']} not polled yet"] if counted["new"] else []
    rest += [f"{counted['off']} switched off"] if counted["off"] else []
    return ", ".join([*read, f"{sum(why.values())} could not be read{reasons}", *rest])


def keyless(watched: Watchlist) -> str:
    """Return which feeds are not polled for want of a key, and the settings that would hold it; or nothing."""
    wanting = ", ".join(f"{feed.id} ({setting})" for feed, setting in watched.keyless)
    return f"not polled for want of a key: {wanting}" if wanting else ""


def about(state: FeedState, zone: str, *, detail: bool = False) -> str:
    """Return in plain words what else there is to say of a feed's state; of some nothing. `detail`: for operators."""
    if state.reason:
        said = f"{state.reason}: {state.detail}" if detail else state.reason
        return plain(
            f"{said}; last read {moment(state.succeeded, zone)}" if state.succeeded else f"{said}; never read so far"
        )
    silent = f"nothing new since {moment(state.history[-1], zone)}" if state.pace != "ok" and state.history else ""
    return plain("; ".join(filter(None, (silent, state.note))))


def also_on(story: Story) -> str:
    """Return "also on N: ..." for the other sources of a story, or nothing."""
    return f"also on {len(story.also)}: {', '.join(story.also)}" if story.also else ""


def phrases(match: Match) -> str:
    """Return the first phrases that were found, those with an open end as in: deport…"""
    return ", ".join(re.sub(r"\*$", "…", phrase) for phrase in match.phrases[:PHRASES])


def sure(match: Match) -> str:
    """Return a probability as a person says it, never 100 %, for nothing here is certain; or that people decided."""
    return "labelled" if match.verdict is not None else percent(match.probability)


def percent(probability: float) -> str:
    """Return a probability as a person says it, from 1 to 99 %."""
    return f"{min(99, max(1, round(probability * 100)))} %"
