"""New weights over NCCL (own GPUs) or CUDA IPC (same GPUs): both ends of vLLM's weight transfer.

vLLM's sender (`WeightTransferTrainerFactory`, in the learner ranks) drives four calls, in this order; the receiver's
methods bear the same names and pass them to every GPU of the engine:

    init_weight_transfer_engine(init_info)   once: NCCL ranks meet, the packing is agreed on
    start_weight_update()                    each sync
    update_weights(update_info)              each sync; over NCCL it returns when the broadcast it listens to has ended
    finish_weight_update()                   each sync: the weights are in use, whatever the old ones had cached is gone

Rank 0 drives the receivers through an EngineClient; the other ranks take part in gathering. Needs GPUs: on CPU the
weights travel through the object store instead (rlcs/run/weight_sync.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from torch import Tensor
from vllm.config import set_current_vllm_config
from vllm.distributed.weight_transfer import ParamMeta, WeightSource, WeightTransferTrainerFactory
from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo
from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerInitInfo
from vllm.model_executor.model_loader.mtp_validation import disable_mtp_completeness_check
from vllm.model_executor.model_loader.reload import finalize_layerwise_reload, initialize_layerwise_reload

BACKENDS = ("nccl", "ipc")
NamedTensors = Callable[[], Iterator[tuple[str, Tensor]]]


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


class EngineClient:
    """The weight sender's way to all engines: four calls, each made on every engine at the same time."""

    def __init__(self, engines: list[Any], tensor_parallel: int) -> None:
        self._engines = engines
        self._tensor_parallel = tensor_parallel

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Let every engine meet the sender, each at ranks of its own."""
        infos = [init_info_of_engine(init_info, k, self._tensor_parallel) for k in range(len(self._engines))]
        self._call("init_weight_transfer_engine", [(info,) for info in infos])

    def start_weight_update(self) -> None:
        """Make the engines ready."""
        self._call("start_weight_update", [()] * len(self._engines))

    def update_weights(self, update_info: Any) -> None:
        """Let the engines take a piece of the weights."""
        self._call("update_weights", [(update_info,)] * len(self._engines))

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """Put the weights to use; the version is kept by RLCS itself."""
        self._call("finish_weight_update", [()] * len(self._engines))

    def _call(self, method: str, arguments: list[tuple[Any, ...]]) -> None:
        from rlcs.process.cluster import gather

        gather([e.call("receive", method, *some) for e, some in zip(self._engines, arguments, strict=True)])


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


def begin_reload(worker: Any) -> None:
    """Inside an engine's worker: make ready for weights that come in pieces, through the object store."""
    initialize_layerwise_reload(worker.get_model())


def take_weights(worker: Any, named_tensors: Iterable[tuple[str, Tensor]]) -> None:
    """Inside an engine's worker: take some of the weights."""
    with set_current_vllm_config(worker.vllm_config), disable_mtp_completeness_check():
        worker.get_model().load_weights(named_tensors)


def finish_reload(worker: Any) -> None:
    """Do what `reload_weights` of vLLM's model runner does when all weights have come."""
    runner = worker.model_runner
    with set_current_vllm_config(worker.vllm_config):
        finalize_layerwise_reload(worker.get_model(), runner.model_config)
    runner.reset_lora_state()
    runner.reset_encoder_cache()
    runner.reset_mm_cache()
