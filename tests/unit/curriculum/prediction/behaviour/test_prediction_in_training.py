"""The default sampler with texts, and with what the policy makes of them: what they tell is found and used, nothing is
lost where they tell nothing, a resumed run repeats itself, and tasks may come and change meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from curriculum import Curriculum
from curriculum.beliefs.arrays import Rows
from curriculum.deltas import unpack
from curriculum.prediction.predictor import Predictor
from curriculum.rebuilding import rebuilt
from rlcs.config.schema import CurriculumConfig
from rlcs.errors import UserError
from rlcs.records import Group, TaskIndex

Builder = Callable[..., TaskIndex]
GroupBuilder = Callable[..., Group]
ConfigBuilder = Callable[..., CurriculumConfig]

NUM_TASKS = 1200
IS_GOOD = np.arange(NUM_TASKS) % 6 == 0
"""One task in six is solved half of the time, the others never."""
LENGTH = np.where(IS_GOOD, 12, 40)
SHUFFLED = np.random.default_rng(0).permutation(LENGTH)


def texts_of(length: Rows) -> Callable[[Rows], list[str]]:
    return lambda rows: ["x" * int(length[row]) + str(row) for row in rows]


@pytest.fixture
def config(make_config: ConfigBuilder) -> CurriculumConfig:
    return make_config(batch_size=16, expand=False, temperature=0.2, prior_strength=0.25, half_life=100.0)


def run(curriculum: Curriculum, make_group: GroupBuilder, first: int, last: int) -> list[list[int]]:
    """Run steps first..last with outcomes that depend on step and task only; return the plans."""
    plans = []
    for step in range(first, last + 1):
        rows = curriculum.next(step).rows.tolist()
        right = [np.random.default_rng([step, row]).random(8) < 0.5 * IS_GOOD[row % NUM_TASKS] for row in rows]
        groups = [make_group(row, one.astype(float).tolist()) for row, one in zip(rows, right, strict=True)]
        curriculum.observe(step, groups)
        curriculum.select(groups)
        plans.append(rows)
    return plans


def share_of_good(plans: list[list[int]]) -> float:
    """Return the share of good tasks among those drawn for the first time."""
    seen: set[int] = set()
    first = [row for plan in plans for row in plan if not (row in seen or seen.add(row))]
    return float(np.mean(IS_GOOD[first]))


def test_unseen_tasks_are_chosen_by_what_their_texts_tell(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    shares = {}
    for name, length, predicts in (("told", LENGTH, True), ("shuffled", SHUFFLED, True), ("off", LENGTH, False)):
        settings = CurriculumConfig(**{**vars(config), "predict": predicts})
        curriculum = Curriculum(settings, make_index([NUM_TASKS]), seed=0, texts=texts_of(length))
        shares[name] = share_of_good(run(curriculum, make_group, 1, 20))
        gain = curriculum.metrics().get("curriculum/prediction_gain")
        assert gain is None if name == "off" else gain > 0.05 if name == "told" else gain < 0.02
    assert shares["told"] > 2.0 * shares["off"]
    assert shares["shuffled"] > 0.8 * shares["off"]
    without = Curriculum(config, make_index([NUM_TASKS]), seed=0)
    assert share_of_good(run(without, make_group, 1, 20)) == shares["off"]


def test_what_is_hardly_believed_chooses_few_of_the_unseen(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = {}
    for trust in (0.0, 0.25, 1.0):
        monkeypatch.setattr(Predictor, "trust", lambda _, trust=trust: np.full(1, trust))
        curriculum = Curriculum(config, make_index([NUM_TASKS]), seed=0, texts=texts_of(LENGTH))
        shares[trust] = share_of_good(run(curriculum, make_group, 1, 12))
    # The best by a quarter of what is predicted are the best by all of it: the order is the same.
    gained = (shares[0.25] - shares[0.0]) / (shares[1.0] - shares[0.0])
    assert 0.1 < gained < 0.45


class Policy:
    """Hidden states [number of tasks, 96] that tell the good tasks apart, or nothing; a step of training moves them."""

    def __init__(self, *, tells: bool) -> None:
        rng = np.random.default_rng(7)
        self.states = rng.standard_normal((NUM_TASKS, 96)).astype(np.float32)
        self.states[:, :8] += 3.0 * IS_GOOD[:, np.newaxis] * tells
        self.version = 0

    def __call__(self, rows: Rows) -> NDArray[np.float32]:
        return np.asarray(self.states[rows] + np.float32(0.05 * self.version))


def asked_of(config: CurriculumConfig, *features: str) -> CurriculumConfig:
    return CurriculumConfig(**{**vars(config), "features": list(features)})


def test_what_the_policy_makes_of_tasks_tells_where_texts_do_not_and_costs_nothing_where_it_tells_nothing(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    shares, weights = {}, {}
    for name, length, tells, features in (
        ("none", SHUFFLED, False, ["text"]),
        ("states", SHUFFLED, True, ["text", "policy"]),
        ("alone", SHUFFLED, True, ["policy"]),
        ("texts", LENGTH, False, ["text"]),
        ("useless", LENGTH, False, ["text", "policy"]),
    ):
        settings, texts, states = asked_of(config, *features), texts_of(length), Policy(tells=tells)
        curriculum = Curriculum(settings, make_index([NUM_TASKS]), seed=0, texts=texts, states=states)
        shares[name] = share_of_good(run(curriculum, make_group, 1, 12))
        weights[name] = curriculum.metrics().get("curriculum/policy_features_weight")
    assert shares["states"] > 1.7 * shares["none"]
    assert shares["alone"] > 1.7 * shares["none"]
    assert shares["useless"] > 0.9 * shares["texts"] > 1.7 * shares["none"]
    assert weights["states"] > 0.9 > 0.3 > weights["useless"]
    assert weights["alone"] is weights["texts"] is None


def test_the_policy_reads_each_candidate_once_and_what_it_read_is_counted_by_the_step(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    settings, states = asked_of(config, "text", "policy"), Policy(tells=True)
    curriculum = Curriculum(settings, make_index([100]), seed=0, texts=texts_of(LENGTH), states=states)
    read = []
    for step in range(1, 6):
        run(curriculum, make_group, step, step)
        read.append(curriculum.metrics()["curriculum/policy_features_tasks"])
    # Those drawn until something is believed of it, and then all others.
    assert sum(read) == 100 and max(read) > 50 and read[-1] == 0


@pytest.mark.parametrize("drawn_ahead", [False, True])
def test_a_run_goes_on_with_what_the_policy_made_of_tasks_before(
    drawn_ahead: bool, config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    settings, index = asked_of(config, "text", "policy"), make_index([NUM_TASKS])

    def begin() -> tuple[Curriculum, Policy]:
        policy = Policy(tells=True)
        return Curriculum(settings, index, seed=3, texts=texts_of(SHUFFLED), states=policy), policy

    def train(curriculum: Curriculum, policy: Policy, first: int, last: int) -> list[list[int]]:
        plans = []
        for step in range(first, last + 1):
            plans += run(curriculum, make_group, step, step)
            policy.version = step
        return plans

    whole, policy = begin()
    train(whole, policy, 1, 4)
    state = json.loads(json.dumps(whole.state_dict()))
    ahead = None
    if drawn_ahead:  # before the update of step 4, as run.schedule: overlapped does
        policy.version = 3
        ahead = whole.next(5).rows.tolist()
    seen, table = whole.seen_states(), whole.table()
    assert seen is not None and seen.num_rows > 300
    resumed, policy_of_resumed = begin()
    resumed.load_state_dict(state, table)
    resumed.load_seen_states(seen)
    policy_of_resumed.version = 4
    if drawn_ahead:
        assert resumed.next(5).rows.tolist() == ahead
        return
    assert train(resumed, policy_of_resumed, 5, 8) == train(whole, policy, 5, 8)
    assert resumed.state_dict() == whole.state_dict()
    assert resumed.seen_states().equals(whole.seen_states())


def test_features_of_the_policy_may_be_asked_for_on_resume_and_left_out(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    index, states, texts = make_index([NUM_TASKS]), Policy(tells=True), texts_of(LENGTH)
    kinds = (["text"], ["text", "policy"], ["policy"])
    for before, others in ((["text"], kinds[1:]), (["text", "policy"], [["text"], ["policy"]])):
        first = Curriculum(asked_of(config, *before), index, seed=0, texts=texts, states=states)
        run(first, make_group, 1, 3)
        for after in others:
            other = Curriculum(asked_of(config, *after), index, seed=0, texts=texts, states=states)
            other.load_state_dict(json.loads(json.dumps(first.state_dict())), first.table())
            if first.seen_states() is not None:
                other.load_seen_states(first.seen_states())
            assert len(run(other, make_group, 4, 4)[0]) == 16
            assert np.isfinite(list(other.metrics().values())).all()


def test_where_no_policy_reads_tasks_its_features_are_refused(config: CurriculumConfig, make_index: Builder) -> None:
    with pytest.raises(UserError, match="here none reads the tasks; set it to \\[text\\]"):
        Curriculum(asked_of(config, "text", "policy"), make_index([NUM_TASKS]), seed=0, texts=texts_of(LENGTH))


def test_what_seems_hopeless_is_drawn_less_and_not_dropped(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    curriculum = Curriculum(config, make_index([NUM_TASKS]), seed=0, texts=texts_of(LENGTH))
    plans = run(curriculum, make_group, 1, 60)
    late = [row for plan in plans[30:] for row in plan]
    bad = [row for row in late if not IS_GOOD[row]]
    assert len(bad) >= 0.6 * config.floor * len(late)
    assert len(bad) < 0.6 * len(late)


@pytest.mark.parametrize("stop_after", [1, 5, 12])
def test_a_resumed_run_equals_the_unbroken_one(
    stop_after: int, config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder, tmp_path: Path
) -> None:
    settings = CurriculumConfig(**{**vars(config), "max_refills": 1, "unbiased_cap": 5.0})
    index = make_index([900, 300], (0.7, 0.3), subcategory=np.arange(NUM_TASKS) % 3 + 1)
    unbroken = Curriculum(settings, index, seed=3, texts=texts_of(LENGTH))
    run(unbroken, make_group, 1, stop_after)
    state = json.loads(json.dumps(unbroken.state_dict()))
    unbroken.save(tmp_path / "curriculum.parquet")
    resumed = Curriculum(settings, index, seed=3, texts=texts_of(LENGTH))
    resumed.load_state_dict(state, pq.read_table(tmp_path / "curriculum.parquet"))
    unbroken.next(stop_after + 1)  # a draw that is interrupted leaves no trace in the checkpoint before it
    again = Curriculum(settings, index, seed=3, texts=texts_of(LENGTH))
    again.load_state_dict(state, pq.read_table(tmp_path / "curriculum.parquet"))
    assert run(resumed, make_group, stop_after + 1, stop_after + 6) == run(
        again, make_group, stop_after + 1, stop_after + 6
    )
    assert resumed.metrics() == again.metrics()


def test_the_unbroken_run_and_the_resumed_one_go_the_same_way(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    index = make_index([NUM_TASKS])
    whole = Curriculum(config, index, seed=3, texts=texts_of(LENGTH))
    expected = run(whole, make_group, 1, 14)
    half = Curriculum(config, index, seed=3, texts=texts_of(LENGTH))
    run(half, make_group, 1, 7)
    resumed = Curriculum(config, index, seed=3, texts=texts_of(LENGTH))
    resumed.load_state_dict(json.loads(json.dumps(half.state_dict())), half.table())
    assert run(resumed, make_group, 8, 14) == expected[7:]
    assert resumed.state_dict() == whole.state_dict()
    assert resumed.snapshot(14).equals(whole.snapshot(14))


def test_tasks_that_came_or_changed_on_resume_are_predicted_by_what_was_learned(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    first = Curriculum(config, make_index([NUM_TASKS // 2]), seed=0, texts=texts_of(LENGTH))
    run(first, make_group, 1, 15)
    # Twice as many tasks, and the old ones have longer texts now: theirs count no more, as they were judged or not.
    ids = [f"s0:{row}" for row in range(NUM_TASKS)]
    grown = Curriculum(config, make_index([NUM_TASKS], ids=ids), seed=0, texts=texts_of(LENGTH))
    restored = grown.load_state_dict(json.loads(json.dumps(first.state_dict())), first.table())
    assert (restored.num_known, restored.num_new) == (NUM_TASKS // 2, NUM_TASKS // 2)
    drawn = run(grown, make_group, 16, 22)
    new = [row for plan in drawn for row in plan if row >= NUM_TASKS // 2]
    assert len(new) >= 20
    assert np.mean(IS_GOOD[new]) > 0.5


def test_files_of_a_step_hold_the_snapshot_where_tasks_were_predicted(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    curriculum = Curriculum(config, make_index([NUM_TASKS]), seed=0, texts=texts_of(LENGTH))
    run(curriculum, make_group, 1, 4)
    rows = curriculum.next(5).rows.tolist()
    # Of one nothing can be judged: what was predicted of it is dropped.
    curriculum.observe(5, [make_group(row, [None] * 4 if place == 0 else [1.0, 0.0]) for place, row in enumerate(rows)])
    table, snapshot = curriculum.changes(5, since=None), curriculum.snapshot(5)
    moved = unpack(table.schema.metadata)
    assert moved is not None
    again = rebuilt([table], moved, snapshot.column_names)
    for name in ("pass_rate", "alpha", "beta", "weight", "drawn_as"):
        assert again[name].to_pylist() == snapshot[name].to_pylist(), name


def test_samples_of_candidates_are_weighted_by_how_often_they_were_to_be_drawn(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    settings = CurriculumConfig(**{**vars(config), "unbiased_cap": 100.0})
    curriculum = Curriculum(settings, make_index([NUM_TASKS]), seed=0, texts=texts_of(LENGTH))
    run(curriculum, make_group, 1, 10)
    rows = curriculum.next(11).rows
    new = rows[curriculum._posterior.is_new(rows)]
    frequency = np.array([curriculum._frequency[row] for row in new.tolist()])
    is_good = IS_GOOD[new]
    assert is_good.any()
    assert frequency[is_good].mean() > 2.0
    assert (frequency[~is_good] < frequency[is_good].min()).all()


def test_predicted_grades_are_drawn_by_without_texts_and_measured_ones_lie_in_their_bins(
    config: CurriculumConfig, make_index: Builder, make_group: GroupBuilder
) -> None:
    index = make_index([NUM_TASKS], difficulty=np.where(IS_GOOD, 0.5, 0.02))
    is_predicted = np.arange(NUM_TASKS) % 10 > 0
    certainty = np.where(is_predicted, 2.0, 6.0).astype(np.float32)
    told = TaskIndex(**{**vars(index), "certainty": certainty, "is_predicted": is_predicted})
    curriculum = Curriculum(config, told, seed=0)
    posterior = curriculum._posterior
    rows = np.arange(NUM_TASKS)
    np.testing.assert_allclose(posterior.mean(rows, 0), np.where(IS_GOOD, 0.5, 0.02), rtol=1e-5)
    assert posterior.is_new(rows).tolist() == is_predicted.tolist()
    drawn = curriculum.next(1).rows
    assert np.mean(IS_GOOD[drawn]) > 0.8
    # 2 completions of 0.5 and 8 that failed: 1 / 10; of a measured one 3 / 14.
    new, old = (int(np.flatnonzero(IS_GOOD & (is_predicted == one))[0]) for one in (True, False))
    posterior.skill._level_variance[:] = 0.0
    posterior.skill._new.variance[:] = 0.0
    posterior.skill._step = 10**9
    curriculum.observe(1, [make_group(new, [0.0] * 8), make_group(old, [0.0] * 8)])
    np.testing.assert_allclose(posterior.mean(np.array([new, old]), 1), [0.1, 3 / 14], rtol=1e-4)
