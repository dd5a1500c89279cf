# ruff: noqa: N802  aiosmtpd finds what answers a command by these names
"""A mail server on loopback for the tests: it takes mail, refuses, delays and loses it as it is told, and looks at it.

            EHLO STARTTLS AUTH MAIL RCPT DATA             fault
    bot  ------------------------------------>  MailServer  <----------  test
                                                            ---------->
                                                               messages, mailbox, copies, violations

It speaks real SMTP, by aiosmtpd, in a thread of its own, and writes down in `violations` whatever a test should not let
pass (shared/PLATFORM_LIMITS.md, "E-mail"). A mailbox of it keeps what comes twice with one Message-ID once, as those of
Cyrus, Dovecot and Gmail do. In a process of its own it outlives ours:

    python -m tests.mail_server FOLDER   ->  its port, on a line; every message it takes becomes a file, see `stored`
"""

import asyncio
import json
import re
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.message import Message as Parsed
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exception
from types import TracebackType
from typing import Any, AnyStr, Literal, NoReturn, Self, TypeVar

import trustme
from aiosmtpd.smtp import MISSING, SMTP, AuthResult, Envelope, LoginPassword, Session, TLSSetupException

T = TypeVar("T")

Tls = Literal["none", "offered", "required", "implicit"]
"""No TLS, STARTTLS that one may or must use, or TLS from the first byte."""

Certificate = Literal["good", "wrong name", "untrusted"]

Moment = Literal["connect", "AUTH", "MAIL", "RCPT", "DATA", "end"]
"""When a fault happens: before the banner, at a command, or, at the "end", when the whole message has come."""

GIVE_UP = 60.0
"""Seconds a test waits before it is taken for hung. Not a time limit."""

HTML_MOST = 102 * 1024
"""Bytes of HTML after which Gmail clips."""

_ONCE = ("From", "To", "Subject", "Date", "Message-ID")


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message that was accepted, in one transaction: its envelope, its bytes as they came, when, and over which
    connection (the first is 1). `sender` empty: nobody, as of a bounce.
    """

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    at: datetime
    connection: int

    @cached_property
    def parsed(self) -> EmailMessage:
        """The message as a mail program reads it."""
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def id(self) -> str:
        """Its Message-ID, with the angle brackets; empty: it has none."""
        return str(self._fast["Message-ID"] or "").strip()

    @cached_property
    def wrong(self) -> tuple[str, ...]:
        """What in it no test should let pass."""
        return (*_wrong_bytes(self.raw), *_wrong_headers(self._fast), *_wrong_parts(self._fast))

    @cached_property
    def _fast(self) -> Parsed:
        return message_from_bytes(self.raw)


def mailbox(messages: Iterable[Message], address: str) -> list[Message]:
    """Return what of it a person finds in their mailbox: a message with one Message-ID once."""
    found: dict[object, Message] = {}
    for number, message in enumerate(messages):
        if address in message.recipients:
            found.setdefault(message.id or number, message)
    return list(found.values())


def stored(folder: Path) -> list[Message]:
    """Return the messages that a server in a process of its own took so far, in order."""
    return [_from_file(file.read_bytes()) for file in sorted(folder.glob("*.eml"))]


# -- what is wrong with a message -----------------------------------------------------------------------------


def _wrong_bytes(raw: bytes) -> Iterator[str]:
    if not raw.partition(b"\r\n\r\n")[0].isascii():
        yield "bytes in the headers that are not ASCII"
    if raw.count(b"\n") != raw.count(b"\r\n"):
        yield "a bare LF"
    if raw.count(b"\r") != raw.count(b"\r\n"):
        yield "a bare CR"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        yield "a line of over 998 bytes"


def _wrong_headers(message: Parsed) -> Iterator[str]:
    for name in _ONCE:
        if (times := len(message.get_all(name, []))) != 1:
            yield f"{name} {times} times"
    if "Bcc" in message:
        yield "a Bcc header"
    if str(message.get("Auto-Submitted", "no")).strip() == "no":
        yield "no Auto-Submitted"
    if "List-Id" in message:
        if "List-Unsubscribe" not in message:
            yield "no List-Unsubscribe"
        if str(message.get("List-Unsubscribe-Post", "")).strip() != "List-Unsubscribe=One-Click":
            yield "no List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _wrong_parts(message: Parsed) -> Iterator[str]:
    """A mail is plain text alone, or multipart/alternative that begins with it."""
    if not (_alternative(message) or message.get_content_type() == "text/plain"):
        yield "not multipart/alternative with text/plain first"
    for part in message.walk():
        html = part.get_payload(decode=True) if part.get_content_type() == "text/html" else b""
        if isinstance(html, bytes) and len(html) > HTML_MOST:
            yield f"{len(html)} bytes of HTML"


def _alternative(message: Parsed) -> bool:
    parts = message.get_payload()
    return (
        message.get_content_type() == "multipart/alternative"
        and isinstance(parts, list)
        and parts[0].get_content_type() == "text/plain"  # type: ignore[union-attr]  # a list is one of messages
    )


# -- the server -----------------------------------------------------------------------------------------------


@dataclass
class _Fault:
    moment: Moment
    plan: str
    to: str | None
    left: int | None

    def applies(self, moment: Moment, recipients: Sequence[str]) -> bool:
        return self.moment == moment and self.left != 0 and (self.to is None or self.to in recipients)


class MailServer:
    """A mail server on loopback, in a thread: `with MailServer() as server`, then `server.host` and `server.port`.

    With `tls`, `ca_file` is what to trust; the certificate is good for 127.0.0.1 and localhost, or is for another name,
    or signed by somebody else. With a `login` (a user, a password) nobody may send without it. `delay`, which may be
    set at any time, is how many seconds it takes at each `Moment` before it answers; other connections do not wait for
    it. `folder`: every message is also stored there, before it is acknowledged.
    """

    def __init__(
        self,
        *,
        tls: Tls = "none",
        certificate: Certificate = "good",
        login: tuple[str, str] | None = None,
        delay: float = 0.0,
        folder: Path | None = None,
    ) -> None:
        self.host, self.port = "127.0.0.1", 0
        self.ca_file: Path | None = None
        self.tls, self.login, self.delay, self.folder = tls, login, delay, folder
        self.messages: list[Message] = []
        """All that was accepted, in order."""
        self.connections = 0
        """How many connections there have been."""
        self.transactions = 0
        """How many times MAIL opened a transaction, whatever became of it."""
        self._certificate: Certificate = certificate
        self._before = len(stored(folder)) if folder else 0
        self._noted: list[str] = []
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._lines: set[_Line] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="mail", daemon=True)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._context = None
            if self.tls != "none":
                self._context = self._secured(Path(stack.enter_context(TemporaryDirectory())))
            self._thread.start()
            assert self._ready.wait(GIVE_UP), "the server did not start"
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._stack.close()

    @property
    def violations(self) -> list[str]:
        """What no test should let pass, of the dialogues and of the messages."""
        return self._noted + [f"{one.id or 'a message'}: {says}" for one in tuple(self.messages) for says in one.wrong]

    def mailbox(self, address: str) -> list[Message]:
        """Return what a person finds in their mailbox: a message with one Message-ID once."""
        return mailbox(tuple(self.messages), address)

    def copies(self, address: str) -> int:
        """Return how many messages were accepted for an address, the same one as often as it came."""
        return sum(address in message.recipients for message in tuple(self.messages))

    def fault(self, moment: Moment, plan: str, *, to: str | None = None, times: int | None = 1) -> None:
        """Let something go wrong `times` times, None: for ever; `to`: only where mail is for this address.

        A plan is an answer ("550 5.1.1 No such user"; after a 421 it hangs up), "close" (it hangs up instead of
        answering; at "DATA", when the first bytes of the message have come), "lost" (at the "end": it takes the message
        and hangs up instead of saying so), or "slow:2" (it takes so many seconds and works).
        """
        with self._lock:
            self._faults.append(_Fault(moment, plan, to, times))

    def _plan(self, moment: Moment, recipients: Sequence[str]) -> str:
        with self._lock:
            for fault in self._faults:
                if fault.applies(moment, recipients):
                    fault.left = None if fault.left is None else fault.left - 1
                    return fault.plan
        return ""

    def _keep(self, message: Message) -> None:
        if self.folder:
            _to_file(self.folder, len(self.messages) + self._before, message)
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], T]) -> T:
        """Return what the condition on the messages gives once it is true. Blocks: not for an async test."""
        with self._changed:
            while not (found := condition()):
                assert self._changed.wait(GIVE_UP), "it never came"
            return found

    # life, in the server's own loop

    async def _serve(self) -> None:
        self._loop, self._closing = asyncio.get_running_loop(), asyncio.Event()
        tls = self._context if self.tls == "implicit" else None
        server = await self._loop.create_server(lambda: _Line(self, self._loop), self.host, 0, ssl=tls, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._closing.wait()
        server.close()
        for line in list(self._lines):
            line.abort()
        await asyncio.sleep(0)

    def _secured(self, folder: Path) -> ssl.SSLContext:
        trusted = trustme.CA()
        self.ca_file = folder / "ca.pem"
        trusted.cert_pem.write_to_path(self.ca_file)
        signer = trustme.CA() if self._certificate == "untrusted" else trusted
        names = ("elsewhere.example",) if self._certificate == "wrong name" else (self.host, "localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        signer.issue_cert(*names).configure_cert(context)
        return context


class _Line(SMTP):
    """One connection: aiosmtpd's dialogue, with the server's faults in it."""

    line_length_limit = 2**26
    """Bytes that its reader holds: a whole message."""

    def __init__(self, server: MailServer, loop: asyncio.AbstractEventLoop) -> None:
        starts = server.tls in ("offered", "required")
        super().__init__(
            _Hooks(server),
            hostname="mail.test",
            enable_SMTPUTF8=True,
            tls_context=server._context if starts else None,
            require_starttls=server.tls == "required",
            auth_require_tls=starts or server.login is None,
            authenticator=self._authenticated,
            loop=loop,
        )
        self._auth_required = server.login is not None  # as an argument it warns of every connection without TLS
        self._server = server
        self.number = 0
        self.asked: list[str] = []
        """Those whom RCPT named in this transaction, refused or not."""

    def abort(self) -> None:
        """Hang up without a word."""
        if self.transport:
            self.transport.abort()  # type: ignore[attr-defined]  # it is one of a socket or of TLS

    async def plan(self, moment: Moment) -> str:
        """Return what goes wrong at this moment: "" (nothing), an answer, "close" or "lost". Takes its time."""
        plan = self._server._plan(moment, self.asked[-1:] if moment == "RCPT" else self.asked)
        slow = float(plan[5:]) if plan.startswith("slow:") else 0.0
        if self._server.delay + slow:
            await asyncio.sleep(self._server.delay + slow)
        return "" if slow else plan

    async def answer(self, moment: Moment) -> Any:
        """Return what is answered instead of yes, MISSING: nothing. It hangs up where that is the plan."""
        plan = await self.plan(moment)
        if plan == "close":
            self.hang_up()
        return plan or MISSING

    def hang_up(self) -> NoReturn:
        """End the dialogue here, without a word."""
        self.abort()
        raise asyncio.CancelledError  # as aiosmtpd ends it when the other side has hung up

    async def push(self, status: AnyStr) -> None:
        """Say something; after a 421, nothing more."""
        await super().push(status)
        if isinstance(status, str) and status.startswith("421") and self.transport:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        """Take a message in one piece; aiosmtpd takes it line by line, which for long ones is several times slower."""
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            return await self.push("503 5.5.1 Error: need RCPT command")
        plan = await self.plan("DATA")
        if plan not in ("", "close"):
            return await self.push(plan)
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        if plan == "close":
            await self._reader.read(1)
            self.hang_up()
        await self._take(await self._message(), self.envelope)
        return None

    async def _message(self) -> bytes:
        """Read as far as the lone dot, and undo the stuffing of dots (RFC 5321, 4.5.2)."""
        raw = bytearray(b"\r\n")
        while not raw.endswith(b"\r\n.\r\n"):
            raw += await self._reader.readuntil(b".\r\n")
        return bytes(raw[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    async def _take(self, raw: bytes, envelope: Envelope) -> None:
        plan = await self.plan("end")
        if plan in ("", "lost"):
            self._server._keep(
                Message(
                    sender=(envelope.mail_from or "").removeprefix("<>"),
                    recipients=tuple(envelope.rcpt_tos),
                    raw=raw,
                    at=datetime.now(UTC),
                    connection=self.number,
                )
            )
        if plan in ("close", "lost"):
            self.hang_up()
        self.envelope = self._create_envelope()
        await self.push(plan or "250 2.0.0 OK")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, once for the connection and once more when it becomes secret."""
        self._server._lines.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        self._server._lines.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        self._server.connections += 1
        self.number = self._server.connections
        answer = await self.answer("connect")
        if answer is MISSING:
            return await super()._handle_client()
        await self.push(answer)
        return self._writer.close()

    def _create_envelope(self) -> Envelope:
        self.asked = []
        return super()._create_envelope()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # The email package's parser takes half of the time that a message takes; most addresses do not need it.
        if found := re.fullmatch(r"<([\w.+=-]+@[\w.-]+)>(.*)", arg, re.ASCII):
            return found[1], found[2]
        return super()._getaddr(arg)

    def _authenticated(self, _line: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        expected = self._server.login and LoginPassword(*(each.encode() for each in self._server.login))
        return AuthResult(success=given == expected, handled=False)


class _Hooks:
    """What aiosmtpd asks before it says yes."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_AUTH(self, line: _Line, *_: object) -> Any:
        return await line.answer("AUTH")

    async def handle_MAIL(self, line: _Line, *_: object) -> Any:
        self._server.transactions += 1
        return await line.answer("MAIL")

    async def handle_RCPT(self, line: _Line, _session: Session, _envelope: Envelope, address: str, *_: object) -> Any:
        if line.asked:
            self._server._noted.append(f"{address} is asked for after {line.asked[-1]} in one transaction")
        line.asked.append(address)
        return await line.answer("RCPT")

    async def handle_exception(self, error: Exception) -> str:
        if not isinstance(error, TLSSetupException):  # the client did not like our certificate
            self._server._noted.append(f"mail_server.py itself failed: {''.join(format_exception(error))}")
        return "451 4.3.0 The server of the tests failed"


# -- in a process of its own ----------------------------------------------------------------------------------


def _to_file(folder: Path, number: int, message: Message) -> None:
    """Store a message, whole or not at all, with its envelope as a first header."""
    said = {
        "sender": message.sender,
        "recipients": message.recipients,
        "at": message.at.isoformat(),
        "connection": message.connection,
    }
    unfinished = folder / f"{number:06}.part"
    unfinished.write_bytes(b"X-Envelope: " + json.dumps(said).encode() + b"\r\n" + message.raw)
    unfinished.replace(unfinished.with_suffix(".eml"))


def _from_file(kept: bytes) -> Message:
    envelope, _, raw = kept.partition(b"\r\n")
    said = json.loads(envelope.removeprefix(b"X-Envelope: "))
    return Message(
        sender=said["sender"],
        recipients=tuple(said["recipients"]),
        raw=raw,
        at=datetime.fromisoformat(said["at"]),
        connection=said["connection"],
    )


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with MailServer(folder=folder) as server:
        print(server.port, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
