"""What every answer carries, and what no request may exceed."""

from typing import ClassVar

from starlette.datastructures import Headers as Said
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web import looks

LONGEST_QUERY = 4_000
"""Bytes of a query, and of a path: a link to confirm has some hundreds."""

LARGEST_BODY = 64 * 1024
"""Bytes of a form."""

LARGEST = {"/slack/": 1 << 20, "/websub/": 8 << 20}
"""Bytes of what platforms send, by how the path begins: hubs send what is new of a feed, some the whole feed."""


class Headers:
    """Adds to every answer what keeps a browser from doing anything that a page of ours does not need."""

    CSP: ClassVar[str] = "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "img-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": self.CSP,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",  # links to settings let in whoever knows them
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
        }
        if secure:
            self._headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the headers."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


class Bounds:
    """Refuses what is longer than anything that we ask for. It stands inside the application, to answer with a page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._bounded = {most: RequestBodyLimitMiddleware(app, most) for most in (LARGEST_BODY, *LARGEST.values())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with 414 or 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = next((most for path, most in LARGEST.items() if scope["path"].startswith(path)), LARGEST_BODY)
        if refusal := _too_long(scope, most):
            answer = await looks.failed(Request(scope), refusal)
            await answer(scope, receive, send)
            return
        await self._bounded[most](scope, receive, send)


def _too_long(scope: Scope, most: int) -> HTTPException | None:
    """Return how to refuse what says that it is too long; a body that does not say is counted as it comes."""
    if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > LONGEST_QUERY:
        return HTTPException(414)
    said = Said(scope=scope).get("Content-Length", "")
    return HTTPException(413) if said.isdecimal() and int(said) > most else None
