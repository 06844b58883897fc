"""Shapes have the sizes of the models that they are named after."""

from __future__ import annotations

import pytest

from rlcs.bench.learner.shapes import SHAPES, configuration, make_processor, shape_of
from rlcs.errors import UserError
from rlcs.process.environment import prepare_process

PUBLISHED = {
    "135m": 134_515_008,
    "0.5b": 494_032_768,
    "1.5b": 1_543_714_304,
    "7b": 7_615_616_512,
    "vision-3b": 3_754_622_976,
    "vision-7b": 8_292_166_656,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_shape_has_as_many_weights_as_its_model(name: str) -> None:
    prepare_process()
    import torch
    import transformers

    processor = make_processor(SHAPES[name])
    kind = transformers.AutoModelForCausalLM if processor is None else transformers.AutoModelForImageTextToText
    with torch.device("meta"):
        model = kind.from_config(configuration(SHAPES[name], processor))
    assert sum(parameter.numel() for parameter in model.parameters()) == PUBLISHED[name]


def test_a_shape_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UserError, match=r"--shape 3b: there is no such shape; take one of tiny, 135m"):
        shape_of("3b")
