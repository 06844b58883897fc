"""Letters that stand for matrices do not commute."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.values import same_value


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("(PQ)^T", "Q^TP^T", True),
        ("(PQ)^T", "P^TQ^T", False),
        ("(P+Q)^T", "Q^T+P^T", True),
        ("(P^T)^T Q^T", "PQ^T", True),
        ("P^TQ", "QP^T", False),
        ("P^T", "P", False),
        (r"\lambda P^T", r"P^T\lambda", True),
        ("(PQ)^{-1}R^T", "Q^{-1}P^{-1}R^T", True),
        ("Q^{-1}PQ", "P", False),
        ("Q^{-1}PQ", "QPQ^{-1}", False),
        (r"\frac{1}{2}(P+P^T)", r"\frac{P^T+P}{2}", True),
        ("LR^{-1}", r"\frac{L}{R}", True),
        ("(1+q)^TM", "M(q+1)^T", True),
        ("2^T", "2", False),
        ("e^{-t/T}", r"e^{-\frac{t}{T}}", True),
        (r"\sin(P^T)", r"\sin(P)", None),
    ],
)
def test_order_counts_where_letters_are_matrices(answer: str, gold: str, same: bool | None) -> None:
    assert same_value(answer, gold) is same
