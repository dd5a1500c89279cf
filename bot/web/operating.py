"""The operators' part: sources on and off, subscribers, feedback, stories; everything that is done is written down.

Whoever comes in has a cookie that this part alone is sent. Every form brings the session's mark along.
"""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import commands, outputs
from bot.commands import EVERYTHING, Wish
from bot.errors import Refused
from bot.gates import MEMORY
from bot.records import LOCAL, Subscriber, Verdict
from bot.schedule import SCHEDULES, written
from bot.web import showing
from bot.web.forms import filled_in, text, texts
from bot.web.limits import client
from bot.web.looks import page, site_of
from bot.web.operators import COOKIE, SESSION, Session

log = structlog.get_logger()

LOGGED = 50
"""Operations shown of the log."""

DIGESTS = 5
"""Digests of a subscriber from which one is chosen to be told again."""

LONGEST_PASSWORD = 1_000
"""Characters of a password that are looked at."""

VERDICTS: tuple[Verdict, ...] = ("relevant", "not relevant", "wrong topic")

Operated = Callable[[Request, Session], Awaitable[Response]]


def operated(work: Operated) -> Callable[[Request], Awaitable[Response]]:
    """Let only operators through, and only forms that we gave to them."""

    async def through(request: Request) -> Response:
        site = site_of(request)
        if not site.operators.any:
            raise HTTPException(404)
        session = site.operators.session(request.cookies.get(COOKIE, ""), site.knows.clock())
        if session is None:
            return RedirectResponse("/operate/enter", status_code=303)
        if request.method == "POST":
            given = str((await filled_in(request)).get("form", ""))
            if not _is_from_here(request) or not hmac.compare_digest(given.encode(), session.form.encode()):
                raise HTTPException(403, "This form was not ours, or is too old. Go back, reload the page, try again.")
        answer = await work(request, session)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    return through


def _is_from_here(request: Request) -> bool:
    """Did a page of this site send the form? Browsers say so; what says nothing is no browser."""
    origin, site = request.headers.get("Origin", ""), request.headers.get("Sec-Fetch-Site", "same-origin")
    # Our own pages say null, too: they are to tell nobody where they are.
    is_ours = origin in ("", "null") or origin.partition("://")[2] == request.headers.get("Host", "")
    return is_ours and site in ("same-origin", "none")


async def enter(request: Request) -> Response:
    """Ask who it is; let an operator in."""
    site, says, status = site_of(request), "", 200
    if not site.operators.any:
        raise HTTPException(404)
    if request.method == "POST":
        form = await filled_in(request)
        name, password = text(form, "name"), str(form.get("password", ""))
        if not _is_from_here(request):
            raise HTTPException(403, "This form was not ours.")
        await site.patience.may_enter(request)
        if await site.operators.recognise(name, password[:LONGEST_PASSWORD]):
            now = site.knows.clock()
            await site.knows.store.operations.note(name, now, "logged in")
            answer: Response = RedirectResponse("/operate", status_code=303)
            answer.set_cookie(
                COOKIE,
                site.operators.begun(name, now),
                max_age=int(SESSION.total_seconds()),
                path="/operate",
                httponly=True,
                samesite="strict",
                secure=site.links.base.startswith("https:"),
            )
            return answer
        await site.patience.was_wrong(request)
        log.warning("web: a wrong password", operator=name, client=client(request))
        says, status = "the name or the password is wrong", 403
    answer = page(request, "enter.html.j2", status=status, title="Operators", says=says)
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def leave(request: Request, session: Session) -> Response:
    """Log out, also with a copy of the cookie."""
    site = site_of(request)
    site.operators.end(session, site.knows.clock())
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(COOKIE, path="/operate")
    return answer


async def desk(request: Request, session: Session) -> Response:
    """Show what can be done, and what was."""
    store = site_of(request).knows.store
    return page(
        request,
        "operate.html.j2",
        title="Operators",
        session=session,
        log=await store.operations.latest(LOGGED),
        deliveries=await store.counting.deliveries(),
    )


# -- sources --------------------------------------------------------------------------------------------------


async def feeds(request: Request, session: Session) -> Response:
    """Show the sources; switch one off or on."""
    knows = site_of(request).knows
    if request.method == "POST":
        form, now = await filled_in(request), knows.clock()
        feed, off = text(form, "feed"), text(form, "to") == "off"
        await commands.switch(knows.store, knows.watchlist(), {feed: now if off else None})
        return await _done(request, session, f"switched {feed} {'off' if off else 'on'}", "/operate/feeds")
    found = await commands.health(knows.store, knows.watchlist())
    return page(request, "operate_feeds.html.j2", title="Sources on and off", session=session, found=found)


# -- subscribers ----------------------------------------------------------------------------------------------


async def subscribers(request: Request, session: Session) -> Response:
    """Show who is told; pause, resume, tell again, forget."""
    knows = site_of(request).knows
    if request.method == "POST":
        form = await filled_in(request)
        if text(form, "do") == "add":
            return await _done(request, session, await _added(request, form), "/operate/subscribers")
        reader = await knows.store.subscribers.named(text(form, "subscriber"))
        if reader is None:
            raise Refused("this subscriber is gone meanwhile")
        return await _done(request, session, await _to_subscriber(request, form, reader), "/operate/subscribers")
    found = await knows.store.subscribers.all()
    return page(
        request,
        "operate_subscribers.html.j2",
        title="Subscribers",
        session=session,
        found=found,
        written=written,
        schedules=SCHEDULES,
        signed={one.id: site_of(request).webhook_secret(one.address) for one in found if one.medium == "webhook"},
        sent={one.id: await knows.store.reports.last(one.id, DIGESTS) for one in found},
    )


async def _added(request: Request, form: FormData) -> str:
    """Add a webhook, and return that in words."""
    site = site_of(request)
    address = outputs.webhook_address(text(form, "address"), allow_private=site.allow_private)
    wish = Wish(
        topics=", ".join(texts(form, "topics")) or EVERYTHING,
        schedule=text(form, "schedule"),
        zone=site.zone,
    )
    made = await commands.add_webhook(
        site.knows.store, site.links, site.knows.watchlist(), address, wish, site.knows.clock()
    )
    return f"added {made.id} to {urlsplit(address).netloc}"


async def _to_subscriber(request: Request, form: FormData, reader: Subscriber) -> str:
    """Do what the form says to a subscriber, and return it in words."""
    knows, do = site_of(request).knows, text(form, "do")
    match do:
        case "pause":
            await commands.settle(knows.store, reader, paused=True)
        case "resume":
            await knows.store.subscribers.resume(reader.id, knows.clock() - MEMORY)
        case "again":
            key = text(form, "key")
            if not await knows.store.reports.tell_again(key):
                raise Refused("this digest is still under way, or none")
            return f"had digest {key} told again to {reader.id}"
        case "forget":
            await knows.store.subscribers.forget(reader.id)
            return f"forgot a subscriber of {reader.medium}"  # not whom: it is to be forgotten
        case _:
            raise Refused(f"{do!r} cannot be done")
    return f"{do}d {reader.id}"


# -- items and stories ----------------------------------------------------------------------------------------


async def item(request: Request, session: Session) -> Response:
    """Show an item and what is said of it; say something, or take it back."""
    knows, name = site_of(request).knows, request.path_params["name"]
    judged = await knows.store.item(name, LOCAL)
    if judged is None:
        raise HTTPException(404)
    id_ = judged.item.id
    if request.method == "POST":
        form, now = await filled_in(request), knows.clock()
        topic, said = text(form, "topic"), text(form, "verdict")
        if said == "undo":
            of = text(form, "of") or session.name
            await commands.undo_label(knows.store, id_, topic, community=LOCAL, of=of, by=session.name, now=now)
            did = f"took back the label of {of} on {id_} for {topic}"
        else:
            verdict = next((one for one in VERDICTS if one == said), None)
            if verdict is None:
                raise Refused(f"{said!r} cannot be said of an item")
            await commands.label(knows.store, id_, topic, verdict, community=LOCAL, by=session.name, now=now)
            did = f"labelled {id_} {said} for {topic}"
        return await _done(request, session, did, f"/operate/item/{id_}")
    return page(
        request,
        "operate_item.html.j2",
        title="Correct an item",
        session=session,
        judged=judged,
        card=showing.card(knows, judged),
        labels=await knows.store.feedback.labels(LOCAL, item_id=id_, history=True),
        verdicts=VERDICTS,
    )


async def story(request: Request, session: Session) -> Response:
    """Show a story; merge others into it, split items off, take an edit back."""
    knows, name = site_of(request).knows, request.path_params["name"]
    told = await commands.story(knows.store, name)
    if told is None:
        raise HTTPException(404)
    if request.method == "POST":
        form, now = await filled_in(request), knows.clock()
        match text(form, "do"):
            case "merge":
                others = text(form, "with").replace(",", " ").split()
                made = await commands.merge(knows.store, [str(told.id), *others], by=session.name, now=now)
                did, to = f"merged {told.id} and {', '.join(others)} into {made.id}", made.id
            case "split":
                leaving = texts(form, "item")
                made = await commands.split(knows.store, str(told.id), leaving, by=session.name, now=now)
                did, to = f"split {', '.join(leaving)} from {told.id} into {made.id}", made.id
            case "undo":
                edit = await commands.undo_edit(knows.store, _number(form, "edit"), by=session.name, now=now)
                did, to = f"took back {edit.kind} {edit.number}", told.id
            case do:
                raise Refused(f"{do!r} cannot be done to a story")
        return await _done(request, session, did, f"/operate/story/{to}")
    return page(request, "operate_story.html.j2", title=f"Correct story {told.id}", session=session, told=told)


def _number(form: FormData, name: str) -> int:
    said = text(form, name)
    if not said.isdecimal() or len(said) > 9:
        raise Refused(f"{said!r} is no number of an edit")
    return int(said)


async def _done(request: Request, session: Session, did: str, to: str) -> Response:
    """Write down what was done, and go back to where it was done, so that reloading does not do it again."""
    knows = site_of(request).knows
    await knows.store.operations.note(session.name, knows.clock(), did)
    return RedirectResponse(to, status_code=303)


BOTH = ["GET", "POST"]

ROUTES = (
    Route("/operate", operated(desk)),
    Route("/operate/enter", enter, methods=BOTH),
    Route("/operate/leave", operated(leave), methods=["POST"]),
    Route("/operate/feeds", operated(feeds), methods=BOTH),
    Route("/operate/subscribers", operated(subscribers), methods=BOTH),
    Route("/operate/item/{name}", operated(item), methods=BOTH),
    Route("/operate/story/{name}", operated(story), methods=BOTH),
)
