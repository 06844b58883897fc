"""New weights for an engine over NCCL (own GPUs) or CUDA IPC (same GPUs): the receiving side of vLLM's weight transfer.

vLLM's sender (`WeightTransferTrainerFactory`, in the learner) drives four calls, in this order; the receiver's methods
bear the same names and pass them to every GPU of the engine:

    init_weight_transfer_engine(init_info)   once: NCCL ranks meet, the packing is agreed on
    start_weight_update()                    each sync
    update_weights(update_info)              each sync; over NCCL it returns when the broadcast it listens to has ended
    finish_weight_update()                   each sync: the weights are in use, whatever the old ones had cached is gone
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

BACKENDS = ("nccl", "ipc")


class WeightReceiver:
    """The receiving side of one engine. `call_workers(method, **arguments)` runs a method on each of its GPUs."""

    def __init__(self, call_workers: Callable[..., None], after_update: Callable[[], None]) -> None:
        self._call_workers = call_workers
        self._after_update = after_update

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Meet the sender; blocks until all ranks are there."""
        self._call_workers("init_weight_transfer_engine", init_info=init_info)

    def start_weight_update(self) -> None:
        """Make the model ready to take weights in checkpoint format."""
        self._call_workers("start_weight_update")

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """Take one piece of the weights; `update_info` has names, dtypes, shapes, and with IPC where the bytes are."""
        self._call_workers("update_weights", update_info=update_info)

    def finish_weight_update(self) -> None:
        """Bring the weights into the form that the kernels use and forget what was computed with the old ones."""
        self._call_workers("finish_weight_update")
        self._after_update()


def nccl_world_size(num_engines: int, tensor_parallel: int) -> int:
    """Return the ranks of the transfer group: the sender (rank 0) and every GPU of every engine."""
    return 1 + num_engines * tensor_parallel


def init_info_of_engine(init_info: dict[str, Any], engine: int, tensor_parallel: int) -> dict[str, Any]:
    """Return the sender's init info as engine number `engine` must get it.

    vLLM's sender gives all engines rank offset 1, right for one engine: with several, each needs ranks of its own.
    Engine 2 of tensor_parallel 4 has ranks 9 to 12. CUDA IPC has no ranks and passes unchanged.
    """
    if "rank_offset" not in init_info:
        return init_info
    return {**init_info, "rank_offset": init_info["rank_offset"] + engine * tensor_parallel}
