"""Feeds that are pushed: hubs are asked, confirmed and heard, and nobody else is."""

import hmac
import socket
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode
from urllib.request import Request, urlopen

import pytest

from bot import pipeline, websub
from bot.records import Hub
from tests.newsroom import START, Page, told
from tests.newsroom import rss as plain
from tests.sites import House, served
from tests.test_app import House as Program
from tests.test_app import house as program

HUB, TOPIC = "https://hub.example/", "https://courier.example/feed"
__all__ = ["program"]


def rss(hub: str = HUB, *titles: str) -> bytes:
    entries = (told(title, link=f"https://example.org/{title}") for title in titles)
    links = f'<link xmlns="http://www.w3.org/2005/Atom" rel="hub" href="{hub}"/>'
    links += f'<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="{TOPIC}"/>'
    return plain(*entries).replace(b"</title>", f"</title>{links}".encode(), 1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served(tmp_path, feeds={"courier": {}}) as made:
        await polled(made, rss())
        yield made


async def polled(house: House, *pages: Page | bytes) -> None:
    house.press.put("/courier", *pages)
    await pipeline.watch(house.parts, house.parts.watchlist.feeds)


async def the_hub(house: House) -> Hub:
    [hub] = await house.parts.store.hubs.all()
    return hub


def confirming(**said: str) -> dict[str, str]:
    asks = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<b>echo</b>", "hub.lease_seconds": "864000"}
    return asks | {name.replace("_", ".", 1): value for name, value in said.items()}


async def subscribed(house: House) -> Hub:
    hub = await the_hub(house)
    await house.parts.store.hubs.asked(hub.feed_id, house.time())
    answer = await house.get(f"/websub/{hub.token}", params=confirming())
    assert (answer.status_code, answer.text) == (200, "<b>echo</b>")
    assert answer.headers["Content-Type"].startswith("text/plain")
    return await the_hub(house)


async def is_polled_at_once(house: House) -> bool:
    state = (await house.parts.store.states())["courier"]
    assert state.next_poll is not None
    return state.next_poll <= house.time()


async def test_a_hub_that_we_asked_is_confirmed_for_as_long_as_it_says(house: House) -> None:
    hub = await subscribed(house)
    assert (hub.hub, hub.topic) == (HUB, TOPIC)
    assert hub.until == house.time() + timedelta(days=10)


@pytest.mark.parametrize(
    "said", [{"hub_mode": "unsubscribe"}, {"hub_topic": "https://evil.example/"}, {"hub_mode": ""}]
)
async def test_a_hub_is_not_confirmed_in_what_we_did_not_ask(house: House, said: dict[str, str]) -> None:
    hub = await the_hub(house)
    await house.parts.store.hubs.asked(hub.feed_id, house.time())
    assert (await house.get(f"/websub/{hub.token}", params=confirming(**said))).status_code == 404
    assert (await the_hub(house)).until is None


async def test_nobody_is_confirmed_whom_we_did_not_ask_lately(house: House) -> None:
    hub = await the_hub(house)
    assert (await house.get(f"/websub/{hub.token}", params=confirming())).status_code == 404
    await house.parts.store.hubs.asked(hub.feed_id, house.time())
    house.time.passes(hours=2)
    assert (await house.get(f"/websub/{hub.token}", params=confirming())).status_code == 404
    assert (await house.get("/websub/somebody", params=confirming())).status_code == 404


@pytest.mark.parametrize("method", websub.METHODS)
async def test_a_signed_message_has_the_feed_polled_at_once(house: House, method: str) -> None:
    hub = await subscribed(house)
    house.time.passes(minutes=5)
    assert not await is_polled_at_once(house)
    body = b"\xff what is new"
    signature = f"{method}={hmac.new(hub.secret.encode(), body, method).hexdigest()}"
    answer = await house.client.post(f"/websub/{hub.token}", content=body, headers={"X-Hub-Signature": signature})
    assert answer.status_code == 202
    assert await is_polled_at_once(house)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=00", "md5=00", "sha256=\xe9", "none"])
async def test_a_message_that_is_not_signed_changes_nothing_and_is_not_told_so(house: House, signature: str) -> None:
    hub = await subscribed(house)
    house.time.passes(minutes=5)
    headers = {"X-Hub-Signature": signature.encode("latin-1")}
    answer = await house.client.post(f"/websub/{hub.token}", content=b"news", headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 202
    assert not await is_polled_at_once(house)


async def test_a_hub_that_calls_without_end_has_a_feed_polled_once_a_minute(house: House) -> None:
    hub = await subscribed(house)
    signature = f"sha256={hmac.new(hub.secret.encode(), b'news', 'sha256').hexdigest()}"
    for _ in range(3):
        await house.client.post(f"/websub/{hub.token}", content=b"news", headers={"X-Hub-Signature": signature})
    house.time.passes(seconds=59)
    assert not await is_polled_at_once(house)
    house.time.passes(seconds=1)
    assert await is_polled_at_once(house)


async def test_a_feed_that_names_another_hub_is_another_subscription_and_none_ends_it(house: House) -> None:
    first = await subscribed(house)
    await polled(house, rss("https://other.example/"))
    second = await the_hub(house)
    assert (second.hub, second.until, second.asked) == ("https://other.example/", None, first.asked)
    assert second.token != first.token
    assert second.secret != first.secret
    assert (await house.client.post(f"/websub/{first.token}", content=b"news")).status_code == 410
    await polled(house, plain())
    assert await house.parts.store.hubs.all() == []


async def test_a_feed_that_fails_or_is_unchanged_keeps_its_subscription(house: House) -> None:
    hub = await subscribed(house)
    await polled(house, Page(status=500))
    await polled(house, Page(body=rss(), etag='"1"'))
    await polled(house, Page(body=rss(), etag='"1"'))
    assert house.press.asked[-1].etag == '"1"'
    assert await the_hub(house) == hub


def test_a_lease_is_renewed_a_day_before_its_end_and_a_refusal_asked_again_after_a_day() -> None:
    new = Hub(feed_id="x", hub=HUB, topic=TOPIC, token="t", secret="s")
    asked = Hub(feed_id="x", hub=HUB, topic=TOPIC, token="t", secret="s", asked=START)
    held = Hub(feed_id="x", hub=HUB, topic=TOPIC, token="t", secret="s", asked=START, until=START + timedelta(days=10))
    day = timedelta(days=1)
    assert websub.is_to_be_asked(new, START)
    assert not websub.is_to_be_asked(asked, START + day / 2)
    assert websub.is_to_be_asked(asked, START + day)
    assert not websub.is_to_be_asked(held, START + 8 * day)
    assert websub.is_to_be_asked(held, START + 9 * day)


@pytest.mark.parametrize("written", ["http://hub.example/", "HTTP://hub.example/", "https://hub.example/"])
def test_a_hub_is_told_its_secret_over_tls_alone(written: str) -> None:
    hub = Hub(feed_id="x", hub=written, topic=TOPIC, token="t", secret="s")
    assert websub.address(hub, plain=False) == HUB


@pytest.mark.parametrize(("said", "days"), [("86400", 1), ("999999999999", 30), ("", 10), ("-5", 10), ("²", 10)])
def test_no_lease_is_believed_beyond_a_month(said: str, days: int) -> None:
    hub = Hub(feed_id="x", hub=HUB, topic=TOPIC, token="t", secret="s", asked=START)
    assert websub.leased(hub, confirming(hub_lease_seconds=said), START) == START + timedelta(days=days)


class HubServer:
    """A hub on loopback: it calls back whoever subscribes, and at once sends news, signed."""

    def __init__(self) -> None:
        hub = self
        self.asked: list[dict[str, str]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.done = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asks = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                hub.asked.append(asks)
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                threading.Thread(target=hub.calls, args=(asks,), daemon=True).start()

            def log_message(self, *_args: object) -> None:
                """Say nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def calls(self, asks: dict[str, str]) -> None:
        said = {
            "hub.mode": "subscribe",
            "hub.topic": asks["hub.topic"],
            "hub.challenge": "c",
            "hub.lease_seconds": "99999",
        }
        self._call(Request(f"{asks['hub.callback']}?{urlencode(said)}"))
        signature = "sha256=" + hmac.new(asks["hub.secret"].encode(), b"news", "sha256").hexdigest()
        self._call(Request(asks["hub.callback"], data=b"news", headers={"X-Hub-Signature": signature}))
        self.done.set()

    def _call(self, request: Request) -> None:
        with urlopen(request, timeout=60) as answer:
            self.answers.append((answer.status, answer.read()))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_run_subscribes_at_a_feed_s_hub_and_takes_its_word(program: Program) -> None:
    hub, place = HubServer(), f"127.0.0.1:{a_free_port()}"
    program.environment |= {"LOOKOUT_LISTEN": place, "LOOKOUT_PUBLIC_ADDRESS": f"http://{place}"}
    program.press.put("/courier", rss(hub.url))
    try:
        with program.running() as lookout:
            lookout.says("watching")
            assert hub.done.wait(60), "the hub was not asked"
            lookout.says("a hub tells us of news")
    finally:
        hub.close()
    assert hub.answers == [(200, b"c"), (202, b"")]
    assert hub.asked[0]["hub.callback"].startswith(f"http://{place}/websub/")
    assert (hub.asked[0]["hub.topic"], hub.asked[0]["hub.mode"]) == (TOPIC, "subscribe")
