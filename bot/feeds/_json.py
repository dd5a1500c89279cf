"""An API's answer in JSON: an object, or no feed."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from bot.errors import ReadError
from bot.feeds._documents import what_it_is
from bot.plain import line
from bot.records import Document


def answer(document: Document) -> dict[str, Any]:
    """Return the object that the document is. Raises ReadError "not a feed" for anything else."""
    try:
        told = json.loads(document.body)
    except (ValueError, RecursionError) as e:
        raise ReadError("not a feed", what_it_is(document)) from e
    if not isinstance(told, dict):
        raise ReadError("not a feed", what_it_is(document))
    return told


def listed(told: Mapping[str, Any], key: str, most: int) -> list[Mapping[str, Any]]:
    """Return the first `most` objects that stand under `key`. Raises ReadError "not a feed" where no list does."""
    found = told.get(key)
    if not isinstance(found, list):
        raise ReadError("not a feed", f'JSON without "{key}" ({line(", ".join(map(str, told)), 100)})')
    return [one for one in found[:most] if isinstance(one, dict)]


def text(thing: Mapping[str, Any], key: str) -> str:
    """Return the text under `key`, "" where something else stands there."""
    value = thing.get(key)
    return value.strip() if isinstance(value, str) else ""


def inner(thing: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under `key`, an empty one where something else stands there."""
    value = thing.get(key)
    return value if isinstance(value, dict) else {}


def asking(url: str, **parameters: str) -> str:
    """Return an address that asks with these parameters; what the address says already of others stands."""
    scheme, host, path, query, _ = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(query) if key not in parameters]
    return urlunsplit((scheme, host, path, urlencode([*kept, *parameters.items()]), ""))


def asked(url: str, key: str) -> str:
    """Return what an address asks with under `key`, "" where it does not."""
    return dict(parse_qsl(urlsplit(url).query)).get(key, "")
