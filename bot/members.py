"""The table of members in force: the one in the data folder, else the shipped one; and how it is renewed.

legislators-current.json, committees-current.json -> checked and merged -> members.csv, whole or not at all
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from bot import congress
from bot.congress import Renewed
from bot.errors import ConfigError, Mistake, ReadError, StoreError
from bot.fetch import Fetcher
from bot.plain import line
from bot.records import Document, Member, Unchanged


def table_file(data: Path) -> Path:
    """Return where the data folder keeps a renewed table."""
    return data / "members.csv"


def in_force(data: Path) -> tuple[Sequence[Member], ConfigError | None]:
    """Return the members to go by, and what is wrong with the data folder's table where the shipped one stands in."""
    file = table_file(data)
    try:
        return congress.members(file.read_text(encoding="utf-8"), file=str(file)), None
    except FileNotFoundError:
        return congress.shipped(), None
    except (OSError, UnicodeDecodeError) as e:
        return congress.shipped(), _unreadable(file, e)
    except ConfigError as e:
        return congress.shipped(), e


def _unreadable(file: Path, why: Exception) -> ConfigError:
    return ConfigError([Mistake(file=str(file), line=None, says=f"cannot be read: {why}")])


async def renew(fetcher: Fetcher, data: Path, base: str) -> Renewed:
    """Fetch the public data at `base`, keep the table they make in the data folder, and return what is new.

    Raises FetchError or ReadError where the data cannot be had or are not what they should be, StoreError where the
    table cannot be written; then the table stays as it was.
    """
    known, _ = in_force(data)
    fetched = [
        await fetcher.document(f"{base.rstrip('/')}/{name}-current.json") for name in ("legislators", "committees")
    ]
    legislators, committees = (_json(answer) for answer in fetched if isinstance(answer, Document))
    new = congress.renewed(known, legislators, committees)
    text = congress.written(new.members)
    congress.members(text, file="the renewed table")  # never keep what could not be read again
    _keep(table_file(data), text)
    return new


def _json(document: Document | Unchanged) -> object:
    try:
        return json.loads(document.body if isinstance(document, Document) else b"")
    except (ValueError, RecursionError) as e:
        raise ReadError("not a feed", f"{line(document.url, 200)} is no JSON: {line(str(e), 100)}") from e


def _keep(file: Path, text: str) -> None:
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)  # whole, or not there
    except OSError as e:
        fresh.unlink(missing_ok=True)
        raise StoreError(f"cannot keep the table of members in {file}: {e.strerror or e}") from e
