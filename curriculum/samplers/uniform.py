"""Uniform sampling: shuffled epochs, every task of a source once before any a second time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from curriculum.difficulty import Ints, Rows
from curriculum.protocol import Sampler, SamplerContext
from curriculum.waiting import Entries, WaitingLine, put_in_lines
from rlcs.registry import SAMPLERS


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
        rows = np.concatenate([line.take(int(count)) for line, count in zip(self._lines, counts, strict=True)])
        self._num_turns[rows] += 1
        self._line_up(rows)
        return rows

    def observe(self, step: int, rows: Rows) -> None:
        """Count the turns of judged tasks."""
        self._observed_turns[rows] = self._num_turns[rows]

    def state_dict(self) -> dict[str, Any]:
        """Keep the number of turns of each task; epochs and order follow from it."""
        return {"num_turns": self._observed_turns}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where the epochs stood; a task that is new joins the present epoch."""
        self._observed_turns = state["num_turns"].astype(np.int32)
        for source in range(len(self.context.index.sources)):
            members = self.context.index.source == source
            epoch = self._observed_turns[members].max(initial=1) - 1
            self._observed_turns[members] = np.maximum(self._observed_turns[members], epoch)
        self._form_lines()

    def _form_lines(self) -> None:
        self._num_turns = self._observed_turns.copy()
        seed = self.context.seed
        self._lines = [WaitingLine(seed=seed, is_waiting=self._is_waiting) for _ in self.context.index.sources]
        self._line_up(np.arange(len(self._num_turns), dtype=np.int32))
        for line in self._lines:
            line.prepare()

    def _is_waiting(self, rows: Entries, num_turns: int) -> NDArray[np.bool_]:
        return np.asarray(self._num_turns[rows] == num_turns)

    def _line_up(self, rows: Rows) -> None:
        put_in_lines(self._lines, line=self.context.index.source[rows], key=self._num_turns[rows], rows=rows)
