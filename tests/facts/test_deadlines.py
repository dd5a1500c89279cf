"""By when a letter asks for an answer: a date that is written out beside the asking, and no other."""

from datetime import UTC, date, datetime

import pytest

from bot.facts import deadline
from tests.written import item

RELEASED = datetime(2026, 4, 10, 16, tzinfo=UTC)


def day(text: str) -> date | None:
    found = deadline(item("a", text=text, published=RELEASED))
    if found is None:
        return None
    passage = found.passage
    assert text[passage.start : passage.end] == passage.text
    return found.day


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The senators requested answers by April 24, 2026.", date(2026, 4, 24)),
        ("They ask for a response no later than May 1st.", date(2026, 5, 1)),
        ("Please respond by close of business on Friday, May 8, 2026.", date(2026, 5, 8)),
        ("We request a briefing not later than 5:00 p.m. ET on Apr. 30, 2026.", date(2026, 4, 30)),
        ("Provide all documents by 05/15/2026.", date(2026, 5, 15)),
        ("They want written answers by January 5.", date(2027, 1, 5)),
        ("One.\n\nThey ask for a reply before June 2, 2026, and more.", date(2026, 6, 2)),
        ("They asked for answers by the end of May.", date(2026, 5, 31)),
        ("Today, she sent a letter to the Agency. She asked for answers within two weeks.", date(2026, 4, 24)),
        ("Today, she sent a letter to the Agency. We request a briefing within 10 business days.", date(2026, 4, 24)),
        (
            "Today, she sent a letter to the Agency. Please reply no later than 30 days after receipt.",
            date(2026, 5, 10),
        ),
        ("Today, she sent a letter to the Agency. Please reply by the end of the month.", date(2026, 4, 30)),
        ("On Monday, she sent a letter to the Agency. Please respond within 72 hours.", date(2026, 4, 9)),
        ("Dear Director Oak:\n\nWe are concerned. Please respond within 14 days.", date(2026, 4, 24)),
        ("She was elected by 2020. Answers are due by April 30, 2026.", date(2026, 4, 30)),
    ],
)
def test_a_day_beside_the_asking_is_found(text: str, asked: date) -> None:
    assert day(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The bill was passed by April 24, 2026.",
        "They asked for answers.",
        "They asked for answers by April 1, 2026.",
        "They had asked for answers by April 1, and heard nothing.",
        "They asked for documents of a program that began before May 3, 1999.",
        "They asked for answers by May 1, 2028.",
        "They asked for answers by February 31, 2027.",
        "They asked for answers within two weeks.",
        "She recently sent a letter to the Agency. Please respond within 14 days.",
        "The statute requires the Agency to respond within 30 days.",
        "The Agency failed to respond by May 1, 2026.",
        "You promised answers by May 1, 2026.",
        "They had requested a briefing by May 1, 2026.",
        "The law takes effect before the end of the year, and they provide for it.",
        "The letter answers a request of April 24, 2026.",
        "They asked. The rule takes effect by May 1, 2026.",
        "Respond by May 2026.",
    ],
)
def test_other_days_are_not(text: str) -> None:
    assert day(text) is None


def test_an_impossible_year_is_corrected_where_one_reading_is_left_and_marked() -> None:
    text = "Please answer no later than Monday, April 20, 2025."
    found = deadline(item("a", text=text, published=RELEASED))
    assert found is not None
    assert (found.day, found.mark) == (date(2026, 4, 20), "year corrected")
    assert day("Please answer no later than Tuesday, April 21, 2025.") == date(2026, 4, 21)
    assert day("Please answer no later than Sunday, April 20, 2025.") is None  # it was one, so the year is meant


def test_a_weekday_that_is_another_day_s_is_told_beside_the_day() -> None:
    found = deadline(item("a", text="Please answer by Monday, April 24, 2026.", published=RELEASED))
    assert found is not None
    assert (found.day, found.mark) == (date(2026, 4, 24), "weekday differs")
