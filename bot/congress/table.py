"""The table of members: CSV text to members and back, or everything that is wrong with it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.errors import ConfigError, Mistake
from bot.records import PAGE_PATTERNS, Member

COLUMNS = tuple(field.name for field in fields(Member))

PERSON, COMMITTEE = r"[A-Z]\d{6}", r"[HSJ][A-Z]{3}(?:-minority)?"
PARTIES = ("Democrat", "Republican", "Independent", "Libertarian")
SIDES = ("majority", "minority")
STATES = frozenset(
    (
        *("AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID", "IL", "IN"),
        *("KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM"),
        *("NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI"),
        *("WV", "WY"),
    )
)

LARGEST = 2_000_000
"""Characters a table may have: ten times the shipped one."""

_LONGEST = 300  # characters of one value


def members(text: str, *, file: str) -> tuple[Member, ...]:
    """Return the members that a table lists, in its order.

    `file` is the name shown in mistakes. Raises ConfigError with every mistake, in the order of their lines.
    """
    if len(text) > LARGEST:
        raise ConfigError([Mistake(file=file, line=None, says=f"is larger than {LARGEST:,} characters")])
    rows = list(_rows(text, file))
    mistakes = [Mistake(file=file, line=line, says=says) for line, row in rows for says in _wrong(row)]
    mistakes += [Mistake(file=file, line=line, says=says) for line, says in _repeated(rows)]
    if mistakes:
        raise ConfigError(sorted(mistakes, key=lambda one: (one.line or 0, one.says)))
    return tuple(_member(row) for _, row in rows)


def written(listed: Iterable[Member]) -> str:
    """Return the table of these members, as `members` reads it."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(COLUMNS)
    sheet.writerows(["" if value is None else value for value in asdict(one).values()] for one in listed)
    return out.getvalue()


@cache
def shipped() -> tuple[Member, ...]:
    """Return the members of the table that Lookout ships."""
    path = Path(__file__).with_name("members.csv")
    return members(path.read_text(encoding="utf-8"), file=str(path))


def _rows(text: str, file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    sheet = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        if next(sheet, None) != list(COLUMNS):
            raise ConfigError([Mistake(file=file, line=1, says=f"must begin with the columns {','.join(COLUMNS)}")])
        for values in sheet:
            if len(values) != len(COLUMNS):
                says = f"has {len(values)} values, not {len(COLUMNS)}"
                raise ConfigError([Mistake(file=file, line=sheet.line_num, says=says)])
            yield sheet.line_num, dict(zip(COLUMNS, values, strict=True))
    except csv.Error as e:
        raise ConfigError([Mistake(file=file, line=sheet.line_num, says=f"is not CSV: {e}")]) from e


def _wrong(row: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong in one row."""
    who = row["id"] if re.fullmatch(r"[\w-]{1,40}", row["id"]) else "a row"
    is_person = re.fullmatch(PERSON, row["id"]) is not None
    if not is_person and not re.fullmatch(COMMITTEE, row["id"]):
        yield f'{who}: "id" must be a bioguide id such as M000133, or a committee\'s such as HSJU or HSJU-minority'
    for column, value in row.items():
        if len(value) > _LONGEST or not value.isprintable() or value != value.strip():
            yield f'{who}: "{column}" is too long, or holds an invisible character'
    if not row["name"] or (is_person and not row["last"]):
        yield f'{who}: "{"last" if row["name"] else "name"}" is empty'
    for column, known in (
        ("party", PARTIES if is_person else SIDES),
        ("state", STATES if is_person else ("",)),
        ("chamber", ("house", "senate")),
        ("pattern", ("", "rss", *PAGE_PATTERNS)),
    ):
        if row[column] not in known:
            yield f'{who}: "{column}" must be {_one_of(known)}'
    yield from (f'{who}: "{column}" {says}' for column in ("site", "page") if (says := _unfit(row[column])))
    if row["seen"] and not _day(row["seen"]):
        yield f'{who}: "seen" must be a day such as 2026-04-09, or empty'


def _one_of(known: Iterable[str]) -> str:
    return f"one of {', '.join(sorted(one for one in known if one))}" if any(known) else "empty"


def _unfit(address: str) -> str:
    """Return what is wrong with an address; one that is not known may be empty."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    if not address or (address.startswith("https://") and host.endswith(".gov") and is_plain(address)):
        return ""
    return "must be a web address on a .gov site that begins with https://"


def is_plain(address: str) -> bool:
    """Is the address free of what a request or a log could stumble over: spaces, controls, a user's name?"""
    return address.isascii() and address.isprintable() and not set(' <>"\\@') & set(address)


def _repeated(rows: Sequence[tuple[int, Mapping[str, str]]]) -> Iterator[tuple[int, str]]:
    for column in ("id", "page"):
        seen: dict[str, int] = {}
        for line, row in rows:
            value = row[column].lower()
            if value and value in seen:
                yield line, f'the {column} "{row[column]}" stands already in line {seen[value]}'
            seen.setdefault(value, line)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _member(row: Mapping[str, Any]) -> Member:
    return Member(**{**row, "pattern": row["pattern"] or None, "seen": _day(row["seen"])})
