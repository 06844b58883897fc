"""The spread of tasks around what is predicted of them is found from how they turn out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import betabinom

from curriculum.prediction.spread import Spread, log_likelihood


def test_the_likelihood_is_that_of_a_beta_binomial_but_for_the_coefficient() -> None:
    passed = np.arange(5.0)
    told = log_likelihood(np.full(5, 0.3), 2.0, passed, np.full(5, 4.0))
    expected = betabinom.logpmf(passed, 4, 0.6, 1.4) - np.log([1, 4, 6, 4, 1])
    np.testing.assert_allclose(told, expected, rtol=1e-9)


@pytest.mark.parametrize("strength", [0.25, 1.0, 8.0])
def test_the_strength_of_the_tasks_is_found(strength: float) -> None:
    rng = np.random.default_rng(1)
    spread = Spread()
    for _ in range(30):
        rates = rng.uniform(0.1, 0.9, 20)
        own = rng.beta(strength * rates, strength * (1.0 - rates))
        spread.observe(rates, rng.binomial(8, own).astype(float), np.full(20, 8.0))
    assert strength / 1.6 < spread.strength < strength * 1.6


def test_it_tells_beforehand_and_goes_on_where_it_was() -> None:
    rates, passed, judged = np.full(9, 0.5), np.full(9, 4.0), np.full(9, 8.0)
    first = Spread().observe(rates[:1], passed[:1], judged[:1])
    again = Spread()
    assert again.observe(rates, passed, judged)[0] == first[0], "a group does not tell of itself"
    other = Spread()
    other.load_state_dict(json.loads(json.dumps(again.state_dict())))
    assert other.observe(rates, passed, judged).tolist() == again.observe(rates, passed, judged).tolist()
