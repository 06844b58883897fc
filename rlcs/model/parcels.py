"""A bucket of weights on its way between processes: bytes that shared memory holds once, whoever reads them.

Pickled tensors would be copied three times on the way in and twice on the way out; arrays are laid into shared memory
as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class Parcel:
    """One named tensor as bytes."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    content: npt.NDArray[np.uint8]


def wrap(named_tensors: Iterable[tuple[str, Tensor]]) -> list[Parcel]:
    """Return tensors in host memory as parcels, without a copy where they are contiguous."""
    return [Parcel(name, _name_of(t.dtype), tuple(t.shape), _bytes_of(t.detach())) for name, t in named_tensors]


def unwrap(parcels: Iterable[Parcel]) -> Iterator[tuple[str, Tensor]]:
    """Yield the named tensors as copies, one at a time: whoever keeps one does not keep its whole bucket alive."""
    for parcel in parcels:
        tensor = torch.empty(parcel.shape, dtype=getattr(torch, parcel.dtype))
        _bytes_of(tensor)[:] = parcel.content
        yield parcel.name, tensor


def _name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _bytes_of(tensor: Tensor) -> npt.NDArray[np.uint8]:
    content: npt.NDArray[np.uint8] = tensor.contiguous().reshape(-1).view(torch.uint8).numpy()
    return content
