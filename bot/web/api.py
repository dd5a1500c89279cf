"""The JSON interface, /api/v1, with its description in OpenAPI at /api/v1/openapi.json. It only reads."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from bot import commands, render
from bot.errors import Refused, StoreError
from bot.records import CATEGORIES, LOCAL
from bot.web import asked, looks
from bot.web.site import Site


class Found(BaseModel):
    """A page of items, best or newest first."""

    items: list[dict[str, Any]]
    page: int
    more: bool = Field(description="Is there another page after this?")
    note: str | None = Field(description="Why meaning was left out of a search; null: it was not.")


class Told(BaseModel):
    """A digest as it was sent."""

    key: str
    since: str
    until: str
    text: str


def made(site: Site) -> FastAPI:
    """Return the interface of a site."""
    api = FastAPI(
        title="Lookout",
        version="1",
        description="What Congress, DHS and the press say about facial recognition and immigration enforcement.",
        docs_url=None,  # its pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            HTTPException: looks.failed,
            Refused: looks.refused,
            StoreError: looks.unavailable,
            RequestValidationError: _invalid,
            Exception: looks.broken,
        },
    )
    api.state.site = site
    knows = site.knows

    @api.get("/items", summary="Search, or the newest items")
    async def items(
        q: Annotated[
            str, Query(description='Words, and what they mean; "quoted words" must occur.', max_length=asked.LONGEST)
        ] = "",
        topic: Annotated[str, Query(description="Only what is flagged for this topic.")] = "",
        source: Annotated[str, Query(description=f"Who speaks: {', '.join(CATEGORIES)}.")] = "",
        feed: Annotated[str, Query(description="Only what this feed carries.")] = "",
        member: Annotated[str, Query(description="A member of Congress, or part of the name.")] = "",
        subject: Annotated[str, Query(description="Only what names this subject.")] = "",
        since: Annotated[str, Query(description="2026-04-05, 2026-04-05T14:00, 30d or 12h ago.")] = "",
        to: Annotated[str, Query(description="Until before when, written as since.")] = "",
        words_only: Annotated[bool, Query(description="Only what holds all the words.")] = False,
        everything: Annotated[bool, Query(alias="all", description="Without q: also what matches no topic.")] = False,
        page: Annotated[int, Query(ge=1, le=asked.LAST_PAGE)] = 1,
    ) -> Found:
        given = {"q": q, "topic": topic, "source": source, "feed": feed, "member": member, "subject": subject}
        given |= {"since": since, "to": to, "page": str(page)}
        given |= {"words_only": "1"} if words_only else {}
        given |= {"all": "1"} if everything else {}
        asking = asked.read(knows, QueryParams(given))
        found, more = await asked.found(knows, asking)
        told = render.data.findings(found)
        return Found(items=told["found"], page=asking.page, more=more, note=found.note)

    @api.get("/items/{name}", summary="One item, by its id or the beginning of it, with its earlier versions")
    async def item(name: Annotated[str, Path(max_length=64)]) -> dict[str, Any]:
        judged = await knows.store.item(name, LOCAL)
        if judged is None:
            raise HTTPException(404)
        earlier = await knows.store.revisions(judged.item.id)
        return render.data.whole(judged) | {"revisions": render.data.revisions(earlier)}

    @api.get("/stories/{name}", summary="One story, by its number or an id of an item in it")
    async def story(name: Annotated[str, Path(max_length=64)]) -> dict[str, Any]:
        told = await commands.story(knows.store, name)
        if told is None:
            raise HTTPException(404)
        return render.data.story(told) | {"edits": len(told.edits)}  # who edited is their own business

    @api.get("/topics", summary="What is followed")
    async def topics() -> list[dict[str, Any]]:
        return [{"id": one.id, "name": one.name, "description": one.description} for one in knows.watchlist().topics]

    @api.get("/subjects", summary="Named programmes and tools")
    async def subjects() -> list[dict[str, Any]]:
        return [{"id": one.id, "name": one.name, "aliases": one.aliases} for one in knows.watchlist().subjects]

    @api.get("/feeds", summary="How every source does")
    async def feeds() -> list[dict[str, Any]]:
        return [render.data.health(one) for one in await commands.health(knows.store, knows.watchlist())]

    @api.get("/members", summary="The members of Congress of whom there are items")
    async def members() -> list[str]:
        return await knows.store.members()

    @api.get("/digests/{key}", summary="A digest as it was sent, by its key")
    async def digest(key: Annotated[str, Path(max_length=64)]) -> Told:
        sent = await knows.store.reports.archived(key)
        if sent is None:
            raise HTTPException(404)
        return Told(key=sent.key, since=sent.since.isoformat(), until=sent.until.isoformat(), text=sent.text)

    return api


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return JSONResponse({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, status_code=400)
