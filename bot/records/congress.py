"""The members and committees of Congress, whose sites are sources."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

PagePattern = Literal[
    "media_body",  # the common House system
    "documentquery",  # the older House system
    "article",  # the newer Senate system
    "newscontent",  # headings, with the dates between them
    "recordlist",  # a table
    "wordpress",
    "jet_listing",  # WordPress with Elementor and JetEngine
    "element",
    "coldfusion",  # the old Senate system
    "next_data",  # drawn from JSON that the page carries
]
"""How a site of Congress shows its releases, where we know."""

PAGE_PATTERNS: tuple[PagePattern, ...] = get_args(PagePattern)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of Congress or one side of a committee, and where its releases are.

    `id`: the bioguide id (M000133); of a committee its id in the public congress-legislators data, "-minority" behind
    it for the minority's side. `name` is the official one, `last` the last name alone ("" for a committee). `party` is
    in full; "majority" or "minority" for a committee. `state`: two letters, "" for a committee. `page` is what is
    polled, "" where no address is known; `pattern` how it is read, None: found out at each poll. `seen`: the last day
    on which somebody is known to have seen it work.
    """

    id: str
    name: str
    last: str
    party: str
    state: str
    chamber: Literal["house", "senate"]
    site: str
    page: str
    pattern: PagePattern | Literal["rss"] | None = None
    seen: date | None = None

    @property
    def is_committee(self) -> bool:
        """Is it a committee, and not a person?"""
        return not self.state
