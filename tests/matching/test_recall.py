"""Estimated recall, against numbers reckoned by hand."""

import numpy as np
import pytest

from bot.matching import estimated_recall


def test_recall_is_what_is_found_of_what_there_is() -> None:
    # 90 right of 100 flagged; 2 of 200 missed among 1,000 unflagged is 10: 90 of 100.
    told = estimated_recall(flagged=100, labelled=10, right=9, unflagged=1_000, judged=200, missed=2)
    assert told.recall == pytest.approx(0.9)


def test_no_miss_in_a_sample_still_leaves_some_that_may_be_missed() -> None:
    # Clopper-Pearson for 0 of 100: from 0 to 1 - .025 ** (1 / 100) = .036217; 50 / (50 + 36.217) = .57994.
    told = estimated_recall(flagged=50, labelled=0, right=0, unflagged=1_000, judged=100, missed=0)
    assert (told.recall, told.high) == (1.0, 1.0)
    assert told.low == pytest.approx(0.57994, abs=1e-5)


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    # 1 of 10: .0025286 to .4450161, as tables give it; found 100, unflagged 1,000.
    told = estimated_recall(flagged=100, labelled=0, right=0, unflagged=1_000, judged=10, missed=1)
    assert told.recall == pytest.approx(0.5)
    assert told.low == pytest.approx(100 / (100 + 445.0161), abs=1e-6)
    assert told.high == pytest.approx(100 / (100 + 2.5286), abs=1e-6)


def test_nothing_judged_says_nothing() -> None:
    told = estimated_recall(flagged=10, labelled=0, right=0, unflagged=1_000, judged=0, missed=0)
    assert (told.recall, told.high) == (None, 1.0)
    assert told.low == pytest.approx(10 / 1_010)


def test_all_missed_and_nothing_flagged_is_no_recall() -> None:
    assert estimated_recall(flagged=0, labelled=0, right=0, unflagged=5, judged=5, missed=5).recall == 0
    assert estimated_recall(flagged=0, labelled=0, right=0, unflagged=0, judged=0, missed=0).low is None


def test_a_precision_from_few_labels_widens_the_interval() -> None:
    # With .0125 at each end: 10 of 10 is from .0125 ** .1 = .645195, 0 of 100 to 1 - .0125 ** .01 = .042874.
    told = estimated_recall(flagged=50, labelled=10, right=10, unflagged=1_000, judged=100, missed=0)
    found = 50 * 0.645195
    assert told.low == pytest.approx(found / (found + 42.874), abs=1e-5)
    assert (told.recall, told.high) == (1.0, 1.0)
    # 0 of 10 is to 1 - .645195: nothing found is sure, and of what 100 hold in all 35.4805 at most.
    none = estimated_recall(flagged=100, labelled=10, right=0, unflagged=100, judged=10, missed=10)
    assert (none.recall, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(35.4805 / (35.4805 + 64.5195), abs=1e-5)


@pytest.mark.parametrize(("precision", "rate", "labelled"), [(0.8, 0.02, 15), (0.95, 0.005, 5), (0.5, 0.1, 2)])
def test_the_true_recall_is_inside_in_95_of_100_samples(precision: float, rate: float, labelled: int) -> None:
    chance = np.random.default_rng(7)
    true = 200 * precision / (200 * precision + 5_000 * rate)
    samples = zip(chance.binomial(labelled, precision, 1_000), chance.binomial(100, rate, 1_000), strict=True)
    inside = 0
    for right, missed in samples:
        told = estimated_recall(
            flagged=200, labelled=labelled, right=int(right), unflagged=5_000, judged=100, missed=int(missed)
        )
        assert told.low is not None
        assert told.high is not None
        inside += told.low <= true <= told.high
    assert inside >= 950
