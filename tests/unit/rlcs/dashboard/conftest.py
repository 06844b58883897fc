"""Small run folders, written as the ledger writes them, whose numbers can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from curriculum.snapshots import SNAPSHOT_SCHEMA
from rlcs.dashboard.data.parquet import ROLLOUT_SCHEMA
from rlcs.dashboard.pictures import NoPicture
from rlcs.dashboard.renderings import rendering

Rows = Sequence[Mapping[str, Any]]

ROLLOUT = {
    "task_id": "a:1", "source": "a", "domain": "stem.math", "group": 0, "prompt": "1+1=", "response": "2",
    "answer": "2", "extracted": "2", "score": 1.0, "status": "correct", "components": [("correctness", 1.0)],
    "forced": False, "num_tokens": 1, "finish_reason": "stop", "policy_version": 0, "selected": True,
    "advantage": 0.0, "message": "",
}  # fmt: skip
TASK = {
    "task_id": "a:1", "source": "a", "domain": "stem.math", "pass_rate": 0.5, "tier": "medium", "alpha": 1.0,
    "beta": 1.0, "num_seen": 1, "last_step": 1, "weight": 1.0,
}  # fmt: skip
CONFIG = {
    "run": {"steps": 10},
    "data": {
        "train": [{"name": "a", "domain": "stem.math"}, {"name": "b", "domain": "logic"}],
        "eval": [{"name": "held_out_a", "domain": "stem.math"}],
    },
    "rollout": {"group_size": 2},
    "curriculum": {"batch_size": 4, "tier_edges": [0.1, 0.3, 0.7, 0.9], "expansion": {"cap": 3.0}},
    "eval": {"every": 2},
}


def as_table(rows: Rows, defaults: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    filled = [{**defaults, **row} for row in rows]
    extra = [name for name in dict.fromkeys(key for row in filled for key in row) if name not in schema.names]
    table = pa.Table.from_pylist(filled, schema=pa.schema([field for field in schema if field.name != "subcategory"]))
    if any("subcategory" in row for row in filled):
        extra.append("subcategory")
    for name in dict.fromkeys(extra):
        table = table.append_column(name, pa.array([row.get(name) for row in filled]))
    return table


@pytest.fixture(scope="session")
def walled() -> None:
    """Skip where no browser starts behind walls that are enough for looking at a page."""
    try:
        rendering("<p>a", {"width": 224, "height": 112})
    except NoPicture as error:
        if "needs Chromium" not in str(error) and "behind walls" not in str(error):
            raise
        pytest.skip(str(error))


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., Path]:
    def write(
        name: str = "run",
        *,
        config: Mapping[str, Any] | None = None,
        metrics: Rows = (),
        rollouts: Mapping[int, Rows] | None = None,
        snapshots: Mapping[int, Rows] | None = None,
    ) -> Path:
        folder = tmp_path / name
        for part in ("rollouts", "curriculum"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **(config or {})}))
        with (folder / "metrics.jsonl").open("a") as stream:
            stream.writelines(json.dumps(line) + "\n" for line in metrics)
        for step, rows in (rollouts or {}).items():
            table = as_table([{"step": step, **row} for row in rows], ROLLOUT, ROLLOUT_SCHEMA)
            pq.write_table(table, folder / f"rollouts/step-{step:06d}.parquet")
        for step, rows in (snapshots or {}).items():
            pq.write_table(as_table(rows, TASK, SNAPSHOT_SCHEMA), folder / f"curriculum/step-{step:06d}.parquet")
        return folder

    return write
