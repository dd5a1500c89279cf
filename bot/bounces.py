"""What came back: reads in a bounce who did not get their mail, for good or for now, and which mail it was.

    mbox -> messages -> made plain -> who failed, as flufl.bounce knows -> why, by the codes -> Bounce

Anybody can write a bounce. What it says counts only where it names, by its key, a mail of ours to that very address.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from typing import Literal

ABOUT_US = re.compile(r"\b5\.[3457]\.\d{1,3}\b")
"""RFC 3463: 5.1 and 5.2 speak of the mailbox; 5.3, 5.4, 5.5 and 5.7 of systems, routes, protocol and policy: of us."""

LONGEST = 128 * 1024
"""Bytes of a message that are read: what failed stands at its beginning, the mail that came back behind it."""

LINE = 998
"""Bytes of a line that are read, RFC 5322's limit. Without it, the patterns of others take minutes for hostile ones."""

_TOO_FOLDED = re.compile(r"((?:\n[ \t][^\n]*){20})(?:\n[ \t][^\n]*)+")
"""A header of more than 21 lines: the standard library takes ten seconds for one made of semicolons."""

_KEY = re.compile(r"(?<![\w.+-])[0-9a-f]{20}(?=@)")
"""A delivery's key in its Message-ID, whatever stands for the bracket before it."""

_STATUS = re.compile(r"(?<![\d.])[45]\.[0-7]\.\d{1,3}(?!\.?\d)")
"""An enhanced status code (RFC 3463): no part of an IP address, nor of most versions and dates."""

_REPLY = re.compile(r"(?<![^\s:;(])[45][0-5]\d(?=[\s-])")
"""An SMTP reply code, as mail systems quote it."""

_RETURNED = re.compile(r"^[ \t>]*(?:Return-Path|Received|Message-ID):", re.IGNORECASE | re.MULTILINE)
"""Where, in a bounce of nothing but text, the mail begins that came back."""

Kind = Literal["permanent", "temporary", "about us"]
"""The mailbox is gone or takes nothing; it may be back; or a server refuses us for what we are, or knows no way."""


@dataclass(frozen=True, kw_only=True)
class Bounce:
    """What a mail system says did not arrive: to whom (in lower case), why (on one line), and what may be its key."""

    addresses: tuple[str, ...]
    keys: tuple[str, ...]
    kind: Kind
    says: str


def messages(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the messages of an mbox, or the one that a file is; of each as much as `read` looks at.

    `lines` have their ends; a long one may come in pieces.
    """
    message, is_mbox, after_blank = bytearray(), None, True
    for line in lines:
        if is_mbox is None:
            is_mbox = line.startswith(b"From ")
        if is_mbox and after_blank and line.startswith(b"From "):
            if message:
                yield bytes(message)
            message.clear()
        else:
            message += line[: LONGEST - len(message)]
        after_blank = not line.strip()
    if message:
        yield bytes(message)


def read(message: bytes) -> Bounce | None:
    """Return what a message says did not arrive; None: it is no bounce. Raises ValueError where nobody can read it."""
    try:
        # Each byte as a letter: a header with bytes that are none of ASCII is no text to the standard library.
        parsed = message_from_string(_cut(message))
        for part in parsed.walk():
            _make_plain(part)
        found = _bounce(parsed)
    except Exception as e:  # hostile mail makes the readers of others fail in every way there is
        raise ValueError(f"not readable: {type(e).__name__}") from e
    if not parsed.keys():
        raise ValueError("not readable: it has no header")
    return found


def _bounce(message: Message) -> Bounce | None:
    from flufl.bounce import all_failures  # seldom needed, and its patterns take a while to compile

    logging.getLogger("flufl.bounce").disabled = True  # it logs a traceback of whatever it cannot read
    report = _report(message)
    actions = [str(block["Action"]).lower() for block in report if "Action" in block]
    if actions and not any(action.startswith(("fail", "error", "delayed")) for action in actions):
        return None  # it arrived, or was passed on
    delayed, failed = all_failures(message)
    named = {address.decode("ascii", "replace").strip(" <>").lower() for address in failed or delayed}
    if not named:
        return None
    reason, says = _why(message, report)
    return Bounce(
        addresses=tuple(sorted(named)),
        keys=tuple(dict.fromkeys(_KEY.findall("\n".join(_returned(message))))),
        kind=_kind(reason) if failed else "temporary",
        says=_line(says),
    )


def _report(message: Message) -> list[Message]:
    """Return what a report in the standard's form (RFC 3464) says: of the mail, and of each recipient."""
    parts = [part.get_payload() for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    return [block for blocks in parts if isinstance(blocks, list) for block in blocks if isinstance(block, Message)]


def _kind(reason: str) -> Kind:
    """Return what a failure means. Who gave up after days of "try again" says so with codes of both kinds."""
    codes = _STATUS.findall(reason)
    if any(code.startswith("4") for code in codes + _REPLY.findall(reason)):
        return "temporary"
    return "about us" if any(map(ABOUT_US.fullmatch, codes)) else "permanent"


def _why(message: Message, report: list[Message]) -> tuple[str, str]:
    """Return all that is said of the reason, and what of it a person wants to read."""
    status = " ".join(str(block["Status"]).strip() for block in report if "Status" in block)
    if diagnosis := " ".join(str(block["Diagnostic-Code"]) for block in report if "Diagnostic-Code" in block):
        return f"{status} {diagnosis}", f"{status} {diagnosis}"
    texts = (str(part.get_payload()) for part in message.walk() if part.get_content_maintype() == "text")
    told = _RETURNED.split(next(texts, ""))[0]
    coded = (line for line in told.splitlines() if _STATUS.search(line) or _REPLY.search(line))
    return f"{status} {told}", f"{status} {next(coded, str(message.get('Subject', '')))}"


def _returned(message: Message) -> Iterator[str]:
    """Yield all that a message holds, without its own headers: an answer names there what it answers."""
    for part in message.walk():
        yield from (str(value) for value in part.values() if part is not message)
        if not part.is_multipart():
            yield str(part.get_payload())


def _make_plain(part: Message) -> None:
    """Undo base64 and quoted-printable in a part, in place: flufl.bounce looks at what is written."""
    written = None if part.is_multipart() else part.get_payload(decode=True)
    if isinstance(written, bytes):
        del part["Content-Transfer-Encoding"]
        part.set_payload(_cut(written))


def _cut(written: bytes) -> str:
    lines = "\n".join(line[:LINE].decode("latin-1") for line in written[:LONGEST].splitlines())
    return _TOO_FOLDED.sub(r"\1", lines)


def _line(says: str) -> str:
    said = " ".join(says.encode("latin-1", "replace").decode(errors="replace").split())
    return "".join(letter for letter in said if letter.isprintable())[:300]
