"""What the DeepSpeed learner saves and goes on from: the same ranks, other ranks, another ZeRO stage."""

from __future__ import annotations

from pathlib import Path

import learner_states
import pytest
import torch
from learner_results import Results, relative_gap
from safetensors.torch import load_file
from torch import Tensor

from rlcs.learner.saved_state import SavedState

# The first of them waits for all ranks to go through all scenarios.
pytestmark = pytest.mark.timeout(900)


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
    learner_folder: Path, one: Results, two: list[Results], ranks: int, stage: int
) -> None:
    where = learner_states.state_folder(learner_folder, ranks, stage, "model")
    model, state = load_file(where / "model" / "model.safetensors"), whole_state(where)
    assert {f"weight/model.{name}" for name in model} == {key for key in state if key.startswith("weight/")}
    assert all(torch.equal(state[f"weight/model.{name}"], tensor.flatten()) for name, tensor in model.items())
    later = (one if ranks == 1 else two[0])[f"resume {stage}"]["expected"]
    assert relative_gap(model, later) > 1e-3


RESHAPED = [(size, *case) for size, cases in learner_states.RESHAPED.items() for case in cases]


def whole_state(learner_folder: Path) -> dict[str, Tensor]:
    """Every tensor of a saved state as a whole, by key."""
    with SavedState(learner_folder / "learner" / "state") as saved:
        totals = {key: total for header in saved.headers for key, (_, total) in header["places"].items()}
        return {key: saved.read(key, 0, total, total) for key, total in totals.items()}


@pytest.mark.parametrize("ranks, saved, stage, model", RESHAPED)
def test_weights_and_moments_are_the_same_on_other_ranks_and_another_stage(
    learner_folder: Path, reshaped: Results, ranks: int, saved: tuple[int, int], stage: int, model: str
) -> None:
    before = whole_state(learner_states.state_folder(learner_folder, *saved, model))
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
    assert relative_gap(found["weights"], unchanged["expected"]) < 2e-6


def resume_name(stage: int, model: str) -> str:
    return f"resume {stage}" if model == "model" else f"{model} resume {stage}"


def test_a_checkpoint_of_the_first_format_is_gone_on_with(one: Results) -> None:
    assert one["first format"]["resumed"] == one["first format"]["straight"]


def test_what_cannot_be_resumed_is_refused_in_words(one: Results) -> None:
    said = one["refusals"]
    assert said["missing"].startswith("UserError") and "holds no state of a learner" in said["missing"]
    assert said["stage"].startswith("UserError") and "learner.zero_stage=1, now it is 2" in said["stage"]
    assert (
        said["model"].startswith("UserError")
        and "resume with the model.path, model.freeze and model.lora" in said["model"]
    )
    assert said["totals"].startswith("AssertionError") and "'samples': 3" in said["totals"]


def test_training_on_images_resumes_equal(one: Results, two: list[Results]) -> None:
    assert one["vision resume 3"]["resumed"] == one["vision resume 3"]["straight"]
    for run in (one["vision resume 3"], two[0]["vision resume 3"]):
        assert relative_gap(run["weights"], run["expected"]) < 1e-6
