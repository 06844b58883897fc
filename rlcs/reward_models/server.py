"""A reward model that serves: answers to a prompt in, ratings out. Runs in a process of its own (worker.py)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch

from rewards.running.ratings import Rating
from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError
from rlcs.model.files import load_tokenizer
from rlcs.process.pulse import tick
from rlcs.records import Messages
from rlcs.reward_models.conversations import ConversationEncoder, TooLong
from rlcs.reward_models.network import classifier_fault, load_reward_model
from rlcs.reward_models.pairs import batch_of

log = logging.getLogger("rlcs.reward_models")


class RewardServer:
    """Rates answers with one sequence classifier: float32 on CPU, bfloat16 on GPU."""

    def __init__(self, *, name: str, path: str, max_tokens: int, batch_tokens: int, on_gpu: bool, threads: int) -> None:
        """Load the model; a UserError says that it is none. max_tokens and batch_tokens: see RewardModelConfig."""
        from transformers import AutoConfig

        if fault := classifier_fault(AutoConfig.from_pretrained(path)):
            raise UserError(f"reward_models.{name}.path={path} is no reward model: {fault}")
        if not on_gpu:
            torch.set_num_threads(threads)
        settings = ModelConfig(path=path)
        tokenizer = load_tokenizer(settings, path)
        self.device = torch.device("cuda" if on_gpu else "cpu")
        dtype = torch.bfloat16 if on_gpu else torch.float32
        module = load_reward_model(path, settings, dtype=dtype, layout="padded", tokenizer=tokenizer)
        self.module = module.to(self.device).eval()
        self.encoder = ConversationEncoder(tokenizer)
        self.max_tokens, self.batch_tokens = max_tokens, batch_tokens

    def rate(self, prompt: str | Messages, answers: Sequence[str]) -> list[Rating]:
        """Return a rating of each answer, in order; what goes wrong is told in them and never raised."""
        try:
            encoded = [self._encode(prompt, answer) for answer in answers]
            values = iter(self._values([one for one in encoded if not isinstance(one, Rating)]))
            return [one if isinstance(one, Rating) else Rating(value=next(values)) for one in encoded]
        except Exception as error:  # a fault of ours must cost the policy nothing, nor end the process
            log.exception("the reward model failed")
            return [Rating(message=f"{type(error).__name__}: {error}")] * len(answers)

    def _encode(self, prompt: str | Messages, answer: str) -> tuple[int, ...] | Rating:
        try:
            return self.encoder.encode(prompt, answer, max_tokens=self.max_tokens)
        except TooLong as error:
            return Rating(is_too_long=True, message=str(error))

    @torch.inference_mode()
    def _values(self, conversations: Sequence[tuple[int, ...]]) -> list[float]:
        """Return the value of each conversation; the longest come first, so that batches hold like lengths."""
        values = [0.0] * len(conversations)
        for numbers in batches([len(conversation) for conversation in conversations], self.batch_tokens):
            batch = batch_of([conversations[number] for number in numbers], self.device)
            found = self.module(batch).tolist()
            tick()
            for number, value in zip(numbers, found, strict=True):
                values[number] = value
        return values


def batches(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Return the numbers of rows in each batch: at most batch_tokens slots, padding included, but at least one row.

    Example: lengths [5, 9, 4], 10 slots: [[1], [0, 2]].
    """
    found: list[list[int]] = []
    width = 0
    for number in sorted(range(len(lengths)), key=lambda number: -lengths[number]):
        if not found or (len(found[-1]) + 1) * width > batch_tokens:
            found.append([])
            width = lengths[number]
        found[-1].append(number)
    return found
