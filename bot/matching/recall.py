"""How much we find of what there is, from a random sample of what was not flagged."""

from dataclasses import dataclass

SURE = 0.95


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Estimated recall with its 95 % interval; None: nothing is flagged, nothing was found missing, so no figure."""

    recall: float | None
    low: float | None
    high: float | None


def estimated_recall(*, flagged: int, labelled: int, right: int, unflagged: int, judged: int, missed: int) -> Recall:
    """Return the recall of `flagged` items, if `missed` of `judged` unflagged ones should have been flagged.

    found / (found + missing), where found = flagged * precision, and missing = unflagged * the rate of misses. Of
    `labelled` flagged items `right` were rightly so, which gives the precision; with none labelled all count as right,
    an assumption that whoever prints the figure must name.

    The interval comes of those of Clopper and Pearson (1934) for precision and for the rate of misses: recall rises
    with the one and falls with the other, so its low end is at the low precision and the high rate. Each of the two
    may err in half of 5 % (Bonferroni), so that together they cover at least 95 %, also where a sample holds no miss
    at all, the usual case here, in which Wald's has no width and Wilson's covers too little. It holds as far as both
    samples are random: the audit's is; labels on flagged items are what people chose to label.
    """
    error = (1 - SURE) / 2 if labelled else 1 - SURE
    least, most = _interval(right, labelled, error) if labelled else (1.0, 1.0)
    rarest, oftenest = _interval(missed, judged, error)
    return Recall(
        recall=_share(flagged * (right / labelled if labelled else 1), unflagged * missed / judged) if judged else None,
        low=_share(flagged * least, unflagged * oftenest),
        high=_share(flagged * most, unflagged * rarest),
    )


def _interval(hits: int, tries: int, error: float) -> tuple[float, float]:
    """Return between what a rate lies, wrongly so in at most `error` of all samples."""
    from scipy.stats import beta  # a second of import that only an audit needs

    low = float(beta.ppf(error / 2, hits, tries - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - error / 2, hits + 1, tries - hits)) if hits < tries else 1.0
    return low, high


def _share(found: float, missing: float) -> float | None:
    return found / (found + missing) if found + missing else None
