"""Phrases are found as feeds.yaml says at its top."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matching import Phrases


def found(text: str, *phrases: str) -> list[str]:
    """Return what was found of the text, verbatim."""
    return [text[start:end] for _, start, end in Phrases(phrases).found(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "hits"),
    [
        # in any case
        ("Mobile Fortify", "MOBILE FORTIFY, mobile fortify", ["MOBILE FORTIFY", "mobile fortify"]),
        ("facial recognition", "Facial Recognition", ["Facial Recognition"]),
        # capitals with their case
        ("ICE", "ICE agents on thin ice in a nice office", ["ICE"]),
        ("CBP One", "the cbp one app", ["cbp one"]),
        # on word boundaries
        ("ICE", "POLICE and ICEBREAKER, but ICE's and (ICE).", ["ICE", "ICE"]),
        ("deport", "deported", []),
        # * continues the word
        ("deport*", "deported, deportation; Deport", ["deported", "deportation", "Deport"]),
        ("deport*", "self-deport", ["deport"]),
        ("sanctuary cit*", "sanctuary cities and sanctuary, cited", ["sanctuary cities"]),
        # a space is any white space or a hyphen
        (
            "face scan*",
            "face-scanning, face\n scans, face  scan, facescan",
            ["face-scanning", "face\n scans", "face  scan"],
        ),
        ("third country removal*", "third-country removals", ["third-country removals"]),
        ("iris-scan", "iris scan", ["iris scan"]),
        # signs
        ("287(g)", "a 287(g) agreement, 287(g).", ["287(g)", "287(g)"]),
        ("287(g)", "1287(g)", []),
        ("ID.me", "ID.me or IDxme", ["ID.me"]),
        ("TSA's facial recognition", "TSA's facial recognition", ["TSA's facial recognition"]),
        # other scripts
        ("reconocimiento facial", "el RECONOCIMIENTO facial", ["RECONOCIMIENTO facial"]),
    ],
)
def test_phrases_are_found_by_their_rules(phrase: str, text: str, hits: list[str]) -> None:
    assert found(text, phrase) == hits


def test_ice_in_a_headline_all_in_capitals_may_be_ice() -> None:
    assert found("WINTER STORM BRINGS ICE AND SNOW TO CAPITAL", "ICE") == []
    assert found("WINTER STORM BRINGS DEPORTATIONS TO CAPITAL", "deport*") == ["DEPORTATIONS"]
    assert found("SENATOR SAMPLE: ICE must answer for it", "ICE") == ["ICE"]


def test_of_two_phrases_that_overlap_one_counts() -> None:
    assert found("immigration enforcement", "immigration", "immigration enforcement") == ["immigration enforcement"]
    assert found("southern border wall", "border wall", "southern border") == ["southern border"]


def test_each_phrase_is_named_once_in_order_of_occurrence() -> None:
    text = "Border Patrol and ICE and Border Patrol"
    assert Phrases(("ICE", "Border Patrol", "CBP")).distinct(text) == ("Border Patrol", "ICE")


@given(st.text(max_size=80))
def test_phrases_found_are_verbatim_and_apart(text: str) -> None:
    hits = list(Phrases(("a*", "A", "b c", "1", "(")).found(text))
    assert all(start < end for _, start, end in hits)
    assert all(one[2] <= other[1] for one, other in pairwise(hits))
