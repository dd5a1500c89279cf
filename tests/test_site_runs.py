"""The site as people meet it: `lookout run` in a process of its own, and a mail server beside it."""

import re
import signal
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.app import house_secret
from bot.config import Settings
from bot.errors import StoreError
from tests import newsroom
from tests.mail_server import MailServer
from tests.newsroom import rss, told
from tests.test_chats import EXAMPLES, NEWS, feeds_yaml, lookout_run

ANN = "ann@example.org"


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


def mailed(server: MailServer, number: int) -> str:
    """The plain text of the mail with this number, once it is there."""
    [message] = server.wait_for(lambda: server.mailbox(ANN)[number : number + 1])
    body = message.parsed.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link(text: str, part: str) -> str:
    found = re.search(rf"/{part}/\S+", text)
    assert found is not None
    return found[0]


def test_somebody_subscribes_on_the_site_and_is_told_and_leaves(tmp_path: Path) -> None:
    with newsroom.press() as press, MailServer() as mail:
        press.put("/courier", rss(told("Sample weather", link="https://example.org/w", text="Rain.")))
        file = tmp_path / "feeds.yaml"
        file.write_text(feeds_yaml(press, "courier"), encoding="utf-8")
        url = f"http://127.0.0.1:{a_port()}"
        said = {
            "LOOKOUT_FEEDS": str(file),
            "LOOKOUT_LISTEN": url.removeprefix("http://"),
            "LOOKOUT_PUBLIC_ADDRESS": url,
            "LOOKOUT_SMTP": f"smtp://{mail.host}:{mail.port}",
            "LOOKOUT_MAIL_FROM": "Lookout <lookout@example.net>",
        }
        fields = {"address": ANN, "topics": "facial-recognition", "every": "at once", "zone": "UTC"}
        with httpx.Client(base_url=url, timeout=60) as site, lookout_run(tmp_path, **said) as lookout:
            lookout.says("web: serving")
            assert "A mail is on its way" in site.post("/subscribe", data=fields).text
            assert "You are subscribed" in site.post(link(mailed(mail, 0), "confirm")).text
            lookout.says("items remembered")
            at = datetime.now(UTC) - timedelta(hours=1)
            press.put("/herald", rss(told(NEWS, link="https://example.org/1", text=f"{NEWS}.", at=at)))
            file.write_text(feeds_yaml(press, "courier", "herald"), encoding="utf-8")
            digest = mailed(mail, 1)
            assert NEWS in digest
            assert NEWS in site.get(link(digest, "digest")).text
            assert NEWS in site.get("/").text
            assert ANN in site.get(link(digest, "settings")).text
            gone = site.post(link(digest, "unsubscribe"), data={"List-Unsubscribe": "One-Click"})
            assert gone.text == "Unsubscribed.\n"
            status, out = lookout.stopped(signal.SIGTERM)
            assert status == 0, out
            assert ANN not in out
        assert mail.violations == []


def test_what_signs_links_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data=tmp_path)
    secret = house_secret(settings)
    assert len(secret) >= 32
    assert house_secret(settings) == secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").write_text("")
    with pytest.raises(StoreError, match="holds no secret"):
        house_secret(settings)


def test_a_place_that_is_taken_is_one_line(tmp_path: Path) -> None:
    newsroom.spare_the_model(tmp_path, *EXAMPLES)
    with newsroom.press() as press, socket.socket() as other:
        press.put("/courier", rss())
        file = tmp_path / "feeds.yaml"
        file.write_text(feeds_yaml(press, "courier"), encoding="utf-8")
        other.bind(("127.0.0.1", 0))
        other.listen()
        at = f"127.0.0.1:{other.getsockname()[1]}"
        with lookout_run(tmp_path, LOOKOUT_FEEDS=str(file), LOOKOUT_LISTEN=at, LOOKOUT_LOG_LEVEL="error") as lookout:
            status, out = lookout.ended()
        assert status == 2
        assert out.startswith(f"settings: LOOKOUT_LISTEN: cannot listen at {at}: ")
        assert len(out.splitlines()) == 1
