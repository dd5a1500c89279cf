"""Estimated recall, against numbers reckoned by hand."""

import pytest

from bot.matching import estimated_recall


def test_recall_is_what_is_found_of_what_there_is() -> None:
    # 90 right of 100 flagged; 2 of 200 missed among 1,000 unflagged is 10: 90 of 100.
    told = estimated_recall(flagged=100, precision=0.9, unflagged=1_000, judged=200, missed=2)
    assert told.recall == pytest.approx(0.9)


def test_no_miss_in_a_sample_still_leaves_some_that_may_be_missed() -> None:
    # Clopper-Pearson for 0 of 100: from 0 to 1 - .025 ** (1 / 100) = .036217; 50 / (50 + 36.217) = .57994.
    told = estimated_recall(flagged=50, precision=1.0, unflagged=1_000, judged=100, missed=0)
    assert (told.recall, told.high) == (1.0, 1.0)
    assert told.low == pytest.approx(0.57994, abs=1e-5)


def test_the_interval_is_that_of_clopper_and_pearson() -> None:
    # 1 of 10: .0025286 to .4450161, as tables give it; found 100, unflagged 1,000.
    told = estimated_recall(flagged=100, precision=1.0, unflagged=1_000, judged=10, missed=1)
    assert told.recall == pytest.approx(0.5)
    assert told.low == pytest.approx(100 / (100 + 445.0161), abs=1e-6)
    assert told.high == pytest.approx(100 / (100 + 2.5286), abs=1e-6)


def test_nothing_judged_says_nothing() -> None:
    told = estimated_recall(flagged=10, precision=1.0, unflagged=1_000, judged=0, missed=0)
    assert (told.recall, told.high) == (None, 1.0)
    assert told.low == pytest.approx(10 / 1_010)


def test_all_missed_and_nothing_flagged_is_no_recall() -> None:
    assert estimated_recall(flagged=0, precision=1.0, unflagged=5, judged=5, missed=5).recall == 0
    assert estimated_recall(flagged=0, precision=1.0, unflagged=0, judged=0, missed=0).low is None
