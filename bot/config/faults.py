"""What can be wrong with the entries of feeds.yaml, and where."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from bot.config.congress import same_address
from bot.config.entries import KEYS, File, options_of, selectors_of
from bot.config.page import Complaint, Where
from bot.config.saying import did_you_mean, says
from bot.config.values import LONGEST
from bot.records import Feed

Problems = Callable[[Feed], Sequence[tuple[tuple[str, ...], str]]]
"""Asks a feed's kind what is wrong with its options: (path of keys below the feed, sentence)."""


def complaints(values: Mapping[str, Any], problems: Problems) -> Iterator[Complaint]:
    """Yield everything that is wrong with the values of a file."""
    yield from _misshapen(values)
    yield from _repeated(values)
    yield from _contradicted(values)
    yield from _refused_by_kind(values, problems)


def _misshapen(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what is missing, unknown, or not what stands there."""
    try:
        File.model_validate(values)
    except ValidationError as e:
        for error in e.errors():
            # pydantic counts the good entries of a list only; one with bad entries has its complaints already.
            if error["type"] != "too_short" or not error["input"]:
                yield error["loc"], says(error)


def _repeated(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what may stand once only and stands again."""
    for section in KEYS:
        yield from _again(_written(values, section, "id"), 'the id "{}" is used twice')
    yield from _again(_written(values, "feeds", "url"), "this address is used twice", alike=same_address)
    yield from _again(_listed(values, "subjects", "aliases"), 'the alias "{}" is used twice', alike=str.casefold)
    for key in ("phrases", "misleading", "examples", "near_misses"):
        for i, _ in _rows(values, "topics"):
            in_topic = [(where, text) for where, text in _listed(values, "topics", key) if where[1] == i]
            yield from _again(in_topic, '"{}" stands twice in this list')


def _contradicted(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what a topic gives both as a sign of it and as a sign of something else."""
    for key, other, sentence in (
        ("examples", "near_misses", "as an example and as a near miss"),
        ("phrases", "misleading", "as a phrase and as misleading"),
    ):
        signs = {(where[1], text.casefold()) for where, text in _listed(values, "topics", key)}
        for where, text in _listed(values, "topics", other):
            if (where[1], text.casefold()) in signs:
                yield where, f'"{text}" is given both {sentence}'


def _again(
    places: Iterable[tuple[Where, str]], sentence: str, *, alike: Callable[[str], str] = str
) -> Iterator[Complaint]:
    """Yield a complaint for every place but the first of each value."""
    seen: set[str] = set()
    for where, text in places:
        if alike(text) in seen:
            yield where, sentence.format(text)
        seen.add(alike(text))


def _rows(values: Mapping[str, Any], section: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the section's entries with their positions, passing over what `_misshapen` complains of."""
    written = values.get(section)
    for i, row in enumerate(written if isinstance(written, list) else ()):
        if isinstance(row, dict):
            yield i, row


def _written(values: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[Where, str]]:
    for i, row in _rows(values, section):
        if isinstance(row.get(key), str):
            yield (section, i, key), row[key]


def _listed(values: Mapping[str, Any], section: str, key: str) -> Iterator[tuple[Where, str]]:
    for i, row in _rows(values, section):
        written = row.get(key)
        for n, text in enumerate(written if isinstance(written, list) else ()):
            if isinstance(text, str):
                yield (section, i, key, n), " ".join(text.split())


def _refused_by_kind(values: Mapping[str, Any], problems: Problems) -> Iterator[Complaint]:
    """Yield what is wrong with the options of each feed."""
    for i, row in _rows(values, "feeds"):
        if "selectors" in row and not isinstance(row["selectors"], dict):
            yield ("feeds", i, "selectors"), '"selectors" must be keys with values, such as  item: li.news'
        for key in sorted(row.keys() & selectors_of(row).keys() - set(KEYS["feeds"])):
            yield ("feeds", i, "selectors", key), f'"{key}" stands both in "selectors" and beside it'
        if isinstance(row.get("kind"), str):
            for path, told in problems(_sketch(row)):
                below = ("selectors",) if path and path[0] in selectors_of(row) else ()
                yield ("feeds", i, *below, *path), _meant(row, path) or told


def _sketch(row: Mapping[str, Any]) -> Feed:
    """Return the feed as far as it is written, so that its kind can look at it though another key is wrong."""
    return Feed(
        id=str(row.get("id")),
        name=str(row.get("name")),
        kind=row["kind"],
        url=str(row.get("url")),
        category="news",
        every=LONGEST,
        options=options_of(row),
    )


def _meant(row: Mapping[str, Any], path: tuple[str, ...]) -> str | None:
    """Return a better sentence than the kind's where the option it refuses is one of a feed's own keys, misspelt."""
    if len(path) != 1 or path[0] not in row or path[0] in KEYS["feeds"]:
        return None
    meant = did_you_mean(path[0], [key for key in KEYS["feeds"] if key not in row])
    return f'unknown key "{path[0]}"{meant}' if meant else None
