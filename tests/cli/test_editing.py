"""Stories as editors see and edit them at the terminal."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.__main__ import main
from tests import newsroom
from tests.store.samples import an_item, polled, seen
from tests.stories.samples import LETTER, RAID

ONE = an_item("one", id="letter0001", source="Rep. One", category="congress", text=LETTER)
TWO = an_item("two", id="letter0002", source="Rep. \x1b[2JTwo", title="Okonjo\u202e presses TSA", text=LETTER)
RAIDED = an_item("raid", id="raid000001", source="Sample ICE", category="dhs", title="43 arrested", text=RAID)

Lookout = Callable[..., tuple[int, str, str]]


@pytest.fixture
def lookout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command on a letter that two sites have, and a raid."""

    async def remembered() -> None:
        async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
            await store.remember([polled(seen(ONE), seen(TWO), seen(RAIDED))])

    asyncio.run(remembered())
    for name in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lookout", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_story_shows_its_items_and_how_each_came_to_it(lookout: Lookout) -> None:
    status, shown, _ = lookout("story", "letter0002")
    assert status == 0
    assert shown.startswith("Story 1: 2 items\nfirst seen Fri 10 Apr 2026")
    assert "also on 1: Rep. [2JTwo" in shown
    assert "letter0001  Sample one\n" in shown
    assert "began the story" in shown
    assert "shares its text with letter0001 (1.00)" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert lookout("story", "1") == (0, shown, "")


def test_a_story_is_data_for_scripts(lookout: Lookout) -> None:
    story = json.loads(lookout("story", "letter0001", "--json")[1])
    assert [one["item"]["id"] for one in story["items"]] == ["letter0001", "letter0002"]
    assert {"id", "items", "edits", "first_seen", "last_seen"} == story.keys()


def test_an_editor_merges_splits_and_undoes(lookout: Lookout) -> None:
    status, merged, _ = lookout("merge", "letter0001", "raid000001", "--by", "ann")
    assert (status, merged.splitlines()[0]) == (0, "Story 1: 3 items")
    assert "merge by ann" in merged
    assert "letter0001 letter0002 | raid000001" in merged
    status, apart, _ = lookout("split", "1", "letter0002")
    assert (status, apart.splitlines()[0]) == (0, "Story 3: 1 item")
    assert "split by root" in apart
    assert "put here by an editor" in apart
    assert lookout("undo", "1", "--by", "bob") == (0, "merge 1 is undone\n", "")
    assert "undone by bob" in lookout("story", "raid000001")[1]
    assert json.loads(lookout("story", "letter0001", "--json")[1])["items"][0]["item"]["id"] == "letter0001"


def test_what_cannot_be_done_is_said_in_one_line(lookout: Lookout) -> None:
    for arguments, says in (
        (("story", "nobody"), "no story 'nobody'"),
        (("merge", "letter0001", "letter0002"), "one story already"),
        (("split", "1", "raid000001"), "no item 'raid000001' in that story"),
        (("split", "1", "letter0001", "letter0002"), "all its items"),
        (("undo", "9"), "no edit 9"),
        (("merge", "1", "2", "--by", "\u202e"), "name must be"),
    ):
        status, _, error = lookout(*arguments)
        assert status == 1
        assert says in error
        assert error.count("\n") == 1
    assert lookout("merge", "1")[0] == 2
    assert lookout("undo", "99999999999999999999")[0] == 2


def test_a_measuring_file_with_a_mistake_is_refused_with_its_place(lookout: Lookout, tmp_path: Path) -> None:
    file = tmp_path / "gold.json"
    file.write_text('{"items": [{"id": "a"}], "gold": {}}')
    status, _, error = lookout("eval", "--stories", str(file))
    assert (status, error) == (2, f'{file}: items[0]: a: needs a "title"\n')
    assert lookout("eval", "--stories", str(file), "--audit", "3")[0] == 2
    file.write_text('{"items": [{"id": "x\\ud800", "title": "One"}], "gold": {}}')
    status, _, error = lookout("eval", "--stories", str(file))
    assert (status, error) == (2, f"{file}: items[0]: the id 'x\\ud800' cannot be shown\n")


def test_what_is_read_of_letters_is_measured_on_a_file(lookout: Lookout, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    truth = {"is_letter_announcement": True, "lead_sender": "Nobody", "signers": [], "recipients": []}
    file.write_text(json.dumps({"id": "x", "title": "A bill", "text": "", "published": "2026-04-10", "truth": truth}))
    status, said, _ = lookout("eval", "--letters", str(file), "--json")
    assert status == 0
    assert json.loads(said)["is_letter"] == {"precision": 1.0, "recall": 0.0, "f1": 0.0}
    status, said, _ = lookout("eval", "--letters", str(file))
    assert "x letter: is True; found -" in said
    assert lookout("eval", "--letters", str(file), "--audit", "3")[0] == 2
