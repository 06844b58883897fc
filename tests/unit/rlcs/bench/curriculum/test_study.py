"""What the training benchmark of the curriculum is going to run: arms, regimes, folders, data."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from rlcs.bench.curriculum.regimes import REGIMES, STARTS, level_counts, traces_of, write_pool
from rlcs.bench.curriculum.study import ARMS, BASELINE, OURS, REFILL, SCHEDULES, Study, plan_study
from rlcs.config.schema import Config
from rlcs.errors import UserError
from rlcs.run.preflight import known_names


def study(out: Path, **changes: object) -> Study:
    asked = {
        "arms": None,
        "regimes": None,
        "num_seeds": None,
        "num_tasks": None,
        "budget": None,
        "quick": False,
        "is_graded": False,
        "overrides": [],
    }
    return plan_study(out=out, **{**asked, **changes})  # type: ignore[arg-type]


def test_the_full_study_is_every_arm_on_every_regime_with_five_seeds(tmp_path: Path) -> None:
    runs = study(tmp_path).runs
    assert len(runs) == len(ARMS) * 3 * 5
    assert len({run.folder for run in runs}) == len(runs)


def test_the_quick_one_compares_ours_with_the_two_usual_ones(tmp_path: Path) -> None:
    quick = study(tmp_path, quick=True)
    assert [(run.regime, run.arm, run.seed) for run in quick.runs] == [
        ("hard-heavy", arm, 0) for arm in (BASELINE, REFILL, OURS)
    ]
    assert quick.budget < study(tmp_path).budget
    assert study(tmp_path, quick=True, budget=640).budget == 640


def test_the_learning_rate_is_that_of_the_regime_unless_asked(tmp_path: Path) -> None:
    for run in study(tmp_path, num_seeds=1).runs:
        assert run.config("tiny://text").learner.lr == REGIMES[run.regime].lr
    asked = study(tmp_path, num_seeds=1, overrides=["learner.lr=2e-3"]).runs
    assert {run.config("tiny://text").learner.lr for run in asked} == {2e-3}


def test_the_baseline_always_takes_part(tmp_path: Path) -> None:
    assert study(tmp_path, arms=["thompson"]).arms == [BASELINE, "thompson"]


def test_schedules_are_arms_for_those_who_name_them_and_say_what_needs_another_learner(tmp_path: Path) -> None:
    asked = study(tmp_path, arms=[OURS, *SCHEDULES], num_seeds=1, regimes=["balanced"])
    assert asked.arms == [BASELINE, OURS, *SCHEDULES]
    runs = {run.arm: run for run in asked.runs}
    configs = {arm: run.config("tiny://text") for arm, run in runs.items()}
    assert [configs[arm].run.schedule for arm in (OURS, *SCHEDULES)] == ["in_turn", "overlapped", "overlapped"]
    assert [arm for arm, run in runs.items() if run.of_learner] == ["overlapped + anchor"]
    assert configs["overlapped + anchor"].algorithm.anchor == "rollout"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"arms": ["tomson"]}, "arm"),
        ({"regimes": ["hard_heavy"]}, "did you mean 'hard-heavy'"),
        ({"overrides": ["learner.lrr=1"]}, "lrr"),
    ],
)
def test_a_wrong_name_is_told_before_anything_starts(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        study(tmp_path, **changes)


def test_arms_differ_in_the_curriculum_only(tmp_path: Path) -> None:
    def shared(config: Config) -> dict[str, object]:
        return {name: value for name, value in vars(config).items() if name not in ("curriculum", "run")}

    configs = {run.arm: run.config("tiny://text") for run in study(tmp_path, regimes=["balanced"], num_seeds=1).runs}
    assert all(shared(config) == shared(configs[BASELINE]) for config in configs.values())
    assert {config.curriculum.batch_size for config in configs.values()} == {16}
    assert {config.curriculum.sampler for config in configs.values()} <= set(known_names().samplers)
    assert configs[REFILL].curriculum.max_refills > 0
    assert len({repr(config.curriculum) for config in configs.values()}) == len(ARMS)


def test_a_graded_study_tells_every_arm_the_same_grades(tmp_path: Path) -> None:
    runs = study(tmp_path, regimes=["balanced"], num_seeds=2, is_graded=True).runs
    told = {
        run.seed: {one.config("tiny://text").data.train[0].grades for one in runs if one.seed == run.seed}
        for run in runs
    }
    assert told == {seed: {str(tmp_path / "data" / f"balanced-1000-{seed}.grades.parquet")} for seed in (0, 1)}
    assert study(tmp_path).runs[0].config("tiny://text").data.train[0].grades is None
    assert study(tmp_path, is_graded=True).settings != study(tmp_path).settings


def test_a_study_with_a_share_graded_measures_it_with_few_completions(tmp_path: Path) -> None:
    found = study(tmp_path, regimes=["balanced"], num_seeds=1, sample=0.1)
    grade = found.runs[0].config("tiny://text").grade
    assert (grade.sample, grade.num_completions, found.is_graded) == (0.1, 4, True)
    assert found.settings != study(tmp_path, regimes=["balanced"], num_seeds=1, is_graded=True).settings


def test_pools_have_the_levels_of_their_regime_and_no_grade(tmp_path: Path) -> None:
    for name, regime in REGIMES.items():
        write_pool(tmp_path / name, name, num_tasks=400, seed=3)
        rows = [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]
        assert Counter(row["level"] for row in rows) == level_counts(regime.levels, 400)
        assert len({row["id"] for row in rows}) == 400
        assert not any("difficulty" in row for row in rows)
    write_pool(tmp_path / "again", "balanced", num_tasks=400, seed=3)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "balanced").read_bytes()


def test_a_starting_policy_slips_where_it_is_to() -> None:
    assert {regime.start for regime in REGIMES.values()} == set(STARTS)
    assert traces_of("weak") == [
        "data.train=[{name: traces_1, path: 'tiny://traces?levels=1-8&count=9600&slips=60&seed=7'}]",
        "learner.lr=0.0005",
    ]
    traces, lr = traces_of("steep")
    assert "levels=1-2&count=12000&slips=1&" in traces and "levels=3-8&count=12000&slips=30&" in traces
    assert lr == "learner.lr=0.002"


def test_level_counts_are_exact() -> None:
    assert level_counts({1: 1.0, 2: 1.0, 3: 1.0}, 400) == {1: 133, 2: 134, 3: 133}
    assert sum(level_counts({1: 17.0, 5: 0.75, 8: 2.0}, 7).values()) == 7


def test_a_finished_run_is_known_and_one_of_other_settings_refused(tmp_path: Path) -> None:
    run = study(tmp_path).runs[0]
    assert run.result is None
    run.folder.mkdir(parents=True)
    result = {**run.settings, "curve": []}
    (run.folder / "result.json").write_text(json.dumps(result))
    assert run.result == result
    with pytest.raises(UserError, match="other settings"):
        _ = study(tmp_path, overrides=["learner.lr=2e-3"]).runs[0].result
    with pytest.raises(UserError, match="other settings"):
        _ = study(tmp_path, budget=640).runs[0].result
    for changed in ({"curve": []}, {**result, "definition": {**run.settings["definition"], "lr": 0.1}}):
        (run.folder / "result.json").write_text(json.dumps(changed))
        with pytest.raises(UserError, match="other settings"):
            _ = run.result


OWN = """
run: {name: my_bench}
model: {path: ./policy}
data:
  train: [{name: sums, path: "tiny://addition?levels=1-3&count=60"}]
  eval: [{name: held_out_sums, path: "tiny://addition?levels=1-3&count=20&split=eval"}]
learner: {lr: 3e-4}
"""


def own_study(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> Study:
    (folder / "my_bench.yaml").write_text(OWN)
    (folder / "policy").mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    return study(folder / "out", config=Path("my_bench.yaml"), **changes)


def test_a_configuration_of_a_person_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = own_study(tmp_path, monkeypatch, overrides=["learner.lr=2e-4"]).runs
    assert [(run.regime, run.arm, run.seed) for run in runs[:4]] == [
        ("my_bench", BASELINE, 0), ("my_bench", REFILL, 0), ("my_bench", OURS, 0), ("my_bench", BASELINE, 1)
    ]  # fmt: skip
    assert len(runs) == 9 and runs[0].held_out == ("held_out_sums",)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")  # a study works in its own folder
    configs = [run.config(None) for run in runs]
    assert {config.model.path for config in configs} == {str(tmp_path / "policy")}
    assert [config.run.seed for config in configs] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert {config.learner.lr for config in configs} == {2e-4}
    assert [config.curriculum.sampler for config in configs[:3]] == ["uniform", "uniform", "tiers"]
    assert runs[0].settings["definition"]["learner"]["lr"] == 3e-4 and runs[0].settings["overrides"]


def test_a_configuration_of_a_person_brings_its_own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for changes in ({"regimes": ["balanced"]}, {"num_tasks": 200}, {"is_graded": True}):
        with pytest.raises(UserError, match="--config brings its own data"):
            own_study(tmp_path, monkeypatch, **changes)
