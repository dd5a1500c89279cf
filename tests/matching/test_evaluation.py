"""Figures of right and wrong, against small cases worked out by hand."""

import numpy as np
import pytest

from bot.matching import Labelled, folds, phrase_rule, scores
from bot.matching.heads import best_threshold
from tests.written import FACES


def scored(labels: str, said: str, ranking: list[float]) -> tuple[float | None, ...]:
    truth = np.array([c == "+" for c in labels], dtype=bool)
    found = scores(truth, np.array([c == "!" for c in said], dtype=bool), np.array(ranking))
    return found.precision, found.recall, found.f1, found.ap


def test_figures_of_a_small_case() -> None:
    # Flagged + + -, missed one +. By rank: + (1/1), + (2/2), - , + (3/4): AP = (1 + 1 + .75) / 3.
    assert scored("++-+-", "!!!..", [0.9, 0.8, 0.7, 0.4, 0.1]) == (0.6667, 0.6667, 0.6667, 0.9167)


def test_items_that_tie_count_together() -> None:
    # One + and one - share the first rank: precision .5 there, then + at rank 3: AP = (.5 + 2/3) / 2.
    assert scored("+-+", "!!.", [0.9, 0.9, 0.5])[3] == 0.5833
    assert scored("-++", "!!.", [0.9, 0.9, 0.5])[3] == 0.5833
    assert scored("+--+", "....", [0.5] * 4)[3] == 0.5


def test_perfect_and_useless_rankings() -> None:
    assert scored("++--", "!!..", [4, 3, 2, 1]) == (1, 1, 1, 1)
    assert scored("--++", "!!..", [4, 3, 2, 1]) == (0, 0, 0, 0.4167)


def test_where_there_is_nothing_to_measure_there_is_no_figure() -> None:
    assert scored("---", "...", [0.3, 0.2, 0.1]) == (None, None, None, None)
    assert scored("---", "!..", [0.3, 0.2, 0.1]) == (0, None, 0, None)
    assert scored("+--", "...", [0.3, 0.2, 0.1]) == (None, 0, 0, 1)
    assert scored("", "", []) == (None, None, None, None)


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_agrees_with_scikit_learn(seed: int) -> None:
    from sklearn.metrics import average_precision_score

    chance = np.random.default_rng(seed)
    labels, ranking = chance.random(40) < 0.3, chance.integers(0, 8, 40).astype(float)
    assert scores(labels, ranking > 4, ranking).ap == pytest.approx(average_precision_score(labels, ranking), abs=1e-4)


def test_the_phrase_rule_counts_distinct_phrases() -> None:
    items = [
        Labelled(title=t, text=x, labels={}) for t, x in (("Face scans", "face scanner"), ("No", "more"), ("", ""))
    ]
    assert list(phrase_rule(FACES, items)) == [1, 0, 0]


def test_items_of_one_source_are_never_on_both_sides() -> None:
    items = [Labelled(title=f"{n}", text="", labels={}, source=f"office {n % 40}") for n in range(400)]
    fold = folds(items)
    assert all(len({int(fold[n]) for n in range(400) if n % 40 == office}) == 1 for office in range(40))
    assert set(fold.tolist()) == {0, 1, 2, 3, 4}


def test_items_without_a_source_are_spread_by_title_and_stay_where_they_are() -> None:
    items = [Labelled(title=f"Title {n}", text="", labels={}) for n in range(50)]
    assert len(set(folds(items).tolist())) == 5
    assert list(folds(items)) == list(folds(items[:]))


def test_the_threshold_is_on_the_strict_side_of_those_that_do_best() -> None:
    assert best_threshold(np.array([0.1, 0.3, 0.7, 0.9]), np.array([False, False, True, True])) == pytest.approx(
        0.6, abs=0.02
    )
