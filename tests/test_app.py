"""The program as its operator meets it: started, edited under its feet, stopped, and out of room."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from bot.congress import shipped, written
from tests import newsroom
from tests.newsroom import Page, Press, article, rss, told
from tests.running import Running, running

ROOT = Path(__file__).parents[1]


Ended = subprocess.CompletedProcess[str]


class House:
    """A data folder, a feeds.yaml on a loopback site, and the command line run on them."""

    def __init__(self, folder: Path, press: Press) -> None:
        self.data = folder / "data"
        self.feeds = folder / "feeds.yaml"
        self.press = press
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")},
            "LOOKOUT_DATA": str(self.data),
            "LOOKOUT_FEEDS": str(self.feeds),
            "LOOKOUT_ALLOW_PRIVATE": "true",
            "LOOKOUT_LISTEN": "127.0.0.1:0",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
        }
        self.data.mkdir()
        newsroom.an_empty_database(self.data)
        newsroom.spare_the_model(self.data, "A sample on faces", "A sample on phones")

    def follows(self, *names: str) -> None:
        feeds = [
            {"id": name, "name": f"The {name}", "kind": "rss", "url": f"{self.press.url}/{name}"}
            | {"category": "news", "every": "1 h"}
            for name in names
        ]
        topic = {"id": "facial-recognition", "name": "Faces", "description": "Faces.", "phrases": ["faces"]}
        topic |= {"examples": ["A sample on faces"], "near_misses": ["A sample on phones"]}
        subject = {"id": "sample", "name": "Sample App", "aliases": ["Sample App"]}
        written = {"topics": [topic], "subjects": [subject], "feeds": feeds}
        # JSON is YAML. Put in place whole, as good editors do.
        part = self.feeds.with_suffix(".part")
        part.write_text(json.dumps(written, indent=1), encoding="utf-8")
        part.replace(self.feeds)

    def renames(self, old: str, new: str) -> None:
        """Give a feed another id, and leave its address."""
        written = self.feeds.read_text(encoding="utf-8")
        part = self.feeds.with_suffix(".part")
        part.write_text(written.replace(f'"id": "{old}"', f'"id": "{new}"'), encoding="utf-8")
        part.replace(self.feeds)

    def command(self, word: str, *, room: int = resource.RLIM_INFINITY, **settings: str) -> Ended:
        """Run a command to its end. `room`: bytes that its files may have; `settings`: more of the environment."""
        return subprocess.run(
            [sys.executable, "-m", "bot", word],
            env=self.environment | settings,
            cwd=self.data,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        )

    def running(self, command: str = "run") -> AbstractContextManager[Running]:
        return running(["-m", "bot", command], self.environment, self.data, errors=subprocess.PIPE)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Press() as press:
        house = House(tmp_path, press)
        for name in ("courier", "herald"):
            press.put(f"/{name}", rss())
        house.follows("courier")
        yield house


def test_an_edited_feeds_yaml_is_taken_over_and_a_broken_one_is_not(house: House) -> None:
    with house.running() as lookout:
        lookout.says("watching")
        house.press.wait_for("/courier")
        good = house.feeds.read_text(encoding="utf-8")
        house.feeds.write_text(good.replace('"every": "1 h"', '"every": "1 s"'), encoding="utf-8")
        complaint = lookout.says("not taken over")
        line = 1 + good[: good.index('"every"')].count("\n")
        assert f"feeds.yaml:{line}: " in complaint
        house.follows("courier", "herald")
        lookout.says("feeds.yaml taken over")
        house.press.wait_for("/herald")
        assert house.press.count("/courier") == 1
        assert lookout.stopped(signal.SIGINT)[0] == 0


def test_a_feed_renamed_while_it_runs_or_rests_is_not_looked_at_as_a_new_one(house: House) -> None:
    house.press.put("/courier", rss(told("Old faces", guid="1")))
    with house.running() as lookout:
        lookout.says("items remembered")
        house.renames("courier", "post")
        assert "was=courier" in lookout.says("goes on under its new id")
        assert lookout.stopped(signal.SIGTERM)[0] == 0
    house.renames("post", "mail")
    assert house.command("once").returncode == 0
    assert house.press.count("/courier") == 1, "it is not due, as a new one would be"


def test_a_renewed_table_of_members_is_taken_over_without_a_restart(house: House) -> None:
    with house.running() as lookout:
        lookout.says("watching")
        (house.data / "members.csv").write_text(written(shipped()), encoding="utf-8")
        lookout.says("feeds.yaml taken over")
        assert lookout.stopped(signal.SIGINT)[0] == 0


def test_a_run_tells_nobody_before_each_source_was_looked_at_once(house: House) -> None:
    house.follows("courier", "herald")
    house.press.put("/courier", Page(hangs=True))
    with house.running() as lookout:
        lookout.says("watching")
        house.press.wait_for("/courier")
        assert lookout.stopped(signal.SIGTERM)[0] == 0  # in the middle of a poll
    assert not (house.data / "digests").exists()
    house.press.put("/courier", rss())
    with house.running() as lookout:
        assert lookout.process.stdout is not None
        assert lookout.process.stdout.readline() == "LOOKOUT\n"
        assert lookout.stopped(signal.SIGTERM)[0] == 0


def test_a_second_lookout_on_the_same_data_is_refused_but_may_ask(house: House) -> None:
    with house.running() as lookout:
        lookout.says("watching")
        for command in ("run", "once"):
            second = house.command(command)
            assert second.returncode == 1
            assert f"another Lookout is at work in {house.data}; stop it first, or set LOOKOUT_DATA" in second.stderr
            assert "Traceback" not in second.stderr
        asked = house.command("latest")
        assert (asked.returncode, asked.stderr) == (0, "")


def test_a_full_disk_ends_it_with_one_sentence(house: House) -> None:
    """A limit on the size of files stands in for the disk; SQLite meets it in the middle of the polls."""
    house.follows(*(f"absent-{n}" for n in range(7)))
    full = house.command("once", room=37_000)  # SQLite's index of its log takes 32 KiB of it
    assert full.returncode == 1
    assert re.fullmatch(r"the database refused: .*", full.stderr.splitlines()[-1])
    assert "Traceback" not in full.stderr
    with_room = house.command("once")
    assert with_room.returncode == 0
    assert "Could not read 7 of 7 sources" in with_room.stdout


def test_a_data_folder_that_cannot_be_used_ends_it_with_one_sentence(house: House) -> None:
    elsewhere = house.feeds / "data"
    ran = house.command("once", LOOKOUT_DATA=str(elsewhere))
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1] == f"cannot make the data folder {elsewhere}: Not a directory"


def test_once_says_that_it_asked_nobody(house: House) -> None:
    house.follows("courier")
    house.press.put("/courier", rss(told("Faces at the gate", link="https://example.org/a")))
    assert "nobody was asked" not in house.command("once").stderr
    assert "No source is due yet: nobody was asked." in house.command("once").stderr


def test_what_a_source_sent_is_exported_as_a_web_archive(house: House) -> None:
    house.follows("courier")
    sent = rss(told("Faces at the gate", link="https://example.org/a"))
    house.press.put("/courier", sent)
    assert house.command("once").returncode == 0
    exporting = [sys.executable, "-m", "bot", "export", "--format", "warc"]
    exported = subprocess.run(exporting, env=house.environment, cwd=house.data, capture_output=True, check=True)
    kept = [
        (record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
        for record in ArchiveIterator(BytesIO(exported.stdout), check_digests="raise")
        if record.rec_type == "response"
    ]
    assert kept == [(f"{house.press.url}/courier", sent)]


def test_once_killed_by_a_site_in_the_middle_tells_the_story_once_all_the_same(house: House) -> None:
    """The one test here with the real model and the real worker processes."""
    text = "Immigration agents use facial recognition on a phone to scan faces in the street. " * 3
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    link = house.press.put("/long", article(text))
    house.press.put("/courier", rss(told("Agents scan faces with a phone app", link=link, at=hour_ago)))
    with house.running("once") as once:
        house.press.heard = lambda path: once.process.kill() if path == "/long" else None
        assert once.ended()[0] == -signal.SIGKILL
    house.press.heard = lambda _path: None
    shutil.rmtree(house.data / "vectors")
    again = house.command("once")
    assert again.returncode == 0
    assert again.stdout.count("Agents scan faces with a phone app") == 1
    assert "Immigration agents use facial recognition" in again.stdout
