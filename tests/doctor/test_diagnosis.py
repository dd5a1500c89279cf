"""The doctor at the addresses of sites on loopback: what it proposes, what it says where it cannot, how it asks."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot import feeds, stanzas
from bot.config import watchlist
from bot.doctor import Diagnosis, diagnose
from bot.fetch import Fetcher, Limits
from bot.records import Document, Entry, Feed
from tests import newsroom
from tests.newsroom import Here, Page, Press

SAMPLES = Path(__file__).parents[1] / "samples"
NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
TOPIC = "topics: [{id: t, name: T, description: d, examples: [e], phrases: [p]}]\nfeeds:\n"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def press() -> Iterator[Press]:
    with newsroom.press() as opened:
        yield opened


async def doctor(url: str, followed: Sequence[Feed] = (), *, private: bool = True, **said: float) -> Diagnosis:
    most = int(said.get("most", 20 * 2**20))
    limits = Limits(
        allow_private=private,
        gap=timedelta(),
        deadline=timedelta(seconds=said.get("seconds", 20)),
        max_bytes=most,
    )
    async with Fetcher(contact="a@example.org", clock=lambda: NOW, limits=limits) as fetcher:
        whole = timedelta(seconds=said.get("whole", 60))
        return await diagnose(
            url, fetcher=fetcher, workers=Here(), clock=lambda: NOW, followed=followed, deadline=whole
        )


def followed(stanza: str) -> Feed:
    """Return the feed that a feeds.yaml with this stanza follows: it has no mistake."""
    return watchlist(TOPIC + stanza, file="feeds.yaml", problems=feeds.problems, members=()).feeds[0]


async def polled(feed: Feed) -> Sequence[Entry]:
    async with Fetcher(
        contact="a@example.org", clock=lambda: NOW, limits=Limits(allow_private=True, gap=timedelta())
    ) as fetcher:
        document = await fetcher.document(feed.url, page=feeds.is_page(feed))
    assert isinstance(document, Document)
    return feeds.read(feed, document).entries


async def best(found: Diagnosis) -> Feed:
    """Return the first proposal as feeds.yaml follows it; a poll gives the entries that were shown."""
    first = found.proposals[0]
    feed = followed(stanzas.stanza(first.feed))
    assert (feed.kind, feed.url, feed.options) == (first.feed.kind, first.feed.url, dict(first.feed.options))
    entries = await polled(feed)
    assert len(entries) == first.count
    assert tuple(entries[:3]) == first.first
    return feed


def rss(number: int, *, title: str = "Sample", text: str = "A teaser.", hours: int = 24, link: str = "/news/") -> bytes:
    """Return a feed of entries that many hours apart; `hours` 0: all without dates."""
    items = "".join(
        f"<item><title>Senators ask about face scans, part {n}</title><link>{link}{n}</link>"
        f"<description>{text}</description>"
        + (f"<pubDate>{format_datetime(NOW - timedelta(minutes=70 + 60 * n * hours))}</pubDate>" if hours else "")
        + "</item>"
        for n in range(number)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def releases(number: int, head: str = "", foot: str = "") -> bytes:
    rows = "".join(
        f"<li class=release><a href=/news/{n}>Senator asks about face scans, part {n}</a> <time>April {9 - n}, 2026"
        "</time></li>"
        for n in range(number)
    )
    head = f"<head><title>Press Releases | Example</title>{head}</head>"
    return f"<html>{head}<body><ul>{rows}</ul>{foot}</body></html>".encode()


def article(text: str) -> Page:
    body = f"<html><head><title>A</title></head><body><article><p>{text}</p></article></body></html>"
    return Page(body=body.encode(), headers=HTML)


LONG = "The senator wrote to the agency about face scans and asked for all records of the programme. " * 20


# -- feeds ----------------------------------------------------------------------------------------------------


async def test_a_feed_is_proposed_with_its_rhythm_and_its_newest_date(press: Press) -> None:
    found = await doctor(press.put("/feed", rss(20)))
    first, feed = found.proposals[0], await best(found)
    assert (feed.kind, feed.name, feed.category) == ("rss", "Sample", "news")
    assert (first.count, first.dated, first.usual) == (20, 20, timedelta(days=1))
    assert first.newest == NOW - timedelta(minutes=70)
    assert first.doubts == ()
    assert (feed.every, feed.slowest) == (timedelta(hours=1), timedelta(hours=6))


async def test_a_wire_is_asked_more_often_than_a_blog(press: Press) -> None:
    wire = (await doctor(press.put("/wire", rss(20, hours=1)))).proposals[0].feed
    blog = (await doctor(press.put("/blog", rss(20, hours=200)))).proposals[0].feed
    assert (wire.every, blog.every) == (timedelta(minutes=15), timedelta(hours=1))


@pytest.mark.parametrize("name", ["rss_atom.xml", "rss_rdf.xml", "rss_json_feed.json", "rss_senate.xml", "rss_doj.xml"])
async def test_every_form_of_feed_is_known_whatever_the_server_calls_it(press: Press, name: str) -> None:
    page = Page(body=(SAMPLES / name).read_bytes(), headers=HTML)
    found = await doctor(press.put("/feed", page))
    assert (await best(found)).kind == "rss"


async def test_whole_articles_are_taken_from_the_feed(press: Press) -> None:
    found = await doctor(press.put("/feed", rss(5, text=LONG)))
    assert (await best(found)).options == {"full_text": True}


async def test_a_time_of_day_that_is_noon_every_day_is_not_believed(press: Press) -> None:
    days = "".join(
        f"<item><title>Release {n}</title><link>/{n}</link><pubDate>0{n} Apr 2026 12:00:00 -0400</pubDate></item>"
        for n in range(1, 5)
    )
    found = await doctor(
        press.put("/feed", f"<rss version='2.0'><channel><title>S</title>{days}</channel></rss>".encode())
    )
    assert (await best(found)).options == {"dates": "day"}
    assert all(entry.day_only for entry in found.proposals[0].first)


async def test_a_feed_by_type_must_go_on_having_its_title(press: Press) -> None:
    found = await doctor(press.put("/rss/feeds/?type=press", rss(5, title="Press Releases of Example")))
    assert (await best(found)).options == {"title_must_contain": "Press Releases of Example"}


async def test_a_pushed_feed_says_by_whom(press: Press) -> None:
    hub = b'<link rel="hub" href="https://hub.example.org/" xmlns="http://www.w3.org/2005/Atom"/><item>'
    found = await doctor(press.put("/feed", rss(3).replace(b"<item>", hub, 1)))
    assert found.proposals[0].hub == "https://hub.example.org/"


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (rss(0), "it is empty"),
        (rss(5, hours=0), "no entry has a date"),
        (rss(8, hours=24).replace(b" 2026 ", b" 2024 "), "it may be dead"),
    ],
)
async def test_what_speaks_against_a_feed_is_told(press: Press, body: bytes, doubt: str) -> None:
    found = await doctor(press.put("/feed", body))
    assert doubt in " ".join(found.proposals[0].doubts)


async def test_a_placeholder_is_not_proposed(press: Press) -> None:
    found = await doctor(press.put("/feed", (SAMPLES / "rss_placeholder.xml").read_bytes()))
    assert found.proposals == ()
    assert "placeholder" in found.tried[0].says


async def test_an_address_that_is_followed_already_is_named_and_gets_another_id(press: Press) -> None:
    url = press.put("/feed", rss(5))
    first = (await doctor(url)).proposals[0].feed
    again = (await doctor(url, [first])).proposals[0]
    assert again.doubts == (f"this address is followed already, as {first.id}",)
    assert again.feed.id == f"{first.id}-2"


# -- pages ----------------------------------------------------------------------------------------------------


async def test_a_press_page_is_read_by_selectors_with_its_paging_and_one_article(press: Press) -> None:
    press.put("/news/0", article(LONG))
    foot = "<a href='?page=1'>2</a> <a href='?page=2'>3</a>"
    found = await doctor(press.put("/press", Page(body=releases(5, foot=foot), headers=HTML)))
    feed = await best(found)
    assert (feed.kind, feed.name) == ("press_page", "Press Releases: Example")
    assert (feed.options["pages"], feed.options["first_page"]) == ("?page={n}", 0)
    inside = found.proposals[0].inside
    assert inside is not None
    assert inside.characters > 1_000
    assert inside.begins.startswith("The senator wrote")
    assert "article" not in feed.options


async def test_the_date_of_articles_is_selected_where_the_list_has_none_and_one_element_tells_it(press: Press) -> None:
    dated = article(LONG).body.replace(b"<p>", b"<time datetime=2026-04-09>April 9, 2026</time><p>")
    press.put("/news/0", Page(body=dated, headers=HTML))
    found = await doctor(press.put("/feed", rss(5, hours=0)))
    assert (await best(found)).options["article"] == {"date": "time[datetime]"}
    inside = found.proposals[0].inside
    assert inside is not None
    assert inside.published == datetime(2026, 4, 9, 4, tzinfo=UTC)


async def test_the_feed_that_a_page_names_comes_before_its_selectors(press: Press) -> None:
    press.put("/all.xml", rss(5))
    head = "<link rel=alternate type='application/rss+xml; charset=utf-8' href=/all.xml>"
    found = await doctor(press.put("/press", Page(body=releases(5, head), headers=HTML)))
    assert [one.feed.kind for one in found.proposals] == ["rss", "press_page"]
    assert len({one.feed.id for one in found.proposals}) == 2
    await best(found)


async def test_a_named_feed_of_other_things_comes_after_the_list_itself(press: Press) -> None:
    press.put("/photos.xml", rss(5, link="/photos/"))
    head = "<link rel=alternate type=application/rss+xml href=/photos.xml>"
    found = await doctor(press.put("/press", Page(body=releases(5, head), headers=HTML)))
    assert [one.feed.kind for one in found.proposals] == ["press_page", "rss"]


async def test_a_list_of_documents_without_dates_is_one(press: Press) -> None:
    found = await doctor(press.put("/docs", Page(body=(SAMPLES / "document_list.html").read_bytes(), headers=HTML)))
    assert (await best(found)).kind == "document_list"


async def test_a_line_a_release_is_known_as_json_lines(press: Press) -> None:
    found = await doctor(press.put("/2026.jsonl", (SAMPLES / "json_lines.jsonl").read_bytes()))
    assert (await best(found)).kind == "json_lines"


async def test_the_usual_places_are_tried_where_a_page_lists_nothing_and_no_others(press: Press) -> None:
    press.put("/rss.xml", rss(5))
    found = await doctor(press.put("/", Page(body=b"<html><body><p>Welcome to us.</p></body></html>", headers=HTML)))
    assert (await best(found)).url == f"{press.url}/rss.xml"
    assert [asked.path for asked in press.asked[:4]] == ["/robots.txt", "/", "/feed/", "/rss.xml"]


async def test_a_handful_of_requests_is_all_that_a_hopeless_page_costs(press: Press) -> None:
    many = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}.xml>" for n in range(50))
    found = await doctor(press.put("/page", Page(body=f"<html><head>{many}</head></html>".encode(), headers=HTML)))
    assert found.proposals == ()
    assert len(press.asked) == 1 + 1 + 3 + 4  # robots.txt, the page, feeds it names, usual places


# -- nothing to propose ---------------------------------------------------------------------------------------

NAV = b"<html><body><nav>" + b"".join(b"<a href=/%d>Our work on issue %d</a>" % (n, n) for n in range(30)) + b"</nav>"
AWKWARD = {
    "an application": (b"<html><script src=/a.js></script><div id=root></div></html>", "text/html", "a browser draws"),
    "a page with only a menu": (NAV, "text/html", "a web page of 30 links"),
    "a login": (b"<html><form>Log in <input type=password></form></html>", "text/html", "a login page"),
    "a wall": (b"<html><title>Just a moment...</title>challenge</html>", "text/html", "bot wall of Cloudflare"),
    "a PDF": (b"%PDF-1.7\n...", "application/pdf", "a PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "image/png", "a picture"),
    "other JSON": (json.dumps({"status": "ok", "data": [1]}).encode(), "application/json", "JSON of another shape"),
    "broken JSON": (b"{" * 5_000, "application/json", "broken JSON"),
    "OPML": (b"<opml><body/></opml>", "text/xml", "OPML"),
    "nothing": (b"", "text/html", "an empty document"),
    "noise": (bytes(range(256)) * 40, "application/octet-stream", "neither XML nor JSON"),
}


@pytest.mark.parametrize("name", AWKWARD)
async def test_what_is_no_source_is_called_what_it_is(press: Press, name: str) -> None:
    body, content_type, says = AWKWARD[name]
    found = await doctor(press.put("/it", Page(body=body, headers={"Content-Type": content_type})))
    assert found.proposals == ()
    assert says in found.tried[0].says
    assert found.advice


@pytest.mark.parametrize(
    ("page", "says", "can"),
    [
        (Page(status=404), "gone: 404", "in a browser"),
        (Page(status=403), "blocked: 403", "ask the site's owner"),
        (Page(status=503), "server error: 503", "try again later"),
        (Page(status=302, headers={"Location": "/it"}), "over 5 redirects", "try again later"),
        (Page(body=b"<rss>" * 1_000_000), "too large", "never so large"),
        (Page(hangs=True), "timeout", "try again later"),
    ],
)
async def test_every_failure_is_named_with_what_one_can_do(press: Press, page: Page, says: str, can: str) -> None:
    found = await doctor(press.put("/it", page), most=1_000_000, seconds=0.5)
    assert found.proposals == ()
    assert says in found.tried[0].says
    assert can in found.advice


async def test_a_private_address_is_not_asked_unless_the_operator_says_so(press: Press) -> None:
    found = await doctor(press.put("/feed", rss(3)), private=False)
    assert "unsafe address" in found.tried[0].says
    assert "LOOKOUT_ALLOW_PRIVATE" in found.advice
    assert press.asked == []


async def test_a_page_that_robots_txt_closes_is_not_read_but_a_feed_is(press: Press) -> None:
    press.put("/robots.txt", b"User-agent: *\nDisallow: /\n")
    closed = await doctor(press.put("/press", Page(body=releases(5), headers=HTML)))
    assert closed.proposals == ()
    assert "robots.txt" in closed.tried[0].says
    assert press.count("/press") == 0
    assert (await doctor(press.put("/feed.xml", rss(5)))).proposals[0].feed.kind == "rss"


async def test_a_site_that_never_ends_is_given_up(press: Press) -> None:
    found = await doctor(press.put("/it", Page(hangs=True)), whole=0.3)
    assert "given up" in found.advice


# -- hostile pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", ["x: - [evil]\n  kind: rss", "'\" # y", "\u202egnp.exe", "&a *a !!python/x", "é — ü"])
async def test_no_title_can_leave_its_place_in_the_stanza(press: Press, evil: str) -> None:
    found = await doctor(press.put("/?type=press", rss(3, title=evil.replace("&", "&amp;"))))
    feed = await best(found)
    assert feed.id.isascii()
    assert feed.kind == "rss"
    assert all(character.isprintable() for character in stanzas.stanza(feed).replace("\n", ""))


async def test_selectors_of_a_hostile_page_stay_selectors(press: Press) -> None:
    evil = releases(5).replace(b"class=release", "class='a: b{ #x \u202e'".encode())
    found = await doctor(press.put("/press", Page(body=evil, headers=HTML)))
    assert (await best(found)).kind == "press_page"
