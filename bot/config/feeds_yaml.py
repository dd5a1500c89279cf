"""feeds.yaml: what we follow and where we look, or everything that is wrong with it."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from bot.config.environment import Settings
from bot.config.page import Complaint, Page, Where, page, refusal
from bot.errors import ConfigError, Mistake
from bot.records import CATEGORIES, Category, Feed, Subject, Topic, Watchlist

LARGEST = 500_000
"""Characters a feeds.yaml may have: ten times the shipped one. Reading so many takes the parser seconds."""

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
"""Bounds of `every`: more often is rude to any server, more seldom loses items from a list of ten."""

SHORTEST_GOV = timedelta(minutes=10)
"""The shortest `every` of .gov hosts: their bot walls answer haste with a block."""


Problems = Callable[[Feed], Sequence[tuple[tuple[str, ...], str]]]
"""Asks a feed's kind what is wrong with its options: (path of keys below the feed, sentence)."""


def watchlist_path(settings: Settings) -> Path:
    """Return the feeds.yaml in force: `LOOKOUT_FEEDS`, else the working directory's, else the one Lookout ships."""
    here = Path("feeds.yaml")
    return settings.feeds or (here if here.is_file() else shipped_watchlist())


def shipped_watchlist() -> Path:
    """Return the feeds.yaml that Lookout ships: in the package where it is installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "feeds.yaml"
    return installed if installed.is_file() else package.parent / "feeds.yaml"


def watchlist_text(path: Path) -> str:
    """Return the file's text, without a byte order mark.

    Raises ConfigError where it is absent, cannot be read, is too large or is not UTF-8.
    """
    most = 4 * LARGEST  # UTF-8 spends at most four bytes on a character
    try:
        with path.open("rb") as file:
            written = file.read(most + 1)
    except OSError as e:
        raise refusal(str(path), None, f"cannot be read: {e.strerror or e}") from e
    if len(written) > most:
        raise _too_large(str(path))
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = written.count(b"\n", 0, e.start) + 1
        raise refusal(str(path), line, "holds a character that is not UTF-8; save the file as UTF-8") from e


def watchlist(text: str, *, file: str, problems: Problems) -> Watchlist:
    """Return what the text of a feeds.yaml says to watch.

    `file` is the name shown in mistakes; `problems` is `bot.feeds.problems`, passed in because the kinds stand above
    configuration. Raises ConfigError with every mistake, in the order of their lines.
    """
    if len(text) > LARGEST:
        raise _too_large(file)
    written = page(text.removeprefix("\ufeff"), file)
    refused = {where for where, _ in written.complaints}  # what YAML gets wrong has no value to look at
    complaints = [
        *written.complaints,
        *(complaint for complaint in _misshapen(written.values) if complaint[0] not in refused),
        *_repeated(written.values),
        *_contradicted(written.values),
        *_refused_by_kind(written.values, problems),
    ]
    if complaints:
        raise ConfigError(_mistakes(complaints, written, file))
    return _File.model_validate(written.values).watchlist()


def _too_large(file: str) -> ConfigError:
    return refusal(file, None, f"is larger than {LARGEST:,} characters; a watch list is a file written by hand")


# --- What each entry must look like


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
        raise ValueError("must be a number and a unit, such as 30 min, 2 h or 1 d")
    every = timedelta(**{UNITS[found[2][0]]: int(found[1])})
    if not SHORTEST <= every <= LONGEST:
        raise ValueError("must lie between 5 min and 7 d")
    return every


Id = Annotated[str, AfterValidator(_id)]
Text = Annotated[str, AfterValidator(_text)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]  # a list in the file, a tuple in the records
Phrase = Annotated[Text, AfterValidator(_phrase)]
Phrases = Annotated[tuple[Phrase, ...], Field(strict=False, min_length=1)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Topic(_Row):
    id: Id
    name: Text
    description: Text
    examples: Annotated[Texts, Field(min_length=1)]
    near_misses: Texts = ()
    phrases: Phrases
    misleading: Annotated[tuple[Phrase, ...], Field(strict=False)] = ()
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class _Subject(_Row):
    id: Id
    name: Text
    aliases: Phrases


class _Feed(_Row):
    id: Id
    name: Text
    kind: Text
    url: Annotated[str, AfterValidator(_address)]
    category: Category
    every: Annotated[timedelta, BeforeValidator(_interval)]
    options: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _options_apart(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            return written
        return {**{key: value for key, value in written.items() if key in CORE}, "options": _options(written)}

    @field_validator("every")
    @classmethod
    def _patient(cls, every: timedelta, info: ValidationInfo) -> timedelta:
        host = urlsplit(info.data.get("url", "")).hostname or ""
        if host.endswith(".gov") and every < SHORTEST_GOV:
            raise ValueError("must be at least 10 min for a .gov site")
        return every


class _File(_Row):
    topics: Annotated[tuple[_Topic, ...], Field(strict=False, min_length=1)]
    subjects: Annotated[tuple[_Subject, ...], Field(strict=False)] = ()
    feeds: Annotated[tuple[_Feed, ...], Field(strict=False, min_length=1)]

    def watchlist(self) -> Watchlist:
        return Watchlist(
            topics=tuple(Topic(**dict(row)) for row in self.topics),
            subjects=tuple(Subject(**dict(row)) for row in self.subjects),
            feeds=tuple(Feed(**dict(row)) for row in self.feeds),
        )


CORE = ("id", "name", "kind", "url", "category", "every")
"""The keys every feed has; all others are for its kind."""

KEYS = {
    "topics": tuple(_Topic.model_fields),
    "subjects": tuple(_Subject.model_fields),
    "feeds": (*CORE, "selectors"),
}


def _options(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a feed tells its kind: the keys of `selectors` and those that stand beside it."""
    beside = {key: value for key, value in written.items() if key not in KEYS["feeds"]}
    return {**_selectors(written), **beside}


def _selectors(written: Mapping[str, Any]) -> Mapping[str, Any]:
    selectors = written.get("selectors")
    return selectors if isinstance(selectors, dict) else {}


# --- What can be wrong with them


def _misshapen(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what is missing, unknown, or not what stands there."""
    try:
        _File.model_validate(values)
    except ValidationError as e:
        for error in e.errors():
            # pydantic counts the good entries of a list only; one with bad entries has its complaints already.
            if error["type"] != "too_short" or not error["input"]:
                yield error["loc"], _says(error)


def _says(error: ErrorDetails) -> str:
    *around, last = error["loc"]
    key = _named(error["loc"])
    match error["type"]:
        case "missing":
            return f"{key} is missing"
        case "extra_forbidden":
            return f"unknown key {key}{_did_you_mean(str(last), KEYS[str(around[0])] if around else tuple(KEYS))}"
        case "literal_error":
            return f"{key} must be one of {', '.join(CATEGORIES)}{_did_you_mean(str(error['input']), CATEGORIES)}"
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


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    words = {other: key for other, key in OTHER_WORDS.items() if key in known} | {key: key for key in known}
    near = difflib.get_close_matches(word.lower(), words, n=1)
    return f'; did you mean "{words[near[0]]}"?' if near else ""


def _repeated(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what may stand once only and stands again."""
    for section in KEYS:
        yield from _again(_written(values, section, "id"), 'the id "{}" is used twice')
    yield from _again(_written(values, "feeds", "url"), "this address is used twice", alike=_same_address)
    yield from _again(_listed(values, "subjects", "aliases"), 'the alias "{}" is used twice', alike=str.casefold)
    for key in ("phrases", "misleading", "examples", "near_misses"):
        for i, _ in _rows(values, "topics"):
            in_topic = [(where, text) for where, text in _listed(values, "topics", key) if where[1] == i]
            yield from _again(in_topic, '"{}" stands twice in this list')


def _contradicted(values: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what a topic gives both as a sign of it and as a sign of something else."""
    for key, other, says in (
        ("examples", "near_misses", "as an example and as a near miss"),
        ("phrases", "misleading", "as a phrase and as misleading"),
    ):
        signs = {(where[1], text.casefold()) for where, text in _listed(values, "topics", key)}
        for where, text in _listed(values, "topics", other):
            if (where[1], text.casefold()) in signs:
                yield where, f'"{text}" is given both {says}'


def _again(places: Iterable[tuple[Where, str]], says: str, *, alike: Callable[[str], str] = str) -> Iterator[Complaint]:
    """Yield a complaint for every place but the first of each value."""
    seen: set[str] = set()
    for where, text in places:
        if alike(text) in seen:
            yield where, says.format(text)
        seen.add(alike(text))


def _same_address(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url.strip().lower()).rstrip("/")


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
        for key in sorted(row.keys() & _selectors(row).keys() - set(KEYS["feeds"])):
            yield ("feeds", i, "selectors", key), f'"{key}" stands both in "selectors" and beside it'
        if isinstance(row.get("kind"), str):
            for path, says in problems(_sketch(row)):
                below = ("selectors",) if path and path[0] in _selectors(row) else ()
                yield ("feeds", i, *below, *path), _meant(row, path) or says


def _sketch(row: Mapping[str, Any]) -> Feed:
    """Return the feed as far as it is written, so that its kind can look at it though another key is wrong."""
    return Feed(
        id=str(row.get("id")),
        name=str(row.get("name")),
        kind=row["kind"],
        url=str(row.get("url")),
        category="news",
        every=LONGEST,
        options=_options(row),
    )


def _meant(row: Mapping[str, Any], path: tuple[str, ...]) -> str | None:
    """Return a better sentence than the kind's where the option it refuses is one of a feed's own keys, misspelt."""
    if len(path) != 1 or path[0] not in row or path[0] in KEYS["feeds"]:
        return None
    meant = _did_you_mean(path[0], [key for key in KEYS["feeds"] if key not in row])
    return f'unknown key "{path[0]}"{meant}' if meant else None


# --- Saying so


def _mistakes(complaints: Iterable[Complaint], written: Page, file: str) -> list[Mistake]:
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
            return f'{section[:-1]} "{name}": ' if name else f"{section[:-1]} number {i + 1}: "
    return ""
