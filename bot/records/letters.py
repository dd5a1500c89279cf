"""What a letter states: who asks whom for what, and by when; each with the passage that says so."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.records.matches import Passage

LetterKind = Literal["letter", "announcement", "report"]
"""What an item is to a letter: the letter itself, word of it by one who sent it, word of it by somebody else."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """One who signs a letter. `member_id`: the bioguide id, None: nobody in the table of members, or not sure who."""

    name: str
    member_id: str | None
    passage: Passage


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Whom a letter is addressed to. `name` None: an office or a body without a person; `office` "": none is stated.

    `agency`: the slug of the agency, as in /agency/ice, None: none that we know.
    """

    name: str | None
    office: str
    agency: str | None
    passage: Passage


DayMark = Literal["year corrected", "weekday differs"]
"""What is wrong with a day as it was written: its year, of which one reading is left; its weekday, left as it is."""


@dataclass(frozen=True, kw_only=True)
class StatedDay:
    """A day that a text states, where, and what was wrong with it."""

    day: date
    passage: Passage
    mark: DayMark | None = None


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """By when an answer is asked for, in the words of `passage`.

    `day` None: so long after the letter's date, which is not stated. `counted_from`: the day from which a relative one
    counts, None: the day itself is written. `condition`: what it hangs on, in its words.
    """

    day: date | None
    passage: Passage
    counted_from: date | None = None
    condition: str | None = None
    mark: DayMark | None = None


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question or demand of a letter. `number` as it is written there, None: it has none."""

    text: str
    number: str | None
    passage: Passage


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """Where a release says other than its letter, of which the letter's word is kept."""

    about: Literal["date", "deadline", "signers", "recipients"]
    release: Passage
    letter: Passage


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A letter that an item is, announces or reports. `signers[0]` sends it; the others are its cosigners.

    What is not stated is None or empty. `passage`: what shows that there is a letter.
    """

    item_id: str
    kind: LetterKind
    passage: Passage
    signers: tuple[Signer, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    written: StatedDay | None = None
    deadline: Deadline | None = None
    asks: tuple[Ask, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def sender(self) -> Signer | None:
        """Who leads."""
        return self.signers[0] if self.signers else None
