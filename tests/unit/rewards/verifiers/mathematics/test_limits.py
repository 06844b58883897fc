"""What never reaches an algebra library."""

from __future__ import annotations

import time

import pytest

from rewards.verifiers.mathematics.limits import over_limit, too_costly


@pytest.mark.parametrize(
    "text",
    [
        "7" * 4097,
        "7" * 257,
        "(" * 5000 + "5" + ")" * 5000,
        "\\sqrt{" * 30 + "2" + "}" * 30,
        "\\sin(" * 30 + "x" + ")" * 30,
        "\\pi" * 300,
        "1&" * 300,
        "-" * 100 + "7",
    ],
)
def test_answers_beyond_a_limit_are_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    assert over_limit(text)
    assert time.perf_counter() - start < 0.1


@pytest.mark.parametrize(
    "text",
    ["9**9**9", "9^{9^{9}}", "2^{10^{10}}", "99999999!", "((9!)!)!", "\\binom{1000000000}{5}", "\\Gamma(10000000)",
     "\\sum_{k=1}^{1000000000}\\frac{1}{k}", "\\sum_{k=1}^{10^9} k", "\\sin(10^{100000})",
     "y^{y^{y^{y^{y}}}}", "y^y^y^y^y", "a_{b_{c_{d_{e}}}}"],
)  # fmt: skip
def test_expressions_that_cannot_be_evaluated_are_refused(text: str) -> None:
    assert too_costly(text)


@pytest.mark.parametrize(
    "text",
    ["2024^{4046}", "2^{2^3}", "5!", "\\binom{10}{3}", "\\sum_{k=1}^{10} k^2", "x^{2^{n}}", "\\sum_{i=0}^{n} x_i",
     "10^{-19}", "\\sin(\\cos(\\sqrt{\\frac{1}{2}}))", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"],
)  # fmt: skip
def test_ordinary_answers_pass(text: str) -> None:
    assert over_limit(text) is None
    assert too_costly(text) is None
