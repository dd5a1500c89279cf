"""A text to be read for facts: where its sentences and paragraphs are, and the letter that stands in it.

release: [banner] prose ... "Full text below" [date, addresses] Dear X, ... Sincerely, [signatures]
                  `prose`                     `head`            `body`             `close`
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bot.records import Attachment, Item, Passage

LONGEST = 60_000
"""Characters of one text that are read: the longest letters have some 40,000; what follows are exhibits."""

HEAD = 1_500
"""Characters before a salutation in which its date and addresses stand."""

_BLANK = re.compile(r"\s{50}")
"""Plain text has no such gap; patterns that look for blanks would look long."""

_ABBREVIATIONS = (
    r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bJr)(?<!\bSr)(?<!\bFt)(?<!\bMt)(?<!\bNo)(?<!\bvs)(?<!\bMrs)(?<!\bSen)"
    r"(?<!\bRep)(?<!\bGov)(?<!\bGen)(?<!\bHon)(?<!\bCol)(?<!\bLt)(?<!\bInc)(?<!\bSens)(?<!\bReps)(?<!\bU\.S)(?<!\bD\.C)"
    r"(?<!\bJan)(?<!\bFeb)(?<!\bMar)(?<!\bApr)(?<!\bAug)(?<!\bSep)(?<!\bSept)(?<!\bOct)(?<!\bNov)(?<!\bDec)(?<!\bDel)"
    r"(?<!\b[A-Z])(?<![ap]\.m)(?<!\bCong)(?<!\bCo)(?<!\bCorp)(?<!\bN\.Y)"
)
_SENTENCE_END = re.compile(rf"(?:{_ABBREVIATIONS}\.|[!?])[”\"’')\]]*\s+(?=[A-Z“\"‘'(0-9•\[])|\n\s*")
_SALUTATION = re.compile(
    r"(?m)^[ \t“\"]{0,3}(?:Dear|DEAR"
    r"|To)[ \t](?:the[ \t])?(?=[A-Z])(?P<whom>[^\n:]{2,300}?)[ \t]{0,9}(?::|,?[ \t]{0,9}$"
    r"|,[ \t]{1,9}(?=[A-Z][a-z]+ [a-z]|I |We |As ))"
)
_TITLED = re.compile(
    r"[\s“\"]{0,9}(?P<whom>(?:Mr|Madam|Speaker|Secretary|Chair(?:man|woman)?|President|(?:Majority "
    r"|Minority )?Leader|Director|Administrator"
    r"|Attorney General|Governor|General|Commissioner|Senator"
    r"|Congressional)\b[^\n:.]{3,200})[,:]\s*\n+[\s“\"]{0,9}(?:We|I|As|On|Thank)\b"
)
"""A letter that begins without "Dear": "Speaker X and Leader Y," and then "We write"."""

_DEAR = re.compile(r"(?:Dear|DEAR)\s")
_CLOSE = re.compile(
    r"(?m)^[ \t]{0,9}(?i:(?:very |most )?(?:sincerely|respectfully|truly)(?: yours| submitted)?"
    r"|yours (?:sincerely|truly)"
    r"|(?:with |kind |best |warm ){1,3}(?:regards|respect)|in service"
    r"|all the best)[ \t]{0,9}[,.]?[ \t]{0,9}(?=$|[A-Z/_\[])"
)


@dataclass(frozen=True)
class Text:
    """One text with the passages that it can give. `start`: where reading begins, under a banner."""

    where: Literal["title", "text", "letter"]
    text: str
    start: int = 0
    letter: str | None = None
    page_of: Callable[[int], int] | None = field(default=None, compare=False)

    def passage(self, start: int, end: int) -> Passage:
        """Return the piece from `start` to `end`, without the blanks at its ends."""
        piece = self.text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        return Passage(
            where=self.where,
            start=start,
            end=end,
            text=self.text[start:end],
            letter=self.letter,
            page=self.page_of(start) if self.page_of else None,
        )

    @cached_property
    def end(self) -> int:
        """Where reading ends."""
        stop = min(len(self.text), self.start + LONGEST)
        blank = _BLANK.search(self.text, self.start, stop)
        return blank.start() if blank else stop

    @cached_property
    def salutation(self) -> re.Match[str] | None:
        """Where a letter in it salutes somebody, None: no letter stands in it."""
        for found in _SALUTATION.finditer(self.text, self.start, self.end):
            if _DEAR.match(found[0].lstrip(' \t“"')) or (found.start() == 0 and ":" in found[0]):
                return found
        return _TITLED.match(self.text, self.start, self.end)

    @cached_property
    def prose(self) -> tuple[int, int]:
        """What a release says of its letter, before that stands there itself."""
        return self.start, self.salutation.start() if self.salutation else self.end

    @cached_property
    def body(self) -> tuple[int, int]:
        """The letter itself, after its salutation and before its close; empty where there is none."""
        if self.salutation is None:
            return self.end, self.end
        return self.salutation.end(), self.close[0]

    @cached_property
    def close(self) -> tuple[int, int]:
        """Where the signatures stand: after the last "Sincerely," else nowhere."""
        begins = self.salutation.end() if self.salutation else self.end
        found = list(_CLOSE.finditer(self.text, begins, self.end))
        return (found[0].end() if found else self.end), self.end

    @cached_property
    def head(self) -> tuple[int, int]:
        """Where a letter's date and addresses stand."""
        if self.salutation is None:
            return self.start, self.start
        return max(self.start, self.salutation.start() - HEAD), self.salutation.start()

    def sentences(self, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Give the (start, end) of every sentence of a span; a line is at least one."""
        start, end = span
        for gap in _SENTENCE_END.finditer(self.text, start, end):
            if gap.start() >= start and self.text[start : gap.end()].strip():
                yield start, gap.end()
            start = gap.end()
        if self.text[start:end].strip():
            yield start, end

    def paragraphs(self, span: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Give the (start, end) of every line that says something."""
        start, end = span
        while start < end:
            stop = self.text.find("\n", start, end)
            stop = end if stop < 0 else stop
            if self.text[start:stop].strip():
                yield start, stop
            start = stop + 1


def of_title(item: Item) -> Text:
    """Return an item's title, to be read."""
    return Text("title", item.title)


def of_item(item: Item) -> Text:
    """Return an item's text, to be read under its banner."""
    return Text("text", item.text, item.begins)


def of_attachment(attachment: Attachment) -> Text:
    """Return the text of a PDF, to be read; its passages know their pages."""
    return Text("letter", attachment.text, letter=attachment.url, page_of=attachment.page_of)


def is_heading(sentence: str) -> bool:
    """Is it a line over the text, or a dateline, which says nothing yet? Headings have no full stop."""
    words = sentence.split()
    return len(words) < 6 or (
        not sentence.rstrip().endswith((".", ":", "!", "?", "”", '"', ","))
        and sum(word[:1].isupper() for word in words) * 2 > len(words)
    )
