"""Offline grades: the pass rates that `rlcs grade` measured become the difficulty of the tasks they belong to."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rlcs.config.schema import SourceConfig
from rlcs.errors import UserError
from rlcs.tasks.paths import missing_file
from rlcs.tasks.rows import missing_column

log = logging.getLogger("rlcs.tasks")

_SCHEMA = pa.schema({"task_id": pa.string(), "pass_rate": pa.float64()})


def graded_difficulty(
    source: SourceConfig, ids: pa.StringArray, difficulty: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return [N] difficulties with those replaced that the grades of the source know.

    Args:
        ids: [N] task ids, "<source>:<id>", as in the column task_id of the grades.
        difficulty: [N] labels of the source itself, NaN where unknown.
    """
    grades = _read(source)
    position = pc.index_in(ids, value_set=grades["task_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    is_graded = ~np.isnan(position)
    if not is_graded.any():
        example = grades["task_id"][0] if len(grades) else "nothing"
        raise UserError(
            f"data source {source.name}: grades {source.grades} know none of its tasks: they hold {example}, …; "
            f"expected task ids like {ids[0]}"
        )
    rates = grades["pass_rate"].to_numpy().astype(np.float32)
    log.info("grades of %s: %d of %d tasks have one", source.name, is_graded.sum(), len(ids))
    graded = difficulty.copy()
    graded[is_graded] = rates[position[is_graded].astype(np.int64)]
    return graded


def _read(source: SourceConfig) -> pa.Table:
    file = Path(str(source.grades)).expanduser()
    if not file.is_file():
        raise missing_file(str(source.grades))
    grades = _table(source, file)
    rates = grades["pass_rate"].to_numpy()
    wrong = np.flatnonzero(~((rates >= 0.0) & (rates <= 1.0)))
    if len(wrong):
        row = int(wrong[0])
        raise UserError(f"{file} row {row + 1}: pass_rate is {rates[row]}; expected a number in [0, 1]")
    return grades


def _table(source: SourceConfig, file: Path) -> pa.Table:
    """Return the columns task_id and pass_rate, as text and numbers."""
    try:
        names = pq.read_schema(file).names
        for column in _SCHEMA.names:
            if column not in names:
                raise UserError(f"data source {source.name}: grades {file}: {missing_column(column, names)}")
        return pq.read_table(file, columns=_SCHEMA.names).select(_SCHEMA.names).cast(_SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"data source {source.name}: grades {file} cannot be read: {error}; expected a Parquet file of rlcs grade, "
            f"with task_id as text and pass_rate as numbers"
        ) from error
