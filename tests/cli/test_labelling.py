"""Labels, retraining and audits, as people and scripts use them."""

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.store import Sighting
from tests import newsroom
from tests.store.samples import an_item, polled, seen

TOPICS = {"faces": "facial-recognition", "borders": "immigration-enforcement"}
FACES = an_item("faces", id="faces00001", held="import")
FLOWERS = an_item("flowers", id="flowers001", title="Sample \x1b[2J\u202eflowers", text="On flowers.", held="import")

ONE_TOPIC = """\
topics:
  - {id: immigration-enforcement, name: Borders, description: Of borders., examples: [A border], phrases: [border]}
subjects: []
feeds:
  - {id: a, name: A, kind: rss, url: "https://a.example/feed", category: news, every: 1 h}
"""

Lookout = Callable[..., tuple[int, str, str]]


def _shipped(sighting: Sighting) -> Sighting:
    """The stand-in's judgement under the names of the shipped topics."""
    return replace(sighting, matches=tuple(replace(m, topic_id=TOPICS[m.topic_id]) for m in sighting.matches))


@pytest.fixture
def lookout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command on two items: one about faces, one about nothing."""

    async def remembered() -> None:
        async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
            await store.remember([polled(_shipped(seen(FACES)), _shipped(seen(FLOWERS)))])

    asyncio.run(remembered())
    for name in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "root")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, typed: str | io.TextIOBase | None = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lookout", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed) if isinstance(typed, str) else typed)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def test_a_label_changes_what_is_told_here_and_can_be_taken_back(lookout: Lookout) -> None:
    faces = ("--topic", "facial-recognition")
    assert lookout("label", "faces", "not-relevant", *faces, "--by", "ann") == (
        0,
        "faces00001 is labelled not relevant for facial-recognition in local by ann\n",
        "",
    )
    assert "faces00001" not in lookout("latest")[1]
    assert "not flagged (labelled not relevant)" in lookout("why", "faces")[1]
    assert "taken off by labels: facial-recognition (not relevant)" in lookout("why", "faces")[1]
    assert "facial-recognition: not relevant, says ann in local" in lookout("labels")[1]
    assert lookout("label", "faces", "--undo", *faces, "--by", "bob", "--of", "ann")[0] == 0
    assert "faces00001" in lookout("latest", *faces)[1]
    assert lookout("labels")[1] == "No labels.\n"
    [kept] = json.loads(lookout("labels", "--history", "--json")[1])
    assert (kept["by"], kept["undone_by"], kept["verdict"]) == ("ann", "bob", "not relevant")
    assert "undone by bob" in " ".join(lookout("why", "faces")[1].split())


def test_a_label_of_another_community_changes_nothing_here(lookout: Lookout) -> None:
    faces = ("--topic", "facial-recognition")
    lookout("label", "faces", "wrong-topic", *faces, "--community", "a server")
    assert "faces00001" in lookout("latest", *faces)[1]
    assert "wrong topic, says root in a server" in lookout("labels", "--community", "a server")[1]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("nobody", "relevant", "--topic", "facial-recognition"), 1, "no item 'nobody'"),
        (("faces", "relevant", "--topic", "fishing"), 2, "no topic 'fishing'"),
        (("faces", "splendid", "--topic", "facial-recognition"), 2, "splendid"),
        (("faces", "--topic", "facial-recognition"), 2, "say relevant, not-relevant or wrong-topic, or else --undo"),
        (("faces", "relevant", "--undo", "--topic", "facial-recognition"), 2, "or else --undo"),
        (("faces", "relevant", "--of", "bob", "--topic", "facial-recognition"), 2, "only asked with --undo"),
        (("faces", "--undo", "--topic", "facial-recognition"), 1, "has no label in force"),
        (("faces", "relevant", "--topic", "facial-recognition", "--by", ""), 1, "characters that can be seen"),
        (("faces", "relevant", "--topic", "facial-recognition", "--by", "\x1b[2J"), 1, "characters that can be seen"),
        (("faces", "relevant", "--topic", "facial-recognition", "--community", "x" * 101), 1, "can be seen"),
    ],
)
def test_a_label_that_cannot_be_is_refused_in_a_sentence(
    lookout: Lookout, arguments: tuple[str, ...], status: int, says: str
) -> None:
    came, out, err = lookout("label", *arguments)
    assert (came, out) == (status, "")
    assert says in " ".join(err.split())
    assert lookout("labels", "--history")[1] == "No labels.\n"


def test_an_audit_asks_and_tells_recall(lookout: Lookout) -> None:
    status, out, _ = lookout("eval", "--audit", "5", "--topic", "facial-recognition", typed="what\nn\n")
    assert status == 0
    assert out.count("Is it about Facial recognition? [y/n/?/q]") == 2  # "what" is no answer
    assert "flowers001" in out
    assert not {"\x1b", "\u202e"} & set(out)
    assert "facial-recognition: recall 1.000, 95 % interval" in out
    assert "not flagged 1; of 1 judged, 0 should have been" in out
    again = lookout("eval", "--audit", "5", "--topic", "facial-recognition", "--json")
    assert "Is it about" not in again[2]
    assert json.loads(again[1])["facial-recognition"]["judged"] == 1


def test_an_audit_that_is_interrupted_tells_what_it_knows(lookout: Lookout) -> None:
    class Interrupted(io.StringIO):
        def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]  # typeshed: as of IOBase
            os.kill(os.getpid(), signal.SIGINT)
            return "y\n"

    status, out, err = lookout("eval", "--audit", "5", "--topic", "facial-recognition", typed=Interrupted())
    assert (status, err) == (0, "")
    assert "facial-recognition: recall" in out
    assert "of 0 judged" in out


def test_an_audit_without_any_input_ends(lookout: Lookout) -> None:
    status, out, _ = lookout("eval", "--audit", "5", "--topic", "facial-recognition", typed=None)
    assert status == 0
    assert "of 0 judged" in out


def test_what_was_said_of_a_topic_no_longer_followed_is_taken_back_and_its_items_are_not_listed(
    lookout: Lookout, tmp_path: Path
) -> None:
    faces = ("--topic", "facial-recognition", "--by", "ann")
    assert lookout("label", "faces", "relevant", *faces)[0] == 0
    assert "faces00001" in lookout("latest")[1]
    (tmp_path / "feeds.yaml").write_text(ONE_TOPIC)
    assert "faces00001" not in lookout("latest")[1]
    assert "faces00001" not in lookout("export", "--matching")[1]
    assert lookout("label", "faces", "--undo", *faces)[0] == 0


def test_an_audit_for_a_script_asks_on_stderr(lookout: Lookout) -> None:
    status, out, err = lookout("eval", "--audit", "5", "--json", typed="y\nn\n")
    assert status == 0
    data = json.loads(out)
    assert err.count("Is it about") == 2  # of what is about faces, only whether it is about borders too
    judged = {topic: (one["judged"], one["missed"]) for topic, one in data.items()}
    assert judged == {"facial-recognition": (1, 0), "immigration-enforcement": (2, 1)}


def test_an_audit_cut_off_in_the_middle_of_an_item_keeps_what_was_said(lookout: Lookout) -> None:
    status, out, _ = lookout("eval", "--audit", "3", "--by", "cut", typed="n\ny\ny\n")
    assert status == 0
    assert out.count("About ") == 2
    said = json.loads(lookout("labels", "--json")[1])
    topics = [(one["item_id"], one["topic_id"]) for one in said if one["verdict"] == "relevant"]
    assert len(topics) == 1
    asked = lookout("eval", "--audit", "3", "--by", "cut", typed="y\n")[1]
    assert asked.count("Is it about") == 1  # of the other topic alone


def test_bytes_that_are_no_text_are_no_answer(lookout: Lookout) -> None:
    typed = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\nq\n"), encoding="utf-8")
    status, out, err = lookout("eval", "--audit", "5", typed=typed)
    assert (status, err) == (0, "")
    assert out.count("Is it about") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("labels", "--community", "\udcff"),
        ("retrain", "--community", "\udcff"),
        ("label", "faces", "--undo", "--topic", "facial-recognition", "--of", "\udcff"),
        ("label", "faces", "--undo", "--topic", "facial-recognition", "--community", "\udcff"),
        ("eval", "--audit", "1", "--community", "\udcff"),
        ("eval", "--audit", "1", "--by", "\udcff"),
    ],
)
def test_a_name_that_no_utf_8_holds_is_refused_in_a_sentence(lookout: Lookout, arguments: tuple[str, ...]) -> None:
    status, out, err = lookout(*arguments)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "characters that can be seen" in err


def test_eval_wants_a_file_or_an_audit(lookout: Lookout, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text("")
    for arguments in ((), (str(file), "--audit", "5")):
        status, _, err = lookout("eval", *arguments)
        assert status == 2
        assert "a FILE of labelled items, or else --audit N" in " ".join(err.split())
