"""The loss of preference pairs, by hand and against recorded values."""

from __future__ import annotations

import json
import math

import pytest
import torch
from places import CASES

from rlcs.reward_models.pairs import (
    Pair,
    batch_of,
    conversations_of,
    margins,
    preference_losses,
    ranking_metrics,
)

RECORDED = CASES / "length_repetition_rm.jsonl"
PAIRS = [Pair((5, 6, 1), (5, 6, 2, 3)), Pair((7, 1), (7,))]


def losses_of(*values: float) -> list[float]:
    return preference_losses(torch.tensor(values, dtype=torch.float64)).tolist()


def test_the_loss_is_minus_the_log_of_the_chance_that_the_chosen_one_wins() -> None:
    assert losses_of(0.0, 0.0, 2.0, 1.0, 1.0, 2.0) == pytest.approx(
        [math.log(2.0), math.log(1.0 + math.exp(-1.0)), math.log(1.0 + math.exp(1.0))]
    )
    assert losses_of(1000.0, 0.0, 0.0, 1000.0) == [0.0, 1000.0], "neither overflows nor becomes nan"


def test_the_gradient_pushes_the_two_values_apart() -> None:
    values = torch.tensor([0.0, 0.0], requires_grad=True)
    preference_losses(values).sum().backward()
    assert values.grad is not None and values.grad.tolist() == [-0.5, 0.5]


@pytest.mark.skipif(not RECORDED.exists(), reason="the conformance files are not here")
def test_the_recorded_losses_are_met() -> None:
    rows = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    rows = [row for row in rows if row["task"] == "bradley_terry_loss"]
    assert rows
    for row in rows:
        (found,) = losses_of(row["prediction"]["chosen"], row["prediction"]["rejected"])
        assert found == pytest.approx(row["expected"], abs=row["tol"]), row["id"]


def test_pairs_are_laid_end_to_end_chosen_first() -> None:
    batch = batch_of(conversations_of(PAIRS), torch.device("cpu"))
    assert batch.input_ids.tolist() == [5, 6, 1, 5, 6, 2, 3, 7, 1, 7]
    assert batch.lengths == (3, 4, 2, 1)
    assert margins(torch.tensor([3.0, 1.0, 2.0, 5.0])).tolist() == [2.0, -3.0]
    assert [pair.num_tokens for pair in PAIRS] == [7, 3]


def test_ranking_is_measured_by_hand() -> None:
    found = ranking_metrics([3.0, 1.0, 2.0, 5.0], PAIRS)
    assert found["eval/accuracy"] == 0.5
    assert found["eval/margin"] == -0.5
    assert found["eval/loss"] == pytest.approx((math.log(1 + math.exp(-2.0)) + math.log(1 + math.exp(3.0))) / 2)
    # values (3, 1, 2, 5) and lengths (3, 4, 2, 1): deviations (.25, -1.75, -.75, 2.25) and (.5, 1.5, -.5, -1.5)
    assert found["eval/length_correlation"] == pytest.approx(-5.5 / math.sqrt(8.75 * 5.0))
    assert found["eval/num_pairs"] == 2.0


def test_a_tie_is_no_right_ranking_and_constant_values_have_no_correlation() -> None:
    found = ranking_metrics([1.0, 1.0, 1.0, 1.0], PAIRS)
    assert (found["eval/accuracy"], found["eval/length_correlation"]) == (0.0, 0.0)
