"""One request and its answer: what goes over the wire, what comes back broken, and what never happens by itself."""

import asyncio
import socket
import ssl
import struct
import threading
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import certifi
import httpx
import pytest
import trustme

from bot.errors import FetchError
from bot.fetch import Fetcher, Limits, exchanges, resolved
from bot.fetch.exchange import _trust
from bot.records import Document
from tests.fetch.loopback import FEED, Reply, Site, Time, answer, fetching, got, raw, refused


async def reset(writer: asyncio.StreamWriter) -> None:
    """Hang up as a server that crashes does."""
    await writer.drain()
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


def then_reset(data: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await reset(writer)

    return reply


# What goes over the wire


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a%2Fb%20c?x=%5B1%5D&y=a+b", "/a%2Fb%20c?x=%5B1%5D&y=a+b"),
        ("/a%7eb/%C3%A9?q=%e2", "/a%7eb/%C3%A9?q=%e2"),
        ("/feed?", "/feed?"),
        ("/a b|c[d]?e=f|g[0]", "/a%20b|c[d]?e=f|g[0]"),
        ("/é?é=é", "/%C3%A9?%C3%A9=%C3%A9"),
        ("/a//b;c=d/?&&", "/a//b;c=d/?&&"),
        ("?only=query", "/?only=query"),
        ("/a#fragment", "/a"),
        ("/%", "/%"),
    ],
)
async def test_an_address_goes_over_the_wire_as_it_is_written(site: Site, time: Time, written: str, sent: str) -> None:
    site.at(sent, answer(body=FEED))
    await got(time, f"http://127.0.0.1:{site.port}{written}")
    assert site.paths == [sent] == [httpx.URL(f"http://x{written}").raw_path.decode()]


async def test_a_name_in_another_script_is_asked_for_in_its_ascii_form(site: Site, time: Time) -> None:
    site.at("/rss", answer(body=FEED))
    async with fetching(time, names={"xn--bcher-kva.example": ["127.0.0.1"]}) as fetcher:
        document = await fetcher.document(f"http://Bücher.example:{site.port}/rss")
    assert isinstance(document, Document)
    assert site.asked[0].headers["host"] == f"xn--bcher-kva.example:{site.port}"


async def test_nothing_is_taken_from_the_environment(
    site: Site, time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password sample-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    await got(time, site.at("/rss", answer(body=FEED, Set_Cookie="who=you")))
    assert set(site.asked[0].headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


# What comes back


@pytest.mark.parametrize(
    "served",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + FEED,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + FEED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(body=FEED),
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 50 + answer(body=FEED),
        b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(FEED) + FEED,
        answer(body=FEED, X_Policy="x" * 60_000),
        answer(body=FEED, X_Odd="caf\xe9"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(FEED), FEED),
    ],
    ids=["1.0", "to the end", "100", "103", "no words", "long header", "latin-1", "chunks"],
)
async def test_every_honest_way_to_answer_is_understood(site: Site, time: Time, served: bytes) -> None:
    url = site.at("/rss", served)
    for _ in range(5):
        assert (await got(time, url)).body == FEED
    assert len(site.asked) == 5


@pytest.mark.parametrize(
    "reply",
    [
        then_reset(b""),
        then_reset(b"HTTP/1.1 200 OK\r\n"),
        then_reset(b"HTTP/1.1 200 OK\r\n\r\n"),
        then_reset(b"HTTP/1.0 200 OK\r\n\r\n<rss>half"),
        then_reset(b"HTTP/1.1 200 OK\r\n\r\n" + b"<rss>" * 50_000),
        then_reset(answer(body=FEED, Content_Length="1000")),
        then_reset(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n<rss>"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<rss>"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n0\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nX-Odd: a\x00b\r\nContent-Length: 5\r\n\r\n<rss>"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 5_000 + b"\r\n"),
        raw(b"HTTP/9.9 2xx Sample\r\n\r\n"),
        raw(b"\x16\x03\x01\x02\x00\x01"),
        raw(b"<html>no HTTP at all</html>\r\n\r\n"),
    ],
)
async def test_a_broken_answer_is_asked_for_twice_and_never_a_document(site: Site, time: Time, reply: Reply) -> None:
    failure = await refused(time, site.at("/rss?key=sample-secret", reply))
    assert failure.reason == "unreachable"
    assert failure.detail.startswith("127.0.0.1: ")
    assert len(site.asked) == 2


async def test_a_reset_is_never_taken_for_the_end_of_a_document(site: Site, time: Time) -> None:
    url = site.at("/rss", then_reset(b"HTTP/1.1 200 OK\r\n\r\n<rss>half"))
    async with fetching(time) as fetcher:
        for _ in range(100):
            with pytest.raises(FetchError, match="unreachable"):
                await fetcher.document(url)


async def test_two_packings_at_once_are_refused(site: Site, time: Time) -> None:
    served = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    failure = await refused(time, site.at("/rss", served))
    assert (failure.reason, failure.detail) == ("server error", "packed as gzip, gzip, which we did not ask for")


async def test_an_endless_row_of_beginnings_ends_with_the_deadline(site: Site, time: Time) -> None:
    async def hints(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"HTTP/1.1 103 Early Hints\r\nX-Sample: x\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    failure = await refused(time, site.at("/rss", hints), deadline=timedelta(milliseconds=100))
    assert failure.reason == "timeout"


async def test_nothing_is_logged(site: Site, time: Time, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await got(time, site.at("/rss?key=sample-secret", answer(body=FEED, Set_Cookie="\x7f=;;; sample")))
    await refused(time, site.at("/bad?key=sample-secret", b"SSH-2.0-sample\r\n"))
    assert not [line for line in caplog.text.splitlines() if "asyncio" not in line or "sample-secret" in line]


# Connections


async def test_an_address_that_says_nothing_does_not_hold_up_the_next(site: Site, time: Time) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.2", site.port))
        deaf.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:  # until its queue is full, and the kernel drops who comes next
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.2", site.port))
        site.at("/rss", answer(body=FEED))
        async with fetching(time, names={"news.example": ["127.0.0.2", "127.0.0.1"]}) as fetcher:
            assert await fetcher.document(f"http://news.example:{site.port}/rss")
        for caller in callers:
            caller.close()


async def test_a_port_where_nothing_listens_is_told_in_words(time: Time) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # without listening: whoever calls is refused
        failure = await refused(time, f"http://127.0.0.1:{closed.getsockname()[1]}/rss")
    assert str(failure) == "unreachable: 127.0.0.1: nothing answers at this port"


async def test_nobody_who_listens_is_unreachable_in_time(time: Time) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/rss?key=sample-secret"
        failure = await refused(time, url, connect=timedelta(milliseconds=20))
        assert str(failure) == "unreachable: 127.0.0.1: no connection in time"
        for caller in callers:
            caller.close()


async def test_names_that_hang_hold_up_neither_the_loops_threads_nor_the_deadline(
    time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def hangs(*_args: object, **_said: object) -> list[object]:
        go_on.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    within = Limits(connect=timedelta(milliseconds=50), at_once=600)
    try:
        async with Fetcher(contact="x", clock=time.clock, sleep=time.sleep, limits=within) as fetcher:
            lookups = [asyncio.create_task(fetcher.document(f"http://news{n}.example/")) for n in range(600)]
            assert await asyncio.to_thread(lambda: "the matcher's turn") == "the matcher's turn"
            failures = await asyncio.gather(*lookups, return_exceptions=True)
    finally:
        go_on.set()
    assert {type(failure) for failure in failures} == {FetchError}
    assert str(failures[7]) == "unreachable: news7.example had not been found among the names after 0.05 s"


# TLS and keys


@asynccontextmanager
async def secure_site(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> AsyncIterator[int]:
    """The same server behind TLS, with a certificate for this name of a firm that we trust."""
    firm = trustme.CA()
    firm.cert_pem.write_to_path(tmp_path / "firm.pem")
    monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "firm.pem"))
    _trust.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    firm.issue_cert(name).configure_cert(context)
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=context)
    try:
        async with server:
            yield server.sockets[0].getsockname()[1]
    finally:
        _trust.cache_clear()


async def test_over_tls_the_name_is_proved_and_the_document_whole(
    site: Site, time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.at("/rss", b"HTTP/1.1 200 OK\r\n\r\n" + FEED)
    names = {"news.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    async with secure_site(site, tmp_path, monkeypatch, "news.example") as port, fetching(time, names=names) as fetcher:
        document = await fetcher.document(f"https://news.example:{port}/rss")
        assert isinstance(document, Document)
        assert document.body == FEED
        with pytest.raises(FetchError, match=r"unreachable: other\.example: .*CERTIFICATE_VERIFY_FAILED"):
            await fetcher.document(f"https://other.example:{port}/rss")
    assert len(site.asked) == 1


async def test_a_key_goes_to_its_host_over_tls_and_nowhere_else(
    site: Site, time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {name: ["127.0.0.1"] for name in ("api.example", "www.api.example")}
    async with (
        secure_site(site, tmp_path, monkeypatch, "api.example") as port,
        fetching(time, names=names, keys={"api.example": "sample-secret"}) as fetcher,
    ):
        site.at("/1", answer("302 Found", Location=f"http://api.example:{site.port}/2"))
        site.at("/2", answer("302 Found", Location=f"http://www.api.example:{site.port}/3"))
        site.at("/3", answer("302 Found", Location=f"https://API.example:{port}/4"))
        site.at("/4", answer(body=FEED))
        await fetcher.document(f"https://api.example:{port}/1")
    keys = [asked.headers.get("x-api-key") for asked in site.asked]
    assert keys == ["sample-secret", None, None, "sample-secret"]


async def test_a_key_does_not_follow_a_redirect_to_another_host(site: Site, time: Time) -> None:
    url = site.at("/1", answer("302 Found", Location=f"http://127.0.0.2:{site.port}/2"))
    site.at("/2", answer("302 Found", Location=f"http://localhost:{site.port}/3"))
    site.at("/3", answer(body=FEED))
    elsewhere = await asyncio.start_server(site.serve, "127.0.0.2", site.port)
    async with elsewhere, fetching(time, keys={"127.0.0.1": "sample-secret"}) as fetcher:
        await fetcher.document(url)
    assert [asked.headers.get("x-api-key") for asked in site.asked] == ["sample-secret", None, None]


@pytest.mark.parametrize("served", [b"", b"SSH-2.0-sample\r\n", answer("403 Forbidden"), answer("500 Oh")])
async def test_a_key_stands_in_no_log_and_no_error(
    site: Site, time: Time, served: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    key = "sample-" + "secret"  # a traceback quotes this file
    url = site.at("/bills", served)
    async with fetching(time, keys={"127.0.0.1": key}) as fetcher:
        with pytest.raises(FetchError) as e:
            await fetcher.document(url)
    assert site.asked[0].headers["x-api-key"] == key
    assert key not in caplog.text + "".join(traceback.format_exception(e.value)) + repr(fetcher)


@pytest.mark.parametrize("key", ["", "two\r\nX-Evil: lines", "é"])
def test_a_key_that_no_header_can_hold_is_a_mistake(time: Time, key: str) -> None:
    with pytest.raises(ValueError, match=r"^the key for api\.example cannot stand in a header$"):
        Fetcher(contact="x", clock=time.clock, keys={"api.example": key})


# Odd addresses


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "017700000001", "0", "[::1]"])
async def test_no_odd_spelling_of_an_address_is_called(site: Site, host: str) -> None:
    async with exchanges(resolve=resolved, allow_private=False, connect=timedelta(seconds=9)) as opened:
        with pytest.raises(FetchError, match="unsafe address"):
            async with opened.exchange("POST", httpx.URL(f"http://{host}:{site.port}/"), {}, body=b"x"):
                pass
    assert not site.asked
