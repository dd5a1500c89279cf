"""Bounces, as an operator reads them in."""

import asyncio
import io
import json
import mailbox
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.records import Delivery, Subscriber, Subscription
from bot.store import Composed, Mark
from tests import newsroom
from tests.newsroom import START

ANN, BOB, CID = "Ann@example.org", "bob@example.org", "cid@example.org"
KEYS = {address: f"{n:020x}" for n, address in enumerate((ANN, BOB, CID))}

Lookout = Callable[..., tuple[int, str, str]]


def bounce(status: str, says: str, to: str, key: str | None = None) -> bytes:
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt did not arrive.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: {status}\nDiagnostic-Code: smtp; {says}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{key or KEYS[to]}@example.org>\n\nText.\n\n--b--\n"
    ).encode()


GONE = bounce("5.1.1", "550 no \x1b[2J\u202esuch user", ANN)
BLOCKED = bounce("5.7.1", "550 on a list", BOB)
FULL = bounce("4.2.2", "452 full", CID)
FORGED = bounce("5.1.1", "550 no such user", CID, "f" * 20)
AWAY = b"From: cid@example.org\nSubject: Out of office\n\nI am away.\n"
BROKEN = b"Content-Type: message/rfc822\n\n" * 4000
ALL = (GONE, GONE, BLOCKED, FULL, FORGED, AWAY, BROKEN)

SUMMARY = (
    "7 messages: 1 suppressed, 1 known, 1 temporary, 1 about us, 1 unknown, 1 no bounce, 1 unreadable\n"
    "suppressed: Ann@example.org (5.1.1 smtp; 550 no [2Jsuch user)\n"
    "about us: bob@example.org (5.7.1 smtp; 550 on a list)\n"
)


@pytest.fixture
def lookout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lookout:
    """Run a command where Ann, Bob and Cid were told by mail."""

    async def told() -> None:
        async with newsroom.opened(newsroom.an_empty_database(tmp_path)) as store:
            for address, key in KEYS.items():
                reader = Subscriber(id=f"email:{address.lower()}", medium="email", address=address, zone="UTC")
                follows = await store.subscribers.follow(reader, Subscription(id="", by=reader.id), START)
                delivery = Delivery(
                    key=key,
                    subscriber_id=reader.id,
                    medium="email",
                    address=address,
                    composed=START,
                    text="",
                    parts=({"subject": "s"},),
                )
                since = START - timedelta(days=1)
                sent = Composed(delivery=delivery, since=since, until=START, subscriptions=(follows.id,))
                await store.reports.compose([sent])
                arrived = replace(delivery, state="sent", refs=(f"<{key}@example.org>",))
                await store.reports.mark([Mark(delivery=arrived, at=START)])

    asyncio.run(told())
    for name in [name for name in os.environ if name.startswith("LOOKOUT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOOKOUT_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lookout", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def gone(data: Path) -> list[str]:
    async def asked() -> list[str]:
        async with newsroom.opened(data / "lookout.db") as store:
            return [one.address for one in await store.subscribers.all() if one.gone]

    return asyncio.run(asked())


def mbox(path: Path) -> Path:
    box = mailbox.mbox(path)
    for message in ALL:
        box.add(message)
    box.close()
    return path


def test_an_mbox_is_read_and_reading_it_again_does_nothing(lookout: Lookout, tmp_path: Path) -> None:
    box = mbox(tmp_path / "box")
    before = box.read_bytes()
    assert lookout("bounces", str(box)) == (0, SUMMARY, "")
    assert gone(tmp_path) == [ANN]
    again = SUMMARY.splitlines()[0].replace("1 suppressed, 1 known", "0 suppressed, 2 known")
    assert lookout("bounces", str(box))[1].splitlines() == [again, SUMMARY.splitlines()[2]]
    assert gone(tmp_path) == [ANN]
    assert box.read_bytes() == before


def test_json_says_the_same(lookout: Lookout, tmp_path: Path) -> None:
    status, out, err = lookout("bounces", "--json", str(mbox(tmp_path / "box")))
    assert (status, err) == (0, "")
    assert json.loads(out) == {
        "messages": 7,
        "suppressed": [{"address": ANN, "says": "5.1.1 smtp; 550 no [2Jsuch user"}],
        "known": 1,
        "temporary": 1,
        "about_us": [{"address": BOB, "says": "5.7.1 smtp; 550 on a list"}],
        "unknown": 1,
        "no_bounce": 1,
        "unreadable": 1,
    }


def test_a_maildir_is_read_what_is_new_and_what_was_seen(lookout: Lookout, tmp_path: Path) -> None:
    folder = tmp_path / "Maildir"
    box = mailbox.Maildir(folder)
    for message in (GONE, AWAY):
        box.add(message)
    seen = mailbox.MaildirMessage(BLOCKED)
    seen.set_subdir("cur")
    box.add(seen)
    (folder / "new" / "folder").mkdir()
    said = lookout("bounces", str(folder))
    assert said[1].startswith("3 messages: 1 suppressed, 0 known, 0 temporary, 1 about us, 0 unknown, 1 no bounce, 0")
    assert gone(tmp_path) == [ANN]


def test_one_message_is_read_from_a_file_or_from_standard_input(lookout: Lookout, tmp_path: Path) -> None:
    letter = tmp_path / "one.eml"
    letter.write_bytes(FULL)
    assert lookout("bounces", str(letter))[1].startswith("1 messages: 0 suppressed, 0 known, 1 temporary")
    assert lookout("bounces", "-", stdin=GONE)[1].startswith("1 messages: 1 suppressed")
    assert gone(tmp_path) == [ANN]


def test_an_mbox_comes_from_standard_input_too(lookout: Lookout, tmp_path: Path) -> None:
    assert lookout("bounces", "-", stdin=mbox(tmp_path / "box").read_bytes()) == (0, SUMMARY, "")


def test_nothing_is_nothing(lookout: Lookout) -> None:
    status, out, _ = lookout("bounces", "-")
    assert (status, out.split(": ")[0]) == (0, "0 messages")


def test_what_cannot_be_read_is_said_with_status_2(lookout: Lookout, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "Maildir" / "cur").mkdir(parents=True)
    for file, says in (
        ("nowhere", "nowhere cannot be read: No such file or directory"),
        ("folder", "folder is no Maildir: it has no folders new and cur"),
        ("Maildir", "Maildir is no Maildir: it has no folders new and cur"),
        ("/proc/self/mem", "/proc/self/mem cannot be read: Input/output error"),
    ):
        status, out, err = lookout("bounces", file)
        assert (status, out) == (2, "")
        assert says in " ".join(err.split())
    assert lookout("bounces")[0] == 2
