"""What hostile readers, sources, clients and mailboxes try on the site, and that none of it works."""

import asyncio
import csv
import io
import json
import pickle
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import feedparser
import httpx
import pytest
from bs4 import BeautifulSoup
from lxml import etree
from starlette.requests import Request
from structlog.testing import capture_logs

from bot import pipeline, web
from bot.links import Links
from bot.records import Item, Subject, Subscriber, Subscription
from bot.store import Poll, Sighting
from bot.web.limits import Patience, TooOften, client, mailbox
from bot.web.operators import COOKIE, Operators
from tests.mail_server import MailServer
from tests.newsroom import START, TOPICS, matched, told
from tests.sites import HASHED, PASSWORD, SECRET, House, filled, served

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}"

TRICKS = "a\x00b\x1b[31mc\u202ed\u2066e\ufffef\uffffg\x9fh\u2028i\U000e0041j"
"""What an editor, a terminal or a parser takes for a command, or for no text at all."""

ALL_FORMS = ("atom", "json", "csv")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served(tmp_path) as made:
        yield made


@pytest.fixture
async def mailing(tmp_path: Path) -> AsyncIterator[House]:
    with MailServer() as mail:
        async with served(tmp_path, mail=mail) as made:
            yield made


async def recorded(house: House, **said: Any) -> Item:
    """An item as it could stand in the archive, whatever its reader lets through."""
    made: dict[str, Any] = {
        "id": f"sample{len(await house.parts.store.counting.came(START - timedelta(days=9)))}x{len(said)}",
        "feed_id": "courier",
        "source": "The Courier",
        "category": "news",
        "title": "A sample on faces",
        "url": "https://courier.example/a",
        "address": "https://courier.example/a",
        "text": "A sample text on faces.",
        "text_from": "feed",
        "published": START - timedelta(hours=1),
        "day_only": False,
        "first_seen": START - timedelta(minutes=30),
    }
    item = Item(**(made | said))
    matches = tuple(matched(item, topic.id) for topic in TOPICS)
    await house.parts.store.remember(
        [
            Poll(
                state=None,
                sightings=(Sighting(item=item, keys=(f"key:{item.id}",), fingerprint="", matches=matches),),
            )
        ]
    )
    return item


async def said(house: House, request: bytes) -> bytes:
    """What the server answers to these bytes, before it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(house.url).port)
    writer.write(request)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


async def entered(house: House) -> str:
    """Log in; return the mark that this session's forms bring along."""
    await house.post("/operate/enter", name="ann", password=PASSWORD)
    return await mark(house)


async def mark(house: House) -> str:
    found = re.search(r'name="form" value="([0-9a-f]{64})"', (await house.get("/operate")).text)
    assert found is not None
    return found[1]


async def asks(house: House, address: str, **headers: str) -> int:
    """Ask for a mail to this address; return how that was answered."""
    fields = {"address": address, "topics": "faces", "every": "daily", "at": "07:00", "zone": "UTC"}
    return (await house.client.post("/subscribe", data=fields, headers=headers)).status_code


def of(host: str, says: str = "") -> Request:
    """A request from this address, which says for whom it is."""
    return Request({"type": "http", "client": (host, 1), "headers": [(b"x-forwarded-for", says.encode())]})


def links_in_mail(house: House, server: MailServer, to: str) -> Mapping[str, str]:
    """The last link of each kind that was sent to this address, by the part of the site it leads to."""
    plain = server.mailbox(to)[-1].parsed.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    return {part: link for link, part in re.findall(rf"({house.url}/(\w+)/\S+)", text)}


# -- what every answer carries --------------------------------------------------------------------------------


ANSWERS = (
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", "/static/style.css", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/nothing", 404),
    ("POST", "/", 405),
    ("PUT", "/subscribe", 405),
    ("OPTIONS", "/", 405),
    ("GET", "/search?page=99", 400),
    ("GET", "/" + "a" * 4_100, 414),
    ("GET", "/api/v1/items", 200),
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/api/v1/items?page=99", 400),
    ("DELETE", "/api/v1/items", 405),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/topic/faces.atom", 200),
    ("GET", "/operate", 303),
    ("GET", "/confirm/x", 400),
    ("GET", "/metrics", 200),
    ("GET", "/healthz", 200),
)


async def test_every_answer_forbids_scripts_and_sets_no_cookie(house: House) -> None:
    await filled(house)
    for method, address, status in ANSWERS:
        answer = await house.client.request(method, address)
        assert answer.status_code == status, address
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert "script-src" not in policy, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert answer.headers["Referrer-Policy"] == "no-referrer", address
        assert "Set-Cookie" not in answer.headers, address
        assert "server" not in answer.headers, address


async def test_so_do_an_answer_not_sent_again_and_one_to_a_body_too_large(house: House) -> None:
    etag = (await house.get("/topic/faces.atom")).headers["ETag"]
    for answer, status in (
        (await house.get("/topic/faces.atom", headers={"If-None-Match": etag}), 304),
        (await house.client.post("/subscribe", content=b"a" * 70_000), 413),
    ):
        assert answer.status_code == status
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_no_page_has_a_script_an_inline_style_or_anything_from_elsewhere(mailing: House) -> None:
    letter, *_ = await filled(mailing)
    await entered(mailing)
    pages: tuple[str, ...] = (
        "/",
        "/search?q=faces",
        f"/item/{letter.id}",
        f"/story/{letter.id}",
        "/topic/faces",
        "/feeds",
        "/about",
    )
    pages += ("/subject/sample-app", "/member/Sen. Ann Muster", "/subscribe", "/operate", "/operate/subscribers")
    pages += ("/operate/feeds", f"/operate/item/{letter.id}", f"/operate/story/{letter.id}", "/operate/enter")
    for address in pages:
        answer = await mailing.get(address)
        assert answer.status_code == 200, address
        page = BeautifulSoup(answer.text, "lxml")
        assert page.find(["script", "style", "iframe", "object", "embed", "base"]) is None, address
        for tag in page.find_all(True):
            assert not [name for name in tag.attrs if name == "style" or name.startswith("on")], (address, tag)
            for name in ("src", "action") + (("href",) if tag.name == "link" else ()):
                assert str(tag.get(name, "/")).startswith("/"), (address, tag)


# -- sources that write something else than news --------------------------------------------------------------


async def test_what_a_source_writes_is_text_wherever_it_is_shown(tmp_path: Path) -> None:
    hostile = {
        "courier": {"name": f"Courier {SCRIPT}"},
        "senate": {"category": "congress", "name": f"Sen. {SCRIPT}"},
    }
    subject = Subject(id="sample-app", name=f"Sample App {SCRIPT}", aliases=(f"Sample App {SCRIPT}",))
    async with served(tmp_path, feeds=hostile, subjects=(subject,)) as house:
        where = f"{house.press.url}/senate/one"
        entries = [told(f"Sample App on faces {SCRIPT}", link=where, text=f"On faces. {SCRIPT}", guid="one")]
        [item] = await house.publish(*entries, feed="senate")
        house.time.passes(hours=2)
        changed = told(f"Changed, Sample App on faces {SCRIPT}", link=where, text=f"Faces. {SCRIPT}", guid="one")
        await house.publish(changed, feed="senate")
        await house.publish(told(f"Faces {SCRIPT}", link="javascript:alert(1)"))
        await entered(house)
        member = quote(f"Sen. {SCRIPT}", safe="")
        pages: tuple[str, ...] = (
            "/",
            "/search?q=faces",
            "/search?all=1",
            f"/search?q={quote(SCRIPT)}",
            f"/item/{item.id}",
            "/feeds",
        )
        pages += (
            f"/search?topic={quote(SCRIPT)}",
            f"/search?feed={quote(SCRIPT)}",
            f"/subscribe?topic={quote(SCRIPT)}",
        )
        pages += (f"/story/{item.id}", "/topic/faces", "/subject/sample-app", f"/member/{member}", "/about")
        pages += ("/operate/feeds", f"/operate/item/{item.id}", f"/operate/story/{item.id}", f"/{quote(SCRIPT)}")
        for address in pages:
            answer = await house.get(address)
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            page = BeautifulSoup(answer.text, "lxml")
            assert page.find(["script", "img"]) is None, address
            assert not page.find_all(onerror=True), address
            assert "{{ 7 * 7 }}" in answer.text or "7 * 7" not in answer.text, address
            links = [str(tag["href"]) for tag in page.find_all(href=True)]
            assert not [link for link in links if not link.startswith(("/", "?", "#", "http"))], address
        shown = BeautifulSoup((await house.get(f"/item/{item.id}")).text, "lxml").get_text()
        assert "<script>alert(1)</script>" in shown, "it is to be seen as it was written"


async def test_no_link_leads_to_an_address_that_runs_something_or_poses_as_another(house: House) -> None:
    hostile = (
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "\x01javascript:alert(1)",
            "vbscript:x",
        ),
        *("data:text/html,<script>alert(1)</script>", "https://user:password@evil.example/"),
        *("//evil.example/", "http://[half", "file:///etc/passwd"),
    )
    ids = [(await recorded(house, id=f"no{n}", url=url, address=url)).id for n, url in enumerate(hostile)]
    for address in (
        "/",
        "/search?q=faces",
        "/topic/faces",
        *(f"/{kind}/{id_}" for id_ in ids for kind in ("item", "story")),
    ):
        page = BeautifulSoup((await house.get(address)).text, "lxml")
        outside = [str(tag["href"]) for tag in page.find_all("a", href=True) if str(tag["href"])[:1] not in "/?#"]
        assert outside == [], address
    read = feedparser.parse((await house.get("/topic/faces.atom")).content)
    assert [[link.rel for link in entry.links] for entry in read.entries] == [["alternate"]] * len(hostile)
    assert all("external_url" not in one for one in (await house.get("/topic/faces.json")).json()["items"])


async def test_titles_of_controls_and_tricks_break_no_page_feed_or_table(house: House) -> None:
    item = await recorded(
        house,
        title=f"Faces {TRICKS}",
        text=f"Faces {TRICKS}\n\n{TRICKS}",
        source=f"Courier {TRICKS}",
        category="congress",
    )
    bare = await recorded(house, title="\ufffe\x00", text="faces", source="", id="bare", address="b")
    for address in (
        "/",
        "/search?q=faces",
        "/topic/faces",
        f"/item/{item.id}",
        f"/item/{bare.id}",
        f"/story/{item.id}",
    ):
        answer = await house.get(address)
        assert answer.status_code == 200, address
        assert not set(answer.text) & set("\x00\x1b\x9f\u202e\u2066\u2028\ufffe\uffff\U000e0041"), address
    for address in ("/topic/faces.atom", "/search.atom?q=faces", f"/search.atom?q={quote(TRICKS)}"):
        answer = await house.get(address)
        assert answer.status_code == 200, address
        etree.fromstring(answer.content)  # strict, unlike feedparser
        read = feedparser.parse(answer.content)
        assert not read.bozo, address
        assert "\u202e" not in answer.text, address
    assert (await house.get("/topic/faces.json")).json()["items"]
    assert "\u202e" not in (await house.get("/topic/faces.json")).text
    assert (await house.get(f"/api/v1/items/{item.id}")).json()["title"] == item.title, "programs get it as it is"


async def test_half_a_surrogate_pair_and_nul_from_a_feed_break_nothing(house: House) -> None:
    entry = {
        "id": "1",
        "title": "Faces \ud800 and \x00 more",
        "url": f"{house.press.url}/c/1",
        "content_text": "\udfff\x00",
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Sample", "items": [entry]}
    house.press.put("/courier", json.dumps(feed).encode())
    [item] = await pipeline.watch(house.parts, [f for f in house.parts.watchlist.feeds if f.id == "courier"])
    addresses = ("/", f"/item/{item.id}", "/topic/faces.atom", "/topic/faces.json", "/topic/faces.csv")
    for address in (*addresses, f"/api/v1/items/{item.id}", "/api/v1/items?q=faces"):
        assert (await house.get(address)).status_code == 200, address


async def test_no_cell_of_a_table_is_a_formula(house: House) -> None:
    for n, begins in enumerate(("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1", "\ufeff=1")):
        await recorded(
            house, id=f"no{n}", address=begins, title=f"{begins} faces", text=f"{begins} faces", source=begins
        )
    answer = await house.get("/topic/faces.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 10
    for cell in [cell for row in rows for cell in row.values()]:
        assert cell.lstrip("\t\r\n \u200b\ufeff")[:1] not in {*"=+-@＝＋－＠"}, cell


async def test_what_programs_are_told_says_what_kind_of_document_it_is(house: House) -> None:
    await recorded(house, title=SCRIPT + " faces")
    kinds = {
        "/topic/faces.atom": "application/atom+xml",
        "/topic/faces.json": "application/feed+json",
        "/topic/faces.csv": "text/csv; charset=utf-8",
        "/api/v1/items": "application/json",
        "/api/v1/" + quote(SCRIPT, safe=""): "application/json",
        "/healthz": "application/json",
    }
    for address, kind in kinds.items():
        assert (await house.get(address)).headers["Content-Type"] == kind, address
    assert (await house.get("/metrics")).headers["Content-Type"].startswith("text/plain")


# -- addresses that nobody would write ------------------------------------------------------------------------


async def test_there_is_no_page_beyond_the_last_however_its_number_is_written(house: House) -> None:
    for number in ("0", "51", "0000051", "00000199", "000001" + "9" * 30, "-1", "1e1", "²", "٣", "", "x"):
        for address in ("/search", "/topic/faces", "/search.atom", "/search.json", "/api/v1/items"):
            answer = await house.get(f"{address}?page={quote(number)}")
            assert answer.status_code == 400, (address, number)


QUERIES = (
    *(
        "a* OR b",
        "NEAR(a b)",
        '"',
        "'",
        "{title}:x",
        "-",
        "AND",
        "^faces",
        "(",
        "faces AND NOT",
        "title:faces",
        "*",
        "%",
    ),
    *("a\x00b", "\ufffe", "\u202e", "😀" * 300, "\U0010ffff", "a " * 150, "; DROP TABLE items --", "\n\r\t", "\\"),
)


async def test_no_query_is_taken_for_a_command(house: House) -> None:
    await filled(house)
    for query in QUERIES:
        for address in ("/search", *(f"/search.{form}" for form in ALL_FORMS), "/api/v1/items"):
            answer = await house.get(f"{address}?q={quote(query)}")
            assert answer.status_code == 200, (address, query)
            if address.endswith("atom"):
                etree.fromstring(answer.content)


async def test_a_broken_query_is_answered_as_far_as_it_can_be_read(house: House) -> None:
    broken = ("%", "q=%ff%fe", "q=%ed%a0%80", "q=%zz&page=%31", "=&&&==", "a=1&" * 900, "q=a&q=faces", "member=%25")
    for query in (*broken, "since=0001-01-01&all=1", "to=9999-12-31&all=1", "since=99999d"):
        assert (await house.get(f"/search?{query}")).status_code == 200, query


async def test_what_is_no_name_of_anything_is_not_there(house: House) -> None:
    await filled(house)
    for address in (
        *("/item/%00", "/item/%ff", "/item/%25", "/item/____", "/story/²", "/story/99999999999999999999999"),
        *("/story/-1", "/story/%00", "/member/%00", "/digest/%00", "/topic/%ff", "/api/v1/items/%00"),
        *("/api/v1/stories/²", "/topic/faces.exe", "/topic/faces.atom.exe", "/search.exe", "/topic/..%2f..%2fetc"),
    ):
        assert (await house.get(address)).status_code == 404, address


async def test_nothing_but_the_files_that_are_meant_is_given_out(house: House) -> None:
    for path in (
        *("../site.py", "%2e%2e/site.py", "..%2fsite.py", "..%5csite.py", "%2e%2e%2f%2e%2e%2flinks.py", "//etc/passwd"),
        *("%2fetc%2fpasswd", "%00", "style.css%00.png", "", ".", "a" * 300, "a" * 3_000, "....//site.py"),
    ):
        answer = await said(house, f"GET /static/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.split(b" ", 2)[1] == b"404", path
        assert b"Starlette" not in answer, path
        assert b"root:" not in answer, path


async def test_no_answer_leads_to_the_host_that_a_request_names(house: House) -> None:
    for host in ("evil.example", "evil.example:1", "[", "", "a/b?", "x@y"):
        for address in ("/search/", "/feeds/", "/operate/", "/static", "/api/v1", "/api/v1/items/", "/operate"):
            request = f"GET {address} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            answer = (await said(house, request.encode())).lower()
            assert answer.split(b" ", 2)[1] == (b"303" if address == "/operate" else b"404"), (host, address)
            assert b"\r\nlocation: http" not in answer, (host, address)
            assert b"evil" not in answer, (host, address)


async def test_nor_to_one_in_its_address(house: House) -> None:
    for target in ("//evil.example/", "//evil.example/..", "http://evil.example/search/", "*", "search"):
        answer = await said(house, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.split(b" ", 2)[1] == b"404", target
        assert b"\r\nlocation" not in answer.lower(), target


async def test_links_are_those_of_the_settings_whatever_host_is_asked(house: House) -> None:
    await filled(house)
    answer = await house.get("/topic/faces.atom", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in answer.text
    assert house.url in answer.text


# -- bodies ---------------------------------------------------------------------------------------------------


def part(name: str, value: bytes = b"x", file: str = "") -> bytes:
    named = f'; filename="{file}"' if file else ""
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + value + b"\r\n"


BODIES: Mapping[str, tuple[str, bytes]] = {
    "files": ("multipart/form-data; boundary=B", part("address", file="a.txt") + b"--B--\r\n"),
    "hundreds of files": ("multipart/form-data; boundary=B", part("a", file="a") * 800 + b"--B--\r\n"),
    "thousands of parts": ("multipart/form-data; boundary=B", part("a", b"") * 1_002 + b"--B--\r\n"),
    "thousands of fields": ("application/x-www-form-urlencoded", b"a=1&" * 2_000),
    "no boundary": ("multipart/form-data", b"x"),
    "garbage in parts": ("multipart/form-data; boundary=B", b"garbage"),
    "a part without a name": ("multipart/form-data; boundary=B", b"--B\r\n\r\nx\r\n--B--\r\n"),
    "no form": ("application/json", b'{"address": "ann@example.org"}'),
    "no kind": ("", b"address=ann@example.org"),
    "broken escapes": ("application/x-www-form-urlencoded", b"address=%ff%00&%&=&&&topics=\xff\x00"),
    **{
        f"text in {name}": (
            f"multipart/form-data; boundary=B; charset={name}",
            part("address", b"+2AA-\\ud800\xff") + b"--B--",
        )
        for name in ("utf-7", "undefined", "punycode", "idna", "unicode_escape", "zlib", "utf-16", "nonsense")
    },
}


async def test_a_body_that_is_no_form_of_ours_is_refused(mailing: House) -> None:
    form = "/operate/enter"
    for kind, (content_type, body) in BODIES.items():
        for address in ("/subscribe", form, "/unsubscribe/x"):
            # Of each kind another client, for who tries too often is refused for that.
            headers = {"Content-Type": content_type, "X-Forwarded-For": f"192.0.2.{len(kind)}"}
            answer = await mailing.client.post(address, content=body, headers=headers)
            assert answer.status_code in ({400, 403, 429} if address == form else {400}), (address, kind)
            assert "<h1>" in answer.text, (address, kind)


async def test_a_body_is_read_no_further_than_a_form_is_long_and_that_is_no_mistake_of_ours(mailing: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"a" * 10_000

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with capture_logs() as logged:
        for content in (b"a" * 70_000, endless()):
            answer = await mailing.client.post("/subscribe", content=content, headers=form)
            assert answer.status_code == 413
            page = BeautifulSoup(answer.text, "lxml")
            assert page.select_one("main [role=alert]") is not None
    assert not [line for line in logged if line["log_level"] == "error"]


async def test_who_hangs_up_in_a_form_is_no_mistake_of_ours(mailing: House) -> None:
    with capture_logs() as logged:
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(mailing.url).port)
        head = "POST /subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        writer.write(f"{head}Content-Length: 900\r\n\r\naddress=".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        assert (await mailing.get("/")).status_code == 200
    assert not [line for line in logged if line["log_level"] == "error"]


async def test_an_address_that_is_too_long_has_a_page_that_says_so(house: House) -> None:
    for address in ("/" + "a" * 4_100, "/search?q=" + "a" * 4_100):
        answer = await house.get(address)
        assert answer.status_code == 414
        assert "This address is too long." in BeautifulSoup(answer.text, "lxml").get_text()
    assert (await house.get("/api/v1/items?q=" + "a" * 4_100)).json() == {"error": "This address is too long."}


# -- mistakes of ours -----------------------------------------------------------------------------------------


async def test_when_the_database_fails_the_page_says_so_and_no_more(house: House) -> None:
    await filled(house)
    async with house.parts.store.engine.begin() as c:
        await c.exec_driver_sql("DROP TABLE sightings")
    for address in ("/search?all=1", "/search.atom?all=1", "/api/v1/items?all=1", "/feeds"):
        answer = await house.get(address)
        assert answer.status_code == 503, address
        assert "cannot be read at the moment" in answer.text
        for secret in ("sightings", "sqlite", "SELECT", "Traceback", "/bot/", ".py"):
            assert secret not in answer.text, address


async def test_a_mistake_is_told_by_its_number_alone(house: House) -> None:
    def broken() -> datetime:
        raise RuntimeError("something about /etc/lookout and a secret")

    application = web.application(replace(house.site, knows=replace(house.site.knows, clock=broken)))
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    with capture_logs() as logged:
        async with httpx.AsyncClient(transport=transport, base_url=house.url) as reader:
            page, data = await reader.get("/"), await reader.get("/api/v1/items")
    for answer in (page, data):
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert list(data.json()) == ["error"]
    ids = [line["id"] for line in logged if "id" in line]
    assert ids[0] in page.text
    assert ids[1] in data.text


async def test_questions_do_not_fill_the_memory(house: House) -> None:
    await recorded(house, text=f"faces {' '.join(f'word{n}' for n in range(15_000))}")
    for n in range(70):
        for form in ALL_FORMS:
            assert (await house.get(f"/search.{form}?q=word{n}&words_only=1")).status_code == 200
    kept = house.site.remembered._kept
    assert len(kept) <= 200 < 70 * len(ALL_FORMS)
    assert len(pickle.dumps([made.result() for _, made in kept.values()])) < 500_000, "two copies of a text are more"


# -- looking changes nothing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
async def test_nothing_but_a_post_confirms_or_leaves(tmp_path: Path, method: str) -> None:
    with MailServer() as server:
        async with served(tmp_path, mail=server) as house:
            await asks(house, "ann@example.org")
            await house.tell()
            confirm = links_in_mail(house, server, "ann@example.org")["confirm"]
            await house.client.request(method, confirm)
            assert await house.parts.store.subscribers.all() == []
            await house.post(confirm)
            [reader] = await house.parts.store.subscribers.all()
            await house.client.request(method, house.links.to_leave(reader.handle))
            await house.client.request(method, house.links.to_settle(reader.handle, house.time.now) + "?every=off")
            assert await house.parts.store.subscribers.all() == [reader]
            for address in ("/subscribe?address=bob@example.org&topics=faces&every=daily&at=07:00&zone=UTC",):
                await house.client.request(method, address)
            await house.tell()
            assert server.mailbox("bob@example.org") == []


@pytest.mark.parametrize("method", ["HEAD", "GET"])
async def test_nor_does_looking_operate(house: House, method: str) -> None:
    letter, *_ = await filled(house)
    form = await entered(house)
    asked = f"?form={form}&feed=courier&to=off&do=split&item={letter.id}&topic=faces&verdict=relevant"
    for page in ("/operate", "/operate/feeds", "/operate/subscribers", f"/operate/item/{letter.id}", "/operate/leave"):
        await house.client.request(method, page + asked)
    assert [one.did for one in await house.parts.store.operations.latest(9)] == ["logged in"]
    assert (await house.get("/operate")).status_code == 200


# -- links that were made up ----------------------------------------------------------------------------------


async def test_a_link_of_one_kind_is_none_of_another(tmp_path: Path) -> None:
    with MailServer() as server:
        async with served(tmp_path, mail=server) as house:
            await asks(house, "ann@example.org")
            await house.tell()
            confirm = links_in_mail(house, server, "ann@example.org")["confirm"]
            await house.post(confirm)
            [reader] = await house.parts.store.subscribers.all()
            await entered(house)
            made = {
                "confirm": confirm,
                "settings": house.links.to_settle(reader.handle, house.time.now),
                "unsubscribe": house.links.to_leave(reader.handle),
                "operate": f"/x/{house.client.cookies[COOKIE]}",
            }
            tokens = {part: link.rpartition("/")[2] for part, link in made.items()}
            for part in ("confirm", "settings", "unsubscribe"):
                for of, token in tokens.items():
                    if of != part:
                        answer = await house.post(f"/{part}/{token}", topics="borders", every="daily")
                        assert answer.status_code == 400, (part, of)
            for of in ("confirm", "settings", "unsubscribe"):
                stranger = httpx.AsyncClient(base_url=house.url, cookies={COOKIE: tokens[of]})
                async with stranger:
                    assert (await stranger.get("/operate")).status_code == 303, of
            assert await house.parts.store.subscribers.all() == [reader]


async def test_a_link_that_was_cut_changed_or_signed_by_another_is_refused(mailing: House) -> None:
    reader = Subscriber(id="email:a@b.example", medium="email", address="a@b.example", zone="UTC", handle="handle")
    await mailing.parts.store.subscribers.follow(replace(reader, place="direct"), Subscription(id=""), START)
    for link in (mailing.links.to_leave("handle"), mailing.links.to_settle("handle", START)):
        token = link.rpartition("/")[2]
        where = link.removesuffix(token)
        body, _, signature = token.rpartition(".")
        wrong = [token[:-1], token[1:], body, f"{body}.", f".{signature}", token + "x", token.swapcase(), "." * 900]
        wrong += [token + "A" * 3_000, f"{body}.{signature[::-1]}", token.replace(".", "%00."), "%ff.%ff", "é.é"]
        for one in wrong:
            assert (await mailing.post(where + one)).status_code == 400, one
            assert (await mailing.get(where + one)).status_code == 400, one
    others = Links(mailing.url, "another secret")
    assert (await mailing.post(others.to_leave("handle"))).status_code == 400
    assert [one.id for one in await mailing.parts.store.subscribers.all()] == [reader.id]


async def test_a_link_to_settings_expires_and_one_to_leave_does_not(mailing: House) -> None:
    reader = Subscriber(id="email:a@b.example", medium="email", address="a@b.example", zone="UTC", handle="handle")
    await mailing.parts.store.subscribers.follow(replace(reader, place="direct"), Subscription(id=""), START)
    settings, leave = mailing.links.to_settle("handle", START), mailing.links.to_leave("handle")
    mailing.time.passes(days=30, seconds=1)
    assert "expired" in (await mailing.get(settings)).text
    assert (await mailing.post(settings, topics="faces", every="daily", at="07:00", zone="UTC")).status_code == 400
    assert (await mailing.post(leave)).status_code == 200
    assert await mailing.parts.store.subscribers.all() == []


# -- signing up too often -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelled",
    [
        ["ann+1@example.org", "ann+2@example.org", "ann+3@example.org", "ann+4@example.org"],
        ["ann.muster@example.org", "annmuster@example.org", "a.n.n.muster@example.org", "annmus.ter@example.org"],
        ["ann@example.org", "ANN@example.org", "Ann@EXAMPLE.ORG", " ann@example.org "],
        ["ann@bücher.org", "ann@BÜCHER.org", "ann@xn--bcher-kva.org", "ann@bu\u0308cher.org"],
        ["ann@example.org", "ann@ｅｘａｍｐｌｅ.org", "ann@example。org", "a.nn+x@EXAMPLE.org"],
    ],
)  # fmt: skip
async def test_no_mailbox_is_filled_by_spelling_its_address_in_other_ways(mailing: House, spelled: list[str]) -> None:
    assert [await asks(mailing, address) for address in spelled] == [200, 200, 200, 429]


def test_other_mailboxes_are_others() -> None:
    others = ["ann@example.org", "ann@example.com", "bob@example.org", "ann-1@example.org"]
    assert len({mailbox(address) for address in others}) == 4


async def test_who_asks_too_often_takes_nothing_from_others() -> None:
    patience, refused = Patience(), 0
    for n in range(510):
        try:
            await patience.joining(f"p{n}@example.org", of("192.0.2.1"))
        except TooOften:
            refused += 1
    assert refused == 500
    await patience.joining("ann@example.org", of("192.0.2.2"))


async def test_and_many_together_do_not_fill_the_mailboxes_of_others() -> None:
    patience = Patience()
    for n in range(500):
        await patience.joining(f"p{n}@example.org", of(f"2001:db8:0:{n:x}::1"))
    with pytest.raises(TooOften):
        await patience.joining("ann@example.org", of("192.0.2.2"))


@pytest.mark.parametrize(
    ("written", "status"),
    [
        # A proxy on this machine writes last whom it heard; what a client wrote before that counts nothing.
        ([f"198.51.100.{n}, 192.0.2.1" for n in range(11)], 429),
        ([f"192.0.2.1:{4_000 + n}" for n in range(11)], 429),
        ([f"2001:db8:0:1::{n}" for n in range(11)], 429),
        ([f"[2001:db8:0:1::{n}]:443" for n in range(11)], 429),
        ([*(["::ffff:192.0.2.1"] * 5), *(["192.0.2.1"] * 6)], 429),
        ([f"fe80::{n}%eth0" for n in range(11)], 429),
        ([f"2001:db8:0:{n:x}::1" for n in range(11)], 200),
    ],
)
async def test_a_client_is_whom_the_proxy_heard(mailing: House, written: list[str], status: int) -> None:
    answers = [await asks(mailing, f"p{n}@example.org", **{"X-Forwarded-For": one}) for n, one in enumerate(written)]
    assert answers == [*[200] * 10, status]


async def test_whoever_is_no_proxy_here_is_not_believed_about_whom_it_heard() -> None:
    # As the server hands on what does not come from loopback: from whom it is, and the header as it was.
    assert {client(of("203.0.113.9", f"192.0.2.{n}")) for n in range(2)} == {"203.0.113.9"}


# -- operators ------------------------------------------------------------------------------------------------


async def test_a_forged_form_does_nothing(house: House) -> None:
    mine = await entered(house)
    async with httpx.AsyncClient(base_url=house.url) as another:
        await another.post("/operate/enter", data={"name": "ann", "password": PASSWORD})
        found = re.search(r'name="form" value="([0-9a-f]{64})"', (await another.get("/operate")).text)
    assert found is not None
    of_another = found[1]
    assert mine != of_another
    wanted = {"feed": "courier", "to": "off"}
    for form in ({}, {"form": ""}, {"form": of_another}, {"form": mine[:-1]}, {"form": mine.upper()}, {"form": "é"}):
        answer = await house.client.post("/operate/feeds", data=wanted | form)
        assert answer.status_code == 403, form
    evil = ("http://evil.example", "https://evil.example", f"{house.url}.evil.example", "http://[", "file://", "x")
    for origin in evil:
        answer = await house.client.post("/operate/feeds", data=wanted | {"form": mine}, headers={"Origin": origin})
        assert answer.status_code == 403, origin
    for site in ("cross-site", "same-site"):
        headers = {"Origin": "null", "Sec-Fetch-Site": site}
        answer = await house.client.post("/operate/feeds", data=wanted | {"form": mine}, headers=headers)
        assert answer.status_code == 403, site
    in_address = await house.client.post(f"/operate/feeds?form={mine}", data=wanted)
    assert in_address.status_code == 403
    assert (await house.parts.store.states()).get("courier") is None
    assert {one.did for one in await house.parts.store.operations.latest(9)} == {"logged in"}
    ours = {"Origin": house.url, "Sec-Fetch-Site": "same-origin"}
    answer = await house.client.post("/operate/feeds", data=wanted | {"form": mine}, headers=ours)
    assert answer.status_code == 303


async def test_nobody_is_let_in_by_a_form_of_another_site(house: House) -> None:
    fields = {"name": "ann", "password": PASSWORD}
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "http://["},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ):
        answer = await house.client.post("/operate/enter", data=fields, headers=headers)
        assert answer.status_code == 403, headers
        assert "Set-Cookie" not in answer.headers, headers
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}  # as browsers say it of a page without a referrer
    assert (await house.client.post("/operate/enter", data=fields, headers=headers)).status_code == 303


async def test_a_cookie_that_was_changed_or_made_up_is_nobodys(house: House) -> None:
    await entered(house)
    cookie = house.client.cookies[COOKIE]
    body, _, signature = cookie.rpartition(".")
    forged = Operators({"ann": HASHED}, "another secret").begun("ann", START)
    wrong = [cookie[:-1], body, f"{body}.{signature[::-1]}", f"x{cookie}", "", ".", "a" * 3_000, forged, "\xff", '"']
    for one in wrong:
        async with httpx.AsyncClient(
            base_url=house.url, headers=[(b"Cookie", f"{COOKIE}={one}".encode("latin-1"))]
        ) as stranger:
            for page in ("/operate", "/operate/feeds", "/operate/subscribers"):
                answer = await stranger.get(page)
                assert (answer.status_code, answer.headers["Location"]) == (303, "/operate/enter"), one


def test_a_new_password_a_new_secret_and_a_removal_end_every_session() -> None:
    cookie = Operators({"ann": HASHED}, SECRET).begun("ann", START)
    same = Operators({"ann": HASHED, "bob": HASHED}, SECRET).session(cookie, START)
    assert same is not None
    assert same.name == "ann"
    for changed in (
        Operators({"ann": web.hashed(PASSWORD)}, SECRET),
        Operators({"bob": HASHED}, SECRET),
        Operators({}, SECRET),
        Operators({"ann": HASHED}, "another secret"),
    ):
        assert changed.session(cookie, START) is None
    assert Operators({"ann": HASHED}, SECRET).session(cookie, START + timedelta(hours=12, seconds=1)) is None


@pytest.mark.parametrize(
    "hash_", ["", "plain text", "$argon2id$broken", HASHED[:-4]], ids=["none", "text", "broken", "short"]
)
def test_a_hash_that_is_none_lets_nobody_in(hash_: str) -> None:
    operators = Operators({"ann": hash_}, SECRET)
    assert not operators.knows("ann", hash_)
    assert not operators.knows("ann", "")


async def test_passwords_cannot_be_tried_out(house: House) -> None:
    tried = [await house.post("/operate/enter", name="ann", password=f"guess {n}") for n in range(10)]
    assert {one.status_code for one in tried} == {403}
    for name in ("ann", " ann ", "ANN"):
        answer = await house.post("/operate/enter", name=name, password=PASSWORD)
        assert answer.status_code == 429, name
        assert "Set-Cookie" not in answer.headers
    many = [await house.post("/operate/enter", name=f"name {n}", password="x") for n in range(12)]
    assert many[-1].status_code == 429


async def test_what_was_done_stands_in_the_log_with_who_did_it_and_readers_do_not_see_who(house: House) -> None:
    letter, *_ = await filled(house)
    form = await entered(house)
    await house.post(f"/operate/item/{letter.id}", form=form, topic="faces", verdict="not relevant")
    last = (await house.parts.store.operations.latest(1))[0]
    assert (last.by, last.did) == ("ann", f"labelled {letter.id} not relevant for faces")
    async with httpx.AsyncClient(base_url=house.url) as reader:
        for address in (f"/item/{letter.id}", f"/story/{letter.id}", f"/api/v1/items/{letter.id}", "/metrics"):
            text = (await reader.get(address)).text
            assert not re.search(r"\bann\b", text), address
        story = (await reader.get(f"/api/v1/stories/{letter.id}")).text
        assert not re.search(r"\bann\b", story)


# -- who is told ----------------------------------------------------------------------------------------------


async def test_a_digest_that_anybody_may_look_at_lets_nobody_into_somebodys_settings(tmp_path: Path) -> None:
    with MailServer() as server:
        async with served(tmp_path, mail=server) as house:
            await asks(house, "ann@example.org")
            await house.tell()
            await house.post(links_in_mail(house, server, "ann@example.org")["confirm"])
            [reader] = await house.parts.store.subscribers.all()
            letter, *_ = await filled(house)
            house.time.passes(days=1)
            await house.tell()
            key = links_in_mail(house, server, "ann@example.org")["digest"].rpartition("/")[2]
            addresses: tuple[str, ...] = (f"/digest/{key}", f"/api/v1/digests/{key}", "/metrics", "/", "/feeds")
            addresses += (f"/item/{letter.id}", f"/story/{letter.id}", f"/api/v1/items/{letter.id}")
            for address in addresses:
                answer = await house.get(address)
                assert answer.status_code == 200, address
                for secret in ("ann@example.org", reader.handle, "/settings/", "/unsubscribe/"):
                    assert secret not in answer.text, (address, secret)


async def test_nobody_learns_who_is_told_by_asking(tmp_path: Path) -> None:
    with MailServer() as server:
        async with served(tmp_path, mail=server) as house:
            await asks(house, "ann@example.org")
            await house.tell()
            await house.post(links_in_mail(house, server, "ann@example.org")["confirm"])
            fields = {"topics": "faces", "every": "daily", "at": "07:00", "zone": "UTC"}
            told_already = await house.post("/subscribe", address="ann@example.org", **fields)
            stranger = await house.post("/subscribe", address="bob@example.org", **fields)
            assert told_already.text.replace("ann@", "bob@") == stranger.text
