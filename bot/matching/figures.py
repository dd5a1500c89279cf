"""How well the matcher does, as `lookout eval --publish` wrote it down, for the site's page about itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).with_name("figures.json")
"""What `lookout eval --publish` wrote on a labelled set that the shipped heads never saw; see MODEL_CARD.md."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Of one topic: precision and recall, 0 to 1, None where nothing was flagged or positive; of `n` items."""

    topic_id: str
    precision: float | None
    recall: float | None
    positives: int
    n: int


def load_figures(file: Path | None = None) -> tuple[Figure, ...]:
    """Return the figures in a file where there is one, else the shipped ones."""
    known = file if file is not None and file.exists() else SHIPPED
    return tuple(Figure(**row) for row in json.loads(known.read_text(encoding="utf-8")))


def save_figures(measured: Mapping[str, Mapping[str, Any]], file: Path) -> None:
    """Write down what was measured, by topic, as `lookout eval --json` tells it."""
    names = ("precision", "recall", "positives", "n")
    rows = [{"topic_id": topic, **{name: of[name] for name in names}} for topic, of in measured.items()]
    file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
