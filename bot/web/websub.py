"""Where hubs call us back, and tell us that a feed has news (WebSub)."""

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import websub
from bot.records import Hub
from bot.web.looks import site_of

log = structlog.get_logger()


async def confirm(request: Request) -> Response:
    """Answer a hub that asks whether it was us who subscribed: with its challenge, or 404."""
    hub = await _called(request)
    said = request.query_params
    if hub is None:
        return Response(status_code=404)
    if said.get("hub.mode") == "denied":
        log.warning("a hub refuses us", feed=hub.feed_id, reason=said.get("hub.reason", "")[:200])
        return Response(status_code=200)
    until = websub.leased(hub, said, site_of(request).knows.clock())
    if until is None:
        return Response(status_code=404)
    await site_of(request).knows.store.hubs.confirmed(hub.feed_id, until)
    log.info("a hub tells us of news", feed=hub.feed_id, until=until.isoformat())
    # Whatever the challenge is, no browser takes it for a page.
    return PlainTextResponse(said.get("hub.challenge", ""))


async def pushed(request: Request) -> Response:
    """Take a hub's message: the feed is polled at once if it is signed. 410 ends what we no longer follow (7)."""
    hub = await _called(request)
    if hub is None:
        return Response(status_code=410)
    # Who signs wrongly hears nothing of it (7.1): whoever guesses learns nothing.
    if websub.is_signed(hub, await request.body(), request.headers.get("X-Hub-Signature", "")):
        knows = site_of(request).knows
        await knows.store.hubs.pushed(hub.feed_id, knows.clock())
    return Response(status_code=202)


async def _called(request: Request) -> Hub | None:
    return await site_of(request).knows.store.hubs.called(request.path_params["token"])


ROUTES = (Route("/websub/{token}", confirm, methods=["GET"]), Route("/websub/{token}", pushed, methods=["POST"]))
