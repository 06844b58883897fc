"""The training benchmark of the curriculum on a budget of one step a run: real engines, started once for all runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from omegaconf import OmegaConf

SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
from rlcs.bench.curriculum.regimes import STARTS
from rlcs.bench.curriculum.study import Study
from rlcs.bench.curriculum.training import run

STARTS["steep"] = replace(STARTS["steep"], num_traces=160)  # ten updates make the starting policy
study = Study(
    out=Path(sys.argv[1]), regimes=["easy-heavy"], arms=["uniform", "rlcs"], seeds=[0], budget=128, eval_every=128,
    num_tasks=50, is_graded=True, is_shuffled=True,
)
with study.working_folder():
    run(study, json_target=Path(sys.argv[1]) / "study.json")
"""


def bench(out: Path) -> str:
    """Run the study in a process of its own and return what it printed."""
    command = [sys.executable, "-c", SCRIPT, str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, cwd=out.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.release
@pytest.mark.slow
@pytest.mark.timeout(700)
def test_arms_start_alike_and_finished_runs_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "study"
    assert "2 runs, 0 of them finished before" in bench(out)
    content = json.loads((out / "study.json").read_text())
    uniform, rlcs = (one["curve"] for one in content["runs"])
    # The same weights, held-out tasks and seeds before training, although the learner had trained in between.
    assert uniform[0]["accuracy"] == rlcs[0]["accuracy"]
    assert uniform[0]["completions"] == 0 and uniform[-1]["completions"] >= 128
    assert uniform[-1]["addition"] <= 1.0 and set(content["runs"][0]["by_domain"]) >= {"addition", "equation"}
    assert [one["arm"] for one in content["summary"]] == ["uniform", "rlcs"]
    # pass@8 of 50 tasks, graded once for both arms, and told to the curriculum.
    assert [one["grading"] for one in content["runs"]] == [400, 400]
    grades = out / "data" / "easy-heavy-50-0.grades.parquet"
    assert len(pd.read_parquet(grades)) == 50
    assert OmegaConf.load(out / "easy-heavy" / "rlcs" / "seed-0" / "config.yaml").data.train[0].grades == str(grades)
    assert {file.suffix for file in out.iterdir() if file.is_file()} >= {".json", ".png", ".html"}

    stamp = (out / "easy-heavy" / "uniform" / "seed-0" / "result.json").stat().st_mtime_ns
    assert "finished before" not in bench(out)
    assert (out / "easy-heavy" / "uniform" / "seed-0" / "result.json").stat().st_mtime_ns == stamp
