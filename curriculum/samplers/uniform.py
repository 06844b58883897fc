"""Uniform sampling: shuffled epochs, every task of a source once before any a second time."""

from __future__ import annotations

from typing import Any

import numpy as np

from curriculum.beliefs.difficulty import Floats, Ints, Rows
from curriculum.protocol import Sampler, SamplerContext
from curriculum.waiting_lines import WaitingLines
from rlcs.plugins import SAMPLERS


@SAMPLERS.register("uniform")
class Uniform(Sampler):
    """One waiting line per source, in order of the number of turns a task has had: its epoch."""

    def __init__(self, context: SamplerContext) -> None:
        super().__init__(context)
        self._observed_turns = np.zeros(len(context.index), dtype=np.int32)
        """[N] turns that were judged; inside a source they differ by one at most."""
        self._form_lines()

    def next(self, step: int, counts: Ints) -> Ints:
        """Go on with the present epoch of each source, and into the next one where it ends."""
        rows = self._lines.take(np.arange(len(counts)), counts)
        self._num_turns[rows] += 1
        self._lines.put(rows)
        return rows

    def observe(self, step: int, rows: Rows, means: Floats) -> None:
        """Count the turns of judged tasks."""
        self._observed_turns[rows] = self._num_turns[rows]

    def state_dict(self) -> dict[str, Any]:
        """Keep the number of turns of each task; epochs and order follow from it."""
        return {"num_turns": self._observed_turns}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the epochs stood; a task that is new joins the present epoch."""
        self._observed_turns = state["num_turns"].astype(np.int32)
        largest = np.ones(len(self.context.index.sources), dtype=np.int32)
        np.maximum.at(largest, self.context.index.source, self._observed_turns)
        self._observed_turns = np.maximum(self._observed_turns, (largest - 1)[self.context.index.source])
        self._form_lines()

    def _form_lines(self) -> None:
        self._num_turns = self._observed_turns.copy()
        self._lines = WaitingLines(
            len(self.context.index.sources),
            seed=self.context.seed,
            line_of=lambda rows: self.context.index.source[rows],
            key_of=lambda rows: self._num_turns[rows],
        )
        self._lines.put(np.arange(len(self._num_turns), dtype=np.int32))
