"""The mail server of the tests, met by the standard library's smtplib: what it takes, refuses, loses and notes."""

import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mail_server import MailServer, mailbox, stored

ANN, BOB = "ann@readers.example", "bob@readers.example"
SENDER = "lookout@news.example"
KEY = "0123456789abcdef0123"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def a_digest(
    key: str = KEY, html: str = "<p><a href='https://dhs.example/1'>Faces at the border</a></p>\n"
) -> EmailMessage:
    """A digest as PLATFORM_LIMITS.md asks for."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = f"Lookout <{SENDER}>", ANN
    message["Subject"], message["Date"] = "Faces at the border", "Mon, 02 Mar 2026 07:00:00 +0000"
    message["Message-ID"] = f"<{key}@news.example>"
    message["List-Id"], message["Auto-Submitted"] = "Lookout <lookout.news.example>", "auto-generated"
    message["List-Unsubscribe"] = "<https://news.example/leave/token>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Faces at the border: https://dhs.example/1\n")
    message.add_alternative(html, subtype="html")
    message.set_boundary("-=-=-")  # otherwise another one each time
    return message


def without(name: str) -> EmailMessage:
    message = a_digest()
    del message[name]
    return message


@contextmanager
def a_client(server: MailServer) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP(server.host, server.port, timeout=60)
    try:
        yield client
    finally:
        client.close()


def send(server: MailServer, raw: bytes | None = None, to: str | list[str] = ANN) -> None:
    with a_client(server) as client:
        client.sendmail(SENDER, to, a_digest().as_bytes() if raw is None else raw)


def send_unmended(server: MailServer, raw: bytes) -> None:
    """Send what smtplib would put right: line ends that are none."""
    with a_client(server) as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt(ANN)
        client.docmd("DATA")
        client.send(raw + b"\r\n.\r\n")
        client.getreply()


# -- what it takes --------------------------------------------------------------------------------------------


def test_a_message_is_kept_as_it_came_with_its_envelope(server: MailServer) -> None:
    send(server)
    (kept,) = server.messages
    assert (kept.sender, kept.recipients, kept.connection) == (SENDER, (ANN,), 1)
    assert kept.raw == a_digest().as_bytes()
    assert (kept.id, kept.parsed["Subject"]) == (f"<{KEY}@news.example>", "Faces at the border")
    assert server.violations == []


@pytest.mark.parametrize("body", [".", "..", ".\r\n.\r\n..x", "ends.\r\n", "ends.\r\n.\r\n", "", "\r\n.x\r\n"])
def test_dots_arrive_as_they_were_meant(server: MailServer, body: str) -> None:
    raw = f"Subject: Dots\r\n\r\n{body}\r\n".encode()
    send(server, raw)
    assert server.messages[0].raw == raw


def test_a_message_that_comes_twice_is_once_in_the_mailbox_and_counted_twice(server: MailServer) -> None:
    other = a_digest("f" * 20).as_bytes()
    for raw in (a_digest().as_bytes(), a_digest().as_bytes(), other):
        send(server, raw)
    assert [one.id for one in server.mailbox(ANN)] == [f"<{KEY}@news.example>", f"<{'f' * 20}@news.example>"]
    assert server.copies(ANN) == 3
    assert (server.mailbox(BOB), server.copies(BOB)) == ([], 0)


def test_messages_without_an_id_are_all_in_the_mailbox(server: MailServer) -> None:
    for _ in range(2):
        send(server, without("Message-ID").as_bytes())
    assert len(server.mailbox(ANN)) == 2


def test_connections_and_transactions_are_counted(server: MailServer) -> None:
    with a_client(server) as client:
        for _ in range(2):
            client.sendmail(SENDER, ANN, a_digest().as_bytes())
    send(server)
    assert (server.connections, server.transactions) == (2, 3)
    assert [one.connection for one in server.messages] == [1, 1, 2]


def test_a_bounce_comes_from_nobody(server: MailServer) -> None:
    with a_client(server) as client:
        client.sendmail("", ANN, a_digest().as_bytes())
    assert server.messages[0].sender == ""


# -- TLS and passwords ----------------------------------------------------------------------------------------


def test_starttls_is_offered_and_a_message_comes_over_it() -> None:
    with MailServer(tls="offered") as server, a_client(server) as client:
        client.starttls(context=ssl.create_default_context(cafile=server.ca_file))
        client.sendmail(SENDER, ANN, a_digest().as_bytes())
        assert server.copies(ANN) == 1


def test_where_starttls_is_only_offered_a_message_comes_without() -> None:
    with MailServer(tls="offered") as server:
        send(server)
        assert server.copies(ANN) == 1


def test_where_starttls_is_required_nothing_comes_without() -> None:
    with MailServer(tls="required") as server:
        with pytest.raises(smtplib.SMTPResponseException, match="530"):
            send(server)
        assert server.messages == []


def test_a_message_comes_over_implicit_tls() -> None:
    with MailServer(tls="implicit") as server:
        context = ssl.create_default_context(cafile=server.ca_file)
        with smtplib.SMTP_SSL("localhost", server.port, context=context) as client:
            client.sendmail(SENDER, ANN, a_digest().as_bytes())
        assert server.copies(ANN) == 1


def secured(server: MailServer, context: ssl.SSLContext) -> None:
    if server.tls == "implicit":
        smtplib.SMTP_SSL(server.host, server.port, context=context)
    else:
        with a_client(server) as client:
            client.starttls(context=context)


@pytest.mark.parametrize(
    ("certificate", "says"), [("wrong name", "not valid for '127.0.0.1'"), ("untrusted", "unable to get local issuer")]
)
@pytest.mark.parametrize("tls", ["offered", "implicit"])
def test_a_bad_certificate_is_seen_by_who_looks(tls: str, certificate: str, says: str) -> None:
    with MailServer(tls=tls, certificate=certificate) as server:  # type: ignore[arg-type]  # the words are right
        context = ssl.create_default_context(cafile=server.ca_file)
        with pytest.raises(ssl.SSLCertVerificationError, match=says):
            secured(server, context)
        assert server.violations == []


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
@pytest.mark.parametrize("tls", ["none", "required"])
def test_a_password_lets_in(tls: str, mechanism: str) -> None:
    with MailServer(tls=tls, login=("lookout", "s3cret")) as server, a_client(server) as client:  # type: ignore[arg-type]
        if tls == "required":
            client.starttls(context=ssl.create_default_context(cafile=server.ca_file))
        client.ehlo()
        client.user, client.password = "lookout", "s3cret"
        how = client.auth_login if mechanism == "LOGIN" else client.auth_plain
        assert client.auth(mechanism, how)[0] == 235
        client.sendmail(SENDER, ANN, a_digest().as_bytes())
        assert server.copies(ANN) == 1


def test_a_wrong_password_and_none_are_refused() -> None:
    with MailServer(login=("lookout", "s3cret")) as server:
        with a_client(server) as client, pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
            client.login("lookout", "secret")
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            send(server)
        assert server.messages == []


def test_a_password_is_not_asked_for_in_the_clear_where_there_is_starttls() -> None:
    with MailServer(tls="offered", login=("lookout", "s3cret")) as server, a_client(server) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.docmd("AUTH", "PLAIN")[0] == 538


# -- what goes wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "451 4.3.0 Later", "550 5.7.1 Not you"])
def test_one_recipient_is_refused_as_often_as_was_said(server: MailServer, answer: str) -> None:
    server.fault("RCPT", answer, to=ANN, times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            send(server)
        code, says = refused.value.recipients[ANN]
        assert f"{code} {says.decode()}" == answer
        send(server, to=BOB)
    send(server)
    assert (server.copies(ANN), server.copies(BOB)) == (1, 2)


def test_a_fault_may_last_for_ever(server: MailServer) -> None:
    server.fault("MAIL", "451 4.3.0 Later", times=None)
    for _ in range(5):
        with pytest.raises(smtplib.SMTPSenderRefused, match="451"):
            send(server)
    assert (server.transactions, server.messages) == (5, [])


@pytest.mark.parametrize("moment", ["DATA", "end"])
def test_a_message_is_refused_before_or_after_it_came(server: MailServer, moment: str) -> None:
    server.fault(moment, "554 5.6.0 Not that", to=ANN)  # type: ignore[arg-type]  # the words are right
    with pytest.raises(smtplib.SMTPDataError, match="554"):
        send(server)
    assert server.messages == []
    send(server)
    assert server.copies(ANN) == 1


@pytest.mark.parametrize("moment", ["connect", "MAIL", "RCPT", "DATA", "end"])
def test_it_hangs_up_and_takes_nothing(server: MailServer, moment: str) -> None:
    server.fault(moment, "close")  # type: ignore[arg-type]  # the words are right
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(server, a_digest().as_bytes() + b"More.\r\n" * 100_000)
    assert server.messages == []
    send(server)
    assert (server.connections, server.copies(ANN)) == (2, 1)


def test_a_lost_answer_leaves_the_message_there(server: MailServer) -> None:
    server.fault("end", "lost")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server)
    assert server.copies(ANN) == 1
    send(server)
    assert (server.copies(ANN), len(server.mailbox(ANN))) == (2, 1)


@pytest.mark.parametrize("moment", ["connect", "MAIL", "RCPT"])
def test_after_a_421_it_hangs_up(server: MailServer, moment: str) -> None:
    server.fault(moment, "421 4.3.2 Too busy")  # type: ignore[arg-type]  # the words are right
    with a_client(server) if moment != "connect" else pytest.raises(smtplib.SMTPConnectError, match="421"):
        client = smtplib.SMTP(server.host, server.port)
        client.ehlo()
        answers = [client.docmd("MAIL", f"FROM:<{SENDER}>")]
        if moment == "RCPT":
            answers.append(client.docmd("RCPT", f"TO:<{ANN}>"))
        assert answers[-1] == (421, b"4.3.2 Too busy")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
        client.close()


def test_a_login_may_fail_for_now() -> None:
    with MailServer(login=("lookout", "s3cret")) as server, a_client(server) as client:
        server.fault("AUTH", "454 4.7.0 Later", times=2)  # smtplib goes on to the other mechanism
        with pytest.raises(smtplib.SMTPAuthenticationError, match="454"):
            client.login("lookout", "s3cret")
        assert client.login("lookout", "s3cret")[0] == 235


def test_what_is_slow_for_one_is_not_for_another(server: MailServer) -> None:
    server.fault("end", "slow:1", to=ANN)
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        slow = pool.submit(send, server)
        while server.transactions < 1:
            time.sleep(0.01)
        send(server, to=BOB)
        assert not slow.done()
        slow.result()
        assert time.monotonic() - began >= 1
    assert [one.recipients for one in server.messages] == [(BOB,), (ANN,)]


def test_a_delay_is_taken_at_every_moment(server: MailServer) -> None:
    server.delay = 0.1
    began = time.monotonic()
    send(server)
    assert time.monotonic() - began >= 0.5


# -- what it notes --------------------------------------------------------------------------------------------


def only_html() -> EmailMessage:
    message = a_digest()
    message.clear_content()
    message.set_content("<p>all</p>\n", subtype="html")
    return message


def html_first() -> EmailMessage:
    message = a_digest()
    parts = message.get_payload()
    assert isinstance(parts, list)
    parts.reverse()
    return message


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (without("From"), "From 0 times"),
        (without("To"), "To 0 times"),
        (without("Subject"), "Subject 0 times"),
        (without("Date"), "Date 0 times"),
        (without("Auto-Submitted"), "no Auto-Submitted"),
        (without("List-Unsubscribe"), "no List-Unsubscribe"),
        (without("List-Unsubscribe-Post"), "no List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
        (a_digest(html="<p>all</p>\n" * 8705), f"{8705 * len('<p>all</p>..')} bytes of HTML"),
        (only_html(), "not multipart/alternative with text/plain first"),
        (html_first(), "not multipart/alternative with text/plain first"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_digest_must_have_and_lacks_is_noted(server: MailServer, message: EmailMessage, says: str) -> None:
    send(server, message.as_bytes())
    assert server.violations == [f"<{KEY}@news.example>: {says}"]


def test_html_just_before_gmail_clips_it_is_not_noted(server: MailServer) -> None:
    assert 8704 * len("<p>all</p>\r\n") == 102 * 1024
    send(server, a_digest(html="<p>all</p>\n" * 8704).as_bytes())
    assert server.violations == []


def test_a_message_without_an_id_is_noted(server: MailServer) -> None:
    send(server, without("Message-ID").as_bytes())
    assert server.violations == ["a message: Message-ID 0 times"]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (b"To:", b"To: x@x.example\r\nTo:", "To 2 times"),
        (b"Subject:", b"Bcc: x@x.example\r\nSubject:", "a Bcc header"),
        (b"Faces at", "Fäces at".encode(), "bytes in the headers that are not ASCII"),
        (b"<p>", b"<p>" + b"x" * 996, "a line of over 998 bytes"),
        (b"<p>", b"<p>\n", "a bare LF"),
        (b"<p>", b"<p>\r", "a bare CR"),
    ],
)
def test_what_no_message_may_have_is_noted(server: MailServer, before: bytes, after: bytes, says: str) -> None:
    assert before in a_digest().as_bytes()
    send_unmended(server, a_digest().as_bytes().replace(before, after, 1))
    assert server.violations == [f"<{KEY}@news.example>: {says}"]


def test_two_recipients_in_one_transaction_are_noted(server: MailServer) -> None:
    send(server, to=[ANN, BOB])
    assert server.messages[0].recipients == (ANN, BOB)
    assert server.violations == [f"{BOB} is asked for after {ANN} in one transaction"]


def test_a_recipient_in_each_of_two_transactions_is_not_noted(server: MailServer) -> None:
    server.fault("RCPT", "550 5.1.1 No such user", to=ANN)
    with a_client(server) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail(SENDER, ANN, a_digest().as_bytes())
        client.sendmail(SENDER, BOB, a_digest().as_bytes())
    assert (server.violations, server.transactions) == ([], 2)


def test_a_letter_that_is_no_digest_may_be_plain_text(server: MailServer) -> None:
    letter = EmailMessage(policy=policy.SMTP)
    for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"):
        letter[name] = a_digest()[name]
    letter.set_content("Do you want this? https://news.example/yes/token\n")
    send(server, letter.as_bytes())
    assert server.violations == []


# -- in a process of its own ----------------------------------------------------------------------------------


@contextmanager
def on_its_own(folder: Path) -> Iterator[MailServer]:
    """A server in another process, as something that `send` can talk to."""
    command = [sys.executable, "-m", "tests.mail_server", str(folder)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        there = MailServer()
        there.port = int(process.stdout.readline())
        try:
            yield there
        finally:
            process.send_signal(signal.SIGKILL)


def test_what_a_server_of_its_own_took_outlives_it_and_the_next_adds_to_it(tmp_path: Path) -> None:
    for key in (KEY, "f" * 20):
        with on_its_own(tmp_path) as server:
            for _ in range(2):
                send(server, a_digest(key).as_bytes())
    kept = stored(tmp_path)
    assert [one.raw for one in kept] == [a_digest(key).as_bytes() for key in (KEY, KEY, "f" * 20, "f" * 20)]
    assert [(one.sender, one.recipients, one.connection) for one in kept[:2]] == [
        (SENDER, (ANN,), 1),
        (SENDER, (ANN,), 2),
    ]
    assert len(mailbox(kept, ANN)) == 2
