"""What tests/driving.py drives: `once`, an import and more in child processes that kill themselves at a given moment.

    python -m tests.killed   ->  for each line {"task", "folder", "at"} on stdin, one line: how many moments passed

A moment is a statement or commit about to reach the database, or a delivery about to be asked for, about to be made or
just made. At moment 0 nothing is killed. Children are forked, so that only this process pays for the imports.
"""

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import structlog
from sqlalchemy import event

from bot import app, commands, filling, importing, outputs, pipeline
from bot.desk import Desk
from bot.links import Links
from bot.outputs import Output
from bot.outputs.email import Email, Smtp
from bot.outputs.webhook import Webhook
from bot.parts import Parts
from bot.records import Delivery, Digest, Feed, Item, Subscriber, Verdict
from tests import chats, newsroom
from tests.store import samples


@dataclass
class Fate:
    """Counts moments, and kills this process at one of them."""

    at: int
    passed: int = 0

    def moment(self, *_: object) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Doomed:
    """An output around which death lurks."""

    output: Output
    fate: Fate
    ready: bool = True

    @property
    def at_once(self) -> int:
        return self.output.at_once

    @property
    def longest(self) -> int:
        return self.output.longest

    @property
    def letters_first(self) -> bool:
        return self.output.letters_first

    def parts(self, digest: Digest, reader: Subscriber, key: str) -> Sequence[Mapping[str, Any]]:
        return self.output.parts(digest, reader, key)

    async def has(self, delivery: Delivery) -> str | None:
        self.fate.moment()
        return await self.output.has(delivery)

    async def send(self, delivery: Delivery) -> str:
        self.fate.moment()
        ref = await self.output.send(delivery)
        self.fate.moment()
        return ref


def doomed(parts: Parts, fate: Fate) -> Parts:
    for engine in (parts.store.engine.sync_engine, parts.store.direct):
        for name in ("before_cursor_execute", "commit"):
            event.listen(engine, name, fate.moment)
    return replace(parts, outputs={name: Doomed(output, fate) for name, output in parts.outputs.items()})


async def once(folder: Path, fate: Fate, said: dict[str, Any]) -> None:
    """One watch and one report, to a folder and to a terminal that is a file."""
    now = datetime.fromisoformat(said["now"])
    with (folder / "terminal.txt").open("a", encoding="utf-8") as terminal:
        feeds = [_feed(one) for one in said["feeds"]]
        async with newsroom.parts(folder, feeds, lambda: now, stream=terminal) as parts:
            readers = [
                newsroom.reader(folder),
                newsroom.reader(folder, id="console", medium="console", address=""),
            ]
            await app.both_strokes(doomed(parts, fate), readers, lambda _: None, lambda _: None)


def _feed(said: dict[str, Any]) -> Feed:
    return Feed(**(said | {"every": timedelta(seconds=said["every"])}))


async def tell(folder: Path, fate: Fate, said: dict[str, Any]) -> None:
    """Compose what a channel of a chat is to be told, and send it; every request over HTTP is a moment too.

    What fails, for the server loses answers, is tried again an hour later.
    """
    time = newsroom.Time(datetime.fromisoformat(said["now"]))
    medium = said["medium"]
    with _pointed(said):
        async with newsroom.parts(folder, [], time) as parts:
            door = _door(said, chats.a_desk(parts, time))
            running = asyncio.create_task(door.run())
            reached = asyncio.create_task(door.reached())
            await asyncio.wait([running, reached], return_when=asyncio.FIRST_COMPLETED)
            _count_requests(fate)
            parts = doomed(replace(parts, outputs={medium: door}), fate)
            readers = [one for one in await parts.store.subscribers.all() if not one.gone]
            await pipeline.report(parts, readers)
            while await parts.store.reports.waiting():
                await pipeline.deliver(parts)
                time.passes(hours=1)
            fate.at = 0
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def _pointed(said: dict[str, Any]) -> AbstractContextManager[object]:
    if said["medium"] in ("email", "webhook"):
        return nullcontext()
    return (
        chats.discord_at(said["api"], said["gateway"]) if said["medium"] == "discord" else chats.slack_at(said["api"])
    )


def _door(said: dict[str, Any], desk: Desk) -> outputs.Door:
    if said["medium"] == "email":
        sender = Address("Lookout", addr_spec="lookout@example.net")
        smtp = Smtp(host=said["host"], port=said["port"], sender=sender, tls="none")
        return Email(smtp, Links("https://lookout.example", "a secret"))
    if said["medium"] == "webhook":  # which is verified by the time of day
        return Webhook(said["secret"], allow_private=True, clock=lambda: datetime.now(UTC))
    if said["medium"] == "discord":
        return outputs.discord_door(said["token"], desk)
    return outputs.slack_door(said["token"], desk, app_token=said["app_token"])


def _count_requests(fate: Fate) -> None:
    asking: Any = aiohttp.ClientSession._request

    async def asked(self: aiohttp.ClientSession, *args: Any, **kwargs: Any) -> Any:
        fate.moment()
        answer = await asking(self, *args, **kwargs)
        fate.moment()
        return answer

    aiohttp.ClientSession._request = asked  # type: ignore[method-assign]  # in a child that is soon gone


async def import_(folder: Path, fate: Fate, said: dict[str, Any]) -> None:
    async with newsroom.parts(folder, [], lambda: newsroom.START) as parts:
        await importing.import_file(doomed(parts, fate), Path(said["file"]), None, lambda *_: None)


async def reembed(folder: Path, fate: Fate, said: dict[str, Any]) -> None:
    async with newsroom.parts(folder, [], lambda: newsroom.START) as parts:
        embedder = newsroom.Bags(said["model"], said["dimensions"])
        await filling.reembed(doomed(parts, fate).store, embedder, asyncio.Lock(), lambda *_: None)


async def label(folder: Path, fate: Fate, _said: dict[str, Any]) -> None:
    """Label two items, change one's mind, and put a head in force that flags the first and not the second."""
    async with newsroom.parts(folder, [], lambda: newsroom.START) as parts:
        faces, flowers = samples.an_item("faces"), samples.an_item("flowers", text="A text on flowers.")
        await parts.store.remember([samples.polled(samples.seen(faces), samples.seen(flowers))])
        store = doomed(parts, fate).store
        given: tuple[tuple[Item, Verdict], ...] = (
            (faces, "wrong topic"),
            (flowers, "relevant"),
            (faces, "not relevant"),
        )
        for item, verdict in given:
            await commands.label(store, item.id, "faces", verdict, community="club", by="ann", now=newsroom.START)
        matches = [next(m for m in samples.seen(i).matches if m.topic_id == "faces") for i in (faces, flowers)]
        said = [replace(match, probability=1 - match.probability) for match in matches]
        await store.feedback.put_in_force(samples.a_head(), said)


WORK = {"once": once, "tell": tell, "import": import_, "reembed": reembed, "label": label}


def child(task: dict[str, Any], folder: Path, at: int) -> int:
    """Live, and perhaps die, in a process of its own; return how many moments passed, 0 for one that was killed."""
    theirs, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        fate = Fate(at)
        asyncio.run(WORK[task["do"]](folder, fate, task))
        os.write(ours, str(fate.passed).encode())
        os._exit(0)
    os.close(ours)
    with os.fdopen(theirs) as told:
        passed = told.read()
    _, status = os.waitpid(pid, 0)
    died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not died and not passed:
        raise SystemExit(f"the child failed, status {status}")
    return 0 if died else int(passed)


def _rehearsed(task: dict[str, Any], known: set[str]) -> None:
    """Do what is new once in this process, so that no child has to import or compile anything; not what is seen."""
    if task["do"] in known or task["do"] == "tell":
        return
    known.add(task["do"])
    with TemporaryDirectory() as folder:
        asyncio.run(WORK[task["do"]](Path(folder), Fate(0), task))


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    importing.BATCH = filling.AT_ONCE = 8  # so that a small file has many
    known: set[str] = set()
    for line in sys.stdin:
        order = json.loads(line)
        _rehearsed(order["task"], known)
        gc.freeze()  # a child that looks through our objects for garbage would have to copy them all
        print(child(order["task"], Path(order["folder"]), order["at"]), flush=True)


if __name__ == "__main__":
    main()
