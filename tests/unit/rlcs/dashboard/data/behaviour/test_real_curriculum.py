"""What the dashboard reads out of snapshots is what the curriculum itself says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curriculum import Curriculum
from curriculum.deltas import base_step, write_changes
from rlcs.config.schema import CurriculumConfig
from rlcs.dashboard.data.draws import draws_over_steps, uniform_waste
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View
from rlcs.records import TIERS, Batch, Completion, Group, Status, Task, TaskIndex, Verdict
from rlcs.run.rollout_rows import ROLLOUT_SCHEMA, rollout_rows

NUM_TASKS, NUM_STEPS, SIZE = 2000, 40, 8
COMPLETION = Completion(
    token_ids=(1,), logprobs=(-0.1,), loss_mask=(1,), policy_version=0, finish_reason="stop", forced=False, text="1"
)
VERDICTS = (Verdict(score=0.0, status=Status.INCORRECT), Verdict(score=1.0, status=Status.CORRECT))


def make_group(row: int, scores: list[int]) -> Group:
    task = Task(id=f"a:{row}", source="a", domain="logic", prompt="?", answer="1", row=row)
    verdicts = tuple(VERDICTS[score] for score in scores)
    return Group(task=task, prompt_ids=(1,), completions=(COMPLETION,) * SIZE, verdicts=verdicts)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[dict[str, float]], float]:
    """A run of the default sampler, graded tasks of pass rates even over [0, 1]; what uniform drawing would waste."""
    folder, rng = tmp_path_factory.mktemp("played"), np.random.default_rng(0)
    rates = (np.arange(NUM_TASKS) + 0.5) / NUM_TASKS
    code = np.zeros(NUM_TASKS, dtype=np.int16)
    index = TaskIndex(
        ids=[f"a:{row}" for row in range(NUM_TASKS)], source=code, domain=code, difficulty=rates.astype(np.float32),
        sources=("a",), domains=("logic",), subcategory=code, subcategories=("",), proportions=(1.0,),
    )  # fmt: skip
    curriculum = Curriculum(CurriculumConfig(batch_size=64), index, seed=0)
    for part in ("rollouts", "curriculum"):
        (folder / part).mkdir()
    metrics = []
    for step in range(1, NUM_STEPS + 1):
        rows = curriculum.next(step).rows.tolist()
        groups = [make_group(row, (rng.random(SIZE) < rates[row]).astype(int).tolist()) for row in rows]
        curriculum.observe(step, groups)
        chosen = tuple(curriculum.select(groups).indices)
        batch = Batch(groups=groups, selected=chosen, advantages=((None,) * SIZE,) * len(groups), share=1.0)
        lines = [line for number in range(len(groups)) for line in rollout_rows(step, number, batch)]
        pq.write_table(pa.Table.from_pylist(lines, schema=ROLLOUT_SCHEMA), folder / f"rollouts/step-{step:06d}.parquet")
        changes = curriculum.changes(step, since=base_step(step, 1))
        write_changes(changes, folder / f"curriculum/step-{step:06d}.parquet")
        metrics.append(curriculum.metrics())
    return Run(folder), metrics, float((rates**SIZE + (1.0 - rates) ** SIZE).mean())


def test_tiers_before_the_step_are_those_that_the_curriculum_drew(
    played: tuple[Run, list[dict[str, float]], float],
) -> None:
    run, metrics, _ = played
    drawn = draws_over_steps(run, View(), budget_s=60.0).sums["drawn"]
    told = np.array([[one[f"curriculum/tier/{tier}/share"] for tier in TIERS] for one in metrics])
    shares = drawn / drawn.sum(axis=1, keepdims=True)
    # The curriculum's belief about the policy as a whole moves within the step: single tasks cross an edge.
    assert np.abs(shares - told).mean() < 0.02


def test_what_uniform_drawing_would_waste_comes_out(played: tuple[Run, list[dict[str, float]], float]) -> None:
    run, metrics, truth = played
    uniform, actual = uniform_waste(draws_over_steps(run, View(), budget_s=60.0))
    assert actual[-1] == pytest.approx(np.mean([one["curriculum/invalid_rate"] for one in metrics[-10:]]), abs=0.01)
    assert actual[-1] < truth - 0.04
    assert uniform[-1] == pytest.approx(truth, abs=0.04)
