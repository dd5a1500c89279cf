"""Vectors of examples are kept, and never the wrong ones."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.matching import Embedder, Matcher, VectorCache, Vectors, load_heads
from bot.records import Topic
from tests.written import BORDERS, FACES


class Counting(Embedder):
    """Stands in for a model: gives every text a vector, and remembers what it was asked for."""

    def __init__(self, model: str = "sample@1") -> None:
        super().__init__(model)
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        turn = np.array([[len(self.name) + len(text), 1.0] for text in texts], dtype=np.float32)
        return np.asarray(turn / np.linalg.norm(turn, axis=1, keepdims=True), dtype=np.float32)


def encoded(folder: Path, texts: Sequence[str], model: str = "sample@1") -> list[str]:
    """Return what the model was asked for by a process that wants these vectors."""
    embedder = Counting(model)
    vectors = VectorCache(folder, embedder).encode(texts)
    assert np.array_equal(vectors, Counting(model).encode(texts))
    return embedder.asked


def test_vectors_are_asked_for_once(tmp_path: Path) -> None:
    assert encoded(tmp_path, ["one", "three", "one"]) == ["one", "three"]
    assert encoded(tmp_path, ["three", "one"]) == []
    assert encoded(tmp_path, ["three", "fourth"]) == ["fourth"]


def test_a_second_start_asks_the_model_for_no_example_of_any_topic(tmp_path: Path) -> None:
    def started(*topics: Topic) -> list[str]:
        embedder = Counting()
        Matcher(topics, (), embedder, VectorCache(tmp_path, embedder), load_heads())
        return embedder.asked

    assert sorted(started(FACES, BORDERS)) == ["a", "b"]
    assert started(FACES, BORDERS) == []
    assert started(BORDERS, FACES) == []


@pytest.mark.parametrize("kept", [0, 1, 40, 200, -1])
def test_a_file_cut_off_is_made_anew(tmp_path: Path, kept: int) -> None:
    encoded(tmp_path, ["one", "three"])
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:kept])
    assert encoded(tmp_path, ["one", "three"]) == ["one", "three"]
    assert encoded(tmp_path, ["one", "three"]) == []
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_with_a_damaged_middle_is_made_anew(tmp_path: Path) -> None:
    encoded(tmp_path, ["one", "three"])
    [file] = tmp_path.iterdir()
    raw = bytearray(file.read_bytes())
    raw[60:160] = bytes(100)
    file.write_bytes(raw)
    assert encoded(tmp_path, ["one", "three"]) == ["one", "three"]
    assert encoded(tmp_path, ["one", "three"]) == []


def test_a_folder_that_takes_no_file_costs_no_more_than_asking_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for _ in range(2):
        assert encoded(tmp_path / "file" / "vectors", ["one"]) == ["one"]


def test_another_models_vectors_are_not_used(tmp_path: Path) -> None:
    encoded(tmp_path, ["one"])
    assert encoded(tmp_path, ["one"], model="sample@22") == ["one"]
    assert encoded(tmp_path, ["one"]) == []


def test_nothing_is_asked_for_nothing(tmp_path: Path) -> None:
    assert len(VectorCache(tmp_path, Counting()).encode([])) == 0
    assert list(tmp_path.iterdir()) == []
