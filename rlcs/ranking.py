"""How well a reward model ranks pairs: numbers from its values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rlcs.metrics import Metrics
from rlcs.pairs import Pair, conversations_of


def ranking_metrics(values: Sequence[float], pairs: Sequence[Pair]) -> Metrics:
    """Return eval/… of values [2 P]: chosen, rejected, chosen, …

    accuracy: share of pairs whose chosen response has the higher value. loss: mean of -log sigmoid(margin).
    length_correlation: Pearson's between value and number of tokens; far above 0 it pays to write much.
    """
    given = np.asarray(values, dtype=np.float64)
    margins = given[0::2] - given[1::2]
    return {
        "eval/accuracy": float((margins > 0).mean()),
        "eval/loss": float(np.logaddexp(0.0, -margins).mean()),
        "eval/margin": float(margins.mean()),
        "eval/length_correlation": _correlation(given, np.array([len(one) for one in conversations_of(pairs)])),
        "eval/num_pairs": float(len(margins)),
    }


def _correlation(left: np.ndarray, right: np.ndarray) -> float:
    if np.ptp(left) == 0 or np.ptp(right) == 0:
        return 0.0
    found = float(np.corrcoef(left, right)[0, 1])
    return found if math.isfinite(found) else 0.0
