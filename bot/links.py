"""Addresses that people are given in mails: what stands in them is signed, so that nobody can make one up (pure).

A link for leaving works for ever, as RFC 8058 wants it; one that lets in, or changes something, expires.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from bot.errors import Refused

TO_CONFIRM = timedelta(days=2)
"""How long somebody may take to confirm that they want to be told."""

TO_SETTLE = timedelta(days=30)
"""How long a link to the settings is good: one of a mail that was passed on must not be so for ever."""

MARK = 15
"""Bytes of a mark, 20 characters: nobody finds another's by trying."""

LONGEST = 4_000
"""Characters of a token that is looked at: ours have some hundreds."""


@dataclass(frozen=True)
class Links:
    """Makes and reads links below `base`, the site's address without a slash at its end. `secret` signs them."""

    base: str
    secret: str

    def __repr__(self) -> str:
        return f"Links(base={self.base!r})"

    def mark(self, what: str, of: str) -> str:
        """Return what stands for something, such as an address, where nobody is to read it: the same each time."""
        made = hmac.new(self.secret.encode(), f"{what} {of}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made[:MARK]).decode()

    def to_leave(self, handle: str) -> str:
        """Return where a subscriber, by its handle, leaves."""
        return f"{self.base}/unsubscribe/{self._signed('leave', handle)}"

    def to_settle(self, handle: str, now: datetime) -> str:
        """Return where a subscriber sees and changes its settings."""
        return f"{self.base}/settings/{self._until('settle', handle, now + TO_SETTLE)}"

    def to_confirm(self, wish: Mapping[str, Any], now: datetime) -> str:
        """Return where somebody confirms a wish: an address and what it wants to be told, as JSON can say it."""
        return f"{self.base}/confirm/{self._until('confirm', dict(wish), now + TO_CONFIRM)}"

    def leaving(self, token: str) -> str:
        """Return the handle in a link to leave. Raises Refused where we did not make it."""
        return str(self._read("leave", token))

    def settling(self, token: str, now: datetime) -> str:
        """Return the handle in a link to the settings. Raises Refused where we did not make it, or it is too old."""
        return str(self._unexpired("settle", token, now))

    def confirming(self, token: str, now: datetime) -> Mapping[str, Any]:
        """Return the wish in a link to confirm. Raises Refused where we did not make it, or it is too old."""
        wish: Mapping[str, Any] = self._unexpired("confirm", token, now)
        return wish

    def _until(self, what: str, said: object, until: datetime) -> str:
        return self._signed(what, [said, int(until.timestamp())])

    def _unexpired(self, what: str, token: str, now: datetime) -> Any:
        said, until = self._read(what, token)
        if now.timestamp() > until:
            raise Refused("this link has expired; ask for a new one")
        return said

    def _signed(self, what: str, said: object) -> str:
        return self._serializer(what).dumps(said)

    def _read(self, what: str, token: str) -> Any:
        try:
            return self._serializer(what).loads(token[:LONGEST])
        except BadSignature as e:
            raise Refused("this link is not whole; copy all of it from the mail") from e

    def _serializer(self, what: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt=what)
