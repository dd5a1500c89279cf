"""A web site on loopback that answers as real ones do: content types, validators, "not modified", "not found"."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Page:
    """What one address answers."""

    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        """Its strong validator: another body, another tag."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@contextmanager
def serving(pages: Callable[[str], Mapping[str, Page]]) -> Iterator[str]:
    """Give the address of a site, `http://127.0.0.1:PORT`, and serve there until the end of the block.

    `pages` maps that address to the pages by path; a path with a query of its own is a page of its own, any other
    query (such as `?utm_source=rss`) is ignored.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        server.RequestHandlerClass = partial(_Visit, pages(address))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()


class _Visit(BaseHTTPRequestHandler):
    def __init__(self, pages: Mapping[str, Page], *connection: Any) -> None:
        self._pages = pages
        super().__init__(*connection)

    def do_GET(self) -> None:
        """Answer with the page, that it has not changed, or that there is none."""
        page = self._pages.get(self.path) or self._pages.get(self.path.partition("?")[0])
        if page is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif self.headers.get("If-None-Match") == page.etag:
            self._head(HTTPStatus.NOT_MODIFIED, page)
        else:
            self._head(HTTPStatus.OK, page)
            self.wfile.write(page.body)

    def _head(self, status: HTTPStatus, page: Page) -> None:
        self.send_response(status)
        self.send_header("ETag", page.etag)
        if status is HTTPStatus.OK:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Keep quiet: the terminal belongs to the digest."""
