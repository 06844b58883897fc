"""The DeepSpeed learner on CPU, one rank and two, against a plain torch loop that sees one sample at a time.

Every rank is a real process (learner_rank.py) that goes through all scenarios; the tests read what the ranks saw.
"""

from __future__ import annotations

import math
from pathlib import Path

import learner_parts
import pytest
import torch
from learner_results import STAGES, Results, flat, relative_gap, sample_terms
from safetensors.torch import load_file
from torch import Tensor

from rlcs.model.prompts import computed_tokens

# The first of them waits for all ranks to go through all scenarios.
pytestmark = pytest.mark.timeout(900)


def grpo_loss(log_probs: Tensor, old: Tensor, rollout: Tensor, mask: Tensor, advantage: float) -> Tensor:
    ratio = torch.exp(log_probs - old)
    objective = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.28) * advantage)
    weight = torch.exp(old - rollout).clamp(max=2.0)
    return -(objective * weight)[mask].mean()


@pytest.fixture(scope="module", params=["model", "tied"])
def plain(request: pytest.FixtureRequest, learner_folder: Path) -> Results:
    return train_plainly(learner_folder / request.param) | {"name": request.param}


def train_plainly(path: Path) -> Results:
    """Two AdamW updates as `train_twice` makes them, without packing, micro-steps, ranks or DeepSpeed."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learner_parts.RATE, betas=(0.9, 0.98), weight_decay=0.1)
    samples = learner_parts.make_samples(13, seed=3)
    num_samples = sum(sample.weight for sample in samples)
    old = [sample_terms(model, sample)[0].detach() for sample in samples]
    start = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    gradients, losses, norms = [], [], []
    for _ in range(2):
        optimizer.zero_grad()
        total = 0.0
        for sample, before in zip(samples, old, strict=True):
            log_probs, mask, rollout = sample_terms(model, sample)
            loss = sample.weight * grpo_loss(log_probs, before, rollout, mask, sample.advantage) / num_samples
            loss.backward()
            total += loss.item()
        gradients.append({name: parameter.grad.clone() for name, parameter in model.named_parameters()})
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)))
        losses.append(total)
        optimizer.step()
    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    return {"gradients": gradients[0], "losses": losses, "norms": norms, "start": start, "weights": weights}


def step_gap(found: dict[str, Tensor], plain: Results) -> float:
    """Distance of the weights from those of the plain loop, as a share of the way these went."""
    way = flat(plain["weights"]) - flat(plain["start"])
    return float((flat(found) - flat(plain["weights"])).norm() / way.norm())


def assert_trained_like(result: Results, plain: Results) -> None:
    assert relative_gap(result["gradients"], plain["gradients"]) < 1e-5
    assert [metric["policy/loss"] for metric in result["metrics"]] == pytest.approx(plain["losses"], rel=1e-4)
    assert [metric["policy/grad_norm"] for metric in result["metrics"]] == pytest.approx(plain["norms"], rel=1e-4)
    # AdamW's first steps divide tiny gradients by themselves and so enlarge their rounding errors.
    assert step_gap(result["weights"], plain) < 1e-3


def test_packed_updates_equal_a_plain_loop_over_single_samples(one: Results, plain: Results) -> None:
    names = {"model": [f"train {stage}" for stage in STAGES] + ["packed", "padded"], "tied": ["tied"]}[plain["name"]]
    for name in names:
        assert_trained_like(one[name], plain)


@pytest.mark.parametrize("model", ["model", "vision"])
def test_prompts_are_shared_where_nothing_else_was_asked(
    learner_folder: Path, one: Results, two: list[Results], model: str
) -> None:
    samples = learner_parts.samples_for(learner_folder, model, 13, seed=3)
    for world_size in (1, 2):
        steps = [learner_parts.own_steps(samples, rank, world_size) for rank in range(world_size)]
        tokens = sum(sample.num_tokens for sample in samples)
        assert sum(computed_tokens(step) for rank in steps for step in rank) < 0.95 * tokens
    name = {"model": "train", "vision": "vision"}[model]
    assert one[f"{name} 1"]["layout"] == two[1][f"{name} 3"]["layout"] == "shared"
    assert one[f"{name} padded" if model == "vision" else "padded"]["layout"] == "padded"
    assert one["packed"]["layout"] == one["sft"]["layout"] == "packed"


@pytest.mark.parametrize("stage", STAGES)
def test_two_ranks_train_as_one(one: Results, two: list[Results], stage: int) -> None:
    alone, together = one[f"train {stage}"], two[0][f"train {stage}"]
    assert relative_gap(together["gradients"], alone["gradients"]) < 1e-5
    assert relative_gap(together["weights"], alone["weights"]) < 1e-5
    for key, value in alone["metrics"][1].items():
        assert together["metrics"][1][key] == pytest.approx(value, rel=1e-3, abs=1e-5), key
    assert two[1][f"train {stage}"]["metrics"] == together["metrics"]


@pytest.mark.parametrize("stage", [1, 3])
def test_a_rank_without_work_changes_nothing(one: Results, two: list[Results], stage: int) -> None:
    alone, together = one[f"idle {stage}"], two[0][f"idle {stage}"]
    assert relative_gap(together["weights"], alone["weights"]) < 1e-5
    assert together["metrics"] == pytest.approx(alone["metrics"], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("stage", STAGES)
def test_weights_stream_in_buckets_under_the_names_of_the_checkpoint(
    learner_folder: Path, one: Results, two: list[Results], stage: int
) -> None:
    names = list(load_file(learner_folder / "model" / "model.safetensors"))
    first, second = (rank[f"train {stage}"] for rank in two)
    assert sorted(first["weights"]) == sorted(names)
    assert second["weights"] == {}
    assert len(first["bucket_sizes"]) == len(second["bucket_sizes"]) > 5
    assert sum(first["bucket_sizes"]) == len(names)
    assert first["bucket_sizes"] == one[f"train {stage}"]["bucket_sizes"]


@pytest.mark.parametrize("stage", STAGES)
def test_every_rank_holds_the_whole_weights_for_a_transfer_between_gpus(two: list[Results], stage: int) -> None:
    expected = two[0][f"train {stage}"]["weights"]
    first, second = (rank[f"train {stage}"]["device_weights"] for rank in two)
    assert list(first) == list(second), "ranks gather together: they must go in the same order"
    assert relative_gap(first, expected) == relative_gap(second, expected) == 0.0


def test_a_tied_head_is_left_out_of_the_stream(learner_folder: Path, one: Results) -> None:
    weights = one["tied"]["weights"]
    assert "lm_head.weight" not in weights
    assert sorted(weights) == sorted(load_file(learner_folder / "tied" / "model.safetensors"))


@pytest.mark.parametrize("world_size, stage", [(1, 0), (1, 3), (2, 2), (2, 3)])
def test_a_saved_model_loads_in_transformers_and_scores_the_same(
    learner_folder: Path, one: Results, two: list[Results], world_size: int, stage: int
) -> None:
    from transformers import AutoModelForCausalLM

    result = (one if world_size == 1 else two[0])[f"train {stage}"]
    model = AutoModelForCausalLM.from_pretrained(learner_folder / f"saved-{world_size}-{stage}")
    assert model.dtype == torch.float32
    loaded = dict(model.named_parameters())
    assert relative_gap({name: loaded[name].detach() for name in result["weights"]}, result["weights"]) == 0.0
    for sample, found in zip(learner_parts.make_samples(13, seed=3), result["log_probs"], strict=False):
        log_probs, mask, _ = sample_terms(model, sample)
        assert found == pytest.approx(log_probs.where(mask, 0.0).tolist(), abs=1e-5)


@pytest.mark.parametrize("stage", STAGES)
def test_states_of_prompts_are_those_of_each_prompt_alone(
    learner_folder: Path, one: Results, two: list[Results], stage: int
) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(learner_folder / "model", dtype=torch.float32)
    expected = []
    for sample in learner_parts.make_samples(13, seed=3)[:5]:
        last = model.model(input_ids=torch.tensor([sample.prompt_ids]), use_cache=False).last_hidden_state
        expected.append(last[0].mean(0).detach())
    names = (f"train {stage}", *(("padded", "tied") if stage == 1 else ()))
    found = {name: torch.from_numpy(one[name]["prompt_states"]) for name in names}
    found["two"] = torch.from_numpy(two[0][f"train {stage}"]["prompt_states"])
    for name, states in found.items():
        if name != "tied":
            torch.testing.assert_close(states, torch.stack(expected), rtol=0, atol=1e-5)
        assert states.dtype == torch.float32
    assert two[1][f"train {stage}"]["prompt_states"].size == 0


def test_states_of_prompts_with_images_are_the_same_on_all_ranks(one: Results, two: list[Results]) -> None:
    alone = torch.from_numpy(one["vision 1"]["prompt_states"])
    for other in (one["vision 3"], one["vision padded"], two[0]["vision 1"], two[0]["vision 3"]):
        torch.testing.assert_close(torch.from_numpy(other["prompt_states"]), alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["kl", "kl 3"])
def test_the_kl_penalty_is_zero_at_the_start_and_pulls_back_afterwards(one: Results, name: str) -> None:
    first, second = one[name]["metrics"]
    without = one["train 1"]["metrics"]
    assert first["policy/kl"] == pytest.approx(0.0, abs=1e-9)
    assert first["policy/loss"] == pytest.approx(without[0]["policy/loss"], rel=1e-5)
    assert second["policy/kl"] > 1e-6
    assert second["policy/loss"] > without[1]["policy/loss"]
    assert second["policy/kl"] == pytest.approx(one["kl"]["metrics"][1]["policy/kl"], rel=1e-3)


def test_sft_minimizes_the_mean_negative_log_likelihood(learner_folder: Path, one: Results) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(learner_folder / "model", dtype=torch.float32)
    total, trained = 0.0, 0
    for sample in learner_parts.make_samples(13, seed=3):
        log_probs, mask, _ = sample_terms(model, sample)
        total -= sample.advantage * float(log_probs.detach()[mask].sum())
        trained += int(mask.sum())
    first, second = one["sft"]["metrics"]
    assert first["policy/loss"] == pytest.approx(total / trained, rel=1e-5)
    assert second["policy/loss"] < first["policy/loss"]
    assert "policy/mismatch_kl" not in first


def test_a_model_is_loaded_to_be_trained(one: Results) -> None:
    # transformers hands it over for reading, and then checkpoints no activations whatever the configuration says.
    assert one["train 1"]["in_training"] and one["train 3"]["in_training"]


def test_metrics_say_what_the_first_update_was(one: Results) -> None:
    first, second = one["train 1"]["metrics"]
    samples = learner_parts.make_samples(13, seed=3)
    assert first["learner/tokens"] == sum(sample.num_tokens for sample in samples)
    assert first["policy/lr"] == learner_parts.RATE
    assert first["policy/clip_share"] == 0.0 and 0.0 < second["policy/clip_share"] < 1.0
    assert 0.0 < first["policy/entropy"] < math.log(learner_parts.VOCABULARY)
    assert 0.0 < first["policy/mismatch_kl"] and 0.0 < first["policy/mismatch_max"]


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_bfloat16_follows_float32(one: Results, stage: int) -> None:
    coarse, exact = one[f"bfloat16 {stage}"], one["train 1"]
    for name in ("policy/loss", "policy/grad_norm", "policy/entropy"):
        assert coarse["metrics"][0][name] == pytest.approx(exact["metrics"][0][name], rel=0.05, abs=0.01)
    assert {tensor.dtype for tensor in coarse["weights"].values()} == {torch.bfloat16}
    assert relative_gap(coarse["gradients"], exact["gradients"]) < 0.05


def test_images_train_as_one_whatever_the_ranks_the_stage_and_the_layout(one: Results, two: list[Results]) -> None:
    alone = one["vision 1"]
    assert any("visual" in name and gradient.norm() > 0 for name, gradient in alone["gradients"].items())
    others = [one["vision padded"], *(of[f"vision {stage}"] for of in (one, two[0]) for stage in STAGES)]
    assert {other["layout"] for other in others} == {"padded", "shared"}
    for other in others:
        assert relative_gap(other["gradients"], alone["gradients"]) < 1e-5
        assert relative_gap(other["weights"], alone["weights"]) < 1e-5
        assert other["metrics"][1]["policy/loss"] == pytest.approx(alone["metrics"][1]["policy/loss"], rel=1e-3)


def test_a_rank_may_have_a_micro_step_without_images(learner_folder: Path) -> None:
    samples = learner_parts.samples_for(learner_folder, "vision", 0, seed=3)
    steps = [learner_parts.own_steps(samples, rank, 2) for rank in (0, 1)]
    have = [[any(sample.images for sample in step) for step in of_rank] for of_rank in steps]
    assert any(one != other for one, other in zip(*have, strict=True)), have


def moved(learner_folder: Path, result: Results) -> dict[str, float]:
    """How far the weights of the vision side and the others are from the start."""
    start = load_file(learner_folder / "vision" / "model.safetensors")
    sides = {"vision": [name for name in start if "visual." in name and "merger" not in name]}
    sides["merger"] = [name for name in start if "merger" in name]
    sides["language"] = [name for name in start if "visual." not in name]
    return {
        side: float((flat({n: result["weights"][n] for n in names}) - flat({n: start[n] for n in names})).norm())
        for side, names in sides.items()
    }


def test_a_frozen_vision_tower_stays_and_the_rest_is_trained(learner_folder: Path, one: Results) -> None:
    whole, frozen = moved(learner_folder, one["vision 1"]), moved(learner_folder, one["vision frozen"])
    assert frozen["vision"] == 0.0 < whole["vision"]
    assert frozen["language"] == pytest.approx(whole["language"], rel=0.05)
    assert frozen["merger"] == pytest.approx(whole["merger"], rel=0.05)


def test_the_vision_side_can_have_a_learning_rate_of_its_own(learner_folder: Path, one: Results) -> None:
    whole, slow = moved(learner_folder, one["vision 1"]), moved(learner_folder, one["vision slow"])
    for side in ("vision", "merger"):
        assert slow[side] == pytest.approx(0.1 * whole[side], rel=0.1)
    assert slow["language"] == pytest.approx(whole["language"], rel=0.05)
