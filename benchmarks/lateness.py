"""How often a source that lives is called late, and how soon one that died, for several rules.

    python -m benchmarks.lateness ../shared/data/press/congress_press_titles_2021-2026.csv.gz

Members' releases by day, January 2023 to February 2026, which the data set has without gaps of months. Whoever was
silent and came back was called late wrongly. Members are halved at random: a rule is chosen on one half and must hold
on the other.
"""

import csv
import gzip
import random
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from bot.rhythm import ENOUGH, HISTORY, SHORTEST_SILENCE, UNLIKE_IT

MONTH = timedelta(days=30.4)

Rule = Callable[[Sequence[timedelta]], timedelta]
"""The silences of a history, oldest first -> the silence beyond which its source is late."""


def longest(times: float) -> Rule:
    """Beyond so many times the longest silence."""
    return lambda silences: max(times * max(silences), SHORTEST_SILENCE)


def usual(times: float) -> Rule:
    """Beyond so many times the silence at the median."""
    return lambda silences: max(times * statistics.median_high(silences), SHORTEST_SILENCE)


def tried(members: Sequence[Sequence[datetime]], rule: Rule) -> tuple[float, timedelta]:
    """Return the wrong alarms in a member's month, and after how long half of the dead would be called late."""
    alarms, months, found = 0, 0.0, list[timedelta]()
    for days in members:
        months += (days[-1] - days[ENOUGH]) / MONTH
        for n in range(ENOUGH, len(days)):
            history = days[max(0, n + 1 - HISTORY) : n + 1]
            late = rule([b - a for a, b in pairwise(history)])
            if n + 1 == len(days):
                found.append(late)
            else:
                alarms += days[n + 1] - days[n] > late
    return alarms / months, statistics.median_high(found)


def main() -> None:
    """Print a row for each rule."""
    members = list(_members(Path(sys.argv[1])).values())
    random.Random(1).shuffle(members)  # noqa: S311 (halves, not secrets)
    halves = members[::2], members[1::2]
    print(f"{len(members)} members; in force: beyond {UNLIKE_IT} times the longest silence")
    print("late beyond               wrong alarms a month, two halves   the dead found after")
    rules = {f"{n} x the longest silence": longest(n) for n in (1, 1.5, 2, 3)}
    rules |= {f"{n} x the usual silence": usual(n) for n in (5, 8, 12)}
    for name, rule in rules.items():
        (one, found), (other, _) = (tried(half, rule) for half in halves)
        print(f"{name:<25} {one:>16.4f} {other:>14.4f}   {found.days:>20} d")


def _members(path: Path) -> dict[str, list[datetime]]:
    """Return the days on which each member published, of those who did on 30 at least."""
    days: dict[str, set[datetime]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if "2023-01" <= row["date"][:7] <= "2026-02":
                days[row["bioguide_id"]].add(datetime.fromisoformat(row["date"]).replace(tzinfo=UTC))
    return {who: sorted(on) for who, on in days.items() if len(on) >= 30}


if __name__ == "__main__":
    main()
