"""The linear model is ridge regression, to the last digit that the solvers share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from curriculum.prediction.linear import LinearModel

RNG = np.random.default_rng(3)
FEATURES = RNG.normal(size=(12, 5))
TARGET = RNG.normal(size=12)
PRECISION = RNG.uniform(0.2, 3.0, size=12)
ASKED = RNG.normal(size=(4, 5))


def ridge(spread: float, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return expectations and variances for ASKED, by the closed form."""
    covariance = np.linalg.inv(FEATURES.T @ (weight[:, np.newaxis] * FEATURES) + np.eye(5) / spread**2)
    weights = covariance @ FEATURES.T @ (weight * TARGET)
    return ASKED @ weights, np.diag(ASKED @ covariance @ ASKED.T)


@pytest.mark.parametrize("spread", [0.3, 1.0, 10.0])
def test_the_posterior_is_that_of_ridge_regression(spread: float) -> None:
    model = LinearModel(5, spread=spread)
    for part in (slice(0, 1), slice(1, 7), slice(7, 12)):
        model.add(FEATURES[part], TARGET[part], PRECISION[part])
    for told, expected in zip(model.predict(ASKED), ridge(spread, PRECISION), strict=True):
        np.testing.assert_allclose(told, expected, rtol=1e-10)


def test_a_model_that_was_told_nothing_expects_nothing() -> None:
    mean, variance = LinearModel(5, spread=2.0).predict(ASKED)
    assert mean.tolist() == [0.0] * 4
    np.testing.assert_allclose(variance, 4.0 * (ASKED**2).sum(axis=1))


def test_what_has_faded_counts_as_observations_of_less_precision() -> None:
    model = LinearModel(5, spread=1.0)
    model.add(FEATURES[:8], TARGET[:8], PRECISION[:8])
    model.fade(0.25)
    model.add(FEATURES[8:], TARGET[8:], PRECISION[8:])
    weight = PRECISION * np.repeat([0.25, 1.0], [8, 4])
    np.testing.assert_allclose(model.predict(ASKED)[0], ridge(1.0, weight)[0], rtol=1e-10)


def test_a_kept_model_goes_on_to_the_bit() -> None:
    model, other = LinearModel(5, spread=1.0), LinearModel(5, spread=1.0)
    model.add(FEATURES[:6], TARGET[:6], PRECISION[:6])
    other.load_state_dict(json.loads(json.dumps(model.state_dict())))
    for one in (model, other):
        one.add(FEATURES[6:], TARGET[6:], PRECISION[6:])
    for told, again in zip(model.predict(ASKED), other.predict(ASKED), strict=True):
        assert told.tolist() == again.tolist()


def test_a_model_with_other_features_is_of_no_use_and_changes_nothing() -> None:
    model = LinearModel(5, spread=1.0)
    model.load_state_dict(LinearModel(4, spread=1.0).state_dict())
    model.add(FEATURES, TARGET, PRECISION)
    np.testing.assert_allclose(model.predict(ASKED)[0], ridge(1.0, PRECISION)[0], rtol=1e-10)
