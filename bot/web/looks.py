"""How pages are made: the templates, what they can say, and the pages that tell of failures."""

import secrets
from functools import cache
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot import render
from bot.web import asked
from bot.web.limits import TooOften
from bot.web.site import Site

log = structlog.get_logger()

SAYS = {
    404: "There is no such page.",
    405: "That cannot be done here.",
    413: "This is more than is read here.",
    414: "This address is too long.",
}
"""What is said of a failure, by its status; of others what its error says."""


def site_of(request: Request) -> Site:
    """Return the site that a request is for."""
    site: Site = request.app.state.site
    return site


def page(request: Request, template: str, *, status: int = 200, title: str, **said: Any) -> HTMLResponse:
    """Return a page. What a template shows is escaped by it; `title` stands in the window and over the page."""
    site = site_of(request)
    written = templates().get_template(template).render(
        title=title,
        base=site.links.base,
        zone=site.zone,
        operated=site.operators.any,
        here=request.url.path,
        topics=site.knows.watchlist().topics,
        **said,
    )  # fmt: skip
    return HTMLResponse(written, status_code=status)


@cache
def templates() -> Environment:
    """Return the templates, with what all of them can say."""
    made = Environment(
        loader=PackageLoader("bot.web"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    made.globals["last_page"] = asked.LAST_PAGE
    made.filters |= {
        "address": render.words.web_address,
        "calendar": render.words.calendar,
        "category": render.words.CATEGORY_NAMES.__getitem__,
        "count": render.words.count,
        "linked": linked,
        "moment": render.words.moment,
        "about": render.words.about,
        "percent": render.words.percent,
        "plain": render.words.plain,
        "visible": render.words.visible,
        "when": render.words.when,
    }
    return made


def linked(text: str) -> Markup:
    """Return text as HTML in which web addresses are links; everything else stands as it is."""
    parts = []
    for n, part in enumerate(render.words.ADDRESS.split(text)):
        to = render.words.web_address(part) if n % 2 else ""
        shown = escape(render.words.visible(part))
        parts.append(Markup('<a href="{}" rel="nofollow noopener">{}</a>').format(to, shown) if to else shown)
    return Markup("").join(parts)


def wants_data(request: Request) -> bool:
    """Is this a program that asks, to be answered in JSON?"""
    return request.url.path.startswith("/api/")


async def failed(request: Request, error: Exception) -> Response:
    """Tell of an address that is not there, or a way of asking that is not taken."""
    assert isinstance(error, HTTPException)
    says = SAYS.get(error.status_code, error.detail)
    return _sorry(request, error.status_code, says, error.headers)


async def refused(request: Request, error: Exception) -> Response:
    """Tell why something cannot be done."""
    says = str(error)
    stop = "" if says[-1:] in ".?" else "."
    return _sorry(request, 429 if isinstance(error, TooOften) else 400, f"{says[:1].upper()}{says[1:]}{stop}")


async def unavailable(request: Request, error: Exception) -> Response:
    """Tell that the database does not answer."""
    log.error("web: the database refuses", error=str(error))
    return _sorry(request, 503, "The archive cannot be read at the moment. Try again in a minute.")


async def hung_up(_request: Request, _error: Exception) -> Response:
    """Answer somebody who is gone: nobody reads it, and it is no mistake of ours."""
    return Response(status_code=400)


async def broken(request: Request, _error: Exception) -> Response:
    """Tell of a mistake of ours, with an id by which it is found in the log."""
    id_ = secrets.token_hex(4)
    log.exception("web: a page failed", id=id_, page=request.scope.get("route", "") and request.scope["route"].path)
    return _sorry(request, 500, f"Something went wrong here. The log has it as {id_}.")


def _sorry(request: Request, status: int, says: str, headers: Any = None) -> Response:
    if wants_data(request):
        return JSONResponse({"error": says}, status_code=status, headers=headers)
    told = page(request, "sorry.html.j2", status=status, title="Not found" if status == 404 else "Sorry", says=says)
    told.headers.update(headers or {})
    return told
