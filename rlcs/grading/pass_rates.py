"""From records to grades: pass rates of several models and the labels of the data become one pass rate a task.

    pass rate = (label_strength x label + judged x measured) / (label_strength + judged)

`measured` is the mean over the models of their mean scores, `judged` counts the judged completions of all models: the
label is a Beta prior worth `label_strength` completions. Without a label it is `measured`. A task of which nothing
could be judged has no grade, whatever its label. Shapes: N tasks of the pool, M models, n completions a model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Column, Table

from curriculum.beliefs.difficulty import Floats, Ints, tier_of
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.grading.log import NOT_ASKED, Keys, Records, latest
from rlcs.process.console import console, say
from rlcs.records import TIERS, TaskIndex
from rlcs.run.evaluation import pass_at_k
from rlcs.tasks.grade_costs import METADATA_KEY

TITLES = ("v.hard", "hard", "medium", "easy", "v.easy")
"""Of TIERS, where a line must fit a terminal."""


@dataclass(frozen=True, kw_only=True)
class ModelGrades:
    """What one model made of the tasks; all arrays [N]."""

    pass_rate: Floats
    """Mean score of the judged completions, NaN without one."""
    num_completions: Ints
    num_unjudged: Ints
    pass_at: dict[int, Floats]
    """Unbiased pass@k by k, NaN where fewer than k completions were judged."""
    num_generated: int
    """Completions generated in all, those of tasks that have changed or gone since included."""
    num_tokens: int


def model_grades(keys: Keys, records: Records, *, threshold: float) -> ModelGrades:
    """Grade the tasks `keys` [N] by the records of one model; a score of at least `threshold` is a pass."""
    last = latest(records)
    num_completions = records.dtype["scores"].shape[0]
    position = np.searchsorted(last["task"], keys)
    is_known = np.isin(keys, last["task"])
    scores = np.full((len(keys), num_completions), np.nan, dtype=np.float32)
    scores[is_known] = last["scores"][position[is_known]]
    asked = (scores != NOT_ASKED).sum(axis=1)
    scores[scores == NOT_ASKED] = np.nan
    judged = (~np.isnan(scores)).sum(axis=1)
    passed = (scores >= threshold).sum(axis=1)
    return ModelGrades(
        pass_rate=_divided(np.nansum(scores, axis=1, dtype=np.float64), judged),
        num_completions=np.where(is_known, asked, 0),
        num_unjudged=np.where(is_known, asked - judged, 0),
        pass_at={k: _pass_at(k, judged, passed, num_completions) for k in powers_of_two(num_completions)},
        num_generated=int((records["scores"] != NOT_ASKED).sum()),
        num_tokens=int(records["num_tokens"].sum(dtype=np.int64)),
    )


def powers_of_two(largest: int) -> list[int]:
    """Return 1, 2, 4, … up to `largest`."""
    return [1 << exponent for exponent in range(largest.bit_length())]


def _pass_at(k: int, judged: Ints, passed: Ints, num_completions: int) -> Floats:
    """Return [N] pass@k, looked up in a table by the numbers judged and passed."""
    table = np.full((num_completions + 1, num_completions + 1), np.nan)
    for num in range(k, num_completions + 1):
        table[num, : num + 1] = [pass_at_k(num, count, k) for count in range(num + 1)]
    return np.asarray(table[judged, passed])


def merged_pass_rate(measured: Floats, num_judged: Ints, label: NDArray[Any], *, strength: float) -> Floats:
    """Return (strength x label + judged x measured) / (strength + judged); NaN where nothing was measured.

    Example, strength 2: label 0.8 and 4 judged completions with mean 0.5 make (1.6 + 2) / 6 = 0.6.
    """
    weight = np.where(np.isnan(label), 0.0, strength)
    return _divided(weight * np.nan_to_num(label) + num_judged * measured, weight + num_judged)


def mean_of_known(columns: Sequence[Floats]) -> Floats:
    """Return [N] the mean over models, each counting the same; one that knows nothing of a task (NaN) is left out."""
    values = np.stack(columns)
    return _divided(np.nansum(values, axis=0), (~np.isnan(values)).sum(axis=0))


def _divided(total: Floats, count: NDArray[Any]) -> Floats:
    return np.asarray(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0))


def grade_table(
    index: TaskIndex,
    models: Mapping[str, ModelGrades],
    config: Config,
    *,
    partial: tuple[Floats, Floats] | None = None,
) -> pa.Table:
    """Return the grades of all N tasks as they are written: a row a task, null where something is not known.

    `partial`: pass rates of all tasks where only some were measured, and the completions that each is worth.
    """
    settings, by_model = config.grade, list(models.values())
    measured = mean_of_known([one.pass_rate for one in by_model])
    generated = np.sum([one.num_completions for one in by_model], axis=0)
    unjudged = np.sum([one.num_unjudged for one in by_model], axis=0)
    label = index.difficulty.astype(np.float64)
    rate = merged_pass_rate(measured, generated - unjudged, label, strength=settings.label_strength)
    certainty = {}
    if partial is not None:
        rate, certainty = partial[0], {"certainty": _known(partial[1])}
    columns = {
        "task_id": index.ids,
        "source": _names(index.sources, index.source),
        "domain": _names(index.domains, index.domain),
        "subcategory": _names(index.subcategories, index.subcategory),
        "pass_rate": _known(rate),
        "tier": _tiers(rate, config.curriculum.tier_edges),
        **certainty,
        "measured": _known(measured),
        "label": _known(label),
        "num_completions": pa.array(generated, pa.int32()),
        "num_unjudged": pa.array(unjudged, pa.int32()),
        **{f"pass@{k}": _known(mean_of_known([one.pass_at[k] for one in by_model])) for k in by_model[0].pass_at},
        **{f"pass_rate/{name}": _known(one.pass_rate) for name, one in models.items()},
    }
    return pa.table(columns).replace_schema_metadata({METADATA_KEY: json.dumps(_about(models, config))})


def _about(models: Mapping[str, ModelGrades], config: Config) -> dict[str, Any]:
    """Return what grading has cost and how grades were made, for the metadata of the file."""
    return {
        "num_completions_total": sum(one.num_generated for one in models.values()),
        "num_tokens_total": sum(one.num_tokens for one in models.values()),
        "num_completions": config.grade.num_completions,
        "label_strength": config.grade.label_strength,
        "threshold": config.eval.threshold,
        "temperature": config.rollout.temperature,
        "tier_edges": config.curriculum.tier_edges,
        "models": [
            {"model": name, "num_completions": one.num_generated, "num_tokens": one.num_tokens}
            for name, one in models.items()
        ],
    }


def about(table: pa.Table) -> dict[str, Any]:
    """Return the metadata of a file of grades: what it has cost, and with what it was made."""
    found: dict[str, Any] = json.loads(table.schema.metadata[METADATA_KEY])
    return found


def write_grades(table: pa.Table, out: Path) -> None:
    """Write the file whole or not at all."""
    partial = out.with_name(f".{out.name}.partial")
    try:
        pq.write_table(table, partial)
        partial.replace(out)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"cannot write {out}: {error.strerror}; then give the same command again") from error


def print_grades(table: pa.Table, tier_edges: Sequence[float]) -> None:
    """Print which tiers the tasks of each source and domain fell into, and how far labels and measurement differ."""
    numbers = (Column(title, justify="right") for title in ("tasks", *TITLES, "none", "rate"))
    printed = Table("", *numbers, box=SIMPLE, padding=0)
    for part, rows in _parts(table):
        printed.add_row(escape(part), *tier_row(rows))
    console.print(printed)
    for source, rows in _by(table, "source"):
        if told := label_line(source, rows, tier_edges):
            say(told)


def summary(table: pa.Table, out: Path) -> list[str]:
    """Return in words what grading has cost, what is missing, and what to do with the file."""
    told = about(table)
    generated, tokens, num_models = told["num_completions_total"], told["num_tokens_total"], len(told["models"])
    lines = [f"{generated:,} completions of {tokens:,} tokens in all were generated with {num_models} model(s)"]
    if "certainty" in table.column_names:
        num_measured = len(table) - table["measured"].null_count
        lines.append(f"{num_measured:,} of {len(table):,} tasks were measured, the others predicted from their texts")
    has_none = pc.is_null(table["pass_rate"])
    if num_unjudged := pc.sum(pc.and_(has_none, pc.greater(table["num_unjudged"], 0))).as_py():
        lines.append(f"{num_unjudged:,} tasks could not be judged and have no grade: the same command tries them again")
    if num_long := pc.sum(pc.and_(has_none, pc.equal(table["num_completions"], 0))).as_py():
        lines.append(f"{num_long:,} tasks have prompts longer than data.max_prompt_tokens and no grade")
    return [*lines, f"wrote {out}; to make it the prior of the curriculum: data.train.0.grades={out} (for each source)"]


def tier_row(rows: pa.Table) -> list[str]:
    """Return number of tasks, tasks in each tier, tasks without a grade, mean pass rate."""
    counts = [f"{pc.sum(pc.equal(rows['tier'], tier)).as_py() or 0:,}" for tier in TIERS]
    rates = _numbers(rows, "pass_rate")
    return [f"{len(rows):,}", *counts, f"{rows['tier'].null_count:,}", _mean(rates[~np.isnan(rates)])]


def label_line(source: str, rows: pa.Table, tier_edges: Sequence[float]) -> str | None:
    """Return how far the labels of a source and the measurement differ; None where there is nothing to compare."""
    label, measured = _numbers(rows, "label"), _numbers(rows, "measured")
    both = ~np.isnan(label) & ~np.isnan(measured)
    tiers = [tier_of(values[both], edges=np.array(tier_edges)) for values in (label, measured)]
    if not both.any():
        return None
    share, gap = np.mean(tiers[0] != tiers[1]), np.mean(np.abs(label - measured)[both])
    return (
        f"labels of {source}: {both.sum():,} tasks measured, {gap:.2f} off on average, "
        f"{100 * share:.0f} % in another tier than their label"
    )


def _parts(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield all tasks, those of each source, and those of each domain, with what they are called."""
    yield "all", table
    yield from _by(table, "source")
    yield from ((f"domain/{domain}", rows) for domain, rows in _by(table, "domain"))


def _by(table: pa.Table, column: str) -> Iterator[tuple[str, pa.Table]]:
    for value in table[column].unique().to_pylist():
        yield value, table.filter(pc.equal(table[column], value))


def _names(names: Sequence[str], numbers: NDArray[Any]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers), pa.array(names, pa.string())).cast(pa.string())


def _known(values: Floats) -> pa.Array:
    return pa.array(values, pa.float32(), from_pandas=True)


def _tiers(rates: Floats, tier_edges: Sequence[float]) -> pa.Array:
    numbers = tier_of(np.nan_to_num(rates), edges=np.array(tier_edges, dtype=np.float64))
    indices = pa.array(numbers, mask=np.isnan(rates))
    return pa.DictionaryArray.from_arrays(indices, pa.array(TIERS)).cast(pa.string())


def _numbers(rows: pa.Table, column: str) -> Floats:
    return np.asarray(rows[column].to_numpy(), dtype=np.float64)


def _mean(values: Floats) -> str:
    return f"{values.mean():.3f}" if len(values) else "-"
