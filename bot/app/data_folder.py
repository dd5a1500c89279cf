"""What the data folder holds besides the database: the secret, the lock, the operator's figures."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from bot.config import Settings
from bot.errors import StoreError

SECRET = 32
"""Characters that a secret must have at least; ours has 43."""


def house_secret(settings: Settings) -> str:
    """Return what signs links, sessions and webhooks: made once, kept in the data folder, readable by us alone.

    Whoever deletes it makes all links in sent mails worthless. Raises StoreError where the folder cannot be written.
    """
    path = settings.data / "secret"
    try:
        if not path.exists():
            fresh = path.with_name(f"secret.{os.getpid()}")
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(32))
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)  # whole, or not there
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as e:
        raise StoreError(f"cannot keep a secret in {path}: {e}") from e
    if len(kept) < SECRET:
        raise StoreError(f"{path} holds no secret of {SECRET} characters; delete it, and all links in mails end")
    return kept


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Be the only one who works with this data folder. Raises StoreError where another does, or it is not writable."""
    # Held by the kernel for the life of the process: two that poll and deliver from one data folder would tell twice.
    lock = FileLock(data / "lookout.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as e:
        raise StoreError(f"another Lookout is at work in {data}; stop it first, or set LOOKOUT_DATA") from e
    except OSError as e:
        raise StoreError(f"cannot write in the data folder {data}: {e.strerror}") from e
    try:
        yield
    finally:
        lock.release()


def figures_file(settings: Settings) -> Path:
    """Return where the operator's own figures are kept."""
    return settings.data / "figures.json"
