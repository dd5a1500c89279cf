"""Subscribing by mail, and everything after it: confirming, settings, leaving. Only a POST changes anything."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import commands, render, schedule
from bot.commands import EVERYTHING, Wish
from bot.errors import Refused
from bot.links import TO_CONFIRM
from bot.records import CATEGORIES, Subscriber
from bot.web.forms import filled_in, texts
from bot.web.limits import TooOften
from bot.web.looks import page, site_of
from bot.web.site import Site

EVERY = ("daily", "weekdays", "weekly", "hourly", "at once", "off")

ZONES = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Europe/London", "UTC"),
)
"""Zones that are offered; any other may be typed."""

LONGEST = 400
"""Characters of anything that is typed into a form."""

MOST_CHOSEN = 4_000
"""Characters of the sources' ids where all are ticked: today 2,000. A link to confirm holds them packed, in 1,200."""


async def subscribe(request: Request) -> Response:
    """Show the form to subscribe with; send a mail to whoever filled it in."""
    site = site_of(request)
    offered = _offered(site)
    if not site.mails:
        return page(request, "subscribe.html.j2", title="Subscribe", given=_blank(site.zone), says="", **offered)
    if request.method != "POST":
        topic = request.query_params.get("topic", "")
        given = _blank(site.zone) | ({"topics": topic} if topic else {})
        return page(request, "subscribe.html.j2", title="Subscribe", given=given, says="", **offered)
    given = await _given(request)
    knows = site.knows
    try:
        address = commands.as_address(given["address"])
        wish = _wish(given)
        wish.settings()
        wish.subscription(knows.watchlist(), "")
        await site.patience.joining(address, request)
        await commands.ask_to_join(knows.store, site.links, knows.watchlist(), address, wish, knows.clock())
    except Refused as e:
        status = 429 if isinstance(e, TooOften) else 400
        return page(request, "subscribe.html.j2", status=status, title="Subscribe", given=given, says=str(e), **offered)
    return page(request, "asked.html.j2", title="Look into your mail", address=address, days=TO_CONFIRM.days)


def _offered(site: Site) -> dict[str, Any]:
    """Return what the form offers to choose from."""
    return {
        "mails": site.mails,
        "every": EVERY,
        "days": schedule.DAYS,
        "zones": ZONES,
        "categories": CATEGORIES,
        "feeds": sorted(site.knows.watchlist().feeds, key=lambda feed: feed.name.casefold()),
    }


def _blank(zone: str) -> dict[str, str]:
    return {
        "address": "",
        "topics": EVERYTHING,
        "sources": "",
        "words": "",
        **_when("daily", "07:00", "monday"),
        "zone": zone,
    }


def _when(every: str, at: str, day: str) -> dict[str, str]:
    return {"every": every, "at": at, "day": day}


async def _given(request: Request) -> dict[str, str]:
    """Return what was filled in; boxes that were ticked stand together, separated by commas."""
    form = await filled_in(request)
    given = _blank("")
    for name in given:
        given[name] = ", ".join(texts(form, name))
    for name, value in given.items():
        if len(value) > (most := MOST_CHOSEN if name == "sources" else LONGEST):
            raise Refused(f"{name} may have {most} characters at most")
    return given


def _wish(given: Mapping[str, str]) -> Wish:
    if not given["topics"]:
        raise Refused("choose at least one topic")
    every, at, day = given["every"], given["at"], given["day"]
    written = {"daily": f"daily {at}", "weekdays": f"weekdays {at}", "weekly": f"weekly {day} {at}"}.get(every, every)
    return Wish(
        topics=EVERYTHING if EVERYTHING in given["topics"].split(", ") else given["topics"],
        sources=given["sources"],
        words=given["words"],
        schedule=" ".join(written.split()),
        zone=given["zone"],
    )


async def confirm(request: Request) -> Response:
    """Show what is about to be confirmed; confirm it."""
    site, token = site_of(request), request.path_params["token"]
    knows = site.knows
    if request.method != "POST":
        address, wish = commands.wished(site.links, token, knows.clock())
        follows = _followed_in_words(request, wish)
        return page(request, "confirm.html.j2", title="Confirm your subscription", address=address, follows=follows)
    reader = await commands.confirm(knows.store, site.links, knows.watchlist(), token, knows.clock())
    return page(request, "confirmed.html.j2", title="You are subscribed", **_told(request, reader))


def _followed_in_words(request: Request, wish: Wish) -> str:
    knows = site_of(request).knows
    one = wish.subscription(knows.watchlist(), "")
    topics = ", ".join(map(knows.topic_name, one.topics)) or "all topics"
    feeds = {feed.id: render.words.plain(feed.name) for feed in knows.watchlist().feeds}
    whose = [*(render.words.CATEGORY_NAMES[c] for c in one.categories), *(feeds[f] for f in one.feeds)]
    sources = f" from {', '.join(whose)}" if whose else ""
    words = f" with {' or '.join(one.words)}" if one.words else ""
    return f"{topics}{sources}{words}, {wish.schedule} ({wish.zone})"


def _told(request: Request, reader: Subscriber) -> dict[str, Any]:
    site = site_of(request)
    coming = None if reader.gone else schedule.next_moment(reader, site.knows.clock())
    return {
        "reader": reader,
        "coming": coming,
        "settings": site.links.to_settle(reader.handle, site.knows.clock()),
        "leave": site.links.to_leave(reader.handle),
    }


async def settings(request: Request) -> Response:
    """Show a reader's settings; change them."""
    site, token = site_of(request), request.path_params["token"]
    knows = site.knows
    reader = await commands.settling(knows.store, site.links, token, knows.clock())
    says, status, given = "", 200, _standing(reader)
    if request.method == "POST":
        given = await _given(request) | {"address": reader.address}
        try:
            wish = _wish(given)
            reader = await commands.change(knows.store, knows.watchlist(), reader, wish, knows.clock())
            given = _standing(reader)
        except Refused as e:
            says, status = str(e), 400
    said = {"given": given, "says": says, "done": request.method == "POST" and not says, **_offered(site)}
    return page(request, "settings.html.j2", status=status, title="Your settings", **said, **_told(request, reader))


def _standing(reader: Subscriber) -> dict[str, str]:
    [one, *_] = reader.subscriptions
    told = reader.schedule
    return {
        "address": reader.address,
        "topics": ", ".join(one.topics) or EVERYTHING,
        "sources": ", ".join((*one.categories, *one.feeds)),
        "words": ", ".join(one.words),
        **_when(told.every, f"{told.at:%H:%M}", schedule.DAYS[told.day]),
        "zone": reader.zone,
    }


async def asked_for_link(request: Request) -> Response:
    """Tell where the settings, and the way out, are to be found: behind the links in every mail."""
    title = "Unsubscribe" if request.url.path == "/unsubscribe" else "Your settings"
    return page(request, "no_link.html.j2", title=title)


async def leave(request: Request) -> Response:
    """Show the button to leave with; leave. Mail programs do the same with one click (RFC 8058)."""
    site, token = site_of(request), request.path_params["token"]
    if request.method != "POST":
        site.links.leaving(token)
        return page(request, "leave.html.j2", title="Unsubscribe")
    form = await filled_in(request)
    await commands.leave(site.knows.store, site.links, token)
    if form.get("List-Unsubscribe") == "One-Click":
        return PlainTextResponse("Unsubscribed.\n")
    return page(request, "left.html.j2", title="You are unsubscribed")


def personal(work: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Keep pages behind a link that lets somebody in out of every cache."""

    async def worked(request: Request) -> Response:
        answer = await work(request)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return worked


BOTH = ["GET", "POST"]

ROUTES = (
    Route("/subscribe", subscribe, methods=BOTH),
    Route("/confirm/{token}", personal(confirm), methods=BOTH),
    Route("/settings", asked_for_link),
    Route("/settings/{token}", personal(settings), methods=BOTH),
    Route("/unsubscribe", asked_for_link),
    Route("/unsubscribe/{token}", personal(leave), methods=BOTH),
)
