"""What a sampler is: the part of the curriculum that says which tasks come next. Write your own as one file.

The rest is done outside of it and the same for all samplers: how many tasks each source gives, how many are drawn
in all, what is believed of each task, which groups are trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Ints, Posterior, Rows
from curriculum.beliefs.tiering import TierTable
from curriculum.prediction.predictor import Predictor
from rlcs.config.schema import CurriculumConfig
from rlcs.records import TaskIndex


@dataclass(frozen=True, kw_only=True)
class SamplerContext:
    """What a sampler may read; it changes none of it, save that drawing from `rng` moves `rng` on."""

    config: CurriculumConfig
    index: TaskIndex
    """Source, domain and subcategory of each task, as arrays."""
    posterior: Posterior
    """`posterior.mean(rows, step)`: pass rates as believed at a step."""
    tiers: TierTable
    """`tiers.of(rows)`: tiers at the present step, which is `tiers.step`."""
    predictor: Predictor | None
    """`predictor.outlook(rows, predictor.features(rows))`: what is seen of tasks never judged tells of them; None:
    nothing is seen, or curriculum.predict is off."""
    seed: int
    rng: np.random.Generator
    """Saved in checkpoints: draw all randomness from it (or from `seed`), and a resumed run repeats itself."""


class Sampler(Protocol):
    """Subclass it and register the class; `next` is the only method that has to be written."""

    context: SamplerContext
    predicts: ClassVar[bool] = False
    """Whether it asks `context.predictor`, which is not there otherwise."""

    def __init__(self, context: SamplerContext) -> None:
        self.context = context

    def next(self, step: int, counts: Ints) -> Rows:
        """Return `counts[s]` different rows of each source s; a source is never asked for more than it holds."""
        ...

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Take note of the groups of `rows` (no row twice) with these mean scores; posterior and tiers know already.

        A mean is NaN where no completion of the task could be judged.
        """
        return None

    def weights(self, rows: Rows) -> Floats:
        """Return how often each of `rows` is drawn now, relative to uniform drawing inside its source (1.0).

        Rather than this write the two below where they fit: with them a snapshot needs not name every task.
        """
        return np.asarray(self.weight_of_kind()[self.kinds(rows)])

    def frequency(self, rows: Rows) -> Floats:
        """Return how often each of `rows`, just drawn, was to be drawn, relative to uniform drawing."""
        return self.weights(rows)

    def kinds(self, rows: Rows) -> NDArray[Any]:
        """Return the kind of each row, from 0: tasks of a kind have one weight. Only judging a task changes it."""
        return np.zeros(len(rows), dtype=np.int32)

    def weight_of_kind(self) -> Floats:
        """Return [number of kinds] the weight that tasks of each kind have now; of kinds without tasks any number."""
        return np.ones(1)

    def rule(self) -> dict[str, Any] | None:
        """Return by which of the rules of curriculum/weight_rules.py `weights` follows from the beliefs, if by any."""
        return None

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: JSON-able values, and arrays of shape [N] with a number per task.

        Arrays are kept by task id; a task that is new after a resume finds 0 in them. `next` must leave them as
        they are and only `observe` change them, so that an interrupted step leaves no trace.
        """
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take back what `state_dict` returned; called on a fresh sampler, posterior and tiers are restored."""
        return None

    def metrics(self) -> dict[str, float]:
        """Return numbers to log, with full names ("curriculum/…")."""
        return {}
