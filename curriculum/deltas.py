"""What a run writes of the curriculum after a step: the tasks judged since an earlier step, and what moved for all.

    file of step 12,345   the tasks judged since step 12,344
    file of step 12,340   since 12,330; of 12,300 since 12,200; of 12,000 since 11,000

Whatever is believed of a task changes in two ways: its rating, evidence and kind when it is judged, and everything else
with the level of its stratum, the weight of its kind and the time. The first is a row of the file; the second is in its
metadata (`Moved`), and every task follows from it. So the state at a step is its file, the one that this is relative to
(its base), and so on: at most nine files for each digit of the step. The file of a process's first step, and one that
would hold half of the tasks seen or more, is whole: it has all tasks seen, and no base.

Shapes: k tasks, G strata, K kinds of the sampler.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Floats
from curriculum.beliefs.difficulty import Posterior
from curriculum.protocol import Sampler
from curriculum.snapshots import as_arrow, names_of
from rlcs.records import TaskIndex

HEAD = b"rlcs.snapshot"
"""Key of the metadata that files of this kind have: plain values as JSON. Those of 0.1.0 do not have it."""
ARRAYS: dict[str, Any] = {"level": np.float64, "new_rating": np.float64, "source": np.int16, "by_kind": np.float32}
WHOLE_SHARE = 0.5
"""A file is whole where it would hold this share of the tasks seen: so all whole ones are twice the others at most."""
WRITING: dict[str, Any] = {
    "compression": "zstd",
    "store_schema": False,  # twice the metadata, once more as text
    "write_statistics": False,
    "use_dictionary": ["source", "domain", "subcategory"],
    "column_encoding": {
        "task_id": "DELTA_BYTE_ARRAY", "row": "DELTA_BINARY_PACKED", "last_step": "DELTA_BINARY_PACKED",
        "rating": "BYTE_STREAM_SPLIT", "drawn_as": "BYTE_STREAM_SPLIT",
    },
}  # fmt: skip
"""How pyarrow writes such a file: small, as there are many."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a snapshot says of all tasks at once."""

    step: int
    base: int | None
    """The step whose snapshot this one is relative to; None: it is whole."""
    prior_strength: float
    half_life: float
    edges: list[float]
    """Pass rates that part the tiers."""
    rule: dict[str, Any] | None
    """The rule that weights follow (curriculum/weight_rules.py); None: they go by kind, or are a column of the file."""
    level: Floats
    """[G]"""
    new_rating: Floats
    """[G]"""
    source: NDArray[np.int16]
    """[G] source of each stratum, as a place in the rule's lists."""
    by_kind: NDArray[np.float32]
    """[K] weight of each kind; empty where weights do not go by it."""


def base_step(step: int, first: int | None) -> int | None:
    """Return the step that the file of `step` is relative to; `first`: that of the first file, if there is one.

    Example, with first 1: 12345 -> 12344, 12340 -> 12330, 10 -> 1, 1 -> None.
    """
    if first is None or step <= first:
        return None
    num_zeros = len(str(step)) - len(str(step).rstrip("0"))
    return max(step - int(10**num_zeros), first)


def changes_table(
    index: TaskIndex, posterior: Posterior, sampler: Sampler, *, step: int, since: int | None, edges: list[float]
) -> pa.Table:
    """Return the file of `step`: the tasks judged since `since`, or all tasks seen, with `Moved` as metadata."""
    rule = sampler.rule()
    goes_by_kind = type(sampler).weights is Sampler.weights
    rows = np.flatnonzero(posterior.last_step > (-1 if since is None else since))
    num_seen = np.count_nonzero(posterior.num_seen)
    if not (rule or goes_by_kind) or len(rows) >= WHOLE_SHARE * num_seen:
        rows, since = np.flatnonzero(posterior.num_seen), None
    moved = Moved(
        step=step, base=since, prior_strength=posterior.prior_strength, half_life=posterior.half_life, edges=edges,
        rule=rule, level=posterior.skill.level, new_rating=posterior.skill.new_rating,
        source=posterior.strata.source.astype(np.int16),
        by_kind=(sampler.weight_of_kind() if goes_by_kind else np.zeros(0)).astype(np.float32),
    )  # fmt: skip
    columns = {
        "row": rows.astype(np.int32),
        "task_id": as_arrow(index.ids).take(pa.array(rows)),
        "source": names_of(index.source[rows], index.sources),
        "domain": names_of(index.domain[rows], index.domains),
        "subcategory": names_of(index.subcategory[rows], index.subcategories),
        "stratum": posterior.strata.of[rows].astype(np.int32),
        "kind": sampler.kinds(rows).astype(np.int32),
        "rating": posterior.rating[rows],
        "evidence": posterior.evidence[rows],
        "num_seen": posterior.num_seen[rows],
        "last_step": posterior.last_step[rows],
        "drawn_as": pa.array(posterior.drawn_as[rows], mask=posterior.last_step[rows] != step),
    }
    if not (rule or goes_by_kind):
        columns["weight"] = sampler.weights(rows).astype(np.float32)
    return pa.table(columns).replace_schema_metadata(pack(moved))


def write_changes(table: pa.Table, path: Path) -> None:
    """Write what `changes_table` returned."""
    with pq.ParquetWriter(path, table.schema.remove_metadata(), **WRITING) as writer:
        writer.write_table(table.replace_schema_metadata())
        writer.add_key_value_metadata(table.schema.metadata)


def pack(moved: Moved) -> dict[bytes, bytes]:
    """Return `moved` as the metadata of a Parquet file: JSON, because other readers of Parquet want text."""
    plain = {name: value for name, value in vars(moved).items() if name not in ARRAYS}
    arrays = {name: _squeezed(vars(moved)[name].astype(kind)) for name, kind in ARRAYS.items()}
    return {HEAD: json.dumps({**plain, **arrays}).encode()}


def unpack(metadata: Mapping[bytes, bytes]) -> Moved | None:
    """Return what `pack` packed; None where the file is a snapshot of 0.1.0, which has all columns of all tasks.

    Raises KeyError, TypeError, ValueError or zlib.error where the metadata are broken.
    """
    if HEAD not in metadata:
        return None
    told = json.loads(metadata[HEAD])
    return Moved(**{**told, **{name: _unsqueezed(told[name], kind) for name, kind in ARRAYS.items()}})


def base_of(metadata: Mapping[bytes, bytes]) -> int | None:
    """Return the step that a file with these metadata is relative to; None where it is whole. Raises as `unpack`."""
    base = json.loads(metadata[HEAD])["base"] if HEAD in metadata else None
    return None if base is None else int(base)


def _squeezed(values: NDArray[Any]) -> str:
    """Return an array as text; bytes of equal weight stand side by side, which are alike and compress better."""
    planes = np.ascontiguousarray(values).view(np.uint8).reshape(-1, values.itemsize).T
    return base64.b64encode(zlib.compress(planes.tobytes())).decode()


def _unsqueezed(packed: str, kind: Any) -> NDArray[Any]:
    flat = np.frombuffer(zlib.decompress(base64.b64decode(packed)), dtype=np.uint8)
    values: NDArray[Any] = np.ascontiguousarray(flat.reshape(np.dtype(kind).itemsize, -1).T).view(kind)
    return values.reshape(-1)
