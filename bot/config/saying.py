"""What is wrong with a feeds.yaml, in words that need no knowledge of the program, with its line and its entry."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

from bot.config.entries import KEYS
from bot.config.page import Complaint, Page, Where
from bot.errors import Mistake
from bot.records import CATEGORIES


def says(error: ErrorDetails) -> str:
    """Return what an error of pydantic means to who wrote the file."""
    *around, last = error["loc"]
    key = _named(error["loc"])
    match error["type"]:
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            return f"unknown key {key}{did_you_mean(str(last), KEYS[str(around[0])] if around else tuple(KEYS))}"
        case "literal_error":
            return f"{key} must be one of {', '.join(CATEGORIES)}{did_you_mean(str(error['input']), CATEGORIES)}"
        case "value_error":
            return f"{key} {error['ctx']['error']}"
        case _ if error["input"] is None:
            return f"{key} is empty"
        case other:
            return f"{key} {WANTED.get(other, error['msg'])}"


def _named(where: Where) -> str:
    """Return the words for the key a place has in its entry; the entry itself is named by `_entry`."""
    match where:
        case (_, int()):
            return "the entry"
        case (*_, str(key), int(n)):
            return f'"{key}", number {n + 1},'
        case _:
            return f'"{where[-1]}"'


WANTED = {
    "string_type": "must be text; put it in quotes",
    "tuple_type": 'must be a list, each entry on a line of its own after "- "',
    "too_short": "needs at least one entry",
    "model_type": "must be keys with values, such as  id: ice-newsroom",
    "float_type": "must be a number between 0 and 1",
    "greater_than_equal": "must be a number between 0 and 1",
    "less_than_equal": "must be a number between 0 and 1",
}
"""What should stand there instead, by pydantic's name for the error."""

OTHER_WORDS = {
    "interval": "every",
    "frequency": "every",
    "address": "url",
    "link": "url",
    "title": "name",
    "type": "kind",
    "format": "kind",
    "source": "category",
    "keywords": "phrases",
    "negatives": "near_misses",
    "selector": "selectors",
    "alias": "aliases",
}
"""What people write for a key, and the key they mean."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a hint at the known word that was probably meant, "" where none is near."""
    words = {other: key for other, key in OTHER_WORDS.items() if key in known} | {key: key for key in known}
    near = difflib.get_close_matches(word.lower(), words, n=1)
    return f'; did you mean "{words[near[0]]}"?' if near else ""


def mistakes(complaints: Iterable[Complaint], written: Page, file: str) -> list[Mistake]:
    """Return the complaints in the order of their lines, each once, each naming the entry it is about."""
    found = {
        Mistake(file=file, line=written.line(where), says=_entry(where, written.values) + says)
        for where, says in complaints
    }
    return sorted(found, key=lambda mistake: (mistake.line or 0, mistake.says))


def _entry(where: Where, values: Mapping[str, Any]) -> str:
    """Return the words that name the entry a place lies in, such as `feed "ice-newsroom": `."""
    match where:
        case (str(section), int(i), *_) if section in KEYS:
            row = values[section][i]
            name = (row.get("id") or row.get("name")) if isinstance(row, dict) else None
            one = section.removesuffix("s") if section != "congress" else section
            return f'{one} "{name}": ' if name else f"{one} number {i + 1}: "
    return ""
