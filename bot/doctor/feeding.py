"""What is proposed for a document that is a feed: kind rss, with the options that its habits call for; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot import feeds, rhythm
from bot.dates import WASHINGTON
from bot.doctor.findings import Proposal
from bot.doctor.naming import as_tried, askable, proposal
from bot.plain import paragraphs
from bot.records import Document, Entry

LONG = 1_000
"""Characters of text that an entry has in the middle of a feed of whole articles: teasers have 200 to 500."""

_LOOKED_AT = 20  # entries whose text is looked at
_SAME_CLOCK = 3  # days at one time of day, from which on that time is made up
_OLD = rhythm.FORGOTTEN
_UNLIKE_IT, _SHORTEST = 20, timedelta(days=30)  # times its usual silence; a recess of Congress takes five weeks


def of_feed(document: Document, now: datetime) -> Proposal:
    """Return how to follow a feed. Raises ReadError "not a feed" as kind rss does: a page, a placeholder, other XML."""
    title, url = feeds.channel(document), askable(document.url)
    bare = feeds.read(as_tried("rss", url), document)
    options = _options(bare.entries, title, url)
    read = feeds.read(as_tried("rss", url, options), document)
    made = proposal(
        "rss",
        url,
        title,
        read.entries,
        now,
        by="a feed",
        options=options,
        remarks=tuple(_remarks(options, bare.entries)),
        hub=read.offer.hub if read.offer else None,
    )
    return replace(made, doubts=tuple(_doubts(made, now)))


def _options(entries: Sequence[Entry], title: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = {}
    if _is_whole(entries):
        options["full_text"] = True
    if _clock_is_made_up(entries):
        options["dates"] = "day"
    if parts.hostname == "news.google.com":
        options["outlet_in_title"] = True
        options.pop("full_text", None)
    if title and "type" in parse_qs(parts.query):
        options["title_must_contain"] = title
    return options


def _is_whole(entries: Sequence[Entry]) -> bool:
    texts = [paragraphs(entry.content) for entry in entries[:_LOOKED_AT]]
    whole = [text for text in texts if not text.endswith("…")]
    return bool(texts) and 2 * len(whole) > len(texts) and median(map(len, texts)) >= LONG


def _clock_is_made_up(entries: Sequence[Entry]) -> bool:
    """Has every entry noon or midnight for its time of day? DOJ stamps all of them 12:00; a letter comes at 7:00."""
    dates = [entry.published for entry in entries if entry.published and not entry.day_only]
    local = [date.astimezone(WASHINGTON) for date in dates]
    return any(_is_stamped(one) for one in (dates, local))


def _is_stamped(dates: Sequence[datetime]) -> bool:
    clocks = {moment.time() for moment in dates}
    return len({moment.date() for moment in dates}) >= _SAME_CLOCK and len(clocks) == 1 and clocks <= {time(12), time()}


def _remarks(options: Mapping[str, Any], entries: Sequence[Entry]) -> Iterator[str]:
    if options.get("full_text"):
        yield "it carries whole articles (full_text)"
    elif entries and "outlet_in_title" not in options:
        yield "it carries teasers; the articles' own pages are read"
    if options.get("dates"):
        yield "all its entries have the same time of day, which is made up; only the day counts (dates: day)"
    if options.get("outlet_in_title"):
        yield "its titles end in the outlet's name (outlet_in_title)"
    if "title_must_contain" in options:
        yield (
            "such sites answer any ?type= with their default channel; this one is"
            f' "{options["title_must_contain"]}", and another will be refused (title_must_contain)'
        )


def _doubts(made: Proposal, now: datetime) -> Iterator[str]:
    if not made.count:
        yield "it is empty"
        return
    if not made.dated:
        yield "no entry has a date: each counts from when it is first seen"
    elif 2 * made.dated < made.count:
        yield f"only {made.dated} of {made.count} entries have a date"
    if made.newest is not None and is_late(made, now):
        yield f"its newest entry is {(now - made.newest).days:,} days old: it may be dead"


def is_late(made: Proposal, now: datetime) -> bool:
    """Has it been silent for much longer than it usually is, or for a season?"""
    if made.newest is None:
        return False
    longest = _OLD if made.usual is None else min(max(_UNLIKE_IT * made.usual, _SHORTEST), _OLD)
    return now - made.newest > longest
