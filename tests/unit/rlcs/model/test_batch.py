"""Samples to flat tensors, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rlcs.model.batch import collate, split_by_sample
from rlcs.records import Sample

CPU = torch.device("cpu")
FIRST = Sample(prompt_ids=(5, 6), token_ids=(1, 2), loss_mask=(1, 0), logprobs=(-0.5, 0.0), advantage=2.0)
SECOND = Sample(prompt_ids=(7,), token_ids=(3,), loss_mask=(1,), logprobs=(-0.25,), advantage=-1.0)


def test_the_example_of_the_module_docstring_holds() -> None:
    batch, labels = collate([FIRST, SECOND], CPU)
    assert batch.input_ids.tolist() == [5, 6, 1, 2, 7, 3]
    assert batch.lengths == (4, 2)
    assert batch.predictors.tolist() == [1, 2, 4]
    assert batch.targets.tolist() == [1, 2, 3]
    assert labels.segments.tolist() == [0, 0, 1]
    assert labels.rollout_log_probs.tolist() == [-0.5, 0.0, -0.25]
    assert labels.advantages.tolist() == [2.0, 2.0, -1.0]
    assert labels.mask.tolist() == [1.0, 0.0, 1.0]
    assert labels.num_segments == 2


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


def test_values_come_back_a_list_a_sample() -> None:
    assert split_by_sample(torch.tensor([1.0, 2.0, 3.0]), [FIRST, SECOND]) == [[1.0, 2.0], [3.0]]


def test_a_sample_without_a_prompt_is_refused() -> None:
    bare = Sample(prompt_ids=(), token_ids=(1,), loss_mask=(1,), logprobs=(0.0,), advantage=1.0)
    with pytest.raises(AssertionError, match="at least one prompt"):
        collate([bare], CPU)
