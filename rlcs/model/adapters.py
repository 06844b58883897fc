"""Adapters on disk in the format of PEFT, which `peft` and transformers load; and merged into their base.

adapter_config.json  adapter_model.safetensors (base_model.model.NAME.lora_A.weight, …lora_B.weight)
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from rlcs.config.schema import LoraConfig, ModelConfig
from rlcs.errors import loading
from rlcs.model.export import bucket_names, named_as_saved, write_configuration, write_tensors, write_weights
from rlcs.model.lora import A, B, adapters_of, add_adapters, is_of_adapter, whole
from rlcs.process.environment import prepare_process

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
PREFIX = "base_model.model."
ENDS = {A: ".lora_A.weight", B: ".lora_B.weight"}
"""What PEFT calls our parameters."""
BUCKET_BYTES = 512 * 2**20


def adapter_names(model: PreTrainedModel) -> list[str]:
    """Return the names of the parameters of adapters."""
    return [name for name, _ in model.named_parameters() if is_of_adapter(name)]


def write_adapter(folder: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write the parameters of adapters, given by their names in the model."""
    write_tensors(folder / WEIGHTS, {_named_as_in_peft(name): t for name, t in tensors.items()}, {"format": "pt"})


def write_adapter_config(folder: Path, model: PreTrainedModel, settings: LoraConfig, *, base: str) -> None:
    """Write what PEFT must know of the adapters of a model; base: folder or hub name of what is below them."""
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": settings.rank,
        "lora_alpha": settings.alpha,
        "target_modules": shortened(list(adapters_of(model)), [name for name, _ in model.named_modules()]),
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n")


def shortened(chosen: list[str], existing: Iterable[str]) -> list[str]:
    """Return the last parts of names, as people write them, if these choose the same among `existing`; else `chosen`.

    Example: of all layers' q_proj and v_proj ["q_proj", "v_proj"].
    """
    ends = sorted({name.rpartition(".")[2] for name in chosen})
    found = {name for name in existing if name.rpartition(".")[2] in ends}
    return ends if found == set(chosen) else chosen


def base_of(folder: Path) -> str:
    """Return folder or hub name of the model that the adapter in a folder belongs to."""
    base: str = _config_of(folder)["base_model_name_or_path"]
    return base


def write_merged(adapter: Path, folder: Path) -> None:
    """Write the model that an adapter makes of its base, with the tokenizer or processor that lies beside the adapter.

    The type of its weights is that of the adapter. UserError where the base is not to be had.
    """
    prepare_process()
    from rlcs.model.policy import load_model

    config, saved = _config_of(adapter), load_file(adapter / WEIGHTS)
    base, dtype = base_of(adapter), next(iter(saved.values())).dtype
    with loading(base, key=f"the base of {adapter}"):
        model = load_model(base, ModelConfig(path=base), dtype=dtype, packed=False)
    add_adapters(model, LoraConfig(rank=config["r"], alpha=config["lora_alpha"], targets=config["target_modules"]))
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in adapter_names(model):
            parameters[name].copy_(saved[_named_as_in_peft(name)])
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(folder, _merged_buckets(model))
    write_configuration(folder, model, dtype=dtype)
    for file in adapter.iterdir():
        if file.name not in (CONFIG, WEIGHTS):
            shutil.copy(file, folder)


def _merged_buckets(model: PreTrainedModel) -> Iterator[list[tuple[str, Tensor]]]:
    for names in bucket_names(model, BUCKET_BYTES):
        yield named_as_saved(model, whole(model, names))


def _named_as_in_peft(name: str) -> str:
    (own,) = [own for own in ENDS if name.endswith(own)]
    return f"{PREFIX}{name.removesuffix(own)}{ENDS[own]}"


def _config_of(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / CONFIG).read_text())
    return config
