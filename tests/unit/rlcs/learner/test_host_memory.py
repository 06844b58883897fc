"""Host memory for checkpoints: copies, in memory that is used again."""

from __future__ import annotations

import torch

from rlcs.learner.host_memory import HostMemory


def test_a_copy_stays_as_it_was_when_the_tensor_changes() -> None:
    tensor = torch.tensor([1.0, 2.0])
    copy = HostMemory().copy("a", tensor)
    tensor.add_(1.0)
    assert copy.tolist() == [1.0, 2.0]


def test_the_next_copy_of_a_name_takes_the_same_memory_and_another_name_does_not() -> None:
    host = HostMemory()
    first, other = host.copy("a", torch.ones(3)), host.copy("b", torch.zeros(3))
    again = host.copy("a", torch.full((3,), 2.0))
    assert again.data_ptr() == first.data_ptr() and again.tolist() == [2.0, 2.0, 2.0]
    assert other.tolist() == [0.0, 0.0, 0.0]


def test_a_tensor_of_another_shape_or_type_gets_memory_of_its_own() -> None:
    host = HostMemory()
    host.copy("a", torch.ones(3))
    assert host.copy("a", torch.ones(2, 2)).shape == (2, 2)
    assert host.copy("a", torch.ones(2, 2, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_a_part_of_a_parameter_that_is_trained_is_copied_alone() -> None:
    parameter = torch.nn.Parameter(torch.arange(6.0))
    copy = HostMemory().copy("a", parameter[2:4])
    assert copy.tolist() == [2.0, 3.0] and not copy.requires_grad
