"""The sample world as pages and as a watch list; its texts and templates are files in `world/`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from io import StringIO
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from ruamel.yaml import YAML

from bot.config import shipped_watchlist, watchlist_text
from bot.dates import WASHINGTON
from bot.demo.site import Page

HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
JSON = "application/feed+json"

LISTED = 4
"""Releases on the first page of the agency's list; the others are on its second."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """Something a site of the sample world publishes. `link` is what its feed adds to the path, as trackers do."""

    slug: str
    path: str
    title: str
    published: datetime
    text: str
    teaser: str
    link: str
    letter: str | None


def feeds_yaml(site: str) -> str:
    """Return a feeds.yaml with the topics and subjects that Lookout ships, and the feeds served at `site`."""
    written = _yaml(watchlist_text(shipped_watchlist()))
    whole = {**written, "feeds": _yaml(_filled("feeds.yaml.j2", site=site)), "congress": []}
    text = StringIO()
    YAML(typ="safe", pure=True).dump(whole, text)
    return text.getvalue()


def pages(now: datetime, site: str) -> dict[str, Page]:
    """Return all pages of the sample world by path, dated back from `now`; `site` is the address they are served at."""
    world = _world(now)
    return {
        "/robots.txt": _page("robots.txt", PLAIN),
        "/agency/press-releases": _page("agency_list.html.j2", HTML, releases=world["agency"][:LISTED], number=0),
        "/agency/press-releases?page=1": _page(
            "agency_list.html.j2", HTML, releases=world["agency"][LISTED:], number=1
        ),
        "/senate/press-releases": _page("senate_list.html.j2", HTML, releases=world["senate"]),
        "/courier/feed.xml": _page("courier.xml.j2", RSS, releases=world["courier"], site=site),
        "/network/feed.xml": _page("network.xml.j2", ATOM, releases=world["network"], site=site),
        "/oversight/feed.json": _page("oversight.json.j2", JSON, releases=world["oversight"], site=site),
        "/herald/feed.xml": _page("herald.html.j2", HTML),  # what many a missing feed answers
        **{path: page for releases in world.values() for one in releases for path, page in _own_pages(one)},
    }


def _own_pages(release: Release) -> Iterator[tuple[str, Page]]:
    template = "agency_release.html.j2" if release.path.startswith("/agency/") else "release.html.j2"
    yield release.path, _page(template, HTML, release=release)
    if release.letter:
        yield f"/letters/{release.letter}", _page("letter.txt", PLAIN)


def _world(now: datetime) -> dict[str, list[Release]]:
    """Return what each site publishes, newest first."""
    written = _yaml(_filled("world.yaml.j2", ahead=lambda days: _day(now + timedelta(days=days))))
    texts = {row["slug"]: row["text"] for rows in written.values() for row in rows if "text" in row}
    return {source: [_release(source, row, texts, now) for row in rows] for source, rows in written.items()}


def _release(source: str, row: Mapping[str, Any], texts: Mapping[str, str], now: datetime) -> Release:
    return Release(
        slug=row["slug"],
        path=f"/{source}/{row['slug']}",
        title=f"SAMPLE: {row['title']}",
        published=now - timedelta(hours=row["hours_ago"]),
        text=texts[row.get("copy_of", row["slug"])],
        teaser=row.get("teaser", ""),
        link=row.get("link", ""),
        letter=row.get("letter"),
    )


def _page(template: str, content_type: str, **values: Any) -> Page:
    return Page(body=_filled(template, **values).encode(), content_type=content_type)


def _filled(template: str, **values: Any) -> str:
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("bot.demo", "world"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html.j2", "xml.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {
        "day": _day,
        "iso": lambda moment: moment.isoformat(timespec="seconds"),
        "rfc822": format_datetime,
        "paragraphs": _paragraphs,
    }
    return templates


def _day(moment: datetime) -> str:
    """Return the day as offices in Washington write it: November 3, 2025."""
    local = moment.astimezone(WASHINGTON)
    return f"{local:%B} {local.day}, {local.year}"


def _paragraphs(text: str) -> Markup:
    """Return plain text, its paragraphs separated by blank lines, as HTML."""
    return Markup().join(Markup("<p>{}</p>\n").format(" ".join(piece.split())) for piece in text.split("\n\n"))


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)
