"""What the parser would pass over is kept or refused."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.marks import letters_of, written_out


@pytest.mark.parametrize("text", ["u'", "u''", "u_3'", r"u^{\prime}", "B^T", r"B^\top", "B^*", r"B^\dagger", "b + B"])
def test_marks_become_symbols(text: str) -> None:
    kept = written_out(text)
    assert kept is not None
    assert "'" not in kept and "^" not in kept
    assert kept != text


def test_marks_are_told_apart() -> None:
    marked = ("u", "u'", "u''", "u^T", "u^*", r"u^\dagger", "u_3'", "u_3''")
    assert len({written_out(one) for one in marked}) == len(marked)
    assert written_out("x^{2} + 1") == "x^{2} + 1"


@pytest.mark.parametrize("text", [r"\angle PQR", "(PQ)^T", r"\nabla u", r"p \implies q", "x_{70001}"])
def test_what_has_no_meaning_to_the_parser_is_refused(text: str) -> None:
    assert written_out(text) is None


def test_letters_stand_for_symbols() -> None:
    assert letters_of(r"\sin x + \text{cm} B or y") == {"x", "b", "y"}
