"""`rlcs train` as people run it: the command line, real Ray, real vLLM, real DeepSpeed, on the tiny policy."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from places import ROOT
from rlcs_command import descendants, finish, metrics, output_of, rlcs, start, still_alive, wait_for

from curriculum.rebuilding import read_snapshot
from rlcs.process.environment import prepare_process

SMALL = [
    "curriculum.batch_size=8",
    "rollout.group_size=4",
    "eval.every=3",
    "checkpoint.every=3",
    "run.steps=6",
]

FRAGILE = """
from pathlib import Path
from rlcs import reward

@reward("fragile", runs="inline")
def fragile(answer: str, gold: str) -> float:
    with open("{counter}", "a") as stream:
        stream.write(".")
    if Path("{counter}").stat().st_size > 60:
        raise RuntimeError("the service is gone")
    return float(answer == gold)
"""

pytestmark = pytest.mark.timeout(900)
prepare_process()


def command(folder: Path, *more: str) -> list[str]:
    """Return the command of a small run."""
    return rlcs("train", "quickstart", f"run.dir={folder}", *SMALL, *more)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    finish(folder, command(folder))
    yield folder


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run stopped by SIGKILL after the checkpoint of step 3, while a later step was under way, then resumed."""
    folder = tmp_path_factory.mktemp("resumed") / "run"
    process = start(folder, command(folder))
    wait_for((folder / "checkpoints" / "step-000003" / "state.json").exists, process, folder)
    wait_for(lambda: 4 in metrics(folder), process, folder)
    # Ray's own agents try for a minute to report to the killed driver before they end too.
    started = [part for part in descendants(process) if "Agent" not in part.name()]
    assert any("LearnerWorker" in part.name() for part in started)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert still_alive(started) == []
    finish(folder, command(folder, "--resume"))
    yield folder


@pytest.fixture(scope="module")
def stuck(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run whose engine is stopped in step 2 and replaced, and whose learner is stopped in step 5, then resumed."""
    folder = tmp_path_factory.mktemp("stuck") / "run"
    options = ("cluster.stall_s=15", "eval.every=0")
    process = start(folder, command(folder, *options))
    for step, kind in ((1, "RolloutWorker"), (4, "LearnerWorker")):
        wait_for(lambda step=step: step in metrics(folder), process, folder)
        started = [part for part in descendants(process) if "Agent" not in part.name()]
        (part,) = [part for part in started if kind in part.name()]
        part.suspend()
        if kind == "RolloutWorker":
            wait_for(lambda part=part: not part.is_running(), process, folder)
    assert process.wait(timeout=120) == 2, output_of(folder)
    assert still_alive(started) == []
    finish(folder, command(folder, *options, "--resume"))
    yield folder


def test_the_run_folder_is_what_the_contract_says(unbroken: Path) -> None:
    assert {path.name for path in unbroken.iterdir()} == {
        "config.yaml",
        "environment.json",
        "metrics.jsonl",
        "rollouts",
        "curriculum",
        "checkpoints",
        "tensorboard",
        "log.txt",
    }
    assert sorted(path.name for path in (unbroken / "rollouts").iterdir()) == [
        f"step-{step:06d}.parquet" for step in range(1, 7)
    ]
    columns = set(read_snapshot(unbroken, 6).column_names)
    assert columns == {
        "task_id",
        "source",
        "domain",
        "subcategory",
        "pass_rate",
        "tier",
        "alpha",
        "beta",
        "num_seen",
        "last_step",
        "weight",
        "drawn_as",
    }
    checkpoint = unbroken / "checkpoints" / "step-000006"
    assert {path.name for path in checkpoint.iterdir()} == {"model", "learner", "state.json", "curriculum.parquet"}
    assert set(json.loads((unbroken / "environment.json").read_text())) >= {
        "versions",
        "git_revision",
        "hardware",
        "seeds",
    }


def test_a_row_per_completion_with_verdict_and_selection(unbroken: Path) -> None:
    rows = pq.read_table(unbroken / "rollouts" / "step-000001.parquet").to_pylist()
    record = metrics(unbroken)[1]
    assert len(rows) == record["rollout/num_generated"]
    assert sum(row["score"] for row in rows) / len(rows) == pytest.approx(record["reward/mean"])
    assert sum(row["selected"] for row in rows) == 4 * record["curriculum/num_selected"]
    correct = [row for row in rows if row["status"] == "correct"]
    assert correct and all(row["extracted"] == row["answer"] for row in correct)
    assert all(row["advantage"] is not None for row in rows if row["selected"])


def test_a_short_batch_trains_at_a_lower_rate(unbroken: Path) -> None:
    for record in metrics(unbroken).values():
        if "policy/lr" in record:
            assert record["policy/lr"] == pytest.approx(4e-4 * (record["curriculum/num_selected"] / 8) ** 0.5)


def test_every_metric_key_is_explained(unbroken: Path) -> None:
    lines = (ROOT / "docs" / "metrics.md").read_text().splitlines()
    explained = re.findall("`([^`]+)`", " ".join(line.split("|")[1] for line in lines if line.startswith("| `")))
    patterns = [re.sub(r"<\w+>", "[^/]+(/[^/]+)?", re.escape(key)).replace("pass@k", r"pass@\d+") for key in explained]
    keys = {key for record in metrics(unbroken).values() for key in record}
    missing = {key for key in keys if not any(re.fullmatch(pattern, key) for pattern in patterns)}
    assert not missing, f"docs/metrics.md does not explain {sorted(missing)}"
    stale = {
        key
        for key, pattern in zip(explained, patterns, strict=True)
        # test_overlapped.py and test_dashboard.py have those
        if not key.startswith(("env/", "curriculum/first_visits/", "curriculum/policy_features"))
        and not any(re.fullmatch(pattern, k) for k in keys)
    }
    assert not stale, f"docs/metrics.md explains what no run writes: {sorted(stale)}"


def test_engine_and_learner_agree_after_every_update(unbroken: Path) -> None:
    gaps = [record["sync/max_logprob_gap"] for step, record in metrics(unbroken).items() if step > 0]
    assert len(gaps) == 6
    assert max(gaps) < 1e-4


def test_the_saved_model_loads_in_transformers_as_it_is(unbroken: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = unbroken / "checkpoints" / "step-000006" / "model"
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    prompt = tokenizer.apply_chat_template(
        [{"role": "user", "content": "1+2="}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    output = model.generate(**prompt, max_new_tokens=4, do_sample=False)
    assert output.shape[1] > prompt["input_ids"].shape[1]


@pytest.mark.release
def test_a_stuck_engine_is_replaced_and_a_stuck_learner_stops_the_run_in_a_line(stuck: Path) -> None:
    output = output_of(stuck)
    assert "rollout-0 is stuck: no progress for" in output
    (error,) = [line for line in output.splitlines() if line.startswith("error: ")]
    assert re.match(r"error: learner-0 died during \w+: it made no progress for \d+ s and was ended", error)
    assert "--resume" in error


@pytest.mark.parametrize("fault", ["resumed", pytest.param("stuck", marks=pytest.mark.release)])
def test_a_killed_or_stuck_and_resumed_run_equals_an_unbroken_one(
    unbroken: Path, fault: str, request: pytest.FixtureRequest
) -> None:
    resumed: Path = request.getfixturevalue(fault)
    for step in range(1, 7):
        name = f"step-{step:06d}.parquet"
        expected, found = (pq.read_table(folder / "rollouts" / name) for folder in (unbroken, resumed))
        assert found["task_id"].to_pylist() == expected["task_id"].to_pylist(), f"step {step}"
        assert found["response"].to_pylist() == expected["response"].to_pylist(), f"step {step}"
        expected, found = (read_snapshot(folder, step) for folder in (unbroken, resumed))
        assert found.equals(expected), f"step {step}"
    for key in (
        "policy/loss",
        "policy/grad_norm",
        "reward/mean",
        "curriculum/expansion_ema",
        "rollout/num_generated_total",
    ):
        assert [metrics(resumed)[step][key] for step in range(1, 7)] == [
            metrics(unbroken)[step][key] for step in range(1, 7)
        ], key


def test_the_evaluation_of_a_checkpoint_is_that_of_the_run(unbroken: Path, tmp_path: Path) -> None:
    evaluation = rlcs("eval", str(unbroken / "config.yaml"), "--checkpoint", str(unbroken))
    result = subprocess.run(evaluation, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.stdout.splitlines() if "│" in line]
    found = {name: (tasks, passed) for name, tasks, passed, _ in rows}
    record = metrics(unbroken)[6]
    for name, key in (("all", "all"), ("hard", "tier/hard"), ("held_out_addition", "held_out_addition")):
        assert found[name] == (f"{record[f'eval/{key}/num_tasks']:.0f}", f"{record[f'eval/{key}/pass@1']:.3f}")


@pytest.mark.release
def test_a_run_goes_on_under_another_zero_stage(unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(unbroken, folder)
    shutil.rmtree(folder / "checkpoints" / "step-000006")
    finish(folder, command(folder, "--resume", "learner.zero_stage=3"))
    for step in range(4, 7):
        found, expected = metrics(folder)[step], metrics(unbroken)[step]
        assert found["policy/loss"] == pytest.approx(expected["policy/loss"], abs=1e-5)
        assert found["policy/lr"] == pytest.approx(expected["policy/lr"])


def test_a_second_run_into_the_same_folder_is_refused(unbroken: Path) -> None:
    result = subprocess.run(command(unbroken), capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 2
    assert "--resume" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.release)])
def test_ctrl_c_saves_and_leaves_no_process_behind(tmp_path: Path, sent: signal.Signals) -> None:
    folder = tmp_path / "run"
    process = start(folder, command(folder, "run.steps=1000", "eval.every=0", "checkpoint.every=0"))
    wait_for(lambda: 2 in metrics(folder), process, folder)
    started = descendants(process)
    assert any("ray" in part.name() for part in started)
    pressed = time.monotonic()
    process.send_signal(sent)
    assert process.wait(timeout=60) == 130, output_of(folder)
    assert time.monotonic() - pressed < 30
    assert still_alive(started) == []
    saved = list((folder / "checkpoints").glob("step-*"))
    assert len(saved) == 1 and json.loads((saved[0] / "state.json").read_text())["step"] >= 2
    assert "--resume" in output_of(folder) and "Traceback" not in output_of(folder)


@pytest.mark.release
def test_an_evaluation_cut_by_ctrl_c_is_made_up_for_by_the_resume(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    settings = ("run.steps=2", "eval.every=2", "eval.num_completions=2", "checkpoint.every=0")
    process = start(folder, command(folder, *settings))
    wait_for((folder / "checkpoints" / "step-000002").exists, process, folder)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130, output_of(folder)
    assert "eval/all/pass@1" not in metrics(folder)[2]
    reward = metrics(folder)[2]["reward/mean"]
    finish(folder, command(folder, *settings, "--resume"))
    record = metrics(folder)[2]
    assert record["reward/mean"] == reward and "eval/all/pass@1" in record
    assert "Before and after" in output_of(folder)


def test_an_error_that_leaves_the_policy_untouched_saves_the_last_whole_step(tmp_path: Path) -> None:
    """The judge fails from the third step on: the run stops, and the two steps before are not lost."""
    folder = tmp_path / "run"
    (tmp_path / "fragile.py").write_text(FRAGILE.format(counter=tmp_path / "judged"))
    fragile = ("plugins=[fragile.py]", "rewards.default.verifier=fragile", "checkpoint.every=0", "eval.every=0")
    process = start(folder, command(folder, *fragile))
    assert process.wait(timeout=300) == 2, output_of(folder)
    assert "could not be judged" in output_of(folder) and "Traceback" not in output_of(folder)
    (saved,) = (folder / "checkpoints").glob("step-*")
    assert json.loads((saved / "state.json").read_text())["step"] == max(metrics(folder)) >= 1
