"""The web site on loopback for the tests: the real application behind the real server, over the newsroom's parts."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.headerregistry import Address
from pathlib import Path
from typing import Any, Self
from weakref import WeakKeyDictionary

import httpx
from argon2 import PasswordHasher
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import pipeline, web
from bot.desk import Knowledge
from bot.links import Links
from bot.outputs.email import Email, Smtp
from bot.parts import Parts
from bot.records import Item, Subject
from bot.web.operators import Operators
from tests import newsroom
from tests.mail_server import MailServer, Message
from tests.newsroom import Asked, Press, Time, Told, rss

SECRET = "a secret of the tests, long enough"

PASSWORD = "open sesame"

HASHED = PasswordHasher(time_cost=1, memory_cost=1_024, parallelism=1).hash(PASSWORD)
"""As in the settings, but quick to compare: a test's password is no secret."""


@dataclass
class House:
    """A served site: `get` and `post` as a browser without a memory; `parts` and `time` are those of the newsroom."""

    url: str
    parts: Parts
    time: Time
    press: Press
    links: Links
    client: httpx.AsyncClient
    site: web.Site = field(repr=False)
    mail: MailServer

    async def get(self, address: str, /, **said: Any) -> httpx.Response:
        return await self.client.get(address, **said)

    async def post(self, address: str, /, **fields: Any) -> httpx.Response:
        return await self.client.post(address, data=fields)

    async def publish(self, *entries: Told, feed: str = "courier") -> list[Item]:
        """Let a source show these entries, and poll it."""
        self.press.put(f"/{feed}", rss(*entries))
        watched = next(one for one in self.parts.watchlist.feeds if one.id == feed)
        return await pipeline.watch(self.parts, [watched])

    def mailbox(self, address: str) -> list[Message]:
        return self.mail.mailbox(address)

    async def tell(self) -> None:
        """Compose what is due to everybody, and deliver it."""
        await pipeline.report(self.parts, await self.parts.store.subscribers.all())
        await pipeline.deliver(self.parts)


class Server:
    """The real server on loopback, and the application that it serves now."""

    def __init__(self) -> None:
        self.url = ""
        self.application: ASGIApp
        self.task: asyncio.Task[None]

    async def started(self) -> Self:
        ports = asyncio.Queue[int]()
        self.task = asyncio.create_task(web.serving(self, "127.0.0.1", 0, ports.put_nowait))
        self.url = f"http://127.0.0.1:{await ports.get()}"
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.application(scope, receive, send)


_servers: WeakKeyDictionary[asyncio.AbstractEventLoop, Server] = WeakKeyDictionary()


async def _server() -> Server:
    """Return the server of this loop, that of all tests of a file, with which it ends: it takes a while to stop."""
    loop = asyncio.get_running_loop()
    if loop not in _servers:
        _servers[loop] = await Server().started()
    return _servers[loop]


def smtp(server: MailServer, **said: Any) -> Smtp:
    sender = Address("Lookout", addr_spec="lookout@example.net")
    return Smtp(**{"host": server.host, "port": server.port, "sender": sender, "tls": "none", **said})


@asynccontextmanager
async def served(
    data: Path,
    *,
    mail: MailServer | None = None,
    operators: Mapping[str, str] | None = None,
    feeds: Mapping[str, Mapping[str, Any]] | None = None,
    subjects: tuple[Subject, ...] = (Subject(id="sample-app", name="Sample App", aliases=("Sample App",)),),
) -> AsyncIterator[House]:
    """A site whose sources are `feeds`, by id with what is said of each; mails go to `mail`. One at a time."""
    time = Time()
    usual: dict[str, Mapping[str, Any]] = {
        "courier": {},
        "senate": {"category": "congress", "name": "Sen. Ann Muster"},
    }
    newsroom.an_empty_database(data)
    async with AsyncExitStack() as stack:
        press = stack.enter_context(newsroom.press())
        made = [replace(newsroom.feed(press, name), **said) for name, said in (feeds or usual).items()]
        parts = await stack.enter_async_context(newsroom.parts(data, made, time))
        parts = replace(parts, watchlist=replace(parts.watchlist, subjects=subjects))
        server = await _server()
        links = Links(server.url, SECRET)
        if mail is not None:
            email = Email(smtp(mail), links)
            running = asyncio.create_task(email.run())
            stack.push_async_callback(_stopped, running)
            await email.reached()
            parts = replace(parts, outputs={**parts.outputs, "email": email})
        site = web.Site(
            knows=Knowledge(
                store=parts.store,
                watchlist=lambda: parts.watchlist,
                clock=time,
                zone="America/New_York",
                questions=Asked(parts.embedder),
                closely=lambda item: parts.matcher.match([item])[item.id][0],
            ),
            links=links,
            operators=Operators({"ann": HASHED} if operators is None else operators, SECRET),
            webhook_secret=lambda address: f"whsec_of_{len(address)}",
            mails=mail is not None,
            allow_private=True,
        )
        server.application = web.application(site)
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url))
        yield House(server.url, parts, time, press, links, client, site, mail or MailServer())


async def _stopped(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def filled(house: House) -> list[Item]:
    """Publish a letter with a deadline, a report, and something that is about nothing; return them."""
    letter = newsroom.told(
        "Muster leads letter demanding answers on faces",
        link=f"{house.press.url}/senate/letter",
        text="Senator Muster wrote to the agency about faces. She asks for a response by April 24, 2026.\n\nMore.",
    )
    report = newsroom.told(
        "Sample App scans faces at <script>alert(1)</script> borders & more",
        link=f"{house.press.url}/courier/report",
        text="A report on faces at the border, and on faces elsewhere.",
        at=newsroom.START - timedelta(hours=2),
    )
    other = newsroom.told("A sample on gardens", link=f"{house.press.url}/courier/gardens", text="Only flowers.")
    return [*await house.publish(letter, feed="senate"), *await house.publish(report, other)]
