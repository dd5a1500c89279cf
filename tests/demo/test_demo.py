"""What a newcomer sees who types `lookout demo` on a machine where nothing of theirs exists."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo import WHAT_NEXT, show

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shown:
    """What the command printed, and the home folder it ran in."""

    status: int
    printed: str
    errors: str
    home: Path

    @property
    def digest(self) -> str:
        return unwrapped(self.printed)

    def story(self, title: str) -> str:
        """Return what is told of the story with this in its title, up to the next story or section."""
        told = re.split(r"\n(?=\d+\.  |[A-Z ]+ \(\d+\)\n|Could not read)", self.printed)
        return next(text for piece in told if title in (text := unwrapped(piece)))


def unwrapped(text: str) -> str:
    """Return the text on one line, without the marks of quoted lines: no test depends on where a line ends."""
    return " ".join(re.sub(r"^ *> ", "", text, flags=re.MULTILINE).split())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    home = tmp_path_factory.mktemp("home")
    (home / "tmp").mkdir()
    # Without LOOKOUT_ variables, tokens, proxies or a hub: nothing but what every shell has.
    bare = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "bot", "demo"], cwd=home, env=bare, capture_output=True, text=True)
    return Shown(status=done.returncode, printed=done.stdout, errors=done.stderr, home=home)


def test_it_ends_well_and_says_what_to_type_next(shown: Shown) -> None:
    assert (shown.status, shown.errors.strip()) == (0, "")
    assert shown.printed.endswith(f"\n{WHAT_NEXT}\n")
    for command in ("lookout check", "lookout once", "lookout run"):
        assert command in shown.printed


def test_every_matching_story_is_told_once(shown: Shown) -> None:
    assert "6 stories" in shown.digest
    for title in (
        "SAMPLE: Sens. Sample, Muster Urge ICE to Stop Using Facial Recognition App Mobile Fortify",
        "SAMPLE: ICE Officers Arrest 31 in Invented County, Prepare Removal Flights",
        "SAMPLE: Sheriffs of Three Counties Sign 287(g) Agreements",
        "Chief defends face recognition search that led to wrong arrest",
        "immigrants arrested at courthouse after their hearings, court watchers report",
        "SAMPLE: Report finds delays of medical care at two ICE detention centers",
    ):
        assert shown.digest.count(title) == 1


def test_near_misses_and_other_news_are_not_told(shown: Shown) -> None:
    for word in ("glance", "Ruritania", "Pumpkin", "Methamphetamine", "Storm", "Cutter", "Broadband", "bridge"):
        assert word not in shown.printed


def test_the_letter_stands_first_with_its_subject_and_who_else_has_it(shown: Shown) -> None:
    letter = shown.story("SAMPLE: Sens. Sample, Muster Urge ICE")
    assert shown.printed.index("Sens. Sample") < shown.printed.index("The SAMPLE Courier")
    assert "SAMPLE Senator's office (Congress)" in letter
    assert "also on 2: SAMPLE Rights Network, The SAMPLE Courier" in letter
    assert "% Facial recognition" in letter
    assert "Immigration enforcement" in letter
    assert "subjects: Mobile Fortify" in letter


def test_named_programmes_are_listed(shown: Shown) -> None:
    assert "subjects: 287(g) agreements" in shown.story("SAMPLE: Sheriffs of Three Counties")
    assert "subjects: Mobile Fortify" in shown.story("SAMPLE: Sens. Sample, Muster Urge ICE")


def test_what_a_story_says_comes_from_its_own_page_where_the_feed_has_a_teaser(shown: Shown) -> None:
    assert "commercial face search engine" in shown.story("Chief defends face recognition search")


def test_what_could_not_be_read_is_said_with_its_reason(shown: Shown) -> None:
    assert "Could not read 1 of 6 sources" in shown.digest
    assert "not a feed, never read so far: The SAMPLE Herald" in shown.digest


def test_hostile_titles_reach_no_terminal(shown: Shown) -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown.printed)


def test_nothing_is_left_behind(shown: Shown) -> None:
    left = {path.relative_to(shown.home).as_posix() for path in shown.home.rglob("*")}
    # torch makes itself an empty folder when it is imported
    assert {path for path in left if not path.startswith("tmp/torchinductor_")} == {"tmp"}


def test_ctrl_c_ends_it_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # A shell starts what it puts in the background with Ctrl-C ignored, the tests in CI too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with pytest.raises(KeyboardInterrupt):
        show("UTC", starting=lambda _: signal.raise_signal(signal.SIGINT), polled=lambda _: None)
    assert not list(tmp_path.glob("lookout-*"))
