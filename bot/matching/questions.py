"""A question as a vector, without waiting for the embedding library.

The library takes 5 s to import and load, which a person who searches would wait every time. The default model is a
small BERT of six layers, and a question is a dozen words: numpy computes it from the same files in 0.1 s (1 s with
all imports, under a quarter of it arithmetic), to a cosine of .9999 with what the library gives. Of any other model
we do not know the shape; the library loads it.
"""

import json
import math
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from bot.matching.embedder import DEFAULT, Embedder, Vectors, packaged

LONGEST = 2_000
"""Characters of a question that are read: more than the model's 256 tokens hold."""

TOKENS = 256

KEPT = 1_000
"""Questions remembered while the process lives. They are never written down: what people search for is theirs."""

Array = NDArray[np.float32]


class Questions:
    """Remembers loaded models and the vectors of questions asked before."""

    def __init__(self) -> None:
        self._models: dict[str, Embedder | _SmallBert] = {}
        self._asked: dict[tuple[str, str], Vectors] = {}

    def vector(self, question: str, model: str) -> Vectors:
        """Return the question as a vector of this model, of length 1.

        Raises ConfigError if the model is missing or not what it claims to be.
        """
        asked = (model, question[:LONGEST])
        if asked not in self._asked:
            if len(self._asked) == KEPT:
                del self._asked[next(iter(self._asked))]
            self._asked[asked] = self._model(model).encode([asked[1]])[0]
        return self._asked[asked]

    def _model(self, name: str) -> "Embedder | _SmallBert":
        if name not in self._models:
            # Who asks must not wait for a hub: the model that made the vectors was on this machine.
            self._models[name] = _SmallBert() if name == DEFAULT else Embedder(name, fetch=False)
        return self._models[name]


class _SmallBert:
    """The default model in numpy, for one short text at a time: BERT (Devlin 2019), and the mean of its last layer."""

    def encode(self, texts: list[str]) -> Vectors:
        """Return one vector of length 1 for each text."""
        # Of matrices as small as these, two threads wait for each other: 20 times as long where a core is busy.
        with self._threads.limit(limits=1):
            return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Array:
        ids = np.array(self._tokenizer.encode(text.encode(errors="replace").decode()).ids)
        told = self._embedded(ids)
        for layer in range(self._config["num_hidden_layers"]):
            told = self._layer(told, f"encoder.layer.{layer}.")
        mean = told.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _embedded(self, ids: NDArray[Any]) -> Array:
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        word, position, kind = (self._weights[f"embeddings.{name}.weight"] for name in tables)
        return self._normal(word[ids] + position[: len(ids)] + kind[0], "embeddings.LayerNorm")

    def _layer(self, told: Array, name: str) -> Array:
        heard = self._linear(self._attention(told, name), name + "attention.output.dense")
        told = self._normal(told + heard, name + "attention.output.LayerNorm")
        thought = _gelu(self._linear(told, name + "intermediate.dense"))
        return self._normal(told + self._linear(thought, name + "output.dense"), name + "output.LayerNorm")

    def _attention(self, told: Array, name: str) -> Array:
        heads = self._config["num_attention_heads"]
        query, key, value = (
            self._linear(told, f"{name}attention.self.{part}").reshape(len(told), heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        seen = weights / weights.sum(axis=-1, keepdims=True) @ value
        return np.asarray(seen.transpose(1, 0, 2).reshape(len(told), -1))

    def _linear(self, told: Array, name: str) -> Array:
        return np.asarray(told @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _normal(self, told: Array, name: str) -> Array:
        apart = told - told.mean(axis=-1, keepdims=True)
        spread = np.sqrt(apart.var(axis=-1, keepdims=True) + self._config["layer_norm_eps"])
        return np.asarray(apart / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])

    @cached_property
    def _threads(self) -> ThreadpoolController:
        return ThreadpoolController()

    @cached_property
    def _folder(self) -> Path:
        return packaged()

    @cached_property
    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
        return config

    @cached_property
    def _weights(self) -> dict[str, Array]:
        from safetensors.numpy import load_file

        return load_file(self._folder / "model.safetensors")

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(TOKENS)
        return tokenizer


_erf = np.frompyfunc(math.erf, 1, 1)


def _gelu(told: Array) -> Array:
    return np.asarray(told * 0.5 * (1 + _erf(told / math.sqrt(2)).astype(np.float32)))
