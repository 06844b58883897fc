"""Host memory that checkpoints are copied into, kept from one to the next.

Memory that a process has not touched yet costs several times what copying into it does, and a run stands still for it.
"""

from __future__ import annotations

import torch
from torch import Tensor


class HostMemory:
    """Copies of tensors by name; a later copy of a name takes the place of the one before."""

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}

    def copy(self, name: str, tensor: Tensor) -> Tensor:
        """Return a copy in host memory, valid until the next one of that name."""
        kept = self._kept.get(name)
        if kept is None or kept.shape != tensor.shape or kept.dtype != tensor.dtype:
            kept = self._kept[name] = torch.empty(tensor.shape, dtype=tensor.dtype)
        return kept.copy_(tensor.detach())
