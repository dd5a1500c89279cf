"""What an item tells: names, figures and words, whoever wrote it and however."""

from hypothesis import given
from hypothesis import strategies as st

from bot.stories import telling
from bot.stories.tellings import weight
from tests.stories.samples import letter, raid
from tests.written import item


def test_figures_are_the_same_in_digits_and_in_words() -> None:
    told = telling(
        item("a", title="Seventeen roofers", text="Forty-three were taken, of 1,260 workers, for $9.6 million.")
    )
    assert told.figures == {"17", "43", "1260"}


def test_years_and_small_numbers_are_no_figures() -> None:
    assert telling(item("a", title="Two raids in 2026", text="On March 10 it began.")).figures == frozenset()


def test_an_author_s_own_name_tells_nothing() -> None:
    told = telling(letter("a"))
    assert "okonjo" in told.names
    assert not {"brandt", "ottilie"} & (told.names.keys() | told.words.keys())


def test_names_are_capitalised_words_that_few_releases_have() -> None:
    names = telling(raid("a")).names
    assert {"harlan", "fremont", "vance"} <= names.keys()
    assert not {"the", "operation", "people"} & names.keys()


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert weight("fremont") > weight("border") > weight("the") >= 0


@given(st.text(), st.text(), st.text())
def test_no_text_makes_it_fail(title: str, text: str, source: str) -> None:
    told = telling(item("a", title=title, text=text, source=source))
    assert told.sketch >= told.marks
