"""The values that stand in feeds.yaml, and what each must look like."""

import re
from datetime import timedelta
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
"""Bounds of `every`: more often is rude to any server, more seldom loses items from a list of ten."""

SHORTEST_GOV = timedelta(minutes=10)
"""The shortest `every` of .gov hosts: their bot walls answer haste with a block."""


def _id(written: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", written):
        raise ValueError("must be lower-case letters, digits and hyphens, at most 64, such as ice-newsroom")
    return written


def _text(written: str) -> str:
    folded = " ".join(written.split())
    if not folded:
        raise ValueError("is empty")
    if not folded.isprintable():
        raise ValueError("holds an invisible character; type the text again")
    return folded


def _phrase(written: str) -> str:
    if "*" in written and not re.fullmatch(r"[^*]*\w{3}\*", written):
        raise ValueError('may have a * only at its very end, after at least three letters, as in "deport*"')
    if not any(map(str.isalnum, written)):
        raise ValueError("has no letters")
    return written


def _address(written: str) -> str:
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError as e:
        raise ValueError("is not a web address") from e
    if parts.scheme not in ("http", "https"):
        raise ValueError("must begin with https:// or http://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or a password")
    if not host.strip(".") or not written.isascii() or not written.isprintable() or set(' <>"\\') & set(written):
        raise ValueError("is not a web address")
    return written


UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _interval(written: object) -> timedelta:
    found = re.fullmatch(r"(\d{1,5}) ?(m|min|minutes?|h|hours?|d|days?)", str(written).strip())
    if not found:
        raise ValueError("must be a number and a unit, such as 30 min, 2 h or 1 d, or two of them: 30 min to 4 h")
    every = timedelta(**{UNITS[found[2][0]]: int(found[1])})
    if not SHORTEST <= every <= LONGEST:
        raise ValueError("must lie between 5 min and 7 d")
    return every


class Every(NamedTuple):
    """How often a source is asked: at its own rhythm, but within these bounds."""

    shortest: timedelta
    longest: timedelta


def _every(written: object) -> Every:
    shortest, _, longest = str(written).partition(" to ")
    every = Every(_interval(shortest), _interval(longest or shortest))
    if every.longest < every.shortest:
        raise ValueError("must name the shorter interval first, as in 30 min to 4 h")
    return every


Id = Annotated[str, AfterValidator(_id)]
Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]  # a list in the file, a tuple in the records
Phrase = Annotated[Text, AfterValidator(_phrase)]
Address = Annotated[str, AfterValidator(_address)]
Interval = Annotated[Every, PlainValidator(_every)]
Phrases = Annotated[tuple[Phrase, ...], Field(strict=False, min_length=1)]


class Row(BaseModel):
    """An entry: its keys and no others, nothing guessed from another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
