"""feeds.yaml: what we follow and where we look, or everything that is wrong with it."""

from collections.abc import Sequence
from pathlib import Path

from bot import congress
from bot.config.entries import File
from bot.config.environment import Settings
from bot.config.faults import Problems, complaints
from bot.config.page import page, refusal
from bot.config.saying import mistakes
from bot.errors import ConfigError
from bot.records import Member, Watchlist

LARGEST = 500_000
"""Characters a feeds.yaml may have: ten times the shipped one. Reading so many takes the parser seconds."""


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


def watchlist(text: str, *, file: str, problems: Problems, members: Sequence[Member] | None = None) -> Watchlist:
    """Return what the text of a feeds.yaml says to watch.

    `file` is the name shown in mistakes; `problems` is `bot.feeds.problems`, passed in because the kinds stand above
    configuration; `members` are those of Congress, by default as shipped. Raises ConfigError with every mistake, in the
    order of their lines.
    """
    if len(text) > LARGEST:
        raise _too_large(file)
    written = page(text.removeprefix("\ufeff"), file)
    refused = {where for where, _ in written.complaints}  # what YAML gets wrong has no value to look at
    found = [one for one in complaints(written.values, problems) if one[0] not in refused]
    if written.complaints or found:
        raise ConfigError(mistakes([*written.complaints, *found], written, file))
    return File.model_validate(written.values).watchlist(congress.shipped() if members is None else members)


def _too_large(file: str) -> ConfigError:
    return refusal(file, None, f"is larger than {LARGEST:,} characters; a watch list is a file written by hand")
