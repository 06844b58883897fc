"""Answers with any integer in them are compared by their values."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.math_answer import quick_math


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("x=\\frac{\\pi}{5}+2m\\pi, m\\in\\mathbb{Z}", "\\frac{\\pi}{5}+2\\pi k, k \\in \\mathbb{Z}", 1),
        ("x=\\frac{11\\pi}{5}-2m\\pi, m\\in\\mathbb{Z}", "\\frac{\\pi}{5}+2\\pi k, k \\in \\mathbb{Z}", 1),
        ("\\frac{\\pi}{5}+2k\\pi", "\\frac{\\pi}{5}+2\\pi k, k \\in \\mathbb{Z}", 1),
        ("\\frac{\\pi}{5}+k\\pi, k\\in Z", "\\frac{\\pi}{5}+2\\pi k, k \\in \\mathbb{Z}", 0),
        ("\\frac{\\pi}{5}", "\\frac{\\pi}{5}+2\\pi k, k \\in \\mathbb{Z}", 0),
        ("m\\pi, m\\text{ is any integer}", "k\\pi, k\\in\\mathbb{Z}", 1),
        ("m\\pi, m \\in \\mathbb{N}", "k\\pi, k\\in\\mathbb{Z}", 0),
        (
            "\\pm\\frac{\\pi}{5}+2k\\pi (k\\in\\mathbb{Z})",
            "x=\\frac{\\pi}{5}+2k\\pi, x=-\\frac{\\pi}{5}+2k\\pi, k\\in\\mathbb{Z}",
            1,
        ),
        ("\\frac{\\pi}{5}+2k\\pi (k\\in\\mathbb{Z})", "x=\\pm\\frac{\\pi}{5}+2k\\pi, k\\in\\mathbb{Z}", 0),
        (
            "k\\pi+(-1)^k\\frac{\\pi}{6}, k\\in\\mathbb{Z}",
            "\\frac{\\pi}{6}+2k\\pi, \\frac{5\\pi}{6}+2k\\pi, k\\in\\mathbb{Z}",
            1,
        ),
        ("2n-1, n\\in\\mathbb{N}^*", "2n+1, n=0,1,2,\\ldots", 1),
        ("\\{x\\mid x=4m\\pi, m\\in\\mathbb{Z}\\}", "4k\\pi, k\\in\\mathbb{Z}", 1),
        ("\\{x\\mid x=2m\\pi, m\\in\\mathbb{Z}\\}", "4k\\pi, k\\in\\mathbb{Z}", 0),
        (
            "[2k\\pi, 2k\\pi+\\frac{\\pi}{3}], k\\in\\mathbb{Z}",
            "[2m\\pi, \\frac{\\pi}{3}+2m\\pi] (m\\in\\mathbb{Z})",
            1,
        ),
        (
            "(2k\\pi, 2k\\pi+\\frac{\\pi}{3}), k\\in\\mathbb{Z}",
            "[2m\\pi, \\frac{\\pi}{3}+2m\\pi] (m\\in\\mathbb{Z})",
            0,
        ),
        ("[k\\pi, 2k\\pi+\\frac{\\pi}{3}], k\\in\\mathbb{Z}", "[2m\\pi, \\frac{\\pi}{3}+2m\\pi] (m\\in\\mathbb{Z})", 0),
    ],
)
def test_families_of_values_are_compared_by_values(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score


@pytest.mark.parametrize(
    ("answer", "gold", "score"),
    [
        ("n \\equiv 4 \\pmod{9}", "n\\equiv 4\\pmod 9", 1),
        ("n ≡ 13 (mod 9)", "n\\equiv 4\\pmod 9", 1),
        ("4 \\pmod 9", "n\\equiv 4\\pmod 9", 1),
        ("n \\equiv -5 \\pmod{9}", "n\\equiv 4\\pmod 9", 1),
        ("n = 9k+4", "n\\equiv 4\\pmod 9", 1),
        ("n = 9k+5", "n\\equiv 4\\pmod 9", 0),
        ("n \\equiv 5 \\pmod{9}", "n\\equiv 4\\pmod 9", 0),
        ("n \\equiv 4 \\pmod{8}", "n\\equiv 4\\pmod 9", 0),
        ("4", "n\\equiv 4\\pmod 9", 0),
        ("m\\equiv 4\\pmod 9", "n\\equiv 4\\pmod 9", 0),
        ("n\\equiv 2, 7\\pmod 9", "n\\equiv\\pm 2\\pmod 9", 1),
        ("n\\equiv 2\\pmod 9", "n\\equiv\\pm 2\\pmod 9", 0),
    ],
)
def test_congruences_are_families(answer: str, gold: str, score: int) -> None:
    assert quick_math(answer, gold) == score
