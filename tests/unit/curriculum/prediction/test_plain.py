"""What is foretold without a text: each of the three is right where the others are not."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from curriculum.beliefs.arrays import Floats, sigmoid
from curriculum.beliefs.strata import stratify
from curriculum.prediction.plain import NUM_PLAIN, Plain
from curriculum.prediction.visits import FirstVisits
from rlcs.records import TaskIndex

Builder = Callable[..., TaskIndex]
NUM, JUDGED = 960, 8.0


def plain_of(index: TaskIndex) -> Plain:
    return Plain(stratify(index, by_subcategory=True), weight_spread=1.0)


def visits_of(step: int, rates: Floats, believed: float) -> FirstVisits:
    """Return the visits of `step`, 16 tasks of pass rates [NUM] that level and new rating believe to be `believed`."""
    rows = np.arange(16 * step, 16 * (step + 1))
    base = np.full(16, np.log(believed / (1.0 - believed)))
    return FirstVisits(
        rows=rows,
        features=np.zeros((16, 1), dtype=np.float32),
        given=np.zeros(16),
        before=base,
        after=base,
        passed=np.random.default_rng(step).binomial(int(JUDGED), rates[rows]).astype(float),
        judged=np.full(16, JUDGED),
    )


def told(plain: Plain, rates: Floats, believed: list[float]) -> Floats:
    """Return [NUM_PLAIN] mean log-likelihoods of the visits of so many steps, beyond the first five."""
    each = [plain.observe(visits_of(step, rates, one), elapsed=1, share=0.99) for step, one in enumerate(believed)]
    return np.asarray(np.stack(each[5:]).mean(axis=(0, 2)))


def test_the_level_is_better_than_a_constant_where_it_follows_a_policy_that_learns(make_index: Builder) -> None:
    steps = [0.1] * 10 + [0.6] * 10 + [0.2] * 10
    rates = np.repeat(steps, 16)
    level, constant, blind = told(plain_of(make_index([NUM])), np.append(rates, np.zeros(NUM - len(rates))), steps)
    assert level > constant + 0.3
    assert blind == pytest.approx(level, abs=0.02), "there is nothing to correct"


def test_a_blind_model_is_better_where_the_level_lies_off_and_does_so_in_every_stratum_at_once(
    make_index: Builder,
) -> None:
    kinds = np.arange(NUM) % 2 + 1
    index = make_index([NUM], subcategory=kinds)
    rates = np.where(kinds == 1, 0.05, 0.5)
    level, constant, blind = told(plain_of(index), rates, [0.2] * 20)
    assert blind > level + 0.3
    assert blind == pytest.approx(constant, abs=0.1)


def test_the_constant_is_best_where_the_level_moves_for_nothing(make_index: Builder) -> None:
    believed = np.tile([0.1, 0.5], 20).tolist()
    level, constant, blind = told(plain_of(make_index([NUM])), np.full(NUM, 0.25), believed)
    assert constant > max(level, blind) + 0.1


def test_the_constant_moves_as_a_number_with_a_variance_does(make_index: Builder) -> None:
    plain = plain_of(make_index([NUM]))
    visits = visits_of(0, np.full(NUM, 0.0), 0.5).take(np.arange(16) == 0)
    plain.observe(visits, elapsed=0, share=1.0)
    assert plain.constant[0] == -1.0, "of a variance of 4 it goes further down than a logit, which is the limit"
    plain = plain_of(make_index([NUM]))
    plain._constant_variance[:] = 0.25
    plain.observe(visits, elapsed=0, share=1.0)
    # Residual -4 and information 2, before the weight of a Beta-binomial of this strength.
    strength = plain._spreads[1].strength
    weight = (strength + 1.0) / (strength + 8.0)
    assert plain.constant[0] == pytest.approx(-0.25 * 4.0 * weight / (1.0 + 0.25 * 2.0 * weight))


def test_it_goes_on_to_the_bit_and_strata_may_change_places(make_index: Builder) -> None:
    kinds = np.arange(NUM) % 3 + 1
    rates = sigmoid(kinds - 3.0)
    unbroken, other = (plain_of(make_index([NUM], subcategory=kinds)) for _ in range(2))
    for step in range(6):
        unbroken.observe(visits_of(step, rates, 0.3), elapsed=1, share=0.9)
    state = json.loads(json.dumps(unbroken.state_dict()))
    other.load_state_dict(state)
    found = [one.observe(visits_of(7, rates, 0.3), elapsed=1, share=0.9) for one in (unbroken, other)]
    assert found[0].shape == (NUM_PLAIN, 16)
    assert found[0].tolist() == found[1].tolist()
    grown = plain_of(make_index([NUM, 30], subcategory=[*kinds.tolist(), *[1] * 30]))
    grown.load_state_dict({**state, "constants": [*state["constants"], ["gone", "1", 3.0, 1.0]]})
    assert grown.constant[:3].tolist() == [row[2] for row in state["constants"]]
    assert grown.constant[3:].tolist() == [0.0] * (len(grown.constant) - 3)
