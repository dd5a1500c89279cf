"""Vectors of texts that come again (examples, near misses), kept in a file with the model they belong to."""

import hashlib
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from bot.matching.embedder import Embedder, Vectors


class VectorCache:
    """Remembers vectors in `folder`, one file for each model. Losing it costs a second of embedding, nothing else."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._embedder = embedder
        self._file = folder / f"vectors-{_mark(embedder.name)}.npz"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return what `Embedder.encode` does, asking it only for texts not in the file.

        Where it had to ask, the file then holds `texts` and nothing else.
        """
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        known = self._read()
        missing = [text for text in dict.fromkeys(texts) if _mark(text) not in known]
        if missing:
            fresh = self._embedder.encode(missing)
            known |= {_mark(text): vector for text, vector in zip(missing, fresh, strict=True)}
            self._write({_mark(text): known[_mark(text)] for text in texts})
        return np.stack([known[_mark(text)] for text in texts])

    def _read(self) -> dict[str, Vectors]:
        try:
            with np.load(self._file) as kept:
                return dict(kept)
        except (OSError, ValueError, TypeError, EOFError, NotImplementedError, zipfile.BadZipFile):
            # absent, cut off while written, or damaged: made anew
            return {}

    def _write(self, vectors: dict[str, Vectors]) -> None:
        with suppress(OSError):  # a disk that is full or read-only costs us a second at each start
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._file.parent, suffix=".part", delete=False) as part:
                # numpy's stub takes the names for its own flag
                np.savez(part, **vectors)  # type: ignore[arg-type]
            Path(part.name).replace(self._file)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:24]
