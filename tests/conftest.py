"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from bot.matching import Embedder

# Read where torch is imported. The tests run two at a time on two cores: more threads only wait for each other, which
# took a fifth of all CPU.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).parents[2] / "shared"


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
