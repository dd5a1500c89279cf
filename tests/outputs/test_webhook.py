"""Webhooks against a real receiver on loopback: what arrives, and what every way to fail comes to."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import pytest

from bot.errors import DeliveryError, Refused, SubscriberGone
from bot.outputs.webhook import Webhook, checked_address
from bot.records import Delivery, Mention, Passage, Subscriber, Unread
from tests.webhook_server import LOST, Answer, WebhookServer, status
from tests.written import NOON, digest, item, story

SECRET = "the house's secret"


def a_door(**said: Any) -> Webhook:
    return Webhook(SECRET, **{"allow_private": True, "clock": lambda: datetime.now(UTC), **said})


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with WebhookServer(a_door().secret_of) as opened:
        yield opened
        assert opened.violations == []


def a_delivery(address: str, number: int = 1, title: str = "Sample") -> Delivery:
    key = f"{number:020x}"
    reader = Subscriber(id="webhook:1", medium="webhook", address=address, zone="UTC")
    told = digest(story(item("n", title=title, text="A sample text.")))
    return Delivery(
        key=key,
        subscriber_id=reader.id,
        medium="webhook",
        address=address,
        composed=datetime(2026, 4, 10, 12, tzinfo=UTC),
        text="",
        parts=tuple(a_door().parts(told, reader, key)),
    )


def resolving(*answers: Sequence[str]) -> Any:
    """What a name resolves to: the addresses in turn, then no more."""
    left = iter(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return next(left)

    return resolve


async def test_a_digest_arrives_signed_as_data_with_what_a_program_needs(server: WebhookServer) -> None:
    passage = Passage(where="title", start=0, end=6, text="Sample")
    mention = Mention(item_id="a", subject_id="sample-app", passage=passage)
    told = digest(
        story(
            item("a", text="A face scan."), item("b"), phrases=("face scan*",), mentions=(mention,), also=("Herald",)
        ),
        subjects={"sample-app": "Sample App"},
        unread=(Unread(feed_id="courier", name="Courier", reason="blocked", since=NOON - timedelta(days=2)),),
    )
    delivery = a_delivery(f"{server.url}/hook?to=us")
    delivery = replace(delivery, parts=tuple(a_door().parts(told, None, "")))  # type: ignore[arg-type]  # all get the same
    assert await a_door().send(delivery) == "204"
    [call] = server.calls
    assert (call.path, call.id) == ("/hook?to=us", delivery.key)
    assert call.payload == {
        "type": "digest",
        "since": "2026-04-09T12:00:00Z",
        "until": "2026-04-10T12:00:00Z",
        "zone": "America/New_York",
        "sections": [
            {
                "topic": {"id": "faces", "name": "Faces"},
                "stories": [
                    {
                        "id": "a",
                        "headline": {
                            "title": "Sample a",
                            "url": "https://courier.example/a",
                            "source": "The Sample Courier",
                            "category": "news",
                            "published": "2026-04-10T12:00:00Z",
                            "day_only": False,
                        },
                        "items": ["a", "b"],
                        "also": ["Herald"],
                        "matches": [
                            {
                                "topic_id": "faces",
                                "probability": 0.9,
                                "verdict": None,
                                "passage": "A face scan.",
                                "phrases": ["face scan*"],
                            }
                        ],
                        "subjects": [{"id": "sample-app", "name": "Sample App"}],
                    }
                ],
            }
        ],
        "unread": [{"feed_id": "courier", "name": "Courier", "reason": "blocked", "since": "2026-04-08T12:00:00Z"}],
        "watched": 2,
    }


async def test_a_notice_arrives_as_what_it_says(server: WebhookServer) -> None:
    delivery = replace(a_delivery(f"{server.url}/hook"), parts=({"notice": "A sentence.", "by": "ann"},))
    await a_door().send(delivery)
    assert server.known("/hook") == [{"type": "notice", "says": "A sentence."}]


async def test_what_is_tried_again_is_the_same_to_the_byte_and_known_by_its_id(server: WebhookServer) -> None:
    delivery = a_delivery(f"{server.url}/hook")
    server.then(LOST)
    with pytest.raises(DeliveryError):
        await a_door().send(delivery)
    kept = json.loads(json.dumps(delivery.parts))
    await a_door().send(replace(delivery, attempts=1, parts=tuple(kept)))
    first, second = server.calls
    assert (first.body, first.id) == (second.body, second.id)
    assert len(server.known("/hook")) == 1


@pytest.mark.parametrize("code", [200, 201, 202, 204])
async def test_every_success_is_one(server: WebhookServer, code: int) -> None:
    server.then((f"HTTP/1.1 {code} Sample\r\n\r\n".encode(),))
    assert await a_door().send(a_delivery(f"{server.url}/hook")) == str(code)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (status(400), "127.0.0.1 answers 400"),
        (status(404), "answers 404"),
        (status(408), "answers 408"),
        (status(429, "Retry-After: 3600"), "answers 429"),
        (status(500, body=b"\x1b[2J" * 100_000), "answers 500"),
        (status(503, "Retry-After: never"), "answers 503"),
        (status(304), "answers 304: redirects are not followed"),
        (status(101, "Upgrade: sample", "Connection: upgrade"), "127.0.0.1 answers 101"),
        (LOST, "127.0.0.1: the connection broke off"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",), "127.0.0.1: the connection broke off"),
        ((b"\x1b[2J\x00 no HTTP at all\r\n\r\n",), "127.0.0.1: "),
        (chain([b"HTTP/1.1 200 OK\r\n\r\n"], repeat(b"x" * 4096)), "its answer goes on after 64 KiB"),
        (chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X-Sample: x\r\n")), "127.0.0.1: "),
    ],
)
async def test_what_fails_is_tried_again_and_says_why_on_one_line(
    server: WebhookServer, answer: Answer, says: str
) -> None:
    server.then(answer)
    door = a_door()
    with pytest.raises(DeliveryError, match=says) as failed:
        await door.send(a_delivery(f"{server.url}/hook"))
    assert failed.type is DeliveryError
    assert str(failed.value).isprintable()
    await door.send(a_delivery(f"{server.url}/hook", 2))
    assert len(server.known("/hook")) == 2


@pytest.mark.parametrize("answer", [None, repeat(b"HTTP/1.1 102 Sample\r\n\r\n")])
async def test_a_receiver_that_does_not_come_to_an_answer_has_not_got_it(server: WebhookServer, answer: Answer) -> None:
    server.then(answer)
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1 had not answered in full after 0\.2 s"):
        await a_door(no_answer=0.2).send(a_delivery(f"{server.url}/hook"))


async def test_410_is_for_good(server: WebhookServer) -> None:
    server.then(status(410, body=b"x" * 1_000_000))
    with pytest.raises(SubscriberGone, match="answers 410"):
        await a_door().send(a_delivery(f"{server.url}/hook"))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(server: WebhookServer, code: int) -> None:
    server.then(status(code, f"Location: {server.url}/elsewhere"))
    with pytest.raises(DeliveryError, match=f"answers {code}: redirects are not followed"):
        await a_door().send(a_delivery(f"{server.url}/hook"))
    assert [call.path for call in server.calls] == ["/hook"]


async def test_nobody_there_and_nobody_of_that_name_are_failures() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError, match=r"127\.0\.0\.1"):
            await a_door().send(a_delivery(f"https://127.0.0.1:{unheard.getsockname()[1]}/"))

    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    with pytest.raises(DeliveryError, match=r"hook\.example is not a name we can resolve"):
        await a_door(resolve=unknown).send(a_delivery("https://hook.example/"))


async def test_a_receiver_that_cannot_prove_who_it_is_gets_nothing() -> None:
    with WebhookServer(a_door().secret_of, tls=True) as impostor:
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            await a_door().send(a_delivery(f"{impostor.url}/hook"))
        assert impostor.calls == []


@pytest.mark.parametrize("allow_private", [False, True])
@pytest.mark.parametrize(
    "addresses",
    [
        ("169.254.169.254",),
        ("::ffff:127.0.0.1",),
        ("::ffff:a9fe:a9fe",),
        ("fe80::1",),
        ("fd00:ec2::254",),
        ("0.0.0.0",),
        ("93.184.216.34", "169.254.169.254"),
    ],
)
async def test_a_name_of_an_address_that_nobody_may_call_is_not_called(
    addresses: Sequence[str], *, allow_private: bool
) -> None:
    door = a_door(allow_private=allow_private, resolve=resolving(addresses))
    with pytest.raises(DeliveryError, match=r"hook\.example is .*, which is not a public address"):
        await door.send(a_delivery("https://hook.example/"))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fc00::1"])
async def test_a_name_of_this_machine_or_network_is_not_called_unless_allowed(address: str) -> None:
    door = a_door(allow_private=False, resolve=resolving([address]))
    with pytest.raises(DeliveryError, match="not a public address"):
        await door.send(a_delivery("https://hook.example/"))


async def test_what_is_called_is_the_very_address_that_was_checked(server: WebhookServer) -> None:
    door = a_door(resolve=resolving(["127.0.0.1"], ["169.254.169.254"]))
    address = f"http://localhost:{server.port}/hook"
    server.secret_of = lambda _: door.secret_of(address)
    await door.send(a_delivery(address))
    with pytest.raises(DeliveryError, match="not a public address"):
        await door.send(a_delivery(address))
    [call] = server.calls
    assert call.headers["host"] == f"localhost:{server.port}"


async def test_an_address_that_may_no_longer_be_called_is_a_failure_and_not_called(server: WebhookServer) -> None:
    with pytest.raises(DeliveryError, match="begins with https://"):
        await a_door(allow_private=False).send(a_delivery(f"{server.url}/hook"))
    assert server.calls == []


@pytest.mark.parametrize(
    ("written", "known_as"),
    [
        ("https://hook.example", "https://hook.example"),
        (" HTTPS://Hook.Example:443/a?b=c#d\n", "https://hook.example/a?b=c"),
        ("https://hook.example:8443/ä b", "https://hook.example:8443/%C3%A4%20b"),
        ("https://bücher.example/%0d%0a", "https://xn--bcher-kva.example/%0d%0a"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://v2.example2/1.0", "https://v2.example2/1.0"),
    ],
)
def test_an_address_is_known_in_one_spelling(written: str, known_as: str) -> None:
    assert checked_address(written, allow_private=False) == known_as
    assert checked_address(known_as, allow_private=False) == known_as


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hook.example",
        "//hook.example/",
        "http://hook.example/",
        "ftp://hook.example/",
        "javascript:alert(1)",
        "https:/hook.example/",
        "https:///hook",
        "https://:443/",
        "https://ann@hook.example/",
        "https://ann:pass@hook.example/",
        "https://hook.example\\@evil.example/",
        "https://hook.example:0/",
        "https://hook.example:65536/",
        "https://hook.example:-1/",
        "https://hook.example:x/",
        "https://hook.example/\r\nX-Evil: 1",
        "https://hook.example/\x00",
        "https://hook\r\nX-Evil:1.example/",
        "https://[::1",
        "https://hook.example/" + "x" * 2_000,
        "https://localhost/",
        "https://LOCALHOST./",
        "https://me.localhost/",
        "https://127.0.0.1/",
        "https://127.0.0.1./",
        "https://１２７.０.０.１/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[fe80::1%25eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:a9fe:a9fe]/",
        "https://[64:ff9b::7f00:1]/",
    ],
)
def test_what_cannot_be_a_webhook_is_refused_in_a_sentence(written: str) -> None:
    with pytest.raises(Refused, match=r"^[A-Z].*\.$") as refused:
        checked_address(written, allow_private=False)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "written", ["http://127.0.0.1:8000/", "http://localhost:8000/", "http://[::1]/", "https://10.0.0.1/"]
)
def test_this_machine_may_be_allowed_without_tls_and_its_network_with_it(written: str) -> None:
    assert checked_address(written, allow_private=True) == written


@pytest.mark.parametrize(
    "written", ["http://hook.example/", "http://10.0.0.1/", "https://169.254.169.254/", "https://127.1/"]
)
def test_others_are_not_allowed_with_them(written: str) -> None:
    with pytest.raises(Refused):
        checked_address(written, allow_private=True)


@pytest.mark.parametrize(
    "title",
    [
        "Faces\r\nwebhook-id: another\r\n\r\nA body of theirs",
        "وجوه في المطار 🛂 顔",
        "\u2028\u202eecnalliavrus\x00\x1b[2J",
        "Sen. Muster \ud800 urges",
        '"}],"type":"notice',
    ],
)
async def test_what_a_title_holds_is_a_title_and_nothing_else(server: WebhookServer, title: str) -> None:
    delivery = a_delivery(f"{server.url}/hook", title=title)
    await a_door().send(delivery)
    [call] = server.calls
    assert call.id == delivery.key
    assert call.payload["type"] == "digest"
    known = call.payload["sections"][0]["stories"][0]["headline"]["title"]
    assert known == title.replace("\ud800", "?")


async def test_an_address_that_no_browser_may_be_sent_to_is_told_to_nobody() -> None:
    told = digest(story(item("a", url="javascript:alert(1)")))
    [part] = a_door().parts(told, Subscriber(id="w", medium="webhook", address="", zone="UTC"), "")
    assert part["payload"]["sections"][0]["stories"][0]["headline"]["url"] == ""


def test_each_subscriber_has_a_secret_of_its_own_that_can_be_shown_again() -> None:
    one, other = "https://hook.example/one", "https://hook.example/other"
    assert a_door().secret_of(one) == a_door().secret_of(one)
    secrets = {a_door().secret_of(one), a_door().secret_of(other), Webhook("x", clock=lambda: NOON).secret_of(one)}
    assert len(secrets) == 3
    assert all(secret.startswith("whsec_") for secret in secrets)


async def test_no_secret_stands_in_a_log_or_a_name_or_a_reason(
    server: WebhookServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    door, address = a_door(), f"{server.url}/hook-t0ken"
    await door.send(a_delivery(address))
    server.then(status(500))
    with pytest.raises(DeliveryError) as failed:
        await door.send(a_delivery(address, 2))
    said = f"{caplog.text} {capsys.readouterr()} {door!r} {failed.value}"
    for secret in (SECRET, door.secret_of(address), door.secret_of(address).removeprefix("whsec_"), "t0ken"):
        assert secret not in said


async def test_it_is_ready_while_it_runs_and_many_are_told_at_once(server: WebhookServer) -> None:
    door = a_door()
    assert not door.ready
    running = asyncio.create_task(door.run())
    await door.reached()
    assert door.ready
    await asyncio.gather(*(door.send(a_delivery(f"{server.url}/{n}", n)) for n in range(door.at_once)))
    assert {call.path for call in server.calls} == {f"/{n}" for n in range(door.at_once)}
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not door.ready
