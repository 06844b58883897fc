"""Scores of right, wrong and hostile answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlcs.reasoning_gym.paths import parse_path
from rlcs.reasoning_gym.rows import generate_rows
from rlcs.reasoning_gym.scoring import MAX_CHARACTERS, score, thresholded

Judge = Callable[[str], float]


def row_of(path: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(json.dumps(next(generate_rows(parse_path(f"reasoning_gym://{path}")))))
    return row


def judge_of(row: dict[str, Any]) -> Judge:
    given = {key: row["params"][key] for key in ("dataset", "level", "settings", "metadata")}
    return lambda answer: score(answer, row["answer"], row["prompt"], **given)


@pytest.mark.parametrize(
    "path",
    [
        "chain_sum?levels=2", "arc_agi?size=1", "rearc", "graph_color", "rubiks_cube", "countdown", "n_queens",
        "time_intervals?min_date=2020-01-01", "simple_integration", "intermediate_integration", "pool_matrix",
        "polynomial_multiplication", "binary_matrix", "spiral_matrix", "string_insertion", "figlet_font",
    ],
)  # fmt: skip
def test_a_gold_that_went_through_json_scores_1_and_nonsense_less_than_a_half(path: str) -> None:
    row = row_of(path)
    judge = judge_of(row)
    assert judge(row["answer"]) == 1.0
    assert judge("I do not know") < 0.5


@pytest.mark.parametrize("name", ["binary_matrix", "n_queens", "spiral_matrix", "string_insertion"])
def test_what_a_scorer_would_evaluate_is_read_as_a_literal(name: str, tmp_path: Path) -> None:
    judge, trace = judge_of(row_of(name)), tmp_path / "trace"
    assert judge(f"[open({str(trace)!r}, 'w').write('x')]") == 0.0
    assert not trace.exists()


def test_the_literals_are_still_read() -> None:
    row = row_of("string_insertion")
    assert judge_of(row)(str(list(row["answer"]))) == 0.1


@pytest.mark.parametrize(
    "name", ["countdown", "intermediate_integration", "polynomial_multiplication", "simple_integration"]
)
def test_only_formulas_get_to_the_parser(name: str, tmp_path: Path) -> None:
    row, trace = row_of(name), tmp_path / "trace"
    judge = judge_of(row)
    for answer in (f"open({str(trace)!r}, 'w')", "(1).__class__", "x.diff", "x or 7", "Integral(x, x)", " " * 600):
        assert judge(f"{row['answer']} + {answer}") == 0.0, answer
    assert not trace.exists()


def test_an_integral_of_the_question_is_no_answer() -> None:
    row = row_of("simple_integration")
    assert judge_of(row)(f"Integral({row['params']['metadata']['integrand']}, x)") == 0.0


def test_no_number_is_never_the_right_one() -> None:
    judge = judge_of(row_of("complex_arithmetic"))
    assert [judge(answer) for answer in ("nan", "NaN", "nan+nanj", "inf", "1 + infi")] == [0.0] * 5


def test_a_long_gold_is_no_reason_to_score_nothing() -> None:
    for path in ("polynomial_multiplication?levels=3", "binary_matrix?levels=3"):
        row = row_of(path)
        assert len(row["answer"]) > 500 and judge_of(row)(row["answer"]) == 1.0


def test_an_endless_answer_scores_nothing() -> None:
    row = row_of("gsm_symbolic")
    assert judge_of(row)(row["answer"]) == 1.0
    assert judge_of(row)(row["answer"] + " " * MAX_CHARACTERS) == 0.0


@pytest.mark.parametrize(
    ("value", "threshold", "expected"), [(0.05, 1.0, 0.0), (1.0, 1.0, 1.0), (0.7, 0.5, 0.7), (0.49, 0.5, 0.0)]
)
def test_scores_below_the_threshold_are_nothing(value: float, threshold: float, expected: float) -> None:
    assert thresholded(value, threshold) == expected
