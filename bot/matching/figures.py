"""How well the matcher does, as `lookout eval --publish` wrote it down, for the site's page about itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured, on which day, on the items of which file. `shipped`: by us, not by the operator."""

    topics: tuple[Figure, ...]
    measured: date
    file: str
    shipped: bool


def load_figures(file: Path | None = None) -> Figures:
    """Return the figures in a file where there is one, else the shipped ones."""
    own = file is not None and file.exists()
    said = json.loads((file if file is not None and own else SHIPPED).read_text(encoding="utf-8"))
    return Figures(
        topics=tuple(Figure(**row) for row in said["topics"]),
        measured=date.fromisoformat(said["measured"]),
        file=said["file"],
        shipped=not own,
    )


def save_figures(measured: Mapping[str, Mapping[str, Any]], of: Path, today: date, file: Path) -> None:
    """Write down what was measured `today` on the items of a file, by topic, as `lookout eval --json` tells it."""
    names = ("precision", "recall", "positives", "n")
    rows = [{"topic_id": topic, **{name: told[name] for name in names}} for topic, told in measured.items()]
    said = {"measured": today.isoformat(), "file": of.name, "topics": rows}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
