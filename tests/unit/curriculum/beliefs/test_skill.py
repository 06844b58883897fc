"""The skill of strata: one step by hand, tracking over many, and what a checkpoint keeps."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from curriculum.beliefs.arrays import sigmoid
from curriculum.beliefs.skill import DRIFT, GAIN_SPREAD, SPREAD, START, Skill


def observe(
    skill: Skill,
    step: int,
    stratum: list[int],
    *,
    new: bool,
    again: bool = False,
    expected: list[float],
    strength: float,
    passed: list[int],
) -> None:
    num = len(stratum)
    skill.observe(
        step,
        np.array(stratum),
        is_new=np.full(num, new),
        is_again=np.full(num, again),
        expected=np.array(expected),
        strength=np.full(num, strength),
        passed=np.array(passed, dtype=float),
        judged=np.full(num, 8.0),
    )


def test_a_known_task_moves_the_level_by_hand() -> None:
    skill = Skill(2)
    observe(skill, 3, [0], new=False, expected=[0.25], strength=4.0, passed=[6])
    # w = 5/12; r = 5/12 (6 - 2) = 5/3; I = 5/12 x 8 x 3/16 = 5/8; V = START^2 + 3 DRIFT^2, then V / (1 + V I).
    variance = START**2 + 3 * DRIFT**2
    assert skill.level.tolist() == pytest.approx([variance / (1 + variance * 5 / 8) * 5 / 3, 0.0])
    assert skill.new_rating.tolist() == [0.0, 0.0]
    assert skill._level_variance.tolist() == pytest.approx([variance / (1 + variance * 5 / 8), variance])


def test_a_first_visit_moves_both_by_their_variances() -> None:
    skill = Skill(1)
    observe(skill, 0, [0], new=True, expected=[0.5], strength=2.0, passed=[2])
    # w = 3/10; r = 0.3 (2 - 4) = -0.6; I = 0.3 x 8 / 4 = 0.6.
    total = START**2 + SPREAD**2
    assert skill.level[0] == pytest.approx(-0.6 * START**2 / (1 + 0.6 * total))
    assert skill.new_rating[0] == pytest.approx(-0.6 * SPREAD**2 / (1 + 0.6 * total))
    assert skill._new.variance[0] == pytest.approx(SPREAD**2 - 0.6 * SPREAD**4 / (1 + 0.6 * total))


def test_a_later_visit_moves_level_and_gain_by_their_variances() -> None:
    skill = Skill(1)
    observe(skill, 0, [0], new=False, again=True, expected=[0.5], strength=2.0, passed=[6])
    # w = 3/10; r = 0.3 (6 - 4) = 0.6; I = 0.3 x 8 / 4 = 0.6.
    total = START**2 + GAIN_SPREAD**2
    assert skill.level[0] == pytest.approx(0.6 * START**2 / (1 + 0.6 * total))
    assert skill.gain[0] == pytest.approx(0.6 * GAIN_SPREAD**2 / (1 + 0.6 * total))
    assert skill._gain.variance[0] == pytest.approx(GAIN_SPREAD**2 - 0.6 * GAIN_SPREAD**4 / (1 + 0.6 * total))
    assert skill.new_rating[0] == 0.0


def test_later_visits_are_told_what_the_first_ones_have_moved() -> None:
    skill = Skill(1)
    skill.observe(
        0, np.array([0, 0]), is_new=np.array([False, False]), is_again=np.array([False, True]),
        expected=np.array([0.5, 0.5]), strength=np.array([2.0, 2.0]), passed=np.array([8.0, 4.0]),
        judged=np.array([8.0, 8.0]),
    )  # fmt: skip
    # w = 3/10, I = 0.6 each. The first: r = 1.2, V = 1/16, level x = 1.2 V / (1 + 0.6 V) and V / (1 + 0.6 V).
    # The second is as expected at level 0, so 0.6 x less than at x: r = -0.6 x.
    moved, variance = 1.2 * START**2 / (1 + 0.6 * START**2), START**2 / (1 + 0.6 * START**2)
    surprise = -0.6 * moved / (1 + 0.6 * (variance + GAIN_SPREAD**2))
    assert skill.level[0] == pytest.approx(moved + variance * surprise)
    assert skill.gain[0] == pytest.approx(GAIN_SPREAD**2 * surprise)


def test_nothing_judged_moves_nothing() -> None:
    skill = Skill(1)
    skill.observe(
        1, np.array([0]), is_new=np.array([False]), is_again=np.array([False]), expected=np.array([0.5]),
        strength=np.array([2.0]), passed=np.zeros(1), judged=np.zeros(1),
    )  # fmt: skip
    assert skill.level[0] == 0.0


@pytest.mark.parametrize("gain", [0.0, 0.03, -0.03])
def test_the_level_follows_a_policy_that_learns_or_forgets(gain: float) -> None:
    rng = np.random.default_rng(1)
    skill = Skill(1)
    errors = []
    for step in range(1, 121):
        ratings = rng.normal(-0.5, 1.0, 24)
        passed = rng.binomial(8, sigmoid(ratings + gain * step))
        expected = sigmoid(ratings + skill.level[0])
        observe(skill, step, [0] * 24, new=False, expected=expected.tolist(), strength=50.0, passed=passed.tolist())
        errors.append(skill.level[0] - gain * step)
    assert abs(np.mean(errors[20:])) < 0.2
    assert np.sqrt(np.mean(np.square(errors[20:]))) < 0.3


def test_strata_do_not_disturb_each_other() -> None:
    skill = Skill(3)
    for step in range(1, 30):
        observe(skill, step, [0] * 4, new=False, expected=[0.5] * 4, strength=10.0, passed=[8] * 4)
    assert skill.level[0] > 1.0
    assert skill.level[1:].tolist() == [0.0, 0.0]
    assert skill._level_variance[1] > skill._level_variance[0]


def test_a_wild_step_is_bounded() -> None:
    skill = Skill(1)
    observe(skill, 10_000, [0] * 100, new=False, expected=[0.02] * 100, strength=50.0, passed=[8] * 100)
    assert skill.level[0] == 1.0


def test_it_is_kept_by_name() -> None:
    names = [("a", "x"), ("a", "y")]
    skill = Skill(2)
    observe(skill, 4, [0, 1], new=False, expected=[0.5, 0.5], strength=10.0, passed=[8, 1])
    state = json.loads(json.dumps(skill.state_dict(names)))
    again = Skill(3)
    again.load_state_dict(state, [("b", ""), ("a", "y"), ("a", "x")])
    assert again.level.tolist() == [0.0, *skill.level[::-1]]
    assert again._level_variance.tolist() == [START**2, *skill._level_variance[::-1]]
    assert again.gain.tolist() == [0.0, *skill.gain[::-1]]
    observe(again, 5, [2], new=True, expected=[0.5], strength=2.0, passed=[4])
    assert math.isclose(again._level_variance[0], START**2 + DRIFT**2)


def test_a_checkpoint_without_gains_is_taken() -> None:
    skill = Skill(1)
    skill.load_state_dict({"step": 3, "strata": [["a", "x", 0.5, -1.0, 0.04, 1.5]]}, [("a", "x")])
    assert (skill.level[0], skill.new_rating[0], skill.gain[0]) == (0.5, -1.0, 0.0)
    assert (skill._level_variance[0], skill._new.variance[0]) == (0.04, 1.5)
    assert skill._gain.variance[0] == GAIN_SPREAD**2
