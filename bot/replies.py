"""What is said in a chat, whichever chat it is: replies made of lines, cards and buttons, without any markup.

Text in them is text: what a title or a sentence holds is shown as it stands, and every medium's renderer sees to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Code:
    """Something to be typed or copied: an id, a command."""

    text: str


Span = str | Strong | Code
Line = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Card:
    """An item, or the headline of a story, as a chat shows it. Every text is plain and on one line.

    `when` is its time of day where `today`, else its day; `moment` the whole of it. `also`: on how many other sources.
    `quote`: the passage that matched, excerpted; empty where it is the title. `topic_id`: what a person labels it for;
    None: nothing. `probability`: of the surest match, None: people decided, or nothing matched. `due`: by when a letter
    asks for an answer, in words; empty: it names no day, or is no letter.
    """

    item_id: str
    topic_id: str | None
    title: str
    url: str
    source: str
    category: str
    when: str
    moment: str
    also: tuple[str, ...]
    quote: str
    why: str
    probability: float | None
    due: str = ""


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something to press. `id` says all that is needed to answer it, also after a restart; see `desk`."""

    id: str
    label: str
    style: Literal["plain", "primary", "danger"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of several to choose from."""

    value: str
    label: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A list to choose one thing from. `id` as that of a button."""

    id: str
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class Paging:
    """Where in a long answer we are: `page` counts from 1; `state` is what must be known to give another page."""

    page: int
    more: bool
    state: str


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer. `brief`: its cards are shown as lines, without buttons of their own. `public`: everybody sees it."""

    title: str = ""
    lines: tuple[Line, ...] = ()
    cards: tuple[Card, ...] = ()
    brief: bool = False
    footer: tuple[Line, ...] = ()
    buttons: tuple[Button, ...] = ()
    choice: Choice | None = None
    paging: Paging | None = None
    public: bool = False


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing to fill in. `options`: what to choose from, where anything else would be refused."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a person fills in at one go, where a medium has forms; `command` is what is then asked with the values."""

    command: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class Asker:
    """Who asks, and where. `person` and `community` name their medium, as in discord:123.

    `manages`: may say what the channel follows. `lacks`: what we may not do there, in the medium's own words.
    """

    person: str
    medium: str
    community: str
    address: str
    place: Literal["channel", "forum", "flat", "direct"] = "channel"
    manages: bool = False
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A command and its options, as somebody gave them."""

    command: str
    options: Mapping[str, str]
    by: Asker
