"""The tiny policy: fresh weights by seed, and the shipped ones, which fit the code that builds them."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from rlcs.errors import UserError
from rlcs.process.environment import prepare_process
from rlcs.tiny import resolve_tiny_model, save_fresh_model
from rlcs.tiny.generate import parse_path
from rlcs.tiny.problems import response_text, write_right

SHIPPED = "tiny://text"


@pytest.fixture(scope="module")
def fresh() -> Any:
    prepare_process()
    from rlcs.tiny.model import build_model

    return build_model(seed=1)


@pytest.fixture(scope="module")
def shipped(fresh: Any) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(resolve_tiny_model(SHIPPED))


def load_tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def same_weights(left: Any, right: Any) -> bool:
    import torch

    ours, theirs = left.state_dict(), right.state_dict()
    return set(ours) == set(theirs) and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_seed_decides_the_weights_and_nothing_else_moves(fresh: Any) -> None:
    import torch

    from rlcs.tiny.model import build_model

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    again = build_model(seed=1)
    assert torch.equal(torch.rand(3), expected)
    assert same_weights(again, fresh)
    assert not same_weights(build_model(seed=2), fresh)


def test_the_output_head_is_a_matrix_of_its_own(fresh: Any, shipped: Any) -> None:
    for model in (fresh, shipped):
        assert model.config.tie_word_embeddings is False
        head, embedding = model.get_output_embeddings().weight, model.get_input_embeddings().weight
        assert head.data_ptr() != embedding.data_ptr()
        assert head.shape == embedding.shape == (267, 128)


def test_it_has_nine_hundred_thousand_parameters(fresh: Any) -> None:
    # A layer: 4 attention matrices 128 x 128 with 3 biases, 3 matrices 128 x 384, 2 norms.
    layer = 4 * 128 * 128 + 3 * 128 + 3 * 128 * 384 + 2 * 128
    assert sum(parameter.numel() for parameter in fresh.parameters()) == 4 * layer + 128 + 2 * 267 * 128 == 923_008


def test_a_fresh_model_on_disk_is_the_one_of_its_seed(fresh: Any, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = save_fresh_model("tiny_text", tmp_path / "model", seed=1)
    assert folder == tmp_path / "model"
    assert same_weights(AutoModelForCausalLM.from_pretrained(folder), fresh)
    assert len(load_tokenizer(folder)) == 267


def test_the_shipped_folder_is_a_model_of_todays_code(fresh: Any, shipped: Any) -> None:
    ours, theirs = fresh.config.to_dict(), shipped.config.to_dict()
    for origin in ("architectures", "_name_or_path", "transformers_version"):
        ours.pop(origin, None)
        theirs.pop(origin, None)
    assert theirs == ours
    assert {name: tuple(weight.shape) for name, weight in shipped.state_dict().items()} == {
        name: tuple(weight.shape) for name, weight in fresh.state_dict().items()
    }
    for key in ("eos_token_id", "pad_token_id", "do_sample"):
        assert getattr(shipped.generation_config, key) == getattr(fresh.generation_config, key)


def test_the_shipped_tokenizer_is_the_one_of_todays_code(fresh: Any) -> None:
    from rlcs.tiny.model import MAX_LENGTH
    from rlcs.tiny.tokenizer import build_tokenizer

    loaded, built = load_tokenizer(resolve_tiny_model(SHIPPED)), build_tokenizer(max_length=MAX_LENGTH)
    assert loaded.get_vocab() == built.get_vocab()
    assert loaded.chat_template == built.chat_template
    assert loaded.model_max_length == MAX_LENGTH == 2048
    text = f"<|user|>1+1=<|assistant|>{'<think>é</think>'}<|endoftext|>"
    assert loaded(text).input_ids == built(text).input_ids


def test_the_shipped_weights_have_learnt_how_a_problem_is_worked(fresh: Any, shipped: Any) -> None:
    import torch

    tokenizer = load_tokenizer(resolve_tiny_model(SHIPPED))
    random = Random(7)
    for kind in parse_path("tiny://mixed").kinds:
        problem = kind.draw(random, 3)
        prompt = tokenizer(f"<|user|>{problem.prompt}<|assistant|>").input_ids
        response = tokenizer(response_text(problem, write_right) + "<|endoftext|>").input_ids
        ids, labels = torch.tensor([prompt + response]), torch.tensor([[-100] * len(prompt) + response])
        with torch.no_grad():
            fresh_loss, shipped_loss = (float(model(input_ids=ids, labels=labels).loss) for model in (fresh, shipped))
        # Knowing nothing costs log 267 = 5.6 a token.
        assert fresh_loss > 5.0
        assert shipped_loss < 1.0


def test_a_model_of_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        UserError,
        match=r"^unknown tiny model 'tiny://txt': did you mean 'tiny://text'\? "
        r"known: tiny://all_domains, tiny://reward, tiny://text, tiny://vision",
    ):
        resolve_tiny_model("tiny://txt")
    with pytest.raises(
        UserError,
        match=r"^unknown fresh model in sft.init 'tiny': did you mean 'tiny_text'\? known: tiny_text, tiny_vision",
    ):
        save_fresh_model("tiny", tmp_path, seed=0)
    assert list(tmp_path.iterdir()) == []
