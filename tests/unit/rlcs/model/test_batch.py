"""Samples to flat tensors, by hand."""

from __future__ import annotations

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


def test_every_predictor_stands_one_before_its_target() -> None:
    batch, _ = collate([SECOND, FIRST, SECOND], CPU)
    assert batch.input_ids[batch.predictors + 1].tolist() == batch.targets.tolist()


def test_values_come_back_a_list_a_sample() -> None:
    assert split_by_sample(torch.tensor([1.0, 2.0, 3.0]), [FIRST, SECOND]) == [[1.0, 2.0], [3.0]]


def test_a_sample_without_a_prompt_is_refused() -> None:
    bare = Sample(prompt_ids=(), token_ids=(1,), loss_mask=(1,), logprobs=(0.0,), advantage=1.0)
    with pytest.raises(AssertionError, match="at least one prompt"):
        collate([bare], CPU)
