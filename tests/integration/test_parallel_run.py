"""A run with two engines and two ZeRO-3 ranks, a person's own verifier and loss, and an engine killed in the middle."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rlcs_command import descendants, metrics, output_of, rlcs, start, wait_for

pytestmark = pytest.mark.timeout(600)

PLUGIN = '''
from rlcs import LOSSES, TokenLoss, reward


@reward("starts_right")
def starts_right(answer: str, gold: str) -> float:
    """Half the reward for the first character, the other half for the rest."""
    return 0.5 * (answer[:1] == gold[:1]) + 0.5 * (answer == gold)


@LOSSES.register("plain_gradient")
def plain_gradient(batch, *, clip_low, clip_high):
    """-A log p: the policy gradient without a clip."""
    return TokenLoss(loss=-batch.advantages * batch.log_probs, clipped=batch.mask > 1)
'''
NUM_STEPS = 4


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parallel") / "run"
    (folder.parent / "mine.py").write_text(PLUGIN)
    command = rlcs(
        "train", "quickstart", f"run.dir={folder}", f"run.steps={NUM_STEPS}", "plugins=[mine.py]",
        "rewards.default.verifier=starts_right", "algorithm.loss=plain_gradient", "algorithm.importance_cap=0",
        "rollout.num_workers=2", "learner.num_workers=2", "learner.zero_stage=3", "learner.pack_tokens=1024",
        "curriculum.batch_size=8", "rollout.group_size=4", "eval.every=0",
    )  # fmt: skip
    process = start(folder, command)
    wait_for(lambda: 1 in metrics(folder), process, folder)
    engines = [part for part in descendants(process) if "RolloutWorker" in part.name()]
    assert len(engines) == 2
    engines[1].kill()
    assert process.wait(timeout=300) == 0, output_of(folder)
    return folder


def test_an_engine_that_dies_in_a_run_costs_a_restart_and_nothing_else(run_folder: Path) -> None:
    records = metrics(run_folder)
    assert list(records) == list(range(1, NUM_STEPS + 1))
    assert records[NUM_STEPS]["rollout/worker_restarts"] == 1
    assert "died" in output_of(run_folder)
    for step, record in records.items():
        rows = pq.read_table(run_folder / "rollouts" / f"step-{step:06d}.parquet")
        assert rows.num_rows == record["rollout/num_generated"] == 4 * record["rollout/num_tasks"]
        assert set(rows["policy_version"].to_pylist()) == {step - 1}
        assert 1.0 <= record["rollout/engine_balance"] <= 2.0 and 1.0 <= record["rollout/engine_balance_in_turn"] <= 2.0


def test_both_engines_stay_on_the_weights_of_both_ranks(run_folder: Path) -> None:
    gaps = [record["sync/max_logprob_gap"] for record in metrics(run_folder).values()]
    assert len(gaps) == NUM_STEPS and max(gaps) < 1e-4
    assert all(record["learner/rank_balance"] < 1.5 for record in metrics(run_folder).values())


def test_the_person_s_own_verifier_judges(run_folder: Path) -> None:
    rows = pq.read_table(run_folder / "rollouts" / "step-000001.parquet").to_pylist()
    judged = [row for row in rows if row["extracted"]]
    assert any(row["score"] == 0.5 for row in judged)
    for row in judged:
        expected = 0.5 * (row["extracted"][0] == row["answer"][0]) + 0.5 * (row["extracted"] == row["answer"])
        assert row["score"] == expected
