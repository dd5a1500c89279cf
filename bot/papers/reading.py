"""The text of a PDF's pages as it stands in the file, and which pages are only pictures. PDFium reads it.

Measured on 86 PDFs, 426 pages: PDFium reads as well as any (word recall .96 to 1) and twenty times as fast as readers
written in Python; a file that breaks it ends a worker process, and nothing else.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfObject, PdfPage

MOST_BYTES = 25 * 2**20
"""Bytes of a PDF that is fetched: a letter that was scanned in colour has 10 MiB."""

MOST_PAGES = 100
"""Pages looked at. A letter has three, a report for Congress a hundred."""

MOST_TEXT = 500_000
"""Characters kept: a hundred full pages have 300,000."""

CPU_SECONDS = 10.0
"""After so much CPU no further page is looked at. Below what a worker may use: what was read until then is kept."""

WORDLESS = 150
"""Characters below which a page that a picture covers is a scan: a court's stamp on it has a hundred."""

COVERS = 0.5
"""Part of a page that its pictures fill where it is a scan; some scanners cut it into strips."""

MOST_PICTURES = 200
"""Pictures of a page that are measured."""

HEAD = 1024
"""Bytes in which a PDF must say that it is one: readers have always let something stand before it."""

PASSWORD = 4
"""PDFium's number for a file that wants one (FPDF_ERR_PASSWORD). Locked against changes alone, it opens."""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A PDF: how many pages it has, the raw text of those looked at, and the numbers, from 1, of those that are scans.

    `reason`: why it cannot be opened; then it has no pages.
    """

    pages: int = 0
    texts: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    reason: Literal["encrypted", "broken", "no PDF"] | None = None


def is_pdf(body: bytes) -> bool:
    """Do the first bytes say so? What a server calls it does not matter."""
    return b"%PDF-" in body[:HEAD]


def read(body: bytes) -> Paper:
    """Return what a PDF says, or why it says nothing. Scripts and files inside it are not looked at."""
    from pypdfium2 import PdfiumError  # loads a library of 7 MB that only worker processes need

    if not is_pdf(body):
        return Paper(reason="no PDF")
    try:
        with opened(body) as document:
            return _read(document)
    except PdfiumError as e:
        return Paper(reason="encrypted" if getattr(e, "err_code", None) == PASSWORD else "broken")


@contextmanager
def opened(body: bytes) -> "Iterator[PdfDocument]":
    """Give the document. Raises pypdfium2.PdfiumError where it cannot be opened."""
    from pypdfium2 import PdfDocument

    with closing(PdfDocument(body)) as document:
        yield document


def _read(document: "PdfDocument") -> Paper:
    from pypdfium2 import PdfiumError

    pages, texts, scans = len(document), list[str](), list[int]()
    left, until = MOST_TEXT, time.process_time() + CPU_SECONDS
    for number in range(1, min(pages, MOST_PAGES) + 1):
        if left <= 0 or time.process_time() > until:
            break
        try:
            with closing(document[number - 1]) as page:
                text = _text(page, left)
                if _is_scan(page, text):
                    scans.append(number)
        except PdfiumError:  # this page is broken, not the others
            text = ""
        texts.append(text)
        left -= len(text)
    return Paper(pages=pages, texts=tuple(texts), scans=tuple(scans), reason=None if pages else "broken")


def _text(page: "PdfPage", most: int) -> str:
    with closing(page.get_textpage()) as text:
        return text.get_text_range(0, min(text.count_chars(), most)) if text.count_chars() > 0 else ""


def _is_scan(page: "PdfPage", text: str) -> bool:
    """Is the page a picture of one? Or drawn without a letter, as some programs export their fonts?"""
    said = len("".join(text.split()))
    if said >= WORDLESS:
        return False
    width, height = page.get_size()
    filled = sum(_area(one.get_bounds()) for one in islice(_pictures(page), MOST_PICTURES))
    return filled >= COVERS * width * height or (not said and next(page.get_objects(), None) is not None)


def _pictures(page: "PdfPage") -> "Iterator[PdfObject]":
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    found: Iterator[PdfObject] = page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3)
    return found


def _area(bounds: tuple[float, float, float, float]) -> float:
    left, bottom, right, top = bounds
    return max(0.0, right - left) * max(0.0, top - bottom)
