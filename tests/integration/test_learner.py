"""The DeepSpeed learner on CPU, one rank and two, against a plain torch loop that sees one sample at a time.

Every rank is a real process (learner_rank.py) that goes through all scenarios; the tests read what the ranks saw.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import learner_rank as rank_script
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from vision_models import build_folder

from rlcs.learner.saved_state import SavedState
from rlcs.model.adapters import write_merged

STAGES = (0, 1, 2, 3)
SCRIPT = Path(__file__).parent / "learner_rank.py"
TIMEOUT_S = 600
TEMPERATURE = 0.8

Results = dict[str, Any]


def run_ranks(folder: Path, world_size: int, *scenarios: str, name: str = "results") -> list[Results]:
    (folder / "ports").write_text(rank_script.free_ports())
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), str(folder)]
    ranks = []
    for rank in range(world_size):
        with (folder / f"log-{world_size}-{rank}").open("w") as log:
            arguments = [*command, str(rank), str(world_size), *scenarios]
            ranks.append(subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT, env=environment))
    try:
        codes = [process.wait(timeout=TIMEOUT_S) for process in ranks]
    finally:
        for process in ranks:
            process.kill()
    logs = "\n".join((folder / f"log-{world_size}-{rank}").read_text()[-3000:] for rank in range(world_size))
    assert codes == [0] * world_size, logs
    # Written by this test itself.
    return [torch.load(folder / f"{name}-{world_size}-{rank}.pt", weights_only=False) for rank in range(world_size)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("learner")
    rank_script.build_model(path / "model", tied=False)
    rank_script.build_model(path / "tied", tied=True)
    build_folder("glm4v", path / "vision")
    return path


@pytest.fixture(scope="module")
def one(folder: Path) -> Results:
    """What the only rank saw."""
    return run_ranks(folder, 1)[0]


@pytest.fixture(scope="module")
def two(folder: Path) -> list[Results]:
    """What each of two ranks saw."""
    return run_ranks(folder, 2)


@pytest.fixture(scope="module")
def reshaped(folder: Path, one: Results, two: list[Results]) -> Results:
    """By ranks: what rank 0 saw that went on from states of other shapes."""
    return {size: run_ranks(folder, size, "reshape", name="reshaped")[0] for size in (1, 2)}


def sample_terms(model: Any, sample: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Log-probabilities, trained mask and rollout log-probabilities of one sample, from its own full logits."""
    tokens = torch.tensor([*sample.prompt_ids, *sample.token_ids])
    logits = model(input_ids=tokens[None], use_cache=False).logits[0] / TEMPERATURE
    start = len(sample.prompt_ids)
    chosen = torch.log_softmax(logits, dim=-1)[torch.arange(start - 1, len(tokens) - 1), tokens[start:]]
    return chosen, torch.tensor(sample.loss_mask, dtype=torch.bool), torch.tensor(sample.logprobs)


def grpo_loss(log_probs: Tensor, old: Tensor, rollout: Tensor, mask: Tensor, advantage: float) -> Tensor:
    ratio = torch.exp(log_probs - old)
    objective = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.28) * advantage)
    weight = torch.exp(old - rollout).clamp(max=2.0)
    return -(objective * weight)[mask].mean()


@pytest.fixture(scope="module", params=["model", "tied"])
def plain(request: pytest.FixtureRequest, folder: Path) -> Results:
    return train_plainly(folder / request.param) | {"name": request.param}


def train_plainly(path: Path) -> Results:
    """Two AdamW updates as `train_twice` makes them, without packing, micro-steps, ranks or DeepSpeed."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rank_script.RATE, betas=(0.9, 0.98), weight_decay=0.1)
    samples = rank_script.make_samples(13, seed=3)
    old = [sample_terms(model, sample)[0].detach() for sample in samples]
    start = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    gradients, losses, norms = [], [], []
    for _ in range(2):
        optimizer.zero_grad()
        total = 0.0
        for sample, before in zip(samples, old, strict=True):
            log_probs, mask, rollout = sample_terms(model, sample)
            loss = grpo_loss(log_probs, before, rollout, mask, sample.advantage) / len(samples)
            loss.backward()
            total += loss.item()
        gradients.append({name: parameter.grad.clone() for name, parameter in model.named_parameters()})
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)))
        losses.append(total)
        optimizer.step()
    weights = {name: parameter.detach() for name, parameter in model.named_parameters()}
    return {"gradients": gradients[0], "losses": losses, "norms": norms, "start": start, "weights": weights}


def flat(tensors: dict[str, Tensor]) -> Tensor:
    return torch.cat([tensors[name].flatten().double() for name in sorted(tensors)])


def relative_gap(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    assert set(found) == set(expected)
    return float((flat(found) - flat(expected)).norm() / flat(expected).norm())


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
    names = {"model": [f"train {stage}" for stage in STAGES] + ["padded"], "tied": ["tied"]}[plain["name"]]
    for name in names:
        assert_trained_like(one[name], plain)


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
    folder: Path, one: Results, two: list[Results], stage: int
) -> None:
    names = list(load_file(folder / "model" / "model.safetensors"))
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


def test_a_tied_head_is_left_out_of_the_stream(folder: Path, one: Results) -> None:
    weights = one["tied"]["weights"]
    assert "lm_head.weight" not in weights
    assert sorted(weights) == sorted(load_file(folder / "tied" / "model.safetensors"))


@pytest.mark.parametrize("world_size, stage", [(1, 0), (1, 3), (2, 2), (2, 3)])
def test_a_saved_model_loads_in_transformers_and_scores_the_same(
    folder: Path, one: Results, two: list[Results], world_size: int, stage: int
) -> None:
    from transformers import AutoModelForCausalLM

    result = (one if world_size == 1 else two[0])[f"train {stage}"]
    model = AutoModelForCausalLM.from_pretrained(folder / f"saved-{world_size}-{stage}")
    assert model.dtype == torch.float32
    loaded = dict(model.named_parameters())
    assert relative_gap({name: loaded[name].detach() for name in result["weights"]}, result["weights"]) == 0.0
    for sample, found in zip(rank_script.make_samples(13, seed=3), result["log_probs"], strict=False):
        log_probs, _, _ = sample_terms(model, sample)
        assert found == pytest.approx(log_probs.tolist(), abs=1e-5)


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_training_resumes_bit_equal_on_one_rank(one: Results, stage: int) -> None:
    run = one[f"resume {stage}"]
    assert run["resumed"] == run["straight"]
    assert [metric["policy/lr"] for metric in run["straight"]] == pytest.approx([5e-4, 1e-3, 1e-3])
    for name, tensor in run["expected"].items():
        assert torch.equal(run["weights"][name], tensor), name


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_a_learner_that_has_trained_begins_anew_from_a_state_without_a_step(one: Results, stage: int) -> None:
    assert one[f"resume {stage}"]["anew"] == one[f"resume {stage}"]["straight"]


@pytest.mark.parametrize("stage", [1, 3])
def test_training_resumes_equal_on_two_ranks(two: list[Results], stage: int) -> None:
    run = two[0][f"resume {stage}"]
    assert run["resumed"][-1] == pytest.approx(run["straight"][-1], rel=1e-5)
    assert relative_gap(run["weights"], run["expected"]) < 1e-6


@pytest.mark.parametrize("ranks, stage", [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_the_model_of_a_checkpoint_is_that_of_its_step_though_training_went_on(
    folder: Path, one: Results, two: list[Results], ranks: int, stage: int
) -> None:
    where = rank_script.state_folder(folder, ranks, stage, "model")
    model, state = load_file(where / "model" / "model.safetensors"), whole_state(where)
    assert {f"weight/model.{name}" for name in model} == {key for key in state if key.startswith("weight/")}
    assert all(torch.equal(state[f"weight/model.{name}"], tensor.flatten()) for name, tensor in model.items())
    later = (one if ranks == 1 else two[0])[f"resume {stage}"]["expected"]
    assert relative_gap(model, later) > 1e-3


RESHAPED = [(size, *case) for size, cases in rank_script.RESHAPED.items() for case in cases]


def whole_state(folder: Path) -> dict[str, Tensor]:
    """Every tensor of a saved state as a whole, by key."""
    with SavedState(folder / "learner" / "state") as saved:
        totals = {key: total for header in saved.headers for key, (_, total) in header["places"].items()}
        return {key: saved.read(key, 0, total, total) for key, total in totals.items()}


@pytest.mark.parametrize("ranks, saved, stage, model", RESHAPED)
def test_weights_and_moments_are_the_same_on_other_ranks_and_another_stage(
    folder: Path, reshaped: Results, ranks: int, saved: tuple[int, int], stage: int, model: str
) -> None:
    before = whole_state(rank_script.state_folder(folder, *saved, model))
    after = whole_state(reshaped[ranks][saved, stage, model]["again"])
    assert set(after) == set(before)
    assert {key.partition("/")[0] for key in before} == {"weight", "exp_avg", "exp_avg_sq"}
    assert all(torch.equal(after[key], tensor) for key, tensor in before.items())
    assert any(tensor.abs().max() > 0 for key, tensor in before.items() if key.startswith("exp_avg_sq/"))


@pytest.mark.parametrize("ranks, saved, stage, model", RESHAPED)
def test_training_goes_on_as_if_unchanged_on_other_ranks_and_another_stage(
    one: Results, two: list[Results], reshaped: Results, ranks: int, saved: tuple[int, int], stage: int, model: str
) -> None:
    unchanged = (one if saved[0] == 1 else two[0])[resume_name(saved[1], model)]
    found = reshaped[ranks][saved, stage, model]
    for before, after in zip(unchanged["straight"][1:], found["resumed"], strict=True):
        assert after["policy/loss"] == pytest.approx(before["policy/loss"], rel=1e-6, abs=1e-6)
        assert after["policy/lr"] == before["policy/lr"]
    assert relative_gap(found["weights"], unchanged["expected"]) < 1e-6


def resume_name(stage: int, model: str) -> str:
    return f"resume {stage}" if model == "model" else f"{model} resume {stage}"


def test_a_checkpoint_of_the_first_format_is_gone_on_with(one: Results) -> None:
    assert one["first format"]["resumed"] == one["first format"]["straight"]


@pytest.mark.parametrize("name", ["kl", "kl 3"])
def test_the_kl_penalty_is_zero_at_the_start_and_pulls_back_afterwards(one: Results, name: str) -> None:
    first, second = one[name]["metrics"]
    without = one["train 1"]["metrics"]
    assert first["policy/kl"] == pytest.approx(0.0, abs=1e-9)
    assert first["policy/loss"] == pytest.approx(without[0]["policy/loss"], rel=1e-5)
    assert second["policy/kl"] > 1e-6
    assert second["policy/loss"] > without[1]["policy/loss"]
    assert second["policy/kl"] == pytest.approx(one["kl"]["metrics"][1]["policy/kl"], rel=1e-3)


def test_sft_minimizes_the_mean_negative_log_likelihood(folder: Path, one: Results) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    total, trained = 0.0, 0
    for sample in rank_script.make_samples(13, seed=3):
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
    samples = rank_script.make_samples(13, seed=3)
    assert first["learner/tokens"] == sum(sample.num_tokens for sample in samples)
    assert first["policy/lr"] == rank_script.RATE
    assert first["policy/clip_share"] == 0.0 and 0.0 < second["policy/clip_share"] < 1.0
    assert 0.0 < first["policy/entropy"] < math.log(rank_script.VOCABULARY)
    assert 0.0 < first["policy/mismatch_kl"] and 0.0 < first["policy/mismatch_max"]


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_bfloat16_follows_float32(one: Results, stage: int) -> None:
    coarse, exact = one[f"bfloat16 {stage}"], one["train 1"]
    for name in ("policy/loss", "policy/grad_norm", "policy/entropy"):
        assert coarse["metrics"][0][name] == pytest.approx(exact["metrics"][0][name], rel=0.05, abs=0.01)
    assert {tensor.dtype for tensor in coarse["weights"].values()} == {torch.bfloat16}
    assert relative_gap(coarse["gradients"], exact["gradients"]) < 0.05


def test_what_cannot_be_resumed_is_refused_in_words(one: Results) -> None:
    said = one["refusals"]
    assert said["missing"].startswith("UserError") and "holds no state of a learner" in said["missing"]
    assert said["stage"].startswith("UserError") and "learner.zero_stage=1, now it is 2" in said["stage"]
    assert (
        said["model"].startswith("UserError")
        and "resume with the model.path, model.freeze and model.lora" in said["model"]
    )
    assert said["totals"].startswith("AssertionError") and "'samples': 3" in said["totals"]


def test_images_train_as_one_whatever_the_ranks_the_stage_and_the_layout(one: Results, two: list[Results]) -> None:
    alone = one["vision 1"]
    assert any("visual" in name and gradient.norm() > 0 for name, gradient in alone["gradients"].items())
    for other in (one["vision 3"], one["vision padded"], two[0]["vision 1"], two[0]["vision 3"]):
        assert relative_gap(other["gradients"], alone["gradients"]) < 1e-5
        assert relative_gap(other["weights"], alone["weights"]) < 1e-5
        assert other["metrics"][1]["policy/loss"] == pytest.approx(alone["metrics"][1]["policy/loss"], rel=1e-3)


def test_a_rank_may_have_a_micro_step_without_images(folder: Path) -> None:
    samples = rank_script.samples_for(folder, "vision", 0, seed=3)
    steps = [rank_script.own_steps(samples, rank, 2) for rank in (0, 1)]
    have = [[any(sample.images for sample in step) for step in of_rank] for of_rank in steps]
    assert any(one != other for one, other in zip(*have, strict=True)), have


def test_training_on_images_resumes_equal(one: Results, two: list[Results]) -> None:
    assert one["vision resume 3"]["resumed"] == one["vision resume 3"]["straight"]
    for run in (one["vision resume 3"], two[0]["vision resume 3"]):
        assert relative_gap(run["weights"], run["expected"]) < 1e-6


def moved(folder: Path, result: Results) -> dict[str, float]:
    """How far the weights of the vision side and the others are from the start."""
    start = load_file(folder / "vision" / "model.safetensors")
    sides = {"vision": [name for name in start if "visual." in name and "merger" not in name]}
    sides["merger"] = [name for name in start if "merger" in name]
    sides["language"] = [name for name in start if "visual." not in name]
    return {
        side: float((flat({n: result["weights"][n] for n in names}) - flat({n: start[n] for n in names})).norm())
        for side, names in sides.items()
    }


def test_a_frozen_vision_tower_stays_and_the_rest_is_trained(folder: Path, one: Results) -> None:
    whole, frozen = moved(folder, one["vision 1"]), moved(folder, one["vision frozen"])
    assert frozen["vision"] == 0.0 < whole["vision"]
    assert frozen["language"] == pytest.approx(whole["language"], rel=0.05)
    assert frozen["merger"] == pytest.approx(whole["merger"], rel=0.05)


def test_the_vision_side_can_have_a_learning_rate_of_its_own(folder: Path, one: Results) -> None:
    whole, slow = moved(folder, one["vision 1"]), moved(folder, one["vision slow"])
    for side in ("vision", "merger"):
        assert slow[side] == pytest.approx(0.1 * whole[side], rel=0.1)
    assert slow["language"] == pytest.approx(whole["language"], rel=0.05)


@pytest.mark.parametrize("stage", STAGES)
def test_adapters_train_alike_whatever_the_ranks_and_the_stage(
    one: Results, two: list[Results], folder: Path, stage: int
) -> None:
    alone = one["lora 1"]
    assert {name.rpartition(".")[2] for name in alone["gradients"]} == {"lora_a", "lora_b"}
    for other in (one[f"lora {stage}"], two[0][f"lora {stage}"]):
        assert relative_gap(other["gradients"], alone["gradients"]) < 1e-5
        assert relative_gap(other["weights"], alone["weights"]) < 1e-5
        assert other["metrics"][1]["policy/loss"] == pytest.approx(alone["metrics"][1]["policy/loss"], rel=1e-3)
    start = load_file(folder / "model" / "model.safetensors")
    changed = {name for name, tensor in alone["weights"].items() if not torch.equal(tensor, start[name])}
    assert changed == {name for name in start if name.endswith("proj.weight")}, "what has no adapter stays"


@pytest.mark.parametrize("packed, padded", [("lora 1", "lora padded"), ("lora vision", "lora vision padded")])
def test_adapters_have_one_gradient_in_both_layouts(one: Results, packed: str, padded: str) -> None:
    assert relative_gap(one[padded]["gradients"], one[packed]["gradients"]) < 1e-5
    if "vision" in packed:
        assert any("visual" in name and gradient.norm() > 0 for name, gradient in one[packed]["gradients"].items())


@pytest.mark.parametrize("name", ["tied-lora resume 2", "vision-lora resume 3"])
def test_merged_weights_say_what_the_adapters_say(one: Results, two: list[Results], name: str) -> None:
    """After three updates; the merged model is loaded as a model of its own."""
    found, expected = (torch.tensor(sum(one[name][key], [])) for key in ("merged_log_probs", "log_probs"))
    assert float((found - expected).abs().max()) < 1e-4
    assert relative_gap(two[0][name]["expected"], one[name]["expected"]) < 1e-5


@pytest.mark.parametrize("name", ["tied-lora resume 0", "tied-lora resume 2", "vision-lora resume 3"])
def test_training_of_adapters_resumes_bit_equal(one: Results, name: str) -> None:
    run = one[name]
    assert run["resumed"] == run["straight"] == run["anew"]
    assert all(torch.equal(run["weights"][name], tensor) for name, tensor in run["expected"].items())
    with SavedState(run["end"] / "learner" / "state") as saved:
        keys = {key for header in saved.headers for key in header["places"]}
    assert all(key.endswith(("lora_a", "lora_b")) for key in keys), "the base is not saved once more"


def test_training_of_adapters_resumes_equal_on_two_ranks(two: list[Results]) -> None:
    for name in ("tied-lora resume 2", "vision-lora resume 3"):
        assert relative_gap(two[0][name]["weights"], two[0][name]["expected"]) < 1e-6


def test_the_reference_of_adapters_is_their_base(one: Results) -> None:
    first, second = one["lora kl"]["metrics"]
    assert first["policy/kl"] == pytest.approx(0.0, abs=1e-9) and second["policy/kl"] > 1e-6
    assert second["policy/loss"] > one["lora 3"]["metrics"][1]["policy/loss"]
    assert one["lora kl"]["gradients"].keys() == one["lora 3"]["gradients"].keys()


@pytest.mark.parametrize("model, name", [("tied", "tied-lora resume 2"), ("vision", "vision-lora resume 3")])
def test_peft_loads_the_adapter_of_a_checkpoint(folder: Path, one: Results, model: str, name: str) -> None:
    peft = pytest.importorskip("peft", reason="peft, which loads what is in adapter/, is not installed")
    import transformers

    auto = transformers.AutoModelForImageTextToText if model == "vision" else transformers.AutoModelForCausalLM
    base = auto.from_pretrained(folder / model, dtype=torch.float32)
    merged = peft.PeftModel.from_pretrained(base, one[name]["end"] / "adapter").merge_and_unload()
    expected = auto.from_pretrained(one[name]["end"] / "model", dtype=torch.float32)
    found = {name: tensor.detach() for name, tensor in merged.named_parameters()}
    assert relative_gap(found, {name: tensor.detach() for name, tensor in expected.named_parameters()}) < 1e-6
    start = auto.from_pretrained(folder / model, dtype=torch.float32)
    assert relative_gap({n: t.detach() for n, t in start.named_parameters()}, found) > 1e-4


@pytest.mark.parametrize("name", ["tied-lora resume 2", "vision-lora resume 3"])
def test_an_adapter_on_disk_merges_into_what_the_learner_merged(one: Results, tmp_path: Path, name: str) -> None:
    write_merged(one[name]["end"] / "adapter", tmp_path / "merged")
    assert relative_gap(load_file(tmp_path / "merged" / "model.safetensors"), one[name]["expected"]) == 0.0
