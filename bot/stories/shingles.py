"""Texts as sets of five-word runs, by which a copy is known whatever stands around it.

Near-identical text is found by containment of shingles (BENCHMARKS: F1 .989 on joint releases, embeddings .939).
"""

import hashlib
import re

SHINGLE = 5

SHORTEST = 20
"""Words below which a text says too little to be recognised by; then only the same long title counts."""

LONG_TITLE = 6
"""Words of a title that few use by chance. "Statement on immigration" is a title many have."""

ONE_IN = 8
FEWEST = 16
"""A sketch holds one shingle in eight, and always the sixteen with the lowest hashes.

One in eight of both texts, not a fixed number: so a teaser meets the article that holds it. With 40 shared shingles
(a teaser) they meet in 99.5 %, with 16 in the low ones of the shorter.
"""


def words(text: str) -> list[str]:
    """Return the words of a text, letters and digits only, for comparing."""
    return re.findall(r"\w+", text.casefold())


def shingles(text: str) -> frozenset[int]:
    """Return 48-bit hashes of all five-word runs of a text; none for a text too short to be known by."""
    said = words(text)
    return _runs(said) if len(said) >= SHORTEST else frozenset()


def _runs(said: list[str]) -> frozenset[int]:
    # As `_hash` does, but each word encoded once: half of what an item costs to place is spent here.
    coded = [word.encode(errors="replace") for word in said]
    joined, hashed, number = b" ".join, hashlib.blake2b, int.from_bytes
    runs = zip(*(coded[i:] for i in range(SHINGLE)), strict=False)
    return frozenset([number(hashed(joined(run), digest_size=6).digest()) for run in runs])


def sketch(of: frozenset[int], marks: frozenset[int] = frozenset()) -> frozenset[int]:
    """Return the few shingles under which a text is filed, and `marks` with them."""
    return marks | {s for s in of if s % ONE_IN == 0} | set(sorted(of)[:FEWEST])


def marks(title: str, text: str, address: str, bill: str | None = None) -> frozenset[int]:
    """Return what makes two items one whatever else they say: address, bill; a long title where there is no text."""
    found = {_hash("address:" + address)} if address else set()
    if bill:
        found.add(bill_mark(bill))
    named, said = words(title), words(text)
    if len(named) >= LONG_TITLE and len(said) < SHORTEST:
        found.add(_hash("title:" + " ".join((*named, "|", *said))))
    return frozenset(found)


def headline_mark(title: str) -> int | None:
    """Return the number under which a long title is filed; None: it is short, and may be anybody's."""
    named = words(title)
    return _hash("headline:" + " ".join(named)) if len(named) >= LONG_TITLE else None


def bill_mark(bill: str) -> int:
    """Return the number under which the versions and actions of a bill are filed."""
    return _hash("bill:" + bill)


def _hash(run: str) -> int:
    # 48 bits: SQLite writes them in 6 bytes, and among 100 million of them two are equal in one of 3 million look-ups.
    return int.from_bytes(hashlib.blake2b(run.encode(errors="replace"), digest_size=6).digest())
