"""What grading cost and saved: worked out by hand, and dashes where the run does not tell."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from rlcs.dashboard.data.grading import SourceGrading, Visits, names_grades, read_gradings, source_gradings
from rlcs.dashboard.data.run import Run
from rlcs.dashboard.data.view import View

WriteRun = Callable[..., Path]
COSTS = {
    "a": {"measured": 40, "predicted": 360, "ungraded": 10, "num_completions": 120},
    "b": {"measured": 5, "predicted": 0, "ungraded": 0, "num_completions": None},
}


def visits(source: str, **counts: tuple[int, int]) -> dict[str, int]:
    """Return the metrics: kind to (groups, valid ones)."""
    names = ("groups", "valid")
    return {
        f"curriculum/first_visits/{source}/{kind}/{name}": count
        for kind, both in counts.items()
        for name, count in zip(names, both, strict=True)
    }


def graded(write_run: WriteRun, counts: Mapping[str, int], costs: Any = COSTS) -> Run:
    """Groups have 2 completions, 480 of them were generated."""
    folder = write_run(metrics=[{"step": 1, "rollout/num_generated_total": 480, **counts}, {"step": 2}])
    (folder / "grades.json").write_text(costs if isinstance(costs, str) else json.dumps(costs))
    return Run(folder)


def row(write_run: WriteRun, **counts: tuple[int, int]) -> SourceGrading:
    return source_gradings(graded(write_run, visits("a", **counts)), View(source="a"))[0]


def test_graded_tasks_stand_against_those_without_a_grade(write_run: WriteRun) -> None:
    found = row(write_run, measured=(60, 36), predicted=(40, 24), ungraded=(20, 4))
    assert found.tasks == {"measured": 40, "predicted": 360, "ungraded": 10}
    assert (found.cost, found.cost_share) == (120.0, 0.25)
    # 60 of 100 against 4 of 20: 0.4 of 200 completions.
    assert found.against == "ungraded" and found.saved == pytest.approx(80.0)
    assert found.net == pytest.approx(-40.0)
    assert found.error == pytest.approx(200 * math.sqrt(61 / 102 * 41 / 102 / 102 + 5 / 22 * 17 / 22 / 22))


def test_without_them_measured_tasks_stand_against_predicted_ones(write_run: WriteRun) -> None:
    found = row(write_run, measured=(10, 4), predicted=(40, 20), ungraded=(0, 0))
    assert found.against == "predicted" and found.saved == pytest.approx(-0.1 * 20)


@pytest.mark.parametrize("counts", [{}, {"measured": (10, 4)}, {"predicted": (10, 4)}, {"ungraded": (10, 4)}])
def test_one_kind_alone_does_not_tell_what_was_saved(write_run: WriteRun, counts: dict[str, tuple[int, int]]) -> None:
    found = row(write_run, **counts)
    assert found.against == "" and found.cost == 120.0
    assert all(math.isnan(value) for value in (found.saved, found.net, found.error))


def test_a_view_shows_its_sources_and_an_unknown_cost_stays_unknown(write_run: WriteRun) -> None:
    run = graded(write_run, visits("b", measured=(4, 4), ungraded=(4, 2)))
    assert [one.source for one in source_gradings(run, View())] == ["a", "b"]
    (found,) = source_gradings(run, View(domain="logic"))
    assert found.source == "b" and math.isnan(found.cost) and math.isnan(found.net) and found.saved == 4.0
    assert source_gradings(run, View(source="c")) == []


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", '{"a": 1}', "\xff", '{"a": {"measured": "x", "num_completions": -1}}']
)
def test_a_broken_file_costs_what_it_says(write_run: WriteRun, text: str) -> None:
    run = graded(write_run, visits("a", measured=(1, 1)), costs=text)
    for found in source_gradings(run, View()):
        assert found.tasks["measured"] == 0 and math.isnan(found.cost)
    assert set(read_gradings(run)) <= {"a"}


def test_settings_that_name_grades_without_costs_are_of_an_older_version(write_run: WriteRun) -> None:
    train = [{"name": "a", "grades": "grades.parquet"}]
    assert names_grades(Run(write_run(config={"data": {"train": train}})))
    assert not names_grades(Run(write_run("other")))


def test_a_share_of_nothing_is_unknown() -> None:
    assert math.isnan(Visits().share) and Visits(groups=4, valid=1).share == 0.25
    assert Visits(groups=6, valid=3).variance() == pytest.approx(0.25 / 8)
