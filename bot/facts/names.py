"""Who is meant by a name: the members of Congress by the many ways in which a release writes them.

"Ed Markey", "Edward J. Markey", "Sen. Markey (D-Mass.)" and "MARKEY" are one person; two Senators Scott are not.
"""

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from bot.records import Member

_SUFFIX = re.compile(r"[,\s]+(?:jr|sr|ii|iii|iv|m\.?d|ph\.?d|esq|dds|dvm|o\.?d|d\.?o)\b\.?", re.IGNORECASE)
_QUOTES = re.compile(r"[\"“”‘()]|''|(?<!\w)['’]|['’](?!\w)")
_LONGEST = 100  # characters of a name
_LONGEST_LAST = 3  # words of a last name: "De La Cruz"


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What a text says beside a name: "(D-MA-07)" says party and state, "Rep." the chamber."""

    party: str = ""
    state: str = ""
    chamber: str = ""


NO_HINT = Hint()


class Names:
    """The members, found by name. Made once for a table; asked for every item."""

    def __init__(self, members: Iterable[Member]) -> None:
        self._by_last: defaultdict[tuple[str, ...], list[Member]] = defaultdict(list)
        self._given: dict[str, frozenset[str]] = {}
        self.by_id: dict[str, Member] = {}
        self.by_host: dict[str, Member] = {}
        for member in members:
            if not member.is_committee:
                self._add(member)

    def _add(self, member: Member) -> None:
        last, words = words_of(member.last), words_of(member.name)
        self.by_id[member.id] = member
        self.by_host[host_of(member.site)] = member
        self._by_last[last].append(member)
        if len(last) == 1 and "-" in last[0]:  # "Kamlager-Dove" signs as Kamlager, "Ocasio-Cortez" never as Cortez
            self._by_last[(last[0].split("-")[0],)].append(member)
        given = [word for word in words if word not in last]
        self._given[member.id] = frozenset(one for word in given for one in spellings(word))

    def find(self, written: str, hint: Hint = NO_HINT) -> Member | None:
        """Return the member who is meant, None: nobody in the table, or more than one could be.

        With a given name, it must be theirs; without one, the last name must be theirs alone, as far as the hint says.
        """
        words = words_of(written)
        for length in range(min(_LONGEST_LAST, len(words)), 0, -1):
            them = self._by_last.get(words[-length:])
            if them:
                found = self._among(them, words[:-length], hint)
                if found or len(words) == length:
                    return found
        return None

    def _among(self, them: Sequence[Member], given: Sequence[str], hint: Hint) -> Member | None:
        fitting = [one for one in them if _fits(one, hint)]
        if given:
            said = {spelling for word in given for spelling in spellings(word)}
            named = [one for one in fitting if said & self._given[one.id]]
            exact = [one for one in named if set(given) & set(words_of(one.name))]
            named = exact if len(exact) == 1 else named
            if not named and hint.state and hint.chamber and len(fitting) == 1:
                # One senator or representative of that name, from that state: called by a name that no table has.
                return fitting[0] if len(given[0]) <= 2 else None
            fitting = named
        return fitting[0] if len(fitting) == 1 else None

    def knows_last(self, word: str) -> bool:
        """Is it a last name of some member?"""
        return words_of(word) in self._by_last


def host_of(url: str) -> str:
    """Return the host of an address, without "www.", "" where it has none."""
    return url.split("/")[2].removeprefix("www.") if url.count("/") > 1 else ""


def _fits(member: Member, hint: Hint) -> bool:
    return (
        (not hint.state or member.state == hint.state)
        and (not hint.party or member.party[0] == hint.party)
        and (not hint.chamber or member.chamber == hint.chamber)
    )


def folded(text: str) -> str:
    """Return text in small letters without accents, so that García is Garcia."""
    flat = unicodedata.normalize("NFD", text.lower().replace("’", "'"))
    return "".join(c for c in flat if not unicodedata.combining(c))


@lru_cache(maxsize=20_000)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded, without initials' dots, quotation marks, "Jr." and degrees."""
    flat = folded(_QUOTES.sub(" ", _SUFFIX.sub(" ", name[:_LONGEST])))
    return tuple(word for raw in flat.split() if (word := raw.strip(".,;:*-'")))


@cache
def _equals() -> dict[str, frozenset[str]]:
    """Return, for each given name, all that it may be called, from the shipped table; and the other way round."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with Path(__file__).with_name("nicknames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for nickname in row["nicknames"].split("|"):
                found[row["name"]].add(nickname)
                found[nickname].add(row["name"])
    return {name: frozenset(others) for name, others in found.items()}


def spellings(given: str) -> frozenset[str]:
    """Return a given name, folded, with those that may stand for it; an initial stands for nothing."""
    return frozenset({given, *_equals().get(given, ())}) if len(given) > 1 else frozenset()


def same_person(one: str, other: str) -> bool:
    """Do two names name one person, as far as they say: the same last name, and no given names that differ?"""
    a, b = words_of(one), words_of(other)
    if not a or not b or a[-1] != b[-1]:
        return False
    said, heard = ({s for word in words[:-1] for s in spellings(word)} for words in (a, b))
    return not said or not heard or bool(said & heard)
