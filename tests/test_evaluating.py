"""`lookout eval`: labelled items in, figures out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.evaluating import measure, read_labelled
from bot.matching import Embedder, Labelled, Matcher, VectorCache, load_heads
from tests.written import BORDERS, FACES

TOPICS = (FACES, BORDERS)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def written(*lines: str | dict[str, Any]) -> Path:
        path = tmp_path / "labelled.jsonl"
        rows = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        path.write_text("\n".join(rows), encoding="utf-8")
        return path

    return written


@pytest.fixture(scope="module")
def matcher(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Matcher:
    cache = VectorCache(tmp_path_factory.mktemp("vectors"), embedder)
    return Matcher(TOPICS, (), embedder, cache, load_heads())


def test_an_item_is_read_with_its_labels(file: Callable[..., Path]) -> None:
    row = {"id": "1", "title": "T", "text": "a\u2028b", "source": "S", "topic_faces": True, "hard": True, "else": 1}
    assert read_labelled(file(row, ""), TOPICS) == [
        Labelled(id="1", title="T", text="a\u2028b", source="S", labels={"faces": True}, hard=True)
    ]


def test_every_line_that_cannot_be_used_is_told(file: Callable[..., Path]) -> None:
    path = file(
        {"title": "good", "topic_faces": False},
        "{broken",
        '["a list"]',
        {"text": "no title", "topic_faces": True},
        {"title": "no label"},
        {"title": "no truth", "topic_faces": "yes"},
        "[" * 100_000,
    )
    with pytest.raises(ConfigError) as caught:
        read_labelled(path, TOPICS)
    assert [mistake.line for mistake in caught.value.mistakes] == [2, 3, 4, 5, 6, 7]
    assert "needs true or false in one of topic_faces, topic_borders" in str(caught.value)


def test_an_empty_file_is_a_mistake(file: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match="holds no items"):
        read_labelled(file(), TOPICS)


def test_a_file_that_is_no_text_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_labelled(tmp_path / "x", TOPICS)


def labelled(title: str, *, hard: bool = False, source: str = "", **labels: bool) -> Labelled:
    return Labelled(id=title, title=title, text="", labels=labels, hard=hard, source=source)


def test_a_topic_is_measured_on_the_items_that_have_its_label(matcher: Matcher) -> None:
    items = [
        labelled("Face scans in the street", faces=True, hard=True),
        labelled("Fish", faces=False, borders=False),
        labelled("ICE", borders=True),
    ]
    faces, borders = measure(matcher, TOPICS, items)
    assert (faces.all.n, faces.all.positives, faces.hard.n) == (2, 1, 1)
    assert (borders.all.n, borders.all.positives, borders.hard.n) == (2, 1, 0)
    assert (faces.phrases.f1, faces.phrases_hard.f1, borders.phrases.f1) == (1, 1, 1)
    assert borders.hard.f1 is None


def test_a_topic_without_labels_is_not_measured(matcher: Matcher) -> None:
    assert [one.topic_id for one in measure(matcher, TOPICS, [labelled("x", borders=True)])] == ["borders"]


def test_items_it_got_wrong_are_named(matcher: Matcher) -> None:
    said = [labelled("Fish soup", faces=True), labelled("Bread", faces=False)]
    [faces] = measure(matcher, TOPICS, said)
    assert [(w.id, w.label) for w in faces.wrong] == [("Fish soup", True)]
    assert 0 <= faces.wrong[0].probability < 0.5


def test_figures_as_data_have_the_form_scripts_know(matcher: Matcher) -> None:
    [faces] = measure(matcher, TOPICS, [labelled("Face scans", faces=True)])
    figures = {"n", "positives", "precision", "recall", "f1", "ap"}
    data = faces.data()
    assert set(data) == figures | {"hard", "phrases"}
    assert set(data["hard"]) == figures
    assert set(data["phrases"]) == figures | {"hard"}


def many(positives: int, negatives: int, sources: int = 12) -> list[Labelled]:
    texts = [(f"Face scans in street {n}", True) for n in range(positives)]
    texts += [(f"Fish soup for {n}", False) for n in range(negatives)]
    return [labelled(t, faces=is_one, source=f"office {n % sources}") for n, (t, is_one) in enumerate(texts)]


def test_cross_validation_judges_by_heads_that_saw_nothing_of_the_source(matcher: Matcher) -> None:
    [faces] = measure(matcher, TOPICS, many(30, 30), cross_validate=True)
    assert faces.all.f1 == 1


@pytest.mark.parametrize("items", [many(2, 30), many(30, 2), many(0, 30), many(1, 0), many(30, 30, sources=1)])
def test_too_few_items_to_cross_validate_are_a_mistake_that_is_told(matcher: Matcher, items: list[Labelled]) -> None:
    with pytest.raises(ConfigError, match="faces: too few labelled items to cross-validate"):
        measure(matcher, TOPICS, items, cross_validate=True)
