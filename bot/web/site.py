"""What the pages need, and the application made of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from bot.desk import Knowledge
from bot.errors import Refused, StoreError
from bot.links import Links
from bot.matching import Figure
from bot.web import api, health, joining, looks, machines, operating, pages
from bot.web.limits import Patience
from bot.web.operators import Operators
from bot.web.remembering import Remembered
from bot.web.safety import Bounds, Headers

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the pages need. `mails`: can people subscribe by mail?

    `figures`: how well the matcher does. `webhook_secret` tells what signs the messages to a webhook's address;
    `allow_private`: also to one in this network.
    """

    knows: Knowledge
    links: Links
    operators: Operators
    webhook_secret: Callable[[str], str]
    figures: tuple[Figure, ...] = ()
    allow_private: bool = False
    mails: bool = False
    patience: Patience = field(default_factory=Patience)
    remembered: Remembered = field(default_factory=Remembered)

    @property
    def zone(self) -> str:
        """The operator's zone."""
        return self.knows.zone


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
