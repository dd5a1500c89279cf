"""Pages of members of Congress: each design we know, a site that changed its own, and one that we do not know."""

from collections.abc import Callable
from typing import Any

import pytest

from bot import feeds
from bot.dates import WASHINGTON
from bot.errors import ReadError
from bot.records import PAGE_PATTERNS, Document, Feed, Reading

Make = Callable[..., Feed]
Sample = Callable[..., Document]

HOST = "https://example.house.gov"
LIST = f"{HOST}/media/press-releases"
SENATE = "https://www.example.senate.gov/news"
QUERY = f"{HOST}/news/documentquery.aspx"

READ: dict[str, list[tuple[str, str, str | None]]] = {  # sample: title, address, day in Washington
    "media_body": [
        ("Rep. Example Asks Why Agents Photograph Drivers", f"{LIST}/cameras", "2026-04-09"),
        ("Rep. Example Opens a Bridge", f"{LIST}/bridge", None),
        ("Back to the Top of This List", f"{LIST}#top", None),
        ("Rep. Example Visits a Farm", f"{LIST}/farm", "2026-03-02"),
    ],
    "documentquery": [
        ("Example Demands Records of Raids", f"{HOST}/media/documentsingle.aspx?DocumentID=41", "2026-04-08"),
        ("Example Votes on a Farm Bill", f"{HOST}/media/documentsingle.aspx?DocumentID=40", "2026-04-07"),
    ],
    "article": [
        (
            "Senator Example: Stop Scanning Faces",
            f"{SENATE}/press-releases/scan",
            "2026-04-09",
        ),
        ("Senator Example Writes to the Secretary", f"{HOST}/news/press-releases/letter", "2026-04-08"),
    ],
    "article_wrapped": [
        ("Senator Example Opposes the Raids", f"{HOST}/newsroom/one", "2026-04-09"),
        ("Senator Example Supports the Fishers", f"{HOST}/newsroom/two", "2026-04-08"),
    ],
    "newscontent": [
        ("Representative Example Visits a Detention Center", f"{LIST}/first", "2026-04-09"),
        ("Representative Example Honors Nurses", f"{LIST}/second", "2026-04-02"),
    ],
    "recordlist": [
        ("Example Asks About Face Matching", f"{HOST}/public/index.cfm/press-releases?ID=A1", "2026-04-09"),
        ("Example Announces Water Grants", f"{HOST}/public/index.cfm/press-releases?ID=A2", "2026-04-07"),
    ],
    "wordpress": [
        ("Example Bill Would Bar Face Scans", f"{HOST}/2026/04/09/faces/", "2026-04-09"),
        ("Example Writes About Roads", f"{HOST}/2026/04/01/roads/", "2026-04-01"),
    ],
    "jet_listing": [
        ("Senator Example on Iris Scans in Detention", f"{HOST}/newsroom/press-releases/seven/", "2026-04-09"),
        ("Senator Example on the Budget", f"{HOST}/newsroom/press-releases/six/", "2026-03-30"),
    ],
    "jet_listing_no_year": [
        ("Chairman Example Opens an Inquiry", f"{HOST}/media/majority-news/one/", None),
        ("Chairman Example Names a Counsel", f"{HOST}/media/majority-news/two/", None),
    ],
    "element": [
        ("Senator Example Asks for a Report", f"{HOST}/2026/4/senator-example-asks", "2026-04-09"),
        ("Senator Example Thanks Farmers", f"{HOST}/2026/4/senator-example-thanks", "2026-04-03"),
    ],
    "coldfusion": [
        (
            "Example Questions the Secretary on Raids",
            f"{SENATE}/details.cfm?id=12",
            "2026-04-09",
        ),
        ("Example Greets the Fleet", f"{SENATE}/details.cfm?id=11", "2026-04-02"),
    ],
    "next_data": [
        ("Example & Others Ask About Cameras", f"{HOST}/posts/cameras", "2026-04-09"),
        ("Example on the Harbor", f"{HOST}/posts/harbor", "2026-04-01"),
    ],
    "unknown": [
        ("Example Calls for an End to Face Scans", f"{HOST}/news/face-scans?x=1", "2026-04-09"),
        ("Example Visits Families After Raids", f"{HOST}/news/raids", "2026-04-08"),
        ("Example Secures Money for the Harbor", f"{HOST}/news/harbor", "2026-04-01"),
    ],
}
NAMED = {"article_wrapped": "article", "jet_listing_no_year": "jet_listing", "unknown": None}
UNDATED = "jet_listing_no_year"


def told(reading: Reading) -> list[tuple[str, str | None, str | None]]:
    days = [entry.published.astimezone(WASHINGTON) if entry.published else None for entry in reading.entries]
    return [
        (e.title, e.url, day.date().isoformat() if day else None) for e, day in zip(reading.entries, days, strict=True)
    ]


@pytest.fixture
def read(feed: Make, sample: Sample) -> Callable[..., Reading]:
    def reading(name: str, url: str = LIST, asked: str = LIST, **options: Any) -> Reading:
        return feeds.read(feed("congress_member", asked, **options), sample(f"congress_member/{name}.html", url))

    return reading


@pytest.mark.parametrize("name", READ)
def test_a_page_is_read_by_the_pattern_of_its_site(read: Callable[..., Reading], name: str) -> None:
    pattern = NAMED.get(name, name)
    assert told(read(name, **({"pattern": pattern} if pattern else {}))) == READ[name]


@pytest.mark.parametrize("name", sorted(READ.keys() - {UNDATED}))
def test_a_site_that_changed_its_design_is_read_all_the_same(read: Callable[..., Reading], name: str) -> None:
    other = "jet_listing" if name != "jet_listing" else "coldfusion"
    dated = [one for one in READ[name] if one[2]]
    assert [one for one in told(read(name, pattern=other)) if one[2]] == dated or len(dated) < 2


def test_every_pattern_has_a_sample() -> None:
    assert {NAMED.get(name, name) for name in READ} - {None} == set(PAGE_PATTERNS)


def test_a_dateless_list_is_believed_only_where_the_table_names_its_pattern(read: Callable[..., Reading]) -> None:
    with pytest.raises(ReadError, match="layout changed"):
        read(UNDATED)


def test_a_page_without_any_list_is_a_changed_layout(feed: Make, sample: Sample) -> None:
    with pytest.raises(ReadError) as caught:
        feeds.read(feed("congress_member", pattern="media_body"), sample("press_page_article.html"))
    assert caught.value.reason == "layout changed"
    assert "no list of releases on a page of" in caught.value.detail


def test_a_further_page_without_releases_is_the_end(feed: Make, document: Sample) -> None:
    past = document(b"<html><body>No results.</body></html>", url=f"{LIST}?page=120")
    assert feeds.read(feed("congress_member", LIST, pattern="media_body"), past) == Reading(entries=())


@pytest.mark.parametrize(
    ("name", "asked", "url", "following"),
    [
        ("media_body", LIST, LIST, f"{LIST}?page=1"),  # the page's own link
        ("wordpress", LIST, LIST, f"{HOST}/category/press-releases/page/2/"),
        ("unknown", LIST, LIST, f"{LIST}?start=3"),
        ("article", LIST, LIST, f"{LIST}?PageNum_rs=2"),
        ("article", LIST, f"{LIST}?PageNum_rs=2", f"{LIST}?PageNum_rs=3"),
        ("documentquery", f"{QUERY}?DocumentTypeID=27", QUERY, f"{QUERY}?DocumentTypeID=27&Page=2"),
        ("jet_listing", f"{LIST}/", f"{LIST}/", f"{LIST}/?jsf=jet-engine:press-list&pagenum=2"),
        ("next_data", LIST, LIST, None),
    ],
)
def test_the_list_goes_on_as_its_system_counts(
    read: Callable[..., Reading], name: str, asked: str, url: str, following: str | None
) -> None:
    assert read(name, url, asked, **({"pattern": name} if name != "unknown" else {})).next_page == following


def test_a_next_link_to_another_site_is_not_followed(feed: Make, document: Sample) -> None:
    body = b'<div class="media-body"><h3><a href="/a">A sample release</a></h3><time>April 9, 2026</time></div>'
    page = document(body + b'<a rel="next" href="https://elsewhere.example.com/list?page=1">Next</a>', url=LIST)
    reading = feeds.read(feed("congress_member", LIST, pattern="media_body"), page)
    assert reading.next_page == f"{LIST}?page=1"


def test_what_a_redesign_left_behind_does_not_hide_the_new_list(feed: Make, document: Sample) -> None:
    left = '<div class="media-body"><h3><a href="/pinned">A release of last year</a></h3><time>Jan 3, 2025</time></div>'
    rows = (
        f'<div class="row-of-news"><span class="when">April {day}, 2026</span>'
        f'<h3><a href="/news/{day}">Example Asks the Agency for Answers, Part {day}</a></h3></div>'
        for day in range(9, 1, -1)
    )
    page = document(f"<!doctype html><body><main>{left}{''.join(rows)}</main>".encode(), url=LIST)
    reading = feeds.read(feed("congress_member", LIST, pattern="media_body"), page)
    assert [entry.url for entry in reading.entries] == [f"{HOST}/news/{day}" for day in range(9, 1, -1)]


def test_a_pattern_that_there_is_not_is_a_problem(feed: Make) -> None:
    [(path, says)] = feeds.problems(feed("congress_member", pattern="media-body"))
    assert (path, "'media_body'" in says) == (("pattern",), True)
