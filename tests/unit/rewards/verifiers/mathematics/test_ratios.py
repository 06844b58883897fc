"""Ratios are compared by cross products."""

from __future__ import annotations

import pytest

from rewards.verifiers.mathematics.ratios import same_ratio
from rewards.verifiers.mathematics.values import same_value


@pytest.mark.parametrize(
    ("answer", "gold", "same"),
    [
        ("1/4:1/6", "3:2", True),
        ("1/6:1/4", "1/4:1/6", False),
        (r"2:\sqrt{2}", r"\sqrt{2}:1", True),
        ("2:4:6", "1:2:3", True),
        ("2:4:6", "1:3:2", False),
        ("1:2", "1:2:3", False),
        ("0.75", "3:4", True),
        ("1/4:1/6", "1/24", False),
        ("x", "y", None),
    ],
)
def test_ratios(answer: str, gold: str, same: bool | None) -> None:
    assert same_ratio(answer, gold, lambda one, other: same_value(one, other)) is same
