"""How far a fetch may go before we give up on it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one document may cost, and how gentle we are.

    `deadline` is for a whole exchange, redirects included, but not the waiting for a host's turn. `connect` is for
    finding a name's addresses, and again for reaching them. `max_bytes` is counted after decompression. `gov_gap` (2 s
    was seen to be welcome at the DHS, ICE and CBP newsrooms) and `gap` lie between the end of one request to a host and
    the start of the next. `at_once` requests run side by side, to different hosts: where 30 of 600 hosts said nothing,
    the others' 1,140 documents were there after 6 s, with 256 no sooner (`benchmarks/fetching.py --hung 0.05`).
    `allow_private` also lets loopback and private addresses through: the operator's choice.
    """

    deadline: timedelta = timedelta(seconds=30)
    connect: timedelta = timedelta(seconds=10)
    max_bytes: int = 20 * 2**20
    redirects: int = 5
    gov_gap: timedelta = timedelta(seconds=2)
    gap: timedelta = timedelta(milliseconds=500)
    at_once: int = 64
    allow_private: bool = False
