"""Advantages against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest

from rlcs.algorithm.advantages import build_batch
from rlcs.errors import UserError
from rlcs.plugins import ADVANTAGES
from rlcs.records import Completion, Group, Status, Task, Verdict

ESTIMATORS = ("grpo", "dr_grpo", "rloo", "reinforce_pp")


def advantages(name: str, scores: list[list[float | None]]) -> list[list[float | None]]:
    return ADVANTAGES.get(name)(scores)


def test_grpo_divides_by_the_population_deviation() -> None:
    # mean 1/4, deviation sqrt(3)/4: (3/4) / (sqrt(3)/4) = sqrt(3), (-1/4) / (sqrt(3)/4) = -1/sqrt(3)
    [row] = advantages("grpo", [[1.0, 0.0, 0.0, 0.0]])
    assert row == pytest.approx([math.sqrt(3), *[-1 / math.sqrt(3)] * 3], abs=1e-5)


def test_dr_grpo_only_subtracts_the_mean() -> None:
    [row] = advantages("dr_grpo", [[1.0, 0.0, 0.0, 0.0]])
    assert row == [0.75, -0.25, -0.25, -0.25]


def test_rloo_compares_with_the_mean_of_the_others() -> None:
    # 1 - (0.5 + 0) / 2 = 0.75; 0.5 - (1 + 0) / 2 = 0; 0 - (1 + 0.5) / 2 = -0.75
    [row] = advantages("rloo", [[1.0, 0.5, 0.0]])
    assert row == pytest.approx([0.75, 0.0, -0.75])


def test_rloo_gives_zero_to_a_group_of_one() -> None:
    assert advantages("rloo", [[1.0, None]]) == [[0.0, None]]


def test_reinforce_pp_divides_by_the_deviation_over_the_batch() -> None:
    # Centred: 0.5, -0.5, 0.1, -0.1; mean square (0.25 + 0.25 + 0.01 + 0.01) / 4 = 0.13
    rows = advantages("reinforce_pp", [[1.0, 0.0], [0.6, 0.4]])
    scale = math.sqrt(0.13)
    assert rows[0] == pytest.approx([0.5 / scale, -0.5 / scale], abs=1e-5)
    assert rows[1] == pytest.approx([0.1 / scale, -0.1 / scale], abs=1e-5)


def test_the_table_of_the_module_docstring_holds() -> None:
    scores = [[1.0, 0.0, None], [1.0, 1.0, 1.0]]
    expected = {"grpo": 1.0, "dr_grpo": 0.5, "rloo": 1.0, "reinforce_pp": 1.58}
    for name, value in expected.items():
        first, second = advantages(name, scores)
        assert first[:2] == pytest.approx([value, -value], abs=2e-3)
        assert first[2] is None
        assert second == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_unjudged_completions_change_nothing_for_the_others(name: str) -> None:
    with_none = advantages(name, [[0.2, None, 0.9, None], [1.0, 0.0]])
    without = advantages(name, [[0.2, 0.9], [1.0, 0.0]])
    assert [value for value in with_none[0] if value is not None] == without[0]
    assert with_none[0][1] is None and with_none[0][3] is None


@pytest.mark.parametrize("name", ESTIMATORS)
def test_equal_scores_give_exactly_zero(name: str) -> None:
    assert advantages(name, [[0.1] * 7]) == [[0.0] * 7]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_groups_without_a_verdict_and_empty_batches_pass(name: str) -> None:
    assert advantages(name, [[None, None]]) == [[None, None]]
    assert advantages(name, []) == []


def group(*scores: float | None) -> Group:
    task = Task(id="a:1", source="a", domain="stem.math", prompt="?", answer="1")
    completions = tuple(
        Completion(
            token_ids=(10 + number, 2),
            logprobs=(-0.5, -0.25),
            loss_mask=(1, 0),
            policy_version=0,
            finish_reason="stop",
            forced=False,
            text="",
        )
        for number in range(len(scores))
    )
    verdicts = tuple(
        Verdict(score=score, status=Status.PARTIAL if score is not None else Status.JUDGE_ERROR) for score in scores
    )
    return Group(task=task, prompt_ids=(5, 6), completions=completions, verdicts=verdicts)


def test_a_batch_trains_on_the_judged_completions_of_selected_groups_in_order() -> None:
    batch = build_batch([group(1.0, None, 0.0), group(0.0, 1.0), group(1.0, 1.0)], [0, 2], "dr_grpo")
    assert batch.advantages == ((0.5, None, -0.5), (None, None), (0.0, 0.0))
    samples = batch.samples
    assert [sample.advantage for sample in samples] == [0.5, -0.5, 0.0, 0.0]
    assert [sample.token_ids[0] for sample in samples] == [10, 12, 10, 11]
    first = samples[0]
    assert (first.prompt_ids, first.loss_mask, first.logprobs) == ((5, 6), (1, 0), (-0.5, -0.25))


def test_weights_of_groups_are_in_what_is_trained_and_in_what_is_logged() -> None:
    batch = build_batch([group(1.0, 0.0), group(1.0, 1.0), group(0.0, 1.0)], [0, 2], "dr_grpo", weights=[0.5, 3.0])
    assert batch.advantages == ((0.25, -0.25), (None, None), (-1.5, 1.5))
    assert [sample.advantage for sample in batch.samples] == [0.25, -0.25, -1.5, 1.5]


def test_an_unknown_estimator_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'grpo'"):
        build_batch([group(1.0, 0.0)], [0], "grpoo")


def test_groups_that_were_not_scored_are_refused() -> None:
    unscored = Group(task=group().task, prompt_ids=(1,), completions=group(1.0).completions)
    with pytest.raises(AssertionError, match="not scored"):
        build_batch([unscored], [0], "grpo")
