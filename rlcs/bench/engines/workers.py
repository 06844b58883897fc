"""The worker processes of `rlcs bench throughput`: the run's own workers with a stop-watch, and their bare rivals.

Plain classes with light imports, like those of rlcs.learner.worker.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from rlcs.config.schema import ImagesConfig, LearnerConfig, ModelConfig, VideoConfig
from rlcs.learner.worker import LearnerWorker
from rlcs.process.environment import prepare_process
from rlcs.records import Group, Sample
from rollout.worker import RolloutWorker


class CpuClock:
    """Tells what the process has cost so far: unlike the clock on the wall, it stands still while others are served."""

    def cpu_seconds(self) -> float:
        """CPU seconds of all threads of this process since its start."""
        return time.process_time()


class BenchRolloutWorker(CpuClock, RolloutWorker):
    """A rollout worker that knows how long its engine worked, and can let vLLM generate without anything around it."""

    engine_s = 0.0

    def generate(self, requests: list[Any], **options: Any) -> Iterator[tuple[int, Group]]:
        """Stream finished groups as always; `engine_s` is the time outside of Ray's hands."""
        self.engine_s = 0.0
        groups = super().generate(requests, **options)
        for _ in requests:
            started = time.perf_counter()
            item = next(groups)
            self.engine_s += time.perf_counter() - started
            yield item

    def engine_seconds(self) -> float:
        """Seconds that the engine took for the last `generate`."""
        return self.engine_s

    def generate_bare(self, requests: list[Any], *, num_completions: int, temperature: float) -> tuple[int, float]:
        """Let vLLM's own `LLM.generate` sample the same prompts; return sampled tokens and seconds.

        Same seed and sampling parameters, thinking and answer budgets as one, n completions a prompt; no forcing, no
        groups, no text.
        Reaches under VllmEngine on purpose: what lies there is what VllmEngine is compared with.
        """
        from rollout.requests import combined_seed, with_images
        from rollout.vllm_engine import _sampling_params

        budgets = self.engine._budgets
        params = _sampling_params(budgets.max_think_tokens + budgets.max_answer_tokens, temperature).clone()
        params.n = num_completions
        prompts: list[Any] = [with_images(one.prompt_ids, one.images, self.engine._showing) for one in requests]
        self.engine._start_afresh(combined_seed(requests))
        started = time.perf_counter()
        outputs = self.engine._llm.generate(prompts, params, use_tqdm=False)
        seconds = time.perf_counter() - started
        return sum(len(one.token_ids) for output in outputs for one in output.outputs), seconds


class BenchLearnerWorker(CpuClock, LearnerWorker):
    """A learner rank that knows how long its updates take inside its own process."""

    rank_s = 0.0

    def update(self, micro_steps: list[list[Sample]], **totals: Any) -> dict[str, float]:
        """Update as always; `rank_s` leaves out planning and transfer."""
        started = time.perf_counter()
        metrics = super().update(micro_steps, **totals)
        self.rank_s = time.perf_counter() - started
        return metrics

    def rank_seconds(self) -> float:
        """Seconds that the last update took."""
        return self.rank_s


class BareLearner(CpuClock):
    """A plain torch loop over micro-batches that lie ready: forward, backward, AdamW. No DeepSpeed, Ray or clipping."""

    def start(
        self,
        *,
        model_path: str,
        model: ModelConfig,
        images: ImagesConfig,
        video: VideoConfig,
        learner: LearnerConfig,
        temperature: float,
        threads: int,
        layout: str,
    ) -> None:
        """Load the policy; `layout` is shared, packed or padded, `threads` are torch threads (CPU)."""
        prepare_process()
        import torch

        from rlcs.learner.deepspeed_config import resolve_dtype
        from rlcs.model.policy import PolicyModel, load_model
        from rlcs.model.vision import ImageReader, load_processor

        torch.set_num_threads(threads)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        dtype = resolve_dtype(model.dtype, self._device)
        processor = load_processor(model, model_path)
        self._reader = None if processor is None else ImageReader(processor, images, video)
        loaded = load_model(model_path, model, dtype=dtype, packed=layout != "padded")
        self._policy = PolicyModel(loaded, layout=layout, temperature=temperature).to(self._device)
        beta1, beta2 = learner.betas
        self._optimizer = torch.optim.AdamW(
            self._policy.parameters(), lr=learner.lr, betas=(beta1, beta2), weight_decay=learner.weight_decay,
            fused=self._device.type == "cuda",
        )  # fmt: skip
        self._batches: list[Any] = []

    def num_parameters(self) -> int:
        """Parameters of the policy."""
        return sum(parameter.numel() for parameter in self._policy.parameters())

    def collate(self, micro_steps: Sequence[Sequence[Sample]]) -> float:
        """Make the micro-batches that `update` runs on; return how long that took in seconds."""
        from rlcs.model.batch import collate, filled

        started = time.perf_counter()
        whole = [filled(samples, self._reader) for samples in micro_steps]
        share = self._policy.layout == "shared"
        self._batches = [collate(samples, self._device, self._reader, share=share) for samples in whole]
        self._wait()
        return time.perf_counter() - started

    def update(self) -> float:
        """Make one update of minus the mean of advantage times log-probability; return seconds."""
        started = time.perf_counter()
        num_tokens = sum(len(batch.targets) for batch, _ in self._batches)
        for batch, labels in self._batches:
            log_probs, _ = self._policy(batch)
            (-(log_probs * labels.advantages * labels.mask).sum() / num_tokens).backward()
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._wait()
        return time.perf_counter() - started

    def _wait(self) -> None:
        """Wait for a GPU to finish what it was given."""
        import torch

        if self._device.type == "cuda":
            torch.cuda.synchronize()
