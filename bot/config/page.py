"""YAML as plain values that remember their lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from bot.errors import ConfigError, Mistake

Where = tuple[str | int, ...]
"""A place in the file, as keys and list positions from the top: ("feeds", 3, "url")."""

Complaint = tuple[Where, str]
"""A place, and what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A file as plain values, the line of each, and what is wrong with the YAML itself."""

    values: Mapping[str, Any]
    lines: Mapping[Where, int]
    complaints: Sequence[Complaint]

    def line(self, where: Where) -> int:
        """Return the line of what stands there, or of the nearest thing around it."""
        while where not in self.lines:
            where = where[:-1]
        return self.lines[where]


def page(text: str, file: str) -> Page:
    """Return the text of a YAML file, read.

    Anchors and tags are complained of, never followed: a few lines of aliases can stand for gigabytes.
    Raises ConfigError where the text is not YAML, is empty, or is no mapping of keys.
    """
    root = _root(text, file)
    if root is None:
        raise refusal(file, None, "is empty; it needs topics and feeds")
    if not isinstance(root, MappingNode):
        raise refusal(file, root.start_mark.line + 1, 'must begin with a key: "topics:", "subjects:" or "feeds:"')
    lines: dict[Where, int] = {(): 1}
    complaints: list[Complaint] = []
    return Page(values=dict(_pairs(root, (), lines, complaints)), lines=lines, complaints=complaints)


def refusal(file: str, line: int | None, says: str) -> ConfigError:
    """Return the error for a file of which nothing more can be said."""
    return ConfigError([Mistake(file=file, line=line, says=says)])


def _root(text: str, file: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        column = f" (column {mark.column + 1})" if mark else ""
        raise refusal(file, mark.line + 1 if mark else None, _plain_words(e.problem or "") + column) from e
    except ReaderError as e:
        before = text[: e.position]
        place = len(before) - before.rfind("\n")
        problem = f"the character U+{e.character:04X}, which no YAML may hold; delete it (column {place})"
        raise refusal(file, before.count("\n") + 1, _plain_words(problem)) from e
    except YAMLError as e:
        raise refusal(file, None, f"is not YAML: {str(e).splitlines()[0]}") from e
    except RecursionError as e:
        raise refusal(file, None, "is not YAML that a person wrote: it nests too deeply") from e
    return root


PLAIN_WORDS = {
    "mapping values are not allowed": "a second colon on one line; put the text in quotes",
    r"found character '\t'": "a tab; indent with spaces",
    "cannot start any token": "a text that begins with a special character; put it in quotes",
    "could not find expected ':'": "a line without its colon, or a text that is indented too little",
    "unexpected end of stream": "a quote that is opened and never closed",
    "expected <block end>": "a line that is indented differently from its neighbours",
    "expected ',' or": "a bracket that is never closed, or a comma that is missing",
    "found another document": "a second document, after a line of three dashes",
    "undefined alias": "a text that begins with *; put it in quotes",
    "duplicate anchor": "a text that begins with &; put it in quotes",
}
"""What the YAML parser calls it, and what a person would."""


def _plain_words(problem: str) -> str:
    return "cannot be read here: " + next((plain for yaml, plain in PLAIN_WORDS.items() if yaml in problem), problem)


def _value(node: Node, where: Where, lines: dict[Where, int], complaints: list[Complaint]) -> Any:
    lines.setdefault(where, node.start_mark.line + 1)
    if node.anchor:
        complaints.append((where, "anchors (&) and aliases (*) are not used here; put the text in quotes"))
        return None
    if not str(node.tag).startswith("tag:yaml.org,2002:") or "python/" in str(node.tag):
        complaints.append((where, "tags (!) are not used here; put the text in quotes"))
        return None
    if isinstance(node, MappingNode):
        return dict(_pairs(node, where, lines, complaints))
    if isinstance(node, SequenceNode):
        return [_value(child, (*where, i), lines, complaints) for i, child in enumerate(node.value)]
    return _scalar(str(node.tag), str(node.value))


def _pairs(
    node: MappingNode, where: Where, lines: dict[Where, int], complaints: list[Complaint]
) -> Iterator[tuple[str, Any]]:
    for key, child in node.value:
        line, place = key.start_mark.line + 1, (*where, str(key.value))
        if not isinstance(key, ScalarNode) or key.anchor:
            complaints.append((where, "a key must be a plain word"))
        elif place in lines:
            lines[(*place, "again")] = line
            complaints.append(((*place, "again"), f'the key "{key.value}" stands already in line {lines[place]}'))
        else:
            lines[place] = line
            yield key.value, _value(child, place, lines, complaints)


def _scalar(tag: str, written: str) -> object:
    kind = tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return written.lower() == "true"
    try:
        return {"int": int, "float": float}.get(kind, str)(written)
    except ValueError:  # 0x1F, .inf, a thousand digits: nobody means a number by them here
        return written
