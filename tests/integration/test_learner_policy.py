"""The policy module in both layouts against the Hugging Face model's own logits, one sample at a time."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rlcs.config.schema import ModelConfig
from rlcs.errors import UserError
from rlcs.model.batch import collate
from rlcs.model.policy import BLOCK_ATTENTION, PolicyModel, layout_of, load_model
from rlcs.process.environment import prepare_process
from rlcs.records import Sample

CPU = torch.device("cpu")
TEMPERATURE = 0.7
SMALL: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 40,
    "pad_token_id": 0,
}


def save_tiny(folder: Path, kind: str, **settings: Any) -> str:
    """Save a tiny model of a real architecture with perturbed weights; return its folder."""
    prepare_process()
    import transformers

    torch.manual_seed(2)
    config = getattr(transformers, f"{kind}Config")(**SMALL | settings)
    model = transformers.AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        parameter.data.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return str(folder)


def make_samples() -> list[Sample]:
    """Samples of prompts of these lengths with completions of those; the third is too short a prompt to be shared."""
    draw = random.Random(4)
    samples = []
    for prompt, sizes in ((1, [1]), (3, [9, 2]), (2, [30, 25]), (12, [1, 30, 3, 28, 30]), (5, [8])):
        prompt_ids = tuple(draw.randrange(1, 40) for _ in range(prompt))
        samples += [
            Sample(
                prompt_ids=prompt_ids,
                token_ids=tuple(draw.randrange(1, 40) for _ in range(size)),
                loss_mask=(1,) * size,
                logprobs=(0.0,) * size,
                advantage=draw.gauss(0.0, 1.0),
            )
            for size in sizes
        ]
    draw.shuffle(samples)
    return samples


def load(path: str, *, layout: str = "packed", attention: str = "auto", checkpointing: bool = False) -> PolicyModel:
    settings = ModelConfig(path=path, attention=attention, gradient_checkpointing=checkpointing)
    model = load_model(path, settings, dtype=torch.float32, packed=layout != "padded")
    return PolicyModel(model.train(), layout=layout, temperature=TEMPERATURE)


def flat_gradient(policy: PolicyModel) -> Tensor:
    return torch.cat(
        [parameter.grad.flatten() for parameter in policy.model.parameters() if parameter.grad is not None]
    )


def run_together(policy: PolicyModel, samples: list[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities, entropies and the gradient of the advantage-weighted sum, from one forward pass."""
    batch, labels = collate(samples, CPU, share=policy.layout == "shared")
    assert len(batch.input_ids) == sum(sample.num_tokens for sample in samples) - (
        51 if policy.layout == "shared" else 0
    )
    log_probs, entropy = policy(batch)
    (log_probs * labels.advantages).sum().backward()
    return log_probs.detach(), entropy, flat_gradient(policy)


def run_alone(path: str, samples: list[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """The same from the model's own logits, a sample at a time, with eager attention."""
    policy = load(path, attention="eager")
    found, entropies = [], []
    for sample in samples:
        tokens = torch.tensor([*sample.prompt_ids, *sample.token_ids])
        logits = policy.model(input_ids=tokens[None], use_cache=False).logits[0].float() / TEMPERATURE
        start = len(sample.prompt_ids)
        every = torch.log_softmax(logits[start - 1 : -1], dim=-1)
        chosen = every[torch.arange(len(sample.token_ids)), tokens[start:]]
        (chosen * sample.advantage).sum().backward()
        found.append(chosen.detach())
        entropies.append(torch.distributions.Categorical(logits=every.detach()).entropy())
    return torch.cat(found), torch.cat(entropies), flat_gradient(policy)


def assert_equal_runs(policy: PolicyModel, path: str) -> None:
    samples = make_samples()
    found, expected = run_together(policy, samples), run_alone(path, samples)
    torch.testing.assert_close(found[0], expected[0], rtol=1e-5, atol=2e-5)
    torch.testing.assert_close(found[1], expected[1], rtol=1e-5, atol=2e-5)
    assert float((found[2] - expected[2]).norm() / expected[2].norm()) < 1e-5


@pytest.mark.parametrize(
    "layout, attention",
    [("shared", "auto"), ("packed", "auto"), ("packed", "sdpa"), ("packed", "eager"), ("padded", "auto")],
)
@pytest.mark.parametrize("tied", [True, False])
def test_every_layout_gives_the_gradient_of_single_samples(
    tmp_path: Path, layout: str, attention: str, tied: bool
) -> None:
    path = save_tiny(tmp_path, "Qwen2", tie_word_embeddings=tied)
    policy = load(path, layout=layout, attention=attention)
    assert policy.scorer is not None
    assert_equal_runs(policy, path)


def test_samples_that_see_one_another_would_be_noticed(tmp_path: Path) -> None:
    # The packed row as one long sample: the comparison above must be able to fail.
    path = save_tiny(tmp_path, "Qwen2")
    first, second = sorted(make_samples(), key=lambda sample: sample.num_tokens)[-4:-2]
    joined = Sample(
        prompt_ids=(*first.prompt_ids, *first.token_ids, *second.prompt_ids),
        token_ids=second.token_ids,
        loss_mask=second.loss_mask,
        logprobs=second.logprobs,
        advantage=second.advantage,
    )
    policy = load(path)
    apart, _, _ = run_together(policy, [second])
    leaked, _, _ = run_together(policy, [joined])
    assert float((apart - leaked).abs().max()) > 0.01


@pytest.mark.parametrize("layout", ["shared", "packed"])
def test_gradient_checkpointing_changes_no_number(tmp_path: Path, layout: str) -> None:
    path = save_tiny(tmp_path, "Qwen2")
    assert_equal_runs(load(path, layout=layout, checkpointing=True), path)


@pytest.mark.parametrize("layout", ["shared", "packed", "padded"])
def test_sliding_windows_shorter_than_a_sample_are_kept(tmp_path: Path, layout: str) -> None:
    settings = {"sliding_window": 6, "use_sliding_window": True, "layer_types": ["sliding_attention", "full_attention"]}
    path = save_tiny(tmp_path, "Qwen2", **settings)
    policy = load(path, layout=layout)
    assert (policy.model.config._attn_implementation == BLOCK_ATTENTION) == (layout != "padded")
    assert_equal_runs(policy, path)


@pytest.mark.parametrize("kind, settings", [("Granite", {"logits_scaling": 3.0}), ("Cohere", {"logit_scale": 0.3})])
def test_models_that_scale_their_logits_go_through_their_own_head(
    tmp_path: Path, kind: str, settings: dict[str, Any]
) -> None:
    path = save_tiny(tmp_path, kind, **settings)
    for layout in ("shared", "packed", "padded"):
        policy = load(path, layout=layout)
        assert policy.scorer is None
        assert_equal_runs(policy, path)


def test_attention_with_soft_caps_keeps_the_model_s_own_masks(tmp_path: Path) -> None:
    path = save_tiny(tmp_path, "Gemma2", attn_logit_softcapping=5.0, final_logit_softcapping=3.0, sliding_window=64)
    policy = load(path, attention="eager")
    assert policy.scorer is None
    assert_equal_runs(policy, path)
    assert load(path).model.config._attn_implementation == "sdpa"


def test_a_layout_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="set it to shared, packed, padded or auto"):
        load(save_tiny(tmp_path, "Qwen2"), layout="stacked")


def test_prompts_are_shared_where_that_is_exact(tmp_path: Path) -> None:
    path = save_tiny(tmp_path / "plain", "Qwen2")
    assert layout_of(load(path).model, "auto") == "shared"
    assert layout_of(load(path).model, "packed") == "packed"
    dropping = save_tiny(tmp_path / "dropping", "Qwen2", attention_dropout=0.1)
    capped = save_tiny(tmp_path / "capped", "Gemma2", attn_logit_softcapping=5.0, sliding_window=64)
    for policy in (load(path, attention="sdpa"), load(dropping), load(capped)):
        assert layout_of(policy.model, "auto") == "packed"
        with pytest.raises(UserError, match="learner.packing=shared needs model.attention=auto"):
            layout_of(policy.model, "shared")
