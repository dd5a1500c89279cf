"""Strangers' bytes are parsed here: in processes of their own, with limits on CPU and memory, never in the event loop.

    run(read, feed, document) -> pipe -> worker process -> pipe -> Reading, or ReadError

One process works on one document at a time over a pipe of its own, so what one document breaks no other shares.
"""

import asyncio
import logging
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from math import ceil
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from bot import answers
from bot.answers import Failed
from bot.errors import FeedError, ReadError

if sys.platform != "win32":
    import resource

T = TypeVar("T")

_WALL = 4  # times the CPU seconds, before a document that only waits is given up; the machine may be busy
_START = 60  # seconds a process may take to start; on a busy machine it has taken 5
_MOST_ANSWERED = 64 * 2**20  # bytes; a document of 25 MiB answers with its text, at most 200,000 characters
_DOCUMENTS = 2_000  # read by one process before it is renewed: parsers leak


class Workers:
    """Worker processes that read documents; an async context manager.

    `processes` documents are read at once, each with `cpu_seconds` of CPU (rounded up to whole seconds) and
    `memory_bytes` of address space. Where the platform has no such limits (Windows), only the clock holds:
    four times the CPU seconds. A process starts when first needed and is replaced when it dies. All of them die
    with their parent, however that ends: at once, or when their CPU is used up, where C code lets no thread in.
    """

    def __init__(self, *, processes: int, cpu_seconds: float, memory_bytes: int) -> None:
        self._limits = (cpu_seconds, memory_bytes)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="worker")
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._all = {_Worker(*self._limits) for _ in range(processes)}
        for worker in self._all:
            self._idle.put_nowait(worker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all processes, also those at work."""
        for worker in self._all:
            worker.end()
        await asyncio.to_thread(self._threads.shutdown)

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """Return `function(*args)`, called in a worker process; both ways must pickle.

        Raises the FeedError that the function raises, and ReadError "unreadable" where it used up its CPU or memory,
        died, or raised anything else: what breaks a reader is the stranger's document, and must not end Lookout.
        """
        worker = await self._idle.get()
        try:
            loop = asyncio.get_running_loop()
            return cast(T, await loop.run_in_executor(self._threads, worker.answer, function, args))
        except asyncio.CancelledError:
            # Its thread is still waiting for the answer; nobody else may ask this one.
            self._all.remove(worker)
            worker.end()
            worker = _Worker(*self._limits)
            self._all.add(worker)
            raise
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """One process and the pipe to it; asked from one thread at a time."""

    def __init__(self, cpu_seconds: float, memory_bytes: int) -> None:
        self._cpu_seconds = cpu_seconds
        self._memory_bytes = memory_bytes
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._answered = 0
        self._ended = False

    def answer(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Return or raise what the process made of it, as `Workers.run` promises."""
        question = pickle.dumps((function, args))
        try:
            outcome = self._ask(question)
        except (EOFError, OSError) as e:
            raise ReadError("unreadable", self._cause_of_death()) from e
        self._answered += 1
        if self._answered >= _DOCUMENTS:
            self._stop()
        if isinstance(outcome, Failed):
            if outcome.error.reason == "unreadable":
                self._stop()  # a process that ran out of memory is no place for the next document
            raise outcome.error
        return outcome

    def end(self) -> None:
        """Kill the process for good; whoever waits for its answer gets none."""
        self._ended = True
        if self._process is not None:
            self._process.kill()

    def _ask(self, question: bytes) -> Any:
        pipe = self._started()
        pipe.send_bytes(question)
        if not pipe.poll(self._cpu_seconds * _WALL):
            self._stop()
            raise ReadError("unreadable", f"took more than {self._cpu_seconds * _WALL:g} s")
        answer = pipe.recv_bytes(_MOST_ANSWERED)
        try:
            return answers.read(answer)
        except ReadError:
            raise
        except Exception as e:
            raise ReadError("unreadable", f"the reader answered nonsense: {type(e).__name__}") from e

    def _started(self) -> Connection:
        """Return the pipe to a process that waits for a question."""
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        # Spawned, not forked: the parent has threads, and a fork of their locks may never wake.
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, self._cpu_seconds, self._memory_bytes), daemon=True)
        process.start()
        theirs.close()
        self._process, self._answered = process, 0
        if self._ended:  # meanwhile, from the event loop's thread
            process.kill()
        if not self._pipe.poll(_START):
            raise EOFError
        self._pipe.recv_bytes()
        return self._pipe

    def _stop(self) -> None:
        """End this process; the next question starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._process = None

    def _cause_of_death(self) -> str:
        process = self._process
        if process is None:
            return "the reader did not start"
        process.join(1)
        process.kill()
        if sys.platform != "win32" and process.exitcode == -signal.SIGXCPU:
            return f"used more than {self._cpu_seconds:g} s of CPU"
        return f"the reader died (status {process.exitcode})"


def _serve(pipe: Connection, cpu_seconds: float, memory_bytes: int) -> None:
    """Answer questions until the parent hangs up: the whole life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    threading.Thread(target=_die_with_parent, daemon=True).start()
    # numpy's threads would reserve more address space than we may have; Tesseract's, started here, only wait.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMP_THREAD_LIMIT="1")
    logging.disable()  # a parser's complaints about a stranger's document are no news
    warnings.simplefilter("ignore")
    _limit_memory(memory_bytes)
    pipe.send_bytes(b"ready")
    with suppress(EOFError, OSError):
        while True:
            pipe.send_bytes(_outcome(pipe.recv_bytes(), cpu_seconds))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _limit_memory(most: int) -> None:
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # used-up CPU would leave a core file


def _limit_cpu(seconds: float | None) -> None:
    """Let this process use so much more CPU before the kernel ends it; None: as much as it likes."""
    if sys.platform != "win32":
        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        soft = hard if seconds is None else ceil(used.ru_utime + used.ru_stime + seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _outcome(question: bytes, cpu_seconds: float) -> bytes:
    """Return what the function returns or how it failed, pickled: that, too, costs CPU and memory and is limited."""
    _limit_cpu(cpu_seconds)
    try:
        function, args = pickle.loads(question)  # noqa: S301 (written by our own parent)
        return answers.written(function(*args))
    except FeedError as e:
        return answers.written(Failed(e))
    except MemoryError:
        return answers.written(Failed(ReadError("unreadable", "ran out of memory")))
    except Exception as e:  # whatever a parser raises on bytes made to break it
        where = traceback.extract_tb(e.__traceback__)[-1]
        detail = f"{type(e).__name__} in {Path(where.filename).name}:{where.lineno}: {str(e)[:200]!a}"
        return answers.written(Failed(ReadError("unreadable", detail)))
    finally:
        _limit_cpu(None)
