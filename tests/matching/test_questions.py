"""A question is embedded without the library as the library would embed it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.errors import ConfigError
from bot.matching import Embedder, Questions

QUESTIONS = (
    "cameras that recognise faces",
    "ICE",
    "¿Qué pasa con Luján? 😀 移民局",
    "x" * 3_000,
    "many words " * 400,
    "\ud800",
)


@pytest.fixture(scope="module")
def asked() -> Questions:
    return Questions()


@pytest.mark.parametrize("question", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_question_lies_where_the_library_puts_it(asked: Questions, embedder: Embedder, question: str) -> None:
    ours = asked.vector(question, embedder.name)
    [theirs] = embedder.encode([question[:2_000].encode(errors="replace").decode()])
    assert ours.shape == theirs.shape
    assert float(np.linalg.norm(ours)) == pytest.approx(1, abs=1e-5)
    assert float(ours @ theirs) > 0.999  # the library computes in bfloat16 where the processor can


def test_asking_again_computes_nothing(asked: Questions, embedder: Embedder) -> None:
    assert asked.vector("again", embedder.name) is asked.vector("again", embedder.name)


def test_a_model_that_is_not_there_is_named(asked: Questions, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot load the embedding model"):
        asked.vector("a question", str(tmp_path))


def test_a_question_does_not_import_the_embedding_library() -> None:
    program = (
        "import sys; from bot.matching import Embedder, Questions; Questions().vector('who', Embedder().name);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"
