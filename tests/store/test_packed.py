"""Vectors in bytes are compared exactly, whatever becomes of their file."""

from pathlib import Path

import numpy as np
import pytest

from bot.store.packed import Floats, Packed, PackedFile, compact, joined, packed, restored


def drawn(count: int, seed: int = 1, dimensions: int = 32) -> Floats:
    rows = np.random.default_rng(seed).standard_normal((count, dimensions))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def side_by_side(vectors: Floats, first: int = 1) -> Packed:
    return packed([(first + i, 100 + i, row) for i, row in enumerate(compact(vectors))])


def test_bytes_keep_directions_to_a_hundredth() -> None:
    vectors = drawn(500)
    again = restored(compact(vectors))
    assert np.abs((again * vectors).sum(axis=1) - 1).max() < 1e-3
    assert np.allclose(np.linalg.norm(again, axis=1), 1, atol=1e-5)


def test_nothing_and_a_vector_of_zeros_are_no_mistake() -> None:
    assert len(restored([])) == 0
    assert not restored(compact(np.zeros((1, 8), dtype=np.float32))).any()
    assert packed([]).nearest(drawn(1)[0], None, 5) == []


def test_the_nearest_are_those_of_a_full_comparison() -> None:
    vectors, [asked] = drawn(3_000), drawn(1, seed=2)
    found = side_by_side(vectors).nearest(asked, None, 20)
    exact = restored(compact(vectors)) @ asked
    assert [n - 100 for _, n, _ in found] == np.argsort(-exact)[:20].tolist()
    assert [c for *_, c in found] == pytest.approx(np.sort(exact)[::-1][:20].tolist(), abs=1e-5)


def test_among_some_the_nearest_of_these_are_found_however_far() -> None:
    vectors, [asked] = drawn(3_000), drawn(1, seed=2)
    far = np.argsort(vectors @ asked)[:3]
    found = side_by_side(vectors).nearest(asked, np.sort(far) + 100, 20)
    assert {n - 100 for _, n, _ in found} == set(far.tolist())
    assert side_by_side(vectors).nearest(asked, np.array([], dtype=np.int64), 20) == []
    assert side_by_side(vectors).nearest(asked, np.array([7, 10**6]), 20) == []


def test_a_later_vector_takes_the_place_of_an_earlier() -> None:
    old, new = side_by_side(drawn(5)), packed([(9, 102, compact(drawn(1, seed=3))[0])])
    whole = joined([packed([]), old, new])
    assert whole.k.tolist() == [1, 2, 4, 5, 9]
    assert whole.n.tolist() == [100, 101, 103, 104, 102]
    assert np.array_equal(whole.rows[-1], new.rows[0])


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    file, told = PackedFile(tmp_path / "deep" / "file.bin"), side_by_side(drawn(50))
    file.write(told)
    read = file.read()
    for name in ("k", "n", "lengths", "rows"):
        assert np.array_equal(getattr(read, name), getattr(told, name))
    assert read.nearest(drawn(1)[0], None, 3) == told.nearest(drawn(1)[0], None, 3)


def test_who_reads_goes_on_reading_while_another_writes(tmp_path: Path) -> None:
    file = PackedFile(tmp_path / "file.bin")
    file.write(side_by_side(drawn(50)))
    read = file.read()
    before = read.nearest(drawn(1)[0], None, 3)
    file.write(side_by_side(drawn(9, seed=4)))
    assert read.nearest(drawn(1)[0], None, 3) == before
    assert len(file.read()) == 9


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 16, b"\xff" * 500, None])
def test_a_file_that_is_damaged_or_absent_holds_nothing(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "file.bin"
    if damage is not None:
        path.write_bytes(damage)
    assert len(PackedFile(path).read()) == 0


def test_a_file_that_was_cut_off_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    PackedFile(path).write(side_by_side(drawn(50)))
    for length in range(0, path.stat().st_size, 37):
        cut = tmp_path / "cut.bin"
        cut.write_bytes(path.read_bytes()[:length])
        assert len(PackedFile(cut).read()) == 0
