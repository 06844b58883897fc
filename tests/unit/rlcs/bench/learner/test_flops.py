"""Operations are counted weight by weight, and peaks found by what a GPU is called."""

from __future__ import annotations

import pytest

from rlcs.bench.learner.flops import flops_of, peak_of
from rlcs.bench.learner.shapes import SHAPES, configuration, make_processor
from rlcs.bench.learner.work import Counts
from rlcs.process.environment import prepare_process

COUNTS = Counts(samples=100, slots=90, tokens=80, area=700, scored=30, patches=16)
ATTENTION = 12 * 2 * 4 * 16 * 700
"""Layers, heads and their size are those of the tiny shapes."""


def model_of(name: str) -> object:
    prepare_process()
    import transformers

    processor = make_processor(SHAPES[name])
    kind = transformers.AutoModelForCausalLM if processor is None else transformers.AutoModelForImageTextToText
    return kind.from_config(configuration(SHAPES[name], processor))


def test_layers_work_on_all_tokens_and_the_head_on_those_of_answers() -> None:
    model = model_of("tiny")
    head = 512 * 64
    layers = sum(parameter.numel() for parameter in model.parameters()) - head
    assert flops_of(model, COUNTS) == 6 * layers * 80 + 6 * head * 30 + ATTENTION


def test_frozen_weights_pass_a_gradient_on_and_have_none() -> None:
    model = model_of("tiny")
    trained = flops_of(model, COUNTS) - ATTENTION
    model.requires_grad_(False)
    assert flops_of(model, COUNTS) - ATTENTION == pytest.approx(trained * 4 / 6)


def test_the_tower_works_on_patches_and_its_merger_on_image_tokens() -> None:
    model = model_of("vision-tiny")
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    merger = sum(size for name, size in sizes.items() if "merger" in name)
    tower = sum(size for name, size in sizes.items() if "visual" in name) - merger
    without = flops_of(model, Counts(samples=100, slots=90, tokens=80, area=700, scored=30))
    assert merger > 0 and tower > 0
    assert flops_of(model, COUNTS) - without == 6 * (16 * tower + 4 * merger)


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA H100 NVL", 835e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA L4", 121e12),
        ("NVIDIA GeForce GTX 1080", None),
    ],
)
def test_a_gpu_is_found_by_what_it_is_called(name: str, peak: float | None) -> None:
    assert peak_of(name) == peak
