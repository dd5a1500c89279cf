"""Sample statements, letters and reports about things that never happened."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from bot.records import Item
from tests.written import NOON, item

RAID = (
    "OMAHA, Neb. — Officers of Immigration and Customs Enforcement arrested 43 people on Tuesday during a worksite "
    "operation at the Harlan Creek Foods plant in Fremont, Nebraska. The operation followed a fourteen-month "
    "investigation into the use of stolen Social Security numbers, and agents reviewed the records of 260 workers. "
    "“Employers who build their business on stolen identities will be held to account,” said Dorothea Vance. Twelve of "
    "those arrested face charges of aggravated identity theft. The others were placed in removal proceedings."
)
OTHER_RAID = (
    "TULSA, Okla. — Officers of Immigration and Customs Enforcement arrested 17 people on Tuesday during a worksite "
    "operation at Redbud Roofing in Tulsa, Oklahoma. The operation followed a tip about workers paid in cash, and "
    "agents reviewed the records of 60 workers. “Employers who cheat on wages and "
    "papers will be held to account,” said "
    "Lionel Marsh. Three of those arrested have earlier convictions. All were placed in removal proceedings."
)
LETTER = (
    "Senators Ottilie Brandt and Samuel Okonjo today wrote to the Administrator of the Transportation Security "
    "Administration about a $212 million contract for ClearGate face recognition lanes at 84 airports. “Travelers are "
    "being enrolled in a biometric database by a sign they cannot read from the line they stand in,” the senators "
    "wrote. “TSA has not told Congress how often the system is wrong, for whom it "
    "is wrong, and how long the images are "
    "kept.” The letter asks for the error rates by age, sex and skin tone, for the retention schedule, and for the "
    "number of passengers who asked to be checked by hand. The senators want answers by February 24."
)
FOLLOW_UP = (
    "Senator Ottilie Brandt today asked the Government Accountability Office to review how the Transportation Security "
    "Administration buys and tests its scanners, after the agency let a deadline pass without an answer. In the first "
    "letter the senators had written: “TSA has not told Congress how often the system is wrong, for whom it is wrong, "
    "and how long the images are kept.” Silence is an answer of a kind, Brandt said; if the agency will not count its "
    "errors, the watchdog will. She asks Comptroller General Dodd for a first report by the end of July, on testing, "
    "procurement and complaints, and announced that she will hold the nomination of Deputy Administrator Crane."
)

REPORT = (
    "Travellers should not have to show their faces to a machine, two senators told the Transportation Security "
    "Administration. In a letter, they asked how often the lanes are wrong, for whom, and gave the agency until "
    "February 24. The contract with ClearGate covers 84 airports."
)
"""On LETTER, in other words."""

LETTERS = str.maketrans("0123456789", "ghijklmnop")


def raid(name: str, **said: Any) -> Item:
    made: dict[str, Any] = {
        "source": "Sample ICE",
        "category": "dhs",
        "title": "ICE arrests 43 in worksite operation at Harlan Creek meatpacking plant",
        "text": RAID,
    }
    return item(name, **(made | said))


def other_raid(name: str, **said: Any) -> Item:
    title = "ICE arrests 17 in worksite operation at Tulsa roofing company"
    return raid(name, **({"title": title, "text": OTHER_RAID} | said))


def letter(name: str, source: str = "Sen. Ottilie Brandt", **said: Any) -> Item:
    made: dict[str, Any] = {
        "source": source,
        "category": "congress",
        "title": "Brandt, Okonjo Demand Answers on TSA Contract for ClearGate Face Scanners",
        "text": LETTER,
    }
    return item(name, **(made | said))


def follow_up(name: str, **said: Any) -> Item:
    title = "Brandt: TSA Missed Deadline on Face Scanners, GAO Should Investigate"
    return letter(name, **({"title": title, "text": FOLLOW_UP} | said))


def prose(name: str, number: int) -> str:
    """Return so many made-up words, each of letters only, that no other name has."""
    digests = (hashlib.sha256(f"{name} {n}".encode()).hexdigest()[:9] for n in range(number))
    return " ".join(digest.translate(LETTERS) for digest in digests)


def days(number: float) -> datetime:
    """Return a time so many days after the sample's noon."""
    return NOON + timedelta(days=number)
