"""What a kind lets feeds.yaml say, and what is wrong with what it says."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

import soupsieve
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError


class Options(BaseModel):
    """The options of one kind: no others, and never guessed from another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _compiles(selector: str) -> str:
    try:
        soupsieve.compile(selector)
    except soupsieve.SelectorSyntaxError as e:
        raise ValueError(f'"{selector}" is no CSS selector: {str(e).splitlines()[0]}') from e
    return selector


Selector = Annotated[str, AfterValidator(_compiles)]
"""A CSS selector that compiles."""


class Article(Options):
    """Where an item's own page keeps its text and its date; used by `items.accept`."""

    body: Selector | None = None
    date: Selector | None = None


class OnlyArticle(Options):
    """Of a kind whose documents have one form, so that nothing else need be said of it."""

    article: Article | None = None


def problems(model: type[Options], options: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Return what is wrong in `options`: the keys that lead to each mistake, and a sentence."""
    try:
        model.model_validate(dict(options))
    except ValidationError as e:
        return [(tuple(str(key) for key in error["loc"]), _sentence(model, error)) for error in e.errors()]
    return []


def _sentence(model: type[Options], error: Any) -> str:
    key = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = (Article if len(error["loc"]) > 1 else model).model_fields
        meant = get_close_matches(key, known, n=1)
        return f'unknown option "{key}"' + (f'; did you mean "{meant[0]}"?' if meant else "")
    if error["type"] == "missing":
        return f'"{key}" is missing'
    says = str(error["msg"]).removeprefix("Value error, ")
    return says if error["type"] == "value_error" else f'"{key}": {says[:1].lower()}{says[1:]}'
