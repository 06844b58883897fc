"""Two models, weighted by what they foretold: more features are gone by where they tell more, and else cost nothing."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from curriculum.beliefs.arrays import Floats, sigmoid
from curriculum.prediction.linear import LinearModel
from curriculum.prediction.rivals import MOST, START, Rivals

FIRST, ALL, NUM, JUDGED = 4, 20, 400, 8.0
RNG = np.random.default_rng(0)
FEATURES: Floats = RNG.standard_normal((NUM, ALL)) / 2.0
NOISY: Floats = np.concatenate([FEATURES[:, :FIRST], 2.0 * RNG.standard_normal((NUM, ALL - FIRST))], axis=1)


def learn(model: Any, features: Floats, ratings: Floats, *, first: int = 0, last: int = 20) -> None:
    """Visit 16 tasks a step of these ratings [NUM], judged before they are learned from."""
    for step in range(first, last):
        rows = np.arange(16 * step, 16 * (step + 1))
        passed = np.random.default_rng(step).binomial(int(JUDGED), sigmoid(ratings[rows])).astype(float)
        if isinstance(model, Rivals):
            model.judge(features[rows], np.zeros(16), passed, np.full(16, JUDGED), strength=8.0)
        target = np.clip(np.log((passed + 0.5) / (JUDGED - passed + 0.5)), -3.0, 3.0)
        model.add(features[rows], target, np.full(16, 1.5))


def error(model: Any, features: Floats, ratings: Floats) -> float:
    return float(np.sqrt(np.mean((model.predict(features[-80:])[0] - ratings[-80:]) ** 2)))


def test_more_features_that_say_nothing_cost_nothing() -> None:
    ratings = NOISY[:, :FIRST] @ np.array([1.0, -1.0, 2.0, 0.5])
    rivals, first, both = (
        Rivals(FIRST, ALL, spread=1.0),
        LinearModel(FIRST, spread=1.0),
        LinearModel(ALL, spread=1.0),
    )
    for model, seen in ((rivals, NOISY), (first, NOISY[:, :FIRST]), (both, NOISY)):
        learn(model, seen, ratings)
    alone = error(first, NOISY[:, :FIRST], ratings)
    assert rivals.weight < 0.1
    assert error(rivals, NOISY, ratings) < 1.05 * alone
    assert error(both, NOISY, ratings) > 1.1 * alone


def test_more_features_that_tell_are_gone_by() -> None:
    ratings = FEATURES[:, FIRST:] @ np.linspace(-1.0, 1.0, ALL - FIRST)
    rivals, both = Rivals(FIRST, ALL, spread=1.0), LinearModel(ALL, spread=1.0)
    learn(rivals, FEATURES, ratings)
    learn(both, FEATURES, ratings)
    assert rivals.weight > 0.95
    assert error(rivals, FEATURES, ratings) < 1.1 * error(both, FEATURES, ratings)


def test_predictions_are_the_weighted_means_and_the_lead_has_its_bounds() -> None:
    rivals = Rivals(FIRST, ALL, spread=2.0)
    assert rivals.weight == pytest.approx(float(sigmoid(np.array(START))))
    mean, variance = rivals.predict(FEATURES[:3])
    assert mean.tolist() == [0.0] * 3
    parts = [4.0 * (FEATURES[:3, :num] ** 2).sum(axis=1) for num in (FIRST, ALL)]
    np.testing.assert_allclose(variance, (1 - rivals.weight) * parts[0] + rivals.weight * parts[1])
    learn(rivals, FEATURES, 3.0 * FEATURES[:, -1])
    assert -MOST <= rivals.state_dict()["lead"] <= MOST


def test_it_goes_on_to_the_bit_and_takes_over_a_model_of_the_first_features() -> None:
    ratings = FEATURES[:, :FIRST].sum(axis=1)
    whole, half, alone = (
        Rivals(FIRST, ALL, spread=1.0),
        Rivals(FIRST, ALL, spread=1.0),
        LinearModel(FIRST, spread=1.0),
    )
    learn(whole, FEATURES, ratings, last=6)
    half.load_state_dict(json.loads(json.dumps(whole.state_dict())))
    for model in (whole, half):
        model.fade(0.9)
        learn(model, FEATURES, ratings, first=6, last=9)
    assert half.predict(FEATURES)[0].tolist() == whole.predict(FEATURES)[0].tolist()
    assert half.state_dict() == whole.state_dict()
    learn(alone, FEATURES[:, :FIRST], ratings, last=6)
    grown = Rivals(FIRST, ALL, spread=1.0)
    grown.load_state_dict(alone.state_dict())
    expected = alone.predict(FEATURES[:, :FIRST])[0] * (1.0 - grown.weight)
    np.testing.assert_allclose(grown.predict(FEATURES)[0], expected)
