"""What somebody asks for in an address: a query, filters, a page. The same for pages, feeds, tables and the API."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from bot import commands
from bot.desk import Knowledge
from bot.errors import Refused
from bot.records import CATEGORIES, LOCAL, Findings, Hit
from bot.store import Wanted

A_PAGE = 20
"""Items on a page."""

LAST_PAGE = 50
"""Who has looked through 1,000 items asks another question; each page costs more than the one before."""

LONGEST = 300
"""Characters of a query, and of each filter."""

NAMES = ("q", "topic", "source", "feed", "member", "subject", "since", "to", "words_only", "all")
"""What an address may ask for. `all`: also what matches no topic, where there is no query."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is asked for, read. `given` is as it was written; `page` counts from 1."""

    query: str
    wanted: Wanted
    words_only: bool
    page: int
    given: dict[str, str]

    @property
    def address(self) -> str:
        """The query string that asks for the same, without the page."""
        return urlencode({name: value for name, value in self.given.items() if value})

    @property
    def mark(self) -> tuple[object, ...]:
        """Tells this question from others, and "30d" from what it was an hour ago: not from a second ago."""
        return self.address, self.page, _hour(self.wanted.since), _hour(self.wanted.until)


def _hour(moment: datetime | None) -> datetime | None:
    return moment.replace(minute=0, second=0, microsecond=0) if moment else None


def read(knows: Knowledge, params: QueryParams) -> Asking:
    """Return what is asked for. Raises Refused for what we do not have, or what is too long."""
    given = {name: " ".join(params.get(name, "").split()) for name in NAMES}
    if too_long := [name for name, value in given.items() if len(value) > LONGEST]:
        raise Refused(f"{too_long[0]} may have {LONGEST} characters at most")
    watchlist, zone, now = knows.watchlist(), knows.zone, knows.clock()
    feeds = {"import", *(feed.id for feed in watchlist.feeds)}
    if given["feed"] and given["feed"] not in feeds:
        raise Refused(f"no source {given['feed']!r}; the page on sources lists them")
    if given["subject"] and given["subject"] not in {one.id for one in watchlist.subjects}:
        raise Refused(f"no subject {given['subject']!r}")
    if given["source"] and given["source"] not in CATEGORIES:
        raise Refused(f"no kind of source {given['source']!r}; there are {', '.join(CATEGORIES)}")
    topics = (commands.known_topic(given["topic"], watchlist),) if given["topic"] else ()
    flagged = bool(topics) or not (given["q"] or given["all"])
    return Asking(
        query=given["q"],
        wanted=Wanted(
            topics=topics if topics or not flagged else tuple(topic.id for topic in watchlist.topics),
            categories=tuple(one for one in CATEGORIES if one == given["source"]),
            feeds=(given["feed"],) if given["feed"] else (),
            members=(given["member"],) if given["member"] else (),
            subjects=(given["subject"],) if given["subject"] else (),
            since=commands.moment(given["since"], zone, now) if given["since"] else None,
            until=commands.moment(given["to"], zone, now) if given["to"] else None,
            flagged=flagged,
            community=LOCAL,
        ),
        words_only=bool(given["words_only"]),
        page=page_number(params),
        given=given,
    )


def page_number(params: QueryParams) -> int:
    """Return which page is asked for. Raises Refused where it is none, or too far back."""
    written = params.get("page", "1")
    if not re.fullmatch("[0-9]{1,6}", written) or not 1 <= int(written) <= LAST_PAGE:
        raise Refused(f"there are pages 1 to {LAST_PAGE}; narrow the question down to see other items")
    return int(written)


async def found(knows: Knowledge, asking: Asking, most: int = A_PAGE) -> tuple[Findings, bool]:
    """Return what is asked for on the page, where one has `most` items, and whether there is more after it.

    Without a query: the newest.
    """
    skipped = (asking.page - 1) * most
    if asking.query:
        questions = None if asking.words_only else knows.questions
        told = await commands.search(knows.store, asking.query, asking.wanted, skipped + most + 1, questions)
        hits = told.hits[skipped:]
        return replace(told, hits=hits[:most]), len(hits) > most
    newest = await knows.store.find(asking.wanted, most + 1, skipped)
    hits = tuple(Hit(judged=one, snippet=None, cosine=None) for one in newest)
    return Findings(hits=hits[:most], without=0), len(hits) > most
