"""A snapshot of the curriculum, put together from the files that hold it (curriculum/deltas.py).

`read_snapshot` is for people and scripts; the dashboard reads files in its own way and calls `rebuilt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Rows
from curriculum.beliefs.difficulty import pass_rate, strength, tier_of
from curriculum.deltas import Moved, unpack
from curriculum.snapshots import SNAPSHOT_SCHEMA
from curriculum.weight_rules import weights_by
from rlcs.records import TIERS

BELIEVED = ("pass_rate", "tier", "alpha", "beta", "weight")
"""Columns of a snapshot that follow from others."""
OWN = ("row", "stratum", "kind", "rating", "evidence", "last_step")
"""Columns of a file that a snapshot does not have, or that others follow from."""
Columns = dict[str, Any]


def read_snapshot(run_folder: Path, step: int) -> pa.Table:
    """Return the columns of docs/curriculum.md, one row per task seen up to `step`, as believed at that step.

    Raises FileNotFoundError where the step, or one that its file is relative to, is not there.
    """
    tables: list[pa.Table] = []
    moved, at = None, step
    while True:
        table = pq.read_table(run_folder / "curriculum" / f"step-{at:06d}.parquet")
        told = unpack(table.schema.metadata or {})
        if told is None:
            return table
        tables.append(table)
        moved = moved or told
        if told.base is None:
            break
        at = told.base
    return rebuilt(tables, moved, SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA)


def columns_for(names: Sequence[str], present: Sequence[str]) -> list[str]:
    """Return the columns of a file (which has `present`) that `rebuilt` needs for `names`."""
    needed = {*OWN, *names} if {*names} & {*BELIEVED} else {"row", "last_step", *names}
    return [name for name in present if name in needed]


def rebuilt(tables: Sequence[pa.Table], moved: Moved, names: Sequence[str]) -> pa.Table:
    """Return the columns `names` of a snapshot from its file, that of its base, and so on, the whole one last.

    `moved` is that of the first table. Raises IndexError, KeyError or ValueError where the files do not fit together.
    """
    table = _newest_of_each(tables)
    found: Columns = {name: table[name] for name in names if name in table.column_names}
    if "drawn_as" in names:
        is_idle = table["last_step"].to_numpy() != moved.step
        found["drawn_as"] = pa.array(table["drawn_as"].to_numpy(), mask=is_idle, from_pandas=True)
    if {*names} & {*BELIEVED}:
        found = {**believed(table, moved), **found}
    return pa.table({name: found[name] for name in names})


def believed(table: pa.Table, moved: Moved) -> Columns:
    """Return the columns BELIEVED of all rows of a table with the columns OWN (and `weight`, where they have it)."""
    stratum, last_step = table["stratum"].to_numpy(), table["last_step"].to_numpy()
    rating, evidence = table["rating"].to_numpy(), table["evidence"].to_numpy()
    rate = pass_rate(rating, level=moved.level[stratum], new_rating=moved.new_rating[stratum])
    elapsed = moved.step - last_step
    worth = strength(evidence, elapsed, prior_strength=moved.prior_strength, half_life=moved.half_life)
    alpha, beta = worth * rate, worth * (1.0 - rate)
    tier = tier_of(rate, edges=np.array(moved.edges))
    found: Columns = {
        "pass_rate": (alpha / (alpha + beta)).astype(np.float32),
        "tier": pa.DictionaryArray.from_arrays(pa.array(tier), pa.array(TIERS, pa.string())),
        "alpha": alpha.astype(np.float32),
        "beta": beta.astype(np.float32),
    }
    if "weight" not in table.column_names:
        found["weight"] = (
            moved.by_kind[table["kind"].to_numpy()]
            if moved.rule is None
            else weights_by(moved.rule, source=moved.source[stratum], pass_rate=rate, alpha=alpha, beta=beta).astype(
                np.float32
            )
        )
    return found


def _newest_of_each(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the newest row of each task, in the order of the pool; the tables are the newest first."""
    if len(tables) == 1:
        return tables[0]
    names = tables[0].column_names
    table = pa.concat_tables([_coded(one.select(names)) for one in reversed(tables)]).unify_dictionaries()
    return table.take(pa.array(_last_places(table["row"].to_numpy())))


def _last_places(rows: Rows) -> NDArray[np.int64]:
    """Return the last place of each number, numbers ascending. Example: [3, 5, 3, 4] -> [2, 3, 1]."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    return order[np.append(ordered[1:] != ordered[:-1], len(rows) > 0)] if len(rows) else order


def _coded(table: pa.Table) -> pa.Table:
    """Return a table with its names as codes, which are quicker to move about."""
    for name in ("source", "domain", "subcategory"):
        if name in table.column_names and not pa.types.is_dictionary(table[name].type):
            place = table.column_names.index(name)
            table = table.set_column(place, name, table[name].dictionary_encode())
    return table
