"""The piece of a passage that a digest shows: verbatim, and with the words that it was found by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render import words
from tests.written import item, match

FILLER = "The agency said on Tuesday that it had nothing to add to what it said on Monday."


def excerpt(text: str, *phrases: str) -> str:
    return words.excerpt(match(item("a", text=text), phrases=phrases))


def test_a_short_passage_is_shown_whole() -> None:
    assert excerpt("Agents scan faces.\n\nSenators object.", "scan faces") == "Agents scan faces. Senators object."


@pytest.mark.parametrize(
    ("phrase", "written"),
    [
        ("facial recog*", "facial recognition"),
        ("face scan*", "face-scanning"),
        ("Mobile Fortify", "Mobile Fortify"),
        ("ICE", "ICE"),
        ("287(g)", "287(g)"),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 3, 8])
@pytest.mark.parametrize("after", [0, 1, 8])
def test_a_long_passage_is_shown_where_its_phrase_stands(phrase: str, written: str, before: int, after: int) -> None:
    found = f"Police in the office of the justice department noticed the {written} twice."
    shown = excerpt(" ".join([*[FILLER] * before, found, *[FILLER] * after]), phrase)
    assert written in shown


def test_an_excerpt_begins_with_a_sentence_and_shows_as_much_as_there_is_room_for() -> None:
    shown = excerpt(f"{FILLER} {FILLER} {FILLER} {FILLER} It scans faces.", "scans faces")
    assert shown == f"… {FILLER} {FILLER} {FILLER} It scans faces."


def test_a_passage_without_sentences_is_cut_at_words() -> None:
    shown = excerpt(" ".join(["word"] * 200 + ["ICE"] + ["word"] * 200), "ICE")
    assert set(shown.split()) == {"…", "word", "ICE"}


@given(
    st.lists(
        st.sampled_from(["Agents", "scan", "faces.", "“No,”", "ICE", "U.S.", "移民局", "🧊", "x" * 90]), min_size=1
    ),
    st.lists(st.sampled_from(["ICE", "scan faces", "x*", "absent"]), max_size=2),
)
def test_an_excerpt_is_verbatim_and_short(said: list[str], phrases: list[str]) -> None:
    text = " ".join(said)
    shown = excerpt(text, *phrases)
    assert shown.removeprefix("… ").removesuffix(" …") in text
    assert len(shown) <= words.EXCERPT + 4
