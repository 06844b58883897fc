"""`rlcs grade` as people run it: real Ray and vLLM, two models, stopped, killed, gone on with, used as the prior."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from places import ROOT
from rlcs_command import descendants, finish, output_of, rlcs, start, still_alive, wait_for

from curriculum import Curriculum, Sampler
from rlcs.config.load import load_config
from rlcs.grading.log import RecordLog, task_keys
from rlcs.plugins import SAMPLERS
from rlcs.process.environment import prepare_process
from rlcs.tasks import load_pool
from rlcs.tiny import save_fresh_model

NUM_TASKS = 64
COMPLETIONS = 4

CONFIG = """
model: {path: tiny://text}
data:
  train:
    - {name: sums, path: "tiny://addition?levels=1-6&count=64", fields: {difficulty: difficulty}}
  max_prompt_tokens: 96
rollout: {max_think_tokens: 64, max_answer_tokens: 32, kv_cache_gib: 0.25, max_num_seqs: 8}
rewards: {default: {verifier: counted, format: {think: required, answer_tag: required, box: glm}}}
plugins: [counted.py]
grade: {num_completions: 4}
"""
COUNTED = """
from rlcs import Task, reward

@reward("counted", runs="inline")
def counted(answer: str, gold: str, task: Task) -> float:
    with open("{file}", "a") as stream:
        stream.write(task.id + "\\n")
    return float(answer == gold)
"""

pytestmark = pytest.mark.timeout(900)
prepare_process()


@SAMPLERS.register("remembers what it is told")
class Remembering(Sampler):
    """Draws the first tasks, and keeps what is believed of all of them before any was seen."""

    believed: NDArray[np.float64]

    def next(self, step: int, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        Remembering.believed = self.context.posterior.mean(np.arange(len(self.context.index)), step)
        return np.arange(counts.sum())


class Graded:
    """A folder in which `rlcs grade` was run several times."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.work = folder, folder / "grades.parquet", folder / "work"
        (folder / "grade.yaml").write_text(CONFIG)
        (folder / "counted.py").write_text(COUNTED.format(file=folder / "judged"))
        self.fresh = save_fresh_model("tiny_text", folder / "fresh", seed=3)

    def command(self, *more: str) -> list[str]:
        return rlcs("grade", "grade.yaml", "--out", "grades.parquet", *more)

    def tasks_on_record(self, model: str) -> list[int]:
        parts = self.folder / "grades.parquet.parts"
        return [int(key) for key in RecordLog(parts, model, num_completions=COMPLETIONS).read()["task"]]

    def stop_after(self, num_more: int, sent: signal.Signals) -> int:
        """Start, and send a signal when so many more tasks are on record; return the exit code."""
        wanted = len(self.tasks_on_record("tiny://text")) + num_more
        process = start(self.work, self.command())
        wait_for(lambda: len(self.tasks_on_record("tiny://text")) >= wanted, process, self.work)
        # Ray's own agents try for a minute to report to a killed driver before they end too.
        started = [part for part in descendants(process) if "Agent" not in part.name()]
        os.kill(process.pid, sent)
        code = process.wait(timeout=60)
        assert still_alive(started) == []
        return code

    def judged(self) -> list[str]:
        return (self.folder / "judged").read_text().splitlines()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """One model: stopped by Ctrl-C, gone on with, killed, finished; then a second model joins."""
    work = Graded(tmp_path_factory.mktemp("graded"))
    assert work.stop_after(12, signal.SIGINT) == 130, output_of(work.work)
    assert "and the same command goes on" in output_of(work.work) and "Traceback" not in output_of(work.work)
    assert work.stop_after(12, signal.SIGKILL) == -signal.SIGKILL
    pool = load_pool(load_config(work.folder / "grade.yaml").data.train)
    on_record = np.isin(task_keys(pool), work.tasks_on_record("tiny://text"))
    num_judged = len(work.judged())
    finish(work.work, work.command("rollout.max_num_seqs=256"))
    done = {task.id for task in pool.take(np.flatnonzero(on_record))}
    assert len(done) >= 24
    assert not done & set(work.judged()[num_judged:]), "a task on record was generated again"
    finish(work.work, work.command("rollout.max_num_seqs=256", f"grade.models=[tiny://text,{work.fresh}]"))
    return work


def test_no_task_is_graded_twice_by_a_model(graded: Graded) -> None:
    for model in ("tiny://text", str(graded.fresh)):
        assert len(graded.tasks_on_record(model)) == len(set(graded.tasks_on_record(model))) == NUM_TASKS
    told = json.loads(pq.read_schema(graded.out).metadata[b"rlcs.grade"])
    assert told["num_completions_total"] == 2 * NUM_TASKS * COMPLETIONS
    assert [one["model"] for one in told["models"]] == ["tiny://text", str(graded.fresh)]


def test_a_trained_model_passes_more_than_a_fresh_one(graded: Graded) -> None:
    table = pq.read_table(graded.out)
    trained, fresh = (np.array(table[f"pass_rate/{model}"]) for model in ("tiny://text", graded.fresh))
    assert trained.mean() > 0.3 and fresh.mean() < 0.05
    np.testing.assert_allclose(table["measured"], (trained + fresh) / 2, atol=1e-6)
    label, judged = np.array(table["label"]), 2 * COMPLETIONS
    np.testing.assert_allclose(table["pass_rate"], (2 * label + judged * np.array(table["measured"])) / (2 + judged))
    assert set(table["num_completions"].to_pylist()) == {judged}


def test_the_grades_are_the_prior_of_the_curriculum(graded: Graded) -> None:
    config = load_config(graded.folder / "grade.yaml", [f"data.train.0.grades={graded.out}"])
    pool = load_pool(config.data.train)
    table = pq.read_table(graded.out)
    np.testing.assert_allclose(pool.index.difficulty, table["pass_rate"], atol=1e-6)
    config.curriculum.sampler = "remembers what it is told"
    curriculum = Curriculum(config.curriculum, pool.index, seed=0)
    curriculum.next(1)
    np.testing.assert_allclose(Remembering.believed, table["pass_rate"], atol=1e-6)


def test_the_whole_thing_is_told(graded: Graded) -> None:
    output = output_of(graded.work)
    assert f"tiny://text: {NUM_TASKS} of {NUM_TASKS} tasks are graded, 0 to go" in output
    assert " domain/stem.math " in output and "labels of sums: 64 tasks measured" in output
    assert f"{2 * NUM_TASKS * COMPLETIONS} completions of " in output.splitlines()[-2]
    columns = pq.read_schema(graded.out).names
    docs = (ROOT / "docs" / "grading.md").read_text()
    told = {name if not name.startswith("pass_rate/") else "pass_rate/<model>" for name in columns}
    assert not [name for name in told if f"`{name}`" not in docs]


def test_a_share_is_measured_and_the_rest_predicted_and_training_takes_both(tmp_path: Path) -> None:
    """By a model that passes nothing: after the first block two completions make it plain that a task is hopeless."""
    work = Graded(tmp_path)
    more = (f"model.path={work.fresh}", "rollout.max_num_seqs=64")
    finish(work.work, work.command("--sample", "0.5", "--completions", str(COMPLETIONS), *more))
    table = pq.read_table(work.out)
    rate, certainty, asked = (np.array(table[name]) for name in ("pass_rate", "certainty", "num_completions"))
    is_predicted = np.array(table["measured"].is_null())
    assert is_predicted.sum() == NUM_TASKS // 2 and "32 of 64 tasks were measured" in output_of(work.work)
    assert (rate > 0).all() and rate[~is_predicted].mean() < rate[is_predicted].mean() < 0.1
    assert 0 < certainty[is_predicted].max() < certainty[~is_predicted].min()
    assert set(asked[~is_predicted].tolist()) == {2, COMPLETIONS} and not asked[is_predicted].any()
    told = json.loads(pq.read_schema(work.out).metadata[b"rlcs.grade"])
    assert told["num_completions_total"] == asked.sum() < COMPLETIONS * NUM_TASKS // 2
    config = load_config(work.folder / "grade.yaml", [f"data.train.0.grades={work.out}"])
    index = load_pool(config.data.train).index
    assert index.is_predicted is not None and index.is_predicted.tolist() == is_predicted.tolist()
    np.testing.assert_allclose(index.difficulty, rate, atol=1e-6)
    np.testing.assert_allclose(index.certainty, certainty, atol=1e-6)
    config.curriculum.sampler = "remembers what it is told"
    Curriculum(config.curriculum, index, seed=0).next(1)
    np.testing.assert_allclose(Remembering.believed, rate, atol=1e-6)


def test_other_settings_are_refused_and_nothing_is_lost(graded: Graded) -> None:
    before = graded.out.read_bytes()
    again = graded.command("grade.num_completions=8")
    result = subprocess.run(again, capture_output=True, text=True, timeout=120, check=False, cwd=graded.folder)
    assert result.returncode == 2
    assert "grade.num_completions (grading) was 4, now it is 8" in result.stderr and "--restart" in result.stderr
    assert graded.out.read_bytes() == before
