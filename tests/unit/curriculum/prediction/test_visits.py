"""First visits: what a linear model is told of them, and what is foretold with offsets that are not surely known."""

from __future__ import annotations

import numpy as np
import pytest

from curriculum.beliefs.arrays import Floats, sigmoid
from curriculum.prediction.visits import LARGEST_MOVE, FirstVisits, softened


def visits_of(passed: list[float], *, before: float = 0.0, after: float = 0.0) -> FirstVisits:
    num = len(passed)
    return FirstVisits(
        rows=np.arange(num),
        features=np.zeros((num, 2), dtype=np.float32),
        given=np.full(num, 0.5),
        before=np.full(num, before),
        after=np.full(num, after),
        passed=np.array(passed),
        judged=np.full(num, 8.0),
    )


def test_the_target_is_one_step_of_newton_from_the_present_offset() -> None:
    # Rate sigmoid(-1 + 0.5 + 0.5) = 1/2; weight (4 + 1) / (4 + 8) = 5/12; residual 5/12 (6 - 4) = 5/6;
    # information 5/12 x 8 x 1/4 = 5/6: one logit further.
    target, worth = visits_of([6.0], after=-1.0).targets(np.array([0.5]), strength=4.0)
    assert target == pytest.approx([1.5])
    assert worth == pytest.approx([5.0 / 6.0])


def test_no_group_asks_for_more_than_a_few_logits() -> None:
    target, worth = visits_of([8.0, 0.0], after=-9.0).targets(np.zeros(2), strength=4.0)
    assert target[0] == pytest.approx(LARGEST_MOVE)
    assert target[1] == pytest.approx(-1.0, abs=0.001)
    assert worth[1] < 0.001 < 1.0 < worth[0], "what was expected anyway tells nothing"


def test_what_is_foretold_takes_what_was_given_and_the_doubt_into_account() -> None:
    visits = visits_of([1.0, 1.0], before=-2.0)
    offset: Floats = np.array([1.0, 1.0])
    sure, unsure = visits.rates(offset, np.array([0.0, 4.0]))
    assert sure == pytest.approx(float(sigmoid(np.array(-2.0 + 0.5 + 1.0))))
    assert unsure < sure


@pytest.mark.parametrize(("mean", "deviation"), [(0.5, 0.5), (2.0, 1.0), (-1.5, 2.0)])
def test_a_softened_offset_is_the_mean_pass_rate_over_what_it_may_be(mean: float, deviation: float) -> None:
    grid = np.linspace(-8.0, 8.0, 4001)
    weight = np.exp(-(grid**2) / 2.0)
    exact = float((sigmoid(mean + deviation * grid) * weight).sum() / weight.sum())
    assert sigmoid(softened(np.array(mean), np.array(deviation**2))) == pytest.approx(exact, abs=0.012)


def test_some_of_the_visits_can_be_taken() -> None:
    taken = visits_of([1.0, 2.0, 3.0]).take(np.array([True, False, True]))
    assert taken.rows.tolist() == [0, 2]
    assert taken.passed.tolist() == [1.0, 3.0]
