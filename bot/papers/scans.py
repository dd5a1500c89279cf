"""The text of a scanned page: PDFium draws it, Tesseract reads it, in a process of its own that is ended in time."""

import math
import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from bot.errors import ReadError
from bot.papers.reading import opened

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

SHARPNESS = 300 / 72
"""Pixels a point: what Tesseract is trained for is 300 dpi."""

MOST_PIXELS = 12_000_000
"""Pixels drawn: a page of 8.5 by 14 inches has 10.7 million. A stranger's page may be a thousand miles wide."""

LONGEST_SIDE = 10_000
"""Pixels of a side; Tesseract refuses more than 32,767."""

OCR_SECONDS = 60
"""Time for one page; a dense one takes five seconds of CPU, and the machine may be busy."""

MOST_TEXT = 20_000
"""Characters kept of a page; a dense one has five thousand."""


def recognised(body: bytes, number: int, tesseract: str) -> str:
    """Return the text that the program `tesseract` sees on page `number`, from 1, of a PDF; it may be misread.

    Raises ReadError "timeout" where it takes more than OCR_SECONDS, "unreadable" where the program fails.
    """
    with opened(body) as document, closing(document[number - 1]) as page:
        picture = _drawn(page)
    return _seen(picture, tesseract)[:MOST_TEXT]


def _drawn(page: "PdfPage") -> bytes:
    """Return a page in grey as a PGM file."""
    width, height = (max(1.0, side) for side in page.get_size())
    scale = min(SHARPNESS, math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / max(width, height))
    with closing(page.render(scale=scale, grayscale=True)) as bitmap:
        pixels: bytes = bitmap.to_numpy().tobytes()
        return f"P5 {bitmap.width} {bitmap.height} 255\n".encode() + pixels


def _seen(picture: bytes, tesseract: str) -> str:
    # It inherits the worker's limit on memory.
    with subprocess.Popen(  # noqa: S603 (the operator's program; nothing of the document is among its arguments)
        [tesseract, "stdin", "stdout", "--dpi", "300"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        _limit_cpu(process.pid)
        try:
            said, _ = process.communicate(picture, timeout=OCR_SECONDS)
        except BaseException as e:
            _end(process)
            if isinstance(e, subprocess.TimeoutExpired):
                raise ReadError("timeout", f"a scanned page took more than {OCR_SECONDS} s") from e
            raise
    if process.returncode:
        raise ReadError("unreadable", f"tesseract ended with status {process.returncode}")
    return said.decode(errors="replace")


def _limit_cpu(pid: int) -> None:
    """Let the program end by itself should we be killed, who would end it in time."""
    if sys.platform == "linux":
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_CPU, (OCR_SECONDS, OCR_SECONDS))


def _end(process: "subprocess.Popen[bytes]") -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)  # what it may have started, too
