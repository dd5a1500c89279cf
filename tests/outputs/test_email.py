"""Mail against a real SMTP server on loopback: what arrives, and what every way to fail comes to."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.errors import ConfigError, DeliveryError, SubscriberGone, Undeliverable
from bot.links import Links
from bot.outputs.email import Dkim, Email, Smtp
from bot.records import Delivery, Subscriber
from tests.mail_server import MailServer
from tests.written import digest, item, story

ANN = "ann@example.org"
READER = Subscriber(id=f"email:{ANN}", medium="email", address=ANN, zone="UTC", handle="k3y")
SENDER = Address("Lookout", addr_spec="lookout@example.net")
LINKS = Links("https://lookout.example", "a secret")


def smtp(server: MailServer, **said: Any) -> Smtp:
    return Smtp(**{"host": server.host, "port": server.port, "sender": SENDER, "tls": "none", **said})


@asynccontextmanager
async def connected(made: Smtp) -> AsyncIterator[Email]:
    email = Email(made, LINKS)
    running = asyncio.create_task(email.run())
    reached = asyncio.create_task(email.reached())
    await asyncio.wait([running, reached], return_when=asyncio.FIRST_COMPLETED)
    try:
        if running.done():
            await running
        yield email
    finally:
        running.cancel()
        reached.cancel()
        await asyncio.gather(running, reached, return_exceptions=True)


def a_delivery(email: Email, number: int = 1, title: str = "Sample", to: str = ANN) -> Delivery:
    key = f"{number:020x}"
    parts = email.parts(digest(story(item("n", title=title, text="A sample text."))), READER, key)
    return Delivery(
        key=key,
        subscriber_id=f"email:{to}",
        medium="email",
        address=to,
        composed=datetime(2026, 4, 10, 12, tzinfo=UTC),
        text="",
        parts=tuple(parts),
    )


async def test_a_digest_arrives_as_a_mail_that_can_be_left_with_one_click() -> None:
    with MailServer() as server:
        async with connected(smtp(server)) as email:
            ref = await email.send(a_delivery(email))
        [got] = server.messages
        assert server.violations == []
        assert (got.id, got.parsed["Subject"], got.parsed["To"]) == (ref, "1 story: Sample", ANN)
        leave = got.parsed["List-Unsubscribe"].strip("<>")
        assert LINKS.leaving(leave.rsplit("/", 1)[1]) == "k3y"


async def test_a_mail_that_is_tried_again_is_the_same_to_the_byte() -> None:
    with MailServer() as server:
        server.fault("end", "lost")
        async with connected(smtp(server)) as email:
            delivery = a_delivery(email)
            with pytest.raises(DeliveryError):
                await email.send(delivery)
        async with connected(smtp(server)) as email:
            await email.send(replace(delivery, attempts=1))
        first, second = server.messages
        assert first.raw == second.raw
        assert len(server.mailbox(ANN)) == 1


def test_no_server_on_the_way_has_to_rewrite_a_mail_and_break_its_signature() -> None:
    with MailServer() as server:
        email = Email(smtp(server), LINKS)
        for part in (a_delivery(email, title="Señal — “sí”").part, {"notice": "Señal."}):
            assert email.message(replace(a_delivery(email), parts=(part,))).as_bytes().isascii()


async def test_what_programs_read_stands_in_a_header_as_it_is_however_long_the_site_s_name() -> None:
    address = f"{'a' * 64}@{'department.' * 8}example.edu"
    long = Links(f"https://{'civil-rights.' * 8}example.org", "a secret")
    with MailServer() as server:
        email = Email(smtp(server), long)
        delivery = a_delivery(email, to=address)
        await email.send(delivery)
        [got] = server.messages
    lines = got.raw.split(b"\r\n\r\n")[0].decode("ascii").splitlines()
    assert f"List-Unsubscribe: <{delivery.part['leave']}>" in lines
    assert f"To: {address}" in lines
    assert f"Message-ID: <{delivery.key}@example.net>" in lines


async def test_many_mails_share_one_connection() -> None:
    with MailServer() as server:
        async with connected(smtp(server)) as email:
            for number in range(20):
                await email.send(a_delivery(email, number))
        assert (len(server.messages), server.connections) == (20, 1)


@pytest.mark.parametrize(
    ("moment", "plan", "comes_to"),
    [
        ("RCPT", "550 5.1.1 No such user", SubscriberGone),
        ("RCPT", "550 No such user", SubscriberGone),
        ("RCPT", "550 5.7.1 You are on a list", DeliveryError),
        ("RCPT", "451 4.3.0 Later", DeliveryError),
        ("MAIL", "550 5.7.1 Not you", DeliveryError),
        ("DATA", "close", DeliveryError),
        ("end", "554 5.6.0 Not this", Undeliverable),
        ("end", "421 4.3.2 Closing", DeliveryError),
        ("connect", "close", DeliveryError),
    ],
)
async def test_what_fails_says_what_happens_next_and_the_next_mail_goes_out(
    moment: Any, plan: str, comes_to: type[DeliveryError]
) -> None:
    with MailServer() as server:
        email = Email(smtp(server), LINKS)
        server.fault(moment, plan)
        with pytest.raises(DeliveryError) as failed:
            await email.send(a_delivery(email))
        assert failed.type is comes_to
        await email.send(a_delivery(email, 2))
        assert [one.id for one in server.messages] == [f"<{2:020x}@example.net>"]


@pytest.mark.parametrize(
    "title",
    [
        "Faces\r\nBcc: everybody@example.org\r\n\r\nA body of theirs",
        "وجوه في المطار 🛂 顔",
        "x" * 3_000,
        "\u2028\u202eecnalliavrus\x00\x1b[2J",
        "=?utf-8?q?encoded=0D=0ABcc:_x@example.org?=",
        "Sen. Muster \ud800 urges",
    ],
)
async def test_what_a_title_holds_is_a_subject_and_nothing_else(title: str) -> None:
    with MailServer() as server:
        async with connected(smtp(server)) as email:
            await email.send(a_delivery(email, title=title))
        [got] = server.messages
        assert server.violations == []
        assert got.recipients == (ANN,)
        assert got.parsed["Bcc"] is None
        assert got.parsed["Subject"].startswith("1 story: ")


@pytest.mark.parametrize("tls", ["required", "implicit"])
async def test_mail_goes_over_tls_to_a_server_that_is_whom_it_says(tls: Any) -> None:
    ours = "starttls" if tls == "required" else "implicit"
    with MailServer(tls=tls, login=("ann", "pass word")) as server:
        made = smtp(server, tls=ours, ca_file=server.ca_file, user="ann", password="pass word")
        async with connected(made) as email:
            await email.send(a_delivery(email))
        assert len(server.messages) == 1


async def test_a_wrong_password_is_told_and_ends_it() -> None:
    with MailServer(tls="required", login=("ann", "right")) as server:
        made = smtp(server, tls="starttls", ca_file=server.ca_file, user="ann", password="wrong")
        with pytest.raises(ConfigError, match="LOOKOUT_SMTP_PASSWORD was refused"):
            async with connected(made):
                pass


async def test_a_server_that_cannot_tell_just_now_who_we_are_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outputs.email.AGAIN", 0.0)
    with MailServer(tls="required", login=("ann", "right")) as server:
        server.fault("AUTH", "454 4.7.0 Temporary authentication failure", times=4)
        made = smtp(server, tls="starttls", ca_file=server.ca_file, user="ann", password="right")
        async with connected(made) as email:
            await email.send(a_delivery(email))
        assert len(server.messages) == 1


@pytest.mark.parametrize("certificate", ["wrong name", "untrusted"])
async def test_a_server_that_is_not_whom_it_says_gets_no_mail(certificate: Any) -> None:
    with MailServer(tls="required", certificate=certificate) as server:
        email = Email(smtp(server, tls="starttls", ca_file=server.ca_file), LINKS)
        with pytest.raises(DeliveryError):
            await email.send(a_delivery(email))
        assert server.messages == []


async def test_a_server_without_tls_gets_no_mail_where_tls_is_wanted() -> None:
    with MailServer() as server:
        email = Email(smtp(server, tls="starttls"), LINKS)
        with pytest.raises(DeliveryError):
            await email.send(a_delivery(email))
        assert server.messages == []


def test_mail_and_password_go_unencrypted_to_this_machine_alone() -> None:
    with pytest.raises(ConfigError, match="without TLS to this machine only"):
        Smtp(host="mail.example.net", port=25, sender=SENDER, tls="none")
    assert Smtp(host="localhost", port=25, sender=SENDER, tls="none").host == "localhost"


# -- signed ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)


def verified(raw: bytes, key: rsa.RSAPrivateKey) -> bool:
    """Does a mailbox that asks the DNS find the signature right?"""
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    published = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"news._domainkey.example.net."
        return published

    return bool(dkim.verify(raw, dnsfunc=dns))


async def test_a_mail_is_signed_and_nothing_that_matters_in_it_can_be_changed(
    tmp_path: Path, key: rsa.RSAPrivateKey
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(pem(key))
    with MailServer() as server:
        email = Email(smtp(server), LINKS, Dkim.of(file, "news", "example.net"))
        await email.send(a_delivery(email))
        [got] = server.messages
        assert server.violations == []
    assert verified(got.raw, key)
    covered = re.sub(rb"\s", b"", got.raw.split(b"h=", 1)[1].split(b";")[0]).lower().split(b":")
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from", b"subject", b"to"} <= set(covered)
    for before, after in ((b"List-Unsubscribe: <h", b"List-Unsubscribe: <x"), (b"A sample text", b"Another text")):
        assert before in got.raw
        assert not verified(got.raw.replace(before, after), key), before


@pytest.mark.parametrize("content", [None, b"", b"no key", b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END"])
def test_a_key_that_cannot_sign_is_told_before_anything_starts(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match="LOOKOUT_DKIM_KEY"):
        Dkim.of(file, "news", "example.net")


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "end"])
@pytest.mark.parametrize("code", ["550 5.1.1", "451 4.3.0"])
async def test_what_a_server_says_is_told_without_the_reader_s_address(moment: Any, code: str) -> None:
    with MailServer() as server:
        server.fault(moment, f"{code} <Ann@Example.org>: not today")
        with pytest.raises(DeliveryError) as caught:
            await Email(smtp(server), LINKS).send(a_delivery(Email(smtp(server), LINKS)))
    assert str(caught.value) == f"{code} <the address>: not today"


# -- when the server is away ----------------------------------------------------------------------------------


async def test_a_server_that_is_not_there_is_not_tried_by_every_mail_that_waits() -> None:
    with MailServer() as server:
        async with connected(smtp(server)) as email:
            await email.send(a_delivery(email))
            assert email.ready
            server.fault("MAIL", "421 4.3.2 Going down")
            server.fault("connect", "close")
            with pytest.raises(DeliveryError):
                await email.send(a_delivery(email, 2))
            with pytest.raises(DeliveryError):
                await email.send(a_delivery(email, 2))
            assert not email.ready


async def test_a_slow_server_is_waited_for() -> None:
    with MailServer() as server:
        for moment in ("connect", "MAIL", "RCPT", "end"):
            server.fault(moment, "slow:0.3")
        async with connected(smtp(server)) as email:
            await email.send(a_delivery(email))
        assert len(server.messages) == 1


async def test_what_is_refused_for_what_it_is_goes_out_in_plain_words_and_can_still_be_left() -> None:
    with MailServer() as server:
        email = Email(smtp(server), LINKS)
        whole = a_delivery(email)
        plain = replace(whole, parts=({"notice": "The digest in plain words.", "leave": whole.part["leave"]},))
        await email.send(plain)
        [got] = server.messages
        assert server.violations == []
    assert got.parsed["List-Unsubscribe"] == f"<{whole.part['leave']}>"
    assert got.parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = got.parsed.get_content()
    assert text.startswith("The digest in plain words.")
    assert f"Unsubscribe: {whole.part['leave']}" in text
