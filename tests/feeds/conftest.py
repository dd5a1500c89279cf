"""A feed of any kind, and our samples as documents."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.records import Document, Feed

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)


@pytest.fixture
def feed() -> Callable[..., Feed]:
    def make(kind: str, url: str = "https://www.example.gov/list", **options: Any) -> Feed:
        return Feed(
            id="sample",
            name="Sample",
            kind=kind,
            url=url,
            category="dhs",
            every=timedelta(hours=1),
            options=options,
        )

    return make


@pytest.fixture
def sample() -> Callable[..., Document]:
    def read(name: str, url: str = "https://www.example.gov/list") -> Document:
        return Document(url=url, body=(SAMPLES / name).read_bytes(), fetched=NOW)

    return read


@pytest.fixture
def document() -> Callable[..., Document]:
    def make(body: bytes, url: str = "https://www.example.gov/list", content_type: str = "") -> Document:
        return Document(url=url, body=body, fetched=NOW, content_type=content_type)

    return make
