"""Plainly typed formulas as LaTeX."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.latex import to_latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("2**(1/4)", "2^{1/4}"),
        ("sqrt(3)/2", "\\sqrt{3}/2"),
        ("sqrt(1+sqrt(2))", "\\sqrt{1+\\sqrt{2}}"),
        ("√9", "\\sqrt{9}"),
        ("√(x+1)", "\\sqrt{x+1}"),
        ("sin(pi/2)", "\\sin (\\pi /2)"),
        ("\\operatorname{cos}(x)", "\\cos (x)"),
        ("3*x", "3 \\cdot x"),
        ("2.5e-2 + x", "0.025 + x"),
        ("C_{10}^{3}", "\\binom{10}{3}"),
        ("x<=5", "x\\le 5"),
        ("sqrt(3", "sqrt(3"),
    ],
)
def test_plain_notation_becomes_latex(text: str, latex: str) -> None:
    assert to_latex(text) == latex


@pytest.mark.parametrize("latex", ["\\sqrt{3}", "\\sin x", "\\frac{\\pi}{2}", "2^{x}", "basin", "x_1"])
def test_latex_stays_as_it_is(latex: str) -> None:
    assert to_latex(latex) == latex
