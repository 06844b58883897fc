"""Adapters in the DeepSpeed learner: one gradient whatever the ranks, and what becomes of them on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from learner_results import STAGES, Results, relative_gap
from safetensors.torch import load_file

from rlcs.learner.saved_state import SavedState
from rlcs.model.adapters import write_merged

# The first of them waits for all ranks to go through all scenarios.
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize("stage", STAGES)
def test_adapters_train_alike_whatever_the_ranks_and_the_stage(
    one: Results, two: list[Results], learner_folder: Path, stage: int
) -> None:
    alone = one["lora 1"]
    assert {name.rpartition(".")[2] for name in alone["gradients"]} == {"lora_a", "lora_b"}
    for other in (one[f"lora {stage}"], two[0][f"lora {stage}"]):
        assert relative_gap(other["gradients"], alone["gradients"]) < 1e-5
        assert relative_gap(other["weights"], alone["weights"]) < 1e-5
        assert other["metrics"][1]["policy/loss"] == pytest.approx(alone["metrics"][1]["policy/loss"], rel=1e-3)
    start = load_file(learner_folder / "model" / "model.safetensors")
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
def test_peft_loads_the_adapter_of_a_checkpoint(learner_folder: Path, one: Results, model: str, name: str) -> None:
    peft = pytest.importorskip("peft", reason="peft, which loads what is in adapter/, is not installed")
    import transformers

    auto = transformers.AutoModelForImageTextToText if model == "vision" else transformers.AutoModelForCausalLM
    base = auto.from_pretrained(learner_folder / model, dtype=torch.float32)
    merged = peft.PeftModel.from_pretrained(base, one[name]["end"] / "adapter").merge_and_unload()
    expected = auto.from_pretrained(one[name]["end"] / "model", dtype=torch.float32)
    found = {name: tensor.detach() for name, tensor in merged.named_parameters()}
    assert relative_gap(found, {name: tensor.detach() for name, tensor in expected.named_parameters()}) < 1e-6
    start = auto.from_pretrained(learner_folder / model, dtype=torch.float32)
    assert relative_gap({n: t.detach() for n, t in start.named_parameters()}, found) > 1e-4


@pytest.mark.parametrize("name", ["tied-lora resume 2", "vision-lora resume 3"])
def test_an_adapter_on_disk_merges_into_what_the_learner_merged(one: Results, tmp_path: Path, name: str) -> None:
    write_merged(one[name]["end"] / "adapter", tmp_path / "merged")
    assert relative_gap(load_file(tmp_path / "merged" / "model.safetensors"), one[name]["expected"]) == 0.0
