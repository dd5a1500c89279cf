"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.matching import Embedder
from tests.driving import Driver, driving

# Read where torch is imported. The tests run two at a time on two cores: more threads only wait for each other, which
# took a fifth of all CPU.
os.environ.setdefault("OMP_NUM_THREADS", "1")

LONGEST = (
    *("test_killed", "test_app", "test_killed_mail", "test_command_line", "test_killed_chats", "test_chats"),
    *("test_browser", "test_hostile_documents", "test_real_evidence", "test_real_pages", "test_attacks"),
    *("test_site_runs", "test_real_input", "test_demo", "test_discord", "test_reading", "test_real_documents"),
)
"""The files that take longest, the longest first."""

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest begin first, so that all workers end at the same time."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the checkout; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, the folder of real releases, feeds and labelled sets, which is not here")
    return SHARED


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model, which takes 5 s to load, once for all tests."""
    return Embedder()


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """What kills a task at a moment; its imports take 2 s."""
    with driving() as driver:
        yield driver
