"""Features of what the policy makes of tasks: fixed from the first look on, few, bounded in number, kept by id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from curriculum.beliefs.arrays import Rows
from curriculum.prediction import states as module
from curriculum.prediction.states import NUM_STATE_FEATURES, SeenStates, reduced
from rlcs.records import TaskIndex

Builder = Callable[..., TaskIndex]
HIDDEN = 200
NUM_TASKS = 50


class Policy:
    """Hidden states of tasks [NUM_TASKS, HIDDEN] with much in common; training moves them."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.states = rng.standard_normal((NUM_TASKS, HIDDEN)).astype(np.float32) * np.geomspace(0.01, 30.0, HIDDEN)
        self.states = (self.states + 100.0).astype(np.float32)
        self.asked: list[list[int]] = []

    def __call__(self, rows: Rows) -> NDArray[np.float32]:
        self.asked.append(rows.tolist())
        return np.asarray(self.states[rows])

    def train(self) -> None:
        self.states = -self.states


def seen_of(index: TaskIndex, policy: Policy) -> SeenStates:
    return SeenStates(index, policy, seed=3)


def test_each_task_is_read_once_and_looks_the_same_however_the_policy_moves(make_index: Builder) -> None:
    policy = Policy()
    seen = seen_of(make_index([NUM_TASKS]), policy)
    first = seen.features(np.array([7, 3, 9]))
    policy.train()
    again = seen.features(np.array([9, 12, 3, 7]))
    assert again[[3, 2, 0]].tolist() == first.tolist()
    assert policy.asked == [[3, 7, 9], [12]]
    told = seen.metrics()
    assert told["curriculum/policy_features_tasks"] == 4
    assert told["curriculum/policy_features_s"] > 0
    seen.begin_step()
    assert seen.metrics() == {"curriculum/policy_features_tasks": 0, "curriculum/policy_features_s": 0}
    assert seen.features(np.empty(0, dtype=np.int64)).shape == (0, NUM_STATE_FEATURES)


def test_features_tell_states_apart_as_their_distances_do_without_what_all_have_in_common() -> None:
    states = Policy().states
    scale = np.stack([states.mean(axis=0), states.std(axis=0)])
    found = reduced(states, scale, seed=0)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, rtol=1e-5)
    standard = (states - scale[0]) / scale[1]
    standard /= np.linalg.norm(standard, axis=1, keepdims=True)
    # An inner product of unit vectors is kept to about 1 / sqrt(64).
    gaps = (found @ found.T - standard @ standard.T)[np.triu_indices(NUM_TASKS, 1)]
    assert np.sqrt(np.mean(gaps**2)) < 1.3 / np.sqrt(NUM_STATE_FEATURES)
    assert not np.array_equal(found, reduced(states, scale, seed=1))


def test_a_single_task_at_the_first_look_spoils_nothing(make_index: Builder) -> None:
    seen = seen_of(make_index([NUM_TASKS]), Policy())
    seen.features(np.array([0]))
    found = seen.features(np.arange(NUM_TASKS))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.linalg.norm(found[1:], axis=1), 1.0, rtol=1e-5)


def test_only_so_many_are_kept_those_asked_for_last(make_index: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 4)
    policy = Policy()
    seen = seen_of(make_index([NUM_TASKS]), policy)
    for row in (0, 1, 2, 3, 0, 4):
        seen.features(np.array([row]))
    seen.features(np.array([2, 3, 0, 4]))
    assert len(policy.asked) == 5
    seen.features(np.array([1]))
    assert policy.asked[5:] == [[1]]
    seen.forget(np.array([4, 40]))
    seen.features(np.array([4]))
    assert policy.asked[6:] == [[4]]
    # More than are kept at once still get theirs.
    assert seen.features(np.arange(10)).shape == (10, NUM_STATE_FEATURES)
    assert seen.table().num_rows == 4


def test_what_is_kept_comes_back_by_id_to_the_bit_and_in_order(make_index: Builder, tmp_path: Path) -> None:
    ids = [f"t{row}" for row in range(NUM_TASKS)]
    seen = seen_of(make_index([NUM_TASKS], ids=ids), Policy())
    found = seen.features(np.array([5, 1, 30]))
    pq.write_table(seen.table(), tmp_path / "seen.parquet")
    policy = Policy()
    policy.train()
    changed = [f"t{NUM_TASKS - 1 - row}" if row != 44 else "other" for row in range(NUM_TASKS)]
    again = seen_of(make_index([NUM_TASKS], ids=changed), policy)
    again.load(pq.read_table(tmp_path / "seen.parquet"))
    assert again.table()["task_id"].to_pylist() == ["t1", "t30"], "t5 is gone"
    assert again.features(np.array([48, 19])).tolist() == found[[1, 2]].tolist()
    assert policy.asked == []
    # What is new is measured by the scale of the first look.
    policy.states = Policy().states[::-1]
    assert again.features(np.array([49])).tolist() == seen.features(np.array([0])).tolist()


def test_nothing_seen_is_kept_as_nothing(make_index: Builder) -> None:
    index = make_index([NUM_TASKS])
    again = seen_of(index, Policy())
    again.load(seen_of(index, Policy()).table())
    assert again.table().num_rows == 0
    assert again.features(np.arange(3)).tolist() == seen_of(index, Policy()).features(np.arange(3)).tolist()
