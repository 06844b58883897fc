"""The verifier `ocr_formula`."""

from __future__ import annotations

from typing import Any

import pytest

from rewards.verifiers.documents.formula_spelling import latex_tokens
from rewards.verifiers.documents.ocr_formula import check_formula_gold, quick_ocr_formula
from rlcs.records import Status, Verdict


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("x^{2}", "x^2"), ("\\left( \\dfrac{1}{2} \\right)", "(\\frac12)"), ("$c=\\sqrt{2}$", "c = \\sqrt 2"),
        ("a \\le b", "a\\leq b"), ("{{x+1}}^2", "{x+1}^2"), ("a\\,b~c", "abc"), ("\\lvert x \\rvert", "|x|"),
        ("\\[ x \\]", "x"), ("{p \\over q+1}", "\\frac{p}{q+1}"), ("{m \\choose r}", "\\binom{m}{r}"),
        ("1+{{p \\over q} \\over r}", "1+\\frac{\\frac{p}{q}}{r}"),
        ("\\begin{equation*}y=2\\label{eq}\\end{equation*}", "y=2"),
        ("\\begin{align}y&=2\\\\z&=3\\end{align}", "y=2\\\\z=3"), ("g^{\\prime}(t)", "g'(t)"),
        ("g^{\\prime\\prime 2}", "g''^2"), ("y_{1}^{2}", "y^2_1"), ("y_1'", "y'_1"),
        ("\\operatorname{cos}y", "\\cos y"), ("\\mathop{\\rm max}", "\\max"), ("\\left. y\\right|_{0}", "y|_0"),
        ("z{\\bf y}", "z\\mathbf{y}"),
        ("\\begin{pmatrix}5&6\\\\7&8\\end{pmatrix}", "\\left(\\begin{array}{cc}5&6\\\\7&8\\\\\\end{array}\\right)"),
        ("p\\not=q", "p\\neq q"), ("γ≤π²", "\\gamma\\leq\\pi^2"), ("45°", "45^\\circ"),
        ("a_1,...,a_n", "a_1,\\ldots,a_n"), ("\\hspace{2mm}y", "y"),
    ],
)  # fmt: skip
def test_spellings_that_print_the_same_are_the_same(answer: str, gold: str) -> None:
    assert quick_ocr_formula(answer, gold, exact=True) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("{p \\over q+1}", "\\frac{q+1}{p}"), ("{m \\choose r}", "\\binom{r}{m}"), ("g^{\\prime}", "g''"),
        ("g'", "g"), ("y_1^2", "y_2^1"), ("\\operatorname{cos}y", "\\sin y"), ("γ", "\\delta"), ("y²", "y^3"),
        ("45°", "45"), ("p\\not=q", "p=q"), ("z{\\bf y}", "zy"),
        ("\\begin{pmatrix}5&6\\end{pmatrix}", "\\begin{bmatrix}5&6\\end{bmatrix}"),
        ("\\begin{align}y&=2\\end{align}", "y\\&=2"),
    ],
)  # fmt: skip
def test_spellings_that_print_otherwise_are_not(answer: str, gold: str) -> None:
    assert quick_ocr_formula(answer, gold, exact=True) == 0.0


def test_what_is_printed_counts() -> None:
    assert quick_ocr_formula("a+b", "a-b") == pytest.approx(2 / 3)
    assert quick_ocr_formula("x_2", "x^2") == pytest.approx(2 / 3)
    assert quick_ocr_formula("X", "x") == 0.0
    assert quick_ocr_formula("a+b", "a-b", exact=True) == 0.0


def test_the_unit_is_declared() -> None:
    assert latex_tokens("\\frac{a}{bc}") == ["\\frac", "a", "{", "b", "c", "}"]
    assert quick_ocr_formula("\\alpha+1", "\\beta+1", unit="token") == pytest.approx(2 / 3)
    assert quick_ocr_formula("\\alpha+1", "\\beta+1") == pytest.approx(4 / 8)


def test_a_flood_is_over_the_limit() -> None:
    found = quick_ocr_formula("{" * 100_000, "x")
    assert isinstance(found, Verdict)
    assert found.status is Status.OVER_LIMIT


@pytest.mark.parametrize("gold", ["", "$ $", "\\,", [], 5, None, "x" * 50_000])
def test_a_gold_of_no_use_is_refused(gold: Any) -> None:
    assert check_formula_gold(gold)
