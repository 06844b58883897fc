"""Worker processes: deadlines, crashes, memory, and that the rest goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from places import ROOT

from rewards import Scorer
from rewards.running import workers
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Group, Status

BARE = FormatConfig(box="none")


def reward_config(verifier: str, timeout_s: float = 1.0) -> RewardConfig:
    return RewardConfig(verifier=verifier, timeout_s=timeout_s, format=BARE, max_unjudged_share=1.0)


def test_a_hanging_answer_costs_two_deadlines_and_nothing_else(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(hangs=reward_config("hangs"))
    scorer.score_one("warm", "up", source="hangs")
    start = time.perf_counter()
    scorer.submit(make_group("7", ["7", *["hang"] * 8, "8"], source="hangs"))
    scorer.submit(make_group("9", ["8", "9"], source="hangs"))
    first, second = scorer.collect()
    assert time.perf_counter() - start < 4.0  # eight deadlines would be eight seconds
    expected = [Status.CORRECT, *[Status.TIMEOUT] * 8, Status.INCORRECT]
    assert [verdict.status for verdict in first.verdicts] == expected
    assert [verdict.status for verdict in second.verdicts] == [Status.INCORRECT, Status.CORRECT]
    assert first.verdicts[1].score == 0.0
    assert scorer.metrics()["reward/hangs/timeout_share"] == pytest.approx(8 / 12)


def test_five_hanging_answers_among_two_hundred_cost_their_deadlines_and_nothing_else(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(num_workers=2, hangs=reward_config("hangs", timeout_s=2.0))
    scorer.score_one("warm", "up", source="hangs")
    start = time.perf_counter()
    for number in range(5):
        answers = [str(40 * number + place) for place in range(40)]
        scorer.submit(make_group(answers[7], [*answers[:20], "hang", *answers[20:]], source="hangs"))
    groups = scorer.collect()
    # Two workers, five answers that are tried twice, a deadline each: 10 s where nothing else runs.
    assert time.perf_counter() - start < 30.0
    for group in groups:
        statuses = [verdict.status for verdict in group.verdicts]
        assert statuses[20] == Status.TIMEOUT
        assert [place for place, status in enumerate(statuses) if status == Status.CORRECT] == [7]
        assert statuses.count(Status.INCORRECT) == 39


def test_the_deadline_counts_from_the_start_of_the_work(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(sleeps=reward_config("sleeps", timeout_s=1.0))
    scorer.submit(make_group("x", ["0.4", "0.41", "0.42", "0.43"], source="sleeps"))
    (group,) = scorer.collect()
    assert [verdict.status for verdict in group.verdicts] == [Status.CORRECT] * 4
    assert all(0.4 <= verdict.seconds < 1.0 for verdict in group.verdicts)


def test_a_segfault_kills_one_answer_and_the_pool_goes_on(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(num_workers=2, crashes=reward_config("crashes", timeout_s=5.0))
    scorer.submit(make_group("7", ["1", "segfault", "2", "exit", "7"], source="crashes"))
    (group,) = scorer.collect()
    one, dead, two, left, right = group.verdicts
    assert (dead.status, dead.score, "SIGSEGV" in dead.message) == (Status.WORKER_DIED, 0.0, True)
    assert (left.status, left.score) == (Status.INVALID_ANSWER, 0.0)
    assert [one.status, two.status, right.status] == [Status.INCORRECT, Status.INCORRECT, Status.CORRECT]


def test_an_answer_whose_worker_is_lost_once_is_judged_again(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group], tmp_path: Path
) -> None:
    scorer = make_scorer(num_workers=2, once=reward_config("once"))
    answers = ["hang", "7", "die", "8"]
    scorer.submit(make_group(str(tmp_path), answers, source="once"))
    (group,) = scorer.collect()
    assert [verdict.status for verdict in group.verdicts] == [Status.CORRECT] * len(answers)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(answers)


def test_memory_is_capped(misbehaving: object, make_scorer: Callable[..., Scorer]) -> None:
    scorer = make_scorer(memory_gib=0.5, eats=reward_config("eats", timeout_s=10.0))
    assert scorer.score_one(str(10 * 2**20), "x", source="eats").status is Status.CORRECT
    greedy = scorer.score_one(str(2 * 2**30), "x", source="eats")
    assert (greedy.status, greedy.score) == (Status.OVER_LIMIT, 0.0)


def test_a_worker_that_dies_between_two_answers_loses_none(
    misbehaving: object, make_scorer: Callable[..., Scorer]
) -> None:
    scorer = make_scorer(ends_idle=reward_config("ends_idle"))
    assert scorer.score_one("die", "x", source="ends_idle").status is Status.CORRECT
    time.sleep(0.6)
    assert scorer.score_one("again", "x", source="ends_idle").status is Status.CORRECT


def test_a_pool_that_breaks_loses_no_call_that_waits_in_it(
    misbehaving: object, make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]
) -> None:
    scorer = make_scorer(sleeps=reward_config("sleeps"))
    answers = [f"0.{number:06d}" for number in range(600)]
    for answer in answers:
        scorer.submit(make_group("x", [answer], source="sleeps"))
    time.sleep(0.3)
    pool = scorer.workers._pool
    assert pool is not None
    # What Pebble does when a worker dies between two calls; most of ours still wait in its queue.
    pool._pool_manager.handle_broken_pool(BrokenProcessPool("a worker died"))
    groups = scorer.collect()
    assert [verdict.status for group in groups for verdict in group.verdicts] == [Status.CORRECT] * len(answers)


def test_workers_that_stand_still_are_replaced(
    misbehaving: object, make_scorer: Callable[..., Scorer], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = make_scorer(sleeps=reward_config("sleeps"))
    assert scorer.score_one("0.0", "x", source="sleeps").status is Status.CORRECT
    monkeypatch.setattr(workers, "STANDSTILL_S", 0.5)
    monkeypatch.setattr(workers, "JOIN_S", 0.5)
    pool = scorer.workers._pool
    assert pool is not None
    # The pool takes calls and never hands them out.
    released = threading.Event()
    monkeypatch.setattr(pool._context.task_queue, "get", lambda *_, **__: None if released.wait(30) else None)
    scorer.score_one("0.0", "x", source="sleeps")  # the thread that hands out was waiting already: it takes this one
    assert scorer.score_one("0.1", "x", source="sleeps").status is Status.CORRECT
    assert scorer.workers._pool is not pool
    released.set()


def test_real_bombs_meet_the_deadline(make_scorer: Callable[..., Scorer], make_group: Callable[..., Group]) -> None:
    scorer = make_scorer(math=RewardConfig(timeout_s=2.0))
    bombs = [
        "(x+y+z)^{900}",
        "x^" * 2000 + "2",
        "*".join(f"(x+{number})" for number in range(300)),
        "\\int x^{x^{x}} dx",
    ]
    answers = [f"\\boxed{{{bomb}}}" for bomb in [*bombs, "x \\cdot \\cos(x)"]]
    scorer.submit(make_group("\\int \\cos(x) dx", answers, source="math"))
    (group,) = scorer.collect()
    *exploded, wrong = group.verdicts
    assert all(verdict.score == 0.0 for verdict in exploded)
    ends = (Status.TIMEOUT, Status.WORKER_DIED, Status.OVER_LIMIT, Status.INCORRECT)
    assert all(verdict.status in ends for verdict in exploded)
    assert wrong.status is Status.INCORRECT


UNGUARDED = """
import os, sys, threading, time
print("the script runs", flush=True)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
from rewards import Scorer\nfrom rewards.running import workers
from rlcs.config.schema import RewardConfig, ScoringConfig
scorer = Scorer({"default": RewardConfig(timeout_s=60.0)}, {"default": "default"}, ScoringConfig())
print(scorer.score_one("\\\\boxed{\\\\int_0^1 2x dx}", "\\\\int_0^1 2t dt", source="default").status, flush=True)
pool = scorer.workers._pool
print("workers", *pool._pool_manager.worker_manager.workers, flush=True)
if sys.argv[1:] == ["stay"]:
    time.sleep(60)
scorer.close()
"""


def run_script(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    script = folder / "train.py"
    script.write_text(UNGUARDED)
    return subprocess.Popen(
        [sys.executable, str(script), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    process = run_script(tmp_path)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.splitlines()[:2] == ["the script runs", "correct"]
    assert output.count("the script runs") == 1


def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    process = run_script(tmp_path, "stay")
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    workers = [int(number) for number in lines[2].split()[1:]]
    assert workers and all(is_running(pid) for pid in workers)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while any(is_running(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(is_running(pid) for pid in workers)


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_importing_rewards_stays_light() -> None:
    heavy = {"sympy", "torch", "ray", "math_verify", "transformers"}
    code = f"import sys, rewards; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert found.stdout.strip() == "[]", found.stderr
