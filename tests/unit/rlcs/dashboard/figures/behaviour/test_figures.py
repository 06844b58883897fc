"""Every figure on whole, broken and hostile run folders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from rlcs.dashboard.alarms import alarms
from rlcs.dashboard.data.domains import domain_states
from rlcs.dashboard.data.rollouts import RolloutQuery, find_rollouts, group, statuses
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.task_history import task_history
from rlcs.dashboard.data.tasks import TaskQuery, find_tasks
from rlcs.dashboard.data.view import View
from rlcs.dashboard.figures import FIGURES
from rlcs.dashboard.figures.lines import decades_per_tick
from rlcs.dashboard.figures.style import COLOURS
from rlcs.records import TIERS

WriteRun = Callable[..., Path]
HOSTILE = '<script>alert(1)</script>%{x}<a href="javascript:x">'
VIEWS = (
    View(),
    View(axis="hours", smoothing=3, domain="stem.math"),
    View(axis="tokens", source="a", task_id="a:1"),
    View(axis="nonsense", domain="nowhere", source=HOSTILE, task_id=HOSTILE, metric=HOSTILE, smoothing=-5),
    View(axis="rollouts", subcategory="none", metric="eval/all/pass@1"),
)


def metrics(count: int) -> list[dict[str, float]]:
    tiers = {f"curriculum/{which}/{tier}/share": 0.2 for tier in TIERS for which in ("tier", "pool")}
    return [
        {
            "step": step, "reward/mean": 0.5, "reward/stem.math/mean": 0.4, "reward/a/mean": 0.4,
            "eval/all/pass@1": 0.3,
            "eval/domain/stem.math/pass@1": 0.3, "reward/a/unjudged_share": 0.0, "reward/a/timeout_share": 0.1,
            "rollout/forced_share": 0.1, "rollout/truncated_share": 0.0, "rollout/tokens_per_s": 10.0,
            "rollout/num_generated_total": 8.0 * step, "rollout/num_tokens_total": 80.0 * step,
            "learner/tokens_per_s": 5.0, "policy/entropy": 0.2, "policy/mismatch_kl": 1e-5, "time/step_s": 3.0,
            "time/rollout_s": 2.0, "time/learn_s": 1.0, "curriculum/invalid_rate": 0.25, "curriculum/num_planned": 4.0,
            "curriculum/num_selected": 2.0, "curriculum/expansion_ratio": 1.3, "curriculum/expansion_ema": 1.2, **tiers,
            "curriculum/prediction_gain": 0.1, "curriculum/prediction_trust": 0.8,
            "env/num_episodes": 4.0, "env/turns_mean": 1.5, "env/turns_max": 3.0, "env/parts_mean": 1.0,
            "env/fault_share": 0.1, "env/over_limit_share": 0.0, "env/replays": 2.0, "env/seconds": 0.1,
            "env/unreadable_share": 0.2,
        }
        for step in range(1, count + 1)
    ]  # fmt: skip


def rollouts(count: int) -> dict[int, list[dict[str, object]]]:
    return {
        step: [{"score": 1.0, "num_turns": 2}, {"score": 0.0, "status": "incorrect"}] for step in range(1, count + 1)
    }


def snapshots(count: int) -> dict[int, list[dict[str, object]]]:
    return {
        step: [{"num_seen": step, "last_step": step, "alpha": 1.0 + step, "beta": 1.0 + step}]
        for step in range(1, count + 1)
    }


@pytest.fixture
def whole(write_run: WriteRun) -> Path:
    return write_run(metrics=metrics(5), rollouts=rollouts(5), snapshots=snapshots(5))


def look_at_everything(run: Run, *, views: Sequence[View] = VIEWS[:2]) -> None:
    for view in views:
        for spec in FIGURES.values():
            figure = spec.build([run, run] if spec.page == "compare" else [run], view)
            assert json.loads(figure.to_json())
            assert figure.layout.height >= 200
    run.summary()
    alarms(run)
    domain_states(run)
    find_rollouts(run, RolloutQuery(text="x"))
    group(run, 1, 0)
    statuses(run, 1)
    find_tasks(run, TaskQuery(kind="stuck"))
    task_history(run, "a:1")


def test_of_a_whole_run_every_figure_shows_something(whole: Path) -> None:
    run = Run(whole)
    for spec in FIGURES.values():
        figure = spec.build([run], View(task_id="a:1"))
        assert len(figure.data) > 0, spec.name
        assert not figure.layout.title.text
        assert figure.layout.xaxis.title.text, spec.name
        if spec.name != "waste_by_domain":
            assert figure.layout.yaxis.title.text, spec.name
    look_at_everything(run, views=VIEWS)
    assert run.problems == []


def test_figures_of_a_page_have_titles_and_explanations() -> None:
    assert {spec.page for spec in FIGURES.values()} == {"overview", "curriculum", "tasks", "compare"}
    for name, spec in FIGURES.items():
        assert spec.name == name and spec.title
        assert len(spec.explanation) > 20 and spec.explanation.endswith(".")


def test_names_from_files_are_shown_as_they_are(write_run: WriteRun) -> None:
    """Plotly reads a kind of HTML in names, and %{…} in templates; both come from people's files."""
    records = [{"step": 1, f"reward/{HOSTILE}/mean": 0.5, f"reward/{HOSTILE}/unjudged_share": 0.0}]
    config = {"data": {"train": [{"name": HOSTILE, "domain": HOSTILE}]}}
    rows = [{"source": HOSTILE, "domain": HOSTILE}]
    run = Run(write_run(metrics=records, rollouts={1: rows}, snapshots={1: rows}, config=config))
    for name in ("reward", "waste_by_domain"):
        figure = FIGURES[name].build([run], View())
        shown = [trace.name for trace in figure.data] + [str(label) for trace in figure.data for label in trace.y]
        assert any("&lt;script&gt;" in text for text in shown)
        assert not any("<script>" in text or "<a" in text for text in shown)
        assert all("script" not in trace.hovertemplate for trace in figure.data)


DEGENERATE = {
    "nothing": lambda folder: [path.unlink() for path in folder.rglob("*") if path.is_file()],
    "no metrics": lambda folder: (folder / "metrics.jsonl").unlink(),
    "empty metrics": lambda folder: (folder / "metrics.jsonl").write_bytes(b""),
    "half a line": lambda folder: (folder / "metrics.jsonl").write_bytes(b'{"step": 1, "rew'),
    "garbage": lambda folder: (folder / "metrics.jsonl").write_bytes(b"\xff\xfe\x00garbage\n" * 50),
    "no config": lambda folder: (folder / "config.yaml").unlink(),
    "no snapshots": lambda folder: [path.unlink() for path in folder.glob("curriculum/*")],
    "no rollouts": lambda folder: [path.unlink() for path in folder.glob("rollouts/*")],
    "no folders": lambda folder: [
        [path.unlink() for path in folder.glob("*/*")], (folder / "rollouts").rmdir(), (folder / "curriculum").rmdir()
    ],
    "cut parquet": lambda folder: [path.write_bytes(path.read_bytes()[:200]) for path in folder.glob("*/*.parquet")],
    "empty parquet": lambda folder: [path.write_bytes(b"") for path in folder.glob("*/*.parquet")],
    "newest cut": lambda folder: [path.write_bytes(b"PAR1") for path in folder.glob("*/step-000005.parquet")],
    "a folder for a file": lambda folder: [
        (path.unlink(), path.mkdir()) for path in folder.glob("*/step-000003.parquet")
    ],
}  # fmt: skip


@pytest.mark.parametrize("damage", DEGENERATE)
def test_no_damage_of_a_folder_stops_the_dashboard(whole: Path, damage: str) -> None:
    DEGENERATE[damage](whole)
    run = Run(whole)
    look_at_everything(run)
    is_parquet_broken = damage in ("cut parquet", "empty parquet", "newest cut", "a folder for a file")
    assert any("cannot be read" in problem for problem in run.problems) == is_parquet_broken


def test_parquet_files_without_rows_and_without_columns_do_no_harm(write_run: WriteRun) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = write_run(metrics=metrics(2), rollouts={1: []}, snapshots={1: []})
    for part in ("rollouts", "curriculum"):
        pq.write_table(pa.table({"other": [1, 2]}), folder / part / "step-000002.parquet")
    run = Run(folder)
    look_at_everything(run)
    assert run.problems == []


def test_an_empty_run_says_so_in_words(write_run: WriteRun) -> None:
    run = Run(write_run())
    said = {
        "reward": "no step is done yet",
        "held_out": "no evaluation yet",
        "waste_by_domain": "no rollouts with a curriculum snapshot yet",
        "pass_rate_map": "no curriculum snapshot yet",
        "task_history": "choose a task",
    }
    for name, words in said.items():
        assert FIGURES[name].build([run], View()).layout.annotations[0].text == words


def test_a_run_without_evaluation_names_the_setting(write_run: WriteRun) -> None:
    run = Run(write_run(metrics=[{"step": 1, "reward/mean": 1.0}], config={"eval": {"every": 0}}))
    assert "eval.every is 0" in FIGURES["held_out"].build([run], View()).layout.annotations[0].text


def test_steps_that_a_resumed_run_did_again_replace_the_old_ones(whole: Path, write_run: WriteRun) -> None:
    run = Run(whole)
    assert FIGURES["reward"].build([run], View()).data[0].y.tolist() == pytest.approx([0.4] * 5)
    (whole / "metrics.jsonl").unlink()
    for path in whole.glob("*/step-00000[345].parquet"):
        path.unlink()
    write_run(
        metrics=[{**record, "reward/stem.math/mean": 0.9} for record in metrics(3)], snapshots={3: [{"alpha": 9.0}]}
    )
    assert FIGURES["reward"].build([run], View()).data[0].y.tolist() == pytest.approx([0.9] * 3)
    np.testing.assert_array_equal(FIGURES["pass_rate_map"].build([run], View()).data[0].x, [1, 2, 3])
    assert run.problems == []


def test_a_click_on_a_point_knows_the_step(whole: Path) -> None:
    figure = FIGURES["reward"].build([Run(whole)], View(axis="tokens"))
    assert [list(point) for point in figure.data[0].customdata][-1] == [5, "stem.math"]
    assert figure.data[0].x.tolist() == [80.0, 160.0, 240.0, 320.0, 400.0]


def test_runs_of_the_same_name_are_told_apart(write_run: WriteRun) -> None:
    runs = [Run(write_run(name, metrics=metrics(2))) for name in ("one/run", "two/run")]
    names = [trace.name for trace in FIGURES["compare_reward"].build(runs, View()).data]
    assert len(set(names)) == 2 and names[0].endswith("one/run")


def test_a_hundred_thousand_steps_make_a_small_figure(write_run: WriteRun) -> None:
    run = Run(write_run(metrics=[{"step": step, "reward/mean": (step * 37 % 101) / 101} for step in range(100_000)]))
    figure = FIGURES["compare_reward"].build([run], View())
    assert len(figure.data[0].x) <= 1002
    assert len(figure.to_json()) < 100_000


def test_logarithmic_ticks_are_whole_decades_where_there_are_some() -> None:
    found = [decades_per_tick(np.array(values)) for values in ([1e-5, 2e-5], [1e-5, 1e-3], [1e-13, 1e-3], [0.0], [])]
    assert found == [None, 1, 2, None, None]


def test_a_run_without_the_metric_takes_no_colour_from_another(write_run: WriteRun) -> None:
    silent, told = write_run("silent", metrics=[{"step": 1}]), write_run("told", metrics=metrics(2))
    runs = [Run(silent), Run(told)]
    figure = FIGURES["compare_reward"].build(runs, View())
    assert [(trace.name, trace.line.color) for trace in figure.data] == [("told", COLOURS[1])]
    assert figure.layout.showlegend, "which of the runs the only curve is of"
    assert not FIGURES["compare_reward"].build(runs[1:], View()).layout.showlegend


def test_inside_of_a_domain_figures_tell_its_subcategories_apart(write_run: WriteRun) -> None:
    kinds = {"a:1": "sums", "a:2": "products"}
    rows = [
        {"task_id": task, "group": group, "score": score, "subcategory": kinds[task]}
        for group, (task, scores) in enumerate({"a:1": (0.0, 1.0), "a:2": (1.0, 1.0)}.items())
        for score in scores
    ]
    tasks = [{"task_id": task, "subcategory": kind} for task, kind in kinds.items()]
    run = Run(write_run(metrics=metrics(2), rollouts={2: rows}, snapshots={1: tasks, 2: tasks}))
    for name in ("certainty", "weight"):
        assert [trace.name for trace in FIGURES[name].build([run], View(domain="stem.math")).data] == [
            "products", "sums"
        ]  # fmt: skip
    wasted = FIGURES["waste_by_domain"].build([run], View(domain="stem.math")).data[1]
    assert dict(zip(wasted.y, wasted.x, strict=True)) == {"sums": 0.0, "products": 1.0}
    assert list(FIGURES["waste_by_domain"].build([run], View()).data[1].y) == ["stem.math"]
    only = FIGURES["waste_by_domain"].build([run], View(subcategory="products")).data[1]
    assert (list(only.y), list(only.x)) == (["products"], [1.0])


def test_success_by_turns_counts_judged_episodes_of_each_source(write_run: WriteRun) -> None:
    def row(turns: int | None, score: float | None, status: str, source: str = "a") -> dict[str, object]:
        return {"num_turns": turns, "score": score, "status": status, "source": source}

    first = [row(1, 1.0, "correct"), row(1, 0.0, "incorrect"), row(3, 0.5, "partial"), row(None, 1.0, "correct")]
    second = [row(1, 1.0, "correct"), row(1, None, "env_fault"), row(2, 1.0, "correct", "b")]
    run = Run(write_run(rollouts={1: first, 2: second}))
    a, b = FIGURES["success_by_turns"].build([run], View()).data
    assert (a.name, list(a.x), list(a.y), list(a.text)) == ("a", [1, 3], [pytest.approx(2 / 3), 0.0], ["3", "1"])
    assert (b.name, list(b.x), list(b.y), list(b.customdata[0])) == ("b", [2], [1.0], ["b", 2])
    (only,) = FIGURES["success_by_turns"].build([run], View(source="b")).data
    assert only.name == "b"


def test_faults_of_episodes_are_shares_and_replays_are_counted_by_episode(write_run: WriteRun) -> None:
    run = Run(write_run(metrics=[*metrics(2), {"step": 3, "env/invalid_move_share": 0.5}]))
    lines = {trace.name: list(trace.y) for trace in FIGURES["episode_faults"].build([run], View()).data}
    assert lines["replays for each episode"] == [0.5, 0.5] and lines["turns: invalid move"] == [0.5]
    assert lines["episodes: environment failed"] == pytest.approx([0.1, 0.1])
    assert "turns: over limit" not in lines and "turns: fault" not in lines
