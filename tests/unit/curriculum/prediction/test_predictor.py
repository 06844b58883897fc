"""The predictor learns what texts tell of difficulty, and is trusted as far as it was right beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import pytest

from curriculum.beliefs.arrays import Floats, Ints, sigmoid
from curriculum.beliefs.strata import stratify
from curriculum.prediction.predictor import MOST, Predictor
from curriculum.prediction.visits import FirstVisits
from rlcs.records import TaskIndex

Builder = Callable[..., TaskIndex]
NUM_TASKS, JUDGED = 600, 8.0


def predictor_of(index: TaskIndex, texts: list[str]) -> Predictor:
    return Predictor(
        index,
        stratify(index, by_subcategory=True),
        lambda rows: [texts[row] for row in rows],
        half_life=100.0,
    )


def visits_of(predictor: Predictor, rows: Ints, passed: Floats, *, level: float = 0.0) -> FirstVisits:
    base = np.full(len(rows), level)
    return FirstVisits(
        rows=rows,
        features=predictor.features(rows),
        given=np.zeros(len(rows)),
        before=base,
        after=base,
        passed=passed,
        judged=np.full(len(rows), JUDGED),
    )


def learn(
    predictor: Predictor,
    ratings: Floats,
    *,
    first: int = 0,
    last: int = 20,
    size: int = 16,
    level: Floats | None = None,
) -> list[float]:
    """Visit `size` new tasks a step, the ratings [N] being true, and return the metric of the gain after each.

    level: [steps] logits that the policy is better at all of them, which is known; None: it stays as it is.
    """
    gains = []
    for step in range(first, last):
        rows, known = np.arange(step * size, (step + 1) * size), 0.0 if level is None else float(level[step])
        passed = np.random.default_rng(step).binomial(int(JUDGED), sigmoid(ratings[rows] + known)).astype(float)
        predictor.observe(step, visits_of(predictor, rows, passed, level=known))
        gains.append(predictor.metrics()["curriculum/prediction_gain"])
    return gains


def sums(num: int) -> tuple[list[str], Floats]:
    """Return additions of one to eight digits, and ratings that fall with the digits."""
    rng = np.random.default_rng(8)
    digits = rng.integers(1, 9, num)
    texts = [f"{rng.integers(10 ** (d - 1), 10**d)}+{rng.integers(10 ** (d - 1), 10**d)}=" for d in digits.tolist()]
    return texts, np.asarray((4.5 - digits) * 0.9)


def ahead(predictor: Predictor) -> Floats:
    rows = np.arange(NUM_TASKS - 200, NUM_TASKS)
    return predictor.outlook(rows, predictor.features(rows), worth=np.full(200, 0.25)).offset


def test_the_length_of_sums_is_learned_and_tells_of_others(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    predictor = predictor_of(make_index([NUM_TASKS]), texts)
    assert ahead(predictor).tolist() == [0.0] * 200, "nothing is predicted before anything was seen"
    gains = learn(predictor, ratings)
    assert gains[-1] > 0.3
    assert predictor.trust()[0] > 0.9
    assert np.corrcoef(ahead(predictor), ratings[-200:])[0, 1] > 0.9


def test_texts_that_say_nothing_are_hardly_trusted_and_move_nothing_far(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    gains, trusts, offsets = [], [], []
    for seed in range(5):
        shuffled = [texts[row] for row in np.random.default_rng(seed).permutation(NUM_TASKS)]
        predictor = predictor_of(make_index([NUM_TASKS]), shuffled)
        gains.append(learn(predictor, ratings, last=25)[-1])
        trusts.append(predictor.trust()[0])
        offsets.append(np.abs(ahead(predictor)).max())
    # By luck a source is ahead for a while, by as little as its predictions differ from each other.
    assert np.mean(gains) < 0.01
    assert np.median(trusts) < 0.1
    assert max(offsets) < 0.7


def test_what_a_policy_learns_is_not_taken_for_what_texts_tell(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    level = np.where(np.arange(30) // 6 % 2, 1.5, -2.0)
    trusts = []
    for seed in range(4):
        shuffled = np.random.default_rng(seed).permutation(texts).tolist()
        predictor = predictor_of(make_index([NUM_TASKS]), shuffled)
        for first in range(0, 30, 3):
            learn(predictor, ratings, first=first, last=first + 3, level=level)
            trusts.append(predictor.trust()[0])
    # It was 0.68 against the constant alone, which lags behind where the level is known.
    assert np.mean(trusts) < 0.3


def test_a_level_that_lies_off_is_not_taken_for_what_texts_tell(make_index: Builder) -> None:
    texts, _ = sums(NUM_TASKS)
    rates = np.where(np.random.default_rng(1).random(NUM_TASKS) < 0.1, 0.5, 0.01)
    believed = float(np.log(0.2 / 0.8))
    trusts = []
    for seed in range(4):
        predictor = predictor_of(make_index([NUM_TASKS]), np.random.default_rng(seed).permutation(texts).tolist())
        for step in range(30):
            rows = np.arange(16 * step, 16 * (step + 1))
            passed = np.random.default_rng([seed, step]).binomial(int(JUDGED), rates[rows]).astype(float)
            predictor.observe(step, visits_of(predictor, rows, passed, level=believed))
            trusts.append(predictor.trust()[0])
    # It was 0.82 against level and constant alone: the weights correct what all tasks have in common.
    assert np.mean(trusts) < 0.15


def test_texts_without_anything_in_them_gain_nothing(make_index: Builder) -> None:
    _, ratings = sums(NUM_TASKS)
    predictor = predictor_of(make_index([NUM_TASKS]), [""] * NUM_TASKS)
    learn(predictor, ratings)
    # All have one offset: it moves with what the constant says, and can be no better than that.
    assert np.ptp(ahead(predictor)) == 0.0


def test_a_word_that_marks_half_of_the_hopeless_is_found_and_the_others_are_not_praised_for_it(
    make_index: Builder,
) -> None:
    rng = np.random.default_rng(2)
    is_hopeless = rng.random(NUM_TASKS) < 0.6
    is_marked = is_hopeless & (rng.random(NUM_TASKS) < 0.5)
    texts = [f"find the value{' zzyx' if marked else ''}" for marked in is_marked.tolist()]
    ratings = np.where(is_hopeless, -5.0, 0.0)
    predictor = predictor_of(make_index([NUM_TASKS]), texts)
    learn(predictor, ratings)
    told = ahead(predictor)
    marked = is_marked[-200:]
    assert told[marked].max() < told[~marked].min() - 1.5
    # Of the others three in seven are hopeless: they are believed to be solved as often as they are.
    rate = float(sigmoid(ratings[~is_marked]).mean())
    assert sigmoid(told[~marked]).mean() == pytest.approx(rate, abs=0.12)


def test_each_source_earns_its_own_trust(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    source = np.arange(NUM_TASKS) % 2
    index = make_index([NUM_TASKS // 2] * 2)
    index.source[:] = source
    odd = np.flatnonzero(source)
    mixed = np.array(texts, dtype=object)
    mixed[odd] = np.random.default_rng(0).permutation(mixed[odd])
    predictor = predictor_of(index, mixed.tolist())
    learn(predictor, ratings, last=30)
    telling, silent = predictor.trust().tolist()
    assert telling > 0.9
    assert silent < 0.3


def test_trust_is_lost_as_soon_as_texts_tell_something_else(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    predictor = predictor_of(make_index([NUM_TASKS]), texts)
    learn(predictor, ratings, last=15)
    assert predictor._leads[:, 0].tolist() == [MOST] * 3
    learn(predictor, -ratings, first=15, last=18)
    assert predictor.trust()[0] < 0.9


def test_a_pass_of_what_was_thought_impossible_moves_the_weights_by_a_few_logits_only(make_index: Builder) -> None:
    texts, _ = sums(NUM_TASKS)
    predictor = predictor_of(make_index([NUM_TASKS]), texts)
    predictor.observe(1, visits_of(predictor, np.arange(64), np.full(64, JUDGED), level=-9.0))
    mean, variance = predictor._model.predict(predictor.features(np.arange(100, 200)))
    assert 0.5 < mean.min()
    assert mean.max() < 6.0
    assert np.isfinite(variance).all()


def test_it_goes_on_to_the_bit_where_sources_and_strata_have_changed_places(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    kinds = np.arange(NUM_TASKS) % 3 + 1
    index = make_index([NUM_TASKS], subcategory=kinds)
    unbroken, other = predictor_of(index, texts), predictor_of(index, texts)
    learn(unbroken, ratings, last=8)
    state = json.loads(json.dumps(unbroken.state_dict()))
    other.load_state_dict(state)
    for one in (unbroken, other):
        learn(one, ratings, first=8, last=12)
    assert ahead(other).tolist() == ahead(unbroken).tolist()
    assert other.metrics() == unbroken.metrics()
    grown = make_index([NUM_TASKS, 30], subcategory=[*kinds.tolist(), *[1] * 30])
    changed = predictor_of(grown, [*texts, *["new"] * 30])
    changed.load_state_dict(state)
    assert changed._leads.T.tolist() == [state["leads"]["s0"], [0.0] * 3]
    assert changed._plain.constant[:3].tolist() == [row[2] for row in state["plain"]["constants"]]


def test_of_an_older_checkpoint_weights_are_taken_back_and_trust_is_earned_anew(make_index: Builder) -> None:
    texts, ratings = sums(NUM_TASKS)
    older, predictor = (predictor_of(make_index([NUM_TASKS]), texts) for _ in range(2))
    learn(older, ratings, last=8)
    state = {name: value for name, value in older.state_dict().items() if name not in ("plain", "spread")}
    leads = {"s0": [8.0, 8.0]}
    predictor.load_state_dict({**state, "gains": [0.1, 0.1], "leads": leads, "spreads": [[0.0] * 7] * 3})
    rows = np.arange(NUM_TASKS)
    assert predictor.trust().tolist() == [0.0]
    assert predictor.doubt(predictor.features(rows)).tolist() == older.doubt(older.features(rows)).tolist()
    learn(predictor, ratings, first=8, last=11)
    assert predictor.trust()[0] > 0.9
