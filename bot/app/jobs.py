"""What the command line does besides watching, each from settings to an answer, also while another Lookout runs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot import doctor, filling, importing, members, opml
from bot.app.building import opened, opened_store, readers, utc_now
from bot.config import Settings
from bot.congress import Renewed
from bot.doctor import Diagnosis
from bot.fetch import Fetcher, Limits
from bot.filling import Progress, Reembedded
from bot.importing import Imported
from bot.matching import Embedder
from bot.opml import Outline
from bot.records import Category, Feed


async def renew_members(settings: Settings, base: str) -> Renewed:
    """Renew the table of members from the public data at `base`, also while another Lookout runs; see `members`."""
    limits = Limits(allow_private=settings.allow_private)
    async with Fetcher(contact=settings.contact, clock=utc_now, limits=limits) as fetcher:
        return await members.renew(fetcher, settings.data, base)


async def diagnose(settings: Settings, url: str, followed: Sequence[Feed]) -> Diagnosis:
    """Try an address as Lookout would ask it, also while another Lookout runs; see `doctor`."""
    limits = Limits(allow_private=settings.allow_private)
    async with (
        Fetcher(contact=settings.contact, clock=utc_now, limits=limits) as fetcher,
        readers(processes=1) as workers,
    ):
        return await doctor.diagnose(url, fetcher=fetcher, workers=workers, clock=utc_now, followed=followed)


async def read_opml(file: bytes) -> tuple[Outline, ...]:
    """Return the feeds that an OPML file names. Raises ReadError where it is none."""
    async with readers(processes=1) as workers:
        return await workers.run(opml.read, file)


async def import_file(
    settings: Settings, file: Path, category: Category | None, progress: Progress, embedding: Progress
) -> Imported:
    """Import a file of releases, also while another Lookout runs; see `importing`. Then make their vectors.

    `progress` hears of the lines, `embedding` of the vectors.
    """
    async with opened(settings, alone=False) as parts:
        came = await importing.import_file(parts, file, category, progress)
        await filling.fill(parts.store, parts.embedder, parts.recording, embedding)
        return came


async def reembed(settings: Settings, progress: Progress) -> Reembedded:
    """Make the vectors of all items with the model that is set, also while another Lookout runs; see `filling`."""
    async with opened_store(settings) as store:
        return await filling.reembed(store, Embedder(settings.model), asyncio.Lock(), progress)
