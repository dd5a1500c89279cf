"""`lookout feeds doctor`, `export` and `import`, as people type them."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import feeds
from bot.__main__ import main
from bot.config import watchlist
from bot.records import Feed
from tests import newsroom
from tests.newsroom import Page, Press

TOPIC = "topics: [{id: t, name: T, description: d, examples: [e], phrases: [p]}]\n"
ONE = TOPIC + (
    "feeds:\n  - {id: one, name: One, kind: rss, url: 'https://one.example.org/feed', category: advocacy, every: 1 h}\n"
)
ONE_BELOW = TOPIC + (
    "feeds:\n  - id: one\n    name: One\n    kind: rss\n    url: https://one.example.org/feed\n    category: advocacy\n"
    "    every: 1 h  # often enough\n"
)
Said = tuple[int, str, str]
Lookout = Callable[..., Said]


@pytest.fixture
def press() -> Iterator[Press]:
    with newsroom.press() as opened:
        yield opened


@pytest.fixture
def lookout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command where feeds.yaml follows one feed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LOOKOUT_ALLOW_PRIVATE", "true")
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "feeds.yaml").write_text(ONE_BELOW)

    def run(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["lookout", "feeds", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def followed(text: str) -> tuple[Feed, ...]:
    return watchlist(text, file="feeds.yaml", problems=feeds.problems, members=()).feeds


def test_the_doctor_ends_with_a_stanza_that_can_be_pasted(lookout: Lookout, press: Press) -> None:
    url = press.put("/feed", newsroom.rss(newsroom.told("Face scans at the \x1b[31m border", link="/one")))
    status, out, err = lookout("doctor", url)
    assert (status, err) == (0, "")
    assert f"{url}: 200, no content type" in out
    assert "- Fri 10 Apr 2026, 07:00 EDT: Face scans at the" in out
    assert "\x1b" not in out
    stanza = out.partition("Add this to feeds.yaml")[2].partition("\n\n")[2]
    [_, feed] = followed(ONE_BELOW + stanza)
    assert (feed.kind, feed.url, feed.name) == ("rss", url, "Sample")


def test_the_doctor_gives_the_same_as_data(lookout: Lookout, press: Press) -> None:
    url = press.put("/feed", newsroom.rss(newsroom.told("Face scans", link="/one")))
    status, out, _ = lookout("doctor", url, "--json")
    told = json.loads(out)
    assert status == 0
    assert told["tried"][0]["status"] == 200
    [one] = told["proposals"]
    assert (one["kind"], one["entries"], one["first"][0]["title"]) == ("rss", 1, "Face scans")
    assert followed(ONE_BELOW + one["stanza"])[1].url == url


def test_the_doctor_says_why_it_proposes_nothing_with_status_1(lookout: Lookout, press: Press) -> None:
    url = press.put("/app", Page(body=b"<html><script src=/a.js></script><div id=app></div></html>"))
    status, out, _ = lookout("doctor", url)
    assert status == 1
    assert "a page that a browser draws, empty without one" in out
    assert "nothing to propose: look for a feed of the site" in out
    status, out, _ = lookout("doctor", url, "--json")
    assert (status, json.loads(out)["proposals"]) == (1, [])


def test_the_doctor_of_no_address_says_so(lookout: Lookout) -> None:
    for wrong in ("https://", "file:///etc/passwd", "http://user:word@example.org/"):
        status, out, _ = lookout("doctor", wrong)
        assert status == 1
        assert "unsafe address" in out


def test_feeds_still_lists_and_switches_without_a_subcommand(lookout: Lookout) -> None:
    (Path("data")).mkdir()
    newsroom.an_empty_database(Path("data"))
    assert "one" in lookout()[1]
    assert json.loads(lookout("--json")[1])[0]["id"] == "one"
    assert "1 source: 0 ok, 0 could not be read, 1 switched off" in lookout("--off", "one")[1]
    assert "switched off" not in lookout("--on", "one")[1]
    assert lookout("--alive")[0] == 1


def test_who_switches_one_source_is_shown_that_one_alone(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    newsroom.an_empty_database(tmp_path / "data")
    (tmp_path / "feeds.yaml").write_text(ONE_BELOW + ONE_BELOW.split("feeds:\n")[1].replace("one", "two"))
    assert "two" in lookout()[1]
    assert "two" not in lookout("--off", "one")[1]
    assert [one["id"] for one in json.loads(lookout("--on", "one", "--json")[1])] == ["one"]


def test_the_doctor_takes_an_address_as_browsers_show_it(lookout: Lookout) -> None:
    asked = json.loads(lookout("doctor", "127.0.0.1:9/press", "--json")[1])["asked"]
    assert asked == "https://127.0.0.1:9/press"


def test_what_is_exported_comes_back_into_an_empty_file(lookout: Lookout, tmp_path: Path) -> None:
    status, opml, _ = lookout("export")
    assert status == 0
    (tmp_path / "feeds.opml").write_text(opml)
    (tmp_path / "feeds.yaml").write_text(TOPIC + "feeds: []\n")
    status, out, err = lookout("import", "feeds.opml", "--append")
    assert (status, err) == (0, "")
    assert "1 feed added to feeds.yaml" in out
    [back] = followed((tmp_path / "feeds.yaml").read_text())
    [before] = followed(ONE)
    assert (back.url, back.kind, back.name, back.category) == (before.url, "rss", before.name, before.category)


def test_only_what_is_new_is_printed_and_the_rest_is_told_on_stderr(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "in.opml").write_text(
        "<opml version='2.0'><body><outline text='NGOs'>"
        "<outline text='One' xmlUrl='https://www.one.example.org/feed/'/>"
        "<outline text='Two&#27;[31m' xmlUrl='ftp://two.example.org/'/>"
        "<outline text='Three' xmlUrl='https://three.example.org/rss'/></outline></body></opml>"
    )
    status, out, err = lookout("import", "in.opml")
    assert status == 0
    assert [feed.id for feed in followed(ONE_BELOW + out)] == ["one", "three"]
    assert "left out: One: already followed as one" in err
    assert "is not http or https" in err
    assert "\x1b" not in err
    assert (tmp_path / "feeds.yaml").read_text() == ONE_BELOW


def test_a_file_that_cannot_take_them_stays_as_it_is(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(ONE.replace("feeds:\n  - {", "feeds: [{").replace("1 h}", "1 h}]"))
    before = (tmp_path / "feeds.yaml").read_text()
    (tmp_path / "in.opml").write_text("<opml><body><outline text='T' xmlUrl='https://t.example.org/'/></body></opml>")
    status, out, err = lookout("import", "in.opml", "--append")
    assert (status, out) == (2, "")
    assert "feeds.yaml:2: its feeds are written in brackets" in err
    assert (tmp_path / "feeds.yaml").read_text() == before


def test_what_is_no_opml_is_refused_with_status_1(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "in.opml").write_text("<html>no</html>")
    status, _, err = lookout("import", "in.opml")
    assert status == 1
    assert "not a feed: no OPML" in err
