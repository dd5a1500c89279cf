"""Two lists become one, and a query is read for its meaning."""

import pytest

from bot.finding import K, fused, meant


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
