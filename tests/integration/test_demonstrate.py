"""From an expert to a policy that learns, on real pages: `rlcs demonstrate`, `rlcs sft`, `rlcs train`."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rlcs_command import finish, metrics, output_of, rlcs

from rewards.sandbox.browser import find_program
from rlcs.errors import UserError
from rlcs.miniwob.library import html_folder

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PAGES = "miniwob://click-test+click-button-sequence?seeds=0-3"
PAGE = {
    "path": PAGES, "environment.params.max_turns": "3", "environment.context_tokens": "640", "environment.hosts": "1",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def pages() -> None:
    """Skip where MiniWoB++ or Chromium are not there."""
    try:
        find_program()
        html_folder()
    except UserError as error:
        pytest.skip(str(error))


@pytest.mark.release
def test_a_cold_start_from_an_expert_is_trained_further(tmp_path: Path) -> None:
    won, cold, run = tmp_path / "won.parquet", tmp_path / "cold", tmp_path / "run"
    settings = [f"data.train.0.{key}={value}" for key, value in PAGE.items()]
    finish(tmp_path / "demonstrate", rlcs("demonstrate", "miniwob", "--out", str(won), *settings))
    assert pq.read_table(won).num_rows >= 7, output_of(tmp_path / "demonstrate")
    short = ["sft.batch_size=8", "sft.epochs=1.0", f"data.train.0.path={won}", f"run.dir={cold}"]
    finish(cold, rlcs("sft", "miniwob_sft", *short))
    records = metrics(cold)
    assert len(records) == 2 and records[2]["policy/loss"] < records[1]["policy/loss"]
    small = ["run.steps=1", "rollout.group_size=2", "curriculum.batch_size=2", "data.eval=[]", "eval.every=0"]
    finish(run, rlcs("train", "miniwob", *settings, *small, f"model.path={cold / 'model'}", f"run.dir={run}"))
    assert metrics(run)[1]["env/turns_mean"] >= 1
    rows = pq.read_table(run / "rollouts" / "step-000001.parquet").to_pylist()
    assert len(rows) == 4 and all(row["num_turns"] for row in rows if row["status"] != "env_fault")
