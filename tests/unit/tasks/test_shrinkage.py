"""Shrinkage by hand, and against pass rates that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlcs.tasks.grades import FEWEST, LEAST_STRENGTH, MOST_STRENGTH, shrunk, strength_of


def eights(num: int) -> np.ndarray:
    return np.full(num, 8.0)


def test_by_hand() -> None:
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
