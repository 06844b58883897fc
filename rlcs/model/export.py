"""A model's weights as a stream of buckets, and that stream as files in Hugging Face format; never whole at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from rlcs.model.lora import is_of_adapter

if TYPE_CHECKING:
    from transformers import PreTrainedModel

SHARD_BYTES = 4 * 2**30


def write_weights(folder: Path, buckets: Iterable[list[tuple[str, Tensor]]], *, shard_bytes: int = SHARD_BYTES) -> None:
    """Write named tensors as model.safetensors, or as numbered shards with an index when they exceed `shard_bytes`."""
    shards: list[list[str]] = []
    pending: dict[str, Tensor] = {}
    total = 0
    for name, tensor in (item for bucket in buckets for item in bucket):
        if pending and _size(pending.values()) + tensor.nbytes > shard_bytes:
            shards.append(_write_shard(folder, len(shards), pending))
            pending = {}
        pending[name] = tensor.contiguous()
        total += tensor.nbytes
    shards.append(_write_shard(folder, len(shards), pending))
    _name_shards(folder, shards, total)


def write_tensors(path: Path, tensors: dict[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a safetensors file; OSError where that fails, as of anything else that is written."""
    try:
        save_file(tensors, path, metadata=dict(metadata))
    except SafetensorError as error:
        raise OSError(str(error)) from error


def write_configuration(folder: Path, model: PreTrainedModel, *, dtype: torch.dtype) -> None:
    """Write config.json and, for models that generate, generation_config.json as transformers and vLLM read them."""
    model.config.architectures = [type(model).__name__]
    model.config.dtype = str(dtype).removeprefix("torch.")
    model.config.save_pretrained(folder)
    generation = getattr(model, "generation_config", None)  # classifiers have no such attribute
    if generation is not None:
        generation.save_pretrained(folder)


def bucket_names(model: PreTrainedModel, bucket_bytes: int) -> list[list[str]]:
    """Name the parameters and saved buffers in model order, in buckets of about so many bytes; shared ones once.

    Adapters are left out: they are merged into the weights.
    """
    parameters = dict(model.named_parameters())
    shared = {name for name, _ in model.named_parameters(remove_duplicate=False)} - set(parameters)
    buckets: list[list[str]] = [[]]
    size = 0
    for name, tensor in model.state_dict().items():
        if name in shared or is_of_adapter(name):
            continue
        # Under ZeRO-3 a parameter knows its whole size, while `numel` is that of what is here.
        count = getattr(parameters.get(name), "ds_numel", tensor.numel()) * tensor.element_size()
        if buckets[-1] and size + count > bucket_bytes:
            buckets.append([])
            size = 0
        buckets[-1].append(name)
        size += count
    return buckets


def named_as_saved(model: PreTrainedModel, tensors: dict[str, Tensor]) -> list[tuple[str, Tensor]]:
    """Rename (and, where transformers merges experts, split) weights into what a checkpoint holds."""
    from transformers.core_model_loading import revert_weight_conversion

    return list(revert_weight_conversion(model, tensors).items())


def _size(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.nbytes for tensor in tensors)


def _unnamed(folder: Path, number: int) -> Path:
    return folder / f"shard-{number:05d}.safetensors"


def _write_shard(folder: Path, number: int, tensors: dict[str, Tensor]) -> list[str]:
    write_tensors(_unnamed(folder, number), tensors, {"format": "pt"})
    return list(tensors)


def _name_shards(folder: Path, shards: list[list[str]], total: int) -> None:
    """Give the shards their final names, which hold their number: known only now."""
    if len(shards) == 1:
        _unnamed(folder, 0).rename(folder / "model.safetensors")
        return
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards):
        final = f"model-{number + 1:05d}-of-{len(shards):05d}.safetensors"
        _unnamed(folder, number).rename(folder / final)
        weight_map |= dict.fromkeys(names, final)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2))
