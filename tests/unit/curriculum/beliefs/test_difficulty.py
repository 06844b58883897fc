"""Posteriors, decay and tiers, with numbers worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curriculum.beliefs.arrays import logit, sigmoid
from curriculum.beliefs.difficulty import Posterior, decay, tier_of
from curriculum.beliefs.strata import Strata

EDGES = np.array([0.1, 0.3, 0.7, 0.9])
ROW = np.array([0])
NAN = float("nan")


def posterior(
    *difficulty: float, prior_strength: float = 2.0, half_life: float = 20.0, still: bool = True
) -> Posterior:
    """A source of these tasks; `still`: the policy is known not to move, so that a group tells of its task alone."""
    num = len(difficulty)
    strata = Strata(of=np.zeros(num, dtype=np.int16), source=np.array([0]), keys=[("a", "")])
    grades = np.array(difficulty, dtype=np.float32)
    belief = Posterior(grades, strata=strata, prior_strength=prior_strength, half_life=half_life)
    if still:
        belief.skill._level_variance[:] = 0.0
        belief.skill._gain.variance[:] = 0.0
        belief.skill._step = 10**9  # no step is later, so that no drift is added
    return belief


def observe(belief: Posterior, step: int, passed: float, failed: float, row: int = 0) -> None:
    belief.observe(step, np.array([row]), successes=np.array([passed]), failures=np.array([failed]))


def test_a_grade_is_the_first_belief_and_no_grade_is_one_half() -> None:
    belief = posterior(0.25, NAN, 0.0, 1.0)
    assert belief.mean(np.arange(4), 0) == pytest.approx([0.25, 0.5, 0.001, 0.999], abs=1e-6)


def test_an_observation_counts_half_after_its_half_life() -> None:
    assert decay(np.array([0, 20, 40, -3]), half_life=20).tolist() == [1.0, 0.5, 0.25, 1.0]


def test_posterior_adds_prior_and_observation() -> None:
    belief = posterior(0.25, prior_strength=4.0)  # prior Beta(1, 3)
    observe(belief, 7, 6, 2)
    assert [float(count[0]) for count in belief.counts(ROW, 7)] == pytest.approx([7.0, 5.0], abs=1e-5)
    assert belief.mean(ROW, 7)[0] == pytest.approx(7 / 12)
    assert (belief.num_seen[0], belief.last_step[0]) == (1, 7)


def test_certainty_fades_and_the_pass_rate_stays() -> None:
    belief = posterior(0.5)
    observe(belief, 10, 8, 0)
    assert belief.mean(ROW, 10)[0] == belief.mean(ROW, 400)[0] == pytest.approx(9 / 10)
    # 8 completions count 4 after a half-life: n = 2 + 4.
    assert [float(count[0]) for count in belief.counts(ROW, 30)] == pytest.approx([5.4, 0.6], abs=1e-5)


def test_a_second_observation_is_added_to_the_faded_first() -> None:
    belief = posterior(0.5)
    observe(belief, 10, 8, 0)
    observe(belief, 30, 1.5, 6.5)
    # n = 6 at 0.9 before: (5.4 + 1.5) / 14; evidence 4 + 8, with the prior's 2 again: n = 14.
    assert belief.mean(ROW, 30)[0] == pytest.approx(6.9 / 14)
    alpha, beta = belief.counts(ROW, 30)
    assert (alpha[0], beta[0]) == pytest.approx((6.9, 7.1), abs=1e-4)


def test_a_row_that_comes_twice_counts_twice() -> None:
    belief = posterior(0.5)
    belief.observe(1, np.array([0, 0]), successes=np.array([1.0, 2.0]), failures=np.array([3.0, 2.0]))
    alpha, beta = belief.counts(ROW, 1)
    assert (alpha[0], beta[0], belief.num_seen[0]) == pytest.approx((4.0, 6.0, 2))


def test_a_group_that_nobody_could_judge_tells_nothing_but_was_seen() -> None:
    belief = posterior(NAN, 0.25, still=False)
    belief.observe(3, np.array([0, 1]), successes=np.zeros(2), failures=np.zeros(2))
    assert np.isnan(belief.rating[0])
    assert belief.mean(np.arange(2), 3) == pytest.approx([0.5, 0.25])
    assert (belief.num_seen.tolist(), belief.last_step.tolist()) == ([1, 1], [3, 3])


def test_a_visit_that_nobody_could_judge_makes_the_next_one_no_later_visit() -> None:
    once, late = posterior(NAN, still=False), posterior(NAN, still=False)
    late.observe(3, ROW, successes=np.zeros(1), failures=np.zeros(1))
    for belief in (once, late):
        observe(belief, 3, 6, 2)
    assert late.skill.gain[0] == once.skill.gain[0] == 0.0
    assert late.skill.level[0] == once.skill.level[0] > 0.0


def test_when_the_policy_has_learned_all_tasks_have_become_easier() -> None:
    belief = posterior(0.25, 0.5, NAN)
    belief.skill.level[:] = 1.0
    # Odds 1/3, 1 and 1 times e.
    assert belief.mean(np.arange(3), 5) == pytest.approx([math.e / (3 + math.e), *[math.e / (1 + math.e)] * 2])


def test_what_was_seen_at_an_earlier_level_is_carried_to_the_present_one() -> None:
    belief = posterior(0.5)
    observe(belief, 1, 4, 4)
    belief.skill.level[:] = 2.0
    carried = math.exp(2) / (1 + math.exp(2))
    assert belief.mean(ROW, 1)[0] == pytest.approx(carried)
    observe(belief, 1, 8, 0)
    assert belief.mean(ROW, 1)[0] == pytest.approx((10 * carried + 8) / 18)


def test_a_task_that_was_trained_on_gains_beyond_the_level() -> None:
    belief = posterior(0.5, 0.5, 0.5)
    belief.skill.gain[:] = 1.0
    belief.observe(1, np.arange(3), successes=np.array([4.0, 8.0, 0.0]), failures=np.array([4.0, 0.0, 8.0]))
    # Groups of one reward have no gradient: 9 of 10 and 1 of 10 stay what they are.
    assert belief.mean(np.arange(3), 1) == pytest.approx([math.e / (1 + math.e), 0.9, 0.1], abs=1e-6)


def test_second_visits_that_do_better_than_the_level_tells_are_put_down_to_the_gain() -> None:
    belief = posterior(*[0.5] * 64, still=False)
    for step, passed in ((1, 4.0), (2, 6.0), (3, 7.0)):
        belief.observe(step, np.arange(32), successes=np.full(32, passed), failures=np.full(32, 8 - passed))
        belief.observe(step, np.arange(31 + step, 32 + step), successes=np.array([4.0]), failures=np.array([4.0]))
    assert belief.skill.gain[0] > 0.2
    seen, unseen = belief.mean(np.array([0, 60]), 3)
    assert seen > 0.8 > unseen


def test_first_visits_tell_of_the_tasks_without_grade_not_yet_seen() -> None:
    belief = posterior(*[NAN] * 40, still=False)
    belief.observe(1, np.arange(30), successes=np.full(30, 1.0), failures=np.full(30, 7.0))
    assert belief.mean(np.array([35]), 2)[0] == pytest.approx(0.2, abs=0.08)


def test_an_edge_belongs_to_the_easier_tier_also_in_float32() -> None:
    means = np.array([0.0, 0.1, 0.3, 0.7, 0.9, 1.0, 0.0999, 0.5], dtype=np.float32)
    assert tier_of(means, edges=EDGES).tolist() == [0, 1, 2, 3, 4, 4, 0, 2]


@given(st.floats(0.001, 0.999))
def test_logit_and_sigmoid_undo_each_other(rate: float) -> None:
    assert sigmoid(logit(np.array([rate])))[0] == pytest.approx(rate, rel=1e-9)


@given(
    st.floats(0, 1, width=32),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=20),
)
def test_whatever_comes_the_belief_is_a_beta_distribution(grade: float, groups: list[tuple[int, int]]) -> None:
    belief = posterior(grade, NAN, still=False)
    for step, (passed, failed) in enumerate(groups, start=1):
        observe(belief, step, passed, failed, row=step % 2)
    alpha, beta = belief.counts(np.arange(2), len(groups))
    assert (alpha > 0).all() and (beta > 0).all() and np.isfinite(alpha + beta).all()
