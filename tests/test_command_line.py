"""The command line, as people and scripts use it."""

import asyncio
import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import importing, render
from bot.__main__ import main
from bot.cli import app
from tests import newsroom

ROOT = Path(__file__).parents[1]
SAMPLE = Path(__file__).parent / "samples" / "releases.jsonl"
COMMANDS = sorted(command.name or command.callback.__name__ for command in app.registered_commands if command.callback)
WEEK = ("--since", "2026-04-05", "--to", "2026-04-12")


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Lookout = Callable[..., Said]


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    return kept | {"LOOKOUT_DATA": str(data), "LOOKOUT_ZONE": "America/New_York", "PYTHONPATH": str(ROOT)}


def outside(data: Path, *arguments: str, python: tuple[str, ...] = (), encoding: str = "utf-8") -> Said:
    """Run a command in a process of its own."""
    done = subprocess.run(
        [sys.executable, *python, "-m", "bot", *arguments],
        env=environment(data) | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        encoding=encoding,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which the sample releases were imported."""
    data = tmp_path_factory.mktemp("data")
    imported = outside(data, "import", str(SAMPLE))
    assert (imported.status, imported.err) == (0, "")
    assert imported.out == "6 lines, 6 new items, 0 lines not usable\n"
    return data


@pytest.fixture
def lookout(archive: Path, here: Lookout, monkeypatch: pytest.MonkeyPatch) -> Lookout:
    """Run a command here, on the archive."""
    monkeypatch.setenv("LOOKOUT_DATA", str(archive))
    return here


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command in this process, on the data folder `tmp_path`."""
    for name in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path))
    monkeypatch.setenv("LOOKOUT_ZONE", "America/New_York")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["lookout", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return run


# -- help and mistakes ----------------------------------------------------------------------------------------


def test_every_command_has_help(here: Lookout) -> None:
    whole = here("--help").out
    asked = "run once demo digest latest search why check import export eval"
    assert set(asked.split()) <= set(COMMANDS)
    for command in COMMANDS:
        said = here(command, "--help")
        assert said.status == 0
        assert command in whole
        unfolded = re.sub(r"\n {10,}", "  ", said.out)
        options = [line for line in unfolded.splitlines() if line.startswith("  -")]
        assert [line for line in options if len(line.split("  ")) < 3] == [], command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("digest", "--since", "yesterday"), "'yesterday' is no date; write 2026-04-05"),
        (("digest", "--to", "2026-02-30"), "'2026-02-30' is no date"),
        (("digest", "--since", "9999-12-31T23:59:59-12:00"), "is no date"),
        (("digest", "--since", "2026-04-05", "--to", "2026-04-01"), "--since must be before --to"),
        (("digest", "--topic", "fishing"), "no topic 'fishing'; there are facial-recognition, immigration-enforcement"),
        (("digest", "--source", "gossip"), "gossip"),
        (("digest", "--format", "pdf"), "pdf"),
        (("latest", "--topic", "fishing"), "no topic 'fishing'"),
        (("latest", "--feed", "nosuch"), "no feed 'nosuch'; there are import and those that `lookout feeds` lists"),
        (("search", "x", "--feed", "nosuch"), "no feed 'nosuch'"),
        (("export", "--feed", "nosuch"), "no feed 'nosuch'"),
        (("latest", "--count", "0"), "--count"),
        (("latest", "--count", "many"), "--count"),
        (("search",), "lookout search [OPTIONS]"),
        (("search", "x", "--since", "20xx"), "'20xx' is no date"),
        (("export", "--format", "xml"), "xml"),
        (("import", "/nowhere/releases.jsonl"), "does not exist"),
        (("eval", "/nowhere/labelled.jsonl"), "does not exist"),
        (("teach",), "lookout teach [OPTIONS]"),
        (("fly",), "No such command"),
    ],
)
def test_wrong_use_is_told_in_a_sentence_with_status_2(lookout: Lookout, arguments: tuple[str, ...], says: str) -> None:
    said = lookout(*arguments)
    assert said.status == 2
    assert says in " ".join(said.err.split())
    assert "Traceback" not in said.err
    assert said.out == ""


def test_bad_settings_are_all_told_with_status_2(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_ZONE", "Mars/Base")
    monkeypatch.setenv("LOOKOUT_LOG_LEVEL", "loud")
    said = lookout("latest")
    assert said.status == 2
    assert "LOOKOUT_ZONE" in said.err
    assert "LOOKOUT_LOG_LEVEL" in said.err


def test_a_bad_feeds_yaml_is_told_with_its_lines(
    lookout: Lookout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "feeds.yaml"
    bad.write_text("topics: []\nsubjects: []\nfeeds:\n  - id: Bad Id\n    kind: gopher\n")
    monkeypatch.setenv("LOOKOUT_FEEDS", str(bad))
    for command in ("check", "digest", "feeds"):
        said = lookout(command)
        assert said.status == 2
        assert f"{bad}:4: " in said.err


def test_a_labelled_file_with_bad_lines_is_told_line_by_line(lookout: Lookout, tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"title": "good", "topic_facial_recognition": true}\n{"title": 3}\nnonsense\n')
    said = lookout("eval", str(file))
    assert (said.status, said.out) == (2, "")
    assert [line.split(": ")[0] for line in said.err.splitlines()] == [f"{file}:2", f"{file}:3"]


def test_no_such_item_has_status_1(lookout: Lookout) -> None:
    said = lookout("why", "nobody")
    assert (said.status, said.out) == (1, "")
    assert said.err == "no item 'nobody'; ids stand in digests and in `lookout search`\n"


def test_a_file_that_is_no_database_has_status_1(
    lookout: Lookout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lookout.db").write_text("This is a shopping list. " * 100)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path))
    said = lookout("latest")
    assert (said.status, said.out) == (1, "")
    assert "lookout.db" in said.err


# -- asking ---------------------------------------------------------------------------------------------------


def test_check_counts_what_it_found(lookout: Lookout) -> None:
    said = lookout("check")
    assert said.status == 0
    assert "2 topics" in said.out
    assert said.out.endswith("no mistakes found\n")


def test_check_tells_scripts_the_same(lookout: Lookout, archive: Path) -> None:
    data = lookout("check", "--json").data
    assert set(data) == {"file", "topics", "subjects", "feeds", "keyless", "data"}
    assert data["data"] == str(archive)
    assert f"{data['file']}: {data['topics']} topics, {data['subjects']} subjects, {data['feeds']} feeds" in (
        lookout("check").out
    )


def test_a_digest_of_a_week_tells_its_stories_once(lookout: Lookout) -> None:
    said = lookout("digest", *WEEK)
    assert said.status == 0
    assert "3 stories from Sun 5 Apr 2026, 00:00 EDT to Sun 12 Apr 2026, 00:00 EDT." in said.out
    assert said.out.count("Face Scans") + said.out.count("Scanning Faces") == 1
    assert "also on 1: Rep. Muster" in said.out
    assert "Mobile Fortify" in said.out
    assert "phone unlocks" not in said.out
    assert max(len(line) for line in said.out.splitlines() if "://" not in line) <= 88


def test_since_is_in_a_digest_and_to_is_not(lookout: Lookout) -> None:
    def told(*period: str) -> int:
        return sum(len(s["stories"]) for s in lookout("digest", "--format", "json", *period).data["sections"])

    assert told("--since", "2026-04-10T10:00-04:00", "--to", "2026-04-10T10:01") == 1
    assert told("--since", "2026-04-09", "--to", "2026-04-10T10:00") == 1  # the operation; a day is its midnight
    assert told("--since", "2026-04-10T10:00:01", "--to", "2026-04-12") == 0
    assert told() == 0  # nothing was published in the last 24 hours


def test_a_digest_as_markdown_and_json(lookout: Lookout) -> None:
    assert lookout("digest", *WEEK, "--format", "markdown").out.startswith("# Lookout\n")
    data = lookout("digest", *WEEK, "--format", "json").data
    assert lookout("digest", *WEEK, "--json").data == data
    assert [section["topic"]["id"] for section in data["sections"]] == ["facial-recognition", "immigration-enforcement"]
    [letter] = data["sections"][0]["stories"]
    assert [one["source"] for one in letter["items"]] == ["Sen. Sample", "Rep. Muster"]
    assert letter["also"] == ["Rep. Muster"]
    assert data["since"] == "2026-04-05T04:00:00Z"


def test_a_digest_may_be_of_one_topic_or_source(lookout: Lookout) -> None:
    assert "1 story from" in lookout("digest", *WEEK, "--topic", "facial-recognition").out
    assert "1 story from" in lookout("digest", *WEEK, "--source", "dhs").out
    assert "2 stories from" in lookout("digest", *WEEK, "--source", "dhs", "--source", "congress").out


def test_latest_lists_what_matches_the_newest_first(lookout: Lookout) -> None:
    data = lookout("latest", "--json").data
    assert [one["published"][:10] for one in data] == ["2026-04-10", "2026-04-09", "2026-04-08", "2026-04-07"]
    assert {"id", "title", "url", "source", "category", "text", "matches", "mentions", "also", "held"} <= set(data[0])
    assert [m["flagged"] for m in data[0]["matches"] if m["topic_id"] == "immigration-enforcement"] == [True]
    assert [one["title"] for one in lookout("latest", "-n", "1", "--json").data] == [data[0]["title"]]
    said = lookout("latest", "--topic", "facial-recognition", "-n", "1")
    assert "SAMPLE: Muster Joins Colleagues Against Scanning Faces" in said.out
    quiet = lookout("feeds", "--json").data[0]["id"]
    assert lookout("latest", "--feed", quiet).out == "Nothing found.\n"
    assert lookout("latest", "--feed", "import", "--feed", quiet, "--json").data == data


def test_a_search_finds_what_matches_nothing_too(lookout: Lookout) -> None:
    [found] = words(lookout, "pies")
    assert "pies" in found["snippet"]
    assert found["by"] == ["words"]
    assert not any(match["flagged"] for match in found["matches"])
    assert words(lookout, '"queen of pies"') != []
    assert words(lookout, '"pies of queen"') == []
    assert words(lookout, "senators", "--source", "dhs") == []
    assert words(lookout, "ICE", "--since", "2026-04-10") != []


def words(lookout: Lookout, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lookout("search", "--words-only", "--json", *arguments).data["found"]
    return found


def test_a_search_finds_what_is_said_in_other_words_and_says_so(lookout: Lookout) -> None:
    told = lookout("search", "cameras that recognise people by their looks", "--json").data
    assert (told["without_vector"], told["note"]) == (0, None)
    assert told["found"]
    assert all(one["by"] == ["meaning"] and one["snippet"] is None and one["cosine"] > 0.3 for one in told["found"])
    assert "found by meaning (0." in lookout("search", "cameras that recognise people by their looks").out
    assert lookout("search", "qwerty zxcv asdf").out == "Nothing found.\n"


def test_lists_take_the_same_filters(lookout: Lookout) -> None:
    for command in (("search", "--json", "ICE"), ("latest", "--json"), ("export",)):
        assert "Muster" not in lookout(*command, "--member", "nobody").out
        assert "Muster" not in lookout(*command, "--since", "2026-05-01").out
        for ways in (("--member", "  "), ("--feed", "nowhere"), ("--topic", "nothing"), ("--since", "yore")):
            assert lookout(*command, *ways).status == 2


def test_the_archive_is_embedded_anew_only_without_a_file(lookout: Lookout, tmp_path: Path) -> None:
    said = lookout("import", "--reembed", "--json")
    assert (said.status, said.err) == (0, "")
    assert (said.data["made"], said.data["forgotten"]) == (0, 0)
    assert "0 vectors made" in lookout("import", "--reembed").out
    file = tmp_path / "some.jsonl"
    file.touch()
    assert lookout("import", str(file), "--reembed").status == 2
    assert lookout("import").status == 2


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', "'", "*", "(", "NEAR(", "pies AND", "title:pies", "-x", "%", "🧊", "移民局", "\x1b[2J", "x" * 9000],
)
def test_a_search_for_strange_text_is_no_mistake(lookout: Lookout, query: str) -> None:
    said = lookout("search", "--json", "--", query)
    assert (said.status, said.err) == (0, "")
    assert isinstance(said.data["found"], list)


def test_why_explains_an_item_by_id_and_by_address(lookout: Lookout) -> None:
    [letter] = words(lookout, "senators colleagues")
    for name in (letter["id"], letter["id"][:6], letter["url"]):
        told = lookout("why", name, "--json").data
        assert told["id"] == letter["id"]
        assert [gate["name"] for gate in told["gates"]] == ["topic", "duplicate", "age"]
    said = lookout("why", letter["id"]).out
    assert "facial-recognition: flagged" in said
    assert "stopped  age: not announced: it was imported" in said
    assert "Subjects: Mobile Fortify" in said


def test_hostile_titles_do_not_command_the_terminal(lookout: Lookout) -> None:
    for said in (lookout("search", "pies"), lookout("why", "https://courier.example.com/fair")):
        assert said.status == 0
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out)


def test_feeds_shows_every_source(lookout: Lookout) -> None:
    data = lookout("feeds", "--json").data
    said = lookout("feeds")
    assert len(data) > 45
    assert {"id", "state", "items", "reason", "detail", "succeeded", "next_poll", "url"} <= set(data[0])
    assert all(one["id"] in said.out for one in data)
    assert f"{len(data)} sources: 0 ok, 0 could not be read, {len(data)} not polled yet" in said.out


def test_a_source_is_switched_off_and_on_again(lookout: Lookout) -> None:
    quiet = lookout("feeds", "--json").data[0]["id"]
    assert "1 switched off" in lookout("feeds", "--off", quiet).out
    assert "switched off" not in lookout("feeds", "--on", quiet).out
    refused = lookout("feeds", "--off", "nosuch")
    assert (refused.status, refused.err.strip()) == (1, "no feed 'nosuch' in feeds.yaml; `lookout feeds` lists them")
    lookout("feeds", "--off", quiet, "--off", "nosuch")
    assert "switched off" not in lookout("feeds").out


# -- taking away ----------------------------------------------------------------------------------------------


def test_an_export_as_json_lines_holds_everything(lookout: Lookout) -> None:
    rows = [json.loads(line) for line in lookout("export").out.splitlines()]
    assert len(rows) == 6
    assert {row["feed_id"] for row in rows} == {"import"}
    assert all(len(row["matches"]) == 2 for row in rows)
    assert len(lookout("export", "--matching").out.splitlines()) == 4
    assert len(lookout("export", "--topic", "facial-recognition").out.splitlines()) == 2
    assert len(lookout("export", "--since", "2026-04-10").out.splitlines()) == 2


def test_an_export_as_a_table_is_safe_to_open_in_a_spreadsheet(lookout: Lookout) -> None:
    rows = list(csv.DictReader(io.StringIO(lookout("export", "--format", "csv").out, newline="")))
    assert len(rows) == 6
    [fair] = [row for row in rows if "fair" in row["url"]]
    assert fair["title"].startswith("'=SUM(pies)")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@" and cell]
    assert [row["topics"] for row in rows if "operation" in row["url"]] == ["immigration-enforcement"]


def test_an_import_is_resumed_and_tells_lines_it_could_not_use(archive: Path, tmp_path: Path) -> None:
    again = outside(archive, "import", str(SAMPLE))
    assert again.out == "6 lines, 6 were imported before, 0 new items, 0 lines not usable\n"
    bad = tmp_path / "bad.jsonl"
    bad.write_text("nonsense\n")
    said = outside(archive, "import", str(bad))
    assert said.status == 1
    assert said.err.startswith(f"{bad}:1: is no JSON")
    bad.write_text("nonsense again\n")
    told = outside(archive, "import", str(bad), "--json")
    assert (told.status, told.err) == (1, "")
    assert (told.data["lines"], told.data["new"], told.data["skipped"]) == (1, 0, 0)
    [mistake] = told.data["mistakes"]
    assert (mistake["file"], mistake["line"]) == (str(bad), 1)


async def imported(file: Path, data: Path) -> None:
    """Import a file into a data folder; only what judges the items is a stand-in."""
    newsroom.an_empty_database(data)
    async with newsroom.parts(data, (), lambda: newsroom.START) as parts:
        await importing.import_file(parts, file, None, lambda *_: None)


def test_what_a_terminal_obeys_is_escaped_in_json_and_left_out_of_a_table(tmp_path: Path, here: Lookout) -> None:
    title = "SAMPLE:\x9b31m ICE \u202eraids\ud800 \x7fon Späti \U000e0041\u200d"
    release = {
        "url": "https://a.example/\x1b]0;x\x07\u202e",
        "title": title,
        "date": "2026-04-07",
        "text": "a  \x85\n=b",
    }
    file = tmp_path / "hostile.jsonl"
    file.write_text(json.dumps(release) + "\n")
    asyncio.run(imported(file, tmp_path))
    for arguments in (("export",), ("search", "raids", "--json"), ("export", "--format", "csv")):
        said = here(*arguments)
        assert (said.status, said.err) == (0, "")
        assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\U000e0041]", said.out)
        assert "Späti" in said.out
        assert "https://a.example/%1B]0;x%07%E2%80%AE" in said.out


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_keeps_what_a_terminal_obeys_but_escaped(encoding: str) -> None:
    data = {"title": "\x1b]0;x\x07 \x7f \x9b31m \u202e \ud800 \U000e0041 Späti", "text": "a\nb"}
    written = render.data.written(data, encoding)
    assert json.loads(written) == data
    assert written.isprintable()
    assert ("Späti" in written) == (encoding == "utf-8")


# -- manners --------------------------------------------------------------------------------------------------


def test_a_reader_who_has_seen_enough_is_no_error(archive: Path) -> None:
    for command in ("latest", "export"):
        with subprocess.Popen(
            [sys.executable, "-m", "bot", command],
            env=environment(archive),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            assert running.stdout is not None
            assert running.stderr is not None
            running.stdout.close()
            assert running.stderr.read() == b""


def test_a_terminal_that_knows_only_ascii_gets_question_marks_and_whole_json(
    archive: Path, lookout: Lookout, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outside(archive, "search", "senators", encoding="ascii")
    assert (said.status, said.err) == (0, "")
    assert "?" in said.out

    def in_ascii(*arguments: str) -> str:
        written = io.BytesIO()
        with monkeypatch.context() as terminal:
            terminal.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))
            assert lookout(*arguments).status == 0
            return written.getvalue().decode("ascii")

    assert in_ascii("search", "senators") == said.out
    for arguments in (("search", "senators", "--json"), ("export",), ("export", "--format", "csv"), ("feeds",)):
        assert in_ascii(*arguments)
    assert "“" in json.loads(in_ascii("search", "detained", "--json"))["found"][0]["text"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("latest",), ("export",), ("feeds", "--json"), ("check",)])
def test_a_full_disk_is_told_in_a_sentence_with_status_1(archive: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=environment(archive),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "cannot write: No space left on device\n")


def test_a_log_line_holds_nothing_that_a_terminal_obeys(lookout: Lookout, monkeypatch: pytest.MonkeyPatch) -> None:
    import structlog

    assert lookout("check").status == 0
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    structlog.get_logger().warning(
        "read", detail="\x1b]0;owned\x07 \x9b31m\u202eeman\ud800", error=OSError("\x9b"), count=3
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", lines.getvalue())
    assert "owned" in lines.getvalue()
    assert "count=3" in lines.getvalue()


def test_commands_load_neither_the_embedding_library_nor_the_chats_that_they_do_not_need(archive: Path) -> None:
    for arguments in (("--help",), ("check",), ("latest",), ("digest",), ("search", "pies")):
        said = outside(archive, *arguments, python=("-X", "importtime"))
        loaded = {line.split("|")[-1].strip() for line in said.err.splitlines()}
        assert said.status == 0
        assert "typer" in loaded
        assert not loaded & {"torch", "transformers", "sentence_transformers", "sklearn"}, arguments
        assert not loaded & {"discord", "slack_bolt", "slack_sdk", "aiohttp"}, arguments


def test_help_loads_neither_a_database_nor_a_page_reader(archive: Path) -> None:
    said = outside(archive, "--help", python=("-X", "importtime"))
    loaded = {line.split("|")[-1].strip() for line in said.err.splitlines()}
    heavy = "sqlalchemy numpy httpx bs4 lxml pydantic jinja2 trafilatura feedparser"
    assert not loaded & set(heavy.split())


def test_one_shot_commands_log_nothing_but_warnings_unless_asked(
    lookout: Lookout, monkeypatch: pytest.MonkeyPatch
) -> None:
    import structlog

    def logged() -> str:
        assert lookout("check").err == ""
        lines = io.StringIO()
        monkeypatch.setattr(sys, "stderr", lines)
        structlog.get_logger().info("told", feed="dhs")
        structlog.get_logger().warning("warned")
        return lines.getvalue()

    quiet = logged()
    assert "told" not in quiet
    assert "warned" in quiet
    monkeypatch.setenv("LOOKOUT_LOG_LEVEL", "info")
    assert "event=told feed=dhs" in logged()
    monkeypatch.setenv("LOOKOUT_LOG_LEVEL", "error")
    assert logged() == ""
