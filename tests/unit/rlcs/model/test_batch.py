"""Samples to flat tensors, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rlcs.model.batch import collate, prompt_places, scored_values, split_by_sample
from rlcs.records import Sample

CPU = torch.device("cpu")
EPISODE = Sample(
    prompt_ids=(5, 6),
    token_ids=(1, 8, 8, 2, 3),
    loss_mask=(1, 0, 0, 1, 1),
    logprobs=(-0.5, 0.0, 0.0, -0.25, -0.75),
    advantage=1.0,
    weight=0.25,
)
FIRST = Sample(prompt_ids=(5, 6), token_ids=(1, 2), loss_mask=(1, 1), logprobs=(-0.5, -1.5), advantage=2.0)
SECOND = Sample(prompt_ids=(7,), token_ids=(3,), loss_mask=(1,), logprobs=(-0.25,), advantage=-1.0)


def test_the_example_of_the_module_docstring_holds() -> None:
    batch, labels = collate([FIRST, SECOND], CPU)
    assert batch.input_ids.tolist() == [5, 6, 1, 2, 7, 3]
    assert batch.lengths == (4, 2)
    assert batch.predictors.tolist() == [1, 2, 4]
    assert batch.targets.tolist() == [1, 2, 3]
    assert labels.segments.tolist() == [0, 0, 1]
    assert labels.rollout_log_probs.tolist() == [-0.5, -1.5, -0.25]
    assert labels.advantages.tolist() == [2.0, 2.0, -1.0]
    assert labels.mask.tolist() == [1.0, 1.0, 1.0]
    assert labels.num_segments == 2
    assert labels.weights.tolist() == [1.0, 1.0]
    without = [replace(FIRST, loss_mask=(0, 1)), SECOND]
    assert collate(without, CPU)[0].predictors.tolist() == [2, 4]


@pytest.mark.parametrize("share", [False, True])
def test_tokens_that_are_not_trained_on_are_read_and_not_scored(share: bool) -> None:
    batch, labels = collate([EPISODE, replace(EPISODE, loss_mask=(0, 0, 0, 1, 0), weight=1.0)], CPU, share=share)
    assert batch.input_ids.tolist() == [5, 6, 1, 8, 8, 2, 3, *([] if share else [5, 6]), 1, 8, 8, 2, 3]
    assert batch.targets.tolist() == [1, 2, 3, 2]
    # The second begins at 7; the shared prompt stands once, and 2 is still read behind the second token 8.
    assert batch.predictors.tolist() == [1, 4, 5, 9 if share else 11]
    assert labels.rollout_log_probs.tolist() == [-0.5, -0.25, -0.75, -0.25]
    assert labels.mask.tolist() == [1.0] * 4
    assert labels.segments.tolist() == [0, 0, 0, 1]
    assert labels.weights.tolist() == [0.25, 1.0]


def test_a_sample_in_which_nothing_is_trained_on_keeps_its_first_token_masked() -> None:
    batch, labels = collate([SECOND, replace(EPISODE, loss_mask=(0,) * 5)], CPU)
    assert batch.predictors.tolist() == [0, 3]
    assert batch.targets.tolist() == [3, 1]
    assert labels.mask.tolist() == [1.0, 0.0]
    assert labels.segments.tolist() == [0, 1]


def test_completions_of_one_prompt_stand_behind_it() -> None:
    third = replace(FIRST, token_ids=(3,), loss_mask=(1,), logprobs=(-1.0,))
    batch, labels = collate([FIRST, third], CPU, share=True)
    assert batch.input_ids.tolist() == [5, 6, 1, 2, 3]
    assert batch.lengths == (2, 2, 1) and batch.continues == (None, 0, 0)
    assert batch.predictors.tolist() == [1, 2, 1]
    assert batch.targets.tolist() == [1, 2, 3]
    assert labels.segments.tolist() == [0, 0, 1]


def test_labels_keep_the_order_of_the_samples_wherever_their_prompt_stands() -> None:
    apart, labels = collate([FIRST, SECOND, FIRST, SECOND], CPU)
    together, same = collate([FIRST, SECOND, FIRST, SECOND], CPU, share=True)
    assert together.input_ids.tolist() == [5, 6, 1, 2, 1, 2, 7, 3, 3]
    assert together.predictors.tolist() == [1, 2, 6, 1, 4, 6]
    assert torch.equal(together.targets, apart.targets)
    assert all(torch.equal(getattr(labels, name), getattr(same, name)) for name in ("segments", "advantages", "mask"))


def test_every_predictor_stands_one_before_its_target() -> None:
    batch, _ = collate([SECOND, FIRST, SECOND], CPU)
    assert batch.input_ids[batch.predictors + 1].tolist() == batch.targets.tolist()


def test_the_tokens_of_prompts_are_found_in_the_row() -> None:
    samples = [EPISODE, SECOND, FIRST]
    places, owner = prompt_places(samples)
    assert collate(samples, CPU)[0].input_ids[places].tolist() == [5, 6, 7, 5, 6]
    assert owner.tolist() == [0, 0, 1, 2, 2]


def test_values_come_back_a_list_a_sample() -> None:
    assert split_by_sample(torch.tensor([1.0, 2.0, 3.0]), [FIRST, SECOND]) == [[1.0, 2.0], [3.0]]


def test_values_come_back_at_the_places_of_their_tokens_and_the_others_are_0() -> None:
    samples = [EPISODE, SECOND, EPISODE]
    values = [[1.0, 0.0, 0.0, 2.0, 3.0], [4.0], [5.0, 0.0, 0.0, 6.0, 7.0]]
    assert scored_values(values, samples) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    assert split_by_sample(torch.arange(1.0, 8.0), samples) == values


def test_a_sample_without_a_prompt_is_refused() -> None:
    bare = Sample(prompt_ids=(), token_ids=(1,), loss_mask=(1,), logprobs=(0.0,), advantage=1.0)
    with pytest.raises(AssertionError, match="at least one prompt"):
        collate([bare], CPU)
