"""Webhooks: a digest as JSON, POSTed to the subscriber's address, signed as https://www.standardwebhooks.com says.

A receiver cannot be asked what it has. What is uncertain is sent again, to the byte the same and under the same
webhook-id, by which receivers know it. Addresses are strangers' wishes: only public ones are called, and no other is
called in their stead.
"""

import asyncio
import base64
import hmac
import json
import re
from collections.abc import AsyncIterable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import httpx
import standardwebhooks

from bot import render
from bot.errors import DeliveryError, FetchError, Refused, SubscriberGone
from bot.fetch import Resolve, callable_url, exchanges, is_private, is_public, resolved
from bot.records import Delivery, Digest, Subscriber

NO_ANSWER = 10.0
"""Seconds after which a receiver's answer counts as none: it is to store what it gets, and think afterwards."""

CONNECT = timedelta(seconds=4)
"""For finding a host's addresses, and for reaching one, so that one that is dead leaves time for the next."""

ANSWER = 64 * 1024
"""Bytes of an answer that are read: nothing in it is of interest, only that it ends."""

LONGEST = 2_000
"""Characters of an address."""

_ODD_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|\d+)\.?$", re.IGNORECASE)
"""How a host ends that resolvers take for a number, though it may be spelled as none: 127.1, 0x7f000001."""


class Webhook:
    """An output. `secret` is the house's, from which each subscriber's own is made.

    `allow_private`: also addresses of this machine, then without TLS too, and of its networks.
    """

    at_once = 32
    longest = 1 << 20
    letters_first = False

    def __init__(
        self,
        secret: str,
        *,
        allow_private: bool = False,
        clock: Callable[[], datetime],
        resolve: Resolve = resolved,
        no_answer: float = NO_ANSWER,
    ) -> None:
        self._secret, self._allow_private, self._clock, self._no_answer = secret, allow_private, clock, no_answer
        self._resolve = resolve
        self._up = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Is it running?"""
        return self._up.is_set()

    async def reached(self) -> None:
        """Return once it runs."""
        await self._up.wait()

    async def run(self) -> None:
        """Be ready until cancelled."""
        self._up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._up.clear()

    def secret_of(self, address: str) -> str:
        """Return what the subscriber at an address, as `checked_address` gave it, verifies our signatures with."""
        made = hmac.digest(self._secret.encode(), f"webhook {address}".encode(), "sha256")
        return f"whsec_{base64.b64encode(made).decode('ascii')}"

    def parts(self, digest: Digest, _reader: Subscriber, _key: str) -> Sequence[dict[str, Any]]:
        """Return a digest as one payload."""
        return [{"payload": {"type": "digest", **render.data.brief(digest)}}]

    async def has(self, _delivery: Delivery) -> None:
        """Return None: a receiver cannot be asked. What is sent again has the same webhook-id."""

    async def send(self, delivery: Delivery) -> str:
        """POST the payload, and return the status of the answer: one of success.

        410 is SubscriberGone. Every other answer, a redirect too, and none, is a DeliveryError.
        """
        try:
            address = checked_address(delivery.address, allow_private=self._allow_private)
        except Refused as e:
            raise DeliveryError(str(e)) from e
        # Of the address only this is told: the rest may be what lets one in.
        host = httpx.URL(address).raw_host.decode("ascii")
        try:
            async with asyncio.timeout(self._no_answer):
                status = await self._posted(address, delivery.key, _body(delivery.part))
        except TimeoutError as e:
            raise DeliveryError(f"{host} had not answered in full after {self._no_answer:g} s") from e
        except FetchError as e:
            raise DeliveryError(e.detail) from e
        if failure := _failure(status, host):
            raise failure
        return str(status)

    async def _posted(self, address: str, key: str, body: bytes) -> int:
        now = self._clock()
        signature = standardwebhooks.Webhook(self.secret_of(address)).sign(key, now, body.decode())
        headers = {
            "User-Agent": "Lookout",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        # A digest comes once an hour at most: there is nothing to keep between two.
        async with (
            exchanges(resolve=self._resolve, allow_private=self._allow_private, connect=CONNECT) as opened,
            opened.exchange("POST", httpx.URL(address), headers, body=body) as reply,
        ):
            if 200 <= reply.status < 300:
                await _read_to_its_end(reply.pieces())
            return reply.status


def checked_address(written: str, *, allow_private: bool) -> str:
    """Return an address that may be a webhook's, in the one spelling by which it is known.

    Raises Refused, in a sentence, where it may not. What a name resolves to is seen only when it is called.
    """
    written = written.strip()
    if not re.match("https?://", written, re.IGNORECASE):
        raise Refused("The address of a webhook begins with https://.")
    if len(written) > LONGEST:
        raise Refused(f"The address of a webhook has at most {LONGEST:,} characters.")
    try:
        url = callable_url(written).copy_with(fragment=None)
    except FetchError as e:
        raise Refused(f"This cannot be a webhook: {e.detail}.") from e
    host = url.raw_host.decode("ascii")
    number, is_named_here = _number(host), re.search(r"(^|\.)localhost\.?$", host) is not None
    is_here = is_named_here or (number is not None and number.is_loopback)
    if url.scheme != "https" and not (allow_private and is_here):
        raise Refused("The address of a webhook begins with https://: what it is told is for its receiver alone.")
    if url.port is not None and not 0 < url.port < 65_536:
        raise Refused(f"This cannot be a webhook: there is no port {url.port}.")
    odd = number is None and _ODD_NUMBER.search(host)
    unsafe = number is not None and not (is_public(number) or (allow_private and is_private(number)))
    if odd or unsafe or (is_named_here and not allow_private):
        raise Refused(f"This cannot be a webhook: {host} is not a public address.")
    return str(url)


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _body(part: Mapping[str, Any]) -> bytes:
    """Return what is POSTed of a part: to the byte the same, whenever it is asked for."""
    said = part["payload"] if "payload" in part else {"type": "notice", "says": part["notice"]}
    # Half a surrogate pair, which is in some titles, is nothing that UTF-8 or a strict reader of JSON can have.
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


async def _read_to_its_end(answer: AsyncIterable[bytes]) -> None:
    came = 0
    async for piece in answer:
        came += len(piece)
        if came > ANSWER:
            raise FetchError("too large", f"its answer goes on after {ANSWER // 1024} KiB")


def _failure(status: int, host: str) -> DeliveryError | None:
    if 200 <= status < 300:
        return None
    if status == httpx.codes.GONE:
        return SubscriberGone(f"{host} answers 410: it wants no more")
    if 300 <= status < 400:
        return DeliveryError(f"{host} answers {status}: redirects are not followed, the new address must be given")
    return DeliveryError(f"{host} answers {status}")
