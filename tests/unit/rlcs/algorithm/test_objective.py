"""The loss of a micro-step and its metrics, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from rlcs.algorithm.objective import SUMS, Objective, Scored, metrics_of
from rlcs.config.schema import AlgorithmConfig, KlConfig, LearnerConfig
from rlcs.errors import UserError
from rlcs.learner.deepspeed_config import engine_config, resolve_dtype
from rlcs.model.batch import collate
from rlcs.records import Sample

CPU = torch.device("cpu")
LOG2 = math.log(2.0)
# Two trained tokens, sampled with probability 1/4 each, and an inserted one, which is not scored.
SAMPLE = Sample(
    prompt_ids=(1,), token_ids=(2, 3, 4), loss_mask=(1, 0, 1), logprobs=(-2 * LOG2, 0.0, -2 * LOG2), advantage=3.0
)


def scored(*, reference: bool = False) -> Scored:
    log_probs = torch.tensor([-LOG2, -2 * LOG2], requires_grad=True)
    return Scored(
        log_probs=log_probs,
        entropy=torch.tensor([0.5, 1.5]),
        old_log_probs=log_probs.detach(),
        reference_log_probs=torch.tensor([-2 * LOG2, -2 * LOG2]) if reference else None,
    )


def test_importance_weights_scale_the_token_losses() -> None:
    # The learner gives the first token twice the engine's probability: weight 2, cut to 1.5; the last has weight 1.
    objective = Objective(AlgorithmConfig(importance_cap=1.5), kind="policy")
    _, labels = collate([SAMPLE], CPU)
    loss, sums = objective.loss(scored(), labels, num_samples=2, num_tokens=4)
    assert loss.item() == pytest.approx(-3.0 * (1.5 + 1.0) / 2 / 2)
    found = dict(zip(SUMS, sums.tolist(), strict=False))
    # exp(log 2) - 1 - log 2 on the first token, 0 on the last.
    assert found["mismatch_kl"] == pytest.approx(1.0 - LOG2)
    assert (found["entropy"], found["clipped"], found["trained_tokens"]) == (2.0, 0.0, 2.0)
    assert (found["weight"], found["squared_weight"], found["capped"]) == pytest.approx((3.0, 5.0, 1.0))


@pytest.mark.parametrize(("sampled", "clipped"), [(-2 * LOG2, 1.0), (-LOG2 - 0.1, 0.0)])
def test_anchored_to_the_rollout_the_clip_is_against_what_sampled_and_there_is_no_weight(
    sampled: float, clipped: float
) -> None:
    # Of the first token the policy makes 2 or e^0.1 times as much as the engine did; the clip holds it at 1.28.
    objective = Objective(AlgorithmConfig(anchor="rollout", importance_cap=1.5), kind="policy")
    _, labels = collate([replace(SAMPLE, logprobs=(sampled, 0.0, -2 * LOG2))], CPU)
    loss, sums = objective.loss(scored(), labels, num_samples=1, num_tokens=2)
    first = min(math.exp(-LOG2 - sampled), 1.28)
    assert loss.item() == pytest.approx(-3.0 * (first + 1.0) / 2)
    assert dict(zip(SUMS, sums.tolist(), strict=False))["clipped"] == clipped


def test_the_kl_term_is_added_with_its_coefficient() -> None:
    settings = AlgorithmConfig(importance_cap=0.0, kl=KlConfig(coefficient=0.5, estimator="k1"))
    _, labels = collate([SAMPLE], CPU)
    loss, sums = Objective(settings, kind="policy").loss(scored(reference=True), labels, num_samples=1, num_tokens=2)
    assert loss.item() == pytest.approx(-3.0 + 0.5 * LOG2 / 2)
    assert dict(zip(SUMS, sums.tolist(), strict=False))["kl"] == pytest.approx(LOG2)


def test_an_impossible_token_that_is_not_trained_on_leaves_loss_sums_and_gradient_as_they_are() -> None:
    # Float32 rounds numbers of that size to 64: policy and reference differ by 128, and exp(128) is infinite.
    settings = AlgorithmConfig(kl=KlConfig(coefficient=0.5, estimator="k3"))
    nothing = replace(SAMPLE, loss_mask=(0, 0, 0))

    def trained_on(samples: list[Sample]) -> tuple[float, list[float], list[float]]:
        log_probs = torch.tensor([-LOG2, -2 * LOG2, -1e9 - 128.0][: len(samples) + 1], requires_grad=True)
        said = Scored(
            log_probs=log_probs,
            entropy=torch.tensor([0.5, 1.5, 0.0])[: len(log_probs)],
            old_log_probs=log_probs.detach(),
            reference_log_probs=torch.tensor([-2 * LOG2, -LOG2, -1e9])[: len(log_probs)],
        )
        _, labels = collate(samples, CPU)
        loss, sums = Objective(settings, kind="policy").loss(said, labels, num_samples=1, num_tokens=2)
        loss.backward()
        assert log_probs.grad is not None
        return loss.item(), sums.tolist(), log_probs.grad.tolist()

    alone, both = trained_on([SAMPLE]), trained_on([SAMPLE, nothing])
    assert all(map(math.isfinite, alone[1])) and any(alone[2])
    assert both == (alone[0], alone[1], [*alone[2], 0.0])


def test_sft_is_the_mean_negative_log_likelihood() -> None:
    settings = AlgorithmConfig(aggregation="token_mean")
    sample = Sample(prompt_ids=(1,), token_ids=(2, 3, 4), loss_mask=(1, 0, 1), logprobs=(0.0,) * 3, advantage=1.0)
    _, labels = collate([sample], CPU)
    loss, _ = Objective(settings, kind="sft").loss(scored(), labels, num_samples=1, num_tokens=2)
    assert loss.item() == pytest.approx(3 * LOG2 / 2)


def test_metrics_are_means_over_trained_tokens() -> None:
    sums = torch.tensor([0.25, 2.0, 1.0, 0.5, 0.0, 6.0, 18.0, 1.0, 4.0, 2.0, 9.0])
    metrics = metrics_of(sums, kind="policy", largest_mismatch=0.125)
    assert metrics == {
        "policy/loss": 0.25,
        "policy/entropy": 0.5,
        "policy/clip_share": 0.25,
        "policy/mismatch_kl": 0.125,
        "policy/mismatch_max": 0.125,
        "policy/kl": 0.0,
        "policy/ess": 0.5,
        "policy/capped_share": 0.25,
        "learner/tokens": 9.0,
    }
    assert set(metrics_of(sums, kind="sft", largest_mismatch=0.0)) == {
        "policy/loss", "policy/entropy", "learner/tokens",
    }  # fmt: skip


def test_unknown_names_are_told_when_the_learner_starts() -> None:
    with pytest.raises(UserError, match="did you mean 'ppo_clip'"):
        Objective(AlgorithmConfig(loss="ppo_clipp"), kind="policy")
    with pytest.raises(UserError, match="unknown objective 'dpo'"):
        Objective(AlgorithmConfig(), kind="dpo")
    with pytest.raises(UserError, match="model.dtype='fp8'"):
        resolve_dtype("fp8", CPU)
    with pytest.raises(UserError, match="zero_stage=4"):
        engine_config(LearnerConfig(zero_stage=4), dtype=torch.float32)
    with pytest.raises(UserError, match="offload"):
        engine_config(LearnerConfig(zero_stage=0, offload=True), dtype=torch.float32)
    with pytest.raises(UserError, match="float32 only"):
        engine_config(LearnerConfig(zero_stage=0), dtype=torch.bfloat16)
