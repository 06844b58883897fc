"""Marks that tell symbols apart survive the splitting of a formula."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.tokens import Undecided, tokens


def names(latex: str) -> list[str]:
    """Return the symbols of a formula."""
    return [token.text for token in tokens(latex) if token.kind == "symbol"]


@pytest.mark.parametrize(
    "spellings",
    [
        ("u'", r"u^{\prime}", r"u^\prime"),
        ("u''", r"u^{\prime\prime}", r"\frac{d^2u}{dx^2}"),
        ("f'''", "f^{(3)}"),
        (r"\dot{u}", r"\dot u", r"\frac{du}{dt}"),
        (r"\bar{u}", r"\overline{u}"),
        (r"\angle PQR", r"\angle{RQP}"),
        (r"\triangle PQR", r"\triangle RPQ"),
        (r"\overline{PQ}", r"\overline{QP}"),
        ("w_{12}", r"w_{\text{12}}"),
        ("B^*", r"B^{\ast}"),
        (r"B^\dagger", r"B^{\dag}"),
        (r"\phi", r"\varphi"),
    ],
)
def test_one_name_for_all_spellings(spellings: tuple[str, ...]) -> None:
    assert len({tuple(names(one)) for one in spellings}) == 1
    assert len(names(spellings[0])) == 1


def test_different_marks_are_different_symbols() -> None:
    marked = ["u", "u'", "u''", r"\dot{u}", r"\ddot{u}", r"\hat{u}", r"\bar{u}", r"\vec{u}", "u^*", "u_1", "U"]
    assert len({tuple(names(one)) for one in marked}) == len(marked)
    assert names(r"\angle QPR") != names(r"\angle PQR")
    assert names(r"\overrightarrow{PQ}") != names(r"\overrightarrow{QP}")


@pytest.mark.parametrize("text", ["B^T", r"B^\top", r"B^{\top}", r"B^{\mathsf{T}}", r"B^{\text{T}}", "B^{T}"])
def test_a_transpose_is_a_sign(text: str) -> None:
    assert [token.text for token in tokens(text)] == ["B", "^T"]


@pytest.mark.parametrize("text", [r"\unknown x", r"\text{cm}", r"\angle PQ", "x = 1", "x?", r"\nabla u"])
def test_what_has_no_meaning_here_is_refused(text: str) -> None:
    with pytest.raises(Undecided):
        tokens(text)
