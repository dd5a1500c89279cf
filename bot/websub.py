"""WebSub (W3C Recommendation, 23 January 2018): hubs tell us that a feed has news, and we poll it at once. Pure.

A hub's word is a hint and no more: what it sends is verified and thrown away, and the feed itself is asked.
"""

import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlencode

from bot.records import Hub

LEASE = timedelta(days=10)
"""What we ask for; hubs give what they like."""

LONGEST_LEASE = timedelta(days=30)
"""What we believe of a lease: a hub that forgets us is asked again after so long."""

RENEWED = timedelta(days=1)
"""So long before its end a lease is renewed."""

ASKED_AGAIN = timedelta(days=1)
"""A hub that refuses, or never calls back, is asked again after so long."""

CALLED_BACK = timedelta(hours=1)
"""So long after we asked a hub may confirm: later it was not us who asked."""

SECRET = 32
"""Bytes of entropy in what signs a hub's messages; at most 200 are allowed (5.1)."""

METHODS = ("sha512", "sha384", "sha256", "sha1")
"""Of signatures (7.1). SHA-1 too: as HMAC it is unbroken, and the largest hubs know no other."""


def is_to_be_asked(hub: Hub, now: datetime) -> bool:
    """Is it time to subscribe, for the first time or again?"""
    lapses = hub.until is None or hub.until - RENEWED <= now
    return lapses and (hub.asked is None or hub.asked + ASKED_AGAIN <= now)


def address(hub: Hub, *, plain: bool) -> str:
    """Return where a hub is asked: over TLS, for the question holds a secret. `plain`: as it is written, for tests."""
    return hub.hub if plain else re.sub("^http:", "https:", hub.hub, flags=re.IGNORECASE)


def question(hub: Hub, callback: str) -> bytes:
    """Return the body of the request by which we subscribe (5.1), form-encoded."""
    return urlencode(
        {
            "hub.callback": callback,
            "hub.mode": "subscribe",
            "hub.topic": hub.topic,
            "hub.lease_seconds": int(LEASE.total_seconds()),
            "hub.secret": hub.secret,
        }
    ).encode()


def leased(hub: Hub, said: Mapping[str, str], now: datetime) -> datetime | None:
    """Return until when a hub that calls back (5.3) subscribes us; None: we did not ask for what it confirms."""
    asked = hub.asked is not None and hub.asked + CALLED_BACK >= now
    if not asked or said.get("hub.mode") != "subscribe" or said.get("hub.topic") != hub.topic:
        return None
    seconds = said.get("hub.lease_seconds", "")
    lease = timedelta(seconds=int(seconds[:9])) if seconds.isascii() and seconds.isdigit() else LEASE
    return now + min(lease, LONGEST_LEASE)


def is_signed(hub: Hub, body: bytes, signature: str) -> bool:
    """Is the body signed with the secret that we gave to this hub alone (`X-Hub-Signature: method=hex`)?"""
    method, _, told = signature.partition("=")
    if method not in METHODS or not told.isascii():
        return False
    return hmac.compare_digest(hmac.new(hub.secret.encode(), body, method).hexdigest(), told.lower())
