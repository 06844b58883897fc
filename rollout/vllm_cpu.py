"""What an engine on CPU needs of its process: part of the door to vllm (rollout/vllm_engine.py)."""

from __future__ import annotations

import functools
from typing import Any

import torch
from transformers import AutoConfig
from vllm import ModelRegistry
from vllm.v1.worker.gpu_input_batch import InputBatch

from rlcs.config.schema import RolloutConfig
from rlcs.errors import UserError


def prepare_cpu(model_path: str, settings: RolloutConfig, *, threads: int, trust_remote_code: bool) -> None:
    """Prepare this process for an engine on CPU, before the engine exists."""
    if settings.tensor_parallel > 1:
        raise UserError(
            f"rollout.tensor_parallel={settings.tensor_parallel} needs GPUs and there are none; set it to 1"
        )
    torch.set_num_threads(threads)
    # vLLM compiles one tiny function of its sampler, which costs 4 to 25 s at the first token and gains nothing here.
    torch._dynamo.config.disable = True
    _inspect_in_process(AutoConfig.from_pretrained(model_path, trust_remote_code=trust_remote_code))
    _take_draws_back()


class RewindableGenerator(torch.Generator):
    """A generator on CPU that goes back to where it was when it was made, whichever offset is asked for.

    vLLM draws a token also behind a part of a prompt, and takes the draw back by the generator's offset, which those on
    CPU do not have: they raise.
    """

    def __init__(self) -> None:
        self.beginning = self.get_state()

    @classmethod
    def like(cls, generator: torch.Generator) -> RewindableGenerator:
        """Return one that is where `generator` is."""
        found = cls()
        found.set_state(generator.get_state())
        found.beginning = generator.get_state()
        return found

    def get_offset(self) -> int:
        """Return any number: there is one place to go back to."""
        return 0

    def set_offset(self, offset: int) -> torch.Generator:
        """Go back to the beginning."""
        return self.set_state(self.beginning)


def _take_draws_back() -> None:
    """Give requests with a seed generators that can be rewound.

    A request joins the batch before its prompt is computed, or computed again, and draws nothing that counts before all
    of it is: so what is taken back always goes back to where it joined.
    """
    original = InputBatch.add_request
    if hasattr(original, "__wrapped__"):
        return  # another engine of this process

    @functools.wraps(original)
    def add_request(self: Any, request: Any) -> int:
        if request.generator is not None:
            request.generator = RewindableGenerator.like(request.generator)
        return int(original(self, request))

    setattr(InputBatch, "add_request", add_request)  # noqa: B010  (mypy knows no other way to replace a method)


def _inspect_in_process(config: Any) -> None:
    """Let vLLM look at the model's class here instead of in a child process.

    The child is there to keep CUDA out of the parent. It would import transformers without `prepare_process`.
    """
    for architecture in config.architectures or ():
        known = ModelRegistry.models.get(architecture)
        if known is not None and hasattr(known, "load_model_cls"):
            del ModelRegistry.models[architecture]
            ModelRegistry.register_model(architecture, known.load_model_cls())
