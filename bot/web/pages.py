"""What readers look at: today, search, stories, items, topics, members, subjects, sources, digests, about."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import commands, render
from bot.desk import Knowledge
from bot.digests import rank
from bot.errors import Refused
from bot.facts import deadline
from bot.records import CATEGORIES, LOCAL, Attachment, Digest, FeedState, Health, Item, Judged, Watchlist
from bot.replies import Card
from bot.store import Wanted
from bot.web import asked, charts, showing
from bot.web.looks import page, site_of

TODAY = timedelta(days=1)
"""What the first page tells of."""

NEWEST = 5
"""Stories shown where the last day brought none."""

LETTERS = timedelta(days=120)
"""How old a letter may be that still asks for an answer to come: hardly one gives longer."""

PAST = timedelta(days=7)
"""How long a day is still shown by which an answer was asked for."""

CHANGES = timedelta(days=7)

CHANGED = 10
"""Changed items that the first page names."""

WEEKS = 26
"""Of a chart: half a year."""

DISTANT = timedelta(weeks=4)
"""Over which the items a week of a source are averaged."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """A letter, and the day by which it asks for an answer."""

    day: date
    item: Item

    def is_past(self, today: date) -> bool:
        """Has the day gone by?"""
        return self.day < today


async def today(request: Request) -> Response:
    """Show what the last day brought, what is due, and what changed."""
    knows, remembered = site_of(request).knows, site_of(request).remembered
    now = knows.clock()
    mark = (await knows.store.reports.newest(), now.replace(second=0, microsecond=0), knows.watchlist())
    told = await remembered.of("today", mark, lambda: _today(knows, now))
    return page(request, "today.html.j2", title="Today", **told)


async def _today(knows: Knowledge, now: datetime) -> dict[str, Any]:
    store, watchlist = knows.store, knows.watchlist()
    topics = tuple(topic.id for topic in watchlist.topics)
    told = await commands.digest(store, watchlist, zone=knows.zone, since=now - TODAY, until=now, community=LOCAL)
    newest: list[Card] = []
    if not told.sections:
        before = await store.find(Wanted(topics=topics, community=LOCAL), NEWEST)
        newest = [showing.card(knows, one) for one in before]
    flagged = Wanted(topics=topics, community=LOCAL)
    return {
        "period": render.summary.period(told),
        "sections": _sections(told),
        "newest": newest,
        "due": await _letters_due(knows, now),
        "today": now.astimezone(ZoneInfo(knows.zone)).date(),
        "changed": await store.counting.changed(flagged, now - CHANGES, CHANGED),
        "sources": render.summary.sources(told),
        "unread": bool(told.unread),
    }


def _sections(told: Digest) -> list[tuple[str, str, list[tuple[str, Card]]]]:
    """Return each section's topic, by its id and name, and its stories, by the story's address and its card."""
    cards = render.cards.digest_cards(told)
    return [
        (section.topic.id, name, list(zip((f"/story/{one.id}" for one in section.stories), some, strict=True)))
        for section, (name, some) in zip(told.sections, cards, strict=True)
    ]


async def _letters_due(knows: Knowledge, now: datetime) -> list[Due]:
    today_ = now.astimezone(ZoneInfo(knows.zone)).date()
    topics = tuple(topic.id for topic in knows.watchlist().topics)
    wanted = Wanted(topics=topics, categories=("congress",), since=now - LETTERS, community=LOCAL)
    letters = [one.item for one in await knows.store.find(wanted) if rank(one.item) == 0]
    stories = await knows.store.stories.numbers([item.id for item in letters])
    due: dict[tuple[date, object], Due] = {}
    for item in letters:
        asks = deadline(item)
        if asks is not None and asks.day >= today_ - PAST:  # one letter is on many members' sites
            due.setdefault((asks.day, stories.get(item.id, item.id)), Due(day=asks.day, item=item))
    return sorted(due.values(), key=lambda one: (one.is_past(today_), one.day))


async def search(request: Request) -> Response:
    """Show what a search finds, or the newest there is by the filters."""
    knows = site_of(request).knows
    given = {name: request.query_params.get(name, "")[: asked.LONGEST] for name in asked.NAMES}
    watchlist = knows.watchlist()
    said: dict[str, Any] = {
        "given": given,
        "watchlist": watchlist,
        "categories": CATEGORIES,
        "members": await _members(request),
        "names": _names(watchlist),
    }
    try:
        asking = asked.read(knows, request.query_params)
    except Refused as e:
        nothing: dict[str, Any] = {"cards": [], "more": False, "asking": None, "note": None, "mistake": str(e)}
        return page(request, "search.html.j2", status=400, title="Search", **said, **nothing)
    found, more = await asked.found(knows, asking)
    return page(
        request,
        "search.html.j2",
        title=f"Search: {asking.query}" if asking.query else "Search",
        cards=showing.cards(knows, found.hits, next(iter(asking.wanted.topics), "")),
        more=more,
        asking=asking,
        note=found.note,
        mistake=None,
        **said,
    )


def _names(watchlist: Watchlist) -> dict[str, str]:
    """Return what everything is called that a search can be narrowed down to, by its id."""
    names: dict[str, str] = {"import": "imported"}
    names |= {category: render.words.CATEGORY_NAMES[category] for category in CATEGORIES}
    names |= {feed.id: render.words.plain(feed.name) for feed in watchlist.feeds}
    names |= {subject.id: subject.name for subject in watchlist.subjects}
    return names | {topic.id: topic.name for topic in watchlist.topics}


async def _members(request: Request) -> list[str]:
    site = site_of(request)
    mark = (await site.knows.store.reports.newest())[0]
    return await site.remembered.of("members", mark, site.knows.store.members)


async def story(request: Request) -> Response:
    """Show a story: who tells it, when and how each came to it."""
    knows = site_of(request).knows
    told = await commands.story(knows.store, request.path_params["name"])
    if told is None:
        raise HTTPException(404)
    judged = {one.item.id: one for one in await knows.store.judged([m.item.id for m in told.items], LOCAL)}
    return page(
        request,
        "story.html.j2",
        title=render.words.plain(told.headline.title),
        told=told,
        cards={id_: showing.card(knows, one) for id_, one in judged.items()},
        sources=list(dict.fromkeys(one.item.source for one in told.items)),
    )


async def item(request: Request) -> Response:
    """Show an item as it is stored: its text with the evidence marked, why it was told or not, what it was before."""
    knows, name = site_of(request).knows, request.path_params["name"]
    told = await commands.why(
        knows.store, name, LOCAL, now=knows.clock(), followed=knows.watchlist().topics, closely=None
    )
    if told is None:
        raise HTTPException(404)
    judged, one = told.judged, told.judged.item
    heading = [piece for some in showing.marked(one.title, showing.evidence(knows, judged, "title")) for piece in some]
    paragraphs = showing.marked(one.text, showing.evidence(knows, judged, "text"))
    letters = [_letter(knows, judged, letter) for letter in judged.attachments]
    return page(
        request,
        "item.html.j2",
        title=render.words.plain(one.title),
        told=told,
        item=one,
        card=showing.card(knows, judged),
        heading=heading,
        paragraphs=paragraphs,
        letters=letters,
        marks=list(dict.fromkeys(mark for some in (heading, *paragraphs) for piece in some for mark in piece.marks)),
        hashes={what: hashlib.sha256(getattr(one, what).encode()).hexdigest() for what in ("title", "text")},
        topic_name=knows.topic_name,
        subjects=[(m.subject_id, knows.subjects().get(m.subject_id, m.subject_id)) for m in judged.mentions],
        member=f"/member/{quote(one.source, safe='')}" if one.category == "congress" else None,
    )


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A PDF of an item as its page shows it. `url` empty: no browser may be sent there."""

    name: str
    url: str
    says: str
    sha256: str
    paragraphs: list[list[showing.Piece]]

    @property
    def marks(self) -> tuple[str, ...]:
        """What it is evidence for, in words."""
        return tuple(dict.fromkeys(mark for some in self.paragraphs for piece in some for mark in piece.marks))


def _letter(knows: Knowledge, judged: Judged, one: Attachment) -> Letter:
    return Letter(
        name=render.words.plain(one.name) or "PDF",
        url=render.words.web_address(one.url),
        says=render.words.attachment(one),
        sha256=one.sha256,
        paragraphs=showing.marked(one.text, showing.evidence(knows, judged, "letter", one.url)),
    )


async def topic(request: Request) -> Response:
    """Show a topic: how much there is of it week by week, and its newest items."""
    site, slug = site_of(request), request.path_params["slug"]
    knows = site.knows
    known = knows.topic(slug)
    if known is None:
        raise HTTPException(404)
    wanted = Wanted(topics=(known.id,), community=LOCAL)
    first = _monday(knows) - timedelta(weeks=WEEKS - 1)
    mark = (await knows.store.reports.newest(), first)
    counted = await site.remembered.of(
        ("weekly", known.id), mark, lambda: knows.store.counting.weekly(wanted, first, WEEKS)
    )
    return await _listing(
        request,
        wanted,
        "topic.html.j2",
        title=known.name,
        topic=known,
        chart=charts.chart(counted, first),
        bar=charts.BAR,
        height=charts.HEIGHT,
    )


def _monday(knows: Knowledge) -> datetime:
    local = knows.clock().astimezone(ZoneInfo(knows.zone))
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


async def subject(request: Request) -> Response:
    """Show the newest items that name a subject."""
    knows, id_ = site_of(request).knows, request.path_params["id"]
    known = knows.subject(id_)
    if known is None:
        raise HTTPException(404)
    wanted = Wanted(subjects=(known.id,), flagged=False, community=LOCAL)
    return await _listing(request, wanted, "subject.html.j2", title=known.name, subject=known)


async def member(request: Request) -> Response:
    """Show the newest items of a member of Congress, whether they match a topic or not."""
    name = request.path_params["name"]
    if name not in await _members(request):
        raise HTTPException(404)
    wanted = Wanted(members=(name,), categories=("congress",), flagged=False, community=LOCAL)
    asks = urlencode({"source": "congress", "member": name, "all": "1"})
    return await _listing(request, wanted, "member.html.j2", title=render.words.plain(name), name=name, asks=asks)


async def _listing(request: Request, wanted: Wanted, template: str, **said: Any) -> Response:
    knows = site_of(request).knows
    number = asked.page_number(request.query_params)
    found = await knows.store.find(wanted, asked.A_PAGE + 1, (number - 1) * asked.A_PAGE)
    shown = [showing.card(knows, one, next(iter(wanted.topics), "")) for one in found[: asked.A_PAGE]]
    return page(request, template, cards=shown, number=number, more=len(found) > asked.A_PAGE, **said)


async def feeds(request: Request) -> Response:
    """Show how the sources do, those first that could not be read: all, or those of a category."""
    found, came = await _health(request)
    weekly = {feed: round(number / (DISTANT / timedelta(weeks=1)), 1) for feed, number in came.items()}
    by_category: dict[str, list[Health]] = {
        category: [one for one in found if one.feed.category == category] for category in CATEGORIES
    }
    chosen, number = request.query_params.get("category", ""), asked.page_number(request.query_params)
    shown = sorted(by_category.get(chosen, found), key=lambda one: _badness(one.state))
    start = (number - 1) * SOURCES
    return page(
        request,
        "feeds.html.j2",
        title="Sources",
        found=shown[start : start + SOURCES],
        more=len(shown) > start + SOURCES,
        number=number,
        chosen=chosen if chosen in by_category else "",
        categories={category: render.words.states(some) for category, some in by_category.items() if some},
        states=render.words.states(found),
        sources=len(found),
        keyless=render.words.keyless(site_of(request).knows.watchlist()),
        weekly=weekly,
        polls=charts.polls,
    )


async def _health(request: Request) -> tuple[list[Health], Mapping[str, int]]:
    """Return how every source does, and how many items came from each lately, counted once a minute at most."""
    site = site_of(request)
    knows, now = site.knows, site.knows.clock()

    async def counted() -> tuple[Mapping[str, tuple[int, datetime | None]], Mapping[str, int]]:
        return await knows.store.counts(), await knows.store.counting.came(now - DISTANT)

    counts, came = await site.remembered.of("counts", now.replace(second=0, microsecond=0), counted)
    return await commands.health(knows.store, knows.watchlist(), counts), came


SOURCES = 100
"""Sources on one page: Congress alone has 550."""


def _badness(one: FeedState) -> int:
    order = ("off", "late", "new", "quiet", "ok")
    return order.index(one.state) if one.state in order else -1


async def digest(request: Request) -> Response:
    """Show a digest as it was sent."""
    sent = await site_of(request).knows.store.reports.archived(request.path_params["key"])
    if sent is None:
        raise HTTPException(404)
    title = f"Digest of {render.words.moment(sent.until, site_of(request).zone)}"
    return page(request, "digest.html.j2", title=title, sent=sent)


async def about(request: Request) -> Response:
    """Tell what is watched, how matching works, and how well."""
    knows = site_of(request).knows
    found, _ = await _health(request)
    return page(
        request,
        "about.html.j2",
        title="About Lookout",
        watchlist=knows.watchlist(),
        figures=site_of(request).figures,
        topic_name=knows.topic_name,
        by_category=_by_category([one.feed.category for one in found]),
        states=render.words.states(found),
        items=await knows.store.counting.items(),
    )


def _by_category(categories: Sequence[str]) -> dict[str, int]:
    return {one: categories.count(one) for one in dict.fromkeys(categories)}


ROUTES = (
    Route("/", today),
    Route("/search", search),
    Route("/story/{name}", story),
    Route("/item/{name}", item),
    Route("/topic/{slug}", topic),
    Route("/subject/{id}", subject),
    Route("/member/{name:path}", member),
    Route("/feeds", feeds),
    Route("/digest/{key}", digest),
    Route("/about", about),
)
