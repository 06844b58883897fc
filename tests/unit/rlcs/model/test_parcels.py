import numpy as np
import pytest
import torch

from rlcs.model.parcels import unwrap, wrap


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int64, torch.bool])
def test_a_tensor_comes_back_as_it_was(dtype: torch.dtype) -> None:
    tensors = {
        "matrix": torch.randn(3, 5),
        "vector": torch.randn(7),
        "number": torch.tensor(1.5),
        "none": torch.ones(0),
    }
    given = {name: tensor.to(dtype) for name, tensor in tensors.items()}
    found = dict(unwrap(wrap(given.items())))
    assert list(found) == list(given)
    for name, tensor in given.items():
        assert found[name].dtype == dtype and torch.equal(found[name], tensor), name


def test_a_transposed_weight_keeps_its_order() -> None:
    weight = torch.arange(6.0).reshape(2, 3).T
    ((_, found),) = unwrap(wrap([("w", weight)]))
    assert torch.equal(found, weight)


def test_parcels_are_views_on_the_way_in_and_copies_on_the_way_out() -> None:
    weight = torch.zeros(4, requires_grad=True)
    (parcel,) = wrap([("w", weight)])
    ((_, found),) = unwrap([parcel])
    with torch.no_grad():
        weight += 1.0
    assert np.array_equal(parcel.content.view(np.float32), np.ones(4, np.float32))
    assert torch.equal(found, torch.zeros(4))
