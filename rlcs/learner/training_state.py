"""The training state of one rank, parameter by parameter: weights and AdamW's moments, wherever ZeRO put them.

DeepSpeed keeps it in flat tensors, whose layout depends on the ZeRO stage and the number of ranks. A fragment says what
part of which parameter a piece of them is; so state that was saved in one layout can be put into another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rlcs.learner.host_memory import HostMemory

MOMENTS = ("exp_avg", "exp_avg_sq")
WEIGHT = "weight/"
MODEL = "model."
"""How the names of the module's parameters begin, before their names in the model."""


@dataclass(frozen=True)
class Fragment:
    """Elements `start` to `start + count` of the flattened parameter `name`, which has `total`.

    `flat` is the float32 tensor that the optimizer knows and `offset` where in it they lie. What is not trained (frozen
    parameters, buffers) lies in `flat` in its own type, and the optimizer knows nothing of it.
    """

    name: str
    start: int
    count: int
    total: int
    flat: Tensor
    offset: int
    is_trained: bool = True


class TrainingState:
    """What is saved of a DeepSpeed engine on this rank. All ranks call each method at the same time."""

    def __init__(self, engine: Any, zero_stage: int, rank: int, *, with_frozen: bool = True) -> None:
        """with_frozen: whether what is not trained is saved as well; without, it is what the model began with."""
        self._engine, self._stage, self._rank, self._with_frozen = engine, zero_stage, rank, with_frozen
        self._adamw: torch.optim.Optimizer = engine.optimizer if zero_stage == 0 else engine.optimizer.optimizer

    @property
    def steps(self) -> int:
        """How many steps the optimizer has counted, for its bias correction."""
        return max((int(state["step"]) for state in self._adamw.state.values() if "step" in state), default=0)

    def snapshot(
        self, whole: Mapping[str, Tensor], host: HostMemory
    ) -> tuple[dict[str, Tensor], dict[str, tuple[int, int]]]:
        """Return flat copies in `host` by key, and (start, total) of each in the whole flattened tensor.

        What all ranks hold alike is rank 0's to save. whole: copies of weights that are there already, by their names
        in the model; they are shared where they are in the optimizer's type.
        """
        tensors, places = {}, {}
        for fragment in self._fragments():
            if self._rank == 0 or not self._is_everywhere(fragment):
                copy = whole.get(fragment.name.removeprefix(MODEL))
                for key, view in self._pieces(fragment):
                    if key.startswith(WEIGHT) and copy is not None and copy.dtype == view.dtype:
                        tensors[key] = copy.reshape(-1).narrow(0, fragment.start, fragment.count)
                    else:
                        tensors[key] = host.copy(key, view)
                    places[key] = (fragment.start, fragment.total)
        return tensors, places

    def restore(self, read: Callable[[str, int, int, int], Tensor], *, steps: int) -> None:
        """Put saved state in the place of the present one; `read(key, start, count, total)` gives parts of it."""
        optimizer = self._engine.optimizer
        if self._stage == 3:
            optimizer.checkpoint_event_prologue()
        if steps == 0:
            self._adamw.state.clear()  # nothing was saved of it, as it had made no step yet
        for fragment in self._fragments():
            if fragment.is_trained and steps > 0:
                prepare(self._adamw, fragment.flat, steps)
            for key, view in self._pieces(fragment):
                view.copy_(read(key, fragment.start, fragment.count, fragment.total))
        take_into_use(self._engine, self._stage)
        if self._stage == 3:
            optimizer.checkpoint_event_epilogue()

    def _fragments(self) -> list[Fragment]:
        found = fragments_of(self._engine, self._stage, self._rank)
        return [fragment for fragment in found if fragment.is_trained or self._with_frozen]

    def _is_everywhere(self, fragment: Fragment) -> bool:
        return self._stage == 0 or (not fragment.is_trained and fragment.count == fragment.total)

    def _pieces(self, fragment: Fragment) -> Iterator[tuple[str, Tensor]]:
        """Yield (key, view) of what a fragment holds: its weights and, once the optimizer has stepped, both moments."""
        yield f"{WEIGHT}{fragment.name}", view_of(fragment.flat, fragment)
        state = self._adamw.state.get(fragment.flat, {}) if fragment.is_trained else {}
        for kind in MOMENTS:
            if kind in state:
                yield f"{kind}/{fragment.name}", view_of(state[kind], fragment)


def fragments_of(engine: Any, zero_stage: int, rank: int) -> list[Fragment]:
    """Return the fragments that this rank holds of a DeepSpeed engine's module; empty ones are left out."""
    module: nn.Module = engine.module
    places = {0: _whole, 1: _of_flat_group, 2: _of_flat_group, 3: _of_partition}
    found = []
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            found.append(places[zero_stage](name, parameter, engine.optimizer, rank))
        elif zero_stage == 3:
            found.append(_of_frozen_partition(name, parameter, rank))
        else:
            found.append(_untrained(name, parameter))
    saved = module.state_dict()
    found += [_untrained(name, buffer) for name, buffer in module.named_buffers() if name in saved]
    return [fragment for fragment in found if fragment is not None and fragment.count > 0]


def _whole(name: str, parameter: nn.Parameter, optimizer: Any, rank: int) -> Fragment:
    """Without ZeRO the optimizer knows the parameters themselves."""
    count = parameter.numel()
    return Fragment(name, 0, count, count, parameter, 0)


def _untrained(name: str, tensor: Tensor) -> Fragment:
    return Fragment(name, 0, tensor.numel(), tensor.numel(), tensor, 0, is_trained=False)


def _of_flat_group(name: str, parameter: Any, optimizer: Any, rank: int) -> Fragment | None:
    """ZeRO 1 and 2: all parameters of a group laid end to end and cut into one flat tensor a rank."""
    mapping = parameter._hp_mapping
    if mapping is None:
        return None
    inside, of_parameter = mapping.hp_fragment_address, mapping.lp_fragment_address
    (flat,) = optimizer.optimizer.param_groups[mapping.param_group_index]["params"]
    return Fragment(name, of_parameter.start, inside.numel, parameter.numel(), flat, inside.start)


def _of_partition(name: str, parameter: Any, optimizer: Any, rank: int) -> Fragment:
    """ZeRO 3: each parameter cut into equal parts, the last ones filled up or empty."""
    group, offset, count = optimizer.grad_position[optimizer.get_param_id(parameter)]
    flat, total = optimizer.fp32_partitioned_groups_flat[group], parameter.ds_numel
    return Fragment(name, rank * count, min(count, total - rank * count), total, flat, offset)


def _of_frozen_partition(name: str, parameter: Any, rank: int) -> Fragment:
    part, total = parameter.ds_tensor, parameter.ds_numel
    start = rank * part.ds_numel
    return Fragment(name, start, min(part.ds_numel, total - start), total, part, 0, is_trained=False)


def view_of(flat: Tensor, fragment: Fragment) -> Tensor:
    """Return the part of a flat tensor, weights or moments, that is a fragment's."""
    return flat.detach().reshape(-1).narrow(0, fragment.offset, fragment.count)


def prepare(optimizer: torch.optim.Optimizer, flat: Tensor, steps: int) -> None:
    """Give the optimizer the state of `steps` steps for a flat tensor, moments of zero, as its own step would."""
    state = optimizer.state[flat]
    for kind in MOMENTS:
        state.setdefault(kind, torch.zeros_like(flat, requires_grad=False))
    if not isinstance(optimizer, torch.optim.AdamW):  # DeepSpeed's, for host memory
        state["step"] = steps
        return
    on_device = optimizer.param_groups[0].get("fused") or optimizer.param_groups[0].get("capturable")
    state["step"] = torch.tensor(float(steps), device=flat.device if on_device else None)


def take_into_use(engine: Any, zero_stage: int) -> None:
    """Make the weights that the model computes with those of the fragments. All ranks call."""
    if zero_stage in (1, 2):
        engine.optimizer.update_lp_params()
    if zero_stage == 3:
        for group in range(len(engine.optimizer.fp32_partitioned_groups_flat)):
            engine.optimizer._reassign_or_swap_out_partitioned_parameters(group)
