"""Weights from the learner to the engines, and the proof that they arrived.

object_store (CPU): the learner gathers bucket by bucket into Ray's object store; while the engines read one, it makes
the next, and then waits for them. A lost engine does not hold up the others; its replacement gets all of the weights.
nccl, ipc (GPU): vLLM's own weight transfer, between GPUs or within one; rollout.weight_transfer.
The parity check scores the same completions in engine and learner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from rlcs.config.schema import SyncConfig
from rlcs.errors import RunStopped, WorkerLost
from rlcs.learner.group import LearnerGroup
from rlcs.process.cluster import Lost, Worker, gather, places_of, settle
from rlcs.records import Sample
from rlcs.tasks import Prompt
from rollout.pool import RolloutPool

TOLERANCE = {"float32": 1e-3, "bfloat16": 0.5}
LEAST_LIKELY = {"float32": -math.inf, "bfloat16": -10.0}
"""Log-probability below which a token is not compared: in bfloat16 its logit is a step of 0.1 or more off anyway."""


class WeightSync:
    """Keeps the engines on the learner's weights.

    `version` counts the updates behind the engines' weights, `learner_version` those behind the learner's.
    """

    def __init__(
        self,
        learners: LearnerGroup,
        rollout: RolloutPool,
        settings: SyncConfig,
        *,
        dtype: str,
        backend: str,
        tensor_parallel: int,
    ) -> None:
        self._learners = learners
        self._rollout = rollout
        self._settings = settings
        self._backend = backend
        self._tensor_parallel = tensor_parallel
        self._sender_is_open = False
        self.tolerance = settings.tolerance or TOLERANCE[dtype]
        self._least_likely = LEAST_LIKELY[dtype]
        self.version = self.learner_version = 0
        self._keeps = False
        self._pushed: list[Any] = []
        """References to the buckets of the last push, where they are kept."""
        rollout.restore = self._restore
        rollout.require_learners = lambda: places_of(learners.workers)

    def push(self, version: int) -> None:
        """Give every engine the learner's present weights."""
        self.version = self.learner_version = version
        if self._backend == "object_store":
            self._pushed = []
            self._rollout.replace_lost(self._send_buckets(self._rollout.workers))
            return
        if not self._sender_is_open:
            self._open_sender()
        gather([worker.call("send_weights") for worker in self._learners.workers])
        gather([worker.call("set_version", version) for worker in self._rollout.workers])

    def keep_pushed(self) -> None:
        """From now on keep what was pushed last, for an engine that is lost while the learner makes other weights.

        Only where weights go through the object store, which then holds one copy of them. Over NCCL the learner has to
        send them anew: a lost engine waits for the end of the update and gets what came out of it.
        """
        if not self._keeps and self._backend == "object_store":
            self._keeps = True
            if self.version > 0:
                self.push(self.version)

    def _restore(self, worker: Worker) -> int:
        """Give a new engine, in the place of a dead one, what the others hold; return the version of that."""
        if self._backend != "object_store":
            # The group that the dead engine belonged to is of no use any more: all meet anew.
            self._sender_is_open = False
            self.push(self.learner_version)
        elif self._keeps and self.version == 0:
            pass  # nothing was pushed yet: it has loaded the weights that the run began with
        else:
            (answer,) = self._send_buckets([worker])
            if isinstance(answer, Lost):
                raise WorkerLost(worker.name, answer.reason)
        return self.version

    def _send_buckets(self, workers: Sequence[Worker]) -> list[Any]:
        """Give engines the weights; return an answer for each, `Lost` for one that died or was stuck meanwhile."""
        answers: list[Any] = [None] * len(workers)

        def on_living(method: str, *arguments: Any) -> None:
            living = [number for number, answer in enumerate(answers) if not isinstance(answer, Lost)]
            given = settle([workers[number].call(method, *arguments) for number in living])
            for number, answer in zip(living, given, strict=True):
                answers[number] = answer

        def hand_on(bucket: Any) -> None:
            # Inside a list Ray hands the reference on, and the engine reads what is behind it.
            on_living("take_weights", [bucket])
            if self._keeps:
                pushed.append(bucket)

        pushed: list[Any] = []
        on_living("begin_weights")
        if self._pushed:
            for bucket in self._pushed:
                on_living("take_weights", [bucket])
        else:
            self._learners.stream_weights(self._settings.bucket_mib * 2**20, hand_on)
            self._pushed = pushed
        on_living("finish_weights", self.version)
        return answers

    def _open_sender(self) -> None:
        address, port = self._learners.workers[0].call("endpoint").get()
        arguments = {
            "tensor_parallel": self._tensor_parallel,
            "bucket_bytes": self._settings.bucket_mib * 2**20,
            "address": address,
            "port": port,
        }
        ranks, engines = self._learners.workers, self._rollout.workers
        gather([rank.call("open_sender", self._backend, engines, **arguments) for rank in ranks])
        self._sender_is_open = True

    def due(self, step: int) -> bool:
        """Tell whether the parity check is due after this step."""
        return self._settings.check_every > 0 and step % self._settings.check_every == 0

    def check(self, samples: Sequence[Sample]) -> float:
        """Return the largest |engine - learner| log-probability over some completions; stop the run when too large.

        Of tokens that were sampled: an inserted one can be so unlikely that a half-precision number tells nothing.
        """
        chosen = list(samples[: self._settings.check_completions])
        values = self._learners.log_probs(chosen)
        masks = [
            [on and value > self._least_likely for on, value in zip(sample.loss_mask, row, strict=True)]
            for sample, row in zip(chosen, values, strict=True)
        ]
        expected = kept(values, masks)
        found = self._rollout.ask_all("log_probs", chosen)
        gap = max(largest_gap(expected, kept(one, masks)) for one in found)
        if not gap <= self.tolerance:
            raise RunStopped(
                f"engine and learner disagree: log-probabilities differ by {gap:.3g}, tolerance {self.tolerance:.3g}; "
                "the engine does not run the weights that are trained (run rlcs doctor; sync.tolerance sets the limit)"
            )
        return gap


def kept(values: Sequence[Sequence[float]], masks: Sequence[Sequence[int | bool]]) -> list[list[float]]:
    """Return the values whose mask is on, row by row."""
    return [[value for value, on in zip(row, mask, strict=True) if on] for row, mask in zip(values, masks, strict=True)]


def largest_gap(expected: Sequence[Sequence[float]], found: Sequence[Sequence[float]]) -> float:
    """Return max |a - b| over two nested lists of equal shape; nan anywhere gives nan."""
    gaps = [abs(a - b) for one, other in zip(expected, found, strict=True) for a, b in zip(one, other, strict=True)]
    if any(gap != gap for gap in gaps):
        return float("nan")
    return max(gaps, default=0.0)


def resolve_backend(configured: str, *, placement: str, num_gpus: int) -> str:
    """Return how weights travel: what was asked for, else the object store on CPU, IPC colocated, NCCL otherwise."""
    if configured != "auto":
        return configured
    if num_gpus == 0:
        return "object_store"
    return "ipc" if placement == "colocated" else "nccl"


def as_sample(prompt: Prompt) -> Sample:
    """Return a sample that scores a prompt's own tokens, from its second one or from behind its last image on."""
    start = max([1, *(image.start + image.num_tokens for image in prompt.images)])
    rest = prompt.ids[start:]
    return Sample(
        prompt_ids=prompt.ids[:start],
        token_ids=rest,
        loss_mask=(1,) * len(rest),
        logprobs=(0.0,) * len(rest),
        advantage=0.0,
        images=prompt.images,
    )
