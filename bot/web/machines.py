"""What programs fetch: Atom, JSON Feed and CSV of topics, subjects and searches.

A feed is answered with a mark (ETag) of what it was made of, and not made again while that stands.
"""

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import render
from bot.desk import Knowledge
from bot.records import Hit, Judged
from bot.web import asked, showing
from bot.web.looks import site_of

FED = 50
"""Items of a feed, or rows of a table."""

A = ElementMaker(namespace="http://www.w3.org/2005/Atom", nsmap={None: "http://www.w3.org/2005/Atom"})

FRESH = 300
"""Seconds for which a feed reader need not ask again."""


async def topic(request: Request) -> Response:
    """Give a topic's newest items."""
    known = site_of(request).knows.topic(request.path_params["slug"])
    if known is None:
        raise HTTPException(404)
    return await _fed(request, known.name, f"/topic/{known.id}", {"topic": known.id})


async def subject(request: Request) -> Response:
    """Give the newest items that name a subject."""
    known = site_of(request).knows.subject(request.path_params["id"])
    if known is None:
        raise HTTPException(404)
    return await _fed(request, known.name, f"/subject/{known.id}", {"subject": known.id, "all": "1"})


async def search(request: Request) -> Response:
    """Give what a search finds."""
    query = request.query_params.get("q", "")
    return await _fed(request, f"Search: {query}" if query else "Search", "/search", dict(request.query_params))


async def _fed(request: Request, title: str, address: str, given: Mapping[str, str]) -> Response:
    site, form = site_of(request), request.path_params["form"]
    if form not in WRITERS:
        raise HTTPException(404)
    knows = site.knows
    asking = asked.read(knows, QueryParams(given))
    mark = (await knows.store.reports.newest(), await knows.store.vectors.serving(), knows.watchlist(), asking.mark)
    etag = f'"{hashlib.sha256(repr((form, mark)).encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={FRESH}"}
    if etag in [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    write, kind = WRITERS[form]

    async def written() -> str:
        found, _ = await asked.found(knows, asking, FED)
        asks = f"?{asking.address}" if address == "/search" else ""
        return write(
            Fed(
                knows=knows,
                title=f"Lookout: {title}",
                base=site.links.base,
                address=address,
                asks=asks,
                hits=found.hits,
            )
        )

    if form == "csv":  # holds whole texts: two hundred of them, kept, would fill the memory
        headers["Content-Disposition"] = 'attachment; filename="lookout.csv"'
        return Response(await written(), media_type=kind, headers=headers)
    body = await site.remembered.of((address, form, asking.address, asking.page), mark, written)
    return Response(body, media_type=kind, headers=headers)


@dataclass(frozen=True, kw_only=True)
class Fed:
    """What a feed holds. `address` below `base` is the page that shows the same, `asks` its query with its mark."""

    knows: Knowledge
    title: str
    base: str
    address: str
    asks: str
    hits: Sequence[Hit]

    @property
    def at(self) -> str:
        """Where the page is, and the feed with its ending."""
        return self.base + self.address

    def page(self, one: Judged) -> str:
        """Return where an item is shown."""
        return f"{self.base}/item/{one.item.id}"

    def summary(self, one: Judged) -> str:
        """Return in plain words what an item says that matters, and why it is here."""
        shown = showing.card(self.knows, one)
        quote = f"“{shown.quote}”" if shown.quote else ""
        return " · ".join(filter(None, (shown.due, quote, f"{shown.source} ({shown.category})", f"Why: {shown.why}")))


def atom(fed: Fed) -> str:
    """Return items as an Atom feed (RFC 4287)."""
    # By hand: feedgen 1.0, the library for it, writes every link without its "rel".
    updated = max((hit.judged.item.first_seen for hit in fed.hits), default=fed.knows.clock())
    feed = A.feed(
        A.id(fed.at + fed.asks),
        A.title(render.words.plain(fed.title)),
        A.updated(updated.isoformat()),
        A.author(A.name("Lookout")),
        A.link(rel="self", type="application/atom+xml", href=f"{fed.at}.atom{fed.asks}"),
        A.link(rel="alternate", type="text/html", href=fed.at + fed.asks),
        *(_entry(fed, hit.judged) for hit in fed.hits),
    )
    return str(etree.tostring(feed, encoding="utf-8", xml_declaration=True, pretty_print=True), "utf-8")


def _entry(fed: Fed, one: Judged) -> Any:
    item, original = one.item, render.words.web_address(one.item.url)
    return A.entry(
        A.id(fed.page(one)),
        A.title(render.words.plain(item.title)),
        A.updated(item.first_seen.isoformat()),
        A.published(item.published.isoformat()),
        A.author(A.name(render.words.plain(item.source))),
        A.link(rel="alternate", type="text/html", href=fed.page(one)),
        *([A.link(rel="via", href=original)] if original else []),
        A.category(term=item.category),
        A.summary(fed.summary(one)),
    )


def json_feed(fed: Fed) -> str:
    """Return items as a JSON Feed (version 1.1)."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": fed.title,
        "home_page_url": fed.at + fed.asks,
        "feed_url": f"{fed.at}.json{fed.asks}",
        "items": [_fed_item(fed, hit.judged) for hit in fed.hits],
    }
    return render.data.written(feed)


def _fed_item(fed: Fed, one: Judged) -> dict[str, Any]:
    item = one.item
    original = render.words.web_address(item.url)
    return {
        "id": fed.page(one),
        "url": fed.page(one),
        **({"external_url": original} if original else {}),
        "title": render.words.plain(item.title),
        "content_text": fed.summary(one),
        "date_published": item.published.isoformat(),
        "authors": [{"name": render.words.plain(item.source)}],
        "tags": [item.category, *(match.topic_id for match in one.matches if match.flagged)],
    }


def table(fed: Fed) -> str:
    """Return items as CSV, as `lookout export` writes it."""
    written = StringIO()
    rows = csv.DictWriter(written, render.data.ROW)
    rows.writeheader()
    rows.writerows(render.data.row(hit.judged) for hit in fed.hits)
    return written.getvalue()


WRITERS: Mapping[str, tuple[Callable[[Fed], str], str]] = {
    "atom": (atom, "application/atom+xml"),
    "json": (json_feed, "application/feed+json"),
    "csv": (table, "text/csv"),
}


ROUTES = (
    Route("/topic/{slug}.{form}", topic),
    Route("/subject/{id}.{form}", subject),
    Route("/search.{form}", search),
)
