"""The driver of tests/killed.py in its own process, for tests that kill a task at a moment: one for a whole run."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class Driver:
    """Does tasks, each in a process of its own, which dies at the moment that it is given."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def doing(self, task: Mapping[str, Any]) -> "Doing":
        return Doing(self, task)

    def passed(self, task: Mapping[str, Any], folder: Path, kill_at: int) -> int:
        """Return how many moments there were; 0 if it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"task": task, "folder": str(folder), "at": kill_at}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        told = self._process.stdout.readline()
        assert told, "the driver died"
        return int(told)


class Doing:
    """One task for the driver."""

    def __init__(self, driver: Driver, task: Mapping[str, Any]) -> None:
        self._driver = driver
        self._task = task

    def passed(self, folder: Path, kill_at: int = 0) -> int:
        """Do it in this folder; return how many moments there were, 0 if it was killed."""
        return self._driver.passed(self._task, folder, kill_at)


@contextmanager
def driving() -> Iterator[Driver]:
    command = [sys.executable, "-m", "tests.killed"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Driver(process)
