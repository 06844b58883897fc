"""LoRA (arXiv 2106.09685): linear layers stay as they are, and what is trained is a product of low rank beside each.

    y = x W^T + (alpha / rank) (x A^T) B^T        A [rank, in], B [out, rank]

A begins as PEFT begins it, B at 0, so that training starts from the base. The class of each layer is changed in place:
names of weights, saving and ZeRO go on as if nothing were there, and the weights that leave the learner are merged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from rlcs.config.schema import LoraConfig
from rlcs.errors import UserError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

WEIGHT, A, B = ".weight", ".lora_a", ".lora_b"
"""How the names of a layer's parameters end."""


class LoraLinear(nn.Linear):
    """A linear layer with an adapter beside it."""

    lora_a: nn.Parameter
    lora_b: nn.Parameter
    scale: float
    is_on: bool

    def forward(self, input: Tensor) -> Tensor:
        """Return x W^T + bias and, unless the adapter is off, what that adds."""
        base = super().forward(input)
        if not self.is_on:
            return base
        return base + nn.functional.linear(nn.functional.linear(input, self.lora_a), self.lora_b) * self.scale

    def merged(self) -> Tensor:
        """Return W + scale B A, worked out in float32, in the type of W. Under ZeRO-3 all three must be gathered."""
        added = self.lora_b.detach().float() @ self.lora_a.detach().float()
        return (self.weight.detach().float() + self.scale * added).to(self.weight.dtype)


def add_adapters(model: PreTrainedModel, settings: LoraConfig) -> None:
    """Freeze a model, and put an adapter beside the linear layers that were not frozen before and are asked for."""
    names = layers_to_adapt(model, settings.targets)
    model.requires_grad_(False)
    for name in names:
        layer = model.get_submodule(name)
        layer.__class__ = LoraLinear
        assert isinstance(layer, LoraLinear)
        a = nn.init.kaiming_uniform_(torch.empty(settings.rank, layer.in_features), a=math.sqrt(5))
        layer.lora_a = nn.Parameter(a.to(layer.weight.device, layer.weight.dtype))
        layer.lora_b = nn.Parameter(layer.lora_a.new_zeros(layer.out_features, settings.rank))
        layer.scale, layer.is_on = settings.alpha / settings.rank, True


def layers_to_adapt(model: PreTrainedModel, targets: Sequence[str]) -> list[str]:
    """Return the names of the linear layers that get an adapter; UserError for a target that none of them has."""
    head = model.get_output_embeddings()
    possible = [
        name
        for name, layer in model.named_modules()
        if type(layer) is nn.Linear and layer is not head and layer.weight.requires_grad
    ]
    for target in targets:
        if not any(_ends(name, target) for name in possible):
            ends = sorted({name.rpartition(".")[2] for name in possible})
            raise UserError(f"model.lora.targets: no layer that can be adapted is called {target!r}; there are {ends}")
    return [name for name in possible if not targets or any(_ends(name, target) for target in targets)]


def _ends(name: str, target: str) -> bool:
    return name == target or name.endswith(f".{target}")


def adapters_of(model: nn.Module) -> dict[str, LoraLinear]:
    """Return the layers with an adapter, by name."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, LoraLinear)}


@contextmanager
def adapters_off(model: nn.Module) -> Iterator[None]:
    """Let a model be its base inside."""
    layers = adapters_of(model).values()
    for layer in layers:
        layer.is_on = False
    try:
        yield
    finally:
        for layer in layers:
            layer.is_on = True


def is_of_adapter(name: str) -> bool:
    """Tell whether a parameter's name is that of an adapter, which no checkpoint of the base knows."""
    return name.endswith((A, B))


def behind(model: nn.Module, names: Sequence[str]) -> list[Tensor]:
    """Return everything that `whole` reads for these names, to be gathered."""
    adapters = adapters_of(model)
    found = []
    for name in names:
        found.append(_tensor(model, name))
        layer = adapters.get(name.removesuffix(WEIGHT))
        if layer is not None and name.endswith(WEIGHT):
            found += [layer.lora_a, layer.lora_b]
    return found


def whole(model: nn.Module, names: Sequence[str]) -> dict[str, Tensor]:
    """Return weights by name: merged ones where there is an adapter, otherwise the weights themselves."""
    adapters = adapters_of(model)
    return {
        name: adapters[name.removesuffix(WEIGHT)].merged()
        if name.endswith(WEIGHT) and name.removesuffix(WEIGHT) in adapters
        else _tensor(model, name).detach()
        for name in names
    }


def _tensor(model: nn.Module, name: str) -> Tensor:
    layer, _, own = name.rpartition(".")
    tensor: Tensor = getattr(model.get_submodule(layer), own)
    return tensor
