"""The verifier `math`, whole: inline stages and the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rewards import Scorer
from rewards.verifiers.mathematics.math_answer import check_math_gold, quick_math
from rlcs.config.schema import FormatConfig, RewardConfig
from rlcs.records import Status, Verdict

Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def judge(make_scorer: Callable[..., Scorer]) -> Iterator[Judge]:
    scorer = make_scorer(math=RewardConfig(timeout_s=10.0), prose=RewardConfig(format=FormatConfig(box="none")))

    def bare(answer: str, gold: Any, **params: Any) -> Verdict:
        return scorer.score_one(answer, gold, source="math", bare=True, params=params)

    yield bare


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("42", "42"), ("42.0", "42"), ("$42$", "42"), ("\\boxed{42}", "42"), ("1,000", "1000"), ("2e3", "2000"),
        ("七", "7"),
        ("1/2", "0.5"), ("\\frac12", "0.5"), ("½", "0.5"), ("50\\%", "0.5"), ("15.", "15"), ("0.333333", "1/3"),
        ("x = 5", "5"), ("5", "x=5"), ("(p,q)=(3,2)", "(3,2)"), ("5\\text{ cm}", "5"), ("5", "5\\text{ cm}"),
        ("5 centimeters", "5\\text{ cm}"), ("90^\\circ", "90"), ("\\$18", "18"), ("Evelyn", "\\text{Evelyn}"),
        ("\\approx \\boldsymbol{1 402}", "1402"), ("\\displaystyle {58 \\over 8}", "7.25"), ("3 \\over 4", "0.75"),
        ("g(3) = {12{,}604{,}118}", "12604118"), ("y_2 = \\Large{5{,}071}", "5071"), ("1--2", "3"),
        ("no solution", "\\text{No solution.}"), ("(A)", "\\text{(A)}"), (7, "7.0"), ("3", ["2", "3"]),
    ],
)  # fmt: skip
def test_same_numbers_and_words_are_decided_inline(answer: Any, gold: Any) -> None:
    assert quick_math(str(answer), gold) == 1.0


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("43", "42"), ("7.0000001", "7"), ("0.333", "1/3"), ("50", "0.5"), ("10\\%", "10"), ("28", "28\\%"),
        ("-7", "7"),
        ("5\\text{ m}", "5\\text{ cm}"), ("5 kg", "5 g"), ("18 apples", "18 pears"), ("5 million", "5"), ("cat", "act"),
        ("any real number", "7"), ("the value of 3+4", "7"), ("same as ground truth", "7"), ("7, 8", "7"),
        ("\\{1,2\\}", "(1,2)"), ("(1,2)", "\\{1,2\\}"), ("\\int_0^1 5 dx", "5"), ("204_6", "204_5"), ("X", "x"),
        ("如果是红色，那么是圆形", "如果是圆形，那么是红色"),
    ],
)  # fmt: skip
def test_what_looks_alike_is_refused_inline(answer: str, gold: str) -> None:
    assert quick_math(answer, gold) == 0.0


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("x^2+2x+1", "(x+1)^2"), ("\\frac{x}{7}+\\frac{2}{7}", "\\frac{x+2}{7}"), ("\\sqrt{9}", "3"), ("√9", "3"),
        ("(3*sqrt(5))/7", "\\frac{3\\sqrt{5}}{7}"), ("sin(pi/2)", "1"), ("e^{i\\pi}", "-1"), ("(1+i)^2", "2i"),
        ("(1,4.5)", "(1,\\frac{9}{2})"), ("\\{2, 1\\}", "\\{1, 2\\}"), ("2, 1", "\\{1,2\\}"), ("x>5", "5<x"),
        ("(0,1)", "0<x<1"),
        ("0<x<1", "(0,1)"), ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{bmatrix}1\\\\2\\end{bmatrix}"),
        ("y = x^2 + 1", "x^2+1"), ("3+4=7", "7"), ("x=1 \\text{ or } x=2", "\\{1,2\\}"), ("\\frac{1}{2}\\%", "0.005"),
        ("2**(1/4)", "2^{1/4}"), ("4xy", "4 x y"), ("x_{23}^2", "x^2_{23}"), ("x_{i}^2", "x_i^2"),
        ("½at²", "0.5at^2"),
        ("\\lambda_{good}^2", "\\lambda^{2}_{good}"), ("\\operatorname{ceil}(1.2)", "2"),
        ("floor(x)", "\\lfloor x\\rfloor"),
        ("arcsinh(0)", "0"), ("a \\bmod b", "a\\mod b"), ("\\lim_{x \\to 3^-} a", "\\lim_{x \\to 3^{-}} a"),
        ("\\gcd(1E12, 1E6)", "1000000"), ("7 \\mod 1E3", "7"), ("1.0x", "x"),
        ("\\{1,2\\} \\setminus \\{2\\}", "\\{1\\}"),
        ("\\int\\limits_a^b x dx", "\\int_a^b x dx"), ("\\sum^3_{k=1} c", "\\sum_{k=1}^{3} c"), ("ħω", "\\hbar\\omega"),
        ("6.283185", "2\\pi"), ("C_{10}^{3}", "120"), ("204_5", "204_{5}"),
    ],
)  # fmt: skip
def test_equal_formulas_are_found_by_algebra(judge: Judge, answer: str, gold: str) -> None:
    assert judge(answer, gold).status is Status.CORRECT


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("x+y+z=5", "5"), ("1=2=3=4=5", "5"), ("y=2", "x=2"), ("2, 1", "(1,2)"), ("[0,1]", "(0,1)"), ("x<5", "x>5"),
        ("5m", "5"), ("3c", "3"), ("5x", "5"), ("3.14", "\\pi"), ("8 7", "7"), ("2+3i", "3+2i"), ("a", "A"),
        ("f(y)", "f(x)"),
        ("2^{2025}", "3^{2025}"), ("15!", "15"), ("0b1111", "15"), ("\\frac{0}{0}", "7"), ("\\infty", "-\\infty"),
        ("7_8", "7"), ("nan", "7"), ("2", "2 x y"), ("4 x y", "4"), ("P=I/V", "P=IV"), ("x^2_3", "x_2^3"),
        ("__import__('os').system('touch pwned')", "0"), ("open('pwned','w').write('x') or 0", "0"), ("lambda: 0", "0"),
        ("x \\in \\mathbb{Q}", "x \\in \\mathbb{R}"),
        ("().__class__.__bases__[0] or 0", "0"), ("{" * 5, "5"), ("\\frac{1}{", "5"),
    ],
)  # fmt: skip
def test_unequal_formulas_are_incorrect(judge: Judge, answer: str, gold: str) -> None:
    verdict = judge(answer, gold)
    assert (verdict.score, verdict.status) == (0.0, Status.INCORRECT)


@pytest.mark.parametrize(
    ("answer", "gold", "form", "score"),
    [
        ("(x+1)^2", "x^2+2x+1", "expanded", 0.0),
        ("x^2+x+x+1", "x^2+2x+1", "expanded", 1.0),
        ("x^2+2x+1", "(x+1)^2", "factored", 0.0),
        ("(x+1)(x+1)", "(x+1)^2", "factored", 1.0),
        ("3+4", "7", "any", 1.0),
        ("3+4", "7", "evaluated", 0.0),
        ("7.0", "7", "evaluated", 1.0),
        ("-7", "-7", "evaluated", 1.0),
        ("\\frac{14}{2}", "7", "evaluated", 1.0),
    ],
)
def test_the_asked_form_is_required(judge: Judge, answer: str, gold: str, form: str, score: float) -> None:
    assert judge(answer, gold, require_form=form).score == score


def test_tolerance_reaches_formulas_too(judge: Judge) -> None:
    assert judge("1.41", "\\sqrt{2}").score == 0.0
    assert judge("1.41", "\\sqrt{2}", rel_tol=0.01).score == 1.0
    assert judge("1.41", "1.414", abs_tol=0.005).score == 1.0


def test_symbols_are_positive_where_declared(judge: Judge) -> None:
    assert judge("\\ln(a)+\\ln(b)", "\\ln(ab)").score == 0.0
    assert judge("\\ln(a)+\\ln(b)", "\\ln(ab)", positive=True).score == 1.0
    assert judge("\\ln(a)-\\ln(b)", "\\ln(ab)", positive=True).score == 0.0


def test_percent_as_a_unit_when_declared(judge: Judge) -> None:
    assert judge("28", "28\\%", percent="number").score == 1.0
    assert judge("0.28", "28\\%", percent="number").score == 0.0


@pytest.mark.parametrize(
    "answer", ["99999999!", "9^{9^{9^9}}", "7" * 1000, "(" * 5000 + "5" + ")" * 5000, "x" * 1_000_000]
)
def test_bombs_are_over_the_limit_without_a_worker(answer: str) -> None:
    verdict = quick_math(answer, "5")
    assert isinstance(verdict, Verdict)
    assert verdict.status is Status.OVER_LIMIT


@pytest.mark.parametrize(
    "gold", [None, True, "", "$ $", "nan", {"a": 1}, [], "7" * 5000, "\\frac{1}{", "x^", "\\{1, 2"]
)
def test_a_gold_of_no_use_is_reported(gold: Any) -> None:
    assert check_math_gold(gold)


@pytest.mark.parametrize("gold", ["A+", "7", 7, 0.5, "\\frac{1}{2}", ["1", "2"], "Evelyn", "x>5"])
def test_a_good_gold_passes(gold: Any) -> None:
    assert check_math_gold(gold) is None


def test_a_gold_that_algebra_cannot_read_is_not_the_models_fault(judge: Judge) -> None:
    verdict = judge("x + 1", "\\frac{1}{")
    assert (verdict.score, verdict.status) == (None, Status.BAD_GOLD)


def test_running_text_is_searched_only_where_no_marker_is_declared() -> None:
    assert quick_math("They have 12 + 30 = 42 apples", "42", delimited=False) == 1.0
    assert quick_math("They have 12 + 30 = 42 apples", "42", delimited=True) == 0.0
