"""How much we find of what there is, from a random sample of what was not flagged."""

from dataclasses import dataclass

SURE = 0.95


@dataclass(frozen=True, kw_only=True)
class Recall:
    """Estimated recall with its 95 % interval; None: nothing is flagged, nothing was found missing, so no figure."""

    recall: float | None
    low: float | None
    high: float | None


def estimated_recall(*, flagged: int, precision: float, unflagged: int, judged: int, missed: int) -> Recall:
    """Return the recall of `flagged` items, right to `precision`, if `missed` of `judged` unflagged ones were not.

    found / (found + missing), where found = flagged * precision, and missing = unflagged * the rate of misses.

    The interval is that of Clopper and Pearson (1934) for the rate of misses, carried to recall, which falls as the
    rate rises. It is exact: it covers at least 95 % also where a sample holds no miss at all, which is the usual case
    here and where Wald's has no width and Wilson's covers too little. Precision is taken as known: its uncertainty
    moves recall far less than that of a rate of one in hundreds, multiplied by all that was not flagged.
    """
    from scipy.stats import beta  # a second of import that only an audit needs

    found, tail = flagged * precision, (1 - SURE) / 2
    lowest = float(beta.ppf(tail, missed, judged - missed + 1)) if missed else 0.0
    highest = float(beta.ppf(1 - tail, missed + 1, judged - missed)) if missed < judged else 1.0
    return Recall(
        recall=_share(found, unflagged * missed / judged) if judged else None,
        low=_share(found, unflagged * highest),
        high=_share(found, unflagged * lowest),
    )


def _share(found: float, missing: float) -> float | None:
    return found / (found + missing) if found + missing else None
