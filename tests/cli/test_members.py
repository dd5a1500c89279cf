"""`lookout members` and its refresh, against public data served on loopback."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot import members
from bot.__main__ import main
from bot.congress import shipped

NEW = {
    "id": {"bioguide": "N999999"},
    "name": {"first": "Sample", "last": "Newcomer"},
    "terms": [{"type": "rep", "state": "VT", "party": "Democrat", "url": "http://newcomer.house.gov/"}],
}


def legislators() -> list[dict[str, Any]]:
    """Return the shipped members as the public data write them."""
    kinds = {"house": "rep", "senate": "sen"}
    return [
        {
            "id": {"bioguide": one.id},
            "name": {"first": "A", "last": one.last, "official_full": one.name},
            "terms": [{"type": kinds[one.chamber], "state": one.state, "party": one.party, "url": one.site}],
        }
        for one in shipped()
        if not one.is_committee
    ]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Public:
    """The public data on loopback, and the command that asks for them."""

    def __init__(self, folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.url, self.capsys = folder, url, capsys
        self.data = folder / "data"
        self.data.mkdir()

    def put(self, people: object, committees: object = None) -> None:
        ours = [{"thomas_id": one.id} for one in shipped() if one.is_committee]
        (self.folder / "legislators-current.json").write_text(json.dumps(people), encoding="utf-8")
        (self.folder / "committees-current.json").write_text(json.dumps(committees or ours), encoding="utf-8")

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[object, str, str]:
        monkeypatch.setattr("sys.argv", ["lookout", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capsys.readouterr()
        return ended.value.code, said.out, said.err


@pytest.fixture
def public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Public]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOOKOUT_ALLOW_PRIVATE", "true")
    try:
        yield Public(tmp_path, f"http://127.0.0.1:{server.server_port}", capsys)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_refresh_says_who_joined_and_left_and_keeps_what_is_known_of_pages(
    public: Public, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [one for one in legislators() if one["id"]["bioguide"] != "S000033"]
    public.put([*people, NEW])
    status, out, _ = public.run(monkeypatch, "members", "refresh", "--from", public.url)
    assert status == 0
    page = "https://newcomer.house.gov/media/press-releases"
    assert f"joined: Sample Newcomer (Democrat, VT, house), {page} (unverified)" in out
    assert "left: Bernard Sanders (Independent, VT, senate)" in out
    assert "537 members and 14 sides of committees: 1 joined, 1 left, 0 changed" in out
    known, wrong = members.in_force(public.data)
    assert wrong is None
    before = {one.id: one for one in shipped()}
    assert {one.id for one in known} == before.keys() - {"S000033"} | {"N999999"}
    assert all(one == before[one.id] for one in known if one.id in before)


@pytest.mark.parametrize(
    ("people", "says"),
    [
        ([NEW], "1 entries, not 500 to 600 members"),
        ({"a": 1}, "no list"),
        ([NEW] * 500, "an id twice"),
        ([*legislators()[1:], NEW | {"id": {"bioguide": "../../x"}}], "no id that can be one"),
        ([*legislators()[1:], NEW | {"terms": []}], "another shape"),
        ([*legislators()[1:], NEW | {"terms": [NEW["terms"][0] | {"state": ["MA"]}]}], "no state that can be one"),  # type: ignore[index]
        (
            [*legislators()[1:], NEW | {"terms": [NEW["terms"][0] | {"url": "https://evil.example.com"}]}],  # type: ignore[index]
            "no web address on a .gov site",
        ),
    ],
)
def test_data_that_cannot_be_right_leave_the_last_good_copy(
    public: Public, monkeypatch: pytest.MonkeyPatch, people: object, says: str
) -> None:
    public.put([*legislators(), NEW])
    assert public.run(monkeypatch, "members", "refresh", "--from", public.url)[0] == 0
    good = members.table_file(public.data).read_bytes()
    public.put(people)
    status, out, err = public.run(monkeypatch, "members", "refresh", "--from", public.url)
    assert (status, out) == (1, "")
    assert says in err
    assert "the table stays as it was" in err
    assert members.table_file(public.data).read_bytes() == good
    assert sorted(file.name for file in public.data.iterdir() if file.name.startswith("members")) == ["members.csv"]


def test_the_table_can_be_asked_by_state_and_chamber(public: Public, monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = public.run(monkeypatch, "members", "--state", "vt", "--chamber", "senate", "--json")
    assert {one["id"] for one in json.loads(out)} == {"S000033", "W000800"}
    _, out, _ = public.run(monkeypatch, "members", "--state", "VT")
    assert "3 members and committees" in out
    status, out, err = public.run(monkeypatch, "members", "--state", "California")
    assert (status, out) == (1, "")
    assert "two letters, such as CA" in err


def test_a_table_with_mistakes_is_told_and_the_shipped_one_stands_in(
    public: Public, monkeypatch: pytest.MonkeyPatch
) -> None:
    members.table_file(public.data).write_text("nonsense\n", encoding="utf-8")
    _, out, err = public.run(monkeypatch, "members", "--state", "VT")
    assert "3 members and committees" in out
    status, out, err = public.run(monkeypatch, "members", "--state", "California")
    assert (status, out) == (1, "")
    assert "two letters, such as CA" in err
    assert "members.csv:1: must begin with the columns" in err
