"""What a site puts over everything it publishes is not taken for news. All texts are samples."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.matching import Matcher, under_banners, without_banner
from bot.matching.banners import LEAST, SHARED, banner_ends, site
from bot.records import Item
from tests.newsroom import START
from tests.written import item

BANNER = (
    "Sample: know your rights. If immigration agents knock at your door you need not open it without a warrant signed "
    "by a judge. You may remain silent about where you were born. Call the sample office for help with a detained "
    "relative; interpreters are there on weekdays from nine to five, and the call is free."
)
NEWS = "The sample member thanked the county's farmers for their patience and spoke about the price of seed."


def published(n: int, title: str, text: str, day: float) -> Item:
    """Return what the sample member's site published on a day."""
    one = item(f"r{n}", title=title, text=text)
    return replace(one, address=f"https://member.example.gov/{n}", published=START + timedelta(days=day))


OTHERS = [
    published(n, f"Sample release {n}", f"{BANNER}\n\nSample news number {n}.", day=4.0 * n) for n in range(SHARED)
]
LETTER = published(9, "Sample letter", f"{BANNER}\n\n{NEWS}", day=9)


def test_what_stands_over_unlike_releases_ends_where_the_news_begins() -> None:
    assert LETTER.text[banner_ends(LETTER, OTHERS) :] == NEWS


def test_a_release_that_is_nothing_but_its_banner_has_no_text() -> None:
    assert banner_ends(replace(LETTER, text=BANNER), OTHERS) == len(BANNER)


@pytest.mark.parametrize(
    "others",
    [
        OTHERS[:-1],
        [replace(other, title=LETTER.title) for other in OTHERS],
        [replace(other, address=LETTER.address) for other in OTHERS],
        [replace(other, text="Other words. " + other.text) for other in OTHERS],
        [],
    ],
    ids=["too few", "the same release again", "earlier versions of itself", "not at the top", "none"],
)
def test_what_is_no_banner_stays(others: list[Item]) -> None:
    assert banner_ends(LETTER, others) == 0


def test_updates_of_one_event_share_a_lead_and_no_banner() -> None:
    lead = "Immigration agents arrested forty people at the sample plant on Monday, and held them in buses. " * 4
    updates = [published(n, f"Sample raid, update {n}", f"{lead}\n\nUpdate {n}.", day=n / 2) for n in range(6)]
    assert [one.begins for one in under_banners(updates, {})] == [0] * 6


def test_a_line_that_says_what_follows_is_no_banner() -> None:
    line = "WASHINGTON. The sample leader spoke on the Senate floor about the southern border."
    assert len(line.split()) < LEAST
    others = [published(n, f"Sample {n}", f"{line} Sample {n}. {NEWS}", day=3 * n) for n in range(8)]
    assert banner_ends(published(99, "Sample", f"{line} {NEWS} {NEWS}", day=30), others) == 0


def test_a_site_with_four_hundred_releases_alike_is_learnt_in_one_go() -> None:
    many = [published(n, f"Sample {n}", f"{BANNER} {'A sample sentence. ' * 150}{n}", day=n) for n in range(400)]
    assert all(one.begins > len(BANNER) for one in under_banners(many, {}))


@pytest.mark.parametrize("text", ["", " ", "a", "word" * 5_000, "\n\n\n", "\ud800 lone"])
def test_strange_texts_have_no_banner(text: str) -> None:
    assert banner_ends(replace(LETTER, text=text), OTHERS) == 0


def test_releases_of_one_poll_show_each_other_their_banner_and_those_of_other_sites_do_not() -> None:
    there = replace(LETTER, id="there", address="https://other.example.gov/1")
    *seen, letter, elsewhere = under_banners([*OTHERS, LETTER, there], {})
    assert {one.text[one.begins :][:11] for one in seen} == {"Sample news"}
    assert without_banner(letter).text == NEWS
    assert elsewhere.begins == 0


def test_what_was_published_before_counts_too() -> None:
    [seen] = under_banners([LETTER], {site(LETTER): OTHERS})
    assert without_banner(seen).text == NEWS


def test_a_banner_is_no_evidence_and_passages_keep_their_place_in_the_whole_text(matcher: Matcher) -> None:
    text = f"{BANNER}\n\n{NEWS}"
    plain = item("plain", title="Sample statement on the county fair", text=text)
    seen = replace(plain, id="seen", begins=text.index(NEWS))
    judged = matcher.match([plain, seen], closely=True)
    before, after = (
        next(m for m in judged[i][0] if m.topic_id == "immigration-enforcement") for i in ("plain", "seen")
    )
    assert after.probability < before.probability / 3
    assert text[after.passage.start : after.passage.end] == after.passage.text
    assert after.passage.start >= text.index(NEWS)
