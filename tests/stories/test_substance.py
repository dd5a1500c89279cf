"""What an office puts around all its texts is no news."""

import pytest

from bot.stories.substance import substance

NEWS = "Senator Brandt wrote to the TSA about the scanners."


@pytest.mark.parametrize(
    "around",
    [
        "FOR IMMEDIATE RELEASE",
        "Contact: Ann Muster, (202) 555-0100",
        "###",
        "-30-",
        "The full text of the letter can be found here.",
        "Click here to read the letter",
        "To read the bill, click HERE",
        "Sincerely,",
        "Subscribe to our newsletter",
        "The letter was signed by Senators A. One (D-Ill.), B. Two (R-Ohio), C. Three (D-Md.), D. Four (I-Vt.) and E. "
        "Five (D-Wash.).",
        "Joining were Representatives One (CA-15), Two (TX-23), Three (NY-04) and Four (IL-02).",
    ],
)
def test_what_stands_around_the_news_is_left_out(around: str) -> None:
    assert substance(f"{around}\n\n{NEWS}\n\n{around}") == NEWS


def test_members_named_in_the_news_itself_stay() -> None:
    told = (
        "Senators One (D-Ill.) and Two (R-Ohio) introduced a bill with Three (D-Md.) and Four (I-Vt.) that " + "w " * 60
    )
    assert substance(f"{told}\n\n{NEWS}").startswith("Senators One")


def test_a_text_of_nothing_else_is_kept_whole() -> None:
    assert substance("###\n\nFOR IMMEDIATE RELEASE") == "###\n\nFOR IMMEDIATE RELEASE"
    assert substance("") == ""
