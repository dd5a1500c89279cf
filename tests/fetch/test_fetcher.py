"""Documents over real HTTP, from a server on loopback that misbehaves in every way we have heard of."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.errors import FetchError
from bot.fetch import Fetcher, Limits
from bot.records import Document, Unchanged
from tests.fetch.loopback import FEED, PAGE, Reply, Site, Time, answer, drip, fetching, got, raw, refused, silence

WALLS = {
    "Cloudflare": b'<!DOCTYPE html><html lang="en"><head><title>Just a moment...</title>'
    b'<script src="/cdn-cgi/challenge-platform/sample"></script></head><body></body></html>',
    "Akamai": b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
    b"Reference&#32;&#35;18&#46;sample\n</BODY></HTML>",
    "Imperva": b"<html><head></head><body>Request unsuccessful. Incapsula incident ID: 0-sample</body></html>",
}

# What a document is


async def test_a_document_comes_with_all_we_need_to_ask_again(site: Site, time: Time) -> None:
    served = answer(
        body=FEED, ETag='W/"abc"', Last_Modified="Fri, 10 Apr 2026 09:00:00 GMT", Content_Type="text/xml; charset=utf-8"
    )
    url = site.at("/rss", served)
    assert await got(time, url) == Document(
        url=url,
        body=FEED,
        fetched=time.now,
        content_type="text/xml; charset=utf-8",
        etag='W/"abc"',
        last_modified="Fri, 10 Apr 2026 09:00:00 GMT",
        asked=url,
        status=200,
        headers=(
            ("Content-Length", str(len(FEED))),
            ("ETag", 'W/"abc"'),
            ("Last-Modified", "Fri, 10 Apr 2026 09:00:00 GMT"),
            ("Content-Type", "text/xml; charset=utf-8"),
        ),
    )


async def test_a_document_keeps_the_address_that_was_asked_and_the_status(site: Site, time: Time) -> None:
    url = site.at("/old", answer("301 Moved", Location="/new"))
    new = site.at("/new", answer("203 By Way Of", body=FEED, Link='<https://hub.example/>; rel="hub"'))
    document = await got(time, url)
    assert (document.asked, document.url, document.status) == (url, new, 203)
    assert ("Link", '<https://hub.example/>; rel="hub"') in document.headers


async def test_the_headers_kept_are_few_and_printable_and_hold_no_cookie(site: Site, time: Time) -> None:
    served = [("Set-Cookie", "who=you"), ("X-Long", "x" * 9_000), ("X-Odd", "a\x9b31m\xe9")]
    served += [(f"X-{n}", "y" * 100) for n in range(100)]
    head = "".join(f"{name}: {value}\r\n" for name, value in served).encode("latin-1")
    document = await got(time, site.at("/rss", b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + FEED))
    kept = dict(document.headers)
    assert 50 < len(document.headers) <= 64
    assert sum(len(name) + len(value) for name, value in document.headers) <= 8_192
    assert all(name.isprintable() and value.isprintable() for name, value in document.headers)
    assert "X-Odd" in kept
    assert not kept.keys() & {"Set-Cookie", "X-Long"}


async def test_one_document_may_be_larger_than_the_others(site: Site, time: Time) -> None:
    url = site.at("/letter.pdf", answer(body=b"x" * 3_000))
    async with fetching(time, max_bytes=2_000) as fetcher:
        assert isinstance(await fetcher.document(url, most=3_000), Document)
        for most in (None, 2_999):
            with pytest.raises(FetchError, match="too large"):
                await fetcher.document(url, most=most)


async def test_we_say_who_we_are_and_ask_for_gzip_alone(site: Site, time: Time) -> None:
    await got(time, site.at("/rss", answer(body=FEED)))
    asked = site.asked[0].headers
    assert asked["user-agent"].startswith("lookout/")
    assert asked["user-agent"].endswith(" (civic monitoring; +https://lookout.example/about)")
    assert asked["accept-encoding"] == "gzip"
    assert asked["connection"] == "close"


async def test_what_we_have_is_named_and_may_be_unchanged(site: Site, time: Time) -> None:
    url = site.at("/rss", answer("304 Not Modified"))
    async with fetching(time) as fetcher:
        outcome = await fetcher.document(url, etag='"abc"', last_modified="Fri, 10 Apr 2026 09:00:00 GMT")
    assert outcome == Unchanged(url=url)
    assert site.asked[0].headers["if-none-match"] == '"abc"'
    assert site.asked[0].headers["if-modified-since"] == "fri, 10 apr 2026 09:00:00 gmt"


async def test_not_modified_without_anything_to_compare_is_an_error(site: Site, time: Time) -> None:
    failure = await refused(time, site.at("/rss", answer("304 Not Modified")))
    assert failure.reason == "server error"


async def test_an_old_page_that_replaced_the_feed_cannot_say_not_modified_by_its_date(site: Site, time: Time) -> None:
    url = site.at("/rss", answer("301 Moved", Location="/moved"))
    site.at("/moved", answer("304 Not Modified"))
    async with fetching(time) as fetcher:
        with pytest.raises(FetchError, match="304"):
            await fetcher.document(url, last_modified="Fri, 10 Apr 2026 09:00:00 GMT")
        assert await fetcher.document(url, etag='"a"') == Unchanged(url=url.replace("/rss", "/moved"))


@pytest.mark.parametrize("etag", ['"' + "x" * 5000 + '"', '"caf\xe9"'])
async def test_a_validator_that_could_not_be_sent_back_is_dropped(site: Site, time: Time, etag: str) -> None:
    served = b"HTTP/1.1 200 OK\r\nETag: " + etag.encode("latin-1") + b"\r\nContent-Length: 3\r\n\r\nabc"
    document = await got(time, site.at("/rss", served))
    assert document.etag is None


async def test_cookies_are_not_kept(site: Site, time: Time) -> None:
    url = site.at("/rss", answer(body=FEED, Set_Cookie="who=you"))
    async with fetching(time) as fetcher:
        await fetcher.document(url)
        await fetcher.document(url)
    assert "cookie" not in site.asked[1].headers


# Broken downloads


@pytest.mark.parametrize(
    "broken",
    [
        answer(body=FEED, Content_Length=str(len(FEED) + 1)),
        answer(body=gzip.compress(FEED)[:-5], Content_Encoding="gzip", Content_Length=str(len(gzip.compress(FEED)))),
        answer(body=gzip.compress(FEED)[:-5], Content_Encoding="gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<rss>\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-sample\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Sample: " + b"x" * 200_000 + b"\r\n\r\n",
        b"",
    ],
    ids=["short", "gzip short", "gzip cut", "chunks cut", "two lengths", "head cut", "ssh", "huge head", "nothing"],
)
async def test_a_broken_download_is_never_taken_for_the_document(site: Site, time: Time, broken: bytes) -> None:
    failure = await refused(time, site.at("/rss", broken))
    assert failure.reason == "unreachable"


async def test_what_follows_the_document_is_not_part_of_it_or_of_the_next(site: Site, time: Time) -> None:
    surplus = answer(body=FEED) + answer(body=b"<rss>smuggled</rss>")
    url = site.at("/rss", surplus)
    async with fetching(time) as fetcher:
        for _ in range(2):
            document = await fetcher.document(url)
            assert isinstance(document, Document)
            assert document.body == FEED
    assert len(site.asked) == 2


async def test_a_broken_connection_is_tried_once_more(site: Site, time: Time) -> None:
    document = await got(time, site.at("/rss", b"", answer(body=FEED)))
    assert document.body == FEED
    assert len(site.asked) == 2


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "429 Slow", "500 Oh", "503 Busy"])
async def test_a_status_is_an_answer_and_not_asked_for_twice(site: Site, time: Time, status: str) -> None:
    await refused(time, site.at("/rss", answer(status), answer(body=FEED)))
    assert len(site.asked) == 1


async def test_many_parts_of_gzip_are_one_document(site: Site, time: Time) -> None:
    packed = gzip.compress(FEED[:20]) + gzip.compress(FEED[20:])
    document = await got(time, site.at("/rss", answer(body=packed, Content_Encoding="gzip")))
    assert document.body == FEED


@pytest.mark.parametrize("encoding", ["br", "zstd"])
async def test_a_packing_that_cannot_be_bounded_is_refused_by_name(site: Site, time: Time, encoding: str) -> None:
    failure = await refused(time, site.at("/rss", answer(body=b"sample", Content_Encoding=encoding)))
    assert (failure.reason, failure.detail) == ("server error", f"packed as {encoding}, which we did not ask for")


# Bounds


async def test_a_gzip_bomb_is_stopped_before_it_fills_the_memory(site: Site, time: Time) -> None:
    bomb = gzip.compress(bytes(50 * 2**20))
    url = site.at("/rss", answer(body=bomb, Content_Encoding="gzip"))
    tracemalloc.start()
    try:
        failure = await refused(time, url, max_bytes=2**20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (failure.reason, failure.detail) == ("too large", "over 1 MiB after decompression")
    assert peak < 8 * 2**20


async def test_an_endless_document_is_too_large(site: Site, time: Time) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"<item/>" * 10_000)
            await writer.drain()

    failure = await refused(time, site.at("/rss", endless), max_bytes=2**20)
    assert failure.reason == "too large"


@pytest.mark.parametrize("reply", [drip, silence])
async def test_the_deadline_ends_drips_and_silence(site: Site, time: Time, reply: Reply) -> None:
    failure = await refused(time, site.at("/rss", reply), deadline=timedelta(milliseconds=50))
    assert (failure.reason, failure.detail) == ("timeout", "127.0.0.1 had not answered in full after 0.05 s")


async def test_the_deadline_is_for_all_redirects_together(site: Site, time: Time) -> None:
    url = site.at("/0", answer("302 Found", Location="/1"))
    site.at("/1", silence)
    failure = await refused(time, url, deadline=timedelta(milliseconds=200))
    assert failure.reason == "timeout"
    assert site.paths == ["/0", "/1"]


async def test_waiting_for_a_turn_does_not_use_up_the_deadline(site: Site, time: Time) -> None:
    slow, quick = site.at("/slow", silence), site.at("/quick", answer(body=FEED))
    async with fetching(time, deadline=timedelta(milliseconds=200)) as fetcher:
        first = asyncio.create_task(fetcher.document(slow))
        await asyncio.sleep(0)
        second = await fetcher.document(quick)
        with pytest.raises(FetchError, match="timeout"):
            await first
    assert isinstance(second, Document)


# Redirects


async def test_a_redirect_is_followed_and_the_last_address_named(site: Site, time: Time) -> None:
    url = site.at("/old", answer("301 Moved", Location="new?a=b"))
    new = site.at("/new?a=b", answer(body=FEED))
    assert (await got(time, url)).url == new


async def test_a_redirect_loop_ends(site: Site, time: Time) -> None:
    failure = await refused(time, site.at("/rss", answer("302 Found", Location="/rss")))
    assert (failure.reason, failure.detail) == ("server error", "over 5 redirects from 127.0.0.1")
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://user:sample-secret@127.0.0.1/",
        "http://[::1",
        "http://xn--/",
        "http://xn--a.example/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:-1/",
    ],
)
async def test_a_redirect_to_where_we_must_not_go_is_not_followed(site: Site, time: Time, location: str) -> None:
    failure = await refused(time, site.at("/rss", answer("302 Found", Location=location)))
    assert failure.reason == "unsafe address"
    assert site.paths == ["/rss"]


async def test_a_redirect_to_nowhere_is_an_error(site: Site, time: Time) -> None:
    failure = await refused(time, site.at("/rss", answer("302 Found")))
    assert (failure.reason, failure.detail) == ("server error", "302 from 127.0.0.1")


# Addresses


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
     ["fe80::1"], ["fd00::1"], ["100.64.0.1"], ["224.0.0.1"], ["240.0.0.1"], ["0.0.0.0"], ["::"],
     ["8.8.8.8", "127.0.0.1"]],
)  # fmt: skip
async def test_a_name_that_leads_inside_is_not_called(site: Site, time: Time, addresses: list[str]) -> None:
    async with fetching(time, names={"news.example": addresses}, allow_private=False) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document(f"http://news.example:{site.port}/rss")
    assert e.value.reason == "unsafe address"
    assert addresses[-1] in e.value.detail
    assert not site.asked


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:7f00:1]"],
)
async def test_no_spelling_of_loopback_is_called(site: Site, time: Time, host: str) -> None:
    async with Fetcher(contact="x", clock=time.clock, sleep=time.sleep) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document(f"http://{host}:{site.port}/rss")
    assert e.value.reason == "unsafe address"
    assert not site.asked


async def test_the_address_checked_is_the_one_connected_to(site: Site, time: Time) -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"]]  # a name server that changes its mind

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    site.at("/rss", answer(body=FEED))
    async with Fetcher(
        contact="x",
        clock=time.clock,
        sleep=time.sleep,
        resolve=rebinding,
        limits=Limits(allow_private=True, gap=timedelta()),
    ) as fetcher:
        url = f"http://news.example:{site.port}/rss"
        assert isinstance(await fetcher.document(url), Document)
        with pytest.raises(FetchError, match=r"unsafe address: news\.example is 169\.254\.169\.254"):
            await fetcher.document(url)
    assert [asked.headers["host"] for asked in site.asked] == [f"news.example:{site.port}"]


async def test_tls_asks_for_the_name_and_not_the_address(time: Time) -> None:
    hello = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, fetching(time, names={"news.example": ["127.0.0.1"]}) as fetcher:
        with pytest.raises(FetchError, match="unreachable"):
            await fetcher.document(f"https://news.example:{port}/rss")
    assert b"news.example" in await hello


async def test_the_second_address_serves_when_the_first_is_down(site: Site, time: Time) -> None:
    site.at("/rss", answer(body=FEED))
    async with fetching(time, names={"news.example": ["127.0.0.2", "127.0.0.1"]}) as fetcher:
        assert await fetcher.document(f"http://news.example:{site.port}/rss")


async def test_a_proxy_named_in_the_environment_is_not_used(
    site: Site, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert (await got(time, site.at("/rss", answer(body=FEED)))).body == FEED


async def test_an_unknown_name_is_unreachable(time: Time) -> None:
    async with fetching(time, names={}) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document("http://nowhere.example/rss?key=sample-secret")
    assert str(e.value) == "unreachable: nowhere.example is not a name we can resolve"


async def test_a_refused_connection_is_unreachable_and_not_tried_again(time: Time) -> None:
    looked_up: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    within = Limits(allow_private=True)
    async with Fetcher(contact="x", clock=time.clock, sleep=time.sleep, resolve=resolve, limits=within) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document("http://news.example:1/rss?key=sample-secret")
    assert e.value.reason == "unreachable"
    assert "sample-secret" not in str(e.value)
    assert looked_up == ["news.example"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://news.example/", "news.example/rss", "", "http:///rss"])
async def test_only_http_is_fetched(time: Time, url: str) -> None:
    assert (await refused(time, url)).reason == "unsafe address"


# Refusals


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "blocked"),
        (403, "blocked"),
        (429, "blocked"),
        (451, "blocked"),
        (404, "gone"),
        (410, "gone"),
        (400, "server error"),
        (500, "server error"),
        (503, "server error"),
        (204, "server error"),
        (206, "server error"),
    ],
)
async def test_a_status_has_a_reason(site: Site, time: Time, status: int, reason: str) -> None:
    failure = await refused(time, site.at("/rss?key=sample-secret", answer(f"{status} Sample")))
    assert (failure.reason, failure.detail) == (reason, f"{status} from 127.0.0.1")


@pytest.mark.parametrize("said", ["3600", "Fri, 10 Apr 2026 13:00:00 GMT"])
@pytest.mark.parametrize("status", ["429 Slow", "503 Busy"])
async def test_the_server_says_when_to_come_again(site: Site, time: Time, status: str, said: str) -> None:
    failure = await refused(time, site.at("/rss", answer(status, Retry_After=said)))
    assert failure.retry_after == time.now + timedelta(hours=1)


@pytest.mark.parametrize("firm", WALLS)
async def test_a_bot_wall_is_known_even_when_it_says_200(site: Site, time: Time, firm: str) -> None:
    failure = await refused(time, site.at("/rss", answer(body=WALLS[firm], Content_Type="text/html")))
    assert (failure.reason, failure.detail) == ("blocked", f"bot wall of {firm} at 127.0.0.1 (200)")


async def test_a_challenge_in_the_headers_is_a_bot_wall(site: Site, time: Time) -> None:
    failure = await refused(time, site.at("/rss", answer("503 Busy", cf_mitigated="challenge")))
    assert failure.reason == "blocked"


async def test_the_federal_register_wall_is_known_by_its_name(site: Site, time: Time) -> None:
    url = site.at("/doc", answer("302 Found", Location="https://unblock.federalregister.gov/?key=sample-secret"))
    failure = await refused(time, url)
    assert (failure.reason, failure.detail) == (
        "blocked",
        "bot wall: 127.0.0.1 redirects to unblock.federalregister.gov",
    )


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel><item><title>Just a moment...</title> a challenge</item></channel></rss>",
        b"<html><head><title>Access Denied: face matching at the border</title></head>with a reference</html>",
    ],
)
async def test_news_about_walls_is_no_wall(site: Site, time: Time, body: bytes) -> None:
    assert (await got(time, site.at("/rss", answer(body=body, Content_Type="text/html")))).body == body


@pytest.mark.parametrize("body", [b"", b" \r\n"])
async def test_an_empty_document_is_not_a_feed(site: Site, time: Time, body: bytes) -> None:
    assert (await refused(time, site.at("/rss", answer(body=body)))).reason == "not a feed"


# Robots


async def test_a_page_closed_by_robots_txt_is_not_asked_for(site: Site, time: Time) -> None:
    url = site.at("/private/page?key=sample-secret", answer(body=PAGE))
    site.at("/robots.txt", answer(body=b"User-agent: *\nDisallow: /private/\n"))
    failure = await refused(time, url, page=True)
    assert (failure.reason, failure.detail) == ("blocked", "robots.txt of 127.0.0.1 closes this page to us")
    assert site.paths == ["/robots.txt"]


@pytest.mark.parametrize(
    ("rules", "open_to_us"),
    [
        ("User-agent: *\nDisallow: /news/\nAllow: /news/page", True),
        ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n\nUser-agent: *\nDisallow: /search", True),
        ("user-agent: lookout\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: Lookout/1.0\nDisallow: /", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Lookout\nAllow: /news/", True),
        ("User-agent: *\nDisallow: /*.html$", True),
        ("User-agent: *\nDisallow: /*/page$", False),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<html>not found</html>", True),
    ],
)
async def test_the_rules_are_read_as_written_for_us(site: Site, time: Time, rules: str, open_to_us: bool) -> None:
    url = site.at("/news/page", answer(body=PAGE))
    site.at("/robots.txt", answer(body=rules.encode()))
    if open_to_us:
        assert (await got(time, url, page=True)).body == PAGE
    else:
        assert (await refused(time, url, page=True)).reason == "blocked"


@pytest.mark.parametrize("status", ["404 Not Found", "401 No", "403 Forbidden", "410 Gone"])
async def test_a_site_without_rules_is_open(site: Site, time: Time, status: str) -> None:
    site.at("/robots.txt", answer(status))
    assert (await got(time, site.at("/page", answer(body=PAGE)), page=True)).body == PAGE


@pytest.mark.parametrize(
    ("reply", "reason"), [(answer("503 Busy"), "server error"), (answer("429 Slow"), "blocked"), (b"", "unreachable")]
)
async def test_a_site_whose_rules_cannot_be_read_is_closed_for_a_while(
    site: Site, time: Time, reply: bytes, reason: str
) -> None:
    url = site.at("/page", answer(body=PAGE))
    site.at("/robots.txt", reply)
    async with fetching(time) as fetcher:
        for _ in range(2):
            with pytest.raises(FetchError, match=r"robots\.txt could not be read, so no page may be") as e:
                await fetcher.document(url, page=True)
            assert e.value.reason == reason
        asked = len(site.asked)
        site.at("/robots.txt", answer(body=b""))
        time.now += timedelta(minutes=10)
        assert await fetcher.document(url, page=True)
    assert site.paths[asked:] == ["/robots.txt", "/page"]


async def test_the_rules_are_asked_for_once_a_day(site: Site, time: Time) -> None:
    url = site.at("/page", answer(body=PAGE))
    site.at("/robots.txt", answer(body=b"User-agent: *\nAllow: /"))
    async with fetching(time) as fetcher:
        await asyncio.gather(fetcher.document(url, page=True), fetcher.document(url, page=True))
        assert site.paths == ["/robots.txt", "/page", "/page"]
        time.now += timedelta(days=1)
        await fetcher.document(url, page=True)
    assert site.paths[3:] == ["/robots.txt", "/page"]


async def test_a_redirect_does_not_lead_around_the_rules(site: Site, time: Time) -> None:
    url = site.at("/open", answer("302 Found", Location="/closed"))
    site.at("/robots.txt", answer(body=b"User-agent: *\nDisallow: /closed"))
    assert (await refused(time, url, page=True)).reason == "blocked"
    assert site.paths == ["/robots.txt", "/open"]


async def test_feeds_are_published_for_programs_and_need_no_robots_txt(site: Site, time: Time) -> None:
    await got(time, site.at("/rss", answer(body=FEED)))
    assert site.paths == ["/rss"]


async def test_rules_for_thousands_of_agents_do_not_fill_the_memory(site: Site, time: Time) -> None:
    rules = b"".join(b"User-agent: bot%d\n" % n for n in range(12_000)) + b"Allow: /a\n" * 25_000
    site.at("/robots.txt", answer(body=rules))
    url = site.at("/page", answer(body=PAGE))
    tracemalloc.start()
    try:
        await got(time, url, page=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 * 2**20


@pytest.mark.parametrize(("asked", "waited"), [(b"10", 10.0), (b"86400", 30.0), (b"1e400", 0.5), (b"-5", 0.5)])
async def test_a_crawl_delay_is_kept_within_reason(site: Site, time: Time, asked: bytes, waited: float) -> None:
    site.at("/robots.txt", answer(body=b"User-agent: *\nCrawl-delay: " + asked))
    url = site.at("/page", answer(body=PAGE))
    async with fetching(time, gap=timedelta(seconds=0.5)) as fetcher:
        await fetcher.document(url, page=True)
    assert time.slept == [waited]


# Turns


@pytest.mark.parametrize("host", ["www.dhs.gov", "www.markey.senate.gov", "WWW.ICE.GOV", "appropriations.house.gov"])
async def test_a_gov_host_is_asked_one_thing_at_a_time_two_seconds_apart(site: Site, time: Time, host: str) -> None:
    async def in_three_seconds(writer: asyncio.StreamWriter) -> None:
        time.now += timedelta(seconds=3)
        await raw(answer(body=FEED))(writer)

    site.at("/rss", in_three_seconds)
    async with fetching(time, names={host.lower(): ["127.0.0.1"]}) as fetcher:
        await asyncio.gather(*(fetcher.document(f"http://{host}:{site.port}/rss") for _ in range(3)))
    assert [(asked.at - time.start).total_seconds() for asked in site.asked] == [0, 5, 10]
    assert site.busiest == 1


async def test_redirects_robots_and_second_tries_wait_their_turn_too(site: Site, time: Time) -> None:
    site.at("/old", b"", answer("301 Moved", Location="/new"))
    site.at("/new", answer(body=PAGE))
    async with fetching(time, names={"www.dhs.gov": ["127.0.0.1"]}) as fetcher:
        await fetcher.document(f"http://www.dhs.gov:{site.port}/old", page=True)
    assert site.paths == ["/robots.txt", "/old", "/old", "/new"]
    assert [(asked.at - time.start).total_seconds() for asked in site.asked] == [0, 2, 4, 6]


async def test_the_pause_counts_from_a_failure_too(site: Site, time: Time) -> None:
    url = f"http://www.dhs.gov:{site.port}/missing"
    async with fetching(time, names={"www.dhs.gov": ["127.0.0.1"]}) as fetcher:
        for _ in range(2):
            with pytest.raises(FetchError):
                await fetcher.document(url)
    assert time.slept == [2]


async def test_members_of_the_house_stand_in_one_queue(site: Site, time: Time) -> None:
    hosts = ["one.house.gov", "two.house.gov", "www.house.gov."]
    site.at("/rss", answer(body=FEED))
    async with fetching(time, names={host: ["127.0.0.1"] for host in hosts}) as fetcher:
        await asyncio.gather(*(fetcher.document(f"http://{host}:{site.port}/rss") for host in hosts))
    assert time.slept == [2, 2]


async def test_different_hosts_are_asked_side_by_side(site: Site, time: Time) -> None:
    both = asyncio.Barrier(2)

    async def together(writer: asyncio.StreamWriter) -> None:
        await both.wait()
        await raw(answer(body=FEED))(writer)

    site.at("/rss", together)
    hosts = ["one.example", "two.example"]
    async with fetching(time, names={host: ["127.0.0.1"] for host in hosts}) as fetcher:
        await asyncio.gather(*(fetcher.document(f"http://{host}:{site.port}/rss") for host in hosts))
    assert site.busiest == 2


async def test_a_clock_set_back_does_not_hold_a_host_for_hours(site: Site, time: Time) -> None:
    url = site.at("/rss", answer(body=FEED))
    async with fetching(time, gap=timedelta(seconds=1)) as fetcher:
        await fetcher.document(url)
        time.now -= timedelta(hours=5)
        await fetcher.document(url)
    assert time.slept == [1]
