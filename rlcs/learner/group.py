"""The learner ranks as one: samples go in, are packed and balanced over ranks, and updates come out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlcs.config.schema import LearnerConfig
from rlcs.learner.packing import PackPlan, plan_micro_steps
from rlcs.learner.prompt_packing import plan_samples
from rlcs.metrics import Metrics, mean
from rlcs.process.cluster import Pending, Worker, gather, wait_for
from rlcs.records import Sample

LogProbs = list[list[float]]
WHOLE = 1e-6
"""Weights of the parts of an episode add up to 1 but for so much."""
MEANWHILE_S = 0.05
"""How often during an update there is time for something else."""


class RankGroup:
    """All DeepSpeed ranks of a run. `begin` starts loading, `wait_until_ready` ends it."""

    def __init__(self, workers: Sequence[Worker], settings: LearnerConfig) -> None:
        self.workers = list(workers)
        self._settings = settings

    def begin(self, arguments: dict[str, Any]) -> None:
        """Let every rank load its network; `arguments` are those of its worker's `start` that all ranks share."""
        address, port = self.workers[0].call("endpoint").get()
        meeting = {"world_size": len(self.workers), "master_addr": address, "master_port": port}
        for rank, worker in enumerate(self.workers):
            worker.begin(rank=rank, **meeting, **arguments)

    def wait_until_ready(self) -> None:
        """Wait until every rank has loaded."""
        wait_for(self.workers)

    def make_room(self) -> None:
        """Give unused GPU memory back, for engines on the same GPUs."""
        gather([worker.call("make_room") for worker in self.workers])

    def begin_save(self, folder: Path) -> None:
        """Copy optimizer state and model as they are now; the ranks write them into a checkpoint while they go on."""
        gather([worker.call("begin_save", str(folder)) for worker in self.workers])

    def is_saved(self) -> bool:
        """Tell whether all ranks have ended writing; an answer comes between two updates."""
        return all(gather([worker.call("is_saved") for worker in self.workers]))

    def finish_save(self) -> None:
        """Wait until all ranks have written what `begin_save` copied; raise what went wrong."""
        gather([worker.call("finish_save") for worker in self.workers])

    def save_model(self, folder: Path) -> None:
        """Save the model alone, in Hugging Face format."""
        gather([worker.call("save_model", str(folder)) for worker in self.workers])

    def load(self, folder: Path) -> None:
        """Restore the optimizer state that `begin_save` copied."""
        gather([worker.call("load", str(folder)) for worker in self.workers])

    def plan_of(self, lengths: Sequence[int]) -> PackPlan:
        """Distribute what has these lengths over ranks and micro-steps."""
        return plan_micro_steps(lengths, num_ranks=len(self.workers), pack_tokens=self._settings.pack_tokens)

    def shared(self, method: str, items: Sequence[Any]) -> list[Any]:
        """Deal items to the ranks, call `method` with each hand, and return the answers in the order of the items."""
        hands = [list(items[rank :: len(self.workers)]) for rank in range(len(self.workers))]
        answers = gather([worker.call(method, hand) for worker, hand in zip(self.workers, hands, strict=True)])
        return [answers[number % len(self.workers)][number // len(self.workers)] for number in range(len(items))]


class LearnerGroup(RankGroup):
    """The ranks that train the policy."""

    def __init__(self, workers: Sequence[Worker], settings: LearnerConfig, *, image_token_cost: float = 0.0) -> None:
        """image_token_cost: work of the vision tower on an image token, in linear layers' work on a text token."""
        super().__init__(workers, settings)
        self._image_token_cost = image_token_cost
        self._layout: str | None = None

    def update(
        self, samples: Sequence[Sample], *, batch_share: float = 1.0, meanwhile: Callable[[], object] | None = None
    ) -> Metrics:
        """Train on the samples of one iteration in `updates_per_step` optimizer updates; return their mean metrics.

        batch_share: how much of the wanted batch the samples are, in (0, 1]; see `learner.short_batch`. meanwhile:
        called again and again while the ranks work.
        """
        started = time.perf_counter()
        parts = split_evenly(samples, self._settings.updates_per_step)
        # With one update the policy of the rollout is the policy before the update; with more, it must be kept.
        old = self.log_probs(samples) if len(parts) > 1 else None
        results = [self._update_once(samples, part, old, batch_share, meanwhile) for part in parts]
        metrics = {key: mean([result[key] for result in results]) for key in results[0]}
        metrics["learner/tokens"] = sum(result["learner/tokens"] for result in results)
        return metrics | {"learner/tokens_per_s": metrics["learner/tokens"] / (time.perf_counter() - started)}

    def _update_once(
        self,
        samples: Sequence[Sample],
        part: Sequence[int],
        old: LogProbs | None,
        batch_share: float,
        meanwhile: Callable[[], object] | None,
    ) -> Metrics:
        """Make one optimizer update from the samples numbered in `part`."""
        plan = self.plan([samples[number] for number in part])
        pending = []
        for worker, micro_steps in zip(self.workers, plan.ranks, strict=True):
            numbers = [[part[position] for position in step] for step in micro_steps]
            before = None if old is None else [[old[number] for number in step] for step in numbers]
            chosen = [[samples[number] for number in step] for step in numbers]
            given = {"old_log_probs": before, "batch_share": batch_share, **totals(samples, part)}
            pending.append(worker.call("update", chosen, **given))
        metrics: Metrics = gather(pending, meanwhile=meanwhile, every_s=MEANWHILE_S)[0]
        return metrics | plan_metrics(plan)

    def plan(self, samples: Sequence[Sample]) -> PackPlan:
        """Distribute samples over ranks and micro-steps."""
        if self._layout is None:
            self._layout = self.workers[0].call("layout").get()
        return plan_samples(
            samples,
            num_ranks=len(self.workers),
            pack_tokens=self._settings.pack_tokens,
            share=self._layout == "shared",
            image_token_cost=self._image_token_cost,
        )

    def log_probs(self, samples: Sequence[Sample]) -> LogProbs:
        """Log-probabilities of the samples' trained tokens under the present weights, 0.0 on others; shared work."""
        return self._read("log_probs", samples)

    def prompt_states(self, samples: Sequence[Sample]) -> NDArray[np.float32]:
        """Mean last hidden state of each sample's prompt tokens under the present weights, [number of samples, D]."""
        return np.stack(self._read("prompt_states", samples))

    def _read(self, method: str, samples: Sequence[Sample]) -> list[Any]:
        """Deal samples to the ranks as for an update, and return what `method` says of each."""
        hands = [[number for step in rank for number in step] for rank in self.plan(samples).ranks]
        asked = zip(self.workers, hands, strict=True)
        answers = gather([worker.call(method, [samples[number] for number in hand]) for worker, hand in asked])
        found = dict(zip(chain(*hands), chain(*answers), strict=True))
        return [found[number] for number in range(len(samples))]

    def stream_weights(self, bucket_bytes: int, hand_on: Callable[[Any], None]) -> None:
        """Gather the weights bucket by bucket and call `hand_on` with a reference to each, in order.

        While it runs the next bucket is made, no other: with the one handed on, two exist. What is left when it
        raises is dropped.
        """
        gather([worker.call("begin_weights", bucket_bytes) for worker in self.workers])
        answers, coming = self._next_bucket()
        while all(gather(answers)):
            bucket = coming
            answers, coming = self._next_bucket()
            hand_on(bucket)
            del bucket

    def _next_bucket(self) -> tuple[list[Pending], Any]:
        """Ask every rank for its next bucket; return their answers, whether there was one, and where rank 0's is."""
        asked = [worker.call_for_large("next_weights") for worker in self.workers]
        return [answer for answer, _ in asked], asked[0][1]


def split_evenly(samples: Sequence[Sample], num_parts: int) -> list[list[int]]:
    """Return the numbers of the samples in each part, dealt in turn so that groups spread over parts; no part empty.

    The parts of an episode stay together: one update would else have the first turns and another the last ones.
    """
    completions = whole_completions(samples)
    parts = [completions[start::num_parts] for start in range(num_parts)]
    return [[number for completion in part for number in completion] for part in parts if part]


def whole_completions(samples: Sequence[Sample]) -> list[list[int]]:
    """Return the numbers of the samples of each completion: those in a row whose weights add up to 1.

    Example, weights 1, 0.25, 0.75, 1: [[0], [1, 2], [3]].
    """
    found: list[list[int]] = [[]]
    weight = 0.0
    for number, sample in enumerate(samples):
        found[-1].append(number)
        weight += sample.weight
        if weight > 1.0 - WHOLE:
            found.append([])
            weight = 0.0
    return [numbers for numbers in found if numbers]


def totals(samples: Sequence[Sample], part: Sequence[int]) -> dict[str, float]:
    """Return the denominators of an update: its completions (parts of an episode by weight) and trained tokens."""
    num_tokens = sum(sum(samples[number].loss_mask) for number in part)
    return {"num_samples": math.fsum(samples[number].weight for number in part), "num_tokens": num_tokens}


def plan_metrics(plan: PackPlan) -> Metrics:
    """Return how well a plan fills micro-steps and balances ranks."""
    return {
        "learner/pack_efficiency": plan.pack_efficiency,
        "learner/rank_balance": plan.rank_balance,
        "learner/num_micro_steps": float(len(plan.ranks[0])),
        "learner/shared_tokens": plan.shared_tokens,
    }
