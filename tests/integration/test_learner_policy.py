"""The policy module in all layouts against the Hugging Face model's own logits, one sample at a time.

Most samples have tokens that are not trained on. An episode has one gradient, in one part and in several.
"""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from rlcs.algorithm.objective import Objective, Scored
from rlcs.config.schema import AlgorithmConfig, KlConfig, ModelConfig
from rlcs.errors import UserError
from rlcs.learner.group import totals
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
    """Samples of prompts of these lengths with completions of those; the third is too short a prompt to be shared.

    In one of the completions, the first with a single token, nothing is trained on.
    """
    draw, masks = random.Random(4), random.Random(5)
    samples = []
    for prompt, sizes in ((1, [1]), (3, [9, 2]), (2, [30, 25]), (12, [1, 30, 3, 28, 30]), (5, [8])):
        prompt_ids = tuple(draw.randrange(1, 40) for _ in range(prompt))
        samples += [
            Sample(
                prompt_ids=prompt_ids,
                token_ids=tuple(draw.randrange(1, 40) for _ in range(size)),
                loss_mask=tuple(int(masks.random() < 0.7) for _ in range(size)) if prompt > 1 else (0,),
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
    (log_probs * labels.advantages * labels.mask).sum().backward()
    return log_probs.detach(), entropy, flat_gradient(policy)


def run_alone(path: str, samples: list[Sample]) -> tuple[Tensor, Tensor, Tensor]:
    """The same from the model's own logits of all tokens, a sample at a time, with eager attention."""
    policy = load(path, attention="eager")
    found, entropies = [], []
    for sample in samples:
        tokens = torch.tensor([*sample.prompt_ids, *sample.token_ids])
        logits = policy.model(input_ids=tokens[None], use_cache=False).logits[0].float() / TEMPERATURE
        start = len(sample.prompt_ids)
        every = torch.log_softmax(logits[start - 1 : -1], dim=-1)
        chosen = every[torch.arange(len(sample.token_ids)), tokens[start:]]
        mask = torch.tensor(sample.loss_mask)
        (chosen * sample.advantage * mask).sum().backward()
        kept = mask.nonzero()[:, 0] if mask.any() else torch.tensor([0])
        found.append(chosen.detach()[kept])
        entropies.append(torch.distributions.Categorical(logits=every.detach()).entropy()[kept])
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


@pytest.mark.parametrize("layout", ["shared", "packed", "padded"])
def test_only_trained_tokens_reach_the_output_head(tmp_path: Path, layout: str) -> None:
    policy, samples = load(save_tiny(tmp_path, "Qwen2"), layout=layout), make_samples()
    rows: list[int] = []
    assert policy.scorer is not None
    policy.scorer.register_forward_hook(lambda _, given, __: rows.append(len(given[0])))
    run_together(policy, samples)
    # The one without any keeps a token.
    assert rows == [sum(sum(sample.loss_mask) for sample in samples) + 1]
    assert rows[0] < 0.8 * sum(len(sample.token_ids) for sample in samples)


def episode() -> tuple[Sample, list[Sample]]:
    """Three turns, the environment's messages between them, in one part; and each turn in a part of its own."""
    draw = random.Random(6)
    pieces = [tuple(draw.randrange(1, 39) for _ in range(size)) for size in (12, 5, 7, 2, 9, 4)]
    prompt, turns = pieces[0], pieces[1::2]
    logprobs = [tuple(-draw.uniform(2.0, 6.0) for _ in turn) for turn in turns]
    tokens = sum(pieces[1:], ())
    mask = sum(((number % 2,) * len(piece) for number, piece in enumerate(pieces) if number), ())
    rollout = (*logprobs[0], *(0.0,) * 7, *logprobs[1], *(0.0,) * 9, *logprobs[2])
    whole = Sample(prompt_ids=prompt, token_ids=tokens, loss_mask=mask, logprobs=rollout, advantage=0.7)
    parts = [
        Sample(
            prompt_ids=sum(pieces[: 2 * number + 1], ()),
            token_ids=turn,
            loss_mask=(1,) * len(turn),
            logprobs=logprobs[number],
            advantage=0.7,
            weight=len(turn) / sum(mask),
        )
        for number, turn in enumerate(turns)
    ]
    return whole, parts


def loss_and_gradient(path: str, layout: str, samples: list[Sample], how: str) -> tuple[float, Tensor]:
    """What an update of one micro-step minimizes."""
    policy = load(path, layout=layout)
    batch, labels = collate(samples, CPU, share=layout == "shared")
    log_probs, entropy = policy(batch)
    scored = Scored(
        log_probs=log_probs, entropy=entropy, old_log_probs=log_probs.detach(), reference_log_probs=None
    )  # fmt: skip
    objective = Objective(AlgorithmConfig(aggregation=how), kind="policy")
    loss, _ = objective.loss(scored, labels, **totals(samples, range(len(samples))))  # type: ignore[arg-type]
    loss.backward()
    return loss.item(), flat_gradient(policy)


@pytest.mark.parametrize(
    "layout, how",
    [("shared", "sample_mean"), ("padded", "sample_mean"), ("packed", "token_mean"), ("packed", "token_sum")],
)
def test_an_episode_trains_the_same_in_one_part_and_in_several(tmp_path: Path, layout: str, how: str) -> None:
    path, (whole, parts) = save_tiny(tmp_path, "Qwen2"), episode()
    others = make_samples()
    assert whole.loss_mask == (1,) * 5 + (0,) * 7 + (1,) * 2 + (0,) * 9 + (1,) * 4
    assert totals([whole, *others], range(2)) == {"num_samples": 2.0, "num_tokens": 11 + sum(others[0].loss_mask)}
    expected, wanted = loss_and_gradient(path, layout, [whole, *others], how)
    found, given = loss_and_gradient(path, layout, [*parts, *others], how)
    assert found == pytest.approx(expected, rel=1e-5)
    assert float((given - wanted).norm() / wanted.norm()) < 1e-5
    # As many samples as rows would be another loss.
    rows, _ = loss_and_gradient(path, layout, [*(replace(part, weight=1.0) for part in parts), *others], how)
    assert (rows == pytest.approx(expected, rel=1e-3)) == (how == "token_mean")


def test_what_cannot_be_sampled_and_is_shown_leaves_loss_and_gradient_as_they_are(tmp_path: Path) -> None:
    path, (whole, _) = save_tiny(tmp_path, "Qwen2"), episode()
    impossible = 39
    shown = tuple(token if on else impossible for token, on in zip(whole.token_ids, whole.loss_mask, strict=True))
    whole = replace(whole, token_ids=shown)
    batch, labels = collate([whole], CPU)
    every, _ = collate([replace(whole, loss_mask=(1,) * len(shown))], CPU)
    policy, reference = load(path), load(path)
    for one in (policy, reference):
        assert one.scorer is not None
        one.scorer.never = (impossible,)
    with torch.no_grad():
        reference.model.get_output_embeddings().weight *= 1000.0
        gap = reference(every)[0] - policy(every)[0]
        before, _ = reference(batch)
    # Where such tokens are scored, k3 of the two is infinite.
    assert gap[torch.tensor(whole.loss_mask) == 0].abs().max() > 100.0
    log_probs, entropy = policy(batch)
    settings = AlgorithmConfig(importance_cap=0.0, kl=KlConfig(coefficient=1e-3, estimator="k2"))
    said = Scored(
        log_probs=log_probs, entropy=entropy, old_log_probs=log_probs.detach(), reference_log_probs=before
    )  # fmt: skip
    loss, sums = Objective(settings, kind="policy").loss(said, labels, num_samples=1, num_tokens=11)
    loss.backward()
    assert sums.isfinite().all() and flat_gradient(policy).isfinite().all()

    alone = load(path, attention="eager")
    tokens = torch.tensor([*whole.prompt_ids, *whole.token_ids])
    logits = alone.model(input_ids=tokens[None], use_cache=False).logits[0] / TEMPERATURE
    logits = logits.index_fill(1, torch.tensor([impossible]), -torch.inf).log_softmax(-1)
    trained = torch.tensor(whole.loss_mask).nonzero()[:, 0] + len(whole.prompt_ids)
    chosen = logits[trained - 1, tokens[trained]]
    ratio = (chosen - chosen.detach()).exp()
    expected = (-whole.advantage * ratio + 1e-3 * (chosen - before).square() / 2).mean()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    wanted = flat_gradient(alone)
    assert float((flat_gradient(policy) - wanted).norm() / wanted.norm()) < 1e-5


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
