"""What a document breaks in a worker process, no other document and no parent feels."""

import asyncio
import copy
import importlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import answers, feeds
from bot.errors import FeedError, FetchError, ReadError
from bot.records import Document, Entry, Feed, Further, Reading
from bot.workers import Workers

MEMORY = 1 << 30
FOREVER = range(10**12)


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with Workers(processes=2, cpu_seconds=1, memory_bytes=MEMORY) as running:
        yield running


async def died(workers: Workers) -> str:
    """Return what is said of a function that kills its process."""
    with pytest.raises(ReadError) as caught:
        await workers.run(os.abort)
    return caught.value.detail


async def test_a_result_comes_back(workers: Workers) -> None:
    assert await workers.run(divmod, 7, 2) == (3, 1)
    assert await workers.run(os.getpid) != os.getpid()


async def test_a_feed_error_comes_back_as_itself(workers: Workers) -> None:
    feed = Feed(id="f", name="F", kind="rss", url="https://x.gov/", category="dhs", every=timedelta(hours=1))
    page = Document(url="https://x.gov/", body=b"<html><title>Gone</title>", fetched=datetime(2026, 8, 7, tzinfo=UTC))
    with pytest.raises(ReadError) as caught:
        await workers.run(feeds.read, feed, page)
    assert (caught.value.reason, caught.value.detail) == ("not a feed", 'an HTML page, "Gone"')


async def test_a_document_that_burns_cpu_is_given_up(workers: Workers) -> None:
    with pytest.raises(ReadError) as caught:
        await workers.run(sum, FOREVER)
    # On a busy machine its clock may run out before its CPU.
    given_up = ("used more than 1 s of CPU", "took more than 4 s")
    assert caught.value.reason == "unreadable"
    assert caught.value.detail in given_up


async def test_cpu_is_counted_for_each_document_alone() -> None:
    async with Workers(processes=1, cpu_seconds=1, memory_bytes=MEMORY) as one:
        pids = {await one.run(_half_a_second_of_cpu) for _ in range(4)}
    assert len(pids) == 1


async def test_a_document_that_fills_the_memory_is_given_up(workers: Workers) -> None:
    with pytest.raises(ReadError) as caught:
        await workers.run(bytearray, 2 * MEMORY)
    assert (caught.value.reason, caught.value.detail) == ("unreadable", "ran out of memory")


async def test_a_reader_that_dies_is_reported_and_replaced(workers: Workers) -> None:
    assert await died(workers) == f"the reader died (status {-signal.SIGABRT})"
    assert await workers.run(abs, -1) == 1


async def test_a_reader_that_only_waits_is_given_up() -> None:
    async with Workers(processes=1, cpu_seconds=0.05, memory_bytes=MEMORY) as impatient:
        with pytest.raises(ReadError, match="took more than"):
            await impatient.run(signal.pause)


async def test_any_other_failure_of_a_reader_is_the_documents(workers: Workers) -> None:
    with pytest.raises(ReadError, match=r"unreadable: ValueError in workers\.py"):
        await workers.run(int, "no number")


async def test_the_others_go_on_while_one_breaks(workers: Workers) -> None:
    asked = (workers.run(sum, FOREVER), *(workers.run(abs, -n) for n in range(20)), workers.run(os.abort))
    told: list[object] = list(await asyncio.gather(*asked, return_exceptions=True))
    burnt, *others, aborted = told
    assert others == list(range(20))
    assert isinstance(burnt, ReadError)
    assert isinstance(aborted, ReadError)


async def test_a_process_killed_while_idle_is_replaced() -> None:
    async with Workers(processes=1, cpu_seconds=1, memory_bytes=MEMORY) as one:
        pid = await one.run(os.getpid)
        [process] = multiprocessing.active_children()  # asked before: it leaves out who has just died
        os.kill(pid, signal.SIGKILL)
        process.join()
        assert await one.run(os.getpid) != pid


async def test_a_question_nobody_waits_for_frees_its_process() -> None:
    async with Workers(processes=1, cpu_seconds=60, memory_bytes=MEMORY) as one:
        asked = asyncio.ensure_future(one.run(sum, FOREVER))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert await one.run(abs, -1) == 1


async def test_interrupts_are_the_parents(workers: Workers) -> None:
    assert await workers.run(interrupts_are_ignored)


def interrupts_are_ignored() -> bool:
    return signal.getsignal(signal.SIGINT) == signal.SIG_IGN


class Calling:
    """What a reader that was taken over might answer: to read it is to call something."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._call = (function, args)

    def __reduce__(self) -> Any:
        return self._call


@pytest.mark.parametrize("calls", ["os.mkdir", "bot.workers.Path", "bot.store.open_store"])
async def test_an_answer_that_calls_something_is_refused(workers: Workers, tmp_path: Path, calls: str) -> None:
    made = tmp_path / "made"
    with pytest.raises(ReadError, match=r"unreadable: the reader answered with .*, which is no record"):
        await workers.run(answering, calls, made)
    assert not made.exists()
    assert await workers.run(abs, -1) == 1


@pytest.mark.parametrize(
    "written",
    [
        b"cbot.records.documents\nFurther\nN}X\x05\x00\x00\x00titleX\x01\x00\x00\x00xs\x86b.",
        b"cbot.errors\nFeedError\nN}X\x06\x00\x00\x00lastingI01\ns\x86b.",
        b"cbot.answers\n_record\n(X\x15\x00\x00\x00bot.records.documentsX\x07\x00\x00\x00Further}X\x01\x00\x00\x00xI1\nstR.",
    ],
)
async def test_an_answer_changes_none_of_our_classes(written: bytes) -> None:
    before = [dict(vars(one)) for one in (Further, FeedError)]
    async with Workers(processes=1, cpu_seconds=1, memory_bytes=MEMORY) as one:
        await one.run(taken_over, written)
        with pytest.raises(ReadError, match=r"which is no record|nonsense"):
            await one.run(abs, -1)
    assert [dict(vars(one)) for one in (Further, FeedError)] == before


def taken_over(written: bytes) -> None:
    def answered(*_: Any) -> bytes:
        return written

    setattr(answers, "written", answered)  # noqa: B010 - of a module


async def test_records_and_errors_come_back_as_they_were(workers: Workers) -> None:
    at = datetime(2026, 4, 10, tzinfo=UTC)
    entry = Entry(title="Faces", published=at, further=Further(url="u", page="p", title="t", mark="m"))
    reading = Reading(entries=(entry,), next_page="n")
    assert await workers.run(copy.copy, reading) == reading
    error = FetchError("blocked", "a wall", retry_after=at, lasting=True)
    with pytest.raises(FetchError, match="blocked: a wall") as caught:
        await workers.run(failing, error)
    assert (caught.value.retry_after, caught.value.lasting) == (at, True)


def failing(error: FeedError) -> None:
    raise error


def answering(calls: str, made: Path) -> Any:
    module, _, name = calls.rpartition(".")
    return Calling(getattr(importlib.import_module(module), name), made)


@pytest.mark.parametrize("then", ["0", "any(n < 0 for n in range(10**12))"])
def test_workers_die_with_a_parent_that_was_killed(then: str) -> None:
    program = f"""
import asyncio
from bot.workers import Workers

async def main():
    workers = Workers(processes=1, cpu_seconds=600, memory_bytes={MEMORY})
    await workers.run(eval, "print('started', flush=True) or {then}")
    await asyncio.Event().wait()

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "started\n"
        parent.kill()
        # A worker inherits its parent's stdout: its end comes when the last process that holds it has died.
        parent.communicate(timeout=60)


def _half_a_second_of_cpu() -> int:
    begun = time.process_time()
    while time.process_time() < begun + 0.5:
        pass
    return os.getpid()
