"""The curriculum on disk: the table a checkpoint keeps, and the snapshot that dashboard and people read.

Both name tasks by id, never by row, so that a run can go on although tasks were added or removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from curriculum.beliefs.difficulty import Floats, Posterior, Rows
from rlcs.records import TIERS, TaskIndex

ID = "task_id"
SAMPLER_PREFIX = "sampler/"
SNAPSHOT_SCHEMA = pa.schema(
    [
        (ID, pa.string()), ("source", pa.string()), ("domain", pa.string()), ("subcategory", pa.string()),
        ("pass_rate", pa.float32()), ("tier", pa.string()), ("alpha", pa.float32()), ("beta", pa.float32()),
        ("num_seen", pa.int32()), ("last_step", pa.int32()), ("weight", pa.float32()),
        ("drawn_as", pa.float32()),
    ]
)  # fmt: skip
"""What a snapshot tells of each task seen."""
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """How the tasks of a checkpoint met the tasks of the present data."""

    num_known: int
    """Tasks of both; they keep what was learned about them."""
    num_new: int
    """Tasks that the checkpoint did not have; they start from their prior."""
    num_removed: int
    """Tasks of the checkpoint that are gone; dropped."""

    def __str__(self) -> str:
        return f"{self.num_known:,} tasks known, {self.num_new:,} new, {self.num_removed:,} removed"


def kept_table(index: TaskIndex, observed: Columns, sampler_columns: Columns) -> pa.Table:
    """Return one row per task: its id, what was observed, and the sampler's own numbers."""
    named = {SAMPLER_PREFIX + name: values for name, values in sampler_columns.items()}
    columns = {**observed, **named}
    # Copied, because Arrow would share the memory that the run goes on to change.
    return pa.table({ID: as_arrow(index.ids), **{name: values.copy() for name, values in columns.items()}})


def read_kept_table(table: pa.Table, index: TaskIndex) -> tuple[Columns, Columns, Restored]:
    """Return the columns of what was observed and of the sampler in the order of `index` (new: 0), and the count."""
    place = _places(index, table)
    is_known = place >= 0
    columns = {name: _aligned(table[name].to_numpy(), place) for name in table.column_names if name != ID}
    own = {name: values for name, values in columns.items() if not name.startswith(SAMPLER_PREFIX)}
    sampler = {name.removeprefix(SAMPLER_PREFIX): values for name, values in columns.items() if name not in own}
    num_known = int(is_known.sum())
    restored = Restored(num_known=num_known, num_new=len(index) - num_known, num_removed=table.num_rows - num_known)
    return own, sampler, restored


def snapshot_table(
    index: TaskIndex, posterior: Posterior, *, rows: Rows, tier: Rows, weight: Floats, step: int
) -> pa.Table:
    """Return the snapshot of `step`: one row for each of `rows`, as believed then. On disk it is curriculum/deltas.py.

    `drawn_as` is what was believed before the groups of this step, null for tasks that had none.
    """
    alpha, beta = posterior.counts(rows, step)
    is_idle = posterior.last_step[rows] != step
    return pa.table(
        {
            ID: as_arrow(index.ids).take(pa.array(rows)),
            "source": names_of(index.source[rows], index.sources),
            "domain": names_of(index.domain[rows], index.domains),
            "subcategory": names_of(index.subcategory[rows], index.subcategories),
            "pass_rate": (alpha / (alpha + beta)).astype(np.float32),
            "tier": names_of(tier, TIERS),
            "alpha": alpha.astype(np.float32),
            "beta": beta.astype(np.float32),
            "num_seen": posterior.num_seen[rows],
            "last_step": posterior.last_step[rows],
            "weight": weight.astype(np.float32),
            "drawn_as": pa.array(posterior.drawn_as[rows], mask=is_idle),
        }
    )


def _places(index: TaskIndex, table: pa.Table) -> NDArray[np.int64]:
    """Return [N] the row of `table` that has each task's id, -1 where none has."""
    present, kept = as_arrow(index.ids), table[ID]
    if present.equals(kept):
        return np.arange(len(index))
    found = pc.index_in(present, value_set=kept.cast(present.type).combine_chunks())
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def _aligned(kept: NDArray[Any], place: NDArray[np.int64]) -> NDArray[Any]:
    is_known = place >= 0
    values = np.zeros(len(place), dtype=kept.dtype)
    values[is_known] = kept[place[is_known]]
    return values


def as_arrow(ids: Any) -> pa.ChunkedArray:
    """Return task ids (an Arrow array, or a list of str) as one kind of thing."""
    if isinstance(ids, pa.ChunkedArray):
        return ids
    return pa.chunked_array([ids if isinstance(ids, pa.Array) else pa.array(ids, pa.string())])


def names_of(codes: NDArray[Any], names: tuple[str, ...]) -> pa.Array:
    """Return the name of each code."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(names, pa.string())).cast(
        pa.string()
    )
