"""A letter that was scanned is read by OCR, within bounds."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from bot import papers
from bot.errors import ReadError
from bot.papers import scans
from bot.workers import Workers
from tests import pdfs

TESSERACT = shutil.which("tesseract")
needs_ocr = pytest.mark.skipif(
    TESSERACT is None and "CI" not in os.environ, reason="needs Tesseract (Debian: tesseract-ocr), which is not here"
)


@needs_ocr
async def test_the_words_of_a_scan_are_found(workers: Workers) -> None:
    assert TESSERACT is not None
    body = pdfs.scan(["Nothing here."], ["We are alarmed by facial recognition", "in the streets of Chicago."])
    said = await workers.run(papers.recognised, body, 2, TESSERACT)
    assert said.split() == [
        "We",
        "are",
        "alarmed",
        "by",
        "facial",
        "recognition",
        "in",
        "the",
        "streets",
        "of",
        "Chicago.",
    ]


@needs_ocr
async def test_a_page_a_thousand_miles_wide_is_drawn_small(workers: Workers) -> None:
    assert TESSERACT is not None
    assert await workers.run(papers.recognised, pdfs.wide(), 1, TESSERACT) == ""


def a_program(folder: Path, says: str) -> str:
    """Stands in for Tesseract where it fails: nothing makes the real one hang."""
    path = folder / "tesseract"
    path.write_text(f"#!{sys.executable}\n{says}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


async def test_a_program_that_fails_is_told_as_that(workers: Workers, tmp_path: Path) -> None:
    program = a_program(tmp_path, "import sys; sys.stdin.buffer.read(); sys.exit(3)")
    with pytest.raises(ReadError, match="unreadable: tesseract ended with status 3"):
        await workers.run(papers.recognised, pdfs.scan(["Words."]), 1, program)


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = a_program(tmp_path, "import signal; signal.pause()")
    monkeypatch.setattr(scans, "OCR_SECONDS", 1)
    with pytest.raises(ReadError, match="timeout: a scanned page took more than 1 s"):
        papers.recognised(pdfs.scan(["Words."]), 1, program)
