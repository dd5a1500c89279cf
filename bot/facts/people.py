"""The people whom a stretch of text names, in its order, and who of them are members of Congress.

"U.S. Sens. Mark R. Warner and Tim Kaine (both D-VA)" are two senators of Virginia: titles reach to the end of a list,
what stands in brackets belongs to the name before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.congress import STATES
from bot.facts.names import Hint, Names
from bot.facts.text import Text, is_heading
from bot.records import Signer

_ABBREVIATED = str.split(
    "Alaska:AK Ala:AL Ark:AR Ariz:AZ Calif:CA Cal:CA Colo:CO Conn:CT Del:DE Fla:FL Hawaii:HI Iowa:IA "
    "Idaho:ID Ill:IL Ind:IN Kan:KS Kans:KS Ky:KY La:LA Mass:MA Md:MD Maine:ME Mich:MI Minn:MN Mo:MO "
    "Miss:MS Mont:MT NC:NC ND:ND Neb:NE Nebr:NE NH:NH NJ:NJ NM:NM Nev:NV NY:NY Ohio:OH Okla:OK Ore:OR "
    "Pa:PA Penn:PA RI:RI SC:SC SD:SD Tenn:TN Tex:TX Texas:TX Utah:UT Va:VA Vt:VT Wash:WA Wis:WI Wisc:WI "
    "WVa:WV Wyo:WY"
)

_STATES = {state.lower(): state for state in STATES} | {
    name.lower(): state for name, _, state in (pair.partition(":") for pair in _ABBREVIATED)
}

_BRACKETS = re.compile(
    r"[(\[][^()\[\]\n]{1,160}[)\]]|,[ ](?:M\.D\.,[ ])?[DRI]-[A-Z][A-Za-z.]{1,6}(?:-\d{1,2})?(?=[,;. ])"
)

_QUOTED = re.compile(r"“[^”\n]{25,}(?:”|\n|$)|(?<!\S)\"(?=\S)[^\"\n]{25,}(?:\"|\n|$)")

_SEAT = re.compile(
    r"\W*(?:both|all|each)?\s*(?:(?P<party>[DRI])\s*[-–—,]\s*)?(?P<state>[A-Za-z.’' ]{2,12}?)(?:\s*[-–"
    r"—]?\s*(?:\d{1,2}|AL|At[- ]Large))?\W*\Z"
)

WORD = r"(?:[A-ZÀ-Þ][\w’'.-]*|[“\"‘'][A-Z][\w.]{0,15}[”\"’'])"

RUN = re.compile(rf"{WORD}(?:[ ]+(?:(?:de|la|van|von|del|der)[ ]+)?{WORD}){{0,24}}")

_FULL = re.compile(
    r"\b(?:Sens?\.|Reps?\.|[Ss]enators?|[Rr]epresentatives?|Congress\w{3,7}|Chair\w{0,5}|Member|and|,)[ ]"
    r"([A-Z][\w’'.-]+[ ](?:[A-Z][\w’'.-]*[ ]){0,2}[A-Z][\w’'-]+)"
)

_JOINS = re.compile(
    r"[\s,;&*•-]*(?:(?:and|as well as|along with|with|alongside|together with|both|fellow|colleagues?)[\s,;]*){0,3}\Z"
)

TITLES = frozenset(
    str.split(
        "senator senators sen sens representative representatives rep reps congressman congresswoman "
        "congressmen congresswomen congressmember congressmembers congressperson chairman chairwoman chair "
        "chairs chairmen chairperson member members delegate delegates commissioner leader leaders whip "
        "speaker co-chair co-chairs cochair co-chairman senate’s lawmakers democrats republicans"
    )
)

_SENATE = frozenset(("senator", "senators", "sen", "sens"))

_HOUSE = frozenset(
    str.split(
        "representative representatives rep reps congressman congresswoman congressmen congresswomen "
        "congressmember congressmembers congressperson delegate delegates"
    )
)

_BARE = frozenset(("chairs", "member", "members", "leaders", "lawmakers", "democrats", "republicans", "senate’s"))
"""Titles that do not make the next word a name: "Members of", "Republicans Demand"."""

NO_NAME = frozenset(
    str.split(
        "act committee subcommittee department administration agency bureau caucus office commission council "
        "university college center institute association coalition delegation house senate congress federal "
        "united states national american americans u.s us washington dc d.c today yesterday monday tuesday "
        "wednesday thursday friday saturday sunday january february march june july august september "
        "october november december state government foundation service services company inc corp corporation "
        "llc court board union full read letter the these this those in on at as for a an he she they we i if "
        "joining other additional original following click here photo video pdf secretary director "
        "administrator president governor general attorney ranking vice text copy bipartisan bicameral "
        "republican democratic gop ceo chief officer mayor county city news latest related contact "
        "issues share continues back press veteran navy army marine"
    )
)


@dataclass(frozen=True)
class Person:
    """Somebody whom a text names. `member_id` None: nobody who is in the table. `titled`: as one of Congress."""

    name: str
    member_id: str | None
    start: int
    end: int
    titled: bool


def masked(text: str) -> str:
    """Return text of the same length in which what stands in brackets and in quotation marks is blank."""
    return _QUOTED.sub(_quotes_only, _BRACKETS.sub(lambda found: " " * len(found[0]), text))


def _quotes_only(found: re.Match[str]) -> str:
    last = "\n" if found[0][-1] == "\n" else "”"
    return "“" + " " * (len(found[0]) - 2) + last


def people(text: Text, span: tuple[int, int], names: Names) -> list[Person]:
    """Return who is named in a span, as members of Congress are: by a full name of the table, or by a title or a seat.

    Somebody else's name is found where "Rep." stands before it or "(R-CO)" behind it.
    """
    start, end = span
    piece = text.text[start:end]
    seats = {found.start(): found[0].strip("()[], ") for found in _BRACKETS.finditer(piece)}
    shown, found, before, title = masked(piece), [], 0, ""
    heading = is_heading(piece)
    for run in RUN.finditer(shown):
        if not _JOINS.match(shown, before, run.start()):
            title = ""
        before = run.end()
        own, words, at = _untitled(run)
        title = own or title
        if not words:
            continue
        seat = _seat(seats, piece, run.end())
        one = _person(text, words, (start + at, start + run.end()), title, seat, names)
        if one and one.member_id is None and heading and not seat:
            continue  # "Senator Keeps Pushing Back": in a heading every word has a capital
        if one:
            found.append(one)
        elif not seat:
            title = own
    return found


def _untitled(run: re.Match[str]) -> tuple[str, list[str], int]:
    """Return the last title in a run of capital words, the words behind it, and where they begin."""
    words: list[str] = []
    title, at = "", run.start()
    for word in re.finditer(r"\S+", run[0]):
        bare = word[0].strip(".,:’'").lower()
        if bare in TITLES:
            title, words = bare, []
        elif bare in ("m.d", "md", "ph.d", "rev", "reverend", "dr"):
            continue
        else:
            at = run.start() + word.start() if not words else at
            words.append(word[0])
    return title, words, at


def _person(
    text: Text, words: Sequence[str], span: tuple[int, int], title: str, seat: Hint | None, names: Names
) -> Person | None:
    written = re.sub(r"[’']s?\Z|[.,;:]+\Z", "", " ".join(words)) if words[-1] not in ("Jr.", "Sr.") else " ".join(words)
    plain = [word.strip(".,’'").lower() for word in words if not re.fullmatch(r"[A-Z]\.", word)]
    if (
        not plain
        or len(words) > (8 if seat else 5)
        or (len(plain[0]) < 2 and len(words) == 1)
        or plain[0] in ("jr", "sr", "ii", "iii", "iv")
        or not NO_NAME.isdisjoint(plain)
        or any(c.isdigit() for c in written)
        or re.match(r"[DRI]-[A-Z]", written)
    ):
        return None
    chamber = "senate" if title in _SENATE else "house" if title in _HOUSE else ""
    hint = Hint(party=seat.party, state=seat.state, chamber=chamber) if seat else Hint(chamber=chamber)
    member = names.find(written, hint) or (names.find(written, Hint(state=hint.state)) if len(words) > 1 else None)
    titled = bool(seat) or bool(title and title not in _BARE)
    if len(words) == 1:
        if not titled or len(written) < 3:
            return None
        fuller = _fuller(text, written)
        member = member or (names.find(fuller, hint) if fuller else None)
        written = fuller if fuller and (member is None or names.find(fuller) == member) else written
    elif member is None and not titled:
        return None
    elif member is None and seat and len(words) > 3:
        # "Task Force Daniel Kildee (D-MI)": what stands before a name in capitals may be a body's.
        written = " ".join(words[-2:])
        member = names.find(written, hint)
    return Person(written, member.id if member else None, span[0], span[1], titled)


def _fuller(text: Text, last: str) -> str | None:
    """Return the name that goes with a last name, where the text has it elsewhere: "Senator Ron Wyden" for Wyden."""
    return _full_names(text).get(last)


@lru_cache(maxsize=8)
def _full_names(text: Text) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in _FULL.finditer(text.text, text.start, text.end):
        words = one[1].split()
        if {word.strip(".").lower() for word in words}.isdisjoint(TITLES | NO_NAME):
            found.setdefault(words[-1].rstrip("’'."), one[1])
    return found


def _seat(seats: dict[int, str], piece: str, end: int) -> Hint | None:
    """Return what the brackets right behind a name say: party, state."""
    for gap in (0, 1, 2):
        if end + gap in seats and not piece[end : end + gap].strip(" ,"):
            read = _SEAT.match(seats[end + gap])
            state = read and _STATES.get(re.sub(r"[.’' ]", "", read["state"]).lower())
            if read and state:
                return Hint(party=read["party"] or "", state=state)
    return None


def signer(text: Text, person: Person, names: Names) -> Signer:
    """Return a person as one who signs; a member by the name that the table has."""
    member = names.by_id.get(person.member_id or "")
    return Signer(
        name=member.name if member else person.name.strip(),
        member_id=person.member_id,
        passage=text.passage(person.start, person.end),
    )
