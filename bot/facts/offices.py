"""The agencies that letters go to, by the names and letters that a text has for them."""

import csv
import re
from functools import cache
from pathlib import Path

_PLACES = (
    ("inspectors-general", re.compile(r"\binspectors? general\b", re.IGNORECASE)),
    (
        "governors",
        re.compile(
            r"\b(?:lieutenant )?governors?\b(?! of the (?:federal reserve|u\.?s\.? postal|postal))", re.IGNORECASE
        ),
    ),
    ("sheriffs", re.compile(r"\bsheriffs?\b", re.IGNORECASE)),
    ("mayors", re.compile(r"\b(?:mayors?|city council)\b", re.IGNORECASE)),
)
_CONGRESS = re.compile(
    r"\b(?:SVAC|HVAC|HSGAC|SFRC|HFAC|SASC|HASC|SSCI|HPSCI) (?:chair|ranking)|"
    r"\b(?:(?:chair\w*|ranking member|members?) .{0,80}\b(?:sub)?committee"
    r"|(?:sub)?committee .{0,60}\b(?:chair\w*|ranking member)|speaker\b.{0,20}\b(?:house|of the)?"
    r"|(?:majority|minority|republican|democratic) (?:leader|whip)|(?:house|senate) (?:majority"
    r"|minority|committee|appropriat\w+|armed|leader\w*|speaker|select|republican|democrat\w*)"
    r"|congressional leader\w*|appropriations (?:sub)?committee|(?:sub)?committee on"
    r"|congressional budget office|appropriators|(?:^|house |senate )committee\b)",
    re.IGNORECASE,
)
_OF_CONGRESS = re.compile(
    r"(?:the )?(?:(?:U\.?S\.?|vice|house|senate|congressional|majority|minority|republican"
    r"|democratic) )*(?:chair(?:man|woman|s|men)?|ranking members?|leaders?(?:hip)?|speaker|senators?"
    r"|sens?\.|representatives?|reps?\.|congress\w*|members?|whip|house|senate)",
    re.IGNORECASE,
)
_PRESIDENT = re.compile(
    r"(?:the |Mr\.? |Madam |U\.S\. )*(?:Vice )?President(?:-elect)?(?: of the United States)?"
    r"|(?:the )?\w+(?:-\w+)? Administration",
    re.IGNORECASE,
)
_PRESIDENTS = ("biden", "trump", "obama", "harris", "vance", "pence", "jr", "president")
"""Presidents and Vice Presidents since 2009; other presidents lead states, companies, universities."""

_HEADED = re.compile(
    r"\b(?:commission|board of governors|agency|department|administration|federal reserve|bureau"
    r"|service|corporation|authority)\b.{0,40}\bchair",
    re.IGNORECASE,
)
_STATE_ATTORNEY = re.compile(r"\b[A-Z][a-z]+ (?:State )?Attorney General\b")
_COMPANY = re.compile(
    r"\b(?:CEO|C\.E\.O\.|chief executive|chair(?:man|woman)? and CEO|co-founder|founder"
    r"|president and CEO|executive chair\w*)\b",
    re.IGNORECASE,
)
_CORPORATE = re.compile(
    r"\b(?:Inc|Corp|Corporation|LLC|Ltd|Company|Technologies|Holdings|Airlines|Bank|Group|Motors)\b\.?"
)
_HEADS = re.compile(
    r"\b(?:CEO|C\.E\.O\.|chief executive(?: officers?)?|co-?founders?|founder|president|chair(?:man"
    r"|woman|person)?|executive|officer|of|the|and|&|interim|acting|chief|co|global|vice|director"
    r"|general|manager)\b|[.,’']s?",
    re.IGNORECASE,
)


@cache
def _agencies() -> tuple[re.Pattern[str], dict[str, str], dict[str, str]]:
    slugs: dict[str, str] = {}
    full: dict[str, str] = {}
    aliases: list[str] = []
    with Path(__file__).with_name("agencies.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            full[row["slug"]] = row["name"]
            aliases += row["aliases"].split("|")
            slugs |= {alias.lower(): row["slug"] for alias in row["aliases"].split("|")}
    longest = sorted(aliases, key=len, reverse=True)
    written = "|".join(_written(alias) for alias in longest)
    return re.compile(rf"(?<![\w-])(?:{written})(?![\w-])"), slugs, full


def _written(alias: str) -> str:
    """Return an alias as a pattern: one word as it is written, "ICE" and not "ice"; several in any letters."""
    pattern = re.escape(alias).replace(r"\ ", "[ ]").replace("'", "['’]")
    return rf"(?i:{pattern})" if " " in alias else pattern


def mentions(text: str) -> list[tuple[int, int, str]]:
    """Return (start, end, slug) of each agency that a text names, the longest name where several fit."""
    pattern, slugs, _ = _agencies()
    return [(*one.span(), slugs[one[0].lower().replace("’", "'")]) for one in pattern.finditer(text)]


def name_of(slug: str) -> str:
    """Return an agency's name by its slug; of one that is in no table, the slug in words."""
    return _agencies()[2].get(slug, slug.replace("-", " ").capitalize())


def agency_of(office: str, name: str | None = None) -> str | None:
    """Return the slug of the agency that an office belongs to: a company has its own; None: unknown.

    The narrowest counts: "ICE Acting Director, Department of Homeland Security" is ICE's. An inspector general belongs
    to nobody.
    """
    for slug, pattern in _PLACES:
        if pattern.search(office):
            return slug
    if _CONGRESS.search(office) and not _HEADED.search(office):
        return "congress"
    if _STATE_ATTORNEY.search(office) and not re.search(
        r"\b(?:U\.?S\.?|United States|Deputy|Assistant|Associate|Acting) Attorney", office
    ):
        return "attorneys-general"
    found = mentions(office)
    if found:
        return _narrowest([slug for _, _, slug in found])
    if name and _HEAD.fullmatch(office.strip()) and (led := _heads().get(name.split()[-1].lower().replace("’", "'"))):
        return led
    if _OF_CONGRESS.fullmatch(office.strip()):
        return "congress"
    if _PRESIDENT.fullmatch(office.strip()) and (name is None or name.split()[-1].lower().strip(".,") in _PRESIDENTS):
        return "white-house"
    if _COMPANY.search(office) or _CORPORATE.search(office):
        return slug_of(" ".join(word for word in _HEADS.sub(" ", office).split() if not word.islower()))
    return None


_HEAD = re.compile(
    r"(?:the |Mr\.? |Madam |Acting |Interim |Deputy )*(?:Secretary|Administrator|Commissioner"
    r"|Director|Chair(?:man|woman|person)?)",
    re.IGNORECASE,
)


@cache
def _heads() -> dict[str, str]:
    """Return the agency of each who led one since 2020, by last name: for "Dear Secretary X" without another word.

    Only those whose last name and title nobody else had.
    """
    with Path(__file__).with_name("agencies.csv").open(encoding="utf-8", newline="") as file:
        return {head.lower(): row["slug"] for row in csv.DictReader(file) for head in row["heads"].split("|") if head}


_DEPARTMENTS = (
    "dhs",
    "doj",
    "state",
    "treasury",
    "dod",
    "hhs",
    "usda",
    "commerce",
    "interior",
    "energy",
    "dot",
    "labor",
    "white-house",
)


def _narrowest(slugs: list[str]) -> str:
    inner = [slug for slug in slugs if slug not in _DEPARTMENTS]
    return (inner or slugs)[0]


def slug_of(name: str) -> str | None:
    """Return a name as it can stand in an address, None: nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or None
