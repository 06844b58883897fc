"""Every alarm with a run that has it and one that has not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rlcs.dashboard.alarms import SEVERITIES, Alarm, alarms
from rlcs.dashboard.data.parquet import Unreadable
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.rules import high_since, last_stretch

WriteRun = Callable[..., Path]
Metrics = list[dict[str, Any]]


def steps(count: int, **columns: Any) -> Metrics:
    """Metrics of steps 1 … count; a column is a number, or a function of the step; `__` stands for `/`."""
    return [
        {
            "step": step,
            **{key.replace("__", "/"): made(step) if callable(made) else made for key, made in columns.items()},
        }
        for step in range(1, count + 1)
    ]


@pytest.fixture
def raised(write_run: WriteRun) -> Callable[..., list[Alarm]]:
    names = iter(f"run{number}" for number in range(10))

    def run_of(metrics: Iterable[dict[str, Any]], **config: Any) -> list[Alarm]:
        return alarms(Run(write_run(next(names), metrics=list(metrics), config={"run": {"steps": 1}, **config})))

    return run_of


Raised = Callable[..., list[Alarm]]


def of_kind(found: list[Alarm], kind: str) -> Alarm:
    (alarm,) = [one for one in found if one.kind == kind]
    return alarm


@pytest.mark.parametrize(
    ("kind", "share", "words"),
    [("timeout", 0.12, "12 % of verdicts timed out"), ("unjudged", 0.05, "5 % of verdicts could not be judged"),
     ("no_answer", 0.4, "40 % of answers had no answer"), ("format_error", 0.4, "40 % of answers had a wrong layout")],
)  # fmt: skip
def test_a_share_that_stays_high_is_told_with_its_first_step(
    raised: Raised, kind: str, share: float, words: str
) -> None:
    key = f"reward__a__{kind}_share"
    others = {} if kind == "unjudged" else {"reward__a__unjudged_share": 0.0}
    found = raised(steps(100, **{key: lambda step: share if step >= 80 else 0.0}, **others))
    alarm = of_kind(found, kind)
    assert alarm.text == f"a: {words} since step 80"
    assert (alarm.since, alarm.source, alarm.domain, alarm.status, alarm.step) == (80, "a", "stem.math", kind, 100)
    assert (alarm.severity, alarm.page, alarm.figure) == ("warn", "rollouts", "verdicts")


def test_a_share_that_was_high_once_is_told_no_more(raised: Raised) -> None:
    high_before = {"reward__a__timeout_share": lambda step: 0.3 if step < 50 else 0.0, "reward__a__unjudged_share": 0.0}
    assert raised(steps(100, **high_before)) == []
    one_bad_step = {
        "reward__a__timeout_share": lambda step: 0.3 if step == 100 else 0.0,
        "reward__a__unjudged_share": 0.0,
    }
    assert raised(steps(100, **one_bad_step)) == []


def test_a_share_that_is_very_high_is_bad(raised: Raised) -> None:
    found = raised(steps(20, reward__a__timeout_share=0.5, reward__a__unjudged_share=0.0))
    assert of_kind(found, "timeout").severity == "bad"


def test_forced_and_cut_answers_are_told_with_the_setting(raised: Raised) -> None:
    found = raised(steps(20, rollout__forced_share=0.55, rollout__truncated_share=0.7))
    assert of_kind(found, "forced").forced and "rollout.max_think_tokens" in of_kind(found, "forced").text
    assert of_kind(found, "truncated").severity == "bad"
    assert raised(steps(20, rollout__forced_share=0.4, rollout__truncated_share=0.1)) == []


def evaluated(held_out: Callable[[int], float], reward: Callable[[int], float]) -> Metrics:
    found = steps(100, reward__logic__mean=reward)
    for record in found[9::10]:
        record |= {"eval/domain/logic/pass@1": held_out(record["step"]), "eval/domain/logic/num_tasks": 400.0}
    return found


def test_train_reward_that_rises_while_held_out_falls_is_possible_reward_hacking(raised: Raised) -> None:
    """Held-out is 0.59 at step 40, 0.56 at 50, …, 0.36 at 90, 0.31 at 100: neighbours fall from 0.575 to 0.335."""
    found = raised(evaluated(lambda step: 0.6 - abs(step - 42) * 0.005, lambda step: step / 100))
    alarm = of_kind(found, "reward_hacking")
    assert alarm.severity == "bad" and alarm.domain == "logic" and alarm.figure == "held_out"
    assert alarm.text == (
        "logic: train reward rises (+0.50) while held-out falls (-0.24) since step 50: possible reward hacking"
    )


@pytest.mark.parametrize(
    ("held_out", "reward"),
    [
        (lambda step: 0.6 - abs(step - 40) * 0.005, lambda step: 0.5),  # reward does not rise
        (lambda step: 0.3 + step / 500, lambda step: step / 100),  # held-out rises too
        (lambda step: 0.5 + 0.03 * (step % 20 == 0), lambda step: step / 100),  # noise of 400 tasks
    ],
)
def test_no_reward_hacking_without_both(raised: Raised, held_out: Any, reward: Any) -> None:
    assert [one for one in raised(evaluated(held_out, reward)) if one.kind == "reward_hacking"] == []


def test_a_reward_that_is_always_the_same_asks_for_a_look_at_the_verifier(raised: Raised) -> None:
    shares = {"reward__a__unjudged_share": 0.0}
    never = of_kind(raised(steps(30, reward__a__mean=lambda step: float(step < 15), **shares)), "constant_reward")
    assert never.severity == "bad" and never.text.startswith("a: since step 15 every reward is 0")
    always = of_kind(raised(steps(30, reward__a__mean=1.0, **shares)), "constant_reward")
    assert always.severity == "warn" and "pays for anything" in always.text
    assert raised(steps(30, reward__a__mean=lambda step: 0.01 * (step == 30), **shares)) == []
    assert raised(steps(9, reward__a__mean=0.0, **shares)) == []


def test_learner_and_engine_that_drift_apart_are_told(raised: Raised) -> None:
    found = raised(steps(100, policy__mismatch_kl=lambda step: 1e-3 if step < 60 else 2e-2))
    alarm = of_kind(found, "mismatch")
    assert alarm.severity == "warn" and "KL 2.0e-02, 1.0e-03 at the start" in alarm.text
    assert 60 <= (alarm.since or 0) < 70
    assert of_kind(raised(steps(5, policy__mismatch_kl=0.5)), "mismatch").severity == "bad"
    assert raised(steps(100, policy__mismatch_kl=lambda step: 1e-7 * step)) == []  # grows, and is nothing


def test_entropy_that_collapses_is_told(raised: Raised) -> None:
    found = raised(steps(100, policy__entropy=lambda step: 0.5 if step <= 50 else 0.05))
    assert "0.05 nats per token from 0.5" in of_kind(found, "entropy").text
    assert raised(steps(100, policy__entropy=lambda step: 0.5 - 0.003 * step)) == []
    assert raised(steps(20, policy__entropy=lambda step: 0.5 if step < 5 else 0.0)) == []  # too early to tell


def test_batches_that_stay_short_are_told_with_how_full_they_were(raised: Raised) -> None:
    short = {"curriculum__short_batches": lambda step: float(max(step - 60, 0)), "curriculum__num_selected": 1.0}
    alarm = of_kind(raised(steps(80, **short)), "short_batches")
    assert alarm.severity == "bad" and alarm.figure == "waste"
    assert alarm.text.startswith("20 of the last 20 steps") and alarm.text.endswith("25 % of the batch was filled")
    seldom = {"curriculum__short_batches": lambda step: float(step // 4), "curriculum__num_selected": 3.0}
    assert raised(steps(80, **seldom)) == []


def test_expansion_at_its_cap_is_told(raised: Raised) -> None:
    rising = {"curriculum__expansion_ema": lambda step: min(1.0 + step / 10, 3.0)}
    found = raised(steps(50, **rising, curriculum__invalid_rate=0.7))
    assert of_kind(found, "expansion_cap").text.startswith("expansion is at its cap of 3 since step 20, and 70 % of")
    assert raised(steps(50, **rising, curriculum__invalid_rate=0.3)) == []
    assert raised(steps(50, curriculum__expansion_ema=2.5, curriculum__invalid_rate=0.7)) == []


def test_dead_workers_are_told_with_the_last_step(raised: Raised) -> None:
    found = raised(steps(20, rollout__worker_restarts=lambda step: float(step >= 7)))
    assert of_kind(found, "restarts").text == "1 rollout worker has died and been replaced, last at step 7"
    assert raised(steps(20, rollout__worker_restarts=0.0)) == []


def test_stuck_workers_are_told(raised: Raised) -> None:
    found = raised(steps(20, cluster__stuck_workers=lambda step: float(step >= 5) + float(step >= 9)))
    assert of_kind(found, "stuck").text.startswith("2 workers were stuck and ended (cluster.stall_s), last at step 9")
    assert raised(steps(20, cluster__stuck_workers=0.0)) == []


def test_a_run_that_is_silent_before_its_end_seems_to_have_stopped(write_run: WriteRun) -> None:
    folder = write_run(metrics=steps(5, time__step_s=1.0))
    assert alarms(Run(folder)) == []
    hour_ago = time.time() - 3600
    os.utime(folder / "metrics.jsonl", (hour_ago, hour_ago))
    alarm = of_kind(alarms(Run(folder)), "stopped")
    assert alarm.severity == "info" and "step 5 of 10, last written 60 min ago" in alarm.text


def test_a_slow_step_is_no_stop(write_run: WriteRun) -> None:
    folder = write_run(metrics=steps(5, time__step_s=1000.0))
    hour_ago = time.time() - 3600
    os.utime(folder / "metrics.jsonl", (hour_ago, hour_ago))
    assert Run(folder).summary().state == "running"


def test_files_that_cannot_be_read_are_told(write_run: WriteRun) -> None:
    run = Run(write_run(metrics=steps(1)))
    run.note(Unreadable("rollouts/step-000001.parquet cannot be read: cut off"))
    assert of_kind(alarms(run), "unreadable").severity == "info"


def test_the_worst_alarm_comes_first(raised: Raised) -> None:
    found = raised(steps(30, reward__a__mean=0.0, reward__a__unjudged_share=0.05, rollout__worker_restarts=1.0))
    ranks = [SEVERITIES.index(one.severity) for one in found]
    assert ranks == sorted(ranks) == [0, 1, 2]


def test_an_empty_run_has_no_alarms(write_run: WriteRun) -> None:
    assert alarms(Run(write_run())) == []


def test_the_beginning_of_a_stretch() -> None:
    assert last_stretch(np.array([True, False, True, True])) == 2
    assert last_stretch(np.array([True, False])) is None
    assert last_stretch(np.array([], dtype=bool)) is None
    assert high_since(np.array([0.0] * 20 + [1.0] * 10), 0.5) == 20
    assert high_since(np.array([1.0, 1.0]), 0.5) is None
