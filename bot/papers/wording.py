"""From the lines that stand on pages to running text: words joined, paragraphs found, headers said once (pure)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bot.papers.reading import MOST_TEXT, Paper
from bot.plain import folded

HYPHEN = re.compile("[\ufffe\x02](?:\r?\n)?")
"""How PDFium marks a hyphen at which a word was divided between two lines."""

DIVIDED = re.compile(r"(?<=[a-z])-\r?\n(?=[a-z])")
"""The same where OCR read it."""

LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)
"""Two letters drawn as one, by which "identification" is not found."""

EDGE = 2
"""Lines at the top and the bottom of a page that may be its header and its footer."""

REPEATED = 3
"""Pages that must show the same line there before it is left out from the second on."""

SHORT = 0.85
"""A line that ends a sentence, and is shorter than so much of the page's longest, ends a paragraph."""

_PAGE_NUMBER = re.compile(r"(?:page\s*)?[-–—\s]*\d{1,4}[-–—\s]*(?:of\s*\d{1,4})?", re.IGNORECASE)
_ENDS = re.compile(r"""[.!?:;]["'”’)\]]*\Z""")


def whole(paper: Paper, seen: Mapping[int, str]) -> tuple[str, tuple[int, ...]]:
    """Return the pages as one text of at most MOST_TEXT characters, and where in it each page begins.

    Plain; paragraphs are separated by one blank line, as pages are. `seen`: what OCR read on pages, by their numbers.
    """
    texts = [max(seen.get(number, ""), text, key=len) for number, text in enumerate(paper.texts, 1)]
    most = MOST_TEXT
    pages = [[line for raw in _lines(text) if (line := folded(raw)) or not raw.strip()] for text in texts]
    repeated = _repeated(pages)
    text, starts, said = "", list[int](), set[str]()
    for lines in pages:
        paragraphs = "\n\n".join(_paragraphs(list(_own(lines, repeated, said))))
        text += "\n\n" if text and paragraphs else ""
        starts.append(len(text))
        text += paragraphs[: most - len(text)] if len(text) < most else ""
    text = text.rstrip()
    return text, tuple(min(start, len(text)) for start in starts)


def _lines(text: str) -> list[str]:
    return DIVIDED.sub("", HYPHEN.sub("", text)).translate(LIGATURES).replace("\r\n", "\n").split("\n")


def _repeated(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the headers and footers, as `_mark` writes them."""
    seen = Counter(mark for lines in pages for mark in {_mark(line) for line in _edges(lines)})
    return frozenset(mark for mark, times in seen.items() if times >= REPEATED and mark)


def _edges(lines: Sequence[str]) -> list[str]:
    said = [line for line in lines if line]
    return said[:EDGE] + said[max(EDGE, len(said) - EDGE) :]


def _mark(line: str) -> str:
    """Return what is the same of a header on every page: all but the page's number."""
    return re.sub(r"\bpage \d+", "page", line.casefold())


def _own(lines: Sequence[str], repeated: frozenset[str], said: set[str]) -> Iterator[str]:
    """Give a page's lines without its number, and without headers and footers that an earlier page has `said`."""
    places = [n for n, line in enumerate(lines) if line]
    edges = set(places[:EDGE] + places[-EDGE:])
    for n, line in enumerate(lines):
        mark = _mark(line)
        if n in edges and (_PAGE_NUMBER.fullmatch(line) or mark in said):
            continue
        if n in edges and mark in repeated:
            said.add(mark)
        yield line


def _paragraphs(lines: Sequence[str]) -> Iterator[str]:
    longest, gathered = max(map(len, lines), default=0), list[str]()
    for line in lines:
        if line:
            gathered.append(line)
        if gathered and (not line or (_ENDS.search(line) and len(line) < SHORT * longest)):
            yield " ".join(gathered)
            gathered = []
    if gathered:
        yield " ".join(gathered)
