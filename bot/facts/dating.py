"""The day on which a letter was written, where that is stated: above its salutation, or as the release begins."""

import re
from datetime import date, timedelta

from bot.facts.days import DAY, WEEKDAYS, Read, past
from bot.facts.kind import Announced
from bot.facts.people import masked
from bot.facts.text import Text
from bot.records import StatedDay

_LINE = re.compile(rf"^\s*(?:Date:\s*|Washington,? D\.?C\.?,?\s*)?{DAY}\s*$", re.IGNORECASE)
_IN_HEAD = re.compile(rf"(?<!\w){DAY}")
_TODAY = re.compile(r"\b(?:today|this (?:morning|afternoon|evening))\b", re.IGNORECASE)
_YESTERDAY = re.compile(r"\byesterday\b", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"\b(?:on |late |early |this |\W)(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\b(?!,? (?:the )?\w+ \d)"
)


def of_letter(text: Text, published: date) -> StatedDay | None:
    """Return the date that stands over a salutation, in a line of its own, else None."""
    if text.salutation is None:
        return None
    lines = list(text.paragraphs(text.head))
    for start, end in reversed(lines):
        found = _LINE.match(text.text[start:end]) if end - start < 80 else None
        read = past(found, published) if found else None
        if read:
            return _stated(text, start, end, read)
    if text.where == "letter":  # the first lines of a PDF may be one
        for start, end in lines[:8]:
            found = _IN_HEAD.search(text.text[start : min(end, start + 200)])
            read = past(found, published) if found and found["year"] else None
            if found and read:
                return _stated(text, start + found.start(), start + found.end(), read)
    return None


def of_release(text: Text, where: Announced, published: date) -> StatedDay | None:
    """Return the day on which a release says that the letter was sent: "today", "on Tuesday", "dated March 3".

    The sentence that tells of the letter says so, or one at the beginning that tells of the asking.
    """
    beginning = [at for _, at in zip(range(_BEGINNING), text.sentences(text.prose), strict=False)]
    for start, end in dict.fromkeys([(where.start, where.end), *beginning]):
        sentence = masked(text.text[start:end])
        if (start, end) != (where.start, where.end) and not (_ACTS.search(sentence) and _ACTOR.search(sentence)):
            continue
        read = _said(sentence, published)
        if read:
            return _stated(text, start, end, read)
    return None


_BEGINNING = 12  # sentences
_ACTS = re.compile(
    r"\b(?:sent|led|wrote|penned|urged|called on|calling on|demanded|requested|pressed|asked|urging"
    r"|demanding|requesting|asking)\b"
)
_ACTOR = re.compile(
    r"\b(?:Sens?|Senators?|Reps?|Representatives?|Congress\w+|Chair\w*|Ranking|Leader|[Dd]elegation"
    r"|[Ll]awmakers|[Mm]embers)\b"
)
_SENT_ON = re.compile(
    rf"\b(?:letter,? (?:dated|sent(?: on)?|of)|dated|sent (?:a letter )?on|wrote on"
    rf"|^\W*(?:[A-Z][\w., ]+[–—-]+\s*)?on)\s+{DAY}(?:,? (?!\d))?",
    re.IGNORECASE,
)


def _said(sentence: str, published: date) -> Read | None:
    found = _SENT_ON.search(sentence)
    read = past(found, published) if found else None
    if read and (published - read.day).days <= _RECENT:
        return read
    if _TODAY.search(sentence):
        return Read(published)
    if _YESTERDAY.search(sentence):
        return Read(published - timedelta(days=1))
    named = _WEEKDAY.search(sentence)
    if named and (named.end() < 120 or _BESIDE.search(sentence[max(0, named.start() - 40) : named.end() + 15])):
        ago = (published.weekday() - WEEKDAYS.index(named["weekday"][:3].lower())) % 7
        return Read(published - timedelta(days=ago))
    return None


_RECENT = 45  # days that a release may be later than its letter; what is older is another letter
_BESIDE = re.compile(
    r"\b(?:sent|led|wrote|letter|members|colleagues|delegation|lawmakers)\b|\b(?:urged|called|asked"
    r"|pressed|demanded|requested)\Z|\bin (?:requesting|urging"
    r"|sending|calling|demanding|asking)"
)


def _stated(text: Text, start: int, end: int, read: Read) -> StatedDay:
    return StatedDay(day=read.day, passage=text.passage(start, end), mark=read.mark)
