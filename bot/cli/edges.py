"""Where the command line touches the world: settings and the environment, logs, the terminal, and how failures end.

Exit status: 0 done; 1 it could not be done (no such item, the database refused); 2 wrong use or settings.
"""

import asyncio
import errno
import getpass
import io
import logging
import os
import re
import sys
from collections.abc import Callable, Coroutine, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from bot.errors import ConfigError, LookoutError

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.config import Settings
    from bot.records import Watchlist
    from bot.store import Store


def settings(*, log_level: str = "warning") -> "Settings":
    """Return the settings, and log as they say, or from `log_level` on: who waits for one answer reads no diary."""
    from bot.config import settings as of_this_process

    made = of_this_process()
    _name_misspelt()
    _log_to_stderr(made.log_level if "log_level" in made.model_fields_set else log_level, made.secrets)
    return made


@cache
def _name_misspelt() -> None:
    """Say once which variables are no settings, though their authors may think so."""
    from bot.config import misspelt

    for name, meant in misspelt().items():
        print(f"{name} is no setting and has no effect; {meant} is one", file=sys.stderr)


def person() -> str:
    """Return the name of who is logged in here, "somebody" where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


def watchlist() -> "Watchlist":
    """Return what feeds.yaml says. Raises ConfigError with every mistake in it."""
    from bot.app import read_watchlist

    return read_watchlist(settings())


def _log_to_stderr(level: str, secrets: Sequence[str]) -> None:
    import structlog

    def without_secrets(_logger: object, _level: str, values: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Leave out tokens, also those that a library may have put into an address or an error."""
        return {name: _redacted(value, secrets) for name, value in values.items()}

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        processors=[
            structlog.processors.format_exc_info,
            _without_commands,
            without_secrets,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=("timestamp", "level", "event"), bool_as_flag=False),
        ],
        # Looked up at each line: while a progress bar is drawn, it stands in for stderr and keeps the lines apart.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(handlers=[_Theirs()], level=logging.WARNING, force=True)


class _Theirs(logging.Handler):
    """Takes what libraries log into our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log it as ours."""
        import structlog

        says = record.getMessage()
        structlog.get_logger().log(record.levelno, says, library=record.name.split(".")[0], exc_info=record.exc_info)


_PATHS = re.compile(
    r"(/webhooks/\d+|/interactions/\d+|hooks\.slack\.com/\w+|/commands|/actions)/[^\s'\"?]+"
    r"|(wss?://)[^\s'\"]+|\bxox[a-z]-[\w-]+|\bxapp-[\w-]+"
)
"""Addresses that let whoever has them answer in our name for a while, and tokens of any shape that Slack has."""


def _redacted(value: Any, secrets: Sequence[str]) -> Any:
    if not isinstance(value, str):
        return value
    for secret in secrets:
        value = value.replace(secret, "(secret)")
    return _PATHS.sub(lambda found: f"{found[1] or found[2] or ''}(secret)", value)


def _without_commands(_logger: object, _level: str, values: MutableMapping[str, Any]) -> dict[str, Any]:
    """Return a log line's values as text that a terminal cannot take for commands: much of it comes from elsewhere."""
    from bot import render

    kept = (type(None), bool)
    return {n: v if isinstance(v, kept) else render.words.plain(str(v)) for n, v in values.items()}


def ask(made: "Settings", question: Callable[["Store"], Coroutine[Any, Any, None]]) -> None:
    """Put a question to the database in the data folder."""
    from bot.app import opened_store

    async def asked() -> None:
        async with opened_store(made) as store:
            await question(store)

    asyncio.run(asked())


@contextmanager
def progress() -> Iterator["Progress"]:
    """Give a progress bar on the terminal, which is gone afterwards; nothing where stderr is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    shown = Console(stderr=True)
    bar = Progress(
        *columns,
        console=shown,
        transient=True,
        disable=not shown.is_terminal,  # cron would mail the line that a bar leaves behind
        redirect_stdout=sys.stdout.isatty(),  # else what goes to a file would end on the terminal, above the bar
    )
    with bar:
        yield bar


def print_json(data: object) -> None:
    """Print data as JSON that a terminal cannot take for commands."""
    from bot import render

    print(render.data.written(data, sys.stdout.encoding, indent=2))


@contextmanager
def failures_told() -> Iterator[None]:
    """End the process with one line for every failure we have a plan for; a surprise stays loud."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # under cron it may know ASCII alone
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except ConfigError as e:
        from bot import render  # a mistake may quote what somebody wrote

        fail("\n".join(render.words.plain(str(mistake)) for mistake in e.mistakes), 2)
    except LookoutError as e:
        fail(str(e), 1)
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`).
        _drop_output()
        raise SystemExit(1) from None
    except OSError as e:
        if e.errno not in _NO_ROOM:
            raise
        _drop_output()
        fail(f"cannot write: {e.strerror}", 1)


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def _drop_output() -> None:
    # What could not be written is still in Python's buffer, and must go somewhere when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(says: str, status: int) -> NoReturn:
    """End the process with a sentence on stderr."""
    print(says, file=sys.stderr)
    raise SystemExit(status)
