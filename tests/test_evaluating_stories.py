"""Stories are measured as they are made, by figures that can be checked by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.evaluating_stories import bcubed, measure_stories, read_gold
from bot.matching import Embedder
from tests.stories.samples import LETTER, RAID

SAMPLES = Path(__file__).parent / "samples" / "stories.json"


def written(folder: Path, data: object) -> Path:
    file = folder / "stories.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return file


def row(name: str, **said: Any) -> dict[str, Any]:
    return {"id": name, "title": f"Sample {name}", "text": LETTER, "date": "2026-04-10"} | said


def test_bcubed_is_what_a_hand_computes() -> None:
    # One true event a b c, one d e; found: a b | c d | e.
    # Precision: a 2/2, b 2/2, c 1/2, d 1/2, e 1/1; recall: a 2/3, b 2/3, c 1/3, d 1/2, e 1/2.
    figures = bcubed(
        {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2"}, {"a": "x", "b": "x", "c": "y", "d": "y", "e": "z"}
    )
    assert figures.precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1) / 5)
    assert figures.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 0.5 + 0.5) / 5)
    assert figures.f1 == pytest.approx(2 * 0.8 * (8 / 15) / (0.8 + 8 / 15))


def test_bcubed_of_a_perfect_grouping_is_one_whatever_the_names() -> None:
    assert bcubed({"a": "1", "b": "2"}, {"a": "x", "b": "y"}).f1 == 1


async def test_the_invented_statements_and_the_reports_on_them_are_told_apart(embedder: Embedder) -> None:
    measured = await measure_stories(read_gold(SAMPLES), embedder)
    assert measured.bcubed.f1 >= 0.9
    assert measured.bcubed.precision >= 0.95


async def test_real_letters_by_many_offices_come_together(shared: Path, embedder: Embedder) -> None:
    measured = await measure_stories(read_gold(shared / "data/labelled/stories_dev.json"), embedder)
    assert measured.bcubed.f1 >= 0.95  # what was asked for
    assert measured.data()["bcubed"]["precision"] >= 0.98


async def test_wrong_pairs_are_named(tmp_path: Path, embedder: Embedder) -> None:
    rows = [row("a", url="https://one.house.gov/1"), row("b", url="https://two.house.gov/1"), row("c", text=RAID)]
    gold = read_gold(written(tmp_path, {"items": rows, "gold": {"wrong": ["a", "c"]}}))
    assert gold.events == {"a": "wrong", "b": "only b", "c": "wrong"}
    measured = await measure_stories(gold, embedder)
    assert {(w.together, w.one.id, w.other.id) for w in measured.wrong} == {(True, "a", "b"), (False, "a", "c")}


def test_an_item_needs_no_more_than_an_id_and_a_title(tmp_path: Path) -> None:
    gold = read_gold(written(tmp_path, {"items": [{"id": 1, "title": "One"}, row("b")], "gold": {}}))
    assert [(i.id, i.source, i.category) for i in gold.items] == [("1", "1", "news"), ("b", "b", "news")]
    assert gold.items[0].published == gold.items[1].published  # no date: of the time of the others


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", r"stories\.json:1: is no JSON"),
        ("[]", 'must be {"items"'),
        ({"items": [], "gold": {}}, "holds no items"),
        ({"items": [{"id": "a"}], "gold": {}}, r'items\[0\]: a: needs a "title"'),
        ({"items": ["a"], "gold": {}}, r"items\[0\]: must be an object"),
        ({"items": [row("a"), {"title": "No id"}], "gold": {}}, r'items\[1\]: needs an "id"'),
        ({"items": [row("a", date="soon")], "gold": {}}, "a: cannot read the date 'soon'"),
        ({"items": [row("a"), row("a")], "gold": {}}, "the id 'a' stands more than once"),
        ({"items": [row("a")], "gold": {"event": ["b"]}}, "gold: event: there is no item 'b'"),
        ({"items": [row("a")], "gold": {"event": "a"}}, "gold: event: must be a list"),
        ({"items": [row("a")], "gold": {"x": ["a"], "y": ["a"]}}, "gold: y: the item 'a' is also in x"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "is no JSON"),
        ({"items": [row("a", url="https://x.example/\ud800")], "gold": {}}, r"items\[0\]: a: holds half a character"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(data: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=says):
        read_gold(written(tmp_path, data))


@pytest.mark.parametrize("texts", ['{"url": ["x"], "title": "T"}', "[" * 100_000])
def test_strange_texts_beside_a_table_are_refused_or_passed_over(texts: str, tmp_path: Path) -> None:
    (tmp_path / "gold.csv").write_text("event,url\na,https://x.example/1\n")
    (tmp_path / "texts.jsonl").write_text(texts)
    with pytest.raises(ConfigError, match=r"is not in|cannot be read"):
        read_gold(tmp_path / "gold.csv", tmp_path / "texts.jsonl")


def test_an_address_in_two_events_of_a_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gold.csv").write_text("event,url\na,https://x.example/1\nb,https://x.example/1\n")
    (tmp_path / "texts.jsonl").write_text('{"url": "https://x.example/1", "title": "T"}\n')
    with pytest.raises(ConfigError, match=r"gold\.csv:3: https://x\.example/1 is also in the event 'a'"):
        read_gold(tmp_path / "gold.csv", tmp_path / "texts.jsonl")


def test_a_table_of_addresses_takes_its_texts_from_another_file(tmp_path: Path) -> None:
    table, texts = tmp_path / "gold.csv", tmp_path / "texts.jsonl"
    table.write_text("event,half,url\nletter,tune,https://a.gov/\nletter,tune,https://b.gov/\n,tune,https://c.gov/\n")
    lines = [json.dumps(row("", url=f"https://{n}.gov/", member=f"Rep. {n}")) for n in "abcd"]
    texts.write_text("\n".join(lines))
    gold = read_gold(table, texts)
    assert [i.source for i in gold.items] == ["Rep. a", "Rep. b", "Rep. c"]
    assert gold.events["https://a.gov/"] == gold.events["https://b.gov/"] != gold.events["https://c.gov/"]
    with pytest.raises(ConfigError, match="name the file with their texts"):
        read_gold(table)
    table.write_text("event,half,url\nletter,tune,https://a.gov/\nletter\n")
    with pytest.raises(ConfigError, match=r"gold\.csv:3: has no url"):
        read_gold(table, texts)
    table.write_text("event,half,url\nletter,tune,https://a.gov/\nletter,tune,https://b.gov/\n")
    texts.write_text(lines[0])
    with pytest.raises(ConfigError, match=r"gold\.csv:3: https://b\.gov/ is not in"):
        read_gold(table, texts)
