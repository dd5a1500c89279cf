"""Members and releases made up for the tests of facts."""

from datetime import UTC, datetime

from bot.records import Attachment, Item, Member
from tests.written import item

RELEASED = datetime(2026, 4, 10, 16, tzinfo=UTC)


def member(id: str, name: str, last: str, party: str, state: str, chamber: str) -> Member:
    """Return a member with a site of their own."""
    host = f"{last.lower().replace(' ', '')}.{chamber}.gov"
    return Member(
        id=id,
        name=name,
        last=last,
        party=party,
        state=state,
        chamber="senate" if chamber == "senate" else "house",
        site=f"https://www.{host}",
        page="",
    )


MEMBERS = (
    member("A000001", "Edward J. Alder", "Alder", "Democrat", "MA", "senate"),
    member("B000002", "Marisol Birch", "Birch", "Democrat", "OR", "senate"),
    member("C000003", "Charles P. Van Cedar", "Van Cedar", "Republican", "IA", "senate"),
    member("D000004", 'Robert "Bobby" Dogwood, Jr.', "Dogwood", "Democrat", "VA", "house"),
    member("E000005", "Teresa Elmsó", "Elmsó", "Republican", "FL", "house"),
    member("S000006", "Tim Scott", "Scott", "Republican", "SC", "senate"),
    member("S000007", "Austin Scott", "Scott", "Republican", "GA", "house"),
)


def release(title: str, text: str, host: str = "www.alder.senate.gov") -> Item:
    """Return a release on a member's site, of Friday, 10 April 2026."""
    return item(
        "a",
        title=title,
        text=text,
        category="congress",
        published=RELEASED,
        url=f"https://{host}/news/1",
        source="A Sample Office",
    )


def paper(text: str, url: str = "https://www.alder.senate.gov/letter.pdf") -> Attachment:
    """Return a PDF of two pages, the second of which begins at the first form feed."""
    first, _, second = text.partition("\f")
    starts = (0, len(first)) if second else (0,)
    return Attachment(url=url, name="Letter", read=RELEASED, text=first + second, starts=starts, pages=len(starts))
