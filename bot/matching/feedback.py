"""A community's head: the shipped head, moved by what the community's people said of items.

    shipped head --labels--> moved head --cross-validation--> trial: better, and neither precision nor recall worse?

The texts that the shipped heads were fitted to are in no installation, so what they taught is kept as a prior: the
weights are moved as little as the labels allow (maximum a posteriori, a Gaussian around the shipped weights).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bot.matching.evaluation import Scores, scores
from bot.matching.first_look import is_settled
from bot.matching.heads import Features, Head
from bot.matching.letters import deciding
from bot.matching.matcher import Matcher
from bot.records import CommunityHead, Judged, Match

FEWEST = 5
"""Labels of either kind, at least: one to be judged in each of the folds."""

FOLDS = 5

WORSE = 0.01
"""How far precision or recall may fall where the other rises."""

PULLS = (100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
"""How strongly the shipped weights hold (half of it times the squared distance is the penalty), the strongest first.

Which of them is chosen by cross-validation within the labels. Simulated on our own labels, a head fitted to half of the
offices and a community to the other: the first labels of people who see it as we do choose 100, and F1 stays within
.005; a hundred of people who see it differently choose 0.3, and average precision rises from .52 to .73.
"""

STIFF = 16.0
"""How many times harder than a direction of meaning the weight of a measure moves.

A long text with many phrases weighs thirty times a short one, and would alone decide what a phrase is worth. In the
same simulation, at a pull of 1, ten labels then cost F1 .03 to .09, and with this at most .013.
"""

FLOOR = 0.01
"""What the shipped head gives less than this is not asked of a community's head, nor is what the first look settled.

Of 17,683 releases that leaves one in six for immigration enforcement and three in all for facial recognition; they are
embedded a second time for it.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """A moved head, and how heads that saw neither an item nor its source judge what is labelled: now, and with it."""

    head: Head
    before: Scores
    after: Scores

    @property
    def objection(self) -> str | None:
        """Why the head should not be put in force; None: nothing speaks against it."""
        gains = {"precision": _gain(self.before.precision, self.after.precision)}
        gains["recall"] = _gain(self.before.recall, self.after.recall)
        worse = [name for name, gain in gains.items() if gain < -WORSE - 1e-9]
        if worse:
            return f"{' and '.join(worse)} would fall by more than {WORSE}"
        if max(gains.values()) <= 0:
            return "neither precision nor recall would rise"
        return None


def _gain(before: float | None, after: float | None) -> float:
    # Who flags nothing has no precision; it counts as none, else the first thing found would be a fall.
    return (after or 0.0) - (before or 0.0)


def mark(head: Head) -> str:
    """Return what names a shipped head exactly: model, name, and a hash of its weights."""
    weights = hashlib.sha256(head.weights.astype(np.float64).tobytes() + np.float64(head.bias).tobytes())
    return f"{head.model} {head.name} {weights.hexdigest()[:12]}"


def try_out(
    shipped: Head,
    features: Features,
    labels: NDArray[np.bool_],
    sources: Sequence[str],
    learnt: NDArray[np.bool_],
) -> Trial:
    """Return the head that the labels make, and how it would do, by 5-fold cross-validation with folds by source.

    `learnt`: the labels that the head now in force was made from, none where it is the shipped one. It too is judged
    by heads made without the item in question, so that what it was taught by heart does not count in its favour.
    """
    fold = _folds_by_source(sources)
    before, flagged = _unseen(shipped, features, labels, fold, learnt)
    after, would_flag = _unseen(shipped, features, labels, fold, np.ones(len(labels), dtype=bool))
    return Trial(
        head=moved(shipped, features, labels),
        before=scores(labels, flagged, before),
        after=scores(labels, would_flag, after),
    )


def _folds_by_source(sources: Sequence[str]) -> NDArray[np.intp]:
    _, source = np.unique(list(sources), return_inverse=True)
    # Few sources cannot be told apart and still teach: then by item.
    number = source if source.max() + 1 >= FOLDS else np.arange(len(sources))
    return np.asarray(number % FOLDS, dtype=np.intp)


def _unseen(
    shipped: Head,
    features: Features,
    labels: NDArray[np.bool_],
    fold: NDArray[np.intp],
    usable: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (probabilities, verdicts) by heads moved by the usable labels of the other folds."""
    sure, said = np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
    for number in range(FOLDS):
        train, test = np.flatnonzero((fold != number) & usable), np.flatnonzero(fold == number)
        if len(test):
            head = moved(shipped, features.take(train), labels[train])
            sure[test] = head.probabilities(features.take(test))
            said[test] = sure[test] >= head.threshold
    return sure, said


def moved(shipped: Head, features: Features, labels: NDArray[np.bool_]) -> Head:
    """Return the shipped head moved by labels; itself where they are all alike or none, for then nothing is told apart.

    `shipped.threshold` is the one in force.
    """
    if not len(labels) or labels.all() or not labels.any():
        return shipped
    scale = _scale(shipped, features)
    rows = np.hstack([features.rows(vectors=_has_vectors(shipped, features)), np.ones((len(labels), 1))]) * scale
    # The best step is a sum of rows: reckoned in their span it has as many numbers as there are labels.
    span, coordinates = np.linalg.qr(rows.T)
    rows = coordinates.T
    shipped_logits = _logits(shipped.probabilities(features))
    chosen, unseen = _chosen_pull(shipped_logits, rows, labels)
    step = span @ _step(shipped_logits, rows, labels, chosen) * scale
    return replace(
        shipped,
        weights=shipped.weights + step[:-1],
        bias=shipped.bias + float(step[-1]),
        threshold=_threshold(shipped.threshold, _sure(shipped_logits), _sure(unseen), labels),
    )


def _has_vectors(head: Head, features: Features) -> bool:
    return bool(len(head.weights) == features.rows(vectors=True).shape[1])


def _scale(head: Head, features: Features) -> NDArray[np.float64]:
    """Return by what rows are multiplied, so that one penalty holds measures more firmly than directions and bias."""
    vectors = features.titles.shape[1] + features.leads.shape[1] if _has_vectors(head, features) else 0
    return np.concatenate([np.ones(vectors), np.full(len(head.weights) - vectors, 1 / STIFF), [1.0]])


def _logits(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    safe = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(safe / (1 - safe)), dtype=np.float64)


def _sure(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def _threshold(
    shipped: float, before: NDArray[np.float64], after: NDArray[np.float64], labels: NDArray[np.bool_]
) -> float:
    """Return the threshold nearest the shipped one of those of best F1 at which neither precision nor recall falls.

    That is what a trial asks for, and between labels that lie far apart nothing else is known; the middle of the gap
    lost what lay in it. The threshold of best F1 alone, which the shipped heads have, traded in the same
    simulation a tenth of recall for precision.
    """
    least = np.array(_precision_and_recall(before >= shipped, labels))
    steps = np.append(np.arange(0.05, 0.96, 0.01), shipped)
    reached = np.array([_precision_and_recall(after >= step, labels) for step in steps])
    kept = (reached >= least - 1e-9).all(axis=1)
    if not kept.any():
        return shipped
    f1 = 2 * reached.prod(axis=1) / np.maximum(reached.sum(axis=1), 1e-9)
    good = steps[kept & (f1 >= f1[kept].max() - 0.005)]
    return round(float(good[np.abs(good - shipped).argmin()]), 3)


def _precision_and_recall(said: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[float, float]:
    right = float(np.sum(said & labels))
    return right / max(1.0, float(np.sum(said))), right / max(1.0, float(np.sum(labels)))


def _chosen_pull(
    logits: NDArray[np.float64], rows: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Return the pull, and the logits that heads with it give to labels they did not see.

    A weaker pull must lose less by more than one standard error: with few labels, luck is not to move us.
    """
    fold = np.zeros(len(labels), dtype=np.intp)
    for kind in (labels, ~labels):
        fold[kind] = np.arange(kind.sum()) % FOLDS
    best, best_logits = PULLS[0], _logits_unseen(logits, rows, labels, fold, PULLS[0])
    for pull in PULLS[1:]:
        unseen = _logits_unseen(logits, rows, labels, fold, pull)
        gain = _losses(best_logits, labels) - _losses(unseen, labels)
        if gain.mean() > gain.std() / np.sqrt(len(gain)):
            best, best_logits = pull, unseen
    return best, best_logits


def _logits_unseen(
    logits: NDArray[np.float64],
    rows: NDArray[np.float64],
    labels: NDArray[np.bool_],
    fold: NDArray[np.intp],
    pull: float,
) -> NDArray[np.float64]:
    unseen = logits.copy()
    for number in range(FOLDS):
        train, test = fold != number, fold == number
        unseen[test] += rows[test] @ _step(logits[train], rows[train], labels[train], pull)
    return unseen


def _losses(logits: NDArray[np.float64], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.asarray(np.logaddexp(0, -np.where(labels, logits, -logits)), dtype=np.float64)


def _step(
    logits: NDArray[np.float64], rows: NDArray[np.float64], labels: NDArray[np.bool_], pull: float
) -> NDArray[np.float64]:
    """Return the step from the shipped weights with the least loss on the labels plus penalty; the sum is convex."""
    from scipy.optimize import minimize  # half a second of import that only retraining needs

    sign = np.where(labels, 1.0, -1.0)

    def loss(step: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (logits + rows @ step)
        slope = -sign / (1 + np.exp(np.clip(margin, -500, 500)))
        return float(np.logaddexp(0, -margin).sum() + pull / 2 * step @ step), rows.T @ slope + pull * step

    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x, dtype=np.float64)


def theirs(
    matcher: Matcher, heads: Sequence[CommunityHead], judged: Sequence[Judged]
) -> list[tuple[tuple[str, Match], ...]]:
    """Return what communities' heads say of items that the shipped heads just judged: (community, match) for each.

    Asked only of what the shipped head gives at least FLOOR, and of heads whose shipped head is still the same.
    """
    followed = {match.topic_id for one in judged for match in one.matches}
    current = {topic: mark(matcher.head(topic)[0]) for topic in {h.topic_id for h in heads} & followed}
    heads = [head for head in heads if current.get(head.topic_id) == head.base]
    said: list[list[tuple[str, Match]]] = [[] for _ in judged]
    for topic in dict.fromkeys(head.topic_id for head in heads):
        near = [n for n, one in enumerate(judged) if _near(one.matches, topic)]
        asked = [(judged[n], next(m for m in judged[n].matches if m.topic_id == topic)) for n in near]
        mine = [head for head in heads if head.topic_id == topic]
        for head, matches in zip(mine, judged_anew(matcher, mine, asked), strict=True):
            for n, match in zip(near, matches, strict=True):
                said[n].append((head.community, match))
    return [tuple(some) for some in said]


def _near(matches: Sequence[Match], topic_id: str) -> bool:
    return any(m.topic_id == topic_id and m.probability >= FLOOR and not is_settled(m) for m in matches)


def judged_anew(
    matcher: Matcher, heads: Sequence[CommunityHead], asked: Sequence[tuple[Judged, Match]]
) -> list[list[Match]]:
    """Return for each of these heads of one topic the items' matches as it judges them, in the order of `asked`.

    It judges the words that decided for the shipped head: the item's own under its banner, or those of a letter.
    """
    if not asked or not heads:
        return [[] for _ in heads]
    topic_id = heads[0].topic_id
    shipped, _ = matcher.head(topic_id)
    features = matcher.features(topic_id, matcher.evidence([deciding(one, match) for one, match in asked]))
    return [_judged(head, shipped, features, [match for _, match in asked]) for head in heads]


def _judged(head: CommunityHead, shipped: Head, features: Features, matches: Sequence[Match]) -> list[Match]:
    own = replace(shipped, weights=np.array(head.weights), bias=head.bias, threshold=head.threshold)
    model = f"{head.base}, moved by the labels of {head.community}"
    return [
        replace(match, probability=round(float(probability), 4), threshold=head.threshold, model=model)
        for match, probability in zip(matches, own.probabilities(features), strict=True)
    ]
