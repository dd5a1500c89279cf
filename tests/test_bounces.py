"""What a bounce says, whoever wrote it and in whatever form."""

import base64
from io import BytesIO

import pytest

from bot.bounces import LONGEST, Bounce, messages, read

KEY = "0123456789abcdef0123"
ANN = "ann@example.org"

OURS = f"""\
Return-Path: <lookout@example.org>
Received: from lookout.example.org by mx.example.org; Fri, 10 Apr 2026 12:00:00 +0000
From: Lookout <lookout@example.org>
To: {ANN}
Subject: 2 stories; 450 people asked about section 4.2.1
Message-ID: <{KEY}@example.org>

Section 5.7.1 was read out to 450 people.
"""


def report(
    *fields: str, told: str = "It could not be delivered.", back: str = OURS, kind: str = "message/rfc822"
) -> bytes:
    """A report in the form of RFC 3464 with these fields of one recipient."""
    return "\n".join(
        (
            "From: Mail Delivery System <MAILER-DAEMON@mx.example.org>",
            "To: lookout@example.org",
            "Subject: Undelivered Mail Returned to Sender",
            "Message-ID: <20260410120001.4F2@mx.example.org>",
            "Auto-Submitted: auto-replied",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "",
            "--b\nContent-Type: text/plain; charset=utf-8\nContent-Description: Notification\n",
            told,
            "\n--b\nContent-Type: message/delivery-status\n",
            "Reporting-MTA: dns; mx.example.org\n",
            *fields,
            f"\n--b\nContent-Type: {kind}\n",
            back,
            "\n--b--\n",
        )
    ).encode()


def failed(status: str, says: str, **said: str) -> bytes:
    fields = (
        f"Final-Recipient: rfc822; {ANN}",
        "Action: failed",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {says}",
    )
    return report(*fields, **said)


def in_text(told: str, back: str = OURS, headers: str = "") -> bytes:
    """A bounce that is nothing but text, as older mail systems write it."""
    return f"From: MAILER-DAEMON@mx.example.org\nSubject: failure notice\n{headers}\n{told}\n{back}".encode()


def exim(says: str) -> bytes:
    told = (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its recipients. The following failed:\n\n"
        f"  {ANN}\n    host mx.example.org [5.7.1.9]: {says}\n\n"
        "------ This is a copy of the message, including all the headers. ------\n"
    )
    return in_text(told, headers=f"X-Failed-Recipients: {ANN}\n")


def qmail(says: str) -> bytes:
    told = (
        "Hi. This is the qmail-send program at mx.example.org.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
        f"<{ANN}>:\n{says}\n\n--- Below this line is a copy of the message.\n"
    )
    return in_text(told)


def the(message: bytes) -> Bounce:
    found = read(message)
    assert found is not None
    return found


# -- forms ----------------------------------------------------------------------------------------------------

POSTFIX = report(
    f"Final-Recipient: rfc822; {ANN}",
    f"Original-Recipient: rfc822;{ANN}",
    "Action: failed",
    "Status: 5.1.1",
    "Remote-MTA: dns; mx.example.org",
    f"Diagnostic-Code: smtp; 550 5.1.1 <{ANN}>:\n    no such user here",
)
EXCHANGE = report(
    "Final-Recipient: rfc822;Ann@Example.org",
    "Action: failed",
    "Status: 5.1.10",
    "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup",
    told="Your mail did not reach these people.",
)
GMAIL = report(
    f"X-Original-Message-ID: <{KEY}@example.org>\n",
    f"Final-Recipient: rfc822; {ANN}",
    "Action: failed",
    "Status: 5.1.1",
    "Diagnostic-Code: smtp; 550-5.1.1 There is no such account.\n 550 5.1.1 See example.org - gsmtp",
    back="Subject: no id of ours\n",
)
HEADERS_ONLY = failed("5.1.1", "550 5.1.1 unknown", kind="text/rfc822-headers", back=OURS.split("\n\n")[0])


@pytest.mark.parametrize(
    "bounce",
    [
        POSTFIX,
        POSTFIX.replace(b"\n", b"\r\n"),
        EXCHANGE,
        GMAIL,
        HEADERS_ONLY,
        exim(f"SMTP error after RCPT TO:<{ANN}>: 550 5.1.1 no such user"),
        exim("no code at all, only words"),
        qmail("Sorry, no mailbox here by that name. (#5.1.1)"),
    ],
    ids=["postfix", "crlf", "exchange", "gmail", "headers only", "exim", "no code", "qmail"],
)
def test_a_failure_for_good_is_read_in_every_form(bounce: bytes) -> None:
    found = the(bounce)
    assert (found.addresses, found.keys, found.kind) == ((ANN,), (KEY,), "permanent")


def test_the_reason_stands_on_one_line_of_letters_that_can_be_shown() -> None:
    assert the(POSTFIX).says == f"5.1.1 smtp; 550 5.1.1 <{ANN}>: no such user here"
    assert the(qmail("Sorry, no mailbox. (#5.1.1)")).says == "Sorry, no mailbox. (#5.1.1)"
    assert the(exim("only words")).says == "failure notice"
    assert the(failed("5.1.1", "550 5.1.1 gel\u00f6scht \x1b[2J\u202e")).says == "5.1.1 smtp; 550 5.1.1 gelöscht [2J"
    assert len(the(failed("5.1.1", "550 5.1.1 " + "no " * 300)).says) == 300


def test_what_is_encoded_is_read_as_what_it_means() -> None:
    inside = qmail("Sorry, no mailbox here. (#5.1.1)").split(b"\n\n", 1)[1]
    encoded = b"From: MAILER-DAEMON@mx.example.org\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(inside)
    found = the(encoded)
    assert (found.addresses, found.keys, found.kind) == ((ANN,), (KEY,), "permanent")


def test_a_bounce_that_somebody_passed_on_as_an_attachment_is_read() -> None:
    wrapped = (
        b"From: op@example.org\nContent-Type: multipart/mixed; boundary=w\n\n--w\nContent-Type: message/rfc822\n\n"
    )
    found = the(wrapped + POSTFIX + b"\n--w--\n")
    assert (found.addresses, found.keys, found.kind) == ((ANN,), (KEY,), "permanent")


# -- why ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says", "kind"),
    [
        ("5.2.2", "552 5.2.2 mailbox full", "permanent"),
        ("4.2.2", "452 4.2.2 mailbox full", "temporary"),
        ("5.0.0", "550 nobody of this name", "permanent"),
        ("5.1.1", "550 host [5.7.1.9] and 192.5.7.1 know no such user", "permanent"),
        ("5.1.1", "550 says Exim 4.96.2", "permanent"),
        ("4.4.7", "delivery time expired", "temporary"),
        ("5.0.0", "451 4.7.1 greylisted, and then it was too late", "temporary"),
        ("5.0.0", "452 too much for now", "temporary"),
        ("5.4.300", "550 5.4.300 expired -> 421 4.4.1 connection timed out", "temporary"),
        ("5.7.1", "550 5.7.1 your address is on a list", "about us"),
        ("5.7.26", "550-5.7.26 not authenticated", "about us"),
        ("5.0.0", "550 5.7.1 we do not like you", "about us"),
        ("5.4.4", "no route to host", "about us"),
        ("5.3.4", "552 5.3.4 too big for this system", "about us"),
        ("5.5.2", "500 5.5.2 syntax", "about us"),
    ],
)
def test_the_codes_say_whether_the_mailbox_is_gone(status: str, says: str, kind: str) -> None:
    assert the(failed(status, says)).kind == kind


@pytest.mark.parametrize(
    ("bounce", "kind"),
    [
        (qmail("I'm not going to try again; it was in the queue too long. (#4.4.3)"), "temporary"),
        (qmail("192.0.2.1 does not like recipient.\nRemote host said: 452 over quota"), "temporary"),
        (qmail("Remote host said: 554 5.7.1 refused for what you are"), "about us"),
        (exim("452 4.2.2 mailbox full"), "temporary"),
        (exim("550 5.7.1 blocked"), "about us"),
    ],
)
def test_the_codes_count_in_plain_text_too_but_not_those_of_the_mail_that_came_back(bounce: bytes, kind: str) -> None:
    assert the(bounce).kind == kind


def test_without_a_diagnosis_what_is_told_counts() -> None:
    fields = (f"Final-Recipient: rfc822; {ANN}", "Action: failed", "Status: 5.0.0")
    found = the(report(*fields, told="We refuse you:\n550 5.7.1 blocked here"))
    assert (found.kind, found.says) == ("about us", "5.0.0 550 5.7.1 blocked here")


def test_a_delay_is_temporary_whatever_its_code() -> None:
    delayed = report(f"Final-Recipient: rfc822; {ANN}", "Action: delayed", "Status: 5.1.1")
    assert (the(delayed).addresses, the(delayed).kind) == ((ANN,), "temporary")


# -- what is none ---------------------------------------------------------------------------------------------

AWAY = f"""\
From: Ann <{ANN}>
To: lookout@example.org
Subject: Out of office: Your digest
In-Reply-To: <{KEY}@example.org>
References: <{KEY}@example.org>
Auto-Submitted: auto-replied
Precedence: bulk

I am away until Monday. Your message was received, and will be read then.
""".encode()


@pytest.mark.parametrize(
    "message",
    [
        AWAY,
        report(f"Final-Recipient: rfc822; {ANN}", "Action: delivered", "Status: 2.1.5"),
        report(
            f"Final-Recipient: rfc822; {ANN}",
            "Action: relayed",
            "Status: 2.1.9",
            told=f"Your message could not be delivered to {ANN}\nat once, and was passed on.",
        ),
        OURS.encode(),
    ],
    ids=["away", "delivered", "relayed", "ours"],
)
def test_what_did_not_fail_is_no_bounce(message: bytes) -> None:
    assert read(message) is None


def test_an_answer_names_no_mail_of_ours_by_what_it_answers() -> None:
    forged = AWAY.replace(b"I am away", f"Your message could not be delivered to {ANN}\n".encode())
    assert the(forged).keys == ()


def test_a_forged_bounce_has_no_key() -> None:
    for forged in (
        failed("5.1.1", "550 5.1.1 unknown", back=OURS.replace(KEY, "guessed")),
        failed("5.1.1", "550 5.1.1 unknown", back=OURS.replace(KEY, f"a{KEY}")),
        failed("5.1.1", "550 5.1.1 unknown", back=OURS.replace(f"{KEY}@", KEY)),
    ):
        assert the(forged).keys == ()


# -- hostile --------------------------------------------------------------------------------------------------


DEEP = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
DEEPER = b"Content-Type: message/rfc822\n\n" * 4000


@pytest.mark.parametrize(
    "message", [b"\n", b"no header at all", DEEP, DEEPER], ids=["blank", "words", "deep", "deeper"]
)
def test_what_nobody_can_read_says_so(message: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not readable: "):
        read(message)


@pytest.mark.parametrize(
    "message",
    [
        b"From: \xff\xfe <\x80@\x00>\nSubject: =?nosuch?Q?=ff?=\nContent-Type: text/plain; charset=nosuch\n\n\xff\x00",
        b"Content-Type: multipart/report; boundary=never\n\nno part of it follows",
        b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n",
        b"From: a@example.org\nContent-Transfer-Encoding: base64\n\n!!!!=\n",
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n\n--b--",
        b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\nAAAA\n",
        b'Content-Type: text/plain; x="\n' + b" ;;;;;;;;\n" * 20_000 + b"\n\n",
        b"From: a@example.org\n\nA message that you sent could not be delivered\n" + b"a@" * 2_000_000,
        b"From: a@example.org\n\n" + b"\n>" * 200_000,
    ],
)
def test_broken_mail_fails_nobody(message: bytes) -> None:
    try:
        found = read(message)
    except ValueError:
        return
    assert found is None or found.keys == ()


def test_bytes_of_no_charset_beside_a_failure_hide_it_not() -> None:
    strange = POSTFIX.replace(b"Mail Delivery System", b"\xff\x80\xa0").replace(b"could not be", b"\xe9\x00\xff")
    found = the(strange)
    assert (found.addresses, found.keys, found.kind) == ((ANN,), (KEY,), "permanent")


def test_of_a_huge_bounce_the_beginning_is_read() -> None:
    found = the(failed("5.1.1", "550 5.1.1 unknown", back=OURS + "and so on\n" * 500_000))
    assert (found.keys, found.kind) == ((KEY,), "permanent")


# -- where messages are kept ----------------------------------------------------------------------------------


def test_an_mbox_is_taken_apart_and_nothing_else_is() -> None:
    one, two = b"Subject: one\n\nText\nFrom here on.\n\n>From the quoted.\n\n", b"Subject: two\n\ntext\n"
    box = b"From MAILER-DAEMON Fri Apr 10 12:00:00 2026\n" + one + b"From x Fri Apr 10 12:00:01 2026\n" + two
    assert list(messages(BytesIO(box))) == [one, two]
    assert list(messages(BytesIO(box.replace(b"\n", b"\r\n")))) == [m.replace(b"\n", b"\r\n") for m in (one, two)]
    letter = b"Subject: one\n\nText.\n\nFrom here on it is text as well.\n"
    assert list(messages(BytesIO(letter))) == [letter]
    assert list(messages(BytesIO(b""))) == []


def test_of_a_huge_message_no_more_is_kept_than_is_read() -> None:
    box = b"From x\nSubject: one\n\n" + b"text\n" * LONGEST + b"\nFrom x\nSubject: two\n"
    first, second = messages(BytesIO(box))
    assert (len(first), second) == (LONGEST, b"Subject: two\n")
