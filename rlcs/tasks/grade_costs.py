"""What the grades of each source know of its tasks, and the completions that they took: written down with a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.records import TaskIndex

METADATA_KEY = b"rlcs.grade"
"""Of a file of grades: what it has cost and how it was made, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Grading:
    """What the grades of a source know of its tasks in a pool, and what they took."""

    measured: int
    predicted: int
    ungraded: int
    num_completions: int | None
    """Completions that were generated for them; None where their file does not say."""


def gradings(sources: Sequence[SourceConfig], index: TaskIndex) -> dict[str, Grading]:
    """Return what is known of each source that has grades; tasks are those of the pool's index."""
    return {
        source.name: _grading(source, index, index.source == number)
        for number, source in enumerate(sources)
        if source.grades is not None
    }


def _grading(source: SourceConfig, index: TaskIndex, is_own: NDArray[np.bool_]) -> Grading:
    measured, predicted = (
        0 if known is None else int(known[is_own].sum()) for known in (index.is_measured, index.is_predicted)
    )
    return Grading(
        measured=measured,
        predicted=predicted,
        ungraded=int(is_own.sum()) - measured - predicted,
        num_completions=completions_taken(Path(str(source.grades)).expanduser(), source.name),
    )


def completions_taken(file: Path, source: str) -> int | None:
    """Return the completions that grading a source took; None where the file of grades does not say.

    The file tells the completions of each task, and those generated in all: what went into tasks that have changed or
    gone since is shared out among the sources by the former.
    """
    schema = pq.read_schema(file)
    told = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
    if "num_completions_total" not in told or not {"source", "num_completions"} <= set(schema.names):
        return None
    table = pq.read_table(file, columns=["source", "num_completions"])
    own, of_all = (_sum(rows) for rows in (table.filter(pc.equal(table["source"], source)), table))
    return round(float(told["num_completions_total"]) * own / max(of_all, 1))


def _sum(rows: pa.Table) -> int:
    return int(pc.sum(rows["num_completions"]).as_py() or 0)
