"""Why an item was told, or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.records.digests import Told
from bot.records.items import Revision
from bot.records.matches import Judged, Label


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One thing an item had to pass on its way to a reader."""

    name: str
    passed: bool
    says: str


@dataclass(frozen=True, kw_only=True)
class Why:
    """Everything we know about why an item was told, or not. `against`: misleading phrases in its title, by topic."""

    judged: Judged
    gates: tuple[Gate, ...]
    told: tuple[Told, ...]
    revisions: tuple[Revision, ...]
    labels: tuple[Label, ...] = ()
    against: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str | None = None
