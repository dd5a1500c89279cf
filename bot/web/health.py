"""For programs that look after Lookout, or come by: health, metrics for Prometheus, and what robots may read."""

from datetime import timedelta
from typing import Any, get_args

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.errors import Reason
from bot.records import PACES, FeedState
from bot.web.looks import site_of

ALIVE = timedelta(hours=3)
"""A Lookout at work polls every few minutes; feeds that fail are asked again within hours."""


async def healthz(request: Request) -> Response:
    """Tell whether Lookout is at work: 200 if anything was polled lately, else 503."""
    knows = site_of(request).knows
    polled = [state.polled for state in (await knows.store.states()).values() if state.polled]
    last = max(polled, default=None)
    alive = last is not None and knows.clock() - last < ALIVE
    told: dict[str, Any] = {"alive": alive, "last_poll": last.isoformat() if last else None}
    return JSONResponse(told, status_code=200 if alive else 503, headers={"Cache-Control": "no-store"})


async def metrics(request: Request) -> Response:
    """Tell figures, as Prometheus reads them; each is asked for anew."""
    knows = site_of(request).knows
    store, registry = knows.store, CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    Gauge("lookout_items", "Items recorded.", registry=registry).set(await store.counting.items())
    known = await store.states()
    found = [known.get(feed.id, FeedState(feed_id=feed.id)) for feed in knows.watchlist().feeds]
    states = Gauge("lookout_feeds", "Sources by state.", ["state"], registry=registry)
    for state in (*PACES, *get_args(Reason), "new", "off"):  # also those of none: a series must not come and go
        states.labels(state).set(sum(one.state == state for one in found))
    read = Gauge("lookout_feed_last_success_timestamp_seconds", "When it was last read.", ["feed"], registry=registry)
    failures = Gauge("lookout_feed_failures", "Polls that failed since the last success.", ["feed"], registry=registry)
    for one in found:
        failures.labels(one.feed_id).set(one.failures)
        if one.succeeded:
            read.labels(one.feed_id).set(one.succeeded.timestamp())
    kept, size = await store.evidence.weighs()
    Gauge("lookout_evidence", "Documents kept as evidence.", registry=registry).set(kept)
    Gauge("lookout_evidence_bytes", "Bytes that they take, packed.", registry=registry).set(size)
    outbox = Gauge(
        "lookout_deliveries", "Deliveries kept, by medium and state.", ["medium", "state"], registry=registry
    )
    for (medium, state_), number in (await store.counting.deliveries()).items():
        outbox.labels(medium, state_).set(number)
    people = Gauge("lookout_subscribers", "Subscribers that are told, by medium.", ["medium"], registry=registry)
    for medium, number in (await store.counting.subscribers()).items():
        people.labels(medium).set(number)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


KEPT_FROM_ROBOTS = (
    *("/search", "/item/", "/api/", "/digest/"),  # others' texts, without end; their own pages are elsewhere
    *("/confirm/", "/settings/", "/unsubscribe/", "/operate"),
)


async def robots(_request: Request) -> Response:
    """Tell robots which pages are theirs to read: what there is today, stories by their titles, topics, sources."""
    return PlainTextResponse("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in KEPT_FROM_ROBOTS))


ROUTES = (Route("/healthz", healthz), Route("/metrics", metrics), Route("/robots.txt", robots))
