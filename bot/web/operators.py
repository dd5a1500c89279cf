"""Who operates: names with hashes of their passwords (argon2id), signed sessions, and a mark against forged forms."""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from itsdangerous import BadSignature, URLSafeSerializer

SESSION = timedelta(hours=12)
"""How long somebody stays logged in."""

COOKIE = "lookout-operator"

_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """Return a password as it stands in the settings."""
    return _HASHER.hash(password)


@dataclass(frozen=True, kw_only=True)
class Session:
    """Somebody who is logged in: `form` is what each of their forms must bring along.

    `chance` tells the session from others of the same name, `until` is when it ends, in seconds since 1970.
    """

    name: str
    form: str
    chance: str
    until: int


class Operators:
    """Knows the operators. Of sessions only those that were ended are kept: the cookie says all, `secret` signs it.

    Whose password changes, or who is taken out of the settings, is logged out.
    """

    def __init__(self, passwords: Mapping[str, str], secret: str) -> None:
        self._passwords = dict(passwords)
        self._secret = secret
        self._ended: dict[str, int] = {}
        self._one_at_a_time = asyncio.Lock()

    def __repr__(self) -> str:
        return f"Operators({', '.join(self._passwords)})"

    @cached_property
    def _nobody(self) -> str:
        return hashed(secrets.token_hex(8))

    @property
    def any(self) -> bool:
        """Is there anybody who may operate?"""
        return bool(self._passwords)

    def knows(self, name: str, password: str) -> bool:
        """Is this the operator's password? Takes a tenth of a second of processor time, whoever asks."""
        try:
            _HASHER.verify(self._passwords.get(name, self._nobody), password)
        except (VerificationError, InvalidHashError):
            return False
        return name in self._passwords

    async def recognise(self, name: str, password: str) -> bool:
        """Return what `knows` says; one after the other, so that many who try leave the processor to others."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self.knows, name, password)

    def begun(self, name: str, now: datetime) -> str:
        """Return the cookie of a new session."""
        until = int((now + SESSION).timestamp())
        return self._signer().dumps([name, self._fingerprint(name), until, secrets.token_hex(8)])

    def session(self, cookie: str, now: datetime) -> Session | None:
        """Return whose session a cookie is, or None: it is nobody's, or over."""
        try:
            name, fingerprint, until, chance = self._signer().loads(cookie[:1_000])
        except (BadSignature, ValueError, TypeError):
            return None
        if name not in self._passwords or fingerprint != self._fingerprint(name) or now.timestamp() > until:
            return None
        if chance in self._ended:
            return None
        mark = hmac.new(self._secret.encode(), f"form {name} {chance}".encode(), hashlib.sha256).hexdigest()
        return Session(name=name, form=mark, chance=chance, until=until)

    def end(self, session: Session, now: datetime) -> None:
        """Let a session's cookie be good for nothing from now on, until a restart."""
        self._ended = {chance: until for chance, until in self._ended.items() if until > now.timestamp()}
        self._ended[session.chance] = session.until

    def _fingerprint(self, name: str) -> str:
        return hashlib.sha256(self._passwords[name].encode()).hexdigest()[:16]

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt="operator")
