"""How long the site's pages take: `python -m benchmarks.web FOLDER [FOLDER ...]`, each with a lookout.db.

`benchmarks.archive.build` makes such databases. The site is served by one process, the way `lookout run` does it, and
asked over loopback, one request after the other; nothing is told from what an earlier page left in memory but what the
site itself keeps. Milliseconds from the first byte asked to the last byte answered.
"""

import asyncio
import multiprocessing
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import numpy as np

from benchmarks.search import QUERIES
from bot import app, web
from bot.config import Settings
from bot.desk import Knowledge
from bot.links import Links
from bot.matching import Questions, load_figures

SEED = 5
NUMBER = 60
"""Requests for each figure."""


def serve(folder: str, wire: Connection) -> None:
    """Serve the site of a data folder until the pipe says stop, then tell how much memory that took, in MB."""
    asyncio.run(_served(Path(folder), wire))


async def _served(folder: Path, wire: Connection) -> None:
    settings = Settings(_env_file=None, data=folder)
    watched = app.read_watchlist(settings)
    async with app.opened_store(settings) as store:
        knows = Knowledge(
            store=store,
            watchlist=lambda: watched,
            clock=app.utc_now,
            zone=settings.zone,
            questions=Questions(),
            closely=lambda _: (),
        )
        site = web.Site(
            knows=knows,
            links=Links("http://127.0.0.1", "a secret of the benchmark"),
            operators=web.Operators({}, "a secret of the benchmark"),
            webhook_secret=str,
            figures=load_figures(),
        )
        serving = asyncio.create_task(web.serving(web.application(site), "127.0.0.1", 0, wire.send))
        while not await asyncio.to_thread(wire.poll, 0.5):
            pass
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    wire.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def pages(folder: Path) -> dict[str, list[str]]:
    """Return the addresses that are asked for, by what they are."""
    draw = random.Random(SEED)  # noqa: S311  # the same pages in every run
    with sqlite3.connect(f"file:{folder / 'lookout.db'}?mode=ro", uri=True) as c:
        count = c.execute("SELECT max(n) FROM items").fetchone()[0]
        stories = [story for (story,) in c.execute("SELECT story_id FROM story_items GROUP BY 1 HAVING count(*) > 1")]
        drawn = draw.sample(range(1, count + 1), NUMBER)
        ids = [c.execute("SELECT id FROM items WHERE n >= ? LIMIT 1", (n,)).fetchone()[0] for n in drawn]
    queries = [f"/search?q={httpx.QueryParams({'q': query})['q']}" for query in QUERIES]
    return {
        "/ (first page)": ["/"] * NUMBER,
        "/search, words and meaning": queries * (NUMBER // len(queries)),
        "/search, with a topic": [f"{query}&topic=immigration-enforcement" for query in queries] * 3,
        "/story, several items": [f"/story/{story}" for story in draw.sample(stories, NUMBER)],
        "/item": [f"/item/{id_}" for id_ in ids],
        "/topic": ["/topic/immigration-enforcement"] * NUMBER,
        "/feeds": ["/feeds"] * NUMBER,
        "/topic.atom": ["/topic/immigration-enforcement.atom"] * NUMBER,
    }


def measured(url: str, addresses: dict[str, list[str]]) -> Iterator[tuple[str, float, list[float]]]:
    """Give for each kind of page how long the first took, which finds nothing kept, and how long each of the others."""
    with httpx.Client(base_url=url, timeout=60) as client:
        client.get("/about")  # the connection, the templates
        client.get("/search?q=model")  # the question's model is loaded once
        for name, asked in addresses.items():
            took = []
            for address in asked:
                begin = time.perf_counter()
                answer = client.get(address)
                took.append((time.perf_counter() - begin) * 1_000)
                assert answer.status_code == 200, (address, answer.status_code)
            yield name, took[0], took[1:]


def main() -> None:
    """Measure, and print."""
    for folder in sys.argv[1:]:
        ours, theirs = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, theirs))
        server.start()
        url = f"http://127.0.0.1:{ours.recv()}"
        print(f"{folder}: milliseconds: the first, median, p95, most")
        for name, first, took in measured(url, pages(Path(folder))):
            median, p95 = np.percentile(took, (50, 95))
            print(f"  {name:28} {first:7.0f} {median:7.0f} {p95:7.0f} {max(took):7.0f}", flush=True)
        ours.send("stop")
        print(f"  {ours.recv():.0f} MB at most")
        server.join()


if __name__ == "__main__":
    main()
