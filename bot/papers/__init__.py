"""Strangers' PDFs: their text page by page, and that of scanned pages by OCR.

    bytes -read-> Paper, with the pages that are scans -recognised-> their text -whole-> text, and where pages begin

`read` and `recognised` parse strangers' bytes: call them through `workers`.
"""

from bot.papers.reading import MOST_BYTES, Paper, is_pdf, read
from bot.papers.scans import recognised
from bot.papers.wording import whole

__all__ = ["MOST_BYTES", "Paper", "is_pdf", "read", "recognised", "whole"]
