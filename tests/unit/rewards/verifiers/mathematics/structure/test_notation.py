"""Statements are compared as they are written, but for spelling and for order where it says nothing."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("N\\cup M", "M\\cup N", 1),
        ("M∪N", "M\\cup N", 1),
        ("M\\cap N", "M\\cup N", 0),
        ("M\\cap(K\\cup L)", "(L\\cup K)\\cap M", 1),
        ("(M\\cap K)\\cup L", "M\\cap(K\\cup L)", 0),
        ("s\\wedge r", "r\\land s", 1),
        ("r\\lor s", "r\\land s", 0),
        ("r\\rightarrow s", "r\\to s", 1),
        ("s\\to r", "r\\to s", 0),
        ("\\lnot r", "\\neg r", 1),
        ("r", "\\neg r", 0),
        ("RS\\parallel PQ", "PQ\\parallel RS", 1),
        ("PQ⊥RS", "PQ\\parallel RS", 0),
        ("△PQR∽△STU", "\\triangle PQR\\sim\\triangle STU", 1),
        ("\\triangle PQR\\sim\\triangle SUT", "\\triangle PQR\\sim\\triangle STU", 0),
        ("\\angle RQP", "\\angle PQR", 1),
        ("\\angle QPR", "\\angle PQR", 0),
        ("2, 4, 6, ..., 2n", "2, 4, 6, \\ldots, 2n", 1),
        ("2, 4, 8, ..., 2n", "2, 4, 6, \\ldots, 2n", 0),
        ("\\forall t\\ge 0", "\\forall t \\geq 0", 1),
        ("\\exists t\\ge 0", "\\forall t \\geq 0", 0),
        ("P>Q>R", "R<Q<P", 1),
        ("P>R>Q", "R<Q<P", 0),
        ("5", "M\\cup N", 0),
        ("{}^{90}Sr", "^{90}Sr", 1),
        ("^{89}Sr", "^{90}Sr", 0),
    ],
)
def test_statements_in_another_spelling(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
