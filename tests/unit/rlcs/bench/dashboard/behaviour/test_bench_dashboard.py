"""The made-up run folder is like a real one, and the benchmark measures what it says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from places import DOCS

from rlcs.bench.dashboard import made_up, pages, run_folder
from rlcs.bench.dashboard.made_up import GROUP_SIZE, GROUPS, SOURCES
from rlcs.bench.dashboard.pages import interactions, measure, result_table
from rlcs.bench.dashboard.run_folder import write_folder
from rlcs.config.load import load_config
from rlcs.dashboard.data.draws import draws_over_steps
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View
from rlcs.errors import UserError
from rlcs.run import rollout_rows
from rlcs.run.folder import read_metrics

NUM_STEPS = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        for module in (made_up, run_folder):
            patch.setattr(module, "NUM_TASKS", 500)
        patch.setattr(run_folder, "CHUNK", 20)
        patch.setattr(run_folder, "EVALUATE_EVERY", 10)
        path = tmp_path_factory.mktemp("bench") / "run"
        write_folder(path, NUM_STEPS)
    return path


def test_the_files_are_those_of_a_real_run(folder: Path) -> None:
    assert len(read_metrics(folder)) == NUM_STEPS
    assert load_config(folder / "config.yaml", []).run.steps == NUM_STEPS
    names = [f"step-{step:06d}.parquet" for step in range(1, NUM_STEPS + 1)]
    assert sorted(path.name for path in folder.glob("rollouts/*")) == names
    assert sorted(path.name for path in folder.glob("curriculum/*")) == names
    table = pq.read_table(folder / "rollouts" / names[-1])
    assert table.schema.equals(rollout_rows.ROLLOUT_SCHEMA) and table.num_rows == GROUPS * GROUP_SIZE


def test_every_key_is_explained_in_the_documentation(folder: Path) -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    documented = {key for line in text.splitlines() if line.startswith("|") for key in re.findall(r"`([^`]+)`", line)}
    patterns = [
        re.sub(r"<\w+>", "[^/]+(?:/[^/]+)?", re.escape(key).replace(r"\<", "<").replace(r"\>", ">"))
        for key in documented
    ]
    patterns = [pattern.replace("pass@k", r"pass@\d+") for pattern in patterns]
    keys = {key for record in read_metrics(folder) for key in record}
    unknown = {key for key in keys if not any(re.fullmatch(pattern, key) for pattern in patterns)}
    assert unknown == set()


def test_rollouts_and_metrics_tell_the_same(folder: Path) -> None:
    record = read_metrics(folder)[6]
    table = pq.read_table(folder / "rollouts/step-000007.parquet")
    scores = np.array([score for score in table["score"].to_pylist() if score is not None])
    assert record["reward/mean"] == pytest.approx(scores.mean())
    assert record["rollout/num_tokens"] == sum(table["num_tokens"].to_pylist())


def test_beliefs_are_those_after_the_rollouts_of_the_step(folder: Path) -> None:
    """Of all groups the tier before the step is known, and no belief comes out below nothing."""
    found = draws_over_steps(Run(folder), View(), budget_s=60.0)
    assert found.steps.tolist() == list(range(1, NUM_STEPS + 1))
    assert (found.sums["drawn"].sum(axis=1) == GROUPS).all()


def test_everything_that_is_measured_happens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "NUM_REPEATS", 1)
    raw = measure(folder, everything=True)
    names = {"first page", "all metrics read", "peak memory", *interactions(Run(folder))}
    assert set(raw) == names
    assert all(value["wall"] > 0 for values in raw.values() for value in values)
    assert len(list(result_table(raw, NUM_STEPS).rows)) == len(names)
    assert Run(folder).sources() == list(SOURCES)


def test_a_folder_that_is_another_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no run that this benchmark wrote; name a folder"):
        pages.run(num_steps=100, folder=tmp_path, json_target=None)
