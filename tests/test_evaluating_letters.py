"""What is read of letters, measured against what people read: every miss is told, and nothing invented is hidden."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ConfigError
from bot.evaluating_letters import measure_letters, read_truth
from tests.facts.samples import MEMBERS


def row(id: str, title: str, text: str, **truth: Any) -> str:
    whole = {"is_letter_announcement": True, "signers": [], "recipients": [], "response_deadline": None, **truth}
    said = {"id": id, "title": title, "text": text, "published": "2026-04-10", "url": "https://alder.senate.gov/1"}
    return json.dumps(said | {"truth": whole})


LETTER = "Today, Senator Ed Alder (D-MA) sent a letter to DHS Secretary Ann Oak. He asks for a reply by May 1, 2026."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "letters.jsonl"
    rows = (
        row(
            "one",
            "Alder Leads Letter",
            LETTER,
            lead_sender="Edward Alder",
            signers=["Ed Alder"],
            recipients=[{"name": "Ann Oak", "office": "Secretary of Homeland Security"}],
            response_deadline="2026-05-01",
        ),
        row(
            "two",
            "Birch Leads Letter",
            LETTER,
            lead_sender="Marisol Birch",
            lead_sender_also_acceptable=["Nobody Else"],
            signers=["Marisol Birch", "Ed Alder"],
            recipients=[{"name": "Bo Pine", "office": "Attorney General"}],
        ),
        row("three", "Hearing on Parks", "Nothing.", is_letter_announcement=False),
    )
    path.write_text("\n".join(rows))
    return path


def test_the_figures_are_those_of_the_misses(file: Path) -> None:
    measured = measure_letters(read_truth(file), MEMBERS)
    assert measured.data() == {
        "is_letter": {"precision": 1.0, "recall": 1.0, "f1": 1.0},
        "lead_sender": 0.5,
        "signers": {"f1": 0.8},
        "recipients": {"f1": 0.5},
        "deadline": {"exact": 1.0, "invented": 1},
    }
    assert [(one.id, one.about, one.true, one.found) for one in measured.missed] == [
        ("two", "lead", "Marisol Birch", "Edward J. Alder"),
        ("two", "signers", "Marisol Birch", "-"),
        ("two", "recipients", "Bo Pine (Attorney General)", "Ann Oak (DHS Secretary)"),
        ("two", "deadline", "-", "2026-05-01"),
    ]


def test_a_letter_that_hangs_on_an_item_is_read_with_it(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    paper = "Dear Secretary Oak:\n\nPlease respond by May 8, 2026.\n\nSincerely,\n\nEdward J. Alder"
    said = json.loads(
        row("one", "Alder Leads Letter", "Read it.", lead_sender="Ed Alder", response_deadline="2026-05-08")
    )
    path.write_text(json.dumps(said | {"letters": [paper]}))
    assert measure_letters(read_truth(path), MEMBERS).data()["deadline"] == {"exact": 1.0, "invented": 0}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "a"}', row("a", "t", "t").replace("2026-04-10", "soon")])
def test_a_file_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "letters.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_truth(path)
    assert [one.line for one in refused.value.mistakes] == ([1] if text else [None])
