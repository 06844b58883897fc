"""One vLLM engine: samples groups with forced answers, scores given tokens, takes new weights. The only door to vllm.

Call `rlcs.process.environment.prepare_process()` before importing this file. The engine runs inside the calling
process; with tensor_parallel > 1 (GPU) vLLM starts a worker process per GPU and `close` ends them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import vllm.envs
from torch import Tensor, nn
from transformers import AutoConfig
from vllm import LLM, SamplingParams
from vllm.distributed import cleanup_dist_env_and_memory
from vllm.inputs import TokensPrompt, tokens_input
from vllm.model_executor.layers.logits_processor import LogitsProcessor
from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead
from vllm.platforms import current_platform
from vllm.sampling_params import RequestOutputKind
from vllm.utils.torch_utils import set_random_seed

from rlcs.config.schema import ImagesConfig, ModelConfig, RolloutConfig, VideoConfig
from rlcs.errors import UserError
from rlcs.images import has_vision, image_tokens
from rlcs.model.files import Preprocessing, load_preprocessing
from rlcs.model.log_probs import without
from rlcs.process.interrupts import interrupt_held
from rlcs.process.pulse import tick
from rlcs.records import Group, Sample
from rlcs.tasks.prompts import Prompt
from rollout.call import Call
from rollout.episodes.conversation import Conversation, shifted
from rollout.episodes.rules import EpisodeRules
from rollout.episodes.stage import Stage
from rollout.forcing import budgets_of, markers_of
from rollout.requests import (
    RolloutRequest,
    Sampling,
    Showing,
    check_expansion,
    combined_seed,
    with_images,
    with_more_images,
)
from rollout.vllm_cpu import prepare_cpu
from rollout.weight_transfer import WeightReceiver, begin_reload, finish_reload, take_weights

GIB = 2**30
MANY = 999
"""vLLM's own limit of images in a prompt."""
_ALWAYS: dict[str, Any] = {
    "enable_prefix_caching": True,
    # Log-probabilities of the distribution that was sampled from: temperature applied.
    "logprobs_mode": "processed_logprobs",
    # No temperature or top-p out of the checkpoint's generation_config.json (its stop tokens do count).
    "generation_config": "vllm",
    "use_tqdm_on_load": False,
}
"""Settings of vLLM that every engine has."""


class VllmEngine:
    """A vLLM engine in this process. `policy_version` counts the learner updates behind its weights."""

    def __init__(
        self,
        *,
        model_path: str,
        dtype: str,
        settings: RolloutConfig,
        images: ImagesConfig,
        max_model_len: int,
        seed: int,
        threads: int,
        many_images: bool = False,
        video: VideoConfig | None = None,
        num_videos: int = 0,
        trust_remote_code: bool = False,
        weight_transfer: str | None = None,
        sleep_mode: bool = False,
    ) -> None:
        """Load the model of a resolved folder or hub name.

        `max_model_len` counts prompt, thinking, inserted and answer tokens; `threads` are OpenMP threads (CPU);
        `many_images`: episodes show more than data.images.max_per_prompt, as many as have room; `num_videos`: most of a
        prompt; `weight_transfer` is vLLM's backend (nccl or ipc) when weights come through `receiver`; `sleep_mode`
        makes `sleep` free GPU memory.
        """
        if vllm.envs.VLLM_ENABLE_V1_MULTIPROCESSING:
            raise UserError(
                "VLLM_ENABLE_V1_MULTIPROCESSING=1 moves the engine into a child process; unset it or set it to 0"
            )
        self.policy_version = 0
        self._is_loading = False
        self.receiver = WeightReceiver(self._call_workers, self._take_into_use)
        self._on_cpu = current_platform.is_cpu()
        self._sleep_mode = sleep_mode and not self._on_cpu
        self._in_process = settings.tensor_parallel == 1
        self._temperature = settings.temperature or 1.0
        self._budgets = budgets_of(settings)
        self._max_num_seqs = settings.max_num_seqs
        if self._on_cpu:
            prepare_cpu(model_path, settings, threads=threads, trust_remote_code=trust_remote_code)
        most = MANY if many_images else images.max_per_prompt
        self._llm = LLM(
            model=model_path,
            dtype=dtype,  # type: ignore[arg-type]  # a string of ours, one of a Literal of theirs
            seed=seed,
            max_model_len=max_model_len,
            max_num_seqs=settings.max_num_seqs,
            trust_remote_code=trust_remote_code,
            enable_sleep_mode=self._sleep_mode,
            weight_transfer_config={"backend": weight_transfer} if weight_transfer else None,
            **_ALWAYS,
            **_image_settings(model_path, most, num_videos, trust_remote_code),
            **_device_settings(settings, on_cpu=self._on_cpu),
        )
        self._max_model_len = max_model_len
        self._markers = markers_of(self._llm.get_tokenizer(), settings)
        self._model = ModelConfig(path=model_path, trust_remote_code=trust_remote_code)
        self.stage = Stage()
        self._showing = self._see(images, video or VideoConfig())

    def _see(self, images: ImagesConfig, video: VideoConfig) -> Showing:
        """Return how images and videos are shown, whose tokens are never sampled from here on."""
        found = self._llm.model_config.hf_config
        if never := image_tokens(found):
            self._llm.apply_model(functools.partial(_never_sample, tokens=never))
        return Showing(images=images, video=video, video_token=getattr(found, "video_token_id", None))

    def generate(self, requests: Sequence[RolloutRequest], *, sampling: Sampling) -> Iterator[tuple[int, Group]]:
        """Yield (index of the request, group) as each group is done; completions in seed order.

        The same requests under the same weights give the same tokens, whatever was generated before and in whatever
        order environments answer. Closing the generator, or a KeyboardInterrupt, aborts what is left of it.
        """
        engine = self._llm.llm_engine
        assert not engine.has_unfinished_requests(), "an earlier generate call is still open"
        assert not self._is_loading, "half of the new weights are missing"
        self._check_lengths(requests)
        self._start_afresh(combined_seed(requests))
        call = Call(
            self,
            self.stage,
            requests,
            sampling,
            budgets=self._budgets,
            markers=self._markers,
            conversation=self._conversation,
            num_at_once=2 * self._max_num_seqs,
        )
        try:
            yield from call.groups()
        finally:
            with interrupt_held():
                engine.abort_request(call.leave())

    @functools.cached_property
    def _preprocessing(self) -> Preprocessing:
        """What makes tokens of observations; loaded with the first episode."""
        return load_preprocessing(self._model, self._showing.images, self._model.path)

    def _conversation(self, rules: EpisodeRules) -> Conversation:
        return Conversation(self._preprocessing.tokenizer, self._preprocessing.images, template=rules.chat_template)

    def step(self) -> list[Any]:
        """Make one pass over all that is being sampled; return the outputs of what has ended."""
        with interrupt_held():
            tick()
            return self._llm.llm_engine.step()

    def prepare(self, prompt: Prompt, *, task_id: str) -> Any:
        """Return what the engine takes of a prompt, its images processed: once for all completions."""
        if not prompt.images:
            return tokens_input(list(prompt.ids))
        (made,) = self._llm.renderer.render_cmpl([with_images(prompt.ids, prompt.images, self._showing)])
        check_expansion(made["prompt_token_ids"], prompt.ids, task_id=task_id)
        return made

    def extend(self, made: Any, ids: Sequence[int], shown: Prompt, *, task_id: str) -> Any:
        """Return what the engine takes when a part has become `ids`; of the images only new ones are processed."""
        longer = {**made, "prompt_token_ids": list(ids)}
        if not shown.images:
            return longer
        at = len(ids) - len(shown.ids)
        message = Prompt(ids=shown.ids, images=tuple(shifted(shown.images, -at)))
        return with_more_images(longer, self.prepare(message, task_id=task_id), at=at)

    def submit(self, key: str, made: Any, *, max_tokens: int, temperature: float, seed: int | None) -> None:
        """Let the engine sample up to `max_tokens` behind a prompt."""
        params = _sampling_params(max_tokens, temperature, seed)
        with interrupt_held():
            self._llm.llm_engine.add_request(key, made, params)

    def _start_afresh(self, seed: int) -> None:
        """Make the next tokens a function of weights, prompts and seed alone: seed every worker, empty the cache.

        One seed per call, not per request: a generator per request costs a tenth of the throughput (docs/rollout.md).
        """
        self._llm.collective_rpc(_seed_worker, args=(seed,))
        self._llm.reset_prefix_cache()

    def _check_lengths(self, requests: Sequence[RolloutRequest]) -> None:
        room = self._max_model_len - self._budgets.of_turn(self._markers)
        for request in requests:
            if len(request.prompt_ids) > room:
                raise UserError(
                    f"the prompt of task {request.task.id} has {len(request.prompt_ids)} tokens, and beside thinking "
                    f"and answer there is room for {room}; lower data.max_prompt_tokens to that, or "
                    "rollout.max_think_tokens or rollout.max_answer_tokens"
                )

    def log_probs(self, samples: Sequence[Sample]) -> list[list[float]]:
        """Return the log-probability of each of a sample's tokens after its prompt and images: lists of length T.

        Under the engine's present weights, at rollout.temperature, as `generate` would have reported them.
        """
        assert not self._is_loading, "half of the new weights are missing"
        prompts: list[TokensPrompt] = [
            with_images((*sample.prompt_ids, *sample.token_ids), sample.images, self._showing) for sample in samples
        ]
        params = SamplingParams(prompt_logprobs=0, max_tokens=1, detokenize=False, flat_logprobs=True)
        with interrupt_held(), self._scaled_logits(1.0 / self._temperature):
            outputs = self._llm.generate(prompts, params, use_tqdm=False)
        # The first token of a sequence has no log-probability: entry k belongs to token k + 1.
        found = [output.prompt_logprobs.logprobs for output in outputs]  # type: ignore[union-attr]
        return [list(values[len(sample.prompt_ids) - 1 :]) for values, sample in zip(found, samples, strict=True)]

    @contextmanager
    def _scaled_logits(self, scale: float) -> Iterator[None]:
        """Multiply all logits by `scale` meanwhile: vLLM scores prompt tokens without temperature."""
        if scale == 1.0:
            yield
            return
        self._llm.apply_model(functools.partial(_multiply_logit_scale, factor=scale))
        try:
            yield
        finally:
            self._llm.apply_model(functools.partial(_multiply_logit_scale, factor=1.0 / scale))

    def load_weights(self, named_tensors: Iterable[tuple[str, Tensor]], *, version: int) -> None:
        """Take new weights, in Hugging Face names, one tensor at a time; for an engine inside this process."""
        self.begin_weights()
        self.take_weights(named_tensors)
        self.finish_weights(version=version)

    def begin_weights(self) -> None:
        """Make ready for new weights, which `take_weights` brings in pieces. What came before without an end is lost.

        Until `finish_weights` the engine holds parts of two models and refuses to sample or to score.
        """
        if not self._in_process:
            raise UserError(
                "sync.backend=object_store cannot reach an engine of rollout.tensor_parallel > 1, whose workers are "
                "processes of their own; set sync.backend to nccl or ipc"
            )
        with interrupt_held():
            if self._is_loading:
                self._call_workers(finish_reload)
            self._is_loading = True
            self._call_workers(begin_reload)

    def take_weights(self, named_tensors: Iterable[tuple[str, Tensor]]) -> None:
        """Take some of the new weights; a layer is taken over when all of it is there."""
        assert self._is_loading, "begin_weights comes first"
        with interrupt_held():
            self._call_workers(take_weights, named_tensors=named_tensors)

    def finish_weights(self, *, version: int) -> None:
        """Put the new weights to use, all of which have come; `version` counts the learner updates behind them."""
        assert self._is_loading, "begin_weights comes first"
        with interrupt_held():
            self._call_workers(finish_reload)
            self._is_loading = False
            self._take_into_use()
            self.policy_version = version

    def _take_into_use(self) -> None:
        """Finish an update of the weights: drop whatever the old ones left behind."""
        if self._on_cpu:
            self._llm.apply_model(_repack_output_head)
        self._llm.reset_prefix_cache()
        # The model runner has dropped its encoder outputs; the scheduler must know, or requests with images fail.
        self._llm.llm_engine.reset_encoder_cache()

    def sleep(self) -> None:
        """Free GPU memory for a colocated learner: weights move to host memory, the cache goes. Nothing on CPU."""
        if self._sleep_mode:
            self._llm.sleep(level=1)

    def wake_up(self) -> None:
        """Come back from `sleep`."""
        if self._sleep_mode:
            self._llm.wake_up()

    def close(self) -> None:
        """End the engine and every process it started, and free its memory."""
        self.stage.end()
        self._llm.llm_engine.engine_core.shutdown()
        del self._llm
        cleanup_dist_env_and_memory()

    def _call_workers(self, method: str | Callable[..., None], **arguments: Any) -> None:
        self._llm.collective_rpc(method, kwargs=arguments)


def _image_settings(model_path: str, most: int, num_videos: int, trust_remote_code: bool) -> dict[str, Any]:
    """Return the arguments of LLM for a vision-language model; none for a text model."""
    if not has_vision(AutoConfig.from_pretrained(model_path, trust_remote_code=trust_remote_code)):
        return {}
    return {
        "limit_mm_per_prompt": {"image": most, "video": num_videos},
        # A prompt is processed once for its whole group, here; a cache would take the pixels out of its other copies.
        "mm_processor_cache_gb": 0,
    }


def _device_settings(settings: RolloutConfig, *, on_cpu: bool) -> dict[str, Any]:
    """Return the arguments of LLM that differ between CPU and GPU."""
    if on_cpu:
        return {
            "enforce_eager": True,
            "kv_cache_memory_bytes": int(settings.kv_cache_gib * GIB),
            "block_size": 32,  # a group shares whole blocks of its prompt only, and vLLM's 128 are more than many hold
        }
    return {
        "enforce_eager": settings.enforce_eager,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "tensor_parallel_size": settings.tensor_parallel,
        # Inside a Ray actor vLLM would otherwise ask Ray for GPUs that the actor holds already.
        "distributed_executor_backend": "mp" if settings.tensor_parallel > 1 else "uni",
    }


@functools.lru_cache
def _sampling_params(max_tokens: int, temperature: float, seed: int | None) -> SamplingParams:
    return SamplingParams(
        seed=seed,
        max_tokens=max_tokens,
        temperature=temperature,
        top_p=1.0,
        top_k=0,
        logprobs=0,
        flat_logprobs=True,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _seed_worker(worker: Any, seed: int) -> None:
    set_random_seed(seed)


def _multiply_logit_scale(model: nn.Module, factor: float) -> None:
    for module in model.modules():
        if isinstance(module, LogitsProcessor):
            module.scale *= factor


def _never_sample(model: nn.Module, tokens: tuple[int, ...]) -> None:
    """Take tokens out of the distribution, sampled from or only scored, as the learner does (rlcs.model.log_probs)."""
    for module in model.modules():
        if isinstance(module, LogitsProcessor):
            module.register_forward_hook(lambda _module, _inputs, logits: without(logits, tokens))


def _repack_output_head(model: nn.Module) -> None:
    """Pack the output head again from its weight: a head tied to the embeddings keeps its old packing at a reload."""
    for module in model.modules():
        if isinstance(module, ParallelLMHead):
            module.quant_method.process_weights_after_loading(module)
