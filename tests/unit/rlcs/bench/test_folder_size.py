"""The folder of a long run stays small, and its snapshots are those of the curriculum that wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from curriculum.rebuilding import read_snapshot
from rlcs.bench import folder_size
from rlcs.bench.folder_size import LongRun, part_sizes, size_table, write_long_run
from rlcs.config.load import load_config
from rlcs.errors import UserError
from rlcs.run.retention import step_files

SHAPE = LongRun(num_steps=200, num_tasks=20_000, num_drawn=16, keep_rollouts=5)
"""A fiftieth of 10,000 steps and a million tasks."""
MAX_BYTES = 200_000
"""Of a step: 10,000 of them are 2 GB."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "run"
    write_long_run(path, SHAPE)
    return path


def test_a_step_costs_few_bytes(folder: Path) -> None:
    sizes = part_sizes(folder)
    assert sum(sizes.values()) == sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert sum(sizes.values()) / SHAPE.num_steps < MAX_BYTES
    # All tasks seen at every step, 1,600 on average and 30 bytes each, would be as much again and grow with the run.
    assert sizes["curriculum"] / SHAPE.num_steps < 45_000
    last = (folder / "curriculum/step-000199.parquet").stat().st_size
    first = (folder / "curriculum/step-000019.parquet").stat().st_size
    assert last < 1.5 * first


def test_the_folder_is_that_of_a_run(folder: Path) -> None:
    assert load_config(folder / "config.yaml", []).run.steps == SHAPE.num_steps
    assert sorted(step_files(folder / "rollouts")) == [*range(196, 201)]
    assert sorted(step_files(folder / "curriculum")) == [*range(1, 201)]
    seen = read_snapshot(folder, SHAPE.num_steps)
    assert sum(seen["num_seen"].to_pylist()) == SHAPE.num_steps * SHAPE.num_drawn
    assert max(seen["last_step"].to_pylist()) == SHAPE.num_steps


def test_the_table_adds_up() -> None:
    console = Console(width=80, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(size_table({"curriculum": 4_000_000, "rollouts": 1_000_000}, SHAPE))
    assert "5.0" in captured.get() and "25,000" in captured.get()


def test_a_folder_that_is_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name a folder that does not exist yet"):
        folder_size.run(SHAPE, folder=tmp_path, json_target=None)
