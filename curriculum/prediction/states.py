"""Features of a task from what the policy makes of it: the mean of its last hidden states over the prompt's tokens.

    standard   (state - mean) / deviation of each of the D dimensions, over the tasks looked at first
    features   standard . projection, cut to length 1            projection [D, NUM_STATE_FEATURES] random from the seed

Hidden states have a large part in common, and dimensions of very different size: what is left without both is what
tells tasks apart. The linear model costs the cube of its features, and a projection at random keeps distances, which
are all that ridge regression goes by, to within a tenth or so (Johnson and Lindenstrauss 1984) whatever the D.

A linear model learns of a fixed function, and the policy moves. So what a task looked like when it was first looked at
is kept, for the last KEPT tasks looked at that were not judged yet, and a checkpoint keeps it too: the weights that it
was made by are gone then. Shapes: k tasks, D hidden size.
"""

from __future__ import annotations

import base64
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Rows
from curriculum.prediction.features import Vectors
from curriculum.snapshots import ID, as_arrow
from rlcs.records import TaskIndex

States = Callable[[Rows], NDArray[np.float32]]
"""[k] rows of the pool to the mean last hidden states [k, D] of their prompts, under the weights of now."""

NUM_STATE_FEATURES = 64
KEPT = 32_768
"""Tasks whose features are kept: about 16 MB."""
_SCALE = b"rlcs"


class SeenStates:
    """Features of tasks as they were when they were first looked at; `states` asks the policy."""

    def __init__(self, index: TaskIndex, states: States, *, seed: int) -> None:
        self._ids = as_arrow(index.ids)
        self._states = states
        self._seed = seed
        self._kept: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        """[NUM_STATE_FEATURES] by row, the one that was asked for last at the end."""
        self._scale: NDArray[np.float32] | None = None
        """[2, D] mean and deviation; None before the first look."""
        self._seconds, self._num_read = 0.0, 0

    def features(self, rows: Rows) -> Vectors:
        """Return [k, NUM_STATE_FEATURES]; the policy reads the tasks that are not kept."""
        missing = np.unique([row for row in rows.tolist() if row not in self._kept]).astype(np.int64)
        if len(missing):
            self._read(missing)
        for row in rows.tolist():
            self._kept.move_to_end(row)
        found = np.array([self._kept[row] for row in rows.tolist()], dtype=np.float32)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found.reshape(len(rows), NUM_STATE_FEATURES)

    def forget(self, rows: Rows) -> None:
        """Drop tasks of which nothing is predicted any more."""
        for row in rows.tolist():
            self._kept.pop(row, None)

    def begin_step(self) -> None:
        """Count what the policy reads from 0 again."""
        self._seconds, self._num_read = 0.0, 0

    def metrics(self) -> dict[str, float]:
        """Return what the policy has read in this step, and how long that took."""
        return {
            "curriculum/policy_features_s": self._seconds,
            "curriculum/policy_features_tasks": float(self._num_read),
        }

    def table(self) -> pa.Table:
        """Return what a checkpoint keeps, the task asked for last at the end, by id.

        More may be in it than at the end of the step: a draw that is repeated so finds what it found the first time.
        """
        rows = np.fromiter(self._kept, dtype=np.int64)
        flat = np.concatenate([np.empty(0, dtype=np.float32), *self._kept.values()])
        features = pa.FixedSizeListArray.from_arrays(pa.array(flat), NUM_STATE_FEATURES)
        table = pa.table({ID: self._ids.take(pa.array(rows)), "features": features})
        scale = None if self._scale is None else base64.b64encode(self._scale.tobytes()).decode()
        return table.replace_schema_metadata({_SCALE: json.dumps(scale)})

    def load(self, table: pa.Table) -> None:
        """Take back what `table` returned; tasks that are gone are dropped."""
        scale = json.loads(table.schema.metadata[_SCALE])
        self._scale = None if scale is None else np.frombuffer(base64.b64decode(scale), np.float32).reshape(2, -1)
        places = pc.index_in(table[ID].cast(self._ids.type), value_set=self._ids.combine_chunks())
        flat: Any = table["features"].combine_chunks()
        vectors = flat.flatten().to_numpy().reshape(-1, NUM_STATE_FEATURES)
        pairs = zip(places.to_pylist(), vectors, strict=True)
        self._kept = OrderedDict((row, vector) for row, vector in pairs if row is not None)

    def _read(self, rows: Rows) -> None:
        """Let the policy read tasks, and keep their features."""
        started = time.perf_counter()
        states = self._states(rows)
        self._seconds += time.perf_counter() - started
        self._num_read += len(rows)
        if self._scale is None:
            self._scale = np.stack([states.mean(axis=0), states.std(axis=0)])
        self._kept |= zip(rows.tolist(), reduced(states, self._scale, seed=self._seed), strict=True)


def reduced(states: NDArray[np.float32], scale: NDArray[np.float32], *, seed: int) -> Vectors:
    """Return [k, NUM_STATE_FEATURES] the features of states [k, D], given mean and deviation [2, D]."""
    mean, deviation = scale
    standard = (states - mean) / np.maximum(deviation, 1e-6)
    projection = np.random.default_rng(seed).standard_normal((states.shape[1], NUM_STATE_FEATURES))
    found = standard @ projection.astype(np.float32)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(length, 1e-6), dtype=np.float32)
