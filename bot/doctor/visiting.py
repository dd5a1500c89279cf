"""Asks an address, and the few others that it leads to, as Lookout would: politely, guarded, within a deadline."""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from bot import items, stanzas
from bot.config import same_address
from bot.doctor.advice import advice
from bot.doctor.findings import Diagnosis, Inside, Look, Proposal, Tried
from bot.doctor.inside import looked_inside
from bot.doctor.looking import looked_at
from bot.errors import FeedError, FetchError
from bot.fetch import Fetcher
from bot.records import Document, Feed
from bot.workers import Workers

DEADLINE = timedelta(minutes=3)
"""For all requests together, their waiting for a host's turn included; what was found until then is told."""

MOST_NAMED = 3
"""Feeds that a page names, which are tried."""

USUAL = ("feed/", "rss.xml", "rss/feeds/?type=press", "feed.xml")
"""Where feeds usually are, below a site's root, tried where nothing else was found: WordPress, Drupal, the Senate."""

_LOOKS_LIKE_A_FEED = re.compile(r"rss|feed|atom|\.xml|\.rdf|\.json", re.IGNORECASE)
_ORDER = ("rss", "congress_member", "press_page")


@dataclass
class _Visit:
    fetcher: Fetcher
    workers: Workers
    clock: Callable[[], datetime]
    tried: list[Tried] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    async def whole(self, url: str) -> str:
        """Try the address, then what it leads to. Return what one can do where nothing is proposed."""
        look, answered = await self.first(url)
        if look is None:
            return self.tried[-1].advice
        self.proposals += look.proposals
        listed = frozenset[str]().union(*(one.addresses for one in look.proposals))
        asked = {same_address(url), same_address(answered)}
        if look.is_page:
            await self.candidates([one for one in look.named if same_address(one) not in asked][:MOST_NAMED], listed)
            if not self.proposals:
                root = urljoin(answered, "/")
                usual = (urljoin(root, path) for path in USUAL)
                tried = {same_address(one.url) for one in self.tried} | asked
                await self.candidates([one for one in usual if same_address(one) not in tried], listed, enough=1)
        self.proposals.sort(key=_unsafety)
        await self.inside()
        return look.advice

    async def first(self, url: str) -> tuple[Look | None, str]:
        """Try the address itself. Whether it is a page, for which robots.txt speaks, we know only afterwards."""
        try:
            return await self.asked(url, page=True)
        except FetchError as e:
            if "robots.txt" not in e.detail or not _LOOKS_LIKE_A_FEED.search(url):
                self.failed(url, e)
                return None, url
        try:
            look, answered = await self.asked(url, page=False)
        except FetchError as e:
            self.failed(url, e)
            return None, url
        if look is not None and look.is_page:  # closed to us, and no feed
            closed = FetchError("blocked", f"robots.txt of {urlsplit(url).hostname} closes this page to us")
            self.tried.pop()
            self.failed(url, closed)
            return None, url
        return look, answered

    async def asked(self, url: str, *, page: bool) -> tuple[Look | None, str]:
        """Return what the address is; None where it could not be read. Raises FetchError where nothing came."""
        document = await self.fetcher.document(url, page=page)
        assert isinstance(document, Document)  # we sent no validators
        seen = Tried(
            url=url,
            says="",
            answered=document.url,
            status=document.status,
            content_type=document.content_type,
            size=len(document.body),
        )
        try:
            look = await self.workers.run(looked_at, document, self.clock())
        except FeedError as e:
            self.tried.append(replace(seen, says=str(e), advice=advice(e, url)))
            return None, document.url
        self.tried.append(replace(seen, says=look.says, advice="" if look.proposals else look.advice))
        return look, document.url

    def failed(self, url: str, error: FeedError) -> None:
        """Note that an address gave nothing, and why."""
        self.tried.append(Tried(url=url, says=str(error), advice=advice(error, url)))

    async def candidates(self, urls: Iterable[str], listed: frozenset[str], enough: int = MOST_NAMED) -> None:
        """Try addresses that may be feeds, until there are enough; pages among them are left aside."""
        for url in urls:
            try:
                look, _ = await self.asked(url, page=False)
            except FetchError as e:
                self.tried.append(Tried(url=url, says=str(e)))  # a guess, of which nobody need do anything
                continue
            feeds = () if look is None or look.is_page else look.proposals
            self.proposals += (_compared(one, listed) for one in feeds)
            enough -= len(feeds)
            if enough <= 0:
                return

    async def inside(self) -> None:
        """Look at the first item's page of the best proposal, where its page would be read."""
        if not self.proposals:
            return
        best = self.proposals[0]
        entry = next((one for one in best.first if items.wants_article(one, best.feed)), None)
        if entry is None or not entry.url:
            return
        try:
            page = await self.fetcher.document(entry.url, page=True)
            found, feed = await self.workers.run(looked_inside, entry, best.feed, page, self.clock())
            self.proposals[0] = replace(best, inside=found, feed=feed)
        except FeedError as e:
            self.proposals[0] = replace(best, inside=Inside(url=entry.url, failed=str(e)))


async def diagnose(
    url: str,
    *,
    fetcher: Fetcher,
    workers: Workers,
    clock: Callable[[], datetime],
    followed: Sequence[Feed] = (),
    deadline: timedelta = DEADLINE,
) -> Diagnosis:
    """Try an address and propose how to follow it, the safest way first. Whatever fails is told, nothing is raised.

    `followed` are the feeds there are: what is proposed has another id, and one with the same address is named. At most
    nine documents are asked for, each in its host's turn.
    """
    visit, can = _Visit(fetcher, workers, clock), ""
    try:
        async with asyncio.timeout(deadline.total_seconds()):
            can = await visit.whole(url)
    except TimeoutError:
        can = f"the site is slow: given up after {deadline.total_seconds():g} s"
        visit.failed(url, FetchError("timeout", can))
        visit.proposals.sort(key=_unsafety)
    return Diagnosis(asked=url, tried=tuple(visit.tried), proposals=_told(visit.proposals, followed), advice=can)


def _unsafety(one: Proposal) -> tuple[bool, int]:
    return bool(one.doubts), _ORDER.index(one.feed.kind) if one.feed.kind in _ORDER else len(_ORDER)


def _compared(one: Proposal, listed: frozenset[str]) -> Proposal:
    """Return a feed with a doubt where it tells of nothing that the page lists which names it."""
    if not listed or not one.addresses or one.addresses & listed:
        return one
    return replace(one, doubts=(*one.doubts, "it has nothing of what the page lists: it may be a feed of other things"))


def _told(proposals: Sequence[Proposal], followed: Sequence[Feed]) -> tuple[Proposal, ...]:
    """Return the proposals, each with an id of its own, and a doubt where the address is followed already."""
    taken, known = {feed.id for feed in followed}, {same_address(feed.url): feed.id for feed in followed}
    told: dict[tuple[str, str], Proposal] = {}
    for one in proposals:
        key = (one.feed.kind, same_address(one.feed.url))
        if key not in told:
            feed = replace(one.feed, id=stanzas.free_id(one.feed.id, taken))
            taken.add(feed.id)
            there = (f"this address is followed already, as {known[key[1]]}",) if key[1] in known else ()
            told[key] = replace(one, feed=feed, doubts=(*there, *one.doubts))
    return tuple(told.values())
