"""Feeds as stanzas of feeds.yaml: written so that each reads back as itself, and put where a file has them. Pure.

Feed -> "- id: ...", quoted so that nothing a stranger wrote ends its own value
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from bot.errors import ConfigError, Mistake
from bot.records import Feed

INDENT = 2
"""Spaces before the dash of a stanza, as in the feeds.yaml that Lookout ships."""

LONGEST_ID = 64
"""Characters of an id, as feeds.yaml has them."""

_BESIDE = frozenset(
    ("full_text", "dates", "outlet_in_title", "title_must_contain", "pages", "first_page", "pattern", "article")
)
"""Options that stand beside the core keys; the others stand under selectors."""


_BARE = re.compile(r"https?://[!-~]+(?<!:)|[A-Za-z0-9][A-Za-z0-9 .,/_-]*[A-Za-z0-9]")
"""Texts that need no quotes anywhere in YAML; the writer adds them where it sees a reason all the same."""

_WORDS = frozenset(("yes", "no", "on", "off", "true", "false", "null"))  # truths to some readers of YAML


def stanza(feed: Feed, indent: int = INDENT, end: str = "\n") -> str:
    """Return a feed as its stanza in feeds.yaml, each line with `end`. It reads back as the same feed."""
    beside = {name: value for name, value in feed.options.items() if name in _BESIDE}
    selectors = {name: value for name, value in feed.options.items() if name not in _BESIDE}
    if selectors and "article" in beside:  # where feeds.yaml has it
        selectors["article"] = beside.pop("article")
    core = {name: getattr(feed, name) for name in ("id", "name", "kind", "url", "category")}
    written = {**core, "every": _every(feed), **beside, **({"selectors": selectors} if selectors else {})}
    lines = _dumped([written]).splitlines()
    return "".join(f"{' ' * indent}{line}{end}" for line in lines)


def _dumped(value: Any) -> str:
    yaml = YAML()
    yaml.width = 1_000_000  # a text that went on in the next line would read like two
    yaml.allow_unicode = _shown(value)  # else as escapes: what hides or reorders has no business on a terminal
    out = StringIO()
    yaml.dump(_quoted(value), out)
    return out.getvalue()


def _quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _quoted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_quoted(one) for one in value]
    bare = not isinstance(value, str) or (_BARE.fullmatch(value) and value.lower() not in _WORDS)
    return value if bare else DoubleQuotedScalarString(value)


def _shown(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_shown, value.values()))
    return all(map(_shown, value)) if isinstance(value, list) else str(value).isprintable()


def _every(feed: Feed) -> str:
    shortest, longest = _interval(feed.every), _interval(feed.slowest or feed.every)
    return shortest if shortest == longest else f"{shortest} to {longest}"


def _interval(every: timedelta) -> str:
    minutes = int(every.total_seconds()) // 60
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def free_id(words: str, taken: Iterable[str]) -> str:
    """Return an id made of the words, of at most `LONGEST_ID` characters, which is none of those taken."""
    ascii_only = unicodedata.normalize("NFKD", words[:400]).encode("ascii", "ignore").decode().lower()
    wanted = _shortened("-".join(re.findall(r"[a-z0-9]+", ascii_only)), LONGEST_ID) or "feed"
    used, number, free = set(taken), 1, wanted
    while free in used:
        number += 1
        free = f"{_shortened(wanted, LONGEST_ID - 1 - len(str(number)))}-{number}"
    return free


def _shortened(name: str, most: int) -> str:
    return name if len(name) <= most else (name[: most + 1].rpartition("-")[0] or name)[:most].strip("-")


def appended(text: str, feeds: Sequence[Feed], file: str) -> str:
    """Return the text of a feeds.yaml with more feeds at the end of its feeds; all else stays, with its comments.

    Raises ConfigError where it is no YAML, or where its feeds stand in brackets or under no key. Whoever keeps the
    result reads it first.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    key, value = _section(text, file)
    lines = text.splitlines(keepends=True)
    if key is None:
        return _ended(text, end) + f"feeds:{end}" + "".join(stanza(feed, end=end) for feed in feeds)
    if isinstance(value, SequenceNode) and value.value and not value.flow_style:
        indent = value.start_mark.column
        at = _after(lines, value)
    elif _is_empty(value):
        indent, at = INDENT, key.start_mark.line + 1
        lines[at - 1] = f"feeds:{end}"
    else:
        raise _refused(file, key.start_mark.line + 1, "its feeds are written in brackets; write one a line, after -")
    before = _ended("".join(lines[:at]), end)
    return before + "".join(stanza(feed, indent, end) for feed in feeds) + "".join(lines[at:])


def has_feeds(text: str, file: str) -> bool:
    """Has a feeds.yaml anything under feeds? Raises ConfigError where it is no YAML."""
    key, value = _section(text, file)
    return key is not None and not _is_empty(value)


def _section(text: str, file: str) -> tuple[Node | None, Node | None]:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError) as e:
        raise _refused(file, None, "is not YAML; `lookout check` says where") from e
    pairs = root.value if isinstance(root, MappingNode) else []
    return next(((key, value) for key, value in pairs if key.value == "feeds"), (None, None))


def _after(lines: Sequence[str], section: SequenceNode) -> int:
    """Return the line behind a section's last entry; a comment that stands below it heads what follows."""
    at: int = min(section.end_mark.line + bool(section.end_mark.column), len(lines))
    first = section.value[-1].start_mark.line + 1
    while at > first and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    return at


def _is_empty(value: Node | None) -> bool:
    if isinstance(value, SequenceNode):
        return not value.value
    return isinstance(value, ScalarNode) and value.value in ("", "~", "null")


def _ended(text: str, end: str) -> str:
    return text if not text or text.endswith("\n") else text + end


def _refused(file: str, line: int | None, says: str) -> ConfigError:
    return ConfigError([Mistake(file=file, line=line, says=says)])
