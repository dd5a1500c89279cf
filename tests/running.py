"""A command of ours in a process of its own, heard line by line: a test waits for what it says and burns no CPU."""

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

GIVE_UP = 120
"""Seconds after which it is killed, so that what waits for it fails. No test that works takes so long."""


class Running:
    """A command under way. Its log is its stderr, or where that goes to stdout, both."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        said = process.stdout if process.stderr is None else process.stderr
        assert said is not None
        self.process = process
        self._log = said
        self._heard: list[str] = []

    def says(self, words: str) -> str:
        """Return the next line of its log with these words."""
        for line in self._log:
            self._heard.append(line)
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}: {''.join(self._heard)}")

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return its status and all it has said in its log."""
        self._heard += self._log
        return self.process.wait(), "".join(self._heard)

    def stopped(self, how: signal.Signals) -> tuple[int, str]:
        """Send it this signal; return as `ended` does."""
        self.process.send_signal(how)
        return self.ended()


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, *, errors: int = subprocess.STDOUT
) -> Iterator[Running]:
    """Python with these arguments; killed with the context, if it has not ended. `errors`: where stderr goes."""
    with subprocess.Popen(
        [sys.executable, *command], env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True
    ) as process:
        hung = Timer(GIVE_UP, process.kill)
        hung.start()
        try:
            yield Running(process)
        finally:
            hung.cancel()
            process.kill()
