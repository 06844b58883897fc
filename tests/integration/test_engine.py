"""A real vLLM engine on CPU against a transformers forward pass, on randomly perturbed weights (never fresh ones).

Everything runs with an output head of its own and with one tied to the embeddings: at a reload the two differ.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from rlcs.process.environment import prepare_process

prepare_process()

import torch  # noqa: E402
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM  # noqa: E402
from vllm.distributed.weight_transfer import WeightTransferEngine, WeightTransferEngineFactory  # noqa: E402
from vllm.model_executor.model_loader.reload import (  # noqa: E402
    finalize_layerwise_reload,
    initialize_layerwise_reload,
)

from rlcs.bench.engines.throughput import training_samples  # noqa: E402
from rlcs.config.schema import ImagesConfig, RolloutConfig  # noqa: E402
from rlcs.errors import UserError  # noqa: E402
from rlcs.records import Completion, Group, Task  # noqa: E402
from rollout.requests import RolloutRequest, Sampling  # noqa: E402
from rollout.vllm_engine import VllmEngine, markers_of  # noqa: E402

SPECIAL = ("<pad>", "<eos>", "<think>", "</think>", "<answer>", "</answer>", "<turn>")
EOS, THINK_END, ANSWER_START, TURN = 1, 3, 4, 6
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789+=-*/.?!"
VOCABULARY = (*SPECIAL, *LETTERS, *(f"<unused{k}>" for k in range(13)))
TOLERANCE = 1e-4
SETTINGS = RolloutConfig(max_think_tokens=12, max_answer_tokens=5, temperature=0.7, kv_cache_gib=0.25, max_num_seqs=64)


@dataclass
class World:
    """A model as transformers sees it, and the engine that has loaded its files."""

    model: Qwen2ForCausalLM
    folder: Path
    engine: VllmEngine


def build_model(folder: Path, *, tied: bool, seed: int) -> Qwen2ForCausalLM:
    """Write a perturbed random model with a character tokenizer; <turn> ends a response too, as in chat models."""
    assert len(VOCABULARY) == 64
    tokenizer = Tokenizer(models.WordLevel({token: k for k, token in enumerate(VOCABULARY)}, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<eos>", pad_token="<pad>", additional_special_tokens=list(SPECIAL[2:])
    ).save_pretrained(folder)
    config = Qwen2Config(
        vocab_size=64, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=512, tie_word_embeddings=tied, eos_token_id=EOS, pad_token_id=0,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(config).eval()
    perturb(model)
    model.generation_config.eos_token_id = [EOS, TURN]
    model.save_pretrained(folder)
    return model


def perturb(model: Qwen2ForCausalLM) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))


def start_engine(folder: Path, *, weight_transfer: str | None = None) -> VllmEngine:
    # vLLM looks at every name of every module; Flask's, loaded by the dashboard's tests, raise outside of a request.
    with Flask(__name__).test_request_context():
        return VllmEngine(
            model_path=str(folder), dtype="float32", settings=SETTINGS, images=ImagesConfig(), max_model_len=256,
            seed=0, threads=1, weight_transfer=weight_transfer,
        )  # fmt: skip


class InMemoryTransfer(WeightTransferEngine):
    """A real weight transfer backend of vLLM whose wire is a dictionary: what a receiver does shows without a GPU."""

    init_info_cls = dict
    update_info_cls = dict
    wire: dict[str, torch.Tensor] = {}
    rank_offset: int | None = None

    def parse_init_info(self, init_info):
        return init_info

    def parse_update_info(self, update_info):
        return update_info

    def init_transfer_engine(self, init_info):
        InMemoryTransfer.rank_offset = init_info["rank_offset"]

    def start_weight_update(self):
        initialize_layerwise_reload(self.model)

    def update_weights(self, update_info):
        self.receive_weights(update_info)

    def receive_weights(self, update_info):
        self.model.load_weights([(name, self.wire[name]) for name in update_info["names"]])

    def finish_weight_update(self):
        finalize_layerwise_reload(self.model, self.model_config)

    def shutdown(self):
        pass


WeightTransferEngineFactory.register_engine("in_memory", InMemoryTransfer)


@pytest.fixture(scope="module", params=["untied", "tied"])
def world(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    model = build_model(folder, tied=request.param == "tied", seed=1)
    world = World(model, folder, start_engine(folder, weight_transfer="in_memory"))
    yield world
    world.engine.close()


def requests(num_tasks: int, *, seed: int = 0, prompt_length: int = 4) -> list[RolloutRequest]:
    def one(number: int) -> RolloutRequest:
        task = Task(id=f"made:{number}", source="made", domain="logic", prompt="?", answer="7")
        prompt = tuple(7 + (number * 5 + k * k) % 44 for k in range(prompt_length))
        return RolloutRequest(task=task, prompt_ids=prompt, seed=seed + number)

    return [one(number) for number in range(num_tasks)]


def sample(engine: VllmEngine, some: list[RolloutRequest], *, temperature: float = 0.7, n: int = 4) -> list[Group]:
    sampling = Sampling(num_completions=n, temperature=temperature)
    arrived = dict(engine.generate(some, sampling=sampling))
    return [arrived[index] for index in range(len(some))]


def completions(groups: list[Group]) -> list[tuple[tuple[int, ...], Completion]]:
    return [(group.prompt_ids, completion) for group in groups for completion in group.completions]


def reference(model: Qwen2ForCausalLM, prompt_ids, token_ids, temperature: float) -> torch.Tensor:
    """Log-probabilities [T] of the tokens in one float32 forward pass."""
    with torch.no_grad():
        logits = model(torch.tensor([[*prompt_ids, *token_ids]]), use_cache=False).logits[0, len(prompt_ids) - 1 : -1]
    return (logits / temperature).log_softmax(-1).gather(1, torch.tensor(token_ids)[:, None])[:, 0]


def sampling_gap(model: Qwen2ForCausalLM, groups: list[Group], temperature: float) -> float:
    """Largest |sampled - reference| log-probability over the tokens that were sampled."""
    gaps = []
    for prompt_ids, completion in completions(groups):
        difference = reference(model, prompt_ids, completion.token_ids, temperature) - torch.tensor(completion.logprobs)
        gaps.append((difference * torch.tensor(completion.loss_mask)).abs().max().item())
    return max(gaps)


def scoring_gap(world: World, groups: list[Group]) -> float:
    """Largest |engine.log_probs - reference| over all tokens, inserted ones included."""
    samples = training_samples(groups)
    found = world.engine.log_probs(samples)
    expected = [reference(world.model, s.prompt_ids, s.token_ids, SETTINGS.temperature) for s in samples]
    return max((torch.tensor(a) - b).abs().max().item() for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_sampled_log_probabilities_are_those_of_the_distribution_sampled_from(world, temperature):
    groups = sample(world.engine, requests(32), temperature=temperature)
    kinds = {(completion.forced, completion.finish_reason) for _, completion in completions(groups)}
    assert kinds >= {(True, "length"), (False, "length"), (False, "stop")}, "the sample must hold every kind"
    assert sampling_gap(world.model, groups, temperature) < TOLERANCE


def test_given_tokens_are_scored_at_the_sampling_temperature(world):
    assert scoring_gap(world, sample(world.engine, requests(4))) < TOLERANCE


def test_thinking_and_answer_keep_their_own_budgets(world):
    for _, completion in completions(sample(world.engine, requests(16))):
        tokens = completion.token_ids
        if completion.forced:
            assert tokens[12:14] == (THINK_END, ANSWER_START)
            assert completion.loss_mask == (1,) * 12 + (0, 0) + (1,) * (len(tokens) - 14)
            assert completion.logprobs[12:14] == (0.0, 0.0)
        if THINK_END in tokens:
            assert tokens.index(THINK_END) <= 12
            assert len(tokens) - tokens.index(THINK_END) - 1 <= 5 + completion.forced
        else:
            assert completion.finish_reason == "stop"


def test_every_stop_token_of_the_checkpoint_ends_a_response_and_leaves_its_text(world):
    stopped = [c for _, c in completions(sample(world.engine, requests(32))) if c.finish_reason == "stop"]
    assert {completion.token_ids[-1] for completion in stopped} == {EOS, TURN}
    assert all(len(completion.token_ids) == len(completion.logprobs) for completion in stopped)
    assert not any("<eos>" in completion.text or "<turn>" in completion.text for completion in stopped)


def test_the_text_keeps_special_tokens(world):
    forced = [c for _, c in completions(sample(world.engine, requests(8))) if c.forced]
    assert forced
    assert all("</think><answer>" in completion.text for completion in forced)


def test_groups_stream_out_one_by_one_with_their_own_task_and_prompt(world):
    some = requests(16)
    world.engine.policy_version = 3
    stream = world.engine.generate(some, sampling=Sampling(num_completions=2, temperature=0.7))
    first, group = next(stream)
    rest = list(stream)
    assert group.task is some[first].task
    assert group.completions[0].policy_version == 3
    assert sorted([first, *(index for index, _ in rest)]) == list(range(16))
    assert [first, *(index for index, _ in rest)] != list(range(16)), "groups should come as they finish"
    assert all(found.prompt_ids == some[index].prompt_ids for index, found in rest)


def test_the_same_requests_give_the_same_tokens_whatever_came_before(world):
    long_prompts = requests(6, prompt_length=150)
    first = sample(world.engine, long_prompts)
    other = sample(world.engine, requests(6, seed=100, prompt_length=150))
    assert sample(world.engine, long_prompts) == first
    assert [group.completions for group in other] != [group.completions for group in first]


@pytest.mark.parametrize("world", ["untied"], indirect=True)
def test_another_process_gives_the_same_tokens(world):
    code = """
import json, pathlib, sys
from test_engine import *
engine = start_engine(pathlib.Path(sys.argv[1]))
print(json.dumps([completion.token_ids for _, completion in completions(sample(engine, requests(8)))]))
"""
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [sys.executable, "-c", code, str(world.folder)],
        env={**os.environ, "PYTHONPATH": f"{root}:{Path(__file__).parent}"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-2000:]
    here = [list(completion.token_ids) for _, completion in completions(sample(world.engine, requests(8)))]
    assert json.loads(result.stdout.splitlines()[-1]) == here


def test_a_generator_closed_early_leaves_the_engine_clean(world):
    some = requests(24)
    expected = sample(world.engine, some)
    sampling = Sampling(num_completions=4, temperature=0.7)
    stream = world.engine.generate(some, sampling=sampling)
    next(stream)
    stream.close()
    assert sample(world.engine, some) == expected
    stream = world.engine.generate(some, sampling=sampling)
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        stream.throw(KeyboardInterrupt)
    assert sample(world.engine, some) == expected


def test_a_ctrl_c_in_the_middle_of_a_step_leaves_the_engine_clean(world, monkeypatch):
    some = requests(24)
    expected = sample(world.engine, some)
    executor = world.engine._llm.llm_engine.model_executor
    sample_tokens, calls = executor.sample_tokens, itertools.count()

    def interrupted(*args, **kwargs):
        if next(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return sample_tokens(*args, **kwargs)

    monkeypatch.setattr(executor, "sample_tokens", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sample(world.engine, some)
    monkeypatch.undo()
    assert next(calls) == 4, "the interrupt ends the call with the step in which it came"
    assert sample(world.engine, some) == expected


def test_greedy_sampling_repeats_itself_within_a_group(world):
    for group in sample(world.engine, requests(3), temperature=0.0):
        assert len({completion.token_ids for completion in group.completions}) == 1


def test_a_prompt_without_room_for_thinking_and_answer_is_an_error_that_names_the_settings(world):
    with pytest.raises(UserError, match=r"has 240 tokens.*room for 237.*data\.max_prompt_tokens"):
        sample(world.engine, requests(1, prompt_length=240))


def test_new_weights_replace_the_old_ones_every_time(world):
    for version in range(1, 4):
        perturb(world.model)
        world.engine.load_weights(world.model.named_parameters(), version=version)
        assert world.engine.policy_version == version
        groups = sample(world.engine, requests(6))
        assert sampling_gap(world.model, groups, SETTINGS.temperature) < TOLERANCE
        assert scoring_gap(world, groups) < TOLERANCE


def test_weights_are_taken_one_tensor_at_a_time(world):
    pulled = itertools.count()

    def stream():
        for name, parameter in world.model.named_parameters():
            next(pulled)
            yield name, parameter

    world.engine.load_weights(stream(), version=4)
    assert next(pulled) == len(list(world.model.named_parameters()))


def test_an_engine_with_half_of_its_new_weights_refuses_to_sample_and_can_be_given_all_of_them(world):
    perturb(world.model)
    weights = list(world.model.named_parameters())
    world.engine.begin_weights()
    world.engine.take_weights(weights[: len(weights) // 2])
    with pytest.raises(AssertionError, match="half of the new weights"):
        sample(world.engine, requests(1))
    perturb(world.model)
    world.engine.begin_weights()
    for number in range(0, len(weights), 3):
        world.engine.take_weights(weights[number : number + 3])
    world.engine.finish_weights(version=5)
    groups = sample(world.engine, requests(6))
    assert sampling_gap(world.model, groups, SETTINGS.temperature) < TOLERANCE
    assert scoring_gap(world, groups) < TOLERANCE


def test_the_receiver_takes_weights_through_vllms_own_transfer(world):
    perturb(world.model)
    weights = dict(world.model.named_parameters())
    InMemoryTransfer.wire = weights
    receiver = world.engine.receiver
    receiver.init_weight_transfer_engine({"rank_offset": 5})
    assert InMemoryTransfer.rank_offset == 5
    receiver.start_weight_update()
    names = list(weights)
    receiver.update_weights({"names": names[:10]})
    receiver.update_weights({"names": names[10:]})
    receiver.finish_weight_update()
    groups = sample(world.engine, requests(6))
    assert sampling_gap(world.model, groups, SETTINGS.temperature) < TOLERANCE


def test_a_marker_of_several_tokens_is_cut_by_the_tokenizer(world):
    settings = RolloutConfig(think_end="end.", answer_start="")
    markers = markers_of(world.engine._llm.get_tokenizer(), settings)
    expected = tuple(VOCABULARY.index(letter) for letter in "end.")
    assert (markers.think_end_ids, markers.answer_start_ids) == (expected, ())
    assert markers.think_length((7, *expected, 7)) == 5


def test_a_sleep_on_cpu_changes_nothing(world):
    expected = sample(world.engine, requests(3))
    world.engine.sleep()
    world.engine.wake_up()
    assert sample(world.engine, requests(3)) == expected
