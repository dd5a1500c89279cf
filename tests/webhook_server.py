"""Somebody's program on loopback that takes webhooks: it answers as it is told, and looks at what it gets.

            POST                        then
    bot  ---------->  WebhookServer  <----------  test
                                     ---------->
                               calls, known, violations

It verifies with the library of Standard Webhooks, as a receiver would, and writes down in `violations` whatever a test
should not let pass. What comes twice with one webhook-id it knows once.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import standardwebhooks
import trustme

Answer = Iterable[bytes] | None
"""The bytes of an answer, piece by piece, before hanging up; None: say nothing until the other hangs up."""

LOST: Answer = ()


def status(code: int, *headers: str, body: bytes = b"") -> Answer:
    rows = (f"HTTP/1.1 {code} Sample", *headers, f"Content-Length: {len(body)}", "", "")
    return ("\r\n".join(rows).encode(), body)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class WebhookServer:
    """A receiver in a thread. `secret_of`: what it was given to verify with, by its address."""

    def __init__(self, secret_of: Callable[[str], str], *, tls: bool = False) -> None:
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.secret_of = secret_of
        self._answers: list[Answer] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._take(Call(path=self.path, headers=headers, body=body), len(self.headers))
                self.close_connection = True
                receiver._answer(self)

            def log_message(self, *_args: object) -> None:
                """Say nothing on stderr."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        if tls:  # of a certificate authority that nobody knows
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trustme.CA().issue_cert("localhost", "127.0.0.1").configure_cert(context)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def then(self, *answers: Answer) -> None:
        """Answer so the next times, in turn; after that it is 204 again."""
        self._answers += answers

    def known(self, path: str) -> list[Any]:
        """What came to a path, each webhook-id once."""
        return list({call.id: call.payload for call in self.calls if call.path == path}.values())

    def _take(self, call: Call, headers: int) -> None:
        try:
            standardwebhooks.Webhook(self.secret_of(self.url + call.path)).verify(call.body, dict(call.headers))
        except standardwebhooks.WebhookVerificationError as e:
            self.violations.append(f"{call.path}: {e}")
        wrong = {
            "is not JSON by its type": call.headers.get("content-type") != "application/json",
            "has a header twice": len(call.headers) != headers,
            "is another under the same id": any(one.body != call.body for one in self.calls if one.id == call.id),
        }
        self.violations += [f"{call.path} {what}" for what, is_so in wrong.items() if is_so]
        self.calls.append(call)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        answer = self._answers.pop(0) if self._answers else (b"HTTP/1.1 204 Sample\r\n\r\n",)
        try:
            if answer is None:
                request.rfile.read(1)
            for piece in answer or ():
                request.wfile.write(piece)
        except OSError:
            """It went before we had said everything."""
