"""What fetching costs: `python benchmarks/fetching.py [--tls] [--rounds 5] [--hung 0.05] [--at-once 64]`.

1,200 feeds of 81 KB on 600 names, all of a server on loopback (a process of its own), asked by one Fetcher with guard,
caps and turns, but without pauses. Milliseconds of this process's CPU for each document: all new, then all unchanged
(304); medians of the rounds. With `--hung`, a share of the hosts takes the request and says nothing: when the others'
documents were there, from the first request, in seconds.

PYTHONPATH chooses whose `bot` is measured.
"""

import argparse
import asyncio
import multiprocessing
import random
import resource
import ssl
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import certifi
import trustme

from bot.errors import FetchError
from bot.fetch import Fetcher, Limits

HOSTS = 600
FEEDS_PER_HOST = 2
BODY = 81_000
SEED = 5


def serve(wire: Connection, certificate: str | None) -> None:
    """Answer on loopback until killed: 200 with a body, 304 to any validator, and nothing below /hung."""
    asyncio.run(_served(wire, certificate))


async def _served(wire: Connection, certificate: str | None) -> None:
    draw = random.Random(SEED)  # noqa: S311  # the same body in every run
    body = bytes(draw.choices(b"<item>abcdefghij </item>\n", k=BODY))
    new = b'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nETag: "a"\r\nContent-Length: %d\r\n\r\n%b' % (BODY, body)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if head.startswith(b"get /hung"):
                await reader.read()
            else:
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n' if b"if-none-match" in head else new)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context, backlog=1_024)
    wire.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def loopback(_host: str, _port: int) -> Sequence[str]:
    """Return where every name leads here."""
    return ["127.0.0.1"]


def fetcher(at_once: int) -> Fetcher:
    """Return a fetcher as `lookout run` has it, but for the pauses."""
    limits = Limits(allow_private=True, gap=timedelta(), at_once=at_once)
    return Fetcher(contact="x", clock=lambda: datetime.now(UTC), limits=limits, resolve=loopback)


async def cost(addresses: Sequence[str], etag: str | None, at_once: int) -> float:
    """Return the CPU that one document took, in milliseconds."""
    async with fetcher(at_once) as opened:
        await opened.document(addresses[0])
        before = time.process_time()
        await asyncio.gather(*(opened.document(address, etag=etag) for address in addresses[1:]))
        return (time.process_time() - before) * 1_000 / (len(addresses) - 1)


async def waits(addresses: Sequence[str], at_once: int) -> list[float]:
    """Return after how long each document was there, in seconds, soonest first; those that never were are left out."""
    began = time.monotonic()

    async def one(opened: Fetcher, address: str) -> float | None:
        try:
            await opened.document(address)
        except FetchError:
            return None
        return time.monotonic() - began

    async with fetcher(at_once) as opened:
        took = await asyncio.gather(*(one(opened, address) for address in addresses))
    return sorted(each for each in took if each is not None)


def addresses(base: str, hung: float) -> list[str]:
    """Return the feeds' addresses, in the order in which they are due."""
    draw = random.Random(SEED)  # noqa: S311  # the same in every run
    silent = set(draw.sample(range(HOSTS), round(HOSTS * hung)))
    every = [
        f"{base.format(host=f'news{host}.sample.example')}/{'hung' if host in silent else 'feed'}/{feed}"
        for host in range(HOSTS)
        for feed in range(FEEDS_PER_HOST)
    ]
    draw.shuffle(every)
    return every


def measure(base: str, asked: argparse.Namespace) -> None:
    """Print the figures."""
    if asked.hung:
        took = asyncio.run(waits(addresses(base, asked.hung), asked.at_once))
        points = ", ".join(
            f"{share:.0%} after {took[int(share * len(took)) - 1]:.1f} s" for share in (0.5, 0.9, 0.99, 1)
        )
        print(f"{asked.hung:.0%} of the hosts hung, {asked.at_once} at once: {len(took)} documents, {points}")
        return
    for name, etag in (("new", None), ("unchanged", '"a"')):
        rounds = [asyncio.run(cost(addresses(base, 0), etag, asked.at_once)) for _ in range(asked.rounds)]
        told = " ".join(f"{each:.2f}" for each in rounds)
        print(f"{name}: {statistics.median(rounds):.2f} ms of CPU a document ({told})")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def main() -> None:
    """Start the server, measure, and stop it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hung", type=float, default=0)
    parser.add_argument("--at-once", type=int, default=Limits().at_once)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(Path(folder)) if asked.tls else None
        here, there = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(there, certificate), daemon=True)
        server.start()
        try:
            measure(f"http{'s' if asked.tls else ''}://{{host}}:{here.recv()}", asked)
        finally:
            server.kill()


def _certificate(folder: Path) -> str:
    """Make a firm that this process trusts, and return the file of its certificate for every name here."""
    firm = trustme.CA()
    firm.cert_pem.write_to_path(folder / "firm.pem")
    certifi.where = lambda: str(folder / "firm.pem")
    firm.issue_cert("*.sample.example").private_key_and_cert_chain_pem.write_to_path(folder / "site.pem")
    return str(folder / "site.pem")


if __name__ == "__main__":
    main()
