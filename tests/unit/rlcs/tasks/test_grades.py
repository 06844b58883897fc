"""Grades measured offline become the difficulty of the tasks they know."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.config.schema import SourceConfig
from rlcs.tasks import load_pool
from rlcs.tasks.grades import FEWEST, LEAST_STRENGTH, MOST_STRENGTH, shrunk, strength_of

Build = Callable[..., SourceConfig]
Refusal = Callable[..., str]


def write_grades(tmp_path: Path, **columns: pa.Array | list[object]) -> str:
    pq.write_table(pa.table(columns), tmp_path / "grades.parquet")
    return str(tmp_path / "grades.parquet")


def test_a_grade_stands_above_the_label_and_a_task_without_one_keeps_it(
    make_source: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"prompt": "p", "answer": "1", "grade": grade} for grade in ("easy", "easy", 0.5, "hard")]
    grades = write_grades(tmp_path, task_id=["s:3", "other:0", "s:0"], pass_rate=[0.25, 0.9, 1.0], seen=[8, 8, 8])
    with caplog.at_level(logging.INFO):
        pool = load_pool([make_source(*rows, fields={"difficulty": "grade"}, grades=grades)])
    assert pool.index.difficulty.tolist() == pytest.approx([1.0, 0.8, 0.5, 0.25])
    assert pool.take([3])[0].difficulty == 0.25
    assert "grades of s: 2 of 4 tasks have one" in caplog.messages


def test_grades_of_one_model_are_shrunk_where_no_label_is_in_them(make_source: Build, tmp_path: Path) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 4
    columns: dict[str, list[object]] = {
        "task_id": ["s:0", "s:1", "s:2", "s:3"],
        "pass_rate": [0.0, 1.0, None, 0.3],
        "num_completions": [8, 4, 8, 8],
        "num_unjudged": [0, 2, 8, 0],
        "label": [None, None, None, 0.5],
        "measured": [0.0, 1.0, None, 0.25],
        "pass@1": [0.0, 1.0, None, 0.25],
        "pass_rate/policy": [0.0, 1.0, None, 0.25],
    }
    source = make_source(*rows, grades=write_grades(tmp_path, **columns))
    difficulty = load_pool([source]).index.difficulty
    # The mean is 1/2; few grades: strength 1/4, so 1/8 more of 8.25 and of 2.25 completions.
    assert difficulty[[0, 1, 3]].tolist() == pytest.approx([0.125 / 8.25, 2.125 / 2.25, 0.3])
    assert np.isnan(difficulty[2])
    others: list[dict[str, list[object]]] = [
        {"pass_rate/other": [0.0, 1.0, None, 0.25]},
        {"pass@1": [0.0, 1.0, None, 0.0]},
    ]
    for several_or_partial in others:
        write_grades(tmp_path, **{**columns, **several_or_partial})
        assert load_pool([source]).index.difficulty[:2].tolist() == [0.0, 1.0]


def test_a_label_in_place_of_verdicts_does_not_keep_other_grades_from_being_shrunk(
    make_source: Build, tmp_path: Path
) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 3
    columns: dict[str, list[object]] = {
        "task_id": ["s:0", "s:1", "s:2"],
        "pass_rate": [0.0, 1.0, 0.6],
        "num_completions": [8, 8, 8],
        "num_unjudged": [0, 0, 8],
        "label": [None, None, 0.6],
        "measured": [0.0, 1.0, None],
        "pass@1": [0.0, 1.0, None],
        "pass_rate/policy": [0.0, 1.0, None],
    }
    source = make_source(*rows, grades=write_grades(tmp_path, **columns))
    # As above: 1/8 more of 8.25 completions.
    difficulty = load_pool([source]).index.difficulty.tolist()
    assert difficulty == pytest.approx([0.125 / 8.25, 8.125 / 8.25, 0.6])


def test_tasks_without_label_and_grade_stay_unknown(make_source: Build, tmp_path: Path) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 2
    grades = write_grades(tmp_path, task_id=["s:1"], pass_rate=[0.0])
    difficulty = load_pool([make_source(*rows, grades=grades)]).index.difficulty
    assert difficulty[1] == 0.0
    assert np.isnan(difficulty[0])


def test_a_task_that_could_not_be_graded_keeps_its_label(make_source: Build, tmp_path: Path) -> None:
    rows = [{"prompt": "p", "answer": "1", "grade": "easy"}] * 2
    grades = write_grades(tmp_path, task_id=["s:0", "s:1"], pass_rate=[None, 0.25])
    pool = load_pool([make_source(*rows, fields={"difficulty": "grade"}, grades=grades)])
    assert pool.index.difficulty.tolist() == pytest.approx([0.8, 0.25])


def test_grades_without_a_task_and_second_ones_are_told_in_one_line(
    make_source: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 4
    ids = ["s:0", "other:1", "s:8", "s:1", "s:0", "s:9", "s:0"]
    grades = write_grades(tmp_path, task_id=ids, pass_rate=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    pool = load_pool([make_source(*rows, grades=grades)])
    assert pool.index.difficulty[:2].tolist() == pytest.approx([0.7, 0.4])
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage() == (
        "grades of s: 2 of 4 tasks have one; 2 more belong to no task of the source; "
        "2 come a second time, and the last counts"
    )


@pytest.mark.parametrize(
    "ids", [pa.array(["s:0"], pa.large_string()), pa.array(["s:0"]).dictionary_encode(), pa.array(["s:0"])]
)
@pytest.mark.parametrize("rates", [pa.array([1], pa.int64()), pa.array([1.0], pa.float32())])
def test_the_column_types_of_other_writers_are_read(
    make_source: Build, tmp_path: Path, ids: pa.Array, rates: pa.Array
) -> None:
    grades = write_grades(tmp_path, task_id=ids, pass_rate=rates)
    assert load_pool([make_source({"prompt": "p", "answer": "1"}, grades=grades)]).index.difficulty.tolist() == [1.0]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"task_id": ["t:0"], "pass_rate": [0.5]},
            "data source s: grades grades.parquet know none of its tasks: they hold t:0, …; expected task ids like s:0",
        ),
        (
            {"task_id": [0], "pass_rate": [0.5]},
            "data source s: grades grades.parquet know none of its tasks: they hold 0, …; expected task ids like s:0",
        ),
        (
            {"task_id": pa.array([], pa.string()), "pass_rate": pa.array([], pa.float64())},
            "data source s: grades grades.parquet know none of its tasks: they hold nothing, …; "
            "expected task ids like s:0",
        ),
        (
            {"task_id": ["s:0", "s:1"], "pass_rate": [0.5, 1.5]},
            "grades.parquet row 2: pass_rate is 1.5; expected a number in [0, 1]",
        ),
        (
            {"task_id": ["s:0"], "pass_rate": [float("nan")]},
            "grades.parquet row 1: pass_rate is nan; expected a number in [0, 1]",
        ),
        (
            {"task_id": ["s:0"], "pass_rate": pa.array([None], pa.float64())},
            "data source s: grades grades.parquet know none of its tasks: they hold nothing, …; "
            "expected task ids like s:0",
        ),
        (
            {"task": ["s:0"], "pass_rate": [0.5]},
            "data source s: grades grades.parquet: field 'task_id' is missing: did you mean 'task'? "
            "columns: task, pass_rate",
        ),
        (
            {"task_id": ["s:0"], "pass_rate": ["half"]},
            "data source s: grades grades.parquet cannot be read: Failed to parse string: 'half' as a scalar of type "
            "double; expected a Parquet file of rlcs grade, with task_id as text and pass_rate as numbers",
        ),
    ],
)
def test_grades_that_do_not_fit_are_told(
    make_source: Build, refusal: Refusal, tmp_path: Path, columns: dict[str, pa.Array], expected: str
) -> None:
    rows = [{"prompt": "p", "answer": "1"}] * 2
    assert refusal(make_source(*rows, grades=write_grades(tmp_path, **columns))) == expected


def test_grades_that_are_missing_or_no_parquet_are_told(make_source: Build, refusal: Refusal, tmp_path: Path) -> None:
    source = make_source({"prompt": "p", "answer": "1"}, grades=str(tmp_path / "grades.parquet"))
    (tmp_path / "grade.parquet").write_bytes(b"not parquet")
    assert refusal(source) == "no file grades.parquet: did you mean grade.parquet?"
    (tmp_path / "grade.parquet").rename(tmp_path / "grades.parquet")
    assert refusal(source).startswith("data source s: grades grades.parquet cannot be read: ")


def eights(num: int) -> np.ndarray:
    return np.full(num, 8.0)


def test_shrinkage_by_hand() -> None:
    # 30 of 0 and 10 of 1: m = 1/4, v = 3/16 = m (1 - m), so rho = 1 and strength 0 were it not for the bound.
    assert strength_of(np.repeat([0.0, 1.0], [30, 10]), eights(40)) == LEAST_STRENGTH
    # 20 of 0 and 20 of 1/2: m = 1/4, v = 1/16, v / (m (1 - m)) = 1/3; rho = (1/3 - 1/8) / (7/8) = 5/21, strength 16/5.
    grades = np.repeat([0.0, 0.5], 20)
    assert strength_of(grades, eights(40)) == pytest.approx(3.2)
    assert shrunk(grades, eights(40))[[0, 39]] == pytest.approx([0.8 / 11.2, 4.8 / 11.2])


def test_what_differs_no_more_than_by_chance_is_taken_for_alike() -> None:
    grades = np.repeat([3 / 8, 4 / 8, 5 / 8], 10)
    assert strength_of(grades, eights(30)) == MOST_STRENGTH
    assert shrunk(grades, eights(30))[0] == pytest.approx((3 + 16) / 40)


@pytest.mark.parametrize(("a", "b"), [(0.3, 4.0), (0.5, 0.5), (4.0, 2.0)])
def test_it_tells_the_pass_rates_that_grades_hide(a: float, b: float) -> None:
    rng = np.random.default_rng(0)
    rates = rng.beta(a, b, 40_000)
    grades = rng.binomial(8, rates) / 8
    assert strength_of(grades, eights(40_000)) == pytest.approx(a + b, rel=0.05)
    believed = shrunk(grades, eights(40_000))
    for grade in (0.0, 0.5, 1.0):
        same = grades == grade
        if same.sum() > 500:
            assert believed[same][0] == pytest.approx(rates[same].mean(), abs=0.01)


def test_few_grades_are_hardly_moved() -> None:
    assert strength_of(np.array([0.5] * (FEWEST - 1)), eights(FEWEST - 1)) == LEAST_STRENGTH
    assert shrunk(np.array([0.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx([0.1, 0.9])
    assert shrunk(np.array([]), np.array([])).tolist() == []


@given(st.lists(st.tuples(st.integers(1, 64), st.floats(0, 1)), max_size=60))
def test_whatever_the_grades_a_rate_lies_between_grade_and_mean(tasks: list[tuple[int, float]]) -> None:
    judged, grades = np.array([float(n) for n, _ in tasks]), np.array([grade for _, grade in tasks])
    believed = shrunk(grades, judged)
    if tasks:
        low, high = np.minimum(grades, grades.mean()), np.maximum(grades, grades.mean())
        assert ((believed >= low - 1e-9) & (believed <= high + 1e-9)).all()
