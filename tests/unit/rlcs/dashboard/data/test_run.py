from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlcs.dashboard.data.compare import metric_keys, rollouts_to_target, run_table, targets
from rlcs.dashboard.data.domains import domain_states
from rlcs.dashboard.data.run import Run, duration
from rlcs.errors import UserError

WriteRun = Callable[..., Path]


def test_a_path_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no run folder; expected"):
        Run(tmp_path / "nothing")


def test_an_empty_folder_is_a_run_without_steps(tmp_path: Path) -> None:
    run = Run(tmp_path)
    summary = run.summary()
    assert (summary.state, summary.state_text, summary.last_step) == ("empty", "no step is done yet", 0)
    assert (run.config, run.sources(), run.domains(), run.problems) == ({}, [], [], [])
    assert domain_states(run) == [] and targets([run]) == [] and metric_keys([run]) == []
    assert run_table([run])[0]["best_held_out"] is None


def test_the_summary_tells_how_far_and_how_well(write_run: WriteRun) -> None:
    metrics = [{"step": 0, "eval/all/pass@1": 0.25}]
    totals = ("rollout/num_generated_total", "rollout/num_tokens_total")
    metrics += [
        {"step": step, "reward/mean": step / 16, totals[0]: 8.0 * step, totals[1]: 100.0 * step}
        for step in range(1, 11)
    ]
    metrics[-1]["eval/all/pass@1"] = 0.75
    summary = Run(write_run("seven", metrics=metrics)).summary()
    assert (summary.name, summary.state, summary.last_step, summary.num_steps) == ("seven", "finished", 10, 10)
    assert (summary.num_generated, summary.num_tokens, summary.held_out) == (80.0, 1000.0, 0.75)
    assert summary.reward == pytest.approx(5.5 / 16)
    assert summary.state_text.startswith("step 10 of 10, last written 0 s ago")


@pytest.mark.parametrize(
    "content", ["", "[1, 2]", "data: 7", "{", "data: {train: [1, {name: null}]}", "\t", "data: {train: 3}"]
)
def test_a_broken_config_costs_names_and_limits_only(write_run: WriteRun, content: str) -> None:
    folder = write_run(metrics=[{"step": 1, "reward/a/unjudged_share": 0.0, "reward/logic/mean": 0.5}])
    (folder / "config.yaml").write_text(content)
    run = Run(folder)
    assert run.sources() == ["a"] and run.domains() == ["logic"]
    assert run.setting("curriculum.expansion.cap", 3.0) == 3.0
    assert run.summary().num_steps == 0


def test_settings_of_another_kind_count_as_absent(write_run: WriteRun) -> None:
    run = Run(write_run(config={"run": {"steps": "many"}, "curriculum": {"expansion": {"cap": 2}}}))
    assert run.setting("run.steps", 0) == 0
    assert run.setting("curriculum.expansion.cap", 3.0) == 2.0
    assert run.setting("run.steps.deeper", "x") == "x"


def test_the_version_changes_with_every_part_of_the_folder(write_run: WriteRun) -> None:
    folder = write_run(metrics=[{"step": 1}])
    run = Run(folder)
    seen = {run.version()}
    assert run.version() in seen
    for change in ({"metrics": [{"step": 2}]}, {"rollouts": {2: [{}]}}, {"snapshots": {2: [{}]}}):
        write_run(**change)
        assert run.version() not in seen
        seen.add(run.version())


def test_domains_with_problems_come_first_with_the_reasons(write_run: WriteRun) -> None:
    first = {"step": 1, "reward/stem.math/mean": 0.2, "reward/logic/mean": 0.9, "eval/domain/logic/pass@1": 0.62}
    last = {
        **{"step": 2, "reward/stem.math/mean": 0.4, "reward/logic/mean": 0.9, "eval/domain/logic/pass@1": 0.55},
        **{"reward/b/timeout_share": 0.12, "reward/b/unjudged_share": 0.0, "reward/a/unjudged_share": 0.0},
    }
    states = domain_states(Run(write_run(metrics=[first, last])))
    assert [state.domain for state in states] == ["logic", "stem.math"]
    assert states[0].why == "held-out fell from 0.62 to 0.55; 12% of answers timed out"
    assert states[0].num_problems == 2 and states[0].held_out_change == pytest.approx(-0.07)
    assert states[1].why == "nothing stands out" and states[1].reward == pytest.approx(0.3)


def evaluated(*values: float, rollouts: float) -> list[dict[str, float]]:
    """A run with an evaluation at steps 0, 10, 20, …, and so many rollouts a step."""
    return [
        {"step": 10 * number, "eval/all/pass@1": value, "rollout/num_generated_total": 10 * number * rollouts}
        for number, value in enumerate(values)
    ]


def test_rollouts_to_target_is_what_the_first_evaluation_that_reached_it_had_cost(write_run: WriteRun) -> None:
    fast = Run(write_run("fast", metrics=evaluated(0.4, 0.7, 0.8, rollouts=100)))
    slow = Run(write_run("slow", metrics=evaluated(0.4, 0.5, 0.7, rollouts=200)))
    rows = rollouts_to_target([fast, slow], 0.7)
    assert [(row["run"], row["reached"], row["step"], row["rollouts"], row["ratio"]) for row in rows] == [
        ("fast", True, 10, 1000, 1.0), ("slow", True, 20, 4000, 4.0),
    ]  # fmt: skip
    never = rollouts_to_target([fast, slow], 0.75)[1]
    assert (never["reached"], never["rollouts"], never["ratio"]) == (False, None, None)


def test_targets_lie_between_the_highest_start_and_the_best(write_run: WriteRun) -> None:
    runs = [
        Run(write_run("a", metrics=evaluated(0.4, 0.8, rollouts=1))),
        Run(write_run("b", metrics=evaluated(0.3, rollouts=1))),
    ]
    assert targets(runs) == [0.5, 0.6, 0.7, 0.8]
    assert len(rollouts_to_target(runs)) == 8
    assert targets([runs[1]]) == []


def test_the_run_table_has_the_best_evaluation(write_run: WriteRun) -> None:
    row = run_table([Run(write_run(metrics=evaluated(0.4, 0.8, 0.6, rollouts=1)))])[0]
    assert (row["best_held_out"], row["best_step"], row["held_out"]) == (pytest.approx(0.8), 10, pytest.approx(0.6))


def test_times_are_told_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (5, 300, 10_000, 400_000)] == ["5 s", "5 min", "3 h", "5 days"]


def test_a_domain_that_only_the_metrics_name_is_shown_and_an_old_source_is_not(write_run: WriteRun) -> None:
    told = {
        "reward/mean": 0.5,
        "reward/gone/mean": 0.5,
        "reward/gone/unjudged_share": 0.0,
        "reward/my.domain/mean": 0.5,
    }
    run = Run(write_run(metrics=[{"step": 1, "reward/a/mean": 0.5, **told}]))
    assert run.domains() == ["logic", "my.domain", "stem.math"]
