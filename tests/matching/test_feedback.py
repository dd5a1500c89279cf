"""A shipped head moved by labels: little by few, far by many that agree, and never for the worse unnoticed."""

from dataclasses import replace

import numpy as np
import pytest

from bot.matching import Matcher, Scores, Trial, mark, try_out
from bot.matching.evaluation import Labelled
from bot.matching.feedback import moved
from bot.matching.heads import Features, Head

TOPIC = "immigration-enforcement"
TOWNS = [f"{name}{end}" for name in ("Alder", "Birch", "Cedar", "Elm", "Fir") for end in ("", "ton", "ville", " Falls")]


@pytest.fixture(scope="module")
def head(matcher: Matcher) -> Head:
    shipped, threshold = matcher.head(TOPIC)
    return replace(shipped, threshold=threshold)


@pytest.fixture(scope="module")
def features(matcher: Matcher) -> Features:
    """20 raids, then 20 speeches for a border wall, then 20 fairs."""
    written = (
        ("SAMPLE: ICE raids a plant in {}", "SAMPLE. Immigration and Customs Enforcement arrested workers in {}."),
        ("SAMPLE: {}'s member backs the border wall", "SAMPLE. The bill for {} pays for a wall and the Border Patrol."),
        ("SAMPLE: {} opens its county fair", "SAMPLE. Pies were eaten in {}."),
    )
    items = [Labelled(title=t.format(town), text=x.format(town), labels={}) for t, x in written for town in TOWNS]
    return matcher.features(TOPIC, matcher.evidence(items))


RAIDS, WALLS, FAIRS = np.arange(20), np.arange(20, 40), np.arange(40, 60)


def labelled(yes: int, no: int) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.concatenate([RAIDS[:yes], WALLS[:no]])
    return chosen, chosen < 20


def test_many_labels_that_agree_move_a_head_to_what_they_say(head: Head, features: Features) -> None:
    chosen, labels = labelled(16, 16)
    new = moved(head, features.take(chosen), labels)
    sure = new.probabilities(features)
    assert min(sure[RAIDS[16:]]) >= new.threshold > max(sure[WALLS[16:]])
    assert max(sure[FAIRS]) < new.threshold


def test_a_few_labels_move_a_head_less_than_many(head: Head, features: Features) -> None:
    def step(yes: int, no: int) -> float:
        chosen, labels = labelled(yes, no)
        new = moved(head, features.take(chosen), labels)
        return float(np.abs(new.probabilities(features) - head.probabilities(features)).mean())

    assert 0 <= step(2, 2) < step(5, 5) < step(16, 16)


def test_labels_of_one_kind_leave_the_head_as_it_is(head: Head, features: Features) -> None:
    for chosen in (RAIDS, np.array([], dtype=np.intp)):
        assert moved(head, features.take(chosen), np.ones(len(chosen), dtype=bool)) is head


def test_a_head_without_vectors_is_moved_too(head: Head, features: Features) -> None:
    measures = features.rows(vectors=False).shape[1]
    general = replace(head, name="general", weights=np.zeros(measures), bias=-1.0)
    chosen, labels = labelled(16, 16)
    new = moved(general, features.take(chosen), labels)
    assert new.weights.shape == (measures,)
    assert new.bias != general.bias


def test_a_trial_judges_each_item_by_a_head_that_did_not_see_it(head: Head, features: Features) -> None:
    chosen, labels = labelled(20, 20)
    lied = labels.copy()
    lied[[0, 20]] = lied[[20, 0]]
    sources = [f"Rep. {town}" for town in TOWNS * 2]
    nothing = np.zeros(len(labels), dtype=bool)
    right = try_out(head, features.take(chosen), labels, sources, nothing)
    wrong = try_out(head, features.take(chosen), lied, sources, nothing)
    assert right.objection is None
    assert (right.after.precision, right.after.recall) == (1.0, 1.0)
    assert wrong.after.recall == 0.95  # learnt by heart, the two would be right


def test_one_source_still_teaches(head: Head, features: Features) -> None:
    chosen, labels = labelled(12, 12)
    trial = try_out(head, features.take(chosen), labels, ["Rep. Only"] * 24, np.zeros(24, dtype=bool))
    assert trial.objection is None


def test_a_mark_changes_with_any_weight(head: Head) -> None:
    other = replace(head, weights=head.weights + np.eye(1, len(head.weights))[0] * 1e-6)
    assert mark(head) == mark(replace(head)) == mark(replace(head, weights=head.weights.copy()))
    assert mark(head) not in (mark(other), mark(replace(head, bias=0.0)), mark(replace(head, name="other")))


@pytest.mark.parametrize(
    ("before", "after", "objection"),
    [
        ((0.8, 0.8), (0.9, 0.8), None),
        ((0.8, 0.8), (0.8, 0.9), None),
        ((0.8, 0.8), (0.9, 0.79), None),
        ((0.8, 0.8), (0.9, 0.78), "recall would fall by more than 0.01"),
        ((0.8, 0.8), (0.7, 0.9), "precision would fall by more than 0.01"),
        ((0.8, 0.8), (0.7, 0.7), "precision and recall would fall by more than 0.01"),
        ((0.8, 0.8), (0.8, 0.8), "neither precision nor recall would rise"),
        ((0.8, 0.8), (0.795, 0.795), "neither precision nor recall would rise"),
        ((None, 0.0), (0.9, 0.5), None),
        ((0.9, 0.5), (None, 0.0), "precision and recall would fall by more than 0.01"),
    ],
)
def test_a_head_must_be_better_and_not_worse(
    head: Head,
    before: tuple[float | None, float | None],
    after: tuple[float | None, float | None],
    objection: str | None,
) -> None:
    def scored(precision: float | None, recall: float | None) -> Scores:
        return Scores(n=10, positives=5, precision=precision, recall=recall, f1=None, ap=None)

    assert Trial(head=head, before=scored(*before), after=scored(*after)).objection == objection
