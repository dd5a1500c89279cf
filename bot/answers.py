"""What a worker process answers: written so, and read so, that nothing but our records and plain values comes back."""

import pickle
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

from bot.errors import FeedError, ReadError


class Failed:
    """What a process sends back instead of a result."""

    def __init__(self, error: FeedError) -> None:
        self.error = error


def written(answer: Any) -> bytes:
    """Return an answer as `read` reads it."""
    stream = BytesIO()
    _Answering(stream, pickle.HIGHEST_PROTOCOL).dump(answer)
    return stream.getvalue()


def read(answer: bytes) -> Any:
    """Return what a worker wrote. Raises ReadError, and what else a broken stream makes of itself."""
    return _Answer(BytesIO(answer)).load()


class _Answer(pickle.Unpickler):
    """Reads what a worker sends: a document that took the worker over must not reach its parent by what it answers.

    An answer is made of our own records and errors, of dates and of plain values. It can call nothing else, and lay
    hands on none of our classes: a stream that holds a class can also set what hangs on it.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Return what an answer may call. Raises ReadError for anything else."""
        if (module, name) == (__name__, _record.__name__):
            return lambda *told: _record(*told)  # a new one each time: what is done to it stays with it
        if (module, name) in _DATES:
            return super().find_class(module, name)
        raise _no_record(module, name)


_DATES = frozenset(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone"))


class _Answering(pickle.Pickler):
    """Writes what `_Answer` reads."""

    def reducer_override(self, told: Any) -> Any:
        """Return how one of our records or errors is made again; what else there is, is written as ever."""
        if not _is_record(type(told)):
            return NotImplemented
        return _record, (type(told).__module__, type(told).__qualname__, {n: getattr(told, n) for n in _names(told)})


def _record(module: str, name: str, said: dict[str, Any]) -> Any:
    """Return a record or an error of ours. Raises ReadError where it is none, and for what it does not have."""
    found = getattr(import_module(module), name, None) if module.startswith("bot.") else None
    if not isinstance(found, type) or found.__module__ != module or not _is_record(found):
        raise _no_record(module, name)
    if issubclass(found, FeedError | Failed):
        return found(**said)
    made = object.__new__(found)
    if set(said) != set(_names(made)):
        raise _no_record(module, name)
    for field, value in said.items():
        object.__setattr__(made, field, value)
    return made


def _names(record: Any) -> Iterable[str]:
    if isinstance(record, FeedError):
        return ("reason", "detail", "retry_after", "lasting")
    return ("error",) if isinstance(record, Failed) else [one.name for one in fields(record)]


def _no_record(module: object, name: object) -> ReadError:
    return ReadError("unreadable", f"the reader answered with {module!a}.{name!a}, which is no record")


def _is_record(found: type) -> bool:
    return is_dataclass(found) or issubclass(found, FeedError | Failed)
