"""Tells what a document is, and what can be made of it: a feed, a page, a file of another kind; pure, for `workers`."""

from datetime import datetime

from bot import feeds, render
from bot.doctor.feeding import of_feed
from bot.doctor.findings import Look
from bot.doctor.naming import as_tried, proposal
from bot.doctor.paging import of_page
from bot.errors import ReadError
from bot.records import Document

_PROGRAMS = ("federal_register", "congress_gov", "regulations_gov", "json_lines")
"""Kinds whose addresses answer programs in JSON."""

_OTHERS = (
    (b"%PDF", "a PDF", "name the page that links it: Lookout follows lists of documents"),
    (b"\x89PNG", "a picture", "name the page that shows the news"),
    (b"\xff\xd8\xff", "a picture", "name the page that shows the news"),
    (b"GIF8", "a picture", "name the page that shows the news"),
    (b"PK\x03\x04", "a zip archive", "name the page that lists the news"),
)


def looked_at(document: Document, now: datetime) -> Look:
    """Return what the document is, and every way to follow its address."""
    for start, says, advice in _OTHERS:
        if document.body.startswith(start):
            return Look(says=says, advice=advice)
    try:
        made = of_feed(document, now)
        return Look(
            says=f'a feed of {render.words.count(made.count, "entry", "entries")}, "{made.feed.name}"',
            proposals=(made,),
        )
    except ReadError as e:
        what = feeds.what_it_is(document)
        if what.startswith("an HTML page"):
            return of_page(document, now)
        if "JSON" in what:
            return _of_programs(document, now, e.detail)
        return Look(says=e.detail, advice="look for another address of the site's news")


def _of_programs(document: Document, now: datetime, says: str) -> Look:
    for kind in _PROGRAMS:
        try:
            entries = feeds.read(as_tried(kind, document.url), document).entries
        except (ReadError, ValueError):
            continue
        if entries:
            made = proposal(kind, document.url, "", entries, now, by="an interface for programs")
            return Look(says=f"an interface for programs, {kind}", proposals=(made,))
    return Look(says=says, advice="no kind reads such JSON; look for a feed or a page of the site's news")
