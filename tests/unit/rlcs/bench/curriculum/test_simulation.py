"""The simulation as a command: finished runs are kept, all arms are shown, plots stand alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rlcs.bench.curriculum.simulated_learner import LearnerModel
from rlcs.bench.curriculum.simulated_text import SHUFFLED
from rlcs.bench.curriculum.simulation import FOLDER, Simulation, kept_name, run, run_jobs
from rlcs.bench.curriculum.study import ARMS, BASELINE, OURS
from rlcs.errors import UserError

SMALL = Simulation(
    arms=[OURS], regimes=["hard-heavy"], num_seeds=2, num_tasks=1000, overrides=["curriculum.batch_size=4"]
)


def test_the_baseline_takes_part_whatever_is_asked_for() -> None:
    assert [job.arm for job in replace(SMALL, num_seeds=1).jobs()] == [BASELINE, OURS]
    assert len(Simulation(num_seeds=3).jobs()) == 3 * 3 * len(ARMS)


def test_the_settings_of_an_arm_win_over_shared_ones() -> None:
    shared = ["curriculum.sampler=pools", "curriculum.batch_size=4"]
    job = replace(SMALL, overrides=shared).jobs()[0]
    assert job.settings()["curriculum"]["sampler"] == "uniform"
    assert job.settings()["curriculum"]["batch_size"] == 4
    assert job.budget == 160 * 4 * 8


def test_grades_of_a_share_and_what_texts_tell_are_those_of_all_runs() -> None:
    jobs = replace(SMALL, sample=0.1, text=SHUFFLED).jobs()
    assert {(job.sample, job.text) for job in jobs} == {(0.1, SHUFFLED)}


def test_constants_of_the_learner_and_the_budget_are_the_users() -> None:
    job = replace(SMALL, overrides=["simulated.step_size=0.8", "curriculum.batch_size=4"], budget=640).jobs()[1]
    assert job.model == LearnerModel(step_size=0.8) and job.budget == 640
    assert job.settings()["curriculum"]["batch_size"] == 4


@pytest.mark.parametrize(
    ("simulation", "message"),
    [
        (replace(SMALL, arms=["unifrom"]), "did you mean 'uniform'"),
        (replace(SMALL, regimes=["hard"]), "hard-heavy"),
        (replace(SMALL, overrides=["learner.lr=1"]), "for example simulated.step_size=0.8"),
        (replace(SMALL, overrides=["simulated.step=1"]), "did you mean step_size"),
        (replace(SMALL, overrides=["simulated.noise=loud"]), "loud"),
        (replace(SMALL, overrides=["curriculum.flor=1"]), "floor"),
    ],
)
def test_what_is_not_known_is_told_before_anything_runs(simulation: Simulation, message: str) -> None:
    with pytest.raises(UserError, match=message):
        simulation.jobs()


def test_names_of_kept_runs_change_with_every_setting() -> None:
    job = SMALL.jobs()[0]
    others = [
        replace(job, seed=1),
        replace(job, num_tasks=2000),
        replace(job, is_graded=True),
        replace(job, sample=0.1),
        replace(job, text=SHUFFLED),
        replace(job, overrides=(*job.overrides, "curriculum.floor=0.1")),
        replace(job, model=replace(job.model, noise=5.0)),
    ]
    assert len({kept_name(one) for one in [job, *others]}) == 8
    assert kept_name(job) == kept_name(SMALL.jobs()[0])


def test_a_simulation_shows_every_arm_and_runs_nothing_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(SMALL, out=tmp_path, json_target=tmp_path / "simulation.json")
    content = json.loads((tmp_path / "simulation.json").read_text())
    assert content["benchmark"] == "curriculum_simulation"
    assert [one["arm"] for one in content["summary"]] == [BASELINE, OURS]
    assert len(content["runs"]) == 4
    shown = capsys.readouterr().out
    assert "4 runs, 0 of them finished before" in shown and OURS in shown

    kept = tmp_path / FOLDER / kept_name(SMALL.jobs()[0])
    changed = json.loads(kept.read_text()) | {"grading": 77}
    kept.write_text(json.dumps(changed))
    again = run_jobs(SMALL.jobs(), keep=tmp_path / FOLDER)
    assert again == [changed, *content["runs"][1:]]
    assert "4 runs, 4 of them finished before" in capsys.readouterr().out

    for name in ("learning_curves", "efficiency"):
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
        page = (tmp_path / f"{name}.html").read_text()
        assert OURS in page and "<script src=" not in page
