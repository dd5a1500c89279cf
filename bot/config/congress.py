"""The section on Congress in feeds.yaml: which of its members and committees are polled, as ordinary feeds."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from bot import congress
from bot.config.values import SHORTEST_GOV, Every, Interval, Row, Text
from bot.records import Feed, Member

KNOWN = ("all", "senate", "house", "committees")

_ID = re.compile(r"[A-Z]\d{6}|[HSJ][A-Z]{3}(?:-minority)?")
_TITLES = {"senate": "Sen.", "house": "Rep."}


def _known(written: str) -> str:
    # An id that the table lacks is no mistake: members leave, and the file must still be read on that day.
    if written not in KNOWN and written not in congress.STATES and not _ID.fullmatch(written):
        raise ValueError(f"must be {', '.join(KNOWN)}, a state such as CA, or an id such as M000133")
    return written


def _listed(written: object) -> object:
    return [written] if isinstance(written, str) else written


Names = Annotated[
    tuple[Annotated[Text, AfterValidator(_known)], ...], BeforeValidator(_listed), Field(strict=False, min_length=1)
]


class Group(Row):
    """An entry of the section: the `members` but those in `without`, each asked `every` so often."""

    every: Interval
    members: Names = ("all",)
    without: Annotated[Names, Field(min_length=0)] = ()

    @field_validator("every")
    @classmethod
    def _patient(cls, every: Every) -> Every:
        if every.shortest < SHORTEST_GOV:
            raise ValueError("must be at least 10 min for a .gov site")
        return every

    def has(self, member: Member) -> bool:
        """Is the member one of the group?"""
        names = {"all", member.id, member.state, "committees" if member.is_committee else member.chamber}
        return not names.isdisjoint(self.members) and names.isdisjoint(self.without)


def polled(groups: Sequence[Group], members: Sequence[Member], by_hand: Sequence[Feed]) -> Iterator[Feed]:
    """Yield the feeds of the members in the groups, each as its first group says.

    One with the address or the id of a feed written by hand yields to it; one without an address is left out.
    """
    addresses, ids = {same_address(feed.url) for feed in by_hand}, {feed.id for feed in by_hand}
    for member in members:
        group = next((group for group in groups if group.has(member)), None)
        if group is not None and member.page and same_address(member.page) not in addresses:
            feed = _feed(member, group.every)
            if feed.id not in ids:
                yield feed


def _feed(member: Member, every: Every) -> Feed:
    is_rss = member.pattern == "rss"
    return Feed(
        id=f"congress-{member.id.lower()}",
        name=_name(member),
        kind="rss" if is_rss else "congress_member",
        url=member.page,
        category="congress",
        every=every.shortest,
        slowest=every.longest,
        options={"pattern": member.pattern} if member.pattern and not is_rss else {},
    )


def _name(member: Member) -> str:
    """Return the name as readers see it: "Sen. Edward J. Markey (D-MA)"."""
    if member.is_committee:
        return member.name
    return f"{_TITLES[member.chamber]} {member.name} ({member.party[0]}-{member.state})"


def same_address(url: str) -> str:
    """Return an address without what makes no other: scheme, www, case, the slash at its end."""
    return re.sub(r"^https?://(www\.)?", "", url.strip().lower()).rstrip("/")
