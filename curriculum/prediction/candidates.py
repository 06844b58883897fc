"""Tasks never judged that are looked at before some of them are drawn: more than are needed, and the best of them kept.

Looking at a text costs something, so that a large pool is not looked through at once: every step the next LOOKED_AT
tasks in line for each draw, and those not drawn go to the end of their line. Shapes: c candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from curriculum.beliefs.arrays import Floats, Ints
from curriculum.mixture import apportion, capped_shares

LOOKED_AT = 32
"""Candidates for each task drawn from a source, …"""
MOST_LOOKED_AT = 512
"""… and so many in all at most; of a batch of a thousand tasks some then go by their line."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The best candidates of one stratum, in the order of their line."""

    rows: Ints
    """[c]"""
    log_weights: Floats
    """[c]"""
    chance: float
    """Of being a candidate, for a task never judged of the stratum."""

    @property
    def mean_log_weight(self) -> float:
        """Logarithm of the mean weight."""
        return float(logsumexp(self.log_weights) - np.log(len(self.rows)))

    def shares(self, count: int) -> Floats:
        """Return [c] the chance of each to be drawn where `count` are: by weight, none above 1."""
        weights = np.exp(self.log_weights - self.log_weights.max())
        return capped_shares(count, weights, caps=np.ones(len(weights)))

    def drawn(self, count: int, *, offset: float) -> NDArray[np.bool_]:
        """Tell which `count` of them are drawn; `offset` in [0, 1) decides where shares are no whole numbers."""
        return apportion(count, self.shares(count), offset=offset) > 0


def num_looked_at(counts: Ints, num_new: Ints) -> Ints:
    """Return [S] how many tasks never judged are looked at where `counts` are drawn of each source."""
    each = min(LOOKED_AT, MOST_LOOKED_AT / max(int(counts.sum()), 1))
    return np.asarray(np.minimum(np.ceil(each * counts).astype(np.int64), num_new))


def best(rows: Ints, log_weights: Floats, *, num: int, num_new: int) -> Candidates:
    """Return the `num` best of the candidates looked at, the earlier in line of equal ones; at least one."""
    kept = np.sort(np.argsort(-log_weights, kind="stable")[: max(num, 1)])
    return Candidates(rows=rows[kept], log_weights=log_weights[kept], chance=len(rows) / num_new)
