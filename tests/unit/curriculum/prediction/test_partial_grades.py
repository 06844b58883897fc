"""Some tasks are measured, the others predicted: which ones, how long, and how good that is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from curriculum.prediction.partial_grades import FIRST, PartialGrades
from rlcs.records import TaskIndex

Builder = Callable[..., TaskIndex]
NUM_TASKS = 800
DIGITS = np.random.default_rng(4).integers(1, 9, NUM_TASKS)
RATES = np.array([0.99, 0.9, 0.7, 0.5, 0.3, 0.1, 0.03, 0.01])[DIGITS - 1]


def partial_of(make_index: Builder, seed: int = 0) -> PartialGrades:
    texts = [f"{'7' * digits}+{'8' * digits}=" for digits in DIGITS.tolist()]
    return PartialGrades(make_index([NUM_TASKS]), lambda rows: [texts[row] for row in rows], seed=seed)


def measure(partial: PartialGrades, num_tasks: int, *, rng: np.random.Generator) -> int:
    """Measure so many tasks in blocks of 16 with 4 completions at most; return the completions it took."""
    cost = 0
    for _ in range(num_tasks // 16):
        rows = partial.next_block(16)
        passed, judged = rng.binomial(FIRST, RATES[rows]).astype(float), np.full(16, float(FIRST))
        is_open = ~partial.is_plain(rows, passed, judged)
        passed += np.where(is_open, rng.binomial(2, RATES[rows]), 0)
        judged += 2.0 * is_open
        partial.learn(rows, passed, judged)
        cost += int(judged.sum())
    return cost


def test_a_tenth_tells_of_the_others_and_costs_less_than_all_of_its_completions(make_index: Builder) -> None:
    partial = partial_of(make_index)
    cost = measure(partial, NUM_TASKS // 10, rng=np.random.default_rng(0))
    rate, worth = partial.grades()
    others = ~partial.is_measured
    assert partial.num_measured == others.size - others.sum() == NUM_TASKS // 10
    assert FIRST * NUM_TASKS // 10 <= cost < 4 * NUM_TASKS // 10
    assert np.corrcoef(rate[others], RATES[others])[0, 1] > 0.85
    assert ((rate > 0.0) & (rate < 1.0) & (worth > 0.0)).all()
    assert worth[~others].min() > FIRST
    assert worth[~others].mean() > worth[others].mean() + FIRST


def test_more_measured_tell_more(make_index: Builder) -> None:
    partial, rng = partial_of(make_index), np.random.default_rng(0)
    errors = []
    for _ in range(3):
        measure(partial, 64, rng=rng)
        errors.append(float(np.abs(partial.grades()[0] - RATES).mean()))
    assert errors[2] < errors[1] < errors[0]


def test_nothing_is_given_out_twice_and_the_seed_decides(make_index: Builder) -> None:
    partial = partial_of(make_index)
    blocks = [partial.next_block(48) for _ in range(20)]
    rows = np.concatenate(blocks)
    assert len(rows) == len(set(rows.tolist())) == NUM_TASKS
    assert len(partial.next_block(48)) == 0
    assert partial_of(make_index).next_block(48).tolist() == blocks[0].tolist()
    assert partial_of(make_index, seed=1).next_block(48).tolist() != blocks[0].tolist()


def test_what_is_neither_hopeless_nor_solved_gets_the_rest_of_its_completions(make_index: Builder) -> None:
    partial = partial_of(make_index)
    rows, judged = np.arange(3), np.full(3, 2.0)
    # Of tasks that are one half for all that is known, with a strength of 1/4: 0.125 / 2.25 = 0.056.
    assert partial.is_plain(rows, np.array([0.0, 1.0, 2.0]), judged).tolist() == [False, False, False]
    measure(partial, 480, rng=np.random.default_rng(0))
    hard, easy = (int(np.flatnonzero(one & ~partial.is_measured)[0]) for one in (DIGITS == 8, DIGITS == 1))
    rows = np.array([hard, hard, easy, easy])
    assert partial.is_plain(rows, np.array([0.0, 1.0, 1.0, 2.0]), np.full(4, 2.0)).tolist() == [
        True, False, False, True,
    ]  # fmt: skip


def test_tasks_of_which_nothing_could_be_judged_are_not_asked_again_and_tell_nothing(make_index: Builder) -> None:
    partial = partial_of(make_index)
    before = partial.grades()
    rows = partial.next_block(16)
    assert not partial.is_plain(rows, np.zeros(16), np.zeros(16)).any()
    partial.learn(rows, np.zeros(16), np.zeros(16))
    for told, again in zip(before, partial.grades(), strict=True):
        assert told.tolist() == again.tolist()
    assert not set(rows.tolist()) & set(partial.next_block(64).tolist())
    assert pytest.approx(0.5) == before[0][0]


def test_a_pool_of_which_nothing_is_solved_is_soon_known_to_be_hopeless(make_index: Builder) -> None:
    partial = PartialGrades(make_index([64]), lambda rows: [f"{'7' * DIGITS[row]}=" for row in rows], seed=0)
    partial.learn(partial.next_block(32), np.zeros(32), np.full(32, float(FIRST)))
    rate = partial.grades()[0]
    assert rate[~partial.is_measured].mean() < 0.08
