"""Who operates: names with hashes of their passwords (argon2id), signed sessions, and a mark against forged forms."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """Somebody who is logged in: `form` is what each of their forms must bring along."""

    name: str
    form: str


class Operators:
    """Knows the operators. Sessions are not kept: their cookie says all, and `secret` signs it.

    Whose password changes, or who is taken out of the settings, is logged out.
    """

    def __init__(self, passwords: Mapping[str, str], secret: str) -> None:
        self._passwords = dict(passwords)
        self._secret = secret
        self._nobody = hashed(secrets.token_hex(8))

    def __repr__(self) -> str:
        return f"Operators({', '.join(self._passwords)})"

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
        mark = hmac.new(self._secret.encode(), f"form {name} {chance}".encode(), hashlib.sha256).hexdigest()
        return Session(name=name, form=mark)

    def _fingerprint(self, name: str) -> str:
        return hashlib.sha256(self._passwords[name].encode()).hexdigest()[:16]

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt="operator")
