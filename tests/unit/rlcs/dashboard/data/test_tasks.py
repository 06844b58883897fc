from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import beta as beta_law

from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.task_history import task_history, visit_steps
from rlcs.dashboard.data.tasks import TaskQuery, find_tasks

WriteRun = Callable[..., Path]


def task(task_id: str, alpha: float, beta: float, **other: Any) -> dict[str, Any]:
    return {"task_id": task_id, "alpha": alpha, "beta": beta, "pass_rate": alpha / (alpha + beta), **other}


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    """Snapshots of steps 1, 7 and 9; a quarter of the eight steps between is two: step 7 is compared with."""
    return Run(
        write_run(
            snapshots={
                1: [task("a:never", 1, 9)],
                7: [task("a:never", 1, 24, num_seen=3), task("a:worse", 18, 2, num_seen=1), task("a:same", 5, 5),
                    task("b:idle", 1, 29, num_seen=5), task("a:risen", 2, 18, num_seen=3), task("a:rare", 1, 29)],
                9: [task("a:never", 1, 29, num_seen=4, last_step=9, tier="hard"), task("a:worse", 10, 10, num_seen=2),
                    task("a:same", 5.5, 4.5, num_seen=2), task("a:new", 1, 3), task("a:risen", 1, 25, num_seen=4),
                    task("a:rare", 1, 29, num_seen=2), task("b:idle", 1, 29, num_seen=5, source="b", domain="logic")],
            }
        )
    )  # fmt: skip


def ids(run: Run, **query: Any) -> list[str]:
    return [row["task_id"] for row in find_tasks(run, TaskQuery(**query)).rows]


def test_the_newest_snapshot_is_compared_with_one_of_a_quarter_of_the_run_ago(run: Run) -> None:
    page = find_tasks(run, TaskQuery(text="never"))
    assert (page.step, page.earlier_step, page.total) == (9, 7, 1)
    row = page.rows[0]
    assert row["trend"] == pytest.approx(1 / 30 - 1 / 25)
    assert row["certainty"] == pytest.approx(beta_law(1, 29).std())
    assert row["subcategory"] is None
    assert find_tasks(run, TaskQuery(text="a:new")).rows[0]["trend"] is None


def test_a_task_is_stuck_when_it_is_rolled_out_and_stays_below_one_in_twenty(run: Run) -> None:
    """b:idle was not rolled out since, a:risen was above, a:rare was rolled out twice only."""
    assert ids(run, kind="stuck") == ["a:never"]


def test_a_task_got_worse_when_the_fall_is_more_than_chance(run: Run) -> None:
    assert ids(run, kind="worse") == ["a:worse"]


def test_filters_narrow_and_upper_case_does_not_matter(run: Run) -> None:
    assert ids(run, domain="logic") == ["b:idle"]
    assert ids(run, source="b") == ["b:idle"]
    assert ids(run, tier="hard") == ["a:never"]
    assert ids(run, text="SAME") == ["a:same"]
    assert ids(run, min_seen=5) == ["b:idle"]
    assert ids(run, domain="nowhere") == []
    assert ids(run, text="\ud800") == []


def test_a_subcategory_is_a_filter_and_an_order(write_run: WriteRun) -> None:
    kinds = {"a:1": "sums", "a:2": "products", "a:3": "sums"}
    run = Run(write_run(snapshots={1: [task(name, 1, 1, subcategory=kind) for name, kind in kinds.items()]}))
    assert ids(run, subcategory="sums") == ["a:1", "a:3"]
    assert ids(run, subcategory="sums", source="b") == []
    assert ids(run, sort="subcategory", descending=False, limit=1) == ["a:2"]


def test_pages_are_sorted_and_tasks_without_the_number_come_last(run: Run) -> None:
    order = ids(run, sort="pass_rate", descending=False, min_seen=4) + ids(run, sort="pass_rate", descending=True)[:3]
    assert order == ["a:never", "b:idle", "a:risen", "a:same", "a:worse", "a:new"]
    assert ids(run, sort="pass_rate", descending=True, offset=1, limit=2) == ["a:worse", "a:new"]
    assert ids(run, sort="trend")[-1] == ids(run, sort="trend", descending=False)[-1] == "a:new"
    assert ids(run, sort="nonsense", limit=1) == ["a:never"]
    assert ids(run, offset=100) == []


def test_many_tasks_are_sorted_alike(write_run: WriteRun) -> None:
    rows = [task(f"a:{number:04}", 1.0, 1.0 + (number * 37) % 1000) for number in range(1000)]
    run = Run(write_run(snapshots={1: rows}))
    expected = sorted(rows, key=lambda row: row["pass_rate"])
    assert ids(run, sort="pass_rate", descending=False, limit=20) == [row["task_id"] for row in expected[:20]]
    assert ids(run, sort="task_id", descending=True, limit=2) == ["a:0999", "a:0998"]


def test_without_a_snapshot_there_are_no_tasks(write_run: WriteRun) -> None:
    page = find_tasks(Run(write_run()), TaskQuery())
    assert (page.rows, page.total, page.step) == ([], 0, None)


def test_an_unreadable_earlier_snapshot_costs_the_trend_only(run: Run) -> None:
    (run.folder / "curriculum/step-000007.parquet").write_bytes(b"PAR1")
    page = find_tasks(run, TaskQuery())
    assert page.total == 7 and all(row["trend"] is None for row in page.rows)
    assert "step-000007" in run.problems[0]


@pytest.fixture
def visited(write_run: WriteRun) -> Run:
    """a:1 was rolled out at steps 1, 3 and 6."""
    group = [
        {"score": 1.0, "selected": True},
        {"score": 0.0, "selected": True},
        {"score": None, "status": "judge_error"},
    ]
    other = [{"task_id": "a:2", "group": 1, "score": 1.0}]
    seen = {1: (1, 1), 2: (1, 1), 3: (2, 3), 4: (2, 3), 5: (2, 3), 6: (3, 6)}
    return Run(
        write_run(
            rollouts={step: [*other, *group] for step in (1, 3, 6)},
            snapshots={
                step: [task("a:2", 1, 1), task("a:1", 2.0, 1.0 + step, num_seen=number, last_step=last)]
                for step, (number, last) in seen.items()
            },
        )
    )


def test_every_visit_is_found_by_walking_back(visited: Run) -> None:
    found = task_history(visited, "a:1")
    assert [(visit["step"], visit["num_seen"], visit["believed_at"]) for visit in found.visits] == [
        (6, 3, 6), (3, 2, 5), (1, 1, 2),
    ]  # fmt: skip
    first = found.visits[0]
    assert (first["group"], first["mean"], first["num_completions"], first["num_unjudged"]) == (0, 0.5, 3, 1)
    assert first["selected"] is True
    assert first["pass_rate"] == pytest.approx(2 / 9)
    assert (first["lower"], first["upper"]) == pytest.approx(beta_law(2, 7).interval(0.9))
    assert found.num_missed == 0 and found.task is not None
    assert visit_steps(visited, "a:1").tolist() == [1, 3, 6]


def test_visits_that_the_files_do_not_show_are_counted(visited: Run) -> None:
    for step in (2, 3, 4, 5):  # from step 6 the newest snapshot before is that of step 1
        (visited.folder / f"curriculum/step-{step:06d}.parquet").unlink()
    found = task_history(visited, "a:1")
    assert [visit["step"] for visit in found.visits] == [6, 1]
    assert found.num_missed == 1


def test_a_visit_whose_rollouts_are_gone_is_listed_without_them(visited: Run) -> None:
    (visited.folder / "rollouts/step-000003.parquet").unlink()
    visit = task_history(visited, "a:1").visits[1]
    assert (visit["step"], visit["group"], visit["mean"], visit["num_completions"]) == (3, None, None, 0)


def test_the_limit_counts_what_it_leaves_out(visited: Run) -> None:
    found = task_history(visited, "a:1", limit=1)
    assert len(found.visits) == 1 and found.num_missed == 2


def test_an_unknown_task_has_no_history(visited: Run) -> None:
    found = task_history(visited, "<b>nobody</b>")
    assert (found.task, found.visits, found.num_missed) == (None, [], 0)
