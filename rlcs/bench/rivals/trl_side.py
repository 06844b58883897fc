"""TRL's side of `rlcs bench rivals`: a GRPOTrainer that does a step when it is told to.

theirs.py runs this file, with the Python of an environment that has TRL: `python trl_side.py SETTINGS.json`. It imports
nothing of RLCS. SETTINGS.json holds `model` (a folder), `tasks` (a JSONL file of texts, in the order in which they are
to be taken), `num_tokens` (of each of these texts) and `grpo` (arguments of GRPOConfig). Messages are lines of JSON:

    to stdout   {"ready": {package: version}}, once the model is loaded
                {"judge": {"tasks": [number], "token_ids": [[token]]}}, in the middle of a step
                {"step": {"seconds": …, "num_completions": …, "num_tokens": …, "parts": {phase: seconds}}}, after it
                {"saved": folder}
    from stdin  {"step": threads}, {"save": folder}; {"scores": [score or null]} as the answer to "judge"

It ends when stdin does.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

PACKAGES = ("trl", "transformers", "torch", "accelerate", "datasets")


class Channel:
    """Lines of JSON over what were stdin and stdout; what libraries print goes to stderr."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def tell(self, **message: Any) -> None:
        """Send one message."""
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for a message; when the other side is gone, so is this process."""
        line = sys.stdin.readline()
        if not line:
            raise SystemExit
        message: dict[str, Any] = json.loads(line)
        return message


class Judge:
    """The reward function: the other side judges, with the verifiers that judge its own completions."""

    __name__ = "judge"

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.num_completions = self.num_tokens = 0
        self.asked = self.answered = 0.0
        """Moments between which the completions of this step were judged."""

    def __call__(self, *, completion_ids: list[list[int]], number: list[int], **_: Any) -> list[float | None]:
        """Return a score for each completion of a generation batch."""
        self.num_completions, self.num_tokens = len(completion_ids), sum(map(len, completion_ids))
        self.asked = time.perf_counter()
        self._channel.tell(judge={"tasks": number, "token_ids": completion_ids})
        scores: list[float | None] = self._channel.hear()["scores"]
        self.answered = time.perf_counter()
        return scores

    def step(self, started: float, ended: float) -> dict[str, Any]:
        """Return what is told of a step between these moments."""
        parts = {"rollout": self.asked - started, "score": self.answered - self.asked, "learn": ended - self.answered}
        counts = {"num_completions": self.num_completions, "num_tokens": self.num_tokens}
        return {"seconds": ended - started, **counts, "parts": parts}


def main(settings: dict[str, Any]) -> None:
    """Load, then do steps as they are asked for; end with the other side."""
    channel = Channel()
    trainer, judge = make_trainer(settings, channel)
    add_steps(trainer, judge, channel)
    channel.tell(ready={name: importlib.metadata.version(name) for name in PACKAGES})
    trainer.train()
    wait_for_turn(trainer, channel)  # what it has learned may be asked for


def make_trainer(settings: dict[str, Any], channel: Channel) -> tuple[Any, Judge]:
    """Return the trainer, and its judge. Raises ValueError when prompts have other tokens than on the other side."""
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(settings["model"], padding_side="left")
    texts = [json.loads(line) for line in Path(settings["tasks"]).read_text(encoding="utf-8").splitlines()]
    if [len(ids) for ids in tokenizer(text=texts)["input_ids"]] != settings["num_tokens"]:
        raise ValueError("prompts have other numbers of tokens in this environment; the work would not be the same")
    judge = Judge(channel)
    trainer = GRPOTrainer(
        model=settings["model"],
        reward_funcs=judge,
        args=GRPOConfig(**settings["grpo"]),
        train_dataset=Dataset.from_dict({"prompt": texts, "number": list(range(len(texts)))}),
        processing_class=tokenizer,
    )
    return trainer, judge


def add_steps(trainer: Any, judge: Judge, channel: Channel) -> None:
    """Let the trainer wait before each step until it is told to do it, and tell what the step took."""
    from transformers import TrainerCallback

    class Steps(TrainerCallback):
        def on_step_begin(self, *_: Any, **__: Any) -> None:
            wait_for_turn(trainer, channel)
            self.started = time.perf_counter()

        def on_step_end(self, *_: Any, **__: Any) -> None:
            channel.tell(step=judge.step(self.started, time.perf_counter()))

    trainer.add_callback(Steps())


def wait_for_turn(trainer: Any, channel: Channel) -> None:
    """Wait for the word to do a step, with so many threads; save when that is asked for."""
    import torch

    while "step" not in (order := channel.hear()):
        trainer.model.save_pretrained(order["save"])
        trainer.processing_class.save_pretrained(order["save"])
        channel.tell(saved=order["save"])
    torch.set_num_threads(order["step"])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
