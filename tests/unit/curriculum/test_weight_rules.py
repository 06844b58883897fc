"""The rules, by numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.weight_rules import weights_by

RATE = np.array([0.5, 0.0, 0.75])
SOURCE = np.array([0, 0, 1])
SETTINGS = {"temperature": 1.0, "floor": 0.1, "mean": [0.5, 0.25]}


@pytest.mark.parametrize(
    ("name", "expected"), [("learnability", [2.0, 0.2, 3.0]), ("prioritized", [1.0, 2.0, 1.0])]
)  # 4 p (1 - p), and 1 - p, at least 0.1, over the mean of the source
def test_chances_are_relative_to_the_mean_of_the_source(name: str, expected: list[float]) -> None:
    found = weights_by({"name": name, **SETTINGS}, source=SOURCE, pass_rate=RATE, alpha=4 * RATE, beta=4 * (1 - RATE))
    assert found == pytest.approx(expected)


def test_a_certain_task_at_the_target_is_near_it_for_sure() -> None:
    rule = {"name": "thompson", "target": 0.5, "floor": 0.1, "width": [0.1, 0.1], "mean": [0.25, 0.5]}
    rate = np.array([0.5, 0.5, 0.9])
    found = weights_by(rule, source=np.array([0, 1, 1]), pass_rate=rate, alpha=1e6 * rate, beta=1e6 * (1 - rate))
    assert found == pytest.approx([0.9 / 0.25 + 0.1, 0.9 / 0.5 + 0.1, 0.1])


def test_a_rule_of_another_release_is_no_rule() -> None:
    with pytest.raises(KeyError):
        weights_by({"name": "later", **SETTINGS}, source=SOURCE, pass_rate=RATE, alpha=RATE, beta=RATE)
