"""`lookout eval --letters`: what Lookout reads of letters in a file of items, against what people read of them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from bot import facts
from bot.dates import when
from bot.errors import ConfigError, Mistake
from bot.items import canonical, category_of
from bot.plain import line, paragraphs
from bot.records import Attachment, Item, Member, Recipient, Signer

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """A recipient as people wrote it down; each may be empty."""

    name: str
    office: str


@dataclass(frozen=True, kw_only=True)
class Truth:
    """An item, with what people read in it. `leads`: any of them may be called the first."""

    item: Item
    letters: tuple[Attachment, ...]
    is_letter: bool
    leads: tuple[str, ...]
    signers: tuple[str, ...]
    recipients: tuple[Addressee, ...]
    deadline: date | None


@dataclass(frozen=True, kw_only=True)
class Missed:
    """One thing that was read wrongly: in which item, about what, how it is and what was found."""

    id: str
    title: str
    about: str
    true: str
    found: str


@dataclass(frozen=True)
class Tally:
    """How many were found, how many there are, and how many of both agree."""

    found: int = 0
    there: int = 0
    right: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.found + other.found, self.there + other.there, self.right + other.right)

    @property
    def precision(self) -> float:
        """Of what was found, how much is there."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Of what is there, how much was found."""
        return self.right / self.there if self.there else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, kw_only=True)
class LettersMeasured:
    """What came of it. `lead` and `deadline`: of the letters that have one, how many are read so to the day.

    `invented`: items for which a day was found though none is asked for.
    """

    items: int
    is_letter: Tally
    lead: Tally
    signers: Tally
    recipients: Tally
    deadline: Tally
    invented: int
    missed: tuple[Missed, ...]

    def data(self) -> dict[str, Any]:
        """Return it as `--json` prints it."""
        kind = self.is_letter
        return {
            "is_letter": {name: round(getattr(kind, name), 4) for name in ("precision", "recall", "f1")},
            "lead_sender": round(self.lead.recall, 4),
            "signers": {"f1": round(self.signers.f1, 4)},
            "recipients": {"f1": round(self.recipients.f1, 4)},
            "deadline": {"exact": round(self.deadline.recall, 4), "invented": self.invented},
        }


def read_truth(file: Path) -> list[Truth]:
    """Return the items of a JSON Lines file: id, url, title, text, published, source and truth: is_letter_announcement,
    lead_sender, lead_sender_also_acceptable, signers, recipients (name, office), response_deadline; and, where a letter
    hangs on an item, its text in `letters`. Raises ConfigError with every line that cannot be used.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError([Mistake(file=str(file), line=None, says=f"cannot be read: {e}")]) from e
    found: list[Truth] = []
    mistakes = []
    for number, row in enumerate(lines, 1):
        if row.strip():
            try:
                found.append(_truth(json.loads(row)))
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
                mistakes.append(Mistake(file=str(file), line=number, says=f"is no item with its truth: {e!r}"))
    if not found and not mistakes:
        mistakes = [Mistake(file=str(file), line=None, says="holds no items")]
    if mistakes:
        raise ConfigError(mistakes)
    return found


def _truth(row: Mapping[str, Any]) -> Truth:
    truth, read, url = row["truth"], when(str(row["published"])), str(row.get("url") or "")
    if read is None:
        raise ValueError("published is no date")
    day = truth.get("response_deadline")
    item = Item(
        id=str(row["id"]),
        feed_id="",
        source=str(row.get("source") or ""),
        category=category_of(url) or "congress",
        title=line(row["title"]),
        url=url,
        address=canonical(url) or url,
        text=paragraphs(row["text"]),
        text_from="article",
        published=read.at,
        day_only=read.day_only,
        first_seen=read.at,
    )
    return Truth(
        item=item,
        letters=tuple(
            Attachment(url=f"{url}#{n}", name="", read=read.at, text=paragraphs(text), starts=(0,), pages=1)
            for n, text in enumerate(row.get("letters") or ())
        ),
        is_letter=bool(truth["is_letter_announcement"]),
        leads=tuple(filter(None, (truth.get("lead_sender"), *(truth.get("lead_sender_also_acceptable") or ())))),
        signers=tuple(truth.get("signers") or ()),
        recipients=tuple(
            Addressee(name=one.get("name") or "", office=one.get("office") or "")
            for one in truth.get("recipients") or ()
        ),
        deadline=date.fromisoformat(day) if day else None,
    )


def measure_letters(truths: Sequence[Truth], members: Sequence[Member]) -> LettersMeasured:
    """Read every item, and compare."""
    names = facts.Names(members)
    kind = lead = signers = recipients = deadline = Tally()
    invented, missed = 0, []
    for one in truths:
        letter = facts.letter(one.item, one.letters, names)
        kind += Tally(letter is not None, one.is_letter, letter is not None and one.is_letter)
        sender, day = letter.sender if letter else None, letter.deadline.day if letter and letter.deadline else None
        led = bool(sender) and any(_is(names, sender, name) for name in one.leads)
        lead += Tally(sender is not None, bool(one.leads), led)
        signed = letter.signers if letter else ()
        unsigned, extra = _matched(one.signers, signed, lambda name, signer: _is(names, signer, name))
        signers += Tally(len(signed), len(one.signers), len(signed) - len(extra))
        sent = letter.recipients if letter else ()
        unsent, more = _matched(one.recipients, sent, _is_addressed)
        recipients += Tally(len(sent), len(one.recipients), len(sent) - len(more))
        deadline += Tally(day is not None, one.deadline is not None, day is not None and day == one.deadline)
        invented += day is not None and one.deadline is None
        told = (
            ("letter", one.is_letter, letter is not None),
            (
                "lead",
                one.leads[0] if one.leads and not led else "",
                sender.name if sender and one.leads and not led else "",
            ),
            ("signers", ", ".join(unsigned), ", ".join(signer.name for signer in extra)),
            ("recipients", _said(unsent), _said(more)),
            ("deadline", one.deadline, day),
        )
        missed += [
            Missed(id=one.item.id, title=one.item.title, about=about, true=str(true or "-"), found=str(found or "-"))
            for about, true, found in told
            if (true or None) != (found or None)
        ]
    return LettersMeasured(
        items=len(truths),
        is_letter=kind,
        lead=lead,
        signers=signers,
        recipients=recipients,
        deadline=deadline,
        invented=invented,
        missed=tuple(missed),
    )


def _matched(true: Sequence[A], found: Sequence[B], same: Callable[[A, B], bool]) -> tuple[list[A], list[B]]:
    """Return what is there and was not found, and what was found and is not there; each counts once."""
    left, extra = list(true), []
    for one in found:
        hit = next((other for other in left if same(other, one)), None)
        if hit is None:
            extra.append(one)
        else:
            left.remove(hit)
    return left, extra


def _is(names: facts.Names, signer: Signer | None, name: str) -> bool:
    if signer is None:
        return False
    member = names.find(name)
    if member and signer.member_id:
        return member.id == signer.member_id
    return facts.same_person(name, signer.name)


def _is_addressed(true: Addressee, found: Recipient) -> bool:
    """Is it the same person; or, where one has no name, the same agency or an office in mostly the same words?"""
    if true.name and found.name:
        return facts.same_person(true.name, found.name)
    agency = facts.agency_of(true.office) if true.office else None
    if agency and found.agency:
        return agency == found.agency
    mine, theirs = _words(f"{found.name or ''} {found.office}"), _words(f"{true.name} {true.office}")
    return len(mine & theirs) * 2 >= min(len(mine), len(theirs)) > 0


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower())) - {"the", "and", "for", "department", "office"}


def _said(some: Iterable[Addressee | Recipient]) -> str:
    return "; ".join(f"{one.name or ''} ({one.office})".strip() for one in some)
