"""Offline grades: the pass rates that `rlcs grade` measured become the difficulty of the tasks they belong to.

A grade that is null (nothing could be judged) is none. Grades of `rlcs grade` by one model, where completions pass or
fail and no label of the data is in them, are shrunk towards those of the source. Others are taken as they are: a label
is a prior already, and in partial scores and in the mean over several models there is less chance than the number of
completions tells.

Shrinkage: a task that none of 8 completions solved is not one that is never solved, and of tasks graded 0.5 most are
harder where most of the source is. Pass rates within a source are taken to be Beta(a, b), completions of a task to be
Binomial; by the method of moments, with m and v the mean and variance of the grades over the source and n the
completions of one:

    rho      = (v / (m (1 - m)) - 1 / n) / (1 - 1 / n)          correlation of two completions of one task
    strength = a + b = 1 / rho - 1                              completions that the source is worth
    rate     = (n grade + strength m) / (n + strength)
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
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
_BEHIND = pa.schema(
    [
        ("num_completions", pa.int64()), ("num_unjudged", pa.int64()), ("label", pa.float64()),
        ("measured", pa.float64()), ("pass@1", pa.float64()),
    ]
)  # fmt: skip
_CERTAINTY = pa.field("certainty", pa.float32())
"""Of grades of which only some were measured: these are shrunk already."""
_OF_MODEL = "pass_rate/"
"""Begins the columns of single models."""
Floats = NDArray[np.float64]
LEAST_STRENGTH = 0.25
"""Also where the grades of a source are all 0 or 1: then, too, 0 of 8 is not never."""
MOST_STRENGTH = 32.0
"""As hard as each other as they may seem, what several groups say of a task stands."""
FEWEST = 20
"""Of fewer grades the variance says little: the least strength is taken."""


@dataclass(frozen=True, kw_only=True)
class Difficulty:
    """What is believed of N tasks before training."""

    rate: NDArray[np.float32]
    """[N] expected pass rate, NaN where unknown."""
    certainty: NDArray[np.float32] | None = None
    """[N] completions that this is worth, NaN where that is unknown; None: of no task is it known."""
    is_predicted: NDArray[np.bool_] | None = None
    """[N] whether it was predicted and not measured; None: of no task."""
    is_measured: NDArray[np.bool_] | None = None
    """[N] whether it is a grade that was measured; None: there are no grades."""


def graded_difficulty(source: SourceConfig, ids: pa.StringArray, difficulty: NDArray[np.float32]) -> Difficulty:
    """Return the difficulties [N] with those replaced that the grades of the source know.

    Args:
        ids: [N] task ids, "<source>:<id>", as in the column task_id of the grades.
        difficulty: [N] labels of the source itself, NaN where unknown.
    """
    grades = _read(source)
    # Of a task that comes twice the last grade counts: newer ones are appended.
    grades = grades.take(pa.array(np.arange(len(grades))[::-1]))
    position = pc.index_in(ids, value_set=grades["task_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    is_graded = ~np.isnan(position)
    if not is_graded.any():
        example = grades["task_id"][-1] if len(grades) else "nothing"
        raise UserError(
            f"data source {source.name}: grades {source.grades} know none of its tasks: they hold {example}, …; "
            f"expected task ids like {ids[0]}"
        )
    _report(source, ids, grades["task_id"], num_graded=int(is_graded.sum()))
    graded = difficulty.copy()
    found = grades.take(pa.array(position[is_graded].astype(np.int64)))
    graded[is_graded] = _rates(found)
    if _CERTAINTY.name not in found.column_names:
        return Difficulty(rate=graded, is_measured=is_graded)
    certainty, is_predicted = np.full(len(graded), np.nan, dtype=np.float32), np.zeros(len(graded), dtype=bool)
    certainty[is_graded] = found[_CERTAINTY.name].to_numpy()
    is_predicted[is_graded] = found["measured"].is_null().to_numpy()
    is_measured = is_graded & ~is_predicted
    return Difficulty(rate=graded, certainty=certainty, is_predicted=is_predicted, is_measured=is_measured)


def _rates(grades: pa.Table) -> Floats:
    """Return the pass rate to expect of each graded task of a source."""
    rates: Floats = grades["pass_rate"].to_numpy()
    is_shrunk = _CERTAINTY.name in grades.column_names
    if is_shrunk or "pass@1" not in grades.column_names or not _pass_or_fail(grades):
        return rates
    num_judged = pc.subtract(grades["num_completions"], grades["num_unjudged"]).to_numpy().astype(np.float64)
    is_plain = grades["label"].is_null().to_numpy() & (num_judged > 0)
    rates = rates.copy()
    rates[is_plain] = shrunk(rates[is_plain], num_judged[is_plain])
    return rates


def _pass_or_fail(grades: pa.Table) -> bool:
    """Say whether completions scored 0 or 1 only; tasks of which none was judged do not tell."""
    return np.allclose(grades["measured"].to_numpy(), grades["pass@1"].to_numpy(), atol=1e-6, equal_nan=True)


def _report(source: SourceConfig, ids: pa.StringArray, known: pa.ChunkedArray, *, num_graded: int) -> None:
    """Log in one line how many tasks have a grade; grades without a task, or two for one, make it a warning."""
    own = known.filter(pc.starts_with(known, f"{source.name}:"))
    num_gone = pc.sum(pc.invert(pc.is_in(own, value_set=ids))).as_py() or 0
    num_twice = len(own) - pc.count_distinct(own).as_py()
    text = f"grades of {source.name}: {num_graded} of {len(ids)} tasks have one"
    text += f"; {num_gone} more belong to no task of the source" if num_gone else ""
    text += f"; {num_twice} come a second time, and the last counts" if num_twice else ""
    log.log(logging.WARNING if num_gone or num_twice else logging.INFO, text)


def _read(source: SourceConfig) -> pa.Table:
    """Return the grades of the file, the tasks that could not be graded left out; columns as in `_table`."""
    file = Path(str(source.grades)).expanduser()
    if not file.is_file():
        raise missing_file(str(source.grades))
    grades = _table(source, file)
    rates = grades["pass_rate"]
    wrong = pc.indices_nonzero(pc.invert(pc.and_(pc.greater_equal(rates, 0.0), pc.less_equal(rates, 1.0))))
    if len(wrong):
        row = wrong[0].as_py()
        raise UserError(f"{file} row {row + 1}: pass_rate is {rates[row]}; expected a number in [0, 1]")
    return grades.filter(pc.is_valid(rates))


def _table(source: SourceConfig, file: Path) -> pa.Table:
    """Return task_id and pass_rate, as text and numbers; of grades by one model also what is behind them."""
    try:
        names = pq.read_schema(file).names
        for column in _SCHEMA.names:
            if column not in names:
                raise UserError(f"data source {source.name}: grades {file}: {missing_column(column, names)}")
        is_of_one = sum(name.startswith(_OF_MODEL) for name in names) == 1 and set(_BEHIND.names) <= set(names)
        schema = pa.unify_schemas([_SCHEMA, _BEHIND]) if is_of_one else _SCHEMA
        if is_of_one and _CERTAINTY.name in names:
            schema = schema.append(_CERTAINTY)
        return pq.read_table(file, columns=schema.names).select(schema.names).cast(schema)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"data source {source.name}: grades {file} cannot be read: {error}; expected a Parquet file of rlcs grade, "
            f"with task_id as text and pass_rate as numbers"
        ) from error


def shrunk(grades: Floats, num_judged: Floats) -> Floats:
    """Return the expected pass rates of tasks of one source.

    Args:
        grades: [N] mean scores in [0, 1].
        num_judged: [N] completions behind each, at least 1.

    Example: of 1,000 tasks whose grades say m = 0.05 and strength 2, one that failed 8 times has (0 + 0.1) / 10 = 0.01.
    """
    if not len(grades):
        return grades
    mean, strength = float(grades.mean()), strength_of(grades, num_judged)
    return np.asarray((num_judged * grades + strength * mean) / (num_judged + strength))


def strength_of(grades: Floats, num_judged: Floats) -> float:
    """Return a + b of the Beta distribution that pass rates of these tasks seem to have, within bounds."""
    mean, several = float(grades.mean()), num_judged > 1
    spread = mean * (1.0 - mean)
    if several.sum() < FEWEST or spread <= 0.0:
        return LEAST_STRENGTH
    chance = float((1.0 / num_judged[several]).mean())
    rho = (float(((grades[several] - mean) ** 2).mean()) / spread - chance) / (1.0 - chance)
    return float(np.clip(1.0 / rho - 1.0 if rho > 0.0 else np.inf, LEAST_STRENGTH, MOST_STRENGTH))
