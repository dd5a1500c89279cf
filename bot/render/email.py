"""A digest as a mail: subject, plain text and HTML, with the same stories and the same links in both.

The day's letters and demands come first, whatever their topic; then the topics. HTML that would be longer than
mailboxes show tells its later stories on a line each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.records import Digest
from bot.render import summary, words
from bot.render.cards import digest_cards
from bot.render.digest import text as plain_text
from bot.replies import Card

CLIPPED = 102 * 1024
"""Bytes of HTML that Gmail shows; see shared/PLATFORM_LIMITS.md, "E-mail"."""

SUBJECT = 150
"""Characters of a subject: phones show some 40, no mailbox more than 150."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a mail says. `html` has less than `CLIPPED` bytes in UTF-8; nothing in it is fetched from elsewhere."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Where a mail's reader goes from it: the digest on the site, the settings, and out."""

    archive: str
    settle: str
    leave: str


def message(digest: Digest, ways: Ways) -> Message:
    """Return a digest as a mail to one reader."""
    sections = digest_cards(digest, letters_first=True)
    stories = sum(len(cards) for _, cards in sections)
    # A story in full is some 1,500 bytes, on a line some 500: from a point on they are told briefly, then counted.
    tried = (_html(digest, ways, sections, most) for most in _fewer(stories))
    html = next(one for one in tried if len(one.encode()) < CLIPPED)
    return Message(subject=_subject(digest, sections), text=_text(digest, ways), html=html)


def _fewer(stories: int) -> Iterator[tuple[int, int]]:
    """Give how many stories to tell in full, and how many at all: ever fewer."""
    for number in (60, 40, 20, 10):
        yield min(number, stories), stories
    yield from ((10, 120), (5, 60), (2, 20), (0, 5), (0, 0))


def _subject(digest: Digest, sections: Sequence[tuple[str, Sequence[Card]]]) -> str:
    stories = sum(len(cards) for _, cards in sections)
    if stories:
        return words.cut(f"{words.count(stories, 'story', 'stories')}: {sections[0][1][0].title}", SUBJECT)
    unread = f"; {len(digest.unread)} of {digest.watched} sources could not be read" if digest.unread else ""
    return f"{summary.heading(digest, 0)}, {summary.day(digest)}{unread}"


def _text(digest: Digest, ways: Ways) -> str:
    told = plain_text(digest, letters_first=True)
    return f"{told}\n-- \nOn the web: {ways.archive}\nSettings: {ways.settle}\nUnsubscribe: {ways.leave}\n"


def _html(digest: Digest, ways: Ways, sections: Sequence[tuple[str, Sequence[Card]]], most: tuple[int, int]) -> str:
    full, told = most
    numbered, shown = 0, list[tuple[str, list[tuple[int, Card]]]]()
    for name, cards in sections:
        some = [(numbered + n, card) for n, card in enumerate(cards, 1) if numbered + n <= told]
        numbered += len(cards)
        if some:
            shown.append((name, some))
    return (
        _templates()
        .get_template("digest.html.j2")
        .render(
            heading=summary.heading(digest, numbered),
            period=summary.period(digest),
            sections=shown,
            full=full,
            more=max(0, numbered - told),
            sources=summary.sources(digest),
            unread=bool(digest.unread),
            ways=ways,
        )
    )


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("bot.render"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
