"""TeX that changes only the look changes nothing; what it stands around does."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\textcolor{green}{y^3}", "y^3", 1),
        ("\\textcolor{green}{y^2}", "y^3", 0),
        ("{\\Huge 41}", "41", 1),
        ("\\bm{41}", "41", 1),
        ("\\color{red}{41}", "41", 1),
        ("\\underline{\\emph{41}}", "41", 1),
        ("\\hbox{41}", "41", 1),
        ("\\hspace{2em}41\\,", "41", 1),
        ("\\phantom{1}41", "41", 1),
        ("41\\phantom{0}", "410", 0),
        ("{\\rm e}^{2t}", "e^{2t}", 1),
        ("{\\rm e}^{3t}", "e^{2t}", 0),
        ("\\boldsymbol{a+b}", "a+b", 1),
        ("\\sqrt\\mathbf{7}", "\\sqrt{7}", 1),
        ("\\tag{3}41", "41", 1),
        ("\\text{\\$}41", "41", 1),
        ("~41~", "41", 1),
        ("__41__", "41", 1),
        ("*41*", "41", 1),
        ("\\framebox{41}", "41", 1),
        ("\\mathop{41}", "41", 1),
        ("\\rule{0pt}{2ex}41", "41", 1),
        ("41\\ldots", "41", 0),
    ],
)
def test_fonts_sizes_colours_and_spaces_change_nothing(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\begin{align*}t&=41\\end{align*}", "41", 1),
        ("\\begin{align*}t&=42\\end{align*}", "41", 0),
        ("\\begin{gather}41\\end{gather}", "41", 1),
        ("\\begin{array}{c}41\\end{array}", "41", 1),
        ("\\begin{aligned}t&=\\frac{82}{2}\\\\&=41\\end{aligned}", "41", 1),
        ("\\begin{aligned}t&=\\frac{82}{2}\\\\&=42\\end{aligned}", "42", 0),
        ("\\left\\{\\begin{array}{l}u=1\\\\v=2\\end{array}\\right.", "\\begin{cases}u=1\\\\v=2\\end{cases}", 1),
        ("\\left\\{\\begin{array}{l}u=2\\\\v=1\\end{array}\\right.", "\\begin{cases}u=1\\\\v=2\\end{cases}", 0),
    ],
)
def test_display_environments_are_taken_off(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("\\begin{bmatrix}5 & 6 \\\\ 7 & 8\\end{bmatrix}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}", 1),
        ("\\begin{bmatrix}5&6\\\\[2pt]7&8\\end{bmatrix}", "\\begin{bmatrix}5&6\\\\7&8\\end{bmatrix}", 1),
        ("\\begin{bmatrix}5 \\\\ 7\\end{bmatrix}", "\\begin{bmatrix}7 \\\\ 5\\end{bmatrix}", 0),
        ("41\\\\", "41", 1),
    ],
)
def test_row_breaks_with_space_or_height_keep_their_rows(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
