"""Mail, by SMTP: one recipient a message, one connection for many, the same message whenever it is tried again.

A mail server cannot be asked what it took. What is uncertain after a crash is sent again, with the same Message-ID and
to the byte the same, by which mailboxes know it as one.
"""

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from pathlib import Path
from typing import Any, Literal, Self

import dkim
import structlog
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from bot import render
from bot.bounces import ABOUT_US
from bot.errors import ConfigError, DeliveryError, Mistake, SubscriberGone, Undeliverable
from bot.links import Links
from bot.records import Delivery, Digest, Subscriber

log = structlog.get_logger()

NO_ANSWER = 30.0
"""Seconds after which a server's answer counts as none."""

AGAIN = 60.0
"""Seconds between two tries to reach a server that could not be reached."""

IDLE = 60.0
"""Seconds after which a connection that was not used is made anew: servers close it, some without a word."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


NO_MAILBOX = re.compile(r"\b5\.(?:1\.(?:1|2|3|6|10)|2\.1)\b")
"""RFC 3463: there is no such mailbox or domain, it moved, it is disabled. Some servers say so after the message."""


class _Policy(EmailPolicy):
    """Folds headers as RFC 5322 wants, but leaves those whole that programs read, and that only we write.

    The standard library makes encoded words of an address or a link that is too long for its line, by which no mailbox
    knows it any more.
    """

    whole = ("to", "message-id", "list-id", "list-unsubscribe")

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return a header as it is sent."""
        if name.lower() in self.whole:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """A mail server, and who we are to it. `tls`: STARTTLS, demanded; from the first byte; none, to this machine only.

    Raises ConfigError where another machine would hear mails and passwords unencrypted.

    `sender` stands in From, and takes what cannot be delivered. `ca_file`: whom to trust beside the system's own.
    """

    host: str
    port: int
    sender: Address
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.tls == "none" and self.host not in LOOPBACK:
            says = f"mail goes without TLS to this machine only, not to {self.host}"
            raise ConfigError([Mistake(file="settings", line=None, says=says)])

    def __repr__(self) -> str:
        return f"Smtp({self.host}:{self.port})"  # the password is nobody's business


SIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Auto-Submitted"),
    *("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
)
"""Headers that our signature covers; RFC 8058 wants the last two among them."""


@dataclass(frozen=True, kw_only=True)
class Dkim:
    """A key to sign mails with, in PEM, and the name by which mailboxes find the other half of it in the DNS."""

    selector: str
    domain: str
    key: bytes

    def __repr__(self) -> str:
        return f"Dkim({self.selector}._domainkey.{self.domain})"

    @classmethod
    def of(cls, file: Path, selector: str, domain: str) -> Self:
        """Return the key in a file, tried. Raises ConfigError where it cannot sign."""
        try:
            made = cls(selector=selector, domain=domain, key=file.read_bytes())
            made.signed(b"From: a@example.org\r\n\r\n\r\n")
        except (OSError, ValueError, dkim.DKIMException) as e:
            why = e.strerror if isinstance(e, OSError) else "no private RSA key in PEM, without a passphrase"
            raise ConfigError([Mistake(file="settings", line=None, says=f"LOOKOUT_DKIM_KEY: {file}: {why}")]) from None
        return made

    def signed(self, message: bytes) -> bytes:
        """Return a message with its signature, which also says when it was made."""
        present = {name.lower() for name, _, _ in (row.partition(b":") for row in message.split(b"\r\n"))}
        covered = [name.encode() for name in SIGNED if name.lower().encode() in present]
        signature: bytes = dkim.sign(
            message,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=covered,
        )
        return signature + message


class Email:
    """An output. It logs in when `run` begins; a connection that was lost is made anew by the next message."""

    at_once = 1  # they share a connection, and none may count as unanswered because it waits for another
    longest = 1 << 30  # all of it in one mail: a second would have the same Message-ID
    letters_first = True

    def __init__(self, smtp: Smtp, links: Links, dkim: Dkim | None = None) -> None:
        self._smtp, self._links, self._dkim = smtp, links, dkim
        self._client: SMTP | None = None
        self._used, self._away_until = 0.0, 0.0
        self._one_at_a_time = asyncio.Lock()
        self._up = asyncio.Event()

    def __repr__(self) -> str:
        return f"Email({self._smtp!r})"

    @property
    def ready(self) -> bool:
        """Did the server let us in, and was it there when we last needed it?"""
        return self._up.is_set() and asyncio.get_running_loop().time() >= self._away_until

    async def reached(self) -> None:
        """Return once the server let us in."""
        await self._up.wait()

    async def run(self) -> None:
        """Be ready until cancelled. Raises ConfigError where the server refuses our password."""
        try:
            while not self._up.is_set():
                try:
                    async with self._one_at_a_time:
                        await self._connected()
                except (SMTPException, OSError) as e:
                    if isinstance(e, SMTPAuthenticationError) and e.code >= 500:  # 454: it cannot tell just now
                        says = f"LOOKOUT_SMTP_PASSWORD was refused by {self._smtp.host} ({e.code})"
                        raise ConfigError([Mistake(file="settings", line=None, says=says)]) from None
                    log.warning("email: not reached", host=self._smtp.host, why=_why(e), again_in=f"{AGAIN:.0f} s")
                    await asyncio.sleep(AGAIN)
                else:
                    self._up.set()
                    log.info("email: connected", host=self._smtp.host)
            await asyncio.Event().wait()
        finally:
            self._up.clear()
            self._drop()

    def parts(self, digest: Digest, reader: Subscriber, key: str) -> Sequence[dict[str, Any]]:
        """Return a digest as one mail."""
        leave = self._links.to_leave(reader.handle)
        ways = render.email.Ways(
            archive=f"{self._links.base}/digest/{key}",
            settle=self._links.to_settle(reader.handle, digest.until),
            leave=leave,
        )
        said = render.email.message(digest, ways)
        return [{"subject": said.subject, "text": said.text, "html": said.html, "leave": leave}]

    async def has(self, _delivery: Delivery) -> None:
        """Return None: a mail server cannot be asked. What is sent again is the same message."""

    async def send(self, delivery: Delivery) -> str:
        """Send the mail, and return its Message-ID.

        An address that is refused for good is SubscriberGone; a server that refuses us for what we are, or cannot just
        now, is a DeliveryError; a mail that is refused for what it says is Undeliverable.
        """
        message = self.message(delivery)
        async with self._one_at_a_time:
            try:
                client = await self._connected()
                self._used = asyncio.get_running_loop().time()
                written = message.as_bytes() if self._dkim is None else self._dkim.signed(message.as_bytes())
                await client.sendmail(self._smtp.sender.addr_spec, [delivery.address], written)
            except SMTPRecipientsRefused as e:
                raise _of_recipient(e.recipients[0], delivery.address) from e
            except SMTPDataError as e:
                raise _of_content(e, delivery.address, is_plain="notice" in delivery.part) from e
            except (SMTPException, OSError) as e:
                self._drop()
                raise DeliveryError(_why(e, delivery.address)) from e
            except BaseException:
                self._drop()  # cut off in the middle of a dialogue, the connection is good for nothing
                raise
        return str(message["Message-ID"])

    def message(self, delivery: Delivery) -> EmailMessage:
        """Return the mail of a delivery, unsigned: to the byte the same, whenever it is asked for."""
        part, sender = delivery.part, self._smtp.sender
        message = EmailMessage(policy=_Policy(linesep="\r\n", cte_type="7bit"))  # no server on the way rewrites it
        message["From"] = sender
        message["To"] = Address(addr_spec=delivery.address)
        message["Subject"] = _subject(part.get("subject") or "From Lookout")
        message["Date"] = delivery.composed
        message["Message-ID"] = f"<{delivery.key}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        leave = f"\n-- \nUnsubscribe: {part['leave']}\n" if part.get("leave") else ""
        message.set_content(part["text"] if "html" in part else part["notice"] + leave)
        if part.get("leave"):
            message["List-Id"] = f"Lookout <digest.{sender.domain}>"
            message["List-Unsubscribe"] = f"<{part['leave']}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        if "html" in part:
            message.add_alternative(part["html"], subtype="html")
            message.set_boundary(f"={delivery.key}=")
        return message

    async def _connected(self) -> SMTP:
        idle = asyncio.get_running_loop().time() - self._used > IDLE
        if self._client is not None and (idle or not self._client.is_connected):
            self._drop()
        if self._client is None:
            smtp = self._smtp
            secured = ssl.create_default_context(cafile=smtp.ca_file) if smtp.tls != "none" else None
            client = SMTP(
                hostname=smtp.host,
                port=smtp.port,
                use_tls=smtp.tls == "implicit",
                start_tls=smtp.tls == "starttls",
                tls_context=secured,
                timeout=NO_ANSWER,
                username=smtp.user,
                password=smtp.password,
            )
            try:
                await client.connect()
            except (SMTPException, OSError):
                # Not every mail that waits is to find out by itself that nobody is there.
                self._away_until = asyncio.get_running_loop().time() + AGAIN
                raise
            self._client, self._used = client, asyncio.get_running_loop().time()
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


def _of_recipient(error: SMTPRecipientRefused, to: str) -> DeliveryError:
    gone = error.code >= 500 and not ABOUT_US.search(error.message)
    return (SubscriberGone if gone else DeliveryError)(_why(error, to))


def _of_content(error: SMTPDataError, to: str, *, is_plain: bool) -> DeliveryError:
    if error.code >= 500 and NO_MAILBOX.search(error.message):
        return SubscriberGone(_why(error, to))
    # What is refused in plain words for what we are is not refused for its words.
    for_good = error.code >= 500 and not (is_plain and ABOUT_US.search(error.message))
    return (Undeliverable if for_good else DeliveryError)(_why(error, to))


def _subject(written: str) -> str:
    # The standard library takes what looks like an encoded word for one, and a line break in it for the next header.
    return render.words.plain(written).replace("=?", "= ?")


def _why(error: Exception, to: str = "") -> str:
    """Return what a server said, or what happened, on one line; without the address `to`, for it is logged."""
    said = f"{error.code} {error.message}" if isinstance(error, SMTPResponseException) else str(error)
    if to:
        said = re.sub(re.escape(to), "the address", said, flags=re.IGNORECASE)
    return render.words.cut(render.words.plain(said or type(error).__name__), 300)
