"""The numbers of metrics.jsonl as columns, and what a figure needs of them: an x axis, smoothing, fewer points.

Shape: S steps of the run that have metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]
Columns = dict[str, NDArray[np.floating]]

STEP = "step"
AXES = {
    "step": "step",
    "rollouts": "generated completions",
    "tokens": "generated tokens",
    "hours": "hours of work",
}
"""What the x axis of a curve can be, and how people call it."""
TOTALS = {"rollouts": "rollout/num_generated_total", "tokens": "rollout/num_tokens_total"}
PHASES = ("rollout", "score", "learn", "sync", "record", "eval")
"""Phases of a step as metrics name them: time/<phase>_s."""


class Curves:
    """One column per metric key, each [S], NaN where a step does not have the key. Never changed once made."""

    def __init__(self, steps: Steps, columns: Mapping[str, NDArray[np.floating]]) -> None:
        self.steps = steps
        """[S] ascending, no step twice."""
        self._columns = dict(columns)

    def __len__(self) -> int:
        return len(self.steps)

    def get(self, key: str) -> Floats:
        """Return [S] the values of a key; NaN everywhere when no step has it."""
        column = self._columns.get(key)
        return np.full(len(self), np.nan) if column is None else column.astype(np.float64)

    def has(self, key: str) -> bool:
        """Tell whether some step has this key."""
        return key in self._columns

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        return sorted(self._columns)

    def names(self, prefix: str, suffix: str) -> list[str]:
        """Return what stands between prefix and suffix: reward/, /mean -> the domains and sources."""
        long = len(prefix) + len(suffix)
        found = (key for key in self.keys() if key.startswith(prefix) and key.endswith(suffix) and len(key) > long)
        return [key[len(prefix) : len(key) - len(suffix)] for key in found]

    def recent(self, key: str, num_steps: int) -> float:
        """Return the mean of the last `num_steps` steps that have the key; nan when none has."""
        values = finite(self.get(key))[-num_steps:]
        return float(values.mean()) if len(values) else float("nan")

    def last(self, key: str) -> float:
        """Return the newest value of a key; nan when there is none."""
        return self.recent(key, 1)

    def axis(self, name: str) -> Floats:
        """Return [S] where each step stands on an axis of AXES, never falling."""
        if name in TOTALS:
            return np.fmax.accumulate(np.nan_to_num(self.get(TOTALS[name]))) if len(self) else np.zeros(0)
        return self._hours() if name == "hours" else self.steps.astype(np.float64)

    def _hours(self) -> Floats:
        """Return [S] the running sum of time/step_s and time/eval_s: the metrics carry no clock time."""
        # A sample of the steps stands for those between as well; of all steps the gaps are 1.
        gaps = np.diff(self.steps, prepend=self.steps[:1] - 1)
        seconds = np.nan_to_num(self.get("time/step_s")) * gaps + np.nan_to_num(self.get("time/eval_s"))
        return np.asarray(np.cumsum(seconds) / 3600.0)


EMPTY = Curves(np.zeros(0, dtype=np.int64), {})


def merged(parts: Sequence[Curves]) -> Curves:
    """Return the steps of all parts, ascending; of a step that comes twice the last one counts."""
    steps = np.concatenate([EMPTY.steps, *(part.steps for part in parts)])
    keys = {key for part in parts for key in part.keys()}
    if np.all(np.diff(steps) > 0):
        return Curves(steps, {key: _joined(key, parts) for key in keys})
    # Of equal steps `unique` keeps the first; from behind that is the last one written.
    unique, place = np.unique(steps[::-1], return_index=True)
    order = len(steps) - 1 - place
    return Curves(unique, {key: _joined(key, parts)[order] for key in keys})


def _joined(key: str, parts: Iterable[Curves]) -> NDArray[np.floating]:
    missing = np.float32(np.nan)
    pieces = [part._columns.get(key, np.full(len(part), missing)) for part in parts]
    return np.concatenate(pieces)


def finite(values: Floats) -> Floats:
    """Return the values that are numbers."""
    return np.asarray(values[np.isfinite(values)])


def smoothed(values: Floats, window: int) -> Floats:
    """Return [S] the mean of the last `window` entries up to each one, leaving out NaN; NaN where there is none.

    Trailing, so that nothing which is drawn changes when the run goes on. Example: [1, 3, 5], window 2: [1, 2, 4].
    """
    if window <= 1 or len(values) == 0:
        return values
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - window, 0)
    number = counts[end] - counts[start]
    total = sums[end] - sums[start]
    return np.asarray(np.divide(total, number, out=np.full(len(values), np.nan), where=number > 0))


def points_to_draw(values: Floats, limit: int = 1000) -> NDArray[np.intp]:
    """Return the positions worth drawing: all that are numbers, or, of more than `limit`, the extremes.

    The curve is cut into limit / 2 stretches of equal length; each keeps its smallest and its largest value, so that
    no spike is lost (a screen has about 1,000 columns).
    """
    known = np.flatnonzero(np.isfinite(values))
    if len(known) <= limit:
        return known
    stretches = np.array_split(known, limit // 2)
    pairs = [(part[np.argmin(values[part])], part[np.argmax(values[part])]) for part in stretches]
    return np.unique(np.array([known[0], known[-1], *(place for pair in pairs for place in pair)]))
