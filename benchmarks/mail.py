"""How long 2,000 people wait for one digest by mail: `python -m benchmarks.mail [people] [stories]`.

A real SMTP server in a process of its own takes the mails, over TLS as a server elsewhere would want it; everybody is
told the same news at once, over one connection.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import replace
from email.headerregistry import Address
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog

from bot import pipeline
from bot.links import Links
from bot.outputs.email import Email, Smtp
from tests.chats import Chat, a_channel, chatting, titles
from tests.mail_server import MailServer


def mail_server(wire: Connection) -> None:
    """Serve until told to stop, then tell how many mails came, and over how many connections."""
    with MailServer(tls="required") as server:
        wire.send({"host": server.host, "port": server.port, "ca_file": str(server.ca_file)})
        wire.recv()
        sizes = [len(message.raw) for message in server.messages]
        wire.send({"sizes": sizes, "connections": server.connections, "violations": server.violations})


async def told(said: dict[str, Any], people: int, stories: int) -> tuple[float, float]:
    """Tell everybody the same news; return how long composing took, and sending."""
    sender = Address("Lookout", addr_spec="lookout@example.net")
    smtp = Smtp(host=said["host"], port=said["port"], sender=sender, ca_file=Path(said["ca_file"]))
    email = Email(smtp, Links("https://lookout.example", "a secret"))
    with tempfile.TemporaryDirectory() as folder:
        async with chatting(Path(folder), lambda _: email, email.reached) as chat:
            return await _told(chat, people, stories)


async def _told(chat: Chat, people: int, stories: int) -> tuple[float, float]:
    for number in range(people):
        address = f"reader-{number}@example.org"
        await chat.subscribed(replace(a_channel("email", address, place="direct"), handle=address))
    await chat.news(*titles(stories))
    begin = time.perf_counter()
    await chat.composed()
    composed = time.perf_counter()
    await pipeline.deliver(chat.parts)
    return composed - begin, time.perf_counter() - composed


def main() -> None:
    """Measure, and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    people, stories = (int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, 2_000), (2, 5)))
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=mail_server, args=(theirs,))
    server.start()
    composing, sending = asyncio.run(told(ours.recv(), people, stories))
    ours.send("stop")
    found = ours.recv()
    server.join()
    assert len(found["sizes"]) == people, "somebody got nothing, or something twice"
    assert found["violations"] == []
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{people} people, {stories} stories, {sum(found['sizes']) / people / 1024:.0f} KiB a mail: "
        f"composed in {composing:.1f} s; sent in {sending:.1f} s, {people / sending:.0f} a second, "
        f"over {found['connections']} connection(s); {memory:.0f} MB"
    )


if __name__ == "__main__":
    main()
