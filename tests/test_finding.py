"""Two lists become one, and a query is read for its meaning."""

import pytest

from bot.finding import AROUND, K, around, fused, meant


def test_what_stands_in_both_lists_comes_before_what_leads_one() -> None:
    assert fused([1, 2, 3], [4, 2, 5]) == [2, 1, 4, 3, 5]


def test_places_weigh_as_in_the_paper() -> None:
    assert K == 60
    # 1/61 against 1/62 + 1/163: a place far down the second list still lifts.
    assert fused([1, 2], [*range(100, 202), 2])[:1] == [2]
    assert fused([1], [2])[0] == 1


@pytest.mark.parametrize("lists", [(), ([],), ([], [])])
def test_nothing_and_nothing_is_nothing(lists: tuple[list[int], ...]) -> None:
    assert fused(*lists) == []


@pytest.mark.parametrize(
    ("query", "words"), [('"face  scans" at gates', "face scans at gates"), ("?!", ""), ('""', ""), ("\t", "")]
)
def test_the_meaning_of_a_query_is_in_its_words(query: str, words: str) -> None:
    assert meant(query) == words


def test_around_shows_where_a_long_text_first_holds_a_word_in_any_form() -> None:
    text = f"{'Some words before it. ' * 50}Agents detained a family. {'And some after it. ' * 50}"
    shown = around('"detains" people', text)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "Agents detained a family." in shown
    assert len(shown) <= AROUND + 4
    assert around("nothing", "A short text.") == "A short text."
    assert around("", "") == ""
    assert around("*(", "Text") == "Text"
