"""The sending side of vLLM's weight transfer: runs in the learner ranks, over NCCL (own GPUs) or CUDA IPC (same GPUs).

Rank 0 drives the receivers (`rollout.weight_transfer`) through a client with their four methods; the other ranks take
part in gathering. Needs GPUs: on CPU the weights travel through the object store instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor
from vllm.distributed.weight_transfer import ParamMeta, WeightSource, WeightTransferTrainerFactory
from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo
from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerInitInfo

NamedTensors = Callable[[], Iterator[tuple[str, Tensor]]]


class GatheredSource(WeightSource):
    """vLLM's view of the learner's weights: whole tensors, in checkpoint names, gathered anew at every sync."""

    def __init__(self, named_tensors: NamedTensors) -> None:
        self._named_tensors = named_tensors
        self._metadata: list[ParamMeta] | None = None

    def metadata(self) -> list[ParamMeta]:
        """Return name, dtype and shape of every tensor; the first call gathers once to learn them."""
        if self._metadata is None:
            self._metadata = [ParamMeta(name, tensor.dtype, tuple(tensor.shape)) for name, tensor in self]
        return self._metadata

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        return self._named_tensors()


def open_sender(
    backend: str, named_tensors: NamedTensors, *, client: Any, rank: int, address: str, port: int, world_size: int
) -> Any:
    """Meet the receivers and return vLLM's sender; `send_weights()` on every rank is one sync.

    client: anything with the receivers' four methods. address, port, world_size: meeting point and size of the NCCL
    group (rank 0 here and every GPU of every engine); CUDA IPC needs none of them.
    """
    info: NCCLTrainerInitInfo | IPCTrainerInitInfo
    if backend == "nccl":
        info = NCCLTrainerInitInfo(rank=rank, master_address=address, master_port=port, world_size=world_size)
    else:
        info = IPCTrainerInitInfo(rank=rank, packed=True)
    return WeightTransferTrainerFactory.trainer_init(info, client=client, source=GatheredSource(named_tensors))
