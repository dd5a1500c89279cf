"""The table renewed from the public congress-legislators data: who joined, who left, what changed.

legislators-current.json -> checked -> merged with what we know of pages
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from bot.congress.table import PARTIES, PERSON, STATES, is_plain
from bot.errors import ReadError
from bot.records import Member

FEWEST, MOST = 500, 600
"""Members that Congress can have: 535 and six delegates, less some vacant seats."""

_PATHS = {"house": "/media/press-releases", "senate": "/newsroom/press-releases"}
"""Where most sites of a chamber list their releases: for a member of whose site nobody has told us."""

_CHAMBERS: Mapping[str, Literal["house", "senate"]] = {"rep": "house", "sen": "senate"}


@dataclass(frozen=True, kw_only=True)
class Renewed:
    """The members now, and what is new about them: sentences for whoever asked."""

    members: tuple[Member, ...]
    joined: tuple[Member, ...]
    left: tuple[Member, ...]
    changed: tuple[str, ...]


def renewed(known: Sequence[Member], legislators: object, committees: object) -> Renewed:
    """Return the table as the public data have it now; what we know of the pages of those who stay is kept.

    Who is new gets the page where most sites of the chamber have theirs, unverified. Committees stay as they are; one
    that the data no longer have is told. Raises ReadError "not a feed" where the data are not what they should be.
    """
    fresh = {one.id: one for one in _people(legislators)}
    missing = _gone(known, committees)
    before = {one.id: one for one in known if not one.is_committee}
    kept = {id: _merged(before[id], one) for id, one in fresh.items() if id in before}
    joined = tuple(one for id, one in fresh.items() if id not in before)
    stay = [kept.get(one.id, one) for one in known if one.is_committee or one.id in fresh]
    taken = {one.page for one in stay if one.page}
    added = tuple(one if one.page not in taken else replace(one, page="") for one in joined)
    return Renewed(
        members=(*stay, *added),
        joined=added,
        left=tuple(one for id, one in before.items() if id not in fresh),
        changed=(*(_told(before[id], one) for id, one in kept.items() if one != before[id]), *missing),
    )


def _people(data: object) -> Iterator[Member]:
    if not isinstance(data, list) or not FEWEST <= len(data) <= MOST:
        count = f"{len(data)} entries" if isinstance(data, list) else "no list"
        raise ReadError("not a feed", f"the list of legislators has {count}, not {FEWEST} to {MOST} members")
    people = [_person(entry, i) for i, entry in enumerate(data)]
    if len({one.id for one in people}) < len(people):
        raise ReadError("not a feed", "the list of legislators has an id twice")
    yield from people


def _person(entry: Any, i: int) -> Member:
    """Return the member that an entry describes. Raises ReadError where it is of another shape."""
    try:
        id, name, term = entry["id"]["bioguide"], entry["name"], entry["terms"][-1]
        first, last = name["first"], name["last"]
        member = Member(
            id=id,
            name=name.get("official_full") or f"{first} {last}",
            last=last,
            party=term["party"],
            state=term["state"],
            chamber=_CHAMBERS[term["type"]],
            site=_site(term.get("url") or ""),
            page="",
        )
    except (KeyError, IndexError, TypeError, AttributeError) as e:
        raise ReadError("not a feed", f"entry {i + 1} of the list of legislators has another shape: {e!r}") from e
    for what, right in (
        ("id", isinstance(id, str) and re.fullmatch(PERSON, id)),
        ("name", all(_is_name(one) for one in (member.name, last))),
        ("party", member.party in PARTIES),
        ("state", isinstance(member.state, str) and member.state in STATES),
    ):
        if not right:
            raise ReadError("not a feed", f"entry {i + 1} of the list of legislators has no {what} that can be one")
    return replace(member, page=member.site + _PATHS[member.chamber] if member.site else "")


def _is_name(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= 100 and text.isprintable() and text == text.strip()


def _site(url: str) -> str:
    """Return a member's site, over https, without a slash at its end. Raises ReadError where it is on no .gov host."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if url and (parts.scheme not in ("http", "https") or not host.endswith(".gov") or not is_plain(url)):
        raise ReadError("not a feed", f"{ascii(url)[:100]} in the list of legislators is no web address on a .gov site")
    return f"https://{host}{parts.path.rstrip('/')}" if url else ""


def _merged(known: Member, fresh: Member) -> Member:
    """Return the fresh facts with the page we know, unless the member moved to another site."""
    moved = known.chamber != fresh.chamber or (fresh.site and _host(fresh.site) != _host(known.page))
    site = fresh.site or known.site
    if moved:
        return replace(fresh, site=site)
    return replace(fresh, site=site, page=known.page, pattern=known.pattern, seen=known.seen)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _told(before: Member, after: Member) -> str:
    names = ("name", "last", "party", "state", "chamber", "site", "page")
    pairs = ((name, str(getattr(before, name)), str(getattr(after, name))) for name in names)
    return f"{after.name}: " + ", ".join(
        f"{name} {old or 'none'} -> {new or 'none'}" for name, old, new in pairs if old != new
    )


def _gone(known: Sequence[Member], data: object) -> Sequence[str]:
    ids = [one.get("thomas_id") if isinstance(one, dict) else None for one in data] if isinstance(data, list) else []
    if not ids or not all(isinstance(id, str) for id in ids):
        raise ReadError("not a feed", "the list of committees is no list of committees with their ids")
    ours = (one for one in known if one.is_committee)
    return [f"{one.name}: no longer in the list of committees" for one in ours if one.id[:4] not in ids]
