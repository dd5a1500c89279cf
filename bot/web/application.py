"""The application: every page, form and feed of a site, one table of addresses, and what is answered when one fails."""

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.errors import Refused, StoreError
from bot.web import api, health, joining, looks, machines, operating, pages, websub
from bot.web.safety import Bounds, Headers
from bot.web.site import Site

HERE = Path(__file__).parent


def application(site: Site, others: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Return the site as an ASGI application. `others`: what else is answered here, such as Slack's requests."""
    made = Starlette(
        routes=[
            *others,
            *machines.ROUTES,  # before the pages: /topic/faces.atom is no topic
            *pages.ROUTES,
            *joining.ROUTES,
            *health.ROUTES,
            *operating.ROUTES,
            *websub.ROUTES,
            Mount("/static", StaticFiles(directory=HERE / "static"), name="static"),
            Mount("/api/v1", api.made(site)),
        ],
        middleware=[Middleware(Bounds)],
        exception_handlers={
            HTTPException: looks.failed,
            Refused: looks.refused,
            StoreError: looks.unavailable,
            ClientDisconnect: looks.hung_up,
            Exception: looks.broken,
        },
    )
    made.router.redirect_slashes = False  # it would lead to whatever host the request names
    made.state.site = site
    # Around everything, also around what answers when a page fails.
    return Headers(made, secure=site.links.base.startswith("https:"))
