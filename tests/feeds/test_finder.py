"""The finder: what it proposes for a page of unknown design, and what it does not take for a list of releases."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import feeds
from bot.records import Document, Feed, Reading

Sample = Callable[..., Document]
URL = "https://www.example.gov/media/list"


def test_the_selectors_proposed_read_the_page_as_feeds_yaml_would(feed: Callable[..., Feed], sample: Sample) -> None:
    page = sample("congress_member/unknown.html", URL)
    selectors = feeds.proposed(page)
    assert selectors is not None
    assert feeds.problems(feed("press_page", **selectors)) == []
    reading = feeds.read(feed("press_page", **selectors), page)
    assert [entry.title for entry in reading.entries] == [
        "Example Calls for an End to Face Scans",
        "Example Visits Families After Raids",
        "Example Secures Money for the Harbor",
    ]
    assert all(entry.published for entry in reading.entries)
    assert reading.next_page == f"{URL}?start=3"


def listed(feed: Callable[..., Feed], page: Document) -> list[tuple[str, str | None]]:
    selectors = feeds.proposed(page)
    if selectors is None:
        return []
    reading: Reading = feeds.read(feed("press_page", **selectors), page)
    return [(e.title, e.published.date().isoformat() if e.published else None) for e in reading.entries]


ONE, TWO = "Example Asks for the Records", "Example Thanks the Firefighters"
BOTH = [(ONE, "2026-04-09"), (TWO, "2026-04-08")]
DATED = {  # each of the two releases: {link} leads to it, {title} and {day} are its own
    "a date beside the link, in no element": "<li>{day} <a href={link}>{title}</a></li>",
    "a leaf of a calendar": "<li><p><b>Apr</b><i>{d}</i><u>2026</u></p><p><a href={link}>{title}</a></p></li>",
    "a time that lies, and a date that does not": "<li><time datetime=2020-01-01>x</time><a href={link}>{title}</a>"
    "<span class=d>4/{d}/2026</span></li>",
    "only the attribute tells": "<li><time datetime=2026-04-0{d}>Lately</time><a href={link}>{title}</a></li>",
    "the address tells": "<li><a href=/2026/04/0{d}{link}>{title}</a></li>",
    "a date before each heading": "<p class=d>{day}</p><h3><a href={link}>{title}</a></h3>",
    "a date after each heading": "<h3><a href={link}>{title}</a></h3><p class=d>{day}</p>",
    "a link around everything": "<a class=c href={link}><h4>{title}</h4><span>{day}</span></a>",
    "a picture and a read-more besides": "<li><a href={link}><img src=a.png></a><h4><a href={link}>{title}</a></h4>"
    "<em>{day}</em><a href={link}>Read more of this release</a></li>",
    "links to issues besides": "<li><h4><a href={link}>{title}</a></h4><em>{day}</em>"
    "<a href=/issues{link}>Civil Rights and Liberties</a></li>",
}
NO_LISTS = {
    "a menu": ("nav", "<li><a href={link}>{title}</a> {day}</li>"),
    "a calendar of hearings": ("div class=hearings", "<p><a href={link}>{title}</a> <b>{day}</b></p>"),
    "a box of related pages": ("div class=related-posts", "<p><a href={link}>{title}</a> <b>{day}</b></p>"),
    "links to newspapers": ("div", "<li><a href=https://a.example.com{link}>{title}</a> {day}</li>"),
    "an archive by days": ("div", "<li><a href={link}>Thursday, {day}</a></li>"),
    "links without dates": ("div", "<li><a href={link}>{title}</a></li>"),
}


def page(release: str, around: str = "div") -> bytes:
    both = (("/a", ONE, "9"), ("/b", TWO, "8"))
    releases = [release.format(link=link, title=title, d=d, day=f"April {d}, 2026") for link, title, d in both]
    return f"<html><body><{around}>{''.join(releases)}</{around.split()[0]}></body></html>".encode()


@pytest.mark.parametrize("design", DATED)
def test_a_dated_list_is_found_however_it_is_dated(feed: Callable[..., Feed], document: Sample, design: str) -> None:
    assert listed(feed, document(page(DATED[design]), URL)) == BOTH


@pytest.mark.parametrize("what", NO_LISTS)
def test_what_is_no_list_of_releases_is_not_taken_for_one(
    feed: Callable[..., Feed], document: Sample, what: str
) -> None:
    around, release = NO_LISTS[what]
    assert listed(feed, document(page(release, around), URL)) == []


REAL = {  # counted by eye: releases on the page, and how many of them the page dates
    "congress_bill_nelson_press-coldfusion.html": 26,
    "congress_bill_nelson_press.html": 10,
    "congress_butterfield_press.html": 10,
    "congress_cowan_press.html": 15,
    "congress_drupal_press.html": 10,
    "congress_ed_perlmutter_press.html": 445,
    "congress_house_gop_releases.html": 0,  # eight, none dated
    "congress_keating_press.html": 161,
    "congress_rand_paul_press.html": 20,
    "congress_vitter_press.html": 20,
}


@pytest.mark.parametrize("name", REAL)
def test_the_dated_lists_of_real_pages_are_found_whole(
    feed: Callable[..., Feed], document: Sample, shared: Path, name: str
) -> None:
    body = (shared / "data" / "html" / name).read_bytes()
    sites = {"cowan": "www.cowan.senate.gov", "vitter": "www.vitter.senate.gov"}
    host = next((site for member, site in sites.items() if member in name), "example.house.gov")
    found = listed(feed, document(body, f"https://{host}/newsroom"))
    assert (len(found), sum(day is not None for _, day in found)) == (REAL[name], REAL[name])
