"""Pass rates of models and labels of people become one grade a task: numbers worked out by hand."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from rlcs.config.schema import Config, GradeConfig, ModelConfig
from rlcs.grading.log import RecordLog
from rlcs.grading.pass_rates import (
    ModelGrades,
    about,
    grade_table,
    label_line,
    mean_of_known,
    merged_pass_rate,
    model_grades,
    powers_of_two,
    print_grades,
    summary,
    tier_row,
    write_grades,
)
from rlcs.records import TaskIndex

NAN = float("nan")
KEYS = np.array([30, 10, 20, 40], dtype=np.uint64)
EDGES = [0.1, 0.3, 0.7, 0.9]


def grades_of(folder: Path, *records: tuple[int, list[float | None]], threshold: float = 1.0) -> ModelGrades:
    with RecordLog(folder, "m", num_completions=4) as log:
        for task, scores in records:
            log.append(task, num_tokens=10, scores=scores)
    return model_grades(KEYS, log.read(), threshold=threshold)


@pytest.fixture
def grades(tmp_path: Path) -> ModelGrades:
    """Task 30: 1 of 4; task 10: (1 + 0.5) / 2 of two judged; task 20: none judged; task 40: not asked; 99 is gone."""
    return grades_of(
        tmp_path,
        (99, [1.0, 1.0, 1.0, 1.0]),
        (20, [None, None, None, None]),
        (10, [1.0, None, 0.5, None]),
        (30, [0.0, 1.0, 0.0, 0.0]),
    )


def index() -> TaskIndex:
    return TaskIndex(
        ids=["s:0", "s:1", "t:0", "t:1"],
        source=np.array([0, 0, 1, 1], dtype=np.int16),
        domain=np.array([0, 0, 0, 1], dtype=np.int16),
        difficulty=np.array([0.85, NAN, 0.5, 0.5], dtype=np.float32),
        sources=("s", "t"),
        domains=("stem.math", "stem.physics"),
        subcategory=np.array([0, 1, 0, 0], dtype=np.int16),
        subcategories=("", "sums"),
        proportions=(0.5, 0.5),
    )


def settings(**grade: float) -> Config:
    return Config(model=ModelConfig(path="m"), grade=GradeConfig(num_completions=4, **grade))


def test_a_model_is_graded_by_what_could_be_judged(grades: ModelGrades) -> None:
    np.testing.assert_allclose(grades.pass_rate, [0.25, 0.75, NAN, NAN])
    assert grades.num_completions.tolist() == [4, 4, 4, 0]
    assert grades.num_unjudged.tolist() == [0, 2, 4, 0]
    assert (grades.num_generated, grades.num_tokens) == (16, 40)


def test_pass_at_k_is_the_share_of_subsets_with_a_pass(grades: ModelGrades) -> None:
    def share(outcomes: list[bool], k: int) -> float:
        return float(np.mean([any(subset) for subset in combinations(outcomes, k)]))

    assert sorted(grades.pass_at) == [1, 2, 4]
    of_four, of_two = [False, True, False, False], [True, False]  # a score of 0.5 is no pass
    np.testing.assert_allclose(grades.pass_at[1], [share(of_four, 1), share(of_two, 1), NAN, NAN])
    np.testing.assert_allclose(grades.pass_at[2], [share(of_four, 2), share(of_two, 2), NAN, NAN])
    np.testing.assert_allclose(grades.pass_at[4], [1.0, NAN, NAN, NAN])


def test_the_last_record_of_a_task_is_its_grade_and_all_of_them_its_cost(tmp_path: Path) -> None:
    grades = grades_of(tmp_path, (30, [None] * 4), (30, [1.0, 1.0, 0.0, 0.0]))
    assert grades.pass_rate[0] == 0.5 and grades.num_unjudged[0] == 0
    assert (grades.num_generated, grades.num_tokens) == (8, 20)


def test_without_a_record_nothing_is_known(tmp_path: Path) -> None:
    grades = grades_of(tmp_path)
    assert np.isnan(grades.pass_rate).all() and grades.num_completions.sum() == 0


@pytest.mark.parametrize(("largest", "expected"), [(1, [1]), (4, [1, 2, 4]), (7, [1, 2, 4]), (8, [1, 2, 4, 8])])
def test_k_doubles_up_to_the_number_of_completions(largest: int, expected: list[int]) -> None:
    assert powers_of_two(largest) == expected


def test_a_label_counts_for_so_many_completions() -> None:
    measured, judged = np.array([0.5, 0.5, 1.0, NAN]), np.array([4, 4, 8, 0])
    label = np.array([0.8, NAN, 0.05, 0.8], dtype=np.float32)
    found = merged_pass_rate(measured, judged, label, strength=2.0)
    np.testing.assert_allclose(found, [(2 * 0.8 + 4 * 0.5) / 6, 0.5, (2 * 0.05 + 8) / 10, NAN])
    np.testing.assert_allclose(merged_pass_rate(measured, judged, label, strength=0.0), [0.5, 0.5, 1.0, NAN])


def test_models_count_the_same_however_much_of_each_was_judged() -> None:
    first, second = np.array([1.0, 0.5, NAN]), np.array([0.0, NAN, NAN])
    np.testing.assert_allclose(mean_of_known([first, second]), [0.5, 0.5, NAN])


def test_the_table_has_a_row_a_task_and_null_where_nothing_is_known(grades: ModelGrades, tmp_path: Path) -> None:
    second = grades_of(tmp_path / "..", (30, [1.0, 1.0, 1.0, 0.0]))
    table = grade_table(index(), {"m": grades, "n": second}, settings())
    write_grades(table, tmp_path / "grades.parquet")
    first, other, unjudged, unasked = pq.read_table(tmp_path / "grades.parquet").to_pylist()
    assert first["task_id"] == "s:0" and first["source"] == "s" and first["domain"] == "stem.math"
    assert (first["num_completions"], first["num_unjudged"]) == (8, 0)
    assert (first["pass_rate/m"], first["pass_rate/n"], first["measured"]) == (0.25, 0.75, 0.5)
    assert first["pass_rate"] == pytest.approx((2 * 0.85 + 8 * 0.5) / 10)
    assert first["tier"] == "medium" and first["label"] == pytest.approx(0.85)
    assert first["pass@1"] == pytest.approx((0.25 + 0.75) / 2) and first["pass@4"] == 1.0
    assert (other["pass_rate"], other["tier"], other["label"], other["subcategory"]) == (0.75, "easy", None, "sums")
    assert (other["num_unjudged"], other["pass_rate/n"]) == (2, None)
    for row in (unjudged, unasked):
        assert row["pass_rate"] is row["tier"] is row["measured"] is row["pass@1"] is None
        assert row["label"] == 0.5
    assert (unjudged["num_completions"], unasked["num_completions"]) == (4, 0)


def test_the_file_tells_what_it_has_cost(grades: ModelGrades, tmp_path: Path) -> None:
    write_grades(grade_table(index(), {"m": grades}, settings(label_strength=3.0)), tmp_path / "grades.parquet")
    told = about(pq.read_table(tmp_path / "grades.parquet"))
    assert (told["num_completions_total"], told["num_tokens_total"], told["label_strength"]) == (16, 40, 3.0)
    assert told["models"] == [{"model": "m", "num_completions": 16, "num_tokens": 40}]
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_tiers_are_counted_and_labels_compared(
    grades: ModelGrades, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = grade_table(index(), {"m": grades}, settings())
    rates = [(2 * 0.85 + 4 * 0.25) / 6, 0.75]
    assert tier_row(table) == ["4", "0", "0", "1", "1", "0", "2", f"{np.mean(rates):.3f}"]
    assert label_line("s", table.slice(0, 2), EDGES) == (
        "labels of s: 1 tasks measured, 0.60 off on average, 100 % in another tier than their label"
    )
    assert label_line("t", table.slice(2), EDGES) is None
    print_grades(table, EDGES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if "stem" in line] == ["domain/stem.math", "domain/stem.physics"]
    assert lines[-1].startswith("labels of s: 1 tasks")
    unjudged, too_long = summary(table, tmp_path)[1:3]
    assert unjudged.startswith("1 tasks could not be judged") and too_long.startswith("1 tasks have prompts longer")
